"""GraphQL's types by the catalogs' words for them: each made once, maps as lists of entries."""

from collections.abc import Callable
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
)

from schema.scalars import SCALARS
from schema.shaping.shapes import TypeKey
from schema.types.known import Known
from upstreams.model import ListOf, MapOf, Named, Required, Scalar, ScalarKind, TypeDef, TypeRef


class Table:
    """The types that were asked for so far."""

    def __init__(self, known: Known, make: Callable[[str, TypeDef], GraphQLNamedType]) -> None:
        """`make` is how an upstream's definition becomes a type."""
        self._known = known
        self._make = make
        self._made: dict[TypeKey, GraphQLNamedType] = {}
        self._referred: dict[tuple[str, TypeRef, bool], Any] = {}
        self._entries: dict[str, GraphQLNamedType] = {}

    def output(self, upstream: str, ref: TypeRef) -> Any:
        """The GraphQL type of a value that comes out."""
        return self._type(upstream, ref, going_in=False)

    def input(self, upstream: str, ref: TypeRef) -> Any:
        """The GraphQL type of a value that goes in."""
        return self._type(upstream, ref, going_in=True)

    def named(self, upstream: str, key: str) -> GraphQLNamedType:
        """The GraphQL type of a definition."""
        made = self._made.get((upstream, key))
        if made is None:
            made = self._made[upstream, key] = self._first(upstream, key)
        return made

    def _first(self, upstream: str, key: str) -> GraphQLNamedType:
        """The type, made unless it is also another's that is made already or comes first."""
        first = self._known.sources(upstream, key)[0]
        definition = self._known.definitions[upstream][key]
        if definition.shared and (made := self._of_name(self._known.name(upstream, key))):
            return made
        return self._make(upstream, definition) if first == (upstream, key) else self.named(*first)

    def _of_name(self, name: str) -> GraphQLNamedType | None:
        """A type that is one for all upstreams, made for an earlier one."""
        return next((one for one in self._made.values() if one.name == name), None)

    def _type(self, upstream: str, ref: TypeRef, *, going_in: bool) -> Any:
        asked = (upstream, ref, going_in)
        known = self._referred.get(asked)
        if known is None:
            known = self._referred[asked] = self._refer(upstream, ref, going_in=going_in)
        return known

    def _refer(self, upstream: str, ref: TypeRef, *, going_in: bool) -> Any:
        match ref:
            case Scalar(kind):
                return SCALARS[kind]
            case Named(key):
                return self.named(upstream, key)
            case ListOf(of):
                return GraphQLList(self._type(upstream, of, going_in=going_in))
            case Required(of):
                return GraphQLNonNull(self._type(upstream, of, going_in=going_in))
            case MapOf(of):
                return GraphQLList(GraphQLNonNull(self._entry(upstream, of, going_in=going_in)))

    def _entry(self, upstream: str, held: TypeRef, *, going_in: bool) -> GraphQLNamedType:
        name = self._known.merged.entry_name(upstream, held, going_in=going_in)
        if name not in self._entries:
            make = _entry_input if going_in else _entry_output
            self._entries[name] = make(name, self._type(upstream, held, going_in=going_in))
        return self._entries[name]


def _entry_output(name: str, of_type: Any) -> GraphQLObjectType:
    return GraphQLObjectType(
        name,
        lambda: {
            "key": GraphQLField(GraphQLNonNull(SCALARS[ScalarKind.STRING])),
            "value": GraphQLField(of_type),
        },
        description="One key of a map, and its value.",
    )


def _entry_input(name: str, of_type: Any) -> GraphQLInputObjectType:
    return GraphQLInputObjectType(
        name,
        lambda: {
            "key": GraphQLInputField(GraphQLNonNull(SCALARS[ScalarKind.STRING])),
            "value": GraphQLInputField(of_type),
        },
        description="One key of a map, and its value.",
    )
