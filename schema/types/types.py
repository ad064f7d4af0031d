"""The GraphQL types of everything merged: what is asked of them, and how each sort is made."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from graphql import (
    ConstValueNode,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLUnionType,
)

from schema.checked import InputObject, Interface, Object
from schema.enums import Enum
from schema.links import LinkFields
from schema.merge import Merged
from schema.shaping.shapes import AS_IT_IS, MemberShape
from schema.taking import Taking
from schema.types.arguments import Arguments
from schema.types.enums import Enums
from schema.types.fields import Fields
from schema.types.known import Known
from schema.types.members import Members
from schema.types.resolvers import type_resolver
from schema.types.spoken import Spoken
from schema.types.table import Table
from schema.types.taken import Taken
from schema.values import Change
from upstreams.model import (
    EnumType,
    Field,
    InputType,
    InterfaceType,
    ObjectType,
    TypeDef,
    TypeRef,
    UnionType,
)


class Types:
    """The GraphQL types of everything merged, each made once."""

    def __init__(self, merged: Merged, links: Mapping[str, LinkFields]) -> None:
        """`links` are those that clients see, by upstream."""
        self.known = Known(merged, links)
        self._table = Table(self.known, self._make)
        self._enums = Enums(self.known)
        self._taken = Taken(self.known, self._table)
        spoken = Spoken(self.known, self._enums)
        self._arguments = Arguments(self._table, spoken, self._taken)
        self._members = Members(self.known, self._table, self._arguments)
        self._fields = Fields(self.known, self._table, self._members)

    @property
    def unfit(self) -> Sequence[ConstValueNode]:
        """Defaults that users write and that are none of their arguments' types, found so far."""
        return self._arguments.unfit

    def output(self, upstream: str, ref: TypeRef) -> Any:
        """The GraphQL type of a value that comes out."""
        return self._table.output(upstream, ref)

    def input(self, upstream: str, ref: TypeRef) -> Any:
        """The GraphQL type of a value that goes in."""
        return self._table.input(upstream, ref)

    def enum(self, upstream: str, key: str) -> Enum:
        """The enum as one upstream has it."""
        return self._enums.own(upstream, key)

    def shows(self, upstream: str, ref: TypeRef) -> Change | None:
        """How a value that came out is shown; None: as it is."""
        return self._members.shows(upstream, ref)

    def taken(self, upstream: str, ref: TypeRef, place: str) -> Change | None:
        """How a coerced argument, which clients call `place`, becomes the backend's value."""
        return self._taken.change(upstream, ref, place)

    def taking(
        self, upstream: str, fields: Iterable[Field], shape: MemberShape = AS_IT_IS
    ) -> Taking:
        """How arguments that clients give become those that a function takes."""
        return self._arguments.taking(upstream, fields, shape)

    def concrete(self, upstream: str) -> Iterable[GraphQLNamedType]:
        """The objects that only an interface leads to, so no field names them."""
        for key, definition in self.known.definitions[upstream].items():
            leads = isinstance(definition, ObjectType) and definition.implements
            if leads and not self.known.shapes.of(upstream, key).hidden:
                yield self._table.named(upstream, key)

    def _make(self, upstream: str, definition: TypeDef) -> GraphQLNamedType:
        match definition:
            case ObjectType():
                return self._object(upstream, definition)
            case InterfaceType():
                return self._interface(upstream, definition)
            case UnionType():
                return self._union(upstream, definition)
            case InputType():
                return self._input_object(upstream, definition)
            case EnumType():
                return self._enums.shown(upstream, definition.key)

    def _object(self, upstream: str, definition: ObjectType) -> GraphQLObjectType:
        return Object(
            self.known.name(upstream, definition.key),
            lambda: self._fields.output(upstream, definition),
            interfaces=lambda: self._interfaces(upstream, definition.implements),
            description=self.known.description(upstream, definition),
        )

    def _interface(self, upstream: str, definition: InterfaceType) -> GraphQLInterfaceType:
        return Interface(
            self.known.name(upstream, definition.key),
            lambda: self._fields.output(upstream, definition),
            interfaces=lambda: self._interfaces(upstream, definition.implements),
            resolve_type=type_resolver(self.known, upstream, definition),
            description=self.known.description(upstream, definition),
        )

    def _union(self, upstream: str, definition: UnionType) -> GraphQLUnionType:
        return GraphQLUnionType(
            self.known.name(upstream, definition.key),
            lambda: [
                cast(GraphQLObjectType, one) for one in self._seen(upstream, definition.members)
            ],
            resolve_type=type_resolver(self.known, upstream, definition),
            description=self.known.description(upstream, definition),
        )

    def _input_object(self, upstream: str, definition: InputType) -> GraphQLInputObjectType:
        return InputObject(
            self.known.name(upstream, definition.key),
            lambda: self._fields.input(upstream, definition),
            description=self.known.description(upstream, definition),
            is_one_of=definition.one_of,
        )

    def _interfaces(self, upstream: str, keys: Iterable[str]) -> list[GraphQLInterfaceType]:
        return [cast(GraphQLInterfaceType, one) for one in self._seen(upstream, keys)]

    def _seen(self, upstream: str, keys: Iterable[str]) -> Iterable[GraphQLNamedType]:
        """The types of these that clients see."""
        for key in keys:
            if not self.known.shapes.of(upstream, key).hidden:
                yield self._table.named(upstream, key)
