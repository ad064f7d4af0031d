"""One exchange after the other over one connection, and everything that ends it."""

import asyncio
import itertools
import socket
import struct
from collections.abc import AsyncIterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.upstreams.transport.backend import HEAD_END, OK, Wire, answering, line, soon
from upstreams.errors import Malformed, TimedOut, Unreachable
from upstreams.transport import Request, Response

EMPTY = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


async def test_a_connection_is_used_again() -> None:
    """What stays open after an answer takes the next request."""
    async with line(answering(OK)) as to:
        bodies = [(await to.get()).body for _ in range(3)]

    assert (bodies, len(to.wires)) == ([b"ok"] * 3, 1)


@pytest.mark.parametrize(
    ("head", "connections"),
    [
        (b"HTTP/1.1 200 OK\r\nconnection: close\r\n", 2),
        (b"HTTP/1.0 200 OK\r\n", 2),
        (b"HTTP/1.0 200 OK\r\nconnection: keep-alive\r\n", 1),
    ],
)
async def test_who_says_how_long(head: bytes, connections: int) -> None:
    """The backend says whether the connection serves again (RFC 9112 §9.3)."""
    async with line(answering(head + b"content-length: 2\r\n\r\nok")) as to:
        bodies = [(await to.get()).body for _ in range(2)]

    assert (bodies, len(to.wires)) == ([b"ok"] * 2, connections)


async def closes_on_the_second(wire: Wire) -> None:
    """The first connection is closed when it is used again; the others serve."""
    await wire.head()
    await wire.say(OK)
    await wire.head()
    if wire.number:
        await wire.say(OK)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
async def test_a_stale_connection(method: str) -> None:
    """What may be asked twice is asked again over a new connection (RFC 9112 §9.3.1)."""
    async with line(closes_on_the_second) as to:
        await to.get()
        answer = await to.send(method)

    assert (answer.status, len(to.heads), len(to.wires)) == (200, 3, 2)


@pytest.mark.parametrize("method", ["POST", "PATCH", "MERGE"])
async def test_what_must_not_happen_twice(method: str) -> None:
    """What the backend may already have acted on is not sent again."""
    async with line(closes_on_the_second) as to:
        await to.get()
        with pytest.raises(Unreachable, match="without an answer"):
            await to.send(method)

    assert len(to.heads) == 2


async def test_a_harmless_post() -> None:
    """Who knows that asking twice does no harm may say so of any method."""
    async with line(closes_on_the_second) as to:
        await to.get()
        request = Request("POST", to.url, (), b"same", repeatable=True)
        answer = await to.transport.send(request, soon())

    assert (answer.status, len(to.heads), len(to.wires)) == (200, 3, 2)


async def test_a_body_that_cannot_be_sent_twice() -> None:
    """A body that is made as it is sent is gone, whatever the method."""

    async def body() -> AsyncIterator[bytes]:
        yield b"once"

    async with line(closes_on_the_second) as to:
        await to.get()
        with pytest.raises(Unreachable, match="without an answer"):
            await to.send("PUT", body=body())

    assert len(to.heads) == 2


async def test_a_second_try_is_the_last() -> None:
    """A backend that closes new connections as well is unreachable."""

    async def conversation(wire: Wire) -> None:
        await wire.head()
        if wire.number == 0:
            await wire.say(OK)
            await wire.head()

    async with line(conversation) as to:
        await to.get()
        with pytest.raises(Unreachable, match="without an answer"):
            await to.get()

    assert len(to.heads) == 3


async def test_an_answer_that_began_is_not_asked_for_again() -> None:
    """Once a byte of the answer has come, the connection was not stale."""

    async def conversation(wire: Wire) -> None:
        await wire.head()
        await wire.say(OK)
        await wire.head()
        await wire.say(b"HTTP/1.1 2")

    async with line(conversation) as to:
        await to.get()
        with pytest.raises(Unreachable, match="before the answer was complete"):
            await to.get()

    assert len(to.heads) == 2


async def test_a_connection_closed_while_idle() -> None:
    """Once its end has been seen, a connection is not used: not even a POST fails."""

    async def conversation(wire: Wire) -> None:
        await wire.head()
        await wire.say(OK)
        if wire.number:
            await wire.gone()

    async with line(conversation) as to, line(answering(OK)) as other:
        await to.get()
        for _ in range(3):  # by then the loop has seen it
            await other.get()
        answer = await to.send("POST")

    assert (answer.body, len(to.wires)) == (b"ok", 2)


async def test_a_backend_that_says_no_more() -> None:
    """An answer before half a close counts; the connection does not serve again."""

    async def conversation(wire: Wire) -> None:
        await wire.head()
        await wire.say(OK)
        wire.writer.write_eof()
        await wire.gone()

    async with line(conversation) as to:
        bodies = [(await to.get()).body for _ in range(2)]

    assert (bodies, len(to.wires)) == ([b"ok"] * 2, 2)


async def test_half_a_close_instead_of_an_answer() -> None:
    """Who will say nothing more is not waited for."""

    async def conversation(wire: Wire) -> None:
        await wire.head()
        wire.writer.write_eof()
        await wire.gone()

    async with line(conversation) as to, asyncio.timeout(5):
        with pytest.raises(Unreachable, match="without an answer"):
            await to.get(seconds=60)


@pytest.mark.parametrize(
    "interim",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" * 3,
        b"HTTP/1.1 102 Processing\r\ncontent-length: 5\r\n\r\n",
    ],
)
@pytest.mark.parametrize("together", [True, False])
async def test_interim_answers(interim: bytes, *, together: bool) -> None:
    """What comes before the answer is not the answer (RFC 9110 §15.2)."""
    async with line(answering(*([interim + OK] if together else [interim, OK]))) as to:
        answers = [await to.get() for _ in range(2)]

    assert [(one.status, one.body) for one in answers] == [(200, b"ok")] * 2
    assert len(to.wires) == 1


@pytest.mark.parametrize("headers", [b"", b"upgrade: h2c\r\nconnection: upgrade\r\n"])
async def test_another_protocol(headers: bytes) -> None:
    """Nobody asked to switch."""
    async with line(answering(b"HTTP/1.1 101 Switching\r\n" + headers + b"\r\n")) as to:
        with pytest.raises(Malformed):
            await to.get()


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", b"HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\n"),
        ("GET", b"HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n"),
        ("HEAD", b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"),
        ("HEAD", b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"),
        ("HEAD", b"HTTP/1.1 200 OK\r\n\r\n"),
    ],
)
async def test_answers_without_a_body(method: str, answer: bytes) -> None:
    """Whatever length they announce, nothing follows, and the connection serves again."""
    async with line(answering(answer)) as to:
        answers = [await to.send(method) for _ in range(2)]

    assert ([one.body for one in answers], len(to.wires)) == ([b""] * 2, 1)


async def test_a_head_that_closes() -> None:
    """An answer to HEAD may end the connection as well."""
    answer = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 5\r\n\r\n"
    async with line(answering(answer)) as to:
        for _ in range(2):
            await to.send("HEAD")

    assert len(to.wires) == 2


@pytest.mark.parametrize(
    "surplus", [b"H", OK, b"junk", b"\0", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npoison"]
)
@pytest.mark.parametrize("answer", [OK, EMPTY])
async def test_more_than_an_answer(answer: bytes, surplus: bytes) -> None:
    """What follows an answer is nobody's: least of all is it the answer to the next request."""
    async with line(answering(answer + surplus)) as to:
        answers = [await to.get() for _ in range(2)]

    assert {one.body for one in answers} == {answer.partition(HEAD_END)[2]}
    assert len(to.wires) == 2


async def test_an_answer_to_nothing() -> None:
    """Bytes that come while nothing was asked end the connection."""

    async def conversation(wire: Wire) -> None:
        await wire.head()
        await wire.say(OK)
        if wire.number == 0:
            await ready.wait()
            await wire.say(OK)
        await wire.gone()
        left.set()

    ready, left = asyncio.Event(), asyncio.Event()
    async with line(conversation) as to, asyncio.timeout(5):
        await to.get()
        ready.set()
        await left.wait()
        answer = await to.get()

    assert (answer.body, len(to.wires)) == (b"ok", 2)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 2\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2, 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\ncontent-length: +2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntransfer-encoding: x\r\n\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: a\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nx: a\rb\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nx: a\r\n b\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nx : a\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nx: \0\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\n: a\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\nok\n0\n\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\nok",
        b"HTTP/1.1 20 OK\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/2.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
        b"RTSP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
        b"\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
    ],
)
async def test_an_answer_that_could_be_read_in_two_ways(answer: bytes) -> None:
    """Where two readers might see two answers, there is none (RFC 9112 §11.2)."""
    async with line(answering(answer)) as to:
        with pytest.raises(Malformed):
            await to.get()


async def test_chunks() -> None:
    """A body in chunks is joined; extensions and trailers are nobody's."""
    head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\ntrailer: x-sum\r\n\r\n"
    chunks = b"3;sum=1\r\nchu\r\n003\r\nnks\r\n0\r\nx-sum: 2\r\n\r\n"
    async with line(answering(head + chunks)) as to:
        answers = [await to.get() for _ in range(2)]

    assert ([one.body for one in answers], len(to.wires)) == ([b"chunks"] * 2, 1)
    assert answers[0].header("x-sum") is None


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.0 200 OK\r\na: b\r\n\r\n"])
async def test_a_body_up_to_the_close(head: bytes) -> None:
    """Where nothing says how long a body is, the close is its end (RFC 9112 §6.3)."""

    async def conversation(wire: Wire) -> None:
        await wire.head()
        await wire.say(head, b"all", b" there is")

    async with line(conversation) as to:
        assert (await to.get()).body == b"all there is"


@pytest.mark.parametrize(
    "begun",
    [
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n",
    ],
)
async def test_a_part_is_not_the_whole(begun: bytes) -> None:
    """A close before the end that was announced is an error."""

    async def conversation(wire: Wire) -> None:
        await wire.head()
        await wire.say(begun)

    async with line(conversation) as to:
        with pytest.raises(Unreachable, match="before the answer was complete"):
            await to.get()


async def test_a_reset_is_no_end() -> None:
    """A body that goes up to the close must be closed in an orderly way."""

    async def conversation(wire: Wire) -> None:
        await wire.head()
        await wire.say(b"HTTP/1.1 200 OK\r\n\r\nhalf")
        await seen.wait()
        end = wire.writer.get_extra_info("socket")
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        wire.writer.transport.abort()

    seen = asyncio.Event()
    async with line(conversation) as to, to.stream() as answer:
        await anext(answer.body)
        seen.set()
        with pytest.raises(Unreachable, match="before the answer was complete"):
            await anext(answer.body)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"x: y\r\n" * 513, "more than 512 headers"),
        (b"x: %b\r\n" % (b"y" * 65536), "header of the answer is larger"),
        (b"x: %b\r\n" % (b"y" * 60000) * 5, "head of the answer is larger"),
    ],
)
async def test_a_head_beyond_limits(head: bytes, said: str) -> None:
    """Heads have a number of lines, each has a length, and so has the whole."""
    async with line(answering(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n")) as to:
        with pytest.raises(Malformed, match=said):
            await to.get()


async def test_a_head_at_the_limit() -> None:
    """512 headers are read."""
    lines = b"content-length: 2\r\n" + b"x: y\r\n" * 511
    async with line(answering(b"HTTP/1.1 200 OK\r\n" + lines + b"\r\nok")) as to:
        answer = await to.get()

    assert (len(answer.headers), answer.body) == (512, b"ok")


async def test_a_head_without_an_end() -> None:
    """What never becomes a head is not kept."""

    async def conversation(wire: Wire) -> None:
        await wire.head()
        await wire.say(b"HTTP/1.1 200 OK\r\n")
        while True:
            await wire.say(b"x: %b\r\n" % (b"y" * 50000))

    async with line(conversation) as to, asyncio.timeout(5):
        with pytest.raises(Malformed, match="head of the answer is larger"):
            await to.get(seconds=60)


@pytest.mark.parametrize("begin", [b"HTTP/1.1 200 OK\r\nx: ", OK.replace(b"h: 2", b"h: 9999")])
async def test_a_byte_now_and_then(begin: bytes) -> None:
    """However slowly an answer keeps coming, the deadline is the deadline."""

    async def conversation(wire: Wire) -> None:
        await wire.head()
        await wire.say(begin)
        try:
            while True:
                await wire.say(b"y")
                await asyncio.sleep(0.01)  # that is how slow it is
        except (ConnectionError, RuntimeError):  # the latter is uvloop's, of what is closed already
            left.set()

    left = asyncio.Event()
    async with line(conversation) as to, asyncio.timeout(5):
        with pytest.raises(TimedOut):
            await to.get(seconds=0.5)

        await left.wait()


async def test_a_deadline_that_has_passed() -> None:
    """Nothing is sent."""
    async with line(answering(OK)) as to:
        with pytest.raises(TimedOut):
            await to.get(seconds=-1)

    assert not to.wires


async def test_cancelling_inside_a_body() -> None:
    """The backend has lost its client at once, and the connection serves nobody."""

    async def conversation(wire: Wire) -> None:
        await wire.head()
        if wire.number:
            await wire.say(OK)
            return
        await wire.say(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
        begun.set()
        await wire.gone()
        left.set()

    begun, left = asyncio.Event(), asyncio.Event()
    async with line(conversation) as to, asyncio.timeout(5):
        async with asyncio.TaskGroup() as tasks:
            call = tasks.create_task(to.get())
            await begun.wait()
            call.cancel()
        await left.wait()
        answer = await to.get()

    assert (answer.body, len(to.wires)) == (b"ok", 2)


async def test_a_backend_that_closes_at_once() -> None:
    """A connection that is gone before it is used is unreachable, and nothing hangs."""

    async def conversation(wire: Wire) -> None:
        wire.writer.transport.abort()

    async with line(conversation) as to, asyncio.timeout(5):
        for _ in range(20):
            with pytest.raises(Unreachable):
                await to.get(seconds=60)


ANSWERS = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\ncontent-length: 12\r\n\r\nhello, world",
    b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    b"5;a=b\r\nhello\r\n2\r\n\r\n\r\n0\r\nt: u\r\n\r\n",
    b"HTTP/1.1 204 No Content\r\nx: \r\nx:  y \r\n\r\n",
)


async def read_in(pieces: list[bytes]) -> Response:
    """The answer that comes in these pieces."""
    async with line(answering(*pieces)) as to:
        return await to.get()


@given(st.sampled_from(ANSWERS), st.lists(st.integers(1, 150), max_size=8, unique=True))
@settings(max_examples=60, deadline=None)
async def test_however_it_is_cut(whole: bytes, cuts: list[int]) -> None:
    """Whatever pieces an answer comes in, it is the same answer."""
    edges = sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))})
    pieces = [whole[begin:end] for begin, end in itertools.pairwise(edges)]

    assert await read_in(pieces) == await read_in([whole])
