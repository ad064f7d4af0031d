"""All fields that a type has: its catalog's, and those that links and users add."""

from collections.abc import Iterator
from typing import TypeAlias, cast

from graphql import GraphQLField, GraphQLInputField

from schema.fields import deprecation, named_fields, with_default
from schema.scalars import SCALARS
from schema.shaping.apply import applied
from schema.sources import merged_fields
from schema.types.known import Known
from schema.types.members import Members
from schema.types.table import Table
from upstreams.model import Field, InputType, InterfaceType, ObjectType, ScalarKind

Having: TypeAlias = ObjectType | InterfaceType

NOTHING = "_"
"""The one field of a type that has none, as GraphQL wants at least one."""

_NO_FIELDS = "This type has no fields of its own."


class Fields:
    """Makes the fields of types, by the names that clients see."""

    def __init__(self, known: Known, table: Table, members: Members) -> None:
        self._known = known
        self._table = table
        self._members = members

    def output(self, upstream: str, definition: Having) -> dict[str, GraphQLField]:
        """Those of an object or interface, as all that have the type have them."""
        sources = {
            owner: self._of_one(owner, cast(Having, self._known.definitions[owner][key]))
            for owner, key in self._known.sources(upstream, definition.key)
        }
        return merged_fields(sources) if len(sources) > 1 else sources[upstream]

    def _of_one(self, upstream: str, definition: Having) -> dict[str, GraphQLField]:
        fields = {
            **dict(self._own(upstream, definition)),
            **dict(self._links(upstream, definition.key)),
            **dict(self._added(upstream, definition.key)),
        }
        return fields or {NOTHING: GraphQLField(SCALARS[ScalarKind.VOID], description=_NO_FIELDS)}

    def _own(self, upstream: str, definition: Having) -> Iterator[tuple[str, GraphQLField]]:
        boxed = isinstance(definition, ObjectType) and definition.box
        named = named_fields(definition.fields)
        for name, shown, one in self._known.shapes.of(upstream, definition.key).shown(named):
            made = self._members.own(upstream, named[name], one, boxed=boxed)
            yield shown, applied(made, one)

    def _links(self, upstream: str, key: str) -> Iterator[tuple[str, GraphQLField]]:
        links = {link.name: link for link in self._known.links[upstream].get(key, ())}
        for name, shown, one in self._known.shapes.of(upstream, key).shown(links):
            yield shown, applied(self._members.link(links[name], one), one)

    def _added(self, upstream: str, key: str) -> Iterator[tuple[str, GraphQLField]]:
        """Those of users."""
        for join in self._known.joins.get((upstream, key), ()):
            if not self._known.is_hidden(join.upstream, join.ref):
                yield join.name, self._members.join(join)
        for computed in self._known.computed.get((upstream, key), ()):
            yield computed.name, self._members.computed(upstream, computed)
        for coded in self._known.coded.get((upstream, key), ()):
            yield coded.name, coded.member()

    def input(self, upstream: str, definition: InputType) -> dict[str, GraphQLInputField]:
        """Those of an input, which an input of several upstreams takes by the names clients see."""
        named = named_fields(definition.fields)
        merged = len(self._known.sources(upstream, definition.key)) > 1
        return {
            shown: applied(
                self._taken(upstream, named[name], shown if merged else named[name].name), one
            )
            for name, shown, one in self._known.shapes.of(upstream, definition.key).shown(named)
            if not self._known.is_hidden(upstream, named[name].type)
        } or {NOTHING: GraphQLInputField(SCALARS[ScalarKind.VOID], description=_NO_FIELDS)}

    def _taken(self, upstream: str, field: Field, out_name: str) -> GraphQLInputField:
        return GraphQLInputField(
            self._table.input(upstream, field.type),
            description=with_default(field) or None,
            deprecation_reason=deprecation(field),
            out_name=out_name,
        )
