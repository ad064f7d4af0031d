"""What the gateway says about itself in GraphQL: the field `_gateway`, written with Strawberry."""

import datetime
import enum
from dataclasses import dataclass
from typing import Any

import strawberry
from graphql import (
    GraphQLBoolean,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLNamedType,
    introspection_types,
)
from strawberry.tools import merge_types

from app.python_types import parted
from app.version import VERSION
from schema.shaping.coded.model import OwnSchema
from upstreams.kind import Health


@strawberry.enum(name="GatewayUpstreamStatus")
class State(enum.Enum):
    """How an upstream stands."""

    READY = strawberry.enum_value("ready", description="Its newest discovery succeeded.")
    STORED = strawberry.enum_value(
        "stored", description="Its last good catalog is served; the newest discovery failed."
    )
    HELD = strawberry.enum_value(
        "held", description="Its last good catalog is served; the newest would break clients."
    )
    UNAVAILABLE = strawberry.enum_value(
        "unavailable", description="It was never discovered, so it offers nothing."
    )


strawberry.enum(Health, name="GatewayUpstreamHealth", description="How a backend says it is.")


async def _health(
    root: strawberry.Parent["UpstreamStatus"], info: strawberry.Info[Any, None]
) -> Health:
    said: Health = await info.context.caller.health(root.name)
    return said


@strawberry.type(
    name="GatewayHeldChange", description="A change that is held back, as it would break clients."
)
class HeldChange:
    """One change of a description that is not served."""

    path: str = strawberry.field(description="Its schema coordinate, such as `Query.order(id:)`.")
    reason: str


@strawberry.type(name="GatewayUpstream", description="One configured backend.")
class UpstreamStatus:
    """How one upstream stands right now."""

    name: str
    kind: str
    status: State
    functions: int = strawberry.field(description="How many functions it offers.")
    refreshed_at: datetime.datetime | None = strawberry.field(
        description="When its catalog was last discovered."
    )
    problem: str | None = strawberry.field(
        description="Why the newest discovery failed, or which join cannot call it any more."
    )

    held: list[HeldChange] = strawberry.field(
        description="What its newest description would break; `splice approve` serves it."
    )

    health: Health = strawberry.field(
        resolver=_health,
        description="What it says of itself, asked at most every few seconds (`grpc.health.v1`).",
    )


@strawberry.type(name="GatewayPath", description="A way in which operations are answered.")
class PathCount:
    """How many operations went one way."""

    reason: str = strawberry.field(
        description="`planned`: by a plan; else why no plan could answer them."
    )
    count: int = strawberry.field(description="How many did since the process started.")


@strawberry.type(name="Gateway", description="This gateway and its upstreams.")
class GatewayStatus:
    """What clients may know of the gateway."""

    version: str
    upstreams: list[UpstreamStatus]
    paths: list[PathCount] = strawberry.field(description="How operations were answered.")


def _gateway(info: strawberry.Info[Any, None]) -> GatewayStatus:
    caller = info.context.caller
    return GatewayStatus(version=VERSION, upstreams=caller.statuses(), paths=caller.paths())


@strawberry.type
class Query:
    """The gateway's own root fields."""

    gateway: GatewayStatus = strawberry.field(
        resolver=_gateway, name="_gateway", description="The gateway itself."
    )


@dataclass(frozen=True, slots=True)
class PythonRoots:
    """Strawberry types whose fields are root fields."""

    query: type | None = None
    mutation: type | None = None
    subscription: type | None = None
    extending: tuple[type, ...] = ()
    """Those whose fields are for types of the graph."""
    written: str = ""
    """The module that they are in."""


NO_ROOTS = PythonRoots()


def _is_one_of(of_type: GraphQLNamedType, _info: object) -> bool | None:
    return of_type.is_one_of if isinstance(of_type, GraphQLInputObjectType) else None


_IS_ONE_OF = GraphQLField(GraphQLBoolean, resolve=_is_one_of)


def own_schema(roots: PythonRoots = NO_ROOTS) -> OwnSchema:
    """A fresh graphql-core schema of the gateway's own fields and of those that users write.

    It is to be built into the served one. Raises what Strawberry does where they make no schema.
    """
    query = merge_types("Query", (Query, roots.query)) if roots.query else Query
    schema = strawberry.Schema(query, roots.mutation, roots.subscription, types=roots.extending)
    # Strawberry's own, which it puts in for every schema there is, knows only types of its classes.
    introspection_types["__Type"].fields["isOneOf"] = _IS_ONE_OF  # type: ignore[attr-defined]  # an object
    core = schema._schema  # noqa: SLF001 - Strawberry has no other door to it
    return parted(core, roots.extending, roots.written)
