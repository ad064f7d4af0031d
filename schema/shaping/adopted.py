"""Fields written in Python, taken into the schema: their scalars become ours of the same name.

A scalar of ours is the backend's text where Python has a value of its own, `DateTime` a `str` and
no `datetime`; so what goes into such a field and comes out of it passes Python's own scalar too.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from inspect import isawaitable
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    get_named_type,
    is_specified_scalar_type,
)

from schema.merge import Root
from schema.scalars import SCALARS
from schema.shaping.coded.model import OwnSchema

_OURS = {scalar.name: scalar for scalar in SCALARS.values()}

Scalars = Mapping[str, GraphQLScalarType]
"""Python's own, by name."""
Fields = Mapping[str, GraphQLField]


def adopted(own: GraphQLSchema) -> Mapping[Root, Fields]:
    """The fields of its roots; its types are changed so that they fit a schema of ours."""
    scalars = scalars_of(own.type_map.values())
    for one in own.coded if isinstance(own, OwnSchema) else ():
        for field in one.fields.values():
            _adopt(field, scalars)
    for named in own.type_map.values():
        if named.name.startswith("__"):
            continue
        if isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
            for field in named.fields.values():
                _adopt(field, scalars)
        elif isinstance(named, GraphQLInputObjectType):
            for member in named.fields.values():
                member.type = _ours(member.type)
    roots = {
        Root.QUERY: own.query_type,
        Root.MUTATION: own.mutation_type,
        Root.SUBSCRIPTION: own.subscription_type,
    }
    return {root: dict(one.fields) if one else {} for root, one in roots.items()}


def scalars_of(types: Iterable[GraphQLNamedType]) -> Scalars:
    """Python's own scalars among the types."""
    return {
        one.name: one
        for one in types
        if isinstance(one, GraphQLScalarType) and not is_specified_scalar_type(one)
    }


def concrete(own: GraphQLSchema) -> list[GraphQLNamedType]:
    """Its objects that an interface may be all that leads to."""
    return [
        one
        for one in own.type_map.values()
        if isinstance(one, GraphQLObjectType) and one.interfaces
    ]


def _adopt(field: GraphQLField, scalars: Scalars) -> None:
    field.type = _ours(field.type)
    for argument in field.args.values():
        argument.type = _ours(argument.type)
    if field.resolve is not None and scalars:
        field.resolve = _resolver(field, field.resolve, scalars)


def _ours(of_type: Any) -> Any:
    if isinstance(of_type, GraphQLNonNull | GraphQLList):
        return type(of_type)(_ours(of_type.of_type))
    return _OURS.get(of_type.name, of_type)


def _resolver(
    field: GraphQLField, resolve: Callable[..., Any], scalars: Scalars
) -> Callable[..., Any]:
    """The field's resolver between our scalars and Python's."""
    types = {name: argument.type for name, argument in field.args.items()}
    leaf = get_named_type(field.type).name

    async def later(result: Awaitable[Any]) -> Any:
        return _shown(await result, scalars[leaf])

    def resolved(source: Any, info: Any, /, **given: Any) -> Any:
        said = {name: _taken(value, types[name], scalars) for name, value in given.items()}
        result = resolve(source, info, **said)
        if leaf not in scalars:
            return result
        return later(result) if isawaitable(result) else _shown(result, scalars[leaf])

    return resolved


def _taken(value: Any, of_type: Any, scalars: Scalars) -> Any:
    """What a client gave, as Python wants it. Raises `GraphQLError`."""
    match of_type:
        case _ if value is None:
            return None
        case GraphQLNonNull(of_type=inner):
            return _taken(value, inner, scalars)
        case GraphQLList(of_type=inner):
            return [_taken(one, inner, scalars) for one in value]
        case GraphQLInputObjectType(fields=fields):
            return {name: _taken(one, fields[name].type, scalars) for name, one in value.items()}
        case GraphQLScalarType(name=name) if name in scalars:
            return scalars[name].coerce_input_value(value)
        case _:
            return value


def _shown(value: Any, scalar: GraphQLScalarType) -> Any:
    """What Python gave, as our scalar takes it."""
    if value is None:
        return None
    if isinstance(value, list | tuple):
        return [_shown(one, scalar) for one in value]
    return scalar.coerce_output_value(value)
