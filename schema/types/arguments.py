"""What clients may tell a field, and what its function takes instead."""

from collections.abc import Iterable
from functools import partial

from graphql import ConstValueNode, GraphQLArgument
from graphql.type import GraphQLDefaultInput

from schema.defaults import default
from schema.fields import deprecation, named_fields, with_default
from schema.shaping.apply import fits_default
from schema.shaping.shapes import AS_IT_IS, ArgumentShape, MemberShape
from schema.taking import Taking
from schema.types.spoken import Spoken
from schema.types.table import Table
from schema.types.taken import Taken
from upstreams.model import Field


class Arguments:
    """Makes the arguments of fields."""

    def __init__(self, table: Table, spoken: Spoken, taken: Taken) -> None:
        self._table = table
        self._spoken = spoken
        self._taken = taken
        self.unfit: list[ConstValueNode] = []
        """Defaults that users write and that are none of their arguments' types."""

    def taking(
        self, upstream: str, fields: Iterable[Field], shape: MemberShape = AS_IT_IS
    ) -> Taking:
        """How arguments that clients give become those that a function takes."""
        shapes = shape.arguments
        named = {
            name: field
            for name, field in named_fields(fields).items()
            if name not in shapes or not shapes[name].hidden
        }
        preset = {name for name in named if self._preset(upstream, named[name], shapes.get(name))}
        return Taking(
            {
                name: self._argument(upstream, field, shapes.get(name), preset=name in preset)
                for name, field in named.items()
            },
            {
                field.name: change
                for name, field in named.items()
                if (change := self._taken.change(upstream, field.type, name))
            },
            preset=frozenset(preset),
        )

    def _preset(self, upstream: str, field: Field, shape: ArgumentShape | None) -> bool:
        """Whether users give the argument a default, which then is one of its type."""
        if shape is None or shape.default is None:
            return False
        if fits_default(shape.default, self._table.input(upstream, field.type)):
            return True
        self.unfit.append(shape.default)
        return False

    def _argument(
        self, upstream: str, field: Field, shape: ArgumentShape | None, *, preset: bool
    ) -> GraphQLArgument:
        of_type = self._table.input(upstream, field.type)
        shown = default(field, of_type, partial(self._spoken.value, upstream, field.type))
        if shape and preset:
            shown = GraphQLDefaultInput(literal=shape.default)
        described = shape.description if shape else None
        return GraphQLArgument(
            of_type,
            default=shown,
            description=described or (field.description if shown else with_default(field)) or None,
            deprecation_reason=deprecation(field),
            out_name=field.name,
        )
