"""Answers that are passed on as they arrive."""

import asyncio

import pytest

from tests.upstreams.transport.backend import OK, Wire, answering, line
from upstreams.errors import TimedOut, Unreachable

MEBIBYTE = 1024 * 1024


async def test_a_stream_read_to_its_end_leaves_the_connection() -> None:
    """It serves the next request."""
    bodies = []
    async with line(answering(OK)) as to:
        for _ in range(2):
            async with to.stream() as answer:
                bodies.append(b"".join([piece async for piece in answer.body]))

    assert (bodies, len(to.wires)) == ([b"ok"] * 2, 1)


async def test_what_has_come_is_not_lost() -> None:
    """An answer that was there before it was taken can be taken after the connection went on."""
    async with line(answering(OK)) as to, to.stream() as first:
        second = await to.get()
        body = b"".join([piece async for piece in first.body])

    assert (second.body, body, len(to.wires)) == (b"ok", b"ok", 1)


async def test_all_of_it_at_once() -> None:
    """A body that has come in full can be had in one piece, and one that has not cannot."""
    go_on = asyncio.Event()

    async def conversation(wire: Wire) -> None:
        await wire.head()
        await wire.say(OK)
        await wire.head()
        await wire.say(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nha")
        await go_on.wait()
        await wire.say(b"lf")

    async with line(conversation) as to:
        async with to.stream() as answer:
            whole = answer.at_once()
            rest = [piece async for piece in answer.body]
        async with to.stream() as answer:
            part = answer.at_once()
            go_on.set()
            body = b"".join([piece async for piece in answer.body])

    assert (whole, rest, part, body) == (b"ok", [], None, b"half")


async def test_leaving_early_ends_the_exchange() -> None:
    """The backend has lost its client as soon as the block is left."""

    async def conversation(wire: Wire) -> None:
        await wire.head()
        await wire.say(b"HTTP/1.1 200 OK\r\n\r\nfirst")
        await wire.gone()
        left.set()

    left = asyncio.Event()
    async with line(conversation) as to, asyncio.timeout(5):
        async with to.stream() as answer:
            first = await anext(answer.body)

        await left.wait()
    assert first == b"first"


async def test_breaking_off_after_a_part() -> None:
    """What came is passed on, and then the error."""

    async def conversation(wire: Wire) -> None:
        await wire.head()
        await wire.say(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\npart")

    async with line(conversation) as to, to.stream() as answer:
        part = await anext(answer.body)
        with pytest.raises(Unreachable, match="before the answer was complete"):
            await anext(answer.body)

    assert part == b"part"


async def test_the_deadline_is_for_the_head() -> None:
    """A head in time may be followed by a body as late as it likes."""

    async def conversation(wire: Wire) -> None:
        await wire.head()
        await wire.say(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n")
        await asyncio.sleep(0.4)  # beyond the deadline
        await wire.say(b"late")

    async with line(conversation) as to, to.stream(seconds=0.2) as answer:
        assert await anext(answer.body) == b"late"


async def test_a_head_too_late() -> None:
    """The deadline passes before there is anything to pass on."""

    async def conversation(wire: Wire) -> None:
        await wire.head()
        await wire.say(b"HTTP/1.1 200 OK\r\nx: ")
        await wire.gone()

    async with line(conversation) as to:
        with pytest.raises(TimedOut):
            async with to.stream(seconds=0.1):
                pass


async def test_nothing_is_read_ahead_of_a_slow_taker() -> None:
    """The backend is held up until what came is taken, and then all of it arrives."""
    whole = 64

    async def conversation(wire: Wire) -> None:
        await wire.head()
        wire.writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % (whole * MEBIBYTE))
        for number in range(whole):
            wire.writer.write(bytes(MEBIBYTE))
            sent.append(number)
            one_more.set()
            await wire.writer.drain()

    sent: list[int] = []
    one_more = asyncio.Event()
    async with line(conversation) as to, asyncio.timeout(20), to.stream() as answer:
        while await _comes(one_more):
            one_more.clear()
        stopped_at = len(sent)
        size = sum([len(piece) async for piece in answer.body])

    assert stopped_at < whole / 2
    assert size == whole * MEBIBYTE


async def _comes(event: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(0.3):
            return await event.wait()
    except TimeoutError:
        return False
