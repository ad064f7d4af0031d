"""A TCP relay between a client and a server, which sees what goes by."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.backends.talk import talking

_CHUNK = 64 * 1024


@dataclass
class Relay:
    """Where it listens, and what clients have sent through it."""

    address: str = ""
    sent: bytearray = field(default_factory=bytearray)
    _lines: list[asyncio.StreamWriter] = field(default_factory=list)

    def cut(self) -> None:
        """Break every connection at once."""
        for line in self._lines:
            line.transport.abort()


@asynccontextmanager
async def relay(server: str) -> AsyncIterator[Relay]:
    """A relay to the server at that address."""
    found = Relay()
    host, _, port = server.rpartition(":")

    async def between(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection(host, int(port))
        found._lines.extend((writer, to_server))
        async with asyncio.TaskGroup() as group:
            group.create_task(_pass_on(reader, to_server, found.sent))
            group.create_task(_pass_on(from_server, writer, bytearray()))

    async with talking(between) as found.address:
        yield found


async def _pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: bytearray
) -> None:
    try:
        while chunk := await reader.read(_CHUNK):
            seen.extend(chunk)
            writer.write(chunk)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()
