"""Bodies that are made as they are sent."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.upstreams.transport.backend import OK, Wire, line
from upstreams.errors import BadInput, CallError, Malformed, Unreachable

MEBIBYTE = 1024 * 1024


async def made(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def test_chunks() -> None:
    """Each piece is a chunk; an empty one would be the end and is left out (RFC 9112 §7.1)."""
    body = b"5\r\nhello\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n"

    async def conversation(wire: Wire) -> None:
        head = await wire.head()
        assert b"\r\nTransfer-Encoding: chunked\r\n" in head
        came.append(await wire.reader.readexactly(len(body)))
        await wire.say(OK)

    came: list[bytes] = []
    async with line(conversation) as to:
        answer = await to.send("POST", body=made(b"hello", b"", b"0123456789abcdef"))

    assert (answer.status, came) == (200, [body])


async def test_a_length_that_is_known() -> None:
    """Where the caller says how long it is, the body goes out as it is."""

    async def conversation(wire: Wire) -> None:
        while True:
            head = await wire.head()
            assert b"transfer-encoding" not in head.lower()
            came.append(await wire.reader.readexactly(6))
            await wire.say(OK)

    came: list[bytes] = []
    async with line(conversation) as to:
        for _ in range(2):
            await to.send("POST", [("Content-Length", "6")], made(b"one", b"two"))

    assert (came, len(to.wires)) == ([b"onetwo"] * 2, 1)


@pytest.mark.parametrize("length", ["5", "7"])
async def test_another_length_than_announced(length: str) -> None:
    """The backend takes neither a part nor too much for the whole."""

    async def conversation(wire: Wire) -> None:
        await wire.head()
        came.append(await wire.reader.read())
        left.set()

    came: list[bytes] = []
    left = asyncio.Event()
    async with line(conversation) as to, asyncio.timeout(5):
        with pytest.raises(BadInput, match="as long as announced"):
            await to.send("POST", [("content-length", length)], made(b"one", b"two"))

        await left.wait()
    assert len(came[0]) < 6 or length == "7"


@pytest.mark.parametrize(
    ("cause", "error"), [(OSError("disk"), Unreachable), (Malformed("ours"), Malformed)]
)
async def test_a_body_that_breaks_off(cause: Exception, error: type[CallError]) -> None:
    """The backend does not take the part for the whole."""

    async def broken() -> AsyncIterator[bytes]:
        yield b"part"
        raise cause

    async def conversation(wire: Wire) -> None:
        await wire.head()
        came.append(await wire.reader.read())
        left.set()

    came: list[bytes] = []
    left = asyncio.Event()
    async with line(conversation) as to, asyncio.timeout(5):
        with pytest.raises(error):
            await to.send("POST", body=broken())

        await left.wait()
    assert not came[0].endswith(b"0\r\n\r\n")


async def test_an_answer_before_the_end_of_the_request() -> None:
    """An early no is the answer; the rest is not made, and the connection not used again."""

    async def endless() -> AsyncIterator[bytes]:
        try:
            yield b"first"
            await asyncio.get_running_loop().create_future()
        finally:
            ended.set()

    async def conversation(wire: Wire) -> None:
        await wire.head()
        await wire.reader.readuntil(b"first")
        await wire.say(b"HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\n\r\nno!")
        await wire.gone()
        left.set()

    ended, left = asyncio.Event(), asyncio.Event()
    async with line(conversation) as to, asyncio.timeout(5):
        answer = await to.send("POST", body=endless(), seconds=60)
        await ended.wait()
        await left.wait()

    assert (answer.status, answer.body) == (413, b"no!")


async def test_the_head_goes_first() -> None:
    """A backend may answer a head whose body has not begun."""

    async def late() -> AsyncIterator[bytes]:
        await answered.wait()
        yield b"late"

    async def conversation(wire: Wire) -> None:
        await wire.head()
        await wire.say(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        await wire.reader.readuntil(b"late\r\n")
        await wire.say(b"2\r\nok\r\n0\r\n\r\n")

    answered = asyncio.Event()
    async with line(conversation) as to, to.stream("POST", late()) as answer:
        answered.set()
        body = b"".join([piece async for piece in answer.body])

    assert body == b"ok"


async def test_no_faster_than_it_is_taken() -> None:
    """A backend that takes nothing stops the body from being made; it goes on when it does."""
    whole = 128

    async def large() -> AsyncIterator[bytes]:
        for number in range(whole):
            numbers.append(number)
            one_more.set()
            yield bytes(MEBIBYTE)

    async def conversation(wire: Wire) -> None:
        await wire.head()
        await go_on.wait()
        while piece := await wire.reader.read(MEBIBYTE):
            if piece.endswith(b"0\r\n\r\n"):
                break
        await wire.say(OK)

    numbers: list[int] = []
    one_more, go_on = asyncio.Event(), asyncio.Event()
    async with line(conversation) as to, asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        call = tasks.create_task(to.send("POST", body=large(), seconds=20))
        while await _comes(one_more):
            one_more.clear()
        stopped_at = len(numbers)
        go_on.set()
        answer = await call

    assert stopped_at < whole / 2
    assert (answer.body, len(numbers)) == (b"ok", whole)


async def _comes(event: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(0.3):
            return await event.wait()
    except TimeoutError:
        return False


async def test_cancelling_ends_the_body() -> None:
    """Nobody goes on making what nobody sends."""

    async def endless() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"more"
                begun.set()
                await asyncio.sleep(0)
        finally:
            ended.set()

    async def conversation(wire: Wire) -> None:
        await wire.gone()
        left.set()

    begun, ended, left = asyncio.Event(), asyncio.Event(), asyncio.Event()
    async with line(conversation) as to, asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        call = tasks.create_task(to.send("POST", body=endless(), seconds=60))
        await begun.wait()
        call.cancel()
        await ended.wait()
        await left.wait()


@pytest.mark.parametrize("size", [0, 1, 65536, 65537, 8 * MEBIBYTE])
async def test_a_body_at_once(size: int) -> None:
    """A body that is there already goes out as it is, whatever its size."""

    async def conversation(wire: Wire) -> None:
        while True:
            await wire.head()
            came.append(await wire.reader.readexactly(size))
            await wire.say(OK)

    came: list[bytes] = []
    body = bytes(range(256)) * (size // 256 + 1)
    async with line(conversation) as to:
        for _ in range(2):
            await to.send("POST", body=body[:size])

    assert (came, len(to.wires)) == ([body[:size]] * 2, 1)
