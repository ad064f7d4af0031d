"""The composite types of an API, and its enums, as types of a catalog."""

from collections.abc import Iterator, Sequence

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_introspection_type,
)

from upstreams.graphql_api.translate.refs import Refs
from upstreams.model import (
    ByTag,
    EnumType,
    EnumValue,
    Field,
    InputType,
    InterfaceType,
    ObjectType,
    TypeDef,
    UnionType,
)

TYPENAME = "__typename"


def types(schema: GraphQLSchema, refs: Refs) -> Iterator[TypeDef]:
    """Every type but scalars, and but roots that no value is of."""
    for one in _own(schema):
        found = _type(schema, one, refs)
        if found is not None:
            yield found


def spelled(schema: GraphQLSchema, refs: Refs) -> Iterator[tuple[str, str]]:
    """The types of fields and arguments that only the API's own words can say, by their places."""
    for owner in _own(schema):
        if not isinstance(owner, GraphQLObjectType | GraphQLInterfaceType):
            continue
        for name, field in owner.fields.items():
            if not refs.is_spelled(field.type):
                yield f"{owner.name}.{name}", str(field.type)
            for argument, one in field.args.items():
                if not refs.is_spelled(one.type):
                    yield f"{owner.name}.{name}({argument})", str(one.type)


def _own(schema: GraphQLSchema) -> Iterator[GraphQLNamedType]:
    given = frozenset(_given(schema))
    for one in schema.type_map.values():
        if not is_introspection_type(one) and (one.name in given or not _is_root(schema, one)):
            yield one


def _is_root(schema: GraphQLSchema, one: GraphQLNamedType) -> bool:
    return one in (schema.query_type, schema.mutation_type, schema.subscription_type)


def _given(schema: GraphQLSchema) -> Iterator[str]:
    """The names of types that fields give; a mutation may well give the whole Query."""
    for one in schema.type_map.values():
        if isinstance(one, GraphQLObjectType | GraphQLInterfaceType):
            yield from (get_named_type(field.type).name for field in one.fields.values())
        elif isinstance(one, GraphQLUnionType):
            yield from (member.name for member in one.types)


def _type(schema: GraphQLSchema, one: GraphQLNamedType, refs: Refs) -> TypeDef | None:
    about = (one.name, one.name, one.description or "", (), one.name)
    match one:
        case GraphQLObjectType():
            return ObjectType(*about, fields=_fields(one, refs), implements=_up(one))
        case GraphQLInterfaceType():
            return InterfaceType(
                *about,
                fields=_fields(one, refs),
                implements=_up(one),
                resolution=_resolution(schema.get_possible_types(one)),
            )
        case GraphQLUnionType():
            members = tuple(member.name for member in one.types)
            return UnionType(*about, members=members, resolution=_resolution(one.types))
        case GraphQLInputObjectType():
            fields = tuple(refs.input_field(name, each) for name, each in one.fields.items())
            return InputType(*about, fields=fields, one_of=one.is_one_of)
        case GraphQLEnumType():
            return EnumType(*about, values=tuple(_values(one)))
        case GraphQLScalarType():
            return None
        case _:
            raise AssertionError(f"{one} is of no kind of type that GraphQL has")


def _up(one: GraphQLObjectType | GraphQLInterfaceType) -> tuple[str, ...]:
    return tuple(interface.name for interface in one.interfaces)


def _fields(one: GraphQLObjectType | GraphQLInterfaceType, refs: Refs) -> tuple[Field, ...]:
    return tuple(_field(name, field, refs) for name, field in one.fields.items())


def _field(name: str, field: GraphQLField, refs: Refs) -> Field:
    return Field(
        name,
        refs.ref(field.type),
        description=field.description or "",
        deprecated=field.deprecation_reason,
        arguments=tuple(refs.argument(key, one) for key, one in field.args.items()),
    )


def _values(one: GraphQLEnumType) -> Iterator[EnumValue]:
    for name, value in one.values.items():
        yield EnumValue(name, name, value.description or "", value.deprecation_reason)


def _resolution(members: Sequence[GraphQLObjectType]) -> ByTag:
    return ByTag(TYPENAME, tuple((member.name, member.name) for member in members))
