"""From the catalogs' types to GraphQL's; with `build` the one place that makes graphql-core types.

Values in and out are keyed by the backend's names (see `upstreams.kind`), so every field knows two
names. Maps become lists of entries; a value that is no object is wrapped where the catalog says so.
Types are made when first asked for, and refer to each other through thunks, so they may recurse.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLError,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    Undefined,
)
from graphql.type import GraphQLDefaultInput
from graphql.utilities import coerce_input_value

from schema.merge import RESERVED_TYPES, Merged
from schema.names import Names, enum_value, graphql_name
from schema.scalars import SCALARS
from schema.values import Change, each, entries, fits, kind_of, mapping, members
from upstreams.model import (
    ByTag,
    EnumType,
    EnumValue,
    Field,
    InputType,
    InterfaceType,
    ListOf,
    MapOf,
    Named,
    ObjectType,
    Required,
    Resolution,
    Scalar,
    ScalarKind,
    TypeDef,
    TypeRef,
    UnionType,
)

NOTHING = "_"
"""The one field of a type that has none, as GraphQL wants at least one."""


class Types:
    """The GraphQL types of everything merged, each made once."""

    def __init__(self, merged: Merged) -> None:
        self._names = merged.type_names
        self._definitions: Mapping[tuple[str, str], TypeDef] = {
            (upstream, definition.key): definition
            for upstream, catalog in merged.catalogs.items()
            for definition in catalog.types
        }
        self._made: dict[tuple[str, str], GraphQLNamedType] = {}
        self._entries: dict[tuple[str, bool], GraphQLNamedType] = {}
        self._entry_names = Names((*RESERVED_TYPES, *merged.type_names.values()))
        self._changes: dict[tuple[str, str], Change | None] = {}

    def made(self) -> Iterable[GraphQLNamedType]:
        """Every type made so far."""
        return (*self._made.values(), *self._entries.values())

    def output(self, upstream: str, ref: TypeRef) -> Any:
        """The GraphQL type of a value that comes out."""
        return self._type(upstream, ref, going_in=False)

    def input(self, upstream: str, ref: TypeRef) -> Any:
        """The GraphQL type of a value that goes in."""
        return self._type(upstream, ref, going_in=True)

    def argument(self, upstream: str, field: Field) -> GraphQLArgument:
        """The argument of a root field."""
        of_type = self.input(upstream, field.type)
        return GraphQLArgument(
            of_type,
            default=_default(of_type, field),
            description=field.description or None,
            deprecation_reason=_deprecation(field),
            out_name=field.name,
        )

    def concrete(self, upstream: str) -> Iterable[GraphQLNamedType]:
        """The objects that only an interface leads to, so no field names them."""
        for (owner, key), definition in self._definitions.items():
            if owner == upstream and isinstance(definition, ObjectType) and definition.implements:
                yield self._named(upstream, key)

    def _type(self, upstream: str, ref: TypeRef, *, going_in: bool) -> Any:
        match ref:
            case Scalar(kind):
                return SCALARS[kind]
            case Named(key):
                return self._named(upstream, key)
            case ListOf(of):
                return GraphQLList(self._type(upstream, of, going_in=going_in))
            case Required(of):
                return GraphQLNonNull(self._type(upstream, of, going_in=going_in))
            case MapOf(of):
                entry = self._entry(self._type(upstream, of, going_in=going_in), going_in=going_in)
                return GraphQLList(GraphQLNonNull(entry))

    def _named(self, upstream: str, key: str) -> GraphQLNamedType:
        made = self._made.get((upstream, key))
        if made is None:
            made = self._made[upstream, key] = self._make(upstream, key)
        return made

    def _make(self, upstream: str, key: str) -> GraphQLNamedType:
        name = self._names[upstream, key]
        definition = self._definitions[upstream, key]
        match definition:
            case ObjectType():
                return self._object(upstream, name, definition)
            case InterfaceType():
                return self._interface(upstream, name, definition)
            case UnionType():
                return self._union(upstream, name, definition)
            case InputType():
                return self._input_object(upstream, name, definition)
            case EnumType():
                return _Enum(name, definition)

    def _object(self, upstream: str, name: str, definition: ObjectType) -> GraphQLObjectType:
        return GraphQLObjectType(
            name,
            lambda: self._fields(upstream, definition),
            interfaces=lambda: self._interfaces(upstream, definition.implements),
            description=definition.description or None,
        )

    def _interface(
        self, upstream: str, name: str, definition: InterfaceType
    ) -> GraphQLInterfaceType:
        return GraphQLInterfaceType(
            name,
            lambda: self._fields(upstream, definition),
            interfaces=lambda: self._interfaces(upstream, definition.implements),
            resolve_type=self._resolver(upstream, definition.resolution),
            description=definition.description or None,
        )

    def _union(self, upstream: str, name: str, definition: UnionType) -> GraphQLUnionType:
        return GraphQLUnionType(
            name,
            lambda: [
                cast(GraphQLObjectType, self._named(upstream, key)) for key in definition.members
            ],
            resolve_type=self._resolver(upstream, definition.resolution),
            description=definition.description or None,
        )

    def _interfaces(self, upstream: str, keys: Iterable[str]) -> list[GraphQLInterfaceType]:
        return [cast(GraphQLInterfaceType, self._named(upstream, key)) for key in keys]

    def _fields(
        self, upstream: str, definition: ObjectType | InterfaceType
    ) -> dict[str, GraphQLField]:
        boxed = isinstance(definition, ObjectType) and definition.box
        return {
            name: GraphQLField(
                self.output(upstream, field.type),
                resolve=_unboxed if boxed else _member(field.name, entries(field.type)),
                description=field.description or None,
                deprecation_reason=field.deprecated,
            )
            for name, field in named_fields(definition.fields).items()
        } or {NOTHING: GraphQLField(SCALARS[ScalarKind.VOID], description=_NO_FIELDS)}

    def _input_object(
        self, upstream: str, name: str, definition: InputType
    ) -> GraphQLInputObjectType:
        return GraphQLInputObjectType(
            name,
            lambda: self._input_fields(upstream, definition),
            description=definition.description or None,
            is_one_of=definition.one_of,
        )

    def _input_fields(self, upstream: str, definition: InputType) -> dict[str, GraphQLInputField]:
        return {
            name: GraphQLInputField(
                self.input(upstream, field.type),
                description=_with_default(field) or None,
                deprecation_reason=_deprecation(field),
                out_name=field.name,
            )
            for name, field in named_fields(definition.fields).items()
        } or {NOTHING: GraphQLInputField(SCALARS[ScalarKind.VOID], description=_NO_FIELDS)}

    def _entry(self, of_type: Any, *, going_in: bool) -> GraphQLNamedType:
        identity = (str(of_type), going_in)
        if identity not in self._entries:
            suffix = "EntryInput" if going_in else "Entry"
            wanted = _entry_name(str(of_type)).removesuffix("Input") + suffix
            name = self._entry_names.give((wanted, f"Map{wanted}"), str(identity))
            make = _entry_input if going_in else _entry_output
            self._entries[identity] = make(name, of_type)
        return self._entries[identity]

    def _resolver(self, upstream: str, resolution: Resolution) -> Callable[..., str]:
        if isinstance(resolution, ByTag):
            return _by_tag(
                resolution.field,
                {tag: self._names[upstream, key] for tag, key in resolution.members},
            )
        boxes = [key for key, _ in resolution.members if self._is_box(upstream, key)]
        shapes = [
            (self._names[upstream, key], fields)
            for key, fields in resolution.members
            if key not in boxes
        ]
        return _by_shape(shapes, [self._box(upstream, key) for key in boxes])

    def _is_box(self, upstream: str, key: str) -> bool:
        definition = self._definitions[upstream, key]
        return isinstance(definition, ObjectType) and definition.box

    def _box(self, upstream: str, key: str) -> tuple[str, TypeRef]:
        definition = cast(ObjectType, self._definitions[upstream, key])
        return self._names[upstream, key], definition.fields[0].type

    def taken(self, upstream: str, ref: TypeRef, path: str) -> Change | None:
        """How a coerced argument becomes the backend's value; None: as it is.

        Entries become maps again, and of fields that exclude each other at most one may be given.
        """
        match ref:
            case Required(of):
                return self.taken(upstream, of, path)
            case ListOf(of):
                item = self.taken(upstream, of, path)
                return item and each(item)
            case MapOf(of):
                return mapping(self.taken(upstream, of, path), path)
            case Named(key):
                return self._taken_named(upstream, key, path)
            case Scalar():
                return None

    def _taken_named(self, upstream: str, key: str, path: str) -> Change | None:
        definition = self._definitions[upstream, key]
        if not isinstance(definition, InputType):
            return None
        identity = (upstream, key)
        if identity not in self._changes:
            changes: dict[str, Change] = {}
            self._changes[identity] = members(changes, definition, path)
            for field in definition.fields:
                if change := self.taken(upstream, field.type, f"{path}.{field.name}"):
                    changes[field.name] = change
            if not changes and not definition.exclusive:
                self._changes[identity] = None
        return self._changes[identity]


class _Enum(GraphQLEnumType):
    """An enum whose values are told apart as JSON does: 1, true and "1" are three."""

    def __init__(self, name: str, definition: EnumType) -> None:
        names = Names()
        self._by_value: dict[tuple[bool, object], str] = {}
        values = {}
        for value in definition.values:
            given = names.give((enum_value(value.name), graphql_name(value.name)), value.name)
            values[given] = _enum_value(value)
            self._by_value.setdefault(_distinct(value.value), given)
        super().__init__(name, values, description=definition.description or None)

    def coerce_output_value(self, output_value: Any) -> str:
        """The name of a backend's value."""
        try:
            return self._by_value[_distinct(output_value)]
        except (KeyError, TypeError):
            raise GraphQLError(
                f"Enum '{self.name}' cannot represent value: {output_value!r:.60}"
            ) from None

    serialize = coerce_output_value


def named_fields(fields: Iterable[Field]) -> dict[str, Field]:
    """The fields under GraphQL names; where two want one name, a name that was valid keeps it."""
    fields = tuple(fields)
    names = Names()
    given: dict[str, str] = {}
    for field in sorted(fields, key=lambda one: (graphql_name(one.name) != one.name, one.name)):
        given[field.name] = names.give((graphql_name(field.name),), field.name)
    return {given[field.name]: field for field in fields}


_NO_FIELDS = "This type has no fields of its own."


def _deprecation(field: Field) -> str | None:
    """GraphQL lets only what may be left out be deprecated (specification §3.13.3)."""
    return None if isinstance(field.type, Required) else field.deprecated


def _default(of_type: Any, field: Field) -> GraphQLDefaultInput | None:
    """The documented default, unless it does not fit the type it is documented for."""
    if field.default is None:
        return None
    value = json.loads(field.default)
    if coerce_input_value(value, of_type) is Undefined:
        return None
    return GraphQLDefaultInput(value=value)


def _with_default(field: Field) -> str:
    """The description and the default, which is the backend's to apply, not ours to send."""
    if field.default is None:
        return field.description
    return f"{field.description}\n\nDefault: `{field.default}`.".strip()


def _enum_value(value: EnumValue) -> GraphQLEnumValue:
    return GraphQLEnumValue(
        value.value,
        description=value.description or None,
        deprecation_reason=value.deprecated,
    )


def _distinct(value: object) -> tuple[bool, object]:
    return isinstance(value, bool), value


def _member(name: str, change: Change | None) -> Callable[..., Any]:
    def resolve(source: Any, _info: Any) -> Any:
        if not isinstance(source, dict):
            raise GraphQLError(f"an object was promised, {kind_of(source)} came")
        value = source.get(name)
        return value if change is None or value is None else change(value)

    return resolve


def _unboxed(source: Any, _info: Any) -> Any:
    return source


def _by_tag(field: str, names: Mapping[str, str]) -> Callable[..., str]:
    def resolve(value: Any, _info: Any, _type: Any) -> str:
        tag = value.get(field) if isinstance(value, dict) else None
        name = names.get(tag) if isinstance(tag, str) else None
        if name is None:
            raise GraphQLError(f"the value's {field!r} is {tag!r:.60}, which names no known type")
        return name

    return resolve


def _by_shape(
    shapes: list[tuple[str, tuple[str, ...]]], boxes: list[tuple[str, TypeRef]]
) -> Callable[..., str]:
    def resolve(value: Any, _info: Any, _type: Any) -> str:
        if isinstance(value, dict):
            names = (name for name, fields in shapes if all(field in value for field in fields))
        else:
            names = (name for name, ref in boxes if fits(value, ref))
        found = next(names, None)
        if found is None:
            raise GraphQLError("the value has the shape of no known type")
        return found

    return resolve


def _entry_name(type_name: str) -> str:
    """ "String!" -> "String", "[Pet!]" -> "PetList"."""
    bare = type_name.rstrip("!")
    if bare.startswith("["):
        return f"{_entry_name(bare[1:-1])}List"
    return bare


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
