"""A backend that says exact bytes, and a transport to it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field

from tests.backends.talk import talking
from upstreams.transport import Headers, Limits, Request, Response, Streamed, Transport

HEAD_END = b"\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@dataclass(frozen=True, slots=True)
class Wire:
    """One connection as the backend has it."""

    number: int
    """0 for the first."""
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    _heads: list[bytes] = field(repr=False)

    async def head(self) -> bytes:
        """The head of the next request."""
        self._heads.append(await self.reader.readuntil(HEAD_END))
        return self._heads[-1]

    async def say(self, *pieces: bytes) -> None:
        """Send each piece for itself."""
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(0)

    async def gone(self) -> None:
        """Return once the client has closed its end."""
        with suppress(ConnectionResetError):
            await self.reader.read()


@dataclass(frozen=True, slots=True)
class Line:
    """A transport, and the backend at its end."""

    transport: Transport
    url: str
    heads: list[bytes] = field(default_factory=list)
    """Of the requests that came, in order."""
    wires: list[Wire] = field(default_factory=list)
    """The connections that were made, in order."""

    async def get(self, seconds: float = 5.0) -> Response:
        return await self.send("GET", seconds=seconds)

    async def send(
        self,
        method: str,
        headers: Headers = (),
        body: bytes | AsyncIterator[bytes] | None = None,
        *,
        seconds: float = 5.0,
    ) -> Response:
        request = Request(method, self.url, headers, body)
        return await self.transport.send(request, soon(seconds))

    def stream(
        self, method: str = "GET", body: AsyncIterator[bytes] | None = None, seconds: float = 5.0
    ) -> AbstractAsyncContextManager[Streamed]:
        return self.transport.stream(Request(method, self.url, (), body), soon(seconds))


def soon(seconds: float = 5.0) -> float:
    return asyncio.get_running_loop().time() + seconds


@asynccontextmanager
async def line(
    conversation: Callable[[Wire], Awaitable[None]], limits: Limits | None = None
) -> AsyncIterator[Line]:
    """A line to a backend that holds this conversation over every connection."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = Wire(len(made.wires), reader, writer, made.heads)
        made.wires.append(wire)
        with suppress(asyncio.IncompleteReadError):  # the client has closed
            await conversation(wire)

    async with talking(talk) as address, aclosing(Transport(limits)) as transport:
        made = Line(transport, f"http://{address}/")
        yield made


def answering(*pieces: bytes) -> Callable[[Wire], Awaitable[None]]:
    """The same answer to every request without a body, over as many connections as come."""

    async def conversation(wire: Wire) -> None:
        while True:
            await wire.head()
            await wire.say(*pieces)

    return conversation
