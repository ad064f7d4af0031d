"""GraphQL APIs to be upstreams: a Strawberry one of our own, and two servers by npm."""

import asyncio
import datetime
import decimal
import enum
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import strawberry
from graphql import GraphQLResolveInfo
from strawberry.asgi import GraphQL
from strawberry.extensions import SchemaExtension

from tests.backends.process import NODE_HOME, Server, free_port, node, serve


@strawberry.enum
class Sort(enum.Enum):
    """The order of orders."""

    UP = "up"
    DOWN = "down"


@strawberry.interface
class Node:
    id: strawberry.ID


@strawberry.type
class Order(Node):
    title: str
    total: decimal.Decimal


def order(identity: str) -> Order:
    """The order that is always the same."""
    return Order(
        id=strawberry.ID(identity), title=f"Order {identity}", total=decimal.Decimal("1.10")
    )


@strawberry.type
class Film(Node):
    title: str | None
    minutes: int


@strawberry.type
class Customer(Node):
    name: str
    born: datetime.date

    @strawberry.field
    def orders(self, first: int = 2, sort: Sort = Sort.UP) -> list[Order]:
        found = [order(f"{self.id}-{n}") for n in range(first)]
        return found if sort is Sort.UP else found[::-1]

    @strawberry.field
    def secret(self) -> str | None:
        raise PermissionError("the safe is behind the picture")


@strawberry.input
class NewCustomer:
    name: str
    born: datetime.date = datetime.date(2000, 1, 1)


def customer(identity: str) -> Customer:
    """The customer that is always the same."""
    return Customer(
        id=strawberry.ID(identity), name=f"Customer {identity}", born=datetime.date(1990, 1, 2)
    )


@strawberry.type
class Query:
    @strawberry.field
    def customer(self, id: strawberry.ID) -> Customer | None:  # noqa: A002 - as clients see it
        return None if id == "none" else customer(id)

    @strawberry.field
    def customers(self, ids: list[strawberry.ID]) -> list[Customer]:
        return [customer(one) for one in reversed(ids)]

    @strawberry.field
    def search(self) -> list[Order | Film]:
        return [order("1"), Film(id=strawberry.ID("2"), title=None, minutes=90)]

    @strawberry.field
    def node(self) -> Node:
        return Film(id=strawberry.ID("2"), title="A film", minutes=90)

    @strawberry.field
    def doubled(self, amount: decimal.Decimal) -> decimal.Decimal:
        return amount * 2

    @strawberry.field
    def headers(self, info: strawberry.Info, names: list[str]) -> list[str]:
        return [info.context["request"].headers.get(name, "") for name in names]


@strawberry.type
class Mutation:
    @strawberry.mutation
    def add_customer(self, input: NewCustomer) -> Customer:  # noqa: A002 - as clients see it
        return Customer(id=strawberry.ID("9"), name=input.name, born=input.born)


class Api(GraphQL[Any, Any]):
    """The API as an ASGI application, at every path."""

    def __init__(self) -> None:
        self.left = asyncio.Event()
        """Set once somebody who listened to `forever` has gone."""
        self.asked: list[str] = []
        """The root fields of queries, in the order in which they were asked."""
        subscription = _subscription(self.left)
        super().__init__(
            strawberry.Schema(
                Query, Mutation, subscription, types=[Film], extensions=[lambda: _Asked(self.asked)]
            )
        )


class _Asked(SchemaExtension):
    """Keeps which root fields are asked for."""

    def __init__(self, asked: list[str]) -> None:
        self._asked = asked

    def resolve(
        self,
        _next: Callable[..., Any],
        root: Any,
        info: GraphQLResolveInfo[Any],
        *args: str,
        **kwargs: Any,
    ) -> Any:
        if info.path.prev is None and info.parent_type.name == "Query":
            self._asked.append(info.field_name)
        return _next(root, info, *args, **kwargs)


def _subscription(left: asyncio.Event) -> type:
    @strawberry.type
    class Subscription:
        @strawberry.subscription
        async def counted(self, to: int) -> AsyncIterator[int]:
            for n in range(to):
                yield n

        @strawberry.subscription
        async def added(self) -> AsyncIterator[Customer]:
            for n in range(3):
                yield customer(str(n))

        @strawberry.subscription
        async def forever(self) -> AsyncIterator[int]:
            try:
                while True:
                    yield 1
                    await asyncio.sleep(0.001)
            finally:
                left.set()

    return Subscription


@contextmanager
def yoga() -> Iterator[Server]:
    """GraphQL Yoga: subscriptions by server-sent events."""
    with _running("graphql_yoga.mjs") as server:
        yield server


@contextmanager
def graphql_ws() -> Iterator[Server]:
    """graphql-http and graphql-ws: subscriptions over WebSockets."""
    with _running("graphql_ws.mjs") as server:
        yield server


@contextmanager
def _running(script: str) -> Iterator[Server]:
    port = free_port()
    environment: Mapping[str, str] = {"PORT": str(port)}
    with serve(node(NODE_HOME / script), port=port, env=environment, cwd=NODE_HOME) as server:
        yield server
