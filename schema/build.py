"""Root fields and types as one executable schema."""

from collections.abc import Iterable, Mapping
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    validate_schema,
)

from schema.execute import event_resolver, root_resolver, subscriber
from schema.merge import Merged, Root, RootField, merge
from schema.scalars import SCALARS
from schema.types import Types
from schema.values import entries
from upstreams.model import Catalog, message, nullable


class SchemaError(Exception):
    """The catalogs do not make a valid GraphQL schema; each problem is a sentence."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def build(
    catalogs: Mapping[str, Catalog], own: GraphQLSchema | None = None
) -> tuple[GraphQLSchema, Merged]:
    """The schema over all catalogs, and what everything in it is called.

    `own` is the gateway's own schema: its Query fields and types are added, and their names are
    not given to anything else. Raises `SchemaError`.
    """
    own_fields = _adopted(own) if own else {}
    try:
        merged = merge(catalogs, fields_taken=own_fields, types_taken=_own_types(own))
        schema = _schema(merged, own_fields)
    except (KeyError, TypeError) as error:
        # graphql-core makes a TypeError of whatever goes wrong while fields are resolved.
        raise SchemaError([f"a type is missing or used in the wrong place: {error}"]) from error
    if problems := validate_schema(schema):
        raise SchemaError(problem.message for problem in problems)
    return schema, merged


def _schema(merged: Merged, own_fields: Mapping[str, GraphQLField]) -> GraphQLSchema:
    types = Types(merged)
    return GraphQLSchema(
        query=_root(Root.QUERY, merged, types, own_fields),
        mutation=_root(Root.MUTATION, merged, types, {}),
        subscription=_root(Root.SUBSCRIPTION, merged, types, {}),
        types=_reached(merged, types),
        description="One graph over every upstream of this gateway.",
    )


def _adopted(own: GraphQLSchema) -> dict[str, GraphQLField]:
    """The gateway's own Query fields, their scalars replaced by ours of the same name."""
    scalars = {scalar.name: scalar for scalar in SCALARS.values()}

    def swapped(of_type: Any) -> Any:
        if isinstance(of_type, GraphQLNonNull | GraphQLList):
            return type(of_type)(swapped(of_type.of_type))
        return scalars.get(of_type.name, of_type)

    for named in own.type_map.values():
        if isinstance(named, GraphQLObjectType) and not named.name.startswith("__"):
            for field in named.fields.values():
                field.type = swapped(field.type)
    return dict(own.query_type.fields) if own.query_type else {}


def _own_types(own: GraphQLSchema | None) -> list[str]:
    return [] if own is None else list(own.type_map)


def _root(
    root: Root, merged: Merged, types: Types, own_fields: Mapping[str, GraphQLField]
) -> GraphQLObjectType | None:
    """The root type with the functions that belong to it; without any there is only a Query."""
    chosen = [one for one in merged.root_fields if one.root is root]
    if not chosen and root is not Root.QUERY:
        return None
    return GraphQLObjectType(
        root.value, lambda: {**{one.name: _field(one, types) for one in chosen}, **own_fields}
    )


def _field(root: RootField, types: Types) -> GraphQLField:
    function = root.function
    taking = types.taking(root.upstream, function.arguments)
    streamed = root.root is Root.SUBSCRIPTION
    returns = message(function) if streamed else function.returns
    shows = entries(returns)
    return GraphQLField(
        # A root field is nullable whatever was promised, so that one failure spares the others.
        types.output(root.upstream, nullable(returns)),
        args=dict(taking.arguments),
        resolve=event_resolver(shows) if streamed else root_resolver(root, taking, shows),
        subscribe=subscriber(root, taking) if streamed else None,
        description=function.description or None,
        deprecation_reason=function.deprecated,
        extensions={"upstream": root.upstream, "function": function.name},
    )


def _reached(merged: Merged, types: Types) -> list[GraphQLNamedType]:
    """Objects that are reached through an interface alone."""
    return [named for upstream in merged.catalogs for named in types.concrete(upstream)]
