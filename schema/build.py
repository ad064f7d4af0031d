"""Root fields and types as one executable schema."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLDeferDirective,
    GraphQLDirective,
    GraphQLField,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLStreamDirective,
    specified_directives,
    validate_schema,
)

from schema.checked import Object
from schema.execute import event_resolver, list_resolver, root_resolver, subscriber
from schema.extend.check import Extended, extend
from schema.extend.model import Call
from schema.extend.world import World
from schema.fields import RootMember
from schema.lock.model import NO_LOCK, Lock
from schema.merge import Merged, Root, RootField, merge
from schema.scalars import SCALARS
from schema.taking import Taking
from schema.types import Types
from schema.values import Change, entries
from upstreams.bulk import bulk
from upstreams.model import Catalog, Flow, ScalarKind, message, nullable


class SchemaError(Exception):
    """The catalogs do not make a valid GraphQL schema; each problem is a sentence."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True)
class Extensions:
    """What users add in SDL."""

    calls: tuple[Call, ...] = ()
    upstreams: tuple[str, ...] = ()
    """All that may be spoken of, discovered or not; none: those that are."""


_NONE = Extensions()
_EXTENDED = "extended"
"""Where a schema keeps what the extensions made of it."""


@bulk()
def build(
    catalogs: Mapping[str, Catalog],
    own: GraphQLSchema | None = None,
    extensions: Extensions = _NONE,
    lock: Lock = NO_LOCK,
) -> tuple[GraphQLSchema, Merged]:
    """The schema over all catalogs, and what everything in it is called.

    `own` is the gateway's own schema: its Query fields and types are added, and their names are
    not given to anything else. What of the extensions cannot work, `extended_of` tells. Raises
    `SchemaError`.
    """
    own_fields = _adopted(own) if own else {}
    try:
        merged = merge(catalogs, fields_taken=own_fields, types_taken=_own_types(own), lock=lock)
        types = Types(merged)
        extended = _extended(merged, types, extensions)
        schema = _schema(merged, types, own_fields)
        schema.extensions[_EXTENDED] = extended
    except (LookupError, AttributeError, TypeError) as error:
        raise SchemaError([f"a type is missing or used in the wrong place: {error}"]) from error
    if problems := validate_schema(schema):
        raise SchemaError(problem.message for problem in problems)
    return schema, merged


def extended_of(schema: GraphQLSchema) -> Extended:
    """What the extensions made of a schema that was built here."""
    extended: Extended = schema.extensions[_EXTENDED]
    return extended


def _extended(merged: Merged, types: Types, extensions: Extensions) -> Extended:
    """What the extensions add, which the types then have."""
    if not extensions.calls:
        return Extended()
    upstreams = extensions.upstreams or tuple(merged.catalogs)
    world = World(merged, types.links, upstreams, extensions.calls)
    extended = extend(extensions.calls, world, types)
    types.joins = extended.fields
    return extended


def _schema(merged: Merged, types: Types, own_fields: Mapping[str, GraphQLField]) -> GraphQLSchema:
    return GraphQLSchema(
        query=_root(Root.QUERY, merged, types, own_fields),
        mutation=_root(Root.MUTATION, merged, types, {}),
        subscription=_root(Root.SUBSCRIPTION, merged, types, {}),
        types=_reached(merged, types),
        directives=(*specified_directives, GraphQLDeferDirective, _stream_directive()),
        description="One graph over every upstream of this gateway.",
    )


def _stream_directive() -> GraphQLDirective:
    """`@stream` as graphql-core has it, but for our scalar of the name `Int`."""
    known = GraphQLStreamDirective
    count = known.args["initialCount"]
    ours = GraphQLArgument(
        SCALARS[ScalarKind.INT], default_value=count.default_value, description=count.description
    )
    args = {**known.args, "initialCount": ours}
    return GraphQLDirective(known.name, known.locations, args, description=known.description)


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
    return Object(
        root.value, lambda: {**{one.name: _field(one, types) for one in chosen}, **own_fields}
    )


def _field(root: RootField, types: Types) -> GraphQLField:
    function = root.function
    taking = types.taking(root.upstream, function.arguments)
    streamed = root.root is Root.SUBSCRIPTION
    returns = message(function) if streamed else function.returns
    shows = entries(returns)
    made = RootMember(
        # A root field is nullable whatever was promised, so that one failure spares the others.
        types.output(root.upstream, nullable(returns)),
        args=taking.arguments,
        resolve=_resolver(root, taking, shows),
        subscribe=subscriber(root, taking) if streamed else None,
        description=function.description or None,
        deprecation_reason=function.deprecated,
        extensions={"upstream": root.upstream, "function": function.name},
    )
    made.origin, made.ref, made.taking = root, returns, taking
    return made


def _resolver(root: RootField, taking: Taking, shows: Change | None) -> Callable[..., Any]:
    if root.root is Root.SUBSCRIPTION:
        return event_resolver(shows)
    if root.function.flow is Flow.SERVER_STREAM:
        return list_resolver(root, taking, shows, entries(message(root.function)))
    return root_resolver(root, taking, shows)


def _reached(merged: Merged, types: Types) -> list[GraphQLNamedType]:
    """Objects that are reached through an interface alone."""
    return [named for upstream in merged.catalogs for named in types.concrete(upstream)]
