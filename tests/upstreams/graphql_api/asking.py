"""An upstream over a running API, asked as the gateway asks."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from graphql import build_schema

from app.config.keys import settings_of
from upstreams.graphql_api.model import GraphqlCatalog, Subscriptions
from upstreams.graphql_api.translate import translate
from upstreams.kind import Call, Client, Settings, Streams
from upstreams.model import Function, ScalarKind
from upstreams.registry import KINDS

KIND = KINDS["graphql"]


def settings(**told: Any) -> Settings:
    """The settings, by the names the configuration has for them."""
    way = Subscriptions(told.pop("subscriptions", "auto"))
    return settings_of("graphql", {**told, "subscriptions": way})


def catalog(sdl: str, **scalars: ScalarKind) -> GraphqlCatalog:
    """What an API of that schema offers."""
    return translate(build_schema(sdl), scalars)


def function(of: GraphqlCatalog, name: str) -> Function:
    """The function of that name."""
    return next(one for one in of.functions if one.name == name)


@dataclass(frozen=True, slots=True)
class Asking:
    """An open client and what its API offers."""

    client: Client
    catalog: GraphqlCatalog

    def call(
        self,
        name: str,
        *selection: str,
        headers: Mapping[str, str] | None = None,
        seconds: float = 10,
        **arguments: Any,
    ) -> Call:
        """A call, due in that time."""
        deadline = asyncio.get_running_loop().time() + seconds
        return Call(
            function(self.catalog, name),
            arguments,
            deadline,
            headers=headers or {},
            selection=selection,
        )

    async def ask(self, name: str, *selection: str, **arguments: Any) -> Any:
        """A function's value."""
        return await self.client.call(self.call(name, *selection, **arguments))

    async def heard(
        self, name: str, *selection: str, most: int = 100, **arguments: Any
    ) -> list[Any]:
        """The first messages of a subscription."""
        assert isinstance(self.client, Streams)
        found: list[Any] = []
        async with aclosing(self.client.stream(self.call(name, *selection, **arguments))) as stream:
            async for one in stream:
                found.append(one)
                if len(found) == most:
                    break
        return found


@asynccontextmanager
async def asking(url: str, of: GraphqlCatalog | None = None, **told: Any) -> AsyncIterator[Asking]:
    """A client of the API there, which tells its schema unless it is given."""
    settled = settings(graphql=url, **told)
    known = of or await KIND.discover(settled)
    async with aclosing(KIND.connect("api", settled, known)) as client:
        yield Asking(client, known)
