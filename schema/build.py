"""Root fields and types as one executable schema."""

from collections.abc import Iterable, Mapping
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    validate_schema,
)

from schema.execute import root_resolver
from schema.fields import named_fields
from schema.merge import Merged, RootField, merge, reads
from schema.scalars import SCALARS
from schema.types import Types
from schema.values import entries
from upstreams.model import Catalog, nullable


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
        query=_root("Query", own_fields, merged.root_fields, types, wanted=True),
        mutation=_mutation(merged, types),
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


def _mutation(merged: Merged, types: Types) -> GraphQLObjectType | None:
    if all(reads(root.function) for root in merged.root_fields):
        return None
    return _root("Mutation", {}, merged.root_fields, types, wanted=False)


def _root(
    name: str,
    own_fields: Mapping[str, GraphQLField],
    root_fields: Iterable[RootField],
    types: Types,
    *,
    wanted: bool,
) -> GraphQLObjectType:
    """The root type holding the functions whose `reads` is as wanted."""
    chosen = [root for root in root_fields if reads(root.function) is wanted]
    return GraphQLObjectType(
        name, lambda: {**{root.name: _field(root, types) for root in chosen}, **own_fields}
    )


def _field(root: RootField, types: Types) -> GraphQLField:
    function = root.function
    arguments = _arguments(root, types)
    takes = {
        field.name: change
        for name, field in named_fields(function.arguments).items()
        if (change := types.taken(root.upstream, field.type, name))
    }
    return GraphQLField(
        # A root field is nullable whatever was promised, so that one failure spares the others.
        types.output(root.upstream, nullable(function.returns)),
        args=arguments,
        resolve=root_resolver(root, arguments, takes, entries(function.returns)),
        description=function.description or None,
        deprecation_reason=function.deprecated,
        extensions={"upstream": root.upstream, "function": function.name},
    )


def _arguments(root: RootField, types: Types) -> dict[str, GraphQLArgument]:
    return {
        name: types.argument(root.upstream, field)
        for name, field in named_fields(root.function.arguments).items()
    }


def _reached(merged: Merged, types: Types) -> list[GraphQLNamedType]:
    """Objects that are reached through an interface alone."""
    return [named for upstream in merged.catalogs for named in types.concrete(upstream)]
