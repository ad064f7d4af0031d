"""A backend of our own for what real ones cannot be made to answer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from upstreams.kind import Call, Client
from upstreams.model import Function
from upstreams.soap import KIND
from upstreams.soap.model import Settings, SoapCatalog

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Backend:
    """A running server that gives one answer to everything, and what it was sent."""

    url: str
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[Backend]:
    """A server on loopback until the block ends."""
    backend = Backend("")

    async def record(request: web.Request) -> web.StreamResponse:
        backend.bodies.append(await request.read())
        backend.headers.append({name.lower(): value for name, value in request.headers.items()})
        return await answer(request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", record)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        backend.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield backend
    finally:
        await runner.cleanup()


def fixed(
    body: str | bytes, *, status: int = 200, media_type: str = "text/xml; charset=utf-8"
) -> Answer:
    """Always the same answer."""
    data = body.encode() if isinstance(body, str) else body

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=data, headers={"Content-Type": media_type})

    return answer


def function(catalog: SoapCatalog, name: str) -> Function:
    """The function of that name."""
    return next(each for each in catalog.functions if each.name == name)


@asynccontextmanager
async def connected(catalog: SoapCatalog, url: str, **settings: Any) -> AsyncIterator[Client]:
    """A client for the catalog, calling that URL."""
    client = KIND.connect("bank", Settings(soap="bank.wsdl", url=url, **settings), catalog)
    try:
        yield client
    finally:
        await client.aclose()


async def ask(
    client: Client, called: Function, given: object = None, *, seconds: float = 10.0
) -> object:
    """The answer to one call."""
    return await ask_with(client, called, {} if given is None else {"input": given}, seconds)


async def ask_with(
    client: Client, called: Function, arguments: Mapping[str, Any], seconds: float = 10.0
) -> object:
    """The answer to a call with those arguments."""
    deadline = asyncio.get_running_loop().time() + seconds
    return await client.call(Call(called, arguments, deadline))


@pytest.fixture
def never() -> asyncio.Event:
    """An event that does not happen."""
    return asyncio.Event()
