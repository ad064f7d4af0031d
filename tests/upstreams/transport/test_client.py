"""The outward HTTP edge, over real connections."""

import asyncio
import gzip
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest

from tests.backends.openapi import Answering, Asked, Reply, answering, fixed
from tests.backends.process import LOOPBACK, free_port
from upstreams.errors import BadInput, CallError, Malformed, TimedOut, Unreachable
from upstreams.kind import Settings
from upstreams.transport import Limits, Request, Transport

MEBIBYTE = 1024 * 1024


@asynccontextmanager
async def line_to(
    reply: Reply, limits: Limits | None = None
) -> AsyncIterator[tuple[Transport, Answering]]:
    """A transport, and the backend it is meant for."""
    transport = Transport(limits)
    async with answering(reply) as backend, aclosing(transport):
        yield transport, backend


def soon(seconds: float = 5.0) -> float:
    return asyncio.get_running_loop().time() + seconds


async def test_the_url_is_sent_as_it_stands() -> None:
    """Percent-encoding and repeated query keys reach the backend untouched."""
    async with line_to(fixed(b"")) as (transport, backend):
        await transport.send(Request("GET", f"{backend.url}/a%2Fb/%2e?x=1&x=2&y=%7C"), soon())

        assert backend.asked[0].target == "/a%2Fb/%2e?x=1&x=2&y=%7C"


async def test_nothing_is_added_to_a_request() -> None:
    """A GET stays without a body, and only the host is named beside the given headers."""
    async with line_to(fixed(b"")) as (transport, backend):
        await transport.send(Request("GET", backend.url, [("x-one", "1")]), soon())

        assert sorted(name for name, _ in backend.asked[0].headers) == ["host", "x-one"]


async def test_a_repeated_header_is_sent_and_read_repeatedly() -> None:
    """Two headers of one name stay two, in both directions."""
    cookies = (("set-cookie", "a=1"), ("set-cookie", "b=2"))
    async with line_to(fixed(b"", 200, *cookies)) as (transport, backend):
        answer = await transport.send(Request("GET", backend.url, [("x", "1"), ("x", "2")]), soon())

        assert [pair for pair in backend.asked[0].headers if pair[0] == "x"] == [
            ("x", "1"),
            ("x", "2"),
        ]
        assert [pair for pair in answer.headers if pair[0] == "set-cookie"] == list(cookies)


async def test_a_cookie_is_not_sent_back() -> None:
    """What one answer sets does not leak into the next request."""
    async with line_to(fixed(b"", 200, ("set-cookie", "a=1"))) as (transport, backend):
        await transport.send(Request("GET", backend.url), soon())
        await transport.send(Request("GET", backend.url), soon())

        assert backend.asked[1].header("cookie") is None


async def test_a_redirect_is_an_answer() -> None:
    """Redirects are never followed."""
    async with line_to(fixed(b"", 302, ("location", "/elsewhere"))) as (transport, backend):
        answer = await transport.send(Request("GET", backend.url), soon())

        assert (answer.status, len(backend.asked)) == (302, 1)


async def test_a_compressed_answer_is_decoded() -> None:
    """The body is read in the clear."""
    reply = fixed(gzip.compress(b"clear"), 200, ("content-encoding", "gzip"))
    async with line_to(reply) as (transport, backend):
        answer = await transport.send(Request("GET", backend.url), soon())

        assert answer.body == b"clear"


async def test_a_deadline_ends_the_exchange() -> None:
    """Past the deadline the caller has an error and the backend has lost its client."""
    left = asyncio.Event()

    async def reply(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf")
        await writer.drain()
        await asked.gone()
        left.set()

    async with line_to(reply) as (transport, backend):
        with pytest.raises(TimedOut):
            await transport.send(Request("GET", backend.url), soon(0.2))

        async with asyncio.timeout(5):
            await left.wait()


async def test_cancelling_ends_the_exchange() -> None:
    """A cancelled call leaves no request running at the backend."""
    arrived, left = asyncio.Event(), asyncio.Event()

    async def reply(asked: Asked, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await asked.gone()
        left.set()

    async with line_to(reply) as (transport, backend), asyncio.TaskGroup() as tasks:
        call = tasks.create_task(transport.send(Request("GET", backend.url), soon(20)))
        await arrived.wait()
        call.cancel()

        async with asyncio.timeout(5):
            await left.wait()


async def test_nobody_listens() -> None:
    """A refused connection is unreachable, and worth another try."""
    transport = Transport()

    with pytest.raises(Unreachable) as caught:
        await transport.send(Request("GET", f"http://{LOOPBACK}:{free_port()}"), soon())

    await transport.aclose()
    assert caught.value.retryable


async def test_a_backend_that_hangs_up() -> None:
    """A connection closed without an answer is unreachable."""

    async def reply(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with line_to(reply) as (transport, backend):
        with pytest.raises(Unreachable):
            await transport.send(Request("GET", backend.url), soon())


async def test_an_answer_that_breaks_off() -> None:
    """A body shorter than announced is a broken connection: another try may succeed."""

    async def reply(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf")

    async with line_to(reply) as (transport, backend):
        with pytest.raises(Unreachable):
            await transport.send(Request("GET", backend.url), soon())


async def test_an_answer_in_the_wrong_encoding() -> None:
    """A body that is not in the encoding it names is malformed."""
    async with line_to(fixed(b"plain", 200, ("content-encoding", "gzip"))) as (transport, backend):
        with pytest.raises(Malformed):
            await transport.send(Request("GET", backend.url), soon())


async def test_an_answer_that_is_not_http() -> None:
    """What does not speak HTTP is malformed."""

    async def reply(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.test ESMTP\r\n\r\n")

    async with line_to(reply) as (transport, backend):
        with pytest.raises(Malformed):
            await transport.send(Request("GET", backend.url), soon())


@pytest.mark.parametrize("header", ["a\r\nx-injected: 1", "a\nb", "a\x00b"])
async def test_a_header_that_would_be_two(header: str) -> None:
    """A header value with a line break is refused before anything is sent."""
    async with line_to(fixed(b"")) as (transport, backend):
        with pytest.raises(BadInput):
            await transport.send(Request("GET", backend.url, [("x-one", header)]), soon())

        assert backend.asked == []


async def test_an_announced_answer_over_the_limit() -> None:
    """An answer that says it is too large is not read at all."""
    limits = Limits(max_response=10)
    async with line_to(fixed(b"eleven byte"), limits) as (transport, backend):
        with pytest.raises(Malformed, match="limit of 10"):
            await transport.send(Request("GET", backend.url), soon())


async def test_an_answer_at_the_limit() -> None:
    """An answer exactly as large as allowed is read."""
    async with line_to(fixed(b"ten bytes!"), Limits(max_response=10)) as (transport, backend):
        answer = await transport.send(Request("GET", backend.url), soon())

        assert answer.body == b"ten bytes!"


async def test_a_hundred_mebibytes() -> None:
    """A streamed answer of 100 MiB is cut at 16 MiB, in little more memory than that."""

    async def reply(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(100):
            writer.write(bytes(MEBIBYTE))
            await writer.drain()

    async with line_to(reply) as (transport, backend):
        tracemalloc.start()
        with pytest.raises(Malformed, match="larger than the limit"):
            await transport.send(Request("GET", backend.url), soon(20))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    assert peak < 24 * MEBIBYTE


async def test_a_gzip_bomb() -> None:
    """An answer of 100 KiB that unpacks to 100 MiB is cut at the limit, in bounded memory."""
    bomb = gzip.compress(bytes(100 * MEBIBYTE))
    async with line_to(fixed(bomb, 200, ("content-encoding", "gzip"))) as (transport, backend):
        tracemalloc.start()
        with pytest.raises(Malformed, match="larger than the limit"):
            await transport.send(Request("GET", backend.url), soon(20))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    assert peak < 24 * MEBIBYTE


async def test_a_stream_arrives_while_it_is_sent() -> None:
    """The first piece is there before the backend has sent the second."""
    go_on = asyncio.Event()

    async def reply(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\none")
        await go_on.wait()
        writer.write(b"two")

    async with (
        line_to(reply) as (transport, backend),
        asyncio.timeout(5),
        transport.stream(Request("GET", backend.url), soon()) as answer,
    ):
        first = await anext(answer.body)
        go_on.set()
        rest = b"".join([piece async for piece in answer.body])

    assert (first, rest) == (b"one", b"two")


async def test_a_stream_keeps_its_encoding() -> None:
    """A streamed body is passed on as the backend encoded it."""
    packed = gzip.compress(b"clear")
    reply = fixed(packed, 200, ("content-encoding", "gzip"))
    async with (
        line_to(reply) as (transport, backend),
        transport.stream(Request("GET", backend.url), soon()) as answer,
    ):
        body = b"".join([piece async for piece in answer.body])

    assert body == packed


@pytest.mark.parametrize("host", ["169.254.169.254", "[fe80::1]", "[::ffff:169.254.169.254]"])
async def test_a_description_does_not_lead_to_metadata(host: str) -> None:
    """However the address is spelled, nothing is sent there."""
    async with aclosing(Transport(link_local=False)) as transport:
        with pytest.raises(Unreachable, match="link-local or metadata address") as caught:
            await transport.send(Request("GET", f"http://{host}/latest"), soon())

    assert not caught.value.retryable


@pytest.mark.parametrize("host", ["2852039166", "0xa9fea9fe", "169.254.43518"])
async def test_nor_is_another_spelling_a_way_around(host: str) -> None:
    """A number that the system would read as such an address is none to us."""
    async with aclosing(Transport(link_local=False)) as transport:
        with pytest.raises(CallError, match=r"cannot be put on the wire|metadata address"):
            await transport.send(Request("GET", f"http://{host}/latest"), soon())


async def test_where_the_user_says_so_it_may_be_asked() -> None:
    """Who writes `url` knows what it says."""
    described = Settings()
    named = Settings(url="http://169.254.169.254")

    assert (described.reaches_link_local, named.reaches_link_local) == (False, True)
