"""New connections: which address, and what TLS is told."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path

import pytest

from tests.backends.authority import Authority
from tests.backends.openapi import answering, fixed
from tests.backends.process import LOOPBACK, free_port
from tests.backends.talk import hanging, talking
from tests.upstreams.transport.backend import soon
from upstreams import tls
from upstreams.errors import TimedOut, Unreachable
from upstreams.transport import Request, Transport
from upstreams.transport.dial import connected

MEBIBYTE = 1024 * 1024


@contextmanager
def listening() -> Iterator[tuple[str, int]]:
    """An address where connections are accepted."""
    with socket.create_server((LOOPBACK, 0)) as server:
        yield server.getsockname()[:2]


@contextmanager
def swallowing() -> Iterator[tuple[str, int]]:
    """An address that answers no attempt at all: its queue is full."""
    with socket.create_server((LOOPBACK, 0), backlog=0) as server:
        address = server.getsockname()[:2]
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(address)
        yield address
        for one in waiting:
            one.close()


async def test_the_next_address_is_tried() -> None:
    """Where nobody listens at the first address, the second is taken."""
    with listening() as there:
        nobody = (LOOPBACK, free_port())
        with await connected([(socket.AF_INET, nobody), (socket.AF_INET, there)]) as line:
            assert line.getpeername() == there


async def test_an_address_that_does_not_answer() -> None:
    """It is not waited for: the next is tried beside it (RFC 8305 §5)."""
    with swallowing() as silent, listening() as there:
        async with asyncio.timeout(3):
            line = await connected([(socket.AF_INET, silent), (socket.AF_INET, there)])

        with line:
            assert line.getpeername() == there


async def test_no_address_answers() -> None:
    """The first reason is the one that counts."""
    nobody = (LOOPBACK, free_port())

    with pytest.raises(ConnectionRefusedError):
        await connected([(socket.AF_INET, nobody), (socket.AF_INET, nobody)])


async def test_connecting_ends_at_the_deadline() -> None:
    """A backend that accepts no connection takes no longer than one that does not answer."""
    with swallowing() as (host, port):
        async with aclosing(Transport()) as transport, asyncio.timeout(5):
            with pytest.raises(TimedOut):
                await transport.send(Request("GET", f"http://{host}:{port}"), soon(0.2))


async def test_a_handshake_ends_at_the_deadline() -> None:
    """So does one that never speaks TLS."""
    async with talking(hanging) as address, aclosing(Transport()) as transport:
        async with asyncio.timeout(5):
            with pytest.raises(TimedOut):
                await transport.send(Request("GET", f"https://{address}"), soon(0.2))


async def test_a_name_nobody_has() -> None:
    """It is said to be that, without saying the name."""
    async with aclosing(Transport()) as transport:
        with pytest.raises(Unreachable, match="the host was not found") as caught:
            await transport.send(Request("GET", "http://backend.invalid/"), soon())

    assert "backend.invalid" not in caught.value.message


async def test_http_over_tls(tmp_path: Path) -> None:
    """HTTP/1.1 is what is asked for, and large bodies come through whole."""
    authority = Authority(tmp_path)
    pair = authority.issue()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pair.certificate, pair.key)
    context.set_alpn_protocols(["h2", "http/1.1"])
    body = bytes(range(256)) * 4 * 1024
    async with (
        answering(fixed(body), context) as backend,
        aclosing(Transport(files=tls.Files(authority.ca))) as transport,
    ):
        answer = await transport.send(Request("PUT", backend.url, (), body), soon(20))

    assert answer.body == body
    assert backend.asked[0].body == body
