"""From the catalogs' types to GraphQL's; with `build` the one place that makes graphql-core types.

Values in and out are keyed by the backend's names (see `upstreams.kind`), so every field knows two
names. Maps become lists of entries; a value that is no object is wrapped where the catalog says so.
Types are made when first asked for, and refer to each other through thunks, so they may recurse.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, cast

from graphql import (
    ConstValueNode,
    GraphQLArgument,
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
)
from graphql.type import GraphQLDefaultInput

from schema.checked import InputObject, Interface, Object
from schema.defaults import default
from schema.enums import Enum
from schema.fields import Member, deprecation, groups, member, named_fields, unboxed, with_default
from schema.joins.field import JoinField
from schema.joins.linked import linked
from schema.joins.resolve import join_resolver
from schema.links import LinkField, link_fields
from schema.merge import Merged
from schema.nested import asked_member
from schema.resolution import ByTagField, Resolver, by_shape
from schema.scalars import SCALARS
from schema.shaping.apply import applied, enum_of, fits_default
from schema.shaping.computed import ComputedField, ComputedMember, resolver
from schema.shaping.shapes import AS_IT_IS, ArgumentShape, MemberShape, Shapes
from schema.taking import Taking
from schema.values import Change, each, entries, kind_of, mapping, members
from upstreams.model import (
    ByTag,
    EnumType,
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
    innermost,
    nullable,
)

NOTHING = "_"
"""The one field of a type that has none, as GraphQL wants at least one."""

_NO_FIELDS = "This type has no fields of its own."


class Types:
    """The GraphQL types of everything merged, each made once."""

    def __init__(self, merged: Merged) -> None:
        self._merged = merged
        self._definitions: Mapping[tuple[str, str], TypeDef] = {
            (upstream, definition.key): definition
            for upstream, catalog in merged.catalogs.items()
            for definition in catalog.types
        }
        self._made: dict[tuple[str, str], GraphQLNamedType] = {}
        self._referred: dict[tuple[str, TypeRef, bool], Any] = {}
        self._entries: dict[str, GraphQLNamedType] = {}
        self._by_key: dict[str, Mapping[str, TypeDef]] = {}
        self._changes: dict[tuple[str, str], Change | None] = {}
        self.links = {
            upstream: link_fields(upstream, catalog)
            for upstream, catalog in merged.catalogs.items()
        }
        self.joins: Mapping[tuple[str, str], Iterable[JoinField]] = {}
        """Fields that users add, by the upstream and the key of their types."""
        self.computed: Mapping[tuple[str, str], Iterable[ComputedField]] = {}
        """Fields that users have worked out, in the same way."""
        self.shapes = Shapes()
        """What is shown otherwise than the catalogs say; it must be known before a type is made."""
        self.unfit: list[ConstValueNode] = []
        """Defaults that users write and that are none of their arguments' types."""

    def made(self) -> Iterable[GraphQLNamedType]:
        """Every type made so far."""
        return (*self._made.values(), *self._entries.values())

    def output(self, upstream: str, ref: TypeRef) -> Any:
        """The GraphQL type of a value that comes out."""
        return self._type(upstream, ref, going_in=False)

    def input(self, upstream: str, ref: TypeRef) -> Any:
        """The GraphQL type of a value that goes in."""
        return self._type(upstream, ref, going_in=True)

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
                if (change := self.taken(upstream, field.type, name))
            },
            preset=frozenset(preset),
        )

    def _preset(self, upstream: str, field: Field, shape: ArgumentShape | None) -> bool:
        """Whether users give the argument a default, which then is one of its type."""
        if shape is None or shape.default is None:
            return False
        if fits_default(shape.default, self.input(upstream, field.type)):
            return True
        self.unfit.append(shape.default)
        return False

    def _argument(
        self, upstream: str, field: Field, shape: ArgumentShape | None, *, preset: bool
    ) -> GraphQLArgument:
        of_type = self.input(upstream, field.type)
        shown = default(field, of_type, partial(self._spoken, upstream, field.type))
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

    def concrete(self, upstream: str) -> Iterable[GraphQLNamedType]:
        """The objects that only an interface leads to, so no field names them."""
        for (owner, key), definition in self._definitions.items():
            leads = isinstance(definition, ObjectType) and definition.implements
            if owner == upstream and leads and not self.shapes.of(upstream, key).hidden:
                yield self._named(upstream, key)

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
                return self._named(upstream, key)
            case ListOf(of):
                return GraphQLList(self._type(upstream, of, going_in=going_in))
            case Required(of):
                return GraphQLNonNull(self._type(upstream, of, going_in=going_in))
            case MapOf(of):
                return GraphQLList(GraphQLNonNull(self._entry(upstream, of, going_in=going_in)))

    def _named(self, upstream: str, key: str) -> GraphQLNamedType:
        made = self._made.get((upstream, key))
        if made is None:
            made = self._shared(upstream, key) or self._make(upstream, key)
            self._made[upstream, key] = made
        return made

    def _shared(self, upstream: str, key: str) -> GraphQLNamedType | None:
        """A type that is one for all upstreams, made for an earlier one."""
        if not self._definitions[upstream, key].shared:
            return None
        name = self._name(upstream, key)
        return next((one for one in self._made.values() if one.name == name), None)

    def _make(self, upstream: str, key: str) -> GraphQLNamedType:
        name = self._name(upstream, key)
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
                return enum_of(name, definition, self.shapes.of(upstream, key))

    def _object(self, upstream: str, name: str, definition: ObjectType) -> GraphQLObjectType:
        return Object(
            name,
            lambda: self._fields(upstream, definition),
            interfaces=lambda: self._interfaces(upstream, definition.implements),
            description=self._description(upstream, definition),
        )

    def _interface(
        self, upstream: str, name: str, definition: InterfaceType
    ) -> GraphQLInterfaceType:
        return Interface(
            name,
            lambda: self._fields(upstream, definition),
            interfaces=lambda: self._interfaces(upstream, definition.implements),
            resolve_type=self._resolver(upstream, definition.resolution),
            description=self._description(upstream, definition),
        )

    def _union(self, upstream: str, name: str, definition: UnionType) -> GraphQLUnionType:
        return GraphQLUnionType(
            name,
            lambda: [
                cast(GraphQLObjectType, self._named(upstream, key))
                for key in definition.members
                if not self.shapes.of(upstream, key).hidden
            ],
            resolve_type=self._resolver(upstream, definition.resolution),
            description=self._description(upstream, definition),
        )

    def _description(self, upstream: str, definition: TypeDef) -> str | None:
        shape = self.shapes.of(upstream, definition.key)
        return shape.description or definition.description or None

    def _interfaces(self, upstream: str, keys: Iterable[str]) -> list[GraphQLInterfaceType]:
        return [
            cast(GraphQLInterfaceType, self._named(upstream, key))
            for key in keys
            if not self.shapes.of(upstream, key).hidden
        ]

    def _fields(
        self, upstream: str, definition: ObjectType | InterfaceType
    ) -> dict[str, GraphQLField]:
        boxed = isinstance(definition, ObjectType) and definition.box
        shape = self.shapes.of(upstream, definition.key)
        named = named_fields(definition.fields)
        fields: dict[str, GraphQLField] = {
            shown: applied(self._member(upstream, named[name], one, boxed=boxed), one)
            for name, shown, one in shape.shown(named)
        }
        links = {link.name: link for link in self.links[upstream].get(definition.key, ())}
        for name, shown, one in shape.shown(links):
            fields[shown] = applied(self._link(links[name], one), one)
        for join in self.joins.get((upstream, definition.key), ()):
            if not self._is_hidden(join.upstream, join.ref):
                fields[join.name] = self._join(join)
        for made in self.computed.get((upstream, definition.key), ()):
            fields[made.name] = self._computed(upstream, made)
        return fields or {NOTHING: GraphQLField(SCALARS[ScalarKind.VOID], description=_NO_FIELDS)}

    def _is_hidden(self, upstream: str, ref: TypeRef) -> bool:
        leaf = innermost(ref)
        return isinstance(leaf, Named) and self.shapes.of(upstream, leaf.key).hidden

    def _member(self, upstream: str, field: Field, shape: MemberShape, *, boxed: bool) -> Member:
        taking = self.taking(upstream, field.arguments, shape) if field.arguments else None
        resolver = asked_member if taking else unboxed if boxed else member
        made = Member(
            self.output(upstream, field.type),
            args=taking.arguments if taking else None,
            resolve=resolver(field.name, entries(field.type)),
            description=field.description or None,
            deprecation_reason=field.deprecated,
        )
        made.taking = taking
        made.name, made.ref, made.boxed = field.name, field.type, boxed
        if not boxed:
            made.reads = (field.name,)
        return made

    def _computed(self, upstream: str, one: ComputedField) -> Member:
        node = one.written.field
        made = ComputedMember(
            self.output(upstream, one.ref),
            resolve=resolver(one),
            description=node.description.value if node.description else None,
            deprecation_reason=one.written.deprecated,
        )
        made.ref, made.computed = one.ref, one
        made.reads = tuple(".".join(steps) for steps in one.needs)
        return made

    def _of(self, upstream: str) -> Mapping[str, TypeDef]:
        """The types of one upstream by key, put together once for all its links."""
        if upstream not in self._by_key:
            types = self._merged.catalogs[upstream].types
            self._by_key[upstream] = {one.key: one for one in types}
        return self._by_key[upstream]

    def _link(self, link: LinkField, shape: MemberShape) -> Member:
        function = link.function
        taking = self.taking(link.upstream, link.arguments, shape)
        join = linked(link, self._of(link.upstream))
        made = Member(
            self.output(link.upstream, nullable(function.returns)),
            args=dict(taking.arguments),
            resolve=join_resolver(join, taking, entries(function.returns)),
            description=link.link.description or function.description or None,
            deprecation_reason=function.deprecated,
            extensions={"upstream": link.upstream, "function": function.name},
        )
        made.join, made.taking, made.ref = join, taking, nullable(function.returns)
        made.reads = tuple(link.reads)
        return made

    def _join(self, field: JoinField) -> Member:
        join = field.join
        made = Member(
            self.output(field.upstream, field.ref),
            args=dict(field.taking.arguments),
            resolve=join_resolver(join, field.taking, entries(field.ref)),
            description=field.description,
            deprecation_reason=field.deprecated,
            extensions={"upstream": join.upstream, "function": join.function.name},
        )
        made.join, made.taking, made.ref = join, field.taking, field.ref
        made.reads = tuple(".".join(steps) for steps in join.needs)
        return made

    def _input_object(
        self, upstream: str, name: str, definition: InputType
    ) -> GraphQLInputObjectType:
        return InputObject(
            name,
            lambda: self._input_fields(upstream, definition),
            description=self._description(upstream, definition),
            is_one_of=definition.one_of,
        )

    def _input_fields(self, upstream: str, definition: InputType) -> dict[str, GraphQLInputField]:
        named = named_fields(definition.fields)
        return {
            shown: applied(self._input_field(upstream, named[name]), one)
            for name, shown, one in self.shapes.of(upstream, definition.key).shown(named)
            if not self._is_hidden(upstream, named[name].type)
        } or {NOTHING: GraphQLInputField(SCALARS[ScalarKind.VOID], description=_NO_FIELDS)}

    def _input_field(self, upstream: str, field: Field) -> GraphQLInputField:
        return GraphQLInputField(
            self.input(upstream, field.type),
            description=with_default(field) or None,
            deprecation_reason=deprecation(field),
            out_name=field.name,
        )

    def _entry(self, upstream: str, held: TypeRef, *, going_in: bool) -> GraphQLNamedType:
        name = self._merged.entry_name(upstream, held, going_in=going_in)
        if name not in self._entries:
            make = _entry_input if going_in else _entry_output
            self._entries[name] = make(name, self._type(upstream, held, going_in=going_in))
        return self._entries[name]

    def _name(self, upstream: str, key: str) -> str:
        return self.shapes.of(upstream, key).name or self._merged.type_names[upstream][key]

    def _resolver(self, upstream: str, resolution: Resolution) -> Resolver:
        if isinstance(resolution, ByTag):
            return ByTagField(
                resolution.field,
                {tag: self._name(upstream, key) for tag, key in resolution.members},
            )
        boxes = [key for key, _ in resolution.members if self._is_box(upstream, key)]
        shapes = [
            (self._name(upstream, key), fields)
            for key, fields in resolution.members
            if key not in boxes
        ]
        return by_shape(shapes, [self._box(upstream, key) for key in boxes])

    def _is_box(self, upstream: str, key: str) -> bool:
        definition = self._definitions[upstream, key]
        return isinstance(definition, ObjectType) and definition.box

    def _box(self, upstream: str, key: str) -> tuple[str, TypeRef]:
        definition = cast(ObjectType, self._definitions[upstream, key])
        return self._name(upstream, key), definition.fields[0].type

    def _spoken(self, upstream: str, ref: TypeRef, value: Any) -> Any:
        """What a client writes for the backend's value. Raises `GraphQLError` if it is none."""
        match ref, value:
            case _, None:
                return None
            case Required(of), _:
                return self._spoken(upstream, of, value)
            case ListOf(of), list():
                return [self._spoken(upstream, of, one) for one in value]
            case MapOf(of), dict():
                return [
                    {"key": key, "value": self._spoken(upstream, of, one)}
                    for key, one in value.items()
                ]
            case Named(key), _:
                return self._spoken_named(upstream, key, value)
            case Scalar(), _:
                return value
            case _:
                raise GraphQLError(f"{kind_of(value)} does not fit")

    def _spoken_named(self, upstream: str, key: str, value: Any) -> Any:
        definition = self._definitions[upstream, key]
        if isinstance(definition, EnumType):
            return cast(Enum, self._named(upstream, key)).coerce_output_value(value)
        if not isinstance(definition, InputType) or not isinstance(value, dict):
            raise GraphQLError(f"{kind_of(value)} does not fit")
        fields = named_fields(definition.fields)
        if unknown := value.keys() - {field.name for field in fields.values()}:
            raise GraphQLError(f"no field is called {', '.join(sorted(unknown))}")
        return {
            name: self._spoken(upstream, field.type, value[field.name])
            for name, field in fields.items()
            if field.name in value
        }

    def taken(self, upstream: str, ref: TypeRef, place: str) -> Change | None:
        """How a coerced argument becomes the backend's value; None: as it is.

        Entries become maps again, and of fields that exclude each other at most one may be given.
        `place` is what a client calls the argument.
        """
        match ref:
            case Required(of):
                return self.taken(upstream, of, place)
            case ListOf(of):
                item = self.taken(upstream, of, place)
                return item and each(item)
            case MapOf(of):
                return mapping(self.taken(upstream, of, place), place)
            case Named(key):
                return self._taken_named(upstream, key)
            case Scalar():
                return None

    def _taken_named(self, upstream: str, key: str) -> Change | None:
        definition = self._definitions[upstream, key]
        if not isinstance(definition, InputType):
            return None
        if not definition.fields:
            return _nothing
        identity = (upstream, key)
        if identity not in self._changes:
            type_name = self._name(upstream, key)
            fields = named_fields(definition.fields)
            changes: dict[str, Change] = {}
            exclusive = groups(definition.exclusive, fields)
            self._changes[identity] = members(changes, exclusive, type_name)
            for name, field in fields.items():
                if change := self.taken(upstream, field.type, f"{type_name}.{name}"):
                    changes[field.name] = change
            if not changes and not exclusive:
                self._changes[identity] = None
        return self._changes[identity]


def _nothing(_: Any) -> dict[str, Any]:
    """An input without fields: what stands in for them is ours alone."""
    return {}


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
