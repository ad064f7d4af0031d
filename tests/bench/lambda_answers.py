"""A Lambda API that always gives the same answer, and costs next to nothing.

`python -m tests.bench.lambda_answers PORT` serves until it is stopped.
"""

import asyncio
import sys
from typing import Final

from tests.backends.process import LOOPBACK

BODY: Final = b'{"sku":"anvil","quantity":3,"total":60.75,"note":null}'
_HEAD: Final = (
    b"HTTP/1.1 200 OK\r\n"
    b"Date: Sun, 22 Nov 2026 23:59:58 GMT\r\n"
    b"Content-Type: application/json\r\n"
    b"Content-Length: %d\r\n"
    b"Connection: keep-alive\r\n"
    b"x-amzn-RequestId: 5b6a6e0e-8a3c-4f5e-9f1b-6f1d2c3b4a5e\r\n"
    b"X-Amzn-Trace-Id: Root=1-692256ce-5a1f;Sampled=0\r\n"
    b"X-Amz-Executed-Version: $LATEST\r\n\r\n"
)
_ANSWER: Final = _HEAD % len(BODY) + BODY


class Answering(asyncio.Protocol):
    """One connection: an answer for every head of a request, whose body is not looked at."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where answers go."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Requests come one at a time, small enough for one piece or two."""
        if b"\r\n\r\n" in data:
            self._transport.write(_ANSWER)


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Answering, LOOPBACK, port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
