"""Strawberry types that add fields to types of the graph, as the schema takes them."""

import inspect
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    get_named_type,
    is_specified_scalar_type,
)
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from schema.shaping.coded.model import Coded, Make, OwnSchema

_DEFINITION = "strawberry-definition"
"""Where Strawberry keeps what a type or field of graphql-core is made of."""


def parted(known: GraphQLSchema, extending: Iterable[type], written: str) -> OwnSchema:
    """The schema without the types that are the graph's; what is for those, beside it.

    `written` names the module. Raises `ValueError` where a field gives such a type.
    """
    found = tuple(_coded(known, one, written) for one in extending)
    own = OwnSchema(
        known.query_type,
        known.mutation_type,
        known.subscription_type,
        types=[*_named(found)],
        directives=known.directives,
    )
    for one in found:
        if one.name in own.type_map:
            raise ValueError(f"{one.name} is a type of the graph: no field in Python gives one")
    own.coded = found
    return own


def _named(found: Iterable[Coded]) -> Iterator[GraphQLNamedType]:
    """The types that the fields name."""
    for field in (field for one in found for field in one.fields.values()):
        yield get_named_type(field.type)
        yield from (get_named_type(argument.type) for argument in field.args.values())


def _coded(known: GraphQLSchema, extending: type, written: str) -> Coded:
    of_type = next(one for one in _objects(known) if _definition(one).origin is extending)
    added = {name: one for name, one in of_type.fields.items() if _resolver(one) is not None}
    line = _line(extending)
    return Coded(
        of_type.name,
        f"{written}:{line}" if line else written,
        {one.name: _plain(one) for one in _objects(known)},
        added,
        {name: f"{written}:{_resolver_line(one)}" for name, one in added.items()},
        {one.name: _make(one) for one in _objects(known)},
        {
            name: one
            for name, one in known.type_map.items()
            if isinstance(one, GraphQLScalarType) and not is_specified_scalar_type(one)
        },
    )


def _objects(known: GraphQLSchema) -> Iterator[GraphQLObjectType]:
    """The types that Strawberry made of classes."""
    for one in known.type_map.values():
        if isinstance(one, GraphQLObjectType) and _DEFINITION in one.extensions:
            yield one


def _definition(of_type: GraphQLObjectType) -> StrawberryObjectDefinition:
    found: StrawberryObjectDefinition = of_type.extensions[_DEFINITION]
    return found


def _field(field: GraphQLField) -> StrawberryField:
    found: StrawberryField = field.extensions[_DEFINITION]
    return found


def _plain(of_type: GraphQLObjectType) -> dict[str, GraphQLField]:
    """The fields that have no resolvers."""
    return {name: one for name, one in of_type.fields.items() if _resolver(one) is None}


def _make(of_type: GraphQLObjectType) -> Make:
    origin = _definition(of_type).origin
    names = {name: _field(one).python_name for name, one in _plain(of_type).items()}

    def make(values: Mapping[str, Any]) -> Any:
        return origin(**{names[name]: value for name, value in values.items()})

    return make


def _resolver(field: GraphQLField) -> StrawberryResolver[Any] | None:
    return _field(field).base_resolver


def _resolver_line(field: GraphQLField) -> int:
    """The line where a field's resolver begins; 1 for what is no plain function."""
    resolver = _resolver(field)
    code = getattr(resolver and resolver.wrapped_func, "__code__", None)
    return code.co_firstlineno if code else 1


def _line(extending: type) -> int:
    """The line where a class begins; 0 where its text is not known."""
    try:
        return inspect.getsourcelines(extending)[1]
    except (OSError, TypeError):
        return 0
