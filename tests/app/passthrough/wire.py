"""Both ends of the gateway as bytes: a backend that records them and a client that writes them.

The backend and the client run in the test's own event loop, so that a test says what each side
does and when. The gateway runs under its own server, with uvloop, in a thread of its own.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from app.commands.serve import SERVER
from app.passthrough.forward import Network, PassThrough, Target
from app.passthrough.table import Match, Route, RouteTable
from tests.backends.process import LOOPBACK
from upstreams.transport import Transport

HEAD_END = b"\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"

EVERYTHING = (Route(match=Match(path="/**"), to="backend"),)

warmed = False
"""Whether a connection to the backend is there before a test begins, so that answers are direct."""


@dataclass(frozen=True, slots=True)
class Wire:
    """One connection, read and written as bytes."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def head(self) -> bytes:
        """Everything up to the empty line, that line included."""
        return await self.reader.readuntil(HEAD_END)

    async def until(self, end: bytes) -> bytes:
        return await self.reader.readuntil(end)

    async def exactly(self, count: int) -> bytes:
        return await self.reader.readexactly(count)

    async def rest(self) -> bytes:
        """What comes until the other side closes; a reset ends it too."""
        received = b""
        try:
            while piece := await self.reader.read(65536):
                received += piece
        except ConnectionResetError:
            pass
        return received

    async def send(self, sent: bytes) -> None:
        self.writer.write(sent)
        await self.writer.drain()

    def pause(self) -> None:
        """Take nothing more of what the other side sends."""
        transport = self.writer.transport
        assert isinstance(transport, asyncio.ReadTransport)
        transport.pause_reading()

    def abort(self) -> None:
        """Close without a farewell: the other side sees a reset."""
        end = self.writer.get_extra_info("socket")
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Conversation: TypeAlias = Callable[[Wire], Awaitable[None]]


@dataclass(slots=True)
class Backend:
    """A listening backend and what it was told."""

    port: int
    heads: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def address(self) -> bytes:
        return f"{LOOPBACK}:{self.port}".encode()

    def header(self, name: str) -> list[bytes]:
        """The values of that header in the last request, line by line."""
        lines = self.heads[-1].split(b"\r\n")[1:]
        pairs = [line.split(b": ", 1) for line in lines if line]
        return [value for key, value in pairs if key.lower() == name.encode()]

    @property
    def request_line(self) -> bytes:
        return self.heads[-1].split(b"\r\n", 1)[0]


@asynccontextmanager
async def backend(conversation: Conversation) -> AsyncIterator[Backend]:
    """A backend that holds this conversation on every connection."""
    is_cold = warmed

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal is_cold
        try:
            if is_cold:
                is_cold = False
                await reader.readuntil(HEAD_END)
                writer.write(OK)
            await conversation(Wire(reader, writer))
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, LOOPBACK, 0)
    async with server:
        yield Backend(server.sockets[0].getsockname()[1])


@asynccontextmanager
async def answering(answer: bytes = OK) -> AsyncIterator[Backend]:
    """A backend that records the head of every request without a body, and answers it."""
    heads: list[bytes] = []

    async def conversation(wire: Wire) -> None:
        while True:
            heads.append(await wire.head())
            await wire.send(answer)

    async with backend(conversation) as served:
        served.heads = heads
        yield served


@asynccontextmanager
async def client(port: int) -> AsyncIterator[Wire]:
    """A connection to the gateway."""
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()


async def ask(port: int, request: bytes) -> bytes:
    """The whole answer to a request that asks for the connection to be closed."""
    async with client(port) as wire:
        await wire.send(request)
        return await wire.rest()


def get(target: str = "/", *headers: str, method: str = "GET", host: str = "gateway.test") -> bytes:
    """A request without a body, after which the connection is closed."""
    lines = (f"{method} {target} HTTP/1.1", f"host: {host}", "connection: close", *headers)
    return "\r\n".join(lines).encode() + HEAD_END


@asynccontextmanager
async def gateway(
    base_url: str,
    *,
    routes: tuple[Route, ...] = EVERYTHING,
    timeout: float = 15.0,
    headers: Mapping[str, str] | None = None,
    trusted: tuple[Network, ...] = (),
) -> AsyncIterator[int]:
    """The port of a gateway whose upstream `backend` is at that URL."""
    transport = Transport()
    target = Target(
        name="backend",
        base_url=base_url,
        transport=transport,
        timeout=timeout,
        headers=headers or {},
    )
    app = PassThrough(RouteTable(routes), {"backend": target}, trusted)
    async with serving(_Closing(app, transport)) as port:
        if warmed:
            await ask(port, get("/warming"))
        yield port


@asynccontextmanager
async def serving(app: ASGIApp, **settings: Any) -> AsyncIterator[int]:
    """The port on which a real server serves the application, in a thread of its own.

    `settings` are uvicorn's.
    """
    with socket.create_server((LOOPBACK, 0)) as listening:
        server = uvicorn.Server(_config(app, settings))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            await asyncio.to_thread(thread.join)


def _config(app: ASGIApp, settings: Mapping[str, Any]) -> uvicorn.Config:
    return uvicorn.Config(
        app, **{**SERVER, "loop": "uvloop", "timeout_graceful_shutdown": 5, **settings}
    )


class _Closing:
    """An application that closes the transport it was given when its server stops."""

    def __init__(self, app: PassThrough, transport: Transport) -> None:
        self._app = app
        self._transport = transport
        self.directly = app.directly

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._transport.aclose()
        await send({"type": "lifespan.shutdown.complete"})
