"""A backend for HTTP clients to be measured against: as many bytes as the path says, at once.

`python -m tests.bench.http_answers PORT`
"""

import asyncio
import functools
import sys
from typing import cast

import uvloop

from tests.backends.process import LOOPBACK

_END = b"\r\n\r\n"


@functools.cache
def _answer(size: int) -> bytes:
    return (
        b"HTTP/1.1 200 OK\r\nserver: bench\r\ndate: Mon, 23 Nov 2026 02:00:00 GMT\r\n"
        b'content-type: application/json\r\netag: "6b03a216-204"\r\naccept-ranges: bytes\r\n'
        b"content-length: %d\r\n\r\n%b" % (size, b"x" * size)
    )


class _Answering(asyncio.Protocol):
    """One connection; its requests have no body."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        self._begun = b""

    def data_received(self, data: bytes) -> None:
        *heads, self._begun = (self._begun + data).split(_END)
        for head in heads:
            self._transport.write(_answer(int(head.split(b" ", 2)[1][1:])))


async def main(port: int) -> None:
    """Serve until the process is told to end."""
    server = await asyncio.get_running_loop().create_server(_Answering, LOOPBACK, port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
