"""How an object of a backend's becomes an instance of a user's class.

A value comes as clients would see it and is then made what Python has for it, so a `Decimal` is
one, and a 64-bit integer an `int`. What may be null must be declared so.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
)

from schema.expressions import MISSING, below
from schema.extend.model import near
from schema.extend.world import Typed, World, found_by
from schema.join import Steps
from schema.scalars import SCALARS
from schema.shaping.coded.model import Coded, Read
from schema.values import kind_of
from upstreams.model import EnumType, ListOf, ObjectType, Required, Scalar, ScalarKind, nullable

Enums: TypeAlias = Callable[[str, str], GraphQLEnumType]
"""An enum as its upstream has it, by the upstream and its key."""

_WHOLE = frozenset(
    (
        *(ScalarKind.INT, ScalarKind.UNSIGNED_INT, ScalarKind.LONG, ScalarKind.UNSIGNED_LONG),
        ScalarKind.BIG_INT,
    )
)
_NO_TEXTS = frozenset((ScalarKind.BOOLEAN, ScalarKind.FLOAT, ScalarKind.JSON, ScalarKind.VOID))
_TEXTS = frozenset(ScalarKind) - _NO_TEXTS
_FROM: Mapping[str, tuple[frozenset[ScalarKind], Read]] = {
    "Int": (_WHOLE, int),
    "Float": (_WHOLE | {ScalarKind.FLOAT}, float),
    "Boolean": (frozenset((ScalarKind.BOOLEAN,)), bool),
    "String": (_TEXTS, str),
    "ID": (_TEXTS, str),
}
"""Of which scalars of the graph one of Python's is made, and how."""


class Unread(Exception):  # noqa: N818 - control flow inside this package, never seen outside
    """What a class declares cannot be read from its type; the message says why."""


class Needs:
    """What one class reads of the objects of one type."""

    def __init__(self, coded: Coded, world: World, typed: Typed, enums: Enums) -> None:
        """Raises `Unread`."""
        self._coded = coded
        self._world = world
        self._enums = enums
        self._within: list[str] = []
        self.steps: list[Steps] = []
        """All that is read, by the backend's names."""
        self.make = self._object(coded.name, typed, ())

    def _object(self, name: str, typed: Typed, above: Steps) -> Read:
        if name in self._within:
            raise Unread(f"{self._coded.name}: {name} leads to itself, and so has no end")
        self._within.append(name)
        parts = {
            need: self._part(f"{name}.{need}", need, one, typed, above)
            for need, one in self._coded.needs[name].items()
        }
        self._within.pop()
        make = self._coded.makes[name]
        return lambda value: make({need: read(value) for need, read in parts.items()})

    def _part(
        self, what: str, need: str, declared: GraphQLField, typed: Typed, above: Steps
    ) -> Read:
        fields = self._world.fields(typed)
        found = found_by(need, fields)
        if found is None:
            shown = self._world.spelled(typed)
            raise Unread(f"{what}: {shown} has no field {need!r}{near(need, fields)}")
        step = self._world.step(typed, found)
        read = self._value(
            what, declared.type, Typed(typed.upstream, step.ref), (*above, *step.steps)
        )

        def part(value: Any) -> Any:
            own = below(value, step.steps)
            return read(None if own is MISSING else own)

        return part

    def _value(self, what: str, of_type: Any, typed: Typed, above: Steps) -> Read:
        """A value that may be null."""
        if not isinstance(of_type, GraphQLNonNull):
            read = self._present(what, of_type, typed, above)
            return lambda value: None if value is None else read(value)
        if not isinstance(typed.ref, Required):
            raise Unread(f"{what} may be null: declare it with `| None`")
        return _required(what, self._present(what, of_type.of_type, typed, above))

    def _present(self, what: str, of_type: Any, typed: Typed, above: Steps) -> Read:
        plain = Typed(typed.upstream, nullable(typed.ref))
        match of_type, plain.ref:
            case GraphQLList(of_type=inner), ListOf(of):
                return _each(self._value(what, inner, Typed(typed.upstream, of), above))
            case GraphQLObjectType(name=name), _ if isinstance(
                self._world.definition(plain), ObjectType
            ):
                return self._object(name, plain, above)
            case GraphQLScalarType(), _ if read := self._leaf(of_type, plain):
                self.steps.append(above)
                return read
            case _:
                shown = self._world.shown(plain)
                raise Unread(f"{what} is {shown}, of which no {of_type} is made")

    def _leaf(self, of_type: GraphQLScalarType, typed: Typed) -> Read | None:
        definition = self._world.definition(typed)
        if isinstance(definition, EnumType) and of_type.name == "String":
            return self._enums(typed.upstream, definition.key).coerce_output_value
        if not isinstance(typed.ref, Scalar):
            return None
        kind = typed.ref.kind
        write = SCALARS[kind].coerce_output_value
        kinds, made = _FROM.get(of_type.name, (frozenset(), str))
        if kind in kinds:
            return lambda value: made(write(value))
        own = self._coded.scalars.get(of_type.name)
        if own is None or of_type.name != kind.value:
            return None
        return lambda value: own.coerce_input_value(write(value))


def _required(what: str, read: Read) -> Read:
    def present(value: Any) -> Any:
        if value is None:
            raise GraphQLError(f"{what} is null, which is not what its upstream promised")
        return read(value)

    return present


def _each(read: Read) -> Read:
    def items(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise GraphQLError(f"a list was promised, {kind_of(value)} came")
        return [read(one) for one in value]

    return items
