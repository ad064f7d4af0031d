"""The translation of a GraphQL schema into a catalog; pure.

Read in this order: `schema` (a description as a schema), `scalars` (what scalars mean), `refs` and
`literals` (references and defaults), `types`; here, root fields become functions.
"""

from collections.abc import Iterator, Mapping

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
)

from upstreams.graphql_api.model import Binding, GraphqlCatalog, Operation, Wire
from upstreams.graphql_api.translate.batches import batch
from upstreams.graphql_api.translate.refs import Refs
from upstreams.graphql_api.translate.schema import introspected, written
from upstreams.graphql_api.translate.types import spelled, types
from upstreams.model import Catalog, Effect, Flow, Function, ListOf, ScalarKind, Skipped

__all__ = ["introspected", "translate", "written"]

_FILES = "it takes files, which this kind does not send"


def translate(schema: GraphQLSchema, scalars: Mapping[str, ScalarKind]) -> GraphqlCatalog:
    """What the API offers; `scalars` is what the settings say of its own ones."""
    refs = Refs(schema, scalars)
    found = list(_found(schema))
    offered = [
        (name, operation, field) for name, operation, field in found if not _files(field, refs)
    ]
    kept = {name for name, *_ in offered}
    return Catalog(
        kind="graphql",
        functions=tuple(_function(*one, refs) for one in offered),
        types=tuple(types(schema, refs)),
        wire=Wire(tuple(spelled(schema, refs))),
        description=schema.description or "",
        skipped=tuple(Skipped(name, _FILES) for name, *_ in found if name not in kept),
        degraded=tuple(refs.degraded()),
        assumed=tuple(refs.assumed()),
    )


def _found(schema: GraphQLSchema) -> Iterator[tuple[str, Operation, GraphQLField]]:
    """Every root field, by a name that no other has: `orders`, `Mutation.orders`."""
    taken: set[str] = set()
    for operation, root in _roots(schema):
        for field_name, field in root.fields.items() if root else ():
            name = field_name if field_name not in taken else f"{root}.{field_name}"
            taken.add(name)
            yield name, operation, field


def _roots(schema: GraphQLSchema) -> Iterator[tuple[Operation, GraphQLObjectType | None]]:
    yield Operation.QUERY, schema.query_type
    yield Operation.MUTATION, schema.mutation_type
    yield Operation.SUBSCRIPTION, schema.subscription_type


def _function(
    name: str, operation: Operation, field: GraphQLField, refs: Refs
) -> Function[Binding]:
    field_name = name.rpartition(".")[2]
    returns = refs.ref(field.type)
    streams = operation is Operation.SUBSCRIPTION
    arguments = tuple((key, str(one.type)) for key, one in field.args.items())
    return Function(
        name=name,
        label=field_name,
        effect=Effect.WRITE if operation is Operation.MUTATION else Effect.READ,
        returns=ListOf(returns) if streams else returns,
        binding=Binding(operation, field_name, arguments),
        arguments=tuple(refs.argument(key, one) for key, one in field.args.items()),
        flow=Flow.SUBSCRIPTION if streams else Flow.UNARY,
        description=field.description or "",
        deprecated=field.deprecation_reason,
        source=f"{operation.value} {field_name}",
        selective=is_composite_type(get_named_type(field.type)),
        batch=batch(field) if operation is Operation.QUERY else None,
    )


def _files(field: GraphQLField, refs: Refs) -> bool:
    """Whether a file is among what the field takes."""
    ahead: list[GraphQLNamedType] = [get_named_type(one.type) for one in field.args.values()]
    seen: set[str] = set()
    while ahead:
        one = ahead.pop()
        if refs.is_file(one):
            return True
        if isinstance(one, GraphQLInputObjectType) and one.name not in seen:
            seen.add(one.name)
            ahead += (get_named_type(inner.type) for inner in one.fields.values())
    return False
