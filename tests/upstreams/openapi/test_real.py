"""The whole way, from description to answer, with servers nobody here wrote."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest

from tests import corpora
from tests.backends.openapi import JUPYTER_TOKEN, jupyter, prism
from tests.backends.process import Server
from upstreams.errors import Refused
from upstreams.kind import Call, Client
from upstreams.openapi import KIND
from upstreams.openapi.model import OpenApiCatalog, Settings

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]

SPACETRADERS = "openapi/directory/spacetraders.io.json"
TOKEN = {"authorization": f"token {JUPYTER_TOKEN}"}


class Line:
    """A client and the functions it can call."""

    def __init__(self, client: Client, catalog: OpenApiCatalog) -> None:
        self.catalog = catalog
        self._client = client
        self._functions = {function.name: function for function in catalog.functions}

    async def ask(self, function: str, **arguments: Any) -> Any:
        deadline = asyncio.get_running_loop().time() + 20
        return await self._client.call(Call(self._functions[function], arguments, deadline))


@asynccontextmanager
async def line(settings: Settings) -> AsyncIterator[Line]:
    catalog = await KIND.discover(settings)
    client = KIND.connect("real", settings, catalog)
    async with aclosing(client):
        yield Line(client, catalog)


@pytest.fixture(scope="module")
def spacetraders() -> Iterator[Server]:
    """Prism mocking a game's document of 40 operations."""
    with prism(corpora.spec(SPACETRADERS)) as server:
        yield server


@pytest.fixture(scope="module")
def notebooks() -> Iterator[Server]:
    """A Jupyter server."""
    with jupyter() as server:
        yield server


def game(server: Server) -> Settings:
    document = str(corpora.spec(SPACETRADERS))
    return Settings(openapi=document, url=server.url, headers={"authorization": "Bearer any"})


async def test_prism_answers_with_its_example(spacetraders: Server) -> None:
    """A function without arguments gives back the document's own example."""
    async with line(game(spacetraders)) as one:
        found = await one.ask("get-my-agent")

    assert set(found["data"]) >= {"accountId", "symbol", "headquarters", "credits"}


async def test_prism_takes_what_we_send(spacetraders: Server) -> None:
    """Prism, which checks requests against the document, has nothing against ours."""
    async with line(game(spacetraders)) as one:
        page = await one.ask("get-systems", page=1, limit=2)
        made = await one.ask("register", input={"symbol": "BADGER", "faction": "COSMIC"})

    assert set(page) == {"data", "meta"}
    assert "token" in made["data"]


async def test_prism_says_no(spacetraders: Server) -> None:
    """Arguments that break the document's rules are refused with Prism's own problem details."""
    async with line(game(spacetraders)) as one:
        with pytest.raises(Refused) as caught:
            await one.ask("register", input={"symbol": "BADGER", "faction": "NO SUCH"})

    assert caught.value.status == 422
    assert caught.value.told
    assert not caught.value.retryable


async def test_jupyter_describes_itself(notebooks: Server) -> None:
    """Its own Swagger 2.0 document in YAML, behind a token, is a catalog with nothing skipped."""
    async with line(Settings(openapi=f"{notebooks.url}/api/spec.yaml", headers=TOKEN)) as one:
        assert one.catalog.url == notebooks.url
        assert len(one.catalog.functions) > 25
        assert one.catalog.skipped == ()


async def test_jupyter_keeps_a_file(notebooks: Server) -> None:
    """What is written under a difficult name is read back, and then deleted."""
    contents = "/api/contents/{path}"
    name = "ö ?#%2F&=.txt"
    async with line(Settings(openapi=f"{notebooks.url}/api/spec.yaml", headers=TOKEN)) as one:
        file = {"type": "file", "format": "text", "content": "été"}
        await one.ask(f"PUT {contents}", path=name, input=file)
        found = await one.ask(f"GET {contents}", path=name, type="file", content=1)
        gone = await one.ask(f"DELETE {contents}", path=name)

    assert (found["name"], found["content"], gone) == (name, "été", None)


async def test_jupyter_without_a_token(notebooks: Server) -> None:
    """Without the token a call is refused with Jupyter's own status."""
    described = Settings(openapi=f"{notebooks.url}/api/spec.yaml", headers=TOKEN)
    catalog = await KIND.discover(described)
    client = KIND.connect("real", Settings(openapi=described.openapi), catalog)
    status = next(one for one in catalog.functions if one.name == "GET /api/status")

    async with aclosing(client):
        with pytest.raises(Refused) as caught:
            await client.call(Call(status, {}, asyncio.get_running_loop().time() + 20))

    assert caught.value.status == 403
