"""A DNS server on loopback that knows one name (RFC 1035)."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.backends.process import LOOPBACK

_HEADER = 12
_A = _IN = 1
_RESPONSE = 0x8180
_NAME_OF_THE_QUESTION = b"\xc0\x0c"
_SECONDS = 60


class _Names(asyncio.DatagramProtocol):
    """Gives the same addresses for whatever name it is asked."""

    def __init__(self, addresses: tuple[str, ...]) -> None:
        self._addresses = addresses

    def connection_made(
        self,
        transport: asyncio.DatagramTransport,  # type: ignore[override]  # of datagrams, it is one
    ) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        end = data.index(b"\0", _HEADER) + 1 + 4
        kind, _ = struct.unpack("!2H", data[end - 4 : end])
        found = self._addresses if kind == _A else ()
        header = data[:2] + struct.pack("!5H", _RESPONSE, 1, len(found), 0, 0)
        answers = (
            _NAME_OF_THE_QUESTION
            + struct.pack("!2HIH", _A, _IN, _SECONDS, 4)
            + socket.inet_aton(one)
            for one in found
        )
        self._transport.sendto(header + data[_HEADER:end] + b"".join(answers), addr)


@asynccontextmanager
async def dns(*addresses: str) -> AsyncIterator[str]:
    """The address of a server of names, each of which has these IPv4 addresses."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _Names(addresses), local_addr=(LOOPBACK, 0)
    )
    try:
        yield "{}:{}".format(*transport.get_extra_info("sockname"))
    finally:
        transport.close()
