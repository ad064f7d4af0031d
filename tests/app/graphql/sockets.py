"""A client of graphql-transport-ws."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import websockets

from tests.app.served import Asking


@asynccontextmanager
async def connected(asking: Asking) -> AsyncIterator[websockets.ClientConnection]:
    """An open line that speaks graphql-transport-ws, nothing said yet."""
    url = f"ws://{asking.http.base_url.netloc.decode()}/graphql"
    protocol = websockets.Subprotocol("graphql-transport-ws")
    async with websockets.connect(url, subprotocols=[protocol]) as socket:
        yield socket


async def begin(socket: websockets.ClientConnection) -> None:
    """Say hello and hear it back."""
    await socket.send('{"type": "connection_init"}')
    assert await socket.recv() == '{"type":"connection_ack"}'


async def subscribe(
    socket: websockets.ClientConnection, query: str, variables: Mapping[str, Any] | None = None
) -> None:
    """Ask for an operation under the id "1"."""
    payload = {"query": query, "variables": variables}
    await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))


async def heard(socket: websockets.ClientConnection) -> dict[str, Any]:
    """The next message."""
    message: dict[str, Any] = json.loads(await socket.recv())
    return message


async def answered(socket: websockets.ClientConnection, query: str) -> dict[str, Any]:
    """The message with the operation's one result."""
    await subscribe(socket, query)
    message = await heard(socket)
    if message["type"] == "next":
        await socket.recv()
    return message
