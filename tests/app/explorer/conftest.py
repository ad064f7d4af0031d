"""A real server with the explorer over a small schema."""

from collections.abc import AsyncIterator

import pytest
import strawberry
from starlette.applications import Starlette
from starlette.routing import Mount, Route, WebSocketRoute
from strawberry.asgi import GraphQL

from app.explorer.build import build
from app.explorer.page import Explorer
from tests.backends.asgi import served

BUILD_TIMEOUT = 300
"""Seconds for a test that may be the first, and so waits for the assets."""

DEFAULT_QUERY = """\
# </script><script>alert("the default query is text, never markup")</script>
query Greeting {
  hello(name: "Splice")
}
"""


def greet(name: str = "you") -> str:
    return f"Hello, {name}!"


@strawberry.type
class Query:
    hello: str = strawberry.field(
        resolver=greet, description="A greeting, with ![a picture](https://example.com/spy.png)"
    )


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def count(self, to: int = 3) -> AsyncIterator[int]:
        for number in range(1, to + 1):
            yield number


@pytest.fixture(scope="session")
def assets() -> None:
    """The explorer, built if it is not."""
    build()


@pytest.fixture
async def gateway(assets: None) -> AsyncIterator[str]:
    """The address of a running server with the explorer and its endpoint, also below `/prefix`."""
    graphql = GraphQL(strawberry.Schema(Query, subscription=Subscription), graphql_ide=None)
    routes = [
        *Explorer("graphql", DEFAULT_QUERY).routes(),
        Route("/graphql", graphql, methods=["GET", "POST"]),
        WebSocketRoute("/graphql", graphql),
    ]
    async with served(Starlette(routes=[*routes, Mount("/prefix", routes=routes)])) as address:
        yield address
