"""A backend that calls: it is told addresses, and says what happened there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import websockets
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.app.graphql.sockets import begin, connected, heard, subscribe
from tests.app.served import Asking, gateway
from tests.backends.rest import NUMBER, TEXT, Rest, document, rest

SECRET = "sixteen-or-more!"
ELSEWHERE = "https://gateway.example/base"
"""Where backends are told to call; tests take the way from there to the gateway that runs."""

ON_DATA = "subscription { onData { value } }"
ON_PAID = 'subscription { onPaid(input: {item: "tea", notify: {retries: 2}}) { amount } }'
NEW_PET = "subscription { newPet { name } }"


def _sent(schema: Any, status: str, media_type: str = "application/json") -> dict[str, Any]:
    content = {media_type: {"schema": schema}}
    return {"requestBody": {"content": content}, "responses": {status: {"description": ""}}}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def described() -> dict[str, Any]:
    """A description with two callbacks, and a webhook of two requests."""
    address = {"name": "callbackUrl", "in": "query", "required": True, "schema": TEXT}
    made = {"201": {"description": "it will call"}}
    notify = {**_object(url=TEXT, retries=NUMBER), "required": ["url"]}
    order = {**_object(item=TEXT, notify=notify), "required": ["item", "notify"]}
    data, end = _sent(_object(value=NUMBER), "202"), _sent(_object(why=TEXT), "200")
    streams = {
        "operationId": "streams",
        "parameters": [address],
        "responses": made,
        "callbacks": {
            "onData": {"{$request.query.callbackUrl}/data": {"post": data}},
            "onEnd": {"{$request.query.callbackUrl}/end": {"post": end}},
        },
    }
    orders = {
        "operationId": "orders",
        "requestBody": {"required": True, "content": {"application/json": {"schema": order}}},
        "responses": made,
        "callbacks": {
            "onPaid": {"$request.body#/notify/url": {"post": _sent(_object(amount=NUMBER), "200")}}
        },
    }
    gone = {
        "parameters": [{"name": "id", "in": "query", "required": True, "schema": NUMBER}],
        "responses": {"204": {"description": ""}},
    }
    pet = {"post": _sent(_object(name=TEXT), "200"), "delete": gone}
    paths = {"/streams": {"post": streams}, "/orders": {"post": orders}}
    return {**document(paths), "webhooks": {"newPet": pet}}


@dataclass(slots=True)
class Calling:
    """The backend, the gateway over it, and what the backend was told."""

    backend: Rest
    asking: Asking
    told: asyncio.Queue[str]
    """The addresses, as they come."""
    bodies: list[Any] = field(default_factory=list)

    async def address(self) -> str:
        """The next address that the backend is told."""
        async with asyncio.timeout(5):
            return await self.told.get()

    async def call(self, url: str, **request: Any) -> httpx.Response:
        """Call the gateway at an address as if that led there; a JSON POST unless told else."""
        path = url.removeprefix(ELSEWHERE)
        method = request.pop("method", "POST")
        return await self.asking.http.request(method, path, **request)

    @asynccontextmanager
    async def subscribed(self, query: str) -> AsyncIterator[websockets.ClientConnection]:
        """A line with one subscription, unsubscribed at the end of the block."""
        async with connected(self.asking) as socket:
            await begin(socket)
            await subscribe(socket, query)
            yield socket

    async def listening(self, address: str) -> None:
        """Return once somebody listens at a webhook's address."""
        while (await self.call(address, json={"name": "nobody"})).status_code != 200:
            pass


@asynccontextmanager
async def calling(
    folder: Path, description: dict[str, Any] | None = None, every: str = "0s", **events: Any
) -> AsyncIterator[Calling]:
    """A gateway over a backend that calls, discovered that often.

    `events` are settings of `server: events:`.
    """
    told: asyncio.Queue[str] = asyncio.Queue()
    bodies: list[Any] = []

    async def streams(request: Request) -> Response:
        if request.query_params["callbackUrl"] == "refused":
            return Response(status_code=500)
        await told.put(request.query_params["callbackUrl"])
        return JSONResponse({}, 201)

    async def orders(request: Request) -> Response:
        body = await request.json()
        bodies.append(body)
        await told.put(body["notify"]["url"])
        return JSONResponse({}, 201)

    described_as = description or described()
    async with rest(described_as, streams=streams, orders=orders) as backend:
        settings = {"url": ELSEWHERE, "secret": "${SECRET}", **events}
        written = ", ".join(f'{key}: "{value}"' for key, value in settings.items())
        config = f"""
upstreams: {{shop: {{openapi: "{backend.description}", url: "{backend.url}", events: true}}}}
server: {{events: {{{written}}}}}
discovery: {{every: {every}}}
"""
        async with gateway(config, folder, SECRET=SECRET) as asking:
            yield Calling(backend, asking, told, bodies)


async def data(socket: websockets.ClientConnection) -> Any:
    """The data of the next event."""
    return (await heard(socket))["payload"]["data"]


def path(url: str) -> str:
    """The path of an address."""
    return urlsplit(url).path
