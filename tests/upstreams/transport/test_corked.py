"""Writes that leave together: what arrives, when, and what becomes of what was held."""

import asyncio
import random
import socket
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager

import pytest
import uvloop

from tests.backends.process import LOOPBACK
from tests.upstreams.transport.backend import OK, answering, line, soon
from upstreams.errors import CallError
from upstreams.transport import Request, Transport
from upstreams.transport.corked import Corked

LATE = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 4\r\n\r\nlate"


class End(asyncio.Protocol):
    """One end of a connection, which is corked."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.is_paused = False
        self.resumed = asyncio.Event()
        self.lost = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.corked = Corked(transport, self._loop)  # type: ignore[arg-type]  # a stream's

    def pause_writing(self) -> None:
        self.is_paused = True

    def resume_writing(self) -> None:
        self.resumed.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set()


@asynccontextmanager
async def connections(number: int) -> AsyncIterator[Sequence[tuple[End, socket.socket]]]:
    """Corked ends, and the sockets at which they are read."""
    loop = asyncio.get_running_loop()
    made: list[tuple[End, socket.socket]] = []
    try:
        for _ in range(number):
            near, far = socket.socketpair()
            far.setblocking(False)
            _, end = await loop.create_connection(lambda: End(loop), sock=near)
            made.append((end, far))
        yield made
    finally:
        for end, far in made:
            if not end.lost.is_set():
                end.corked.abort()
            await end.lost.wait()
            far.close()


async def a_turn() -> None:
    """Let the loop's turn end, and what waits for that."""
    for _ in range(3):
        await asyncio.sleep(0)


def arrived(far: socket.socket) -> bytes:
    """What is there by now."""
    try:
        return far.recv(2**20)
    except BlockingIOError:
        return b""


async def all_of(far: socket.socket) -> bytes:
    """Everything to the end of the connection."""
    heard = bytearray()
    while piece := await asyncio.get_running_loop().sock_recv(far, 2**16):
        heard += piece
    return bytes(heard)


async def test_a_single_write_goes_out_at_once() -> None:
    """There is nothing that it could leave together with."""
    async with connections(1) as [(end, far)]:
        for number in b"ab":
            end.corked.write(bytes([number]))
            assert arrived(far) == bytes([number])
            await a_turn()


async def test_writes_of_a_busy_loop_leave_together() -> None:
    """Once there were several in a turn; until there are not."""
    async with connections(2) as [(one, far_one), (two, far_two)]:
        one.corked.write(b"a")
        two.corked.write(b"b")
        first = arrived(far_one), arrived(far_two)
        await a_turn()
        second = arrived(far_two)
        one.corked.write(b"c")
        one.corked.write(b"d")
        held = arrived(far_one), one.corked.get_write_buffer_size(), one.corked.is_holding
        await a_turn()
        third = arrived(far_one)
        one.corked.write(b"e")
        await a_turn()
        arrived(far_one)
        one.corked.write(b"f")
        last = arrived(far_one)

    assert (first, second) == ((b"a", b""), b"b")
    assert (held, third) == ((b"", 2, True), b"cd")
    assert last == b"f"


async def test_no_more_is_held_than_is_good() -> None:
    """Neither of many connections, nor of many bytes."""
    async with connections(40) as ends:
        for end, _ in ends:
            end.corked.write(b"x")
        many = sum(arrived(far) == b"x" for _, far in ends)
        await a_turn()
        end, far = ends[0]
        arrived(far)
        for _ in range(9):
            end.corked.write(b"y" * 32 * 1024)
        large = arrived(far)

    assert many > 30
    assert len(large) > 32 * 1024


@pytest.mark.parametrize("end_by", ["close", "write_eof"])
async def test_what_was_written_comes_before_the_end(end_by: str) -> None:
    """Whoever ends a connection ends it after what was written."""
    async with connections(2) as [(one, far), (two, _)]:
        for corked in (one.corked, two.corked, one.corked):
            corked.write(b"x")
        await a_turn()
        one.corked.write(b"y")
        assert one.corked.is_holding
        getattr(one.corked, end_by)()
        async with asyncio.timeout(5):
            heard = await all_of(far)

    assert heard == b"xxy"


async def test_what_was_written_before_an_abort_is_gone() -> None:
    """As with any transport."""
    async with connections(2) as [(one, far), (two, _)]:
        for corked in (one.corked, two.corked):
            corked.write(b"x")
        await a_turn()
        one.corked.write(b"y")
        one.corked.abort()
        await a_turn()
        async with asyncio.timeout(5):
            heard = await all_of(far)

    assert heard == b"x"
    assert one.corked.is_holding


async def test_who_writes_too_much_is_told() -> None:
    """Also where it was held at first."""
    async with connections(2) as [(one, far), (two, _)]:
        two.corked.write(b"x")
        one.corked.writelines([b"y" * 2**22])
        await a_turn()
        was_paused = one.is_paused
        one.corked.close()
        async with asyncio.timeout(5):
            heard = await all_of(far)
            await one.resumed.wait()

    assert was_paused
    assert heard == b"y" * 2**22


async def test_what_closes_with_something_left_takes_more() -> None:
    """A client that has said all may yet read; what it does not read is not gathered for ever."""
    async with connections(2) as [(one, far), (two, _)]:
        written = 0
        while not one.corked.get_write_buffer_size() or one.corked.is_holding:
            one.corked.write(b"x" * 1024)
            written += 1024
            await a_turn()
        far.shutdown(socket.SHUT_WR)
        while not one.corked.is_closing():
            await a_turn()
        while not one.is_paused:
            for _ in range(2):
                two.corked.write(b".")
            one.corked.write(b"y" * 10_000)
            written += 10_000
            assert written < 2**24
            await a_turn()
        async with asyncio.timeout(5):
            heard = await all_of(far)

    assert len(heard) == written


async def test_nothing_is_written_after_the_end() -> None:
    """Who does it is told, and nobody else is held up."""
    async with connections(3) as [(one, far), (two, _), (three, far_three)]:
        for end in (two, three):
            end.corked.write(b"x")
        await a_turn()
        arrived(far_three)
        one.corked.write_eof()
        two.corked.write(b"y")
        three.corked.write(b"y")
        with pytest.raises(RuntimeError):
            one.corked.write(b"z")
        await a_turn()
        heard = await all_of(far), arrived(far_three)

    assert heard == (b"", b"y")


async def test_what_one_cannot_send_holds_up_nobody() -> None:
    """Even where somebody has ended the connection behind our back."""
    raised: list[object] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _, told: raised.append(type(told.get("exception")))
    )
    async with connections(3) as [(one, _), (two, _), (three, far)]:
        for end in (one, two, three):
            end.corked.write(b"x")
        await a_turn()
        arrived(far)
        one.corked.uncorked().write_eof()
        for end in (one, two, three):
            end.corked.write(b"y")
        await a_turn()
        heard = arrived(far)

    assert (heard, raised) == (b"y", [RuntimeError])


def test_what_is_written_outside_of_a_loop_holds_up_nothing() -> None:
    """It raises, and whatever is written later is sent."""
    loop = uvloop.new_event_loop()
    near, far = socket.socketpair()
    far.setblocking(False)
    _, end = loop.run_until_complete(loop.create_connection(lambda: End(loop), sock=near))
    with pytest.raises(RuntimeError):
        end.corked.write(b"a")

    async def later() -> bytes:
        end.corked.write(b"b")
        await a_turn()
        end.corked.abort()
        await end.lost.wait()
        return arrived(far)

    assert loop.run_until_complete(later()) == b"b"
    far.close()
    loop.close()


@pytest.mark.parametrize("seed", range(20))
async def test_everything_arrives_in_order(seed: int) -> None:
    """Whatever is written when, in which pieces, as what."""
    random_ = random.Random(seed)  # noqa: S311 - it hides nothing
    async with connections(5) as ends:
        written: list[bytearray] = [bytearray() for _ in ends]
        async with asyncio.TaskGroup() as tasks:
            heard = [tasks.create_task(all_of(far)) for _, far in ends]
            for number in range(400):
                which = random_.randrange(len(ends))
                end, said = ends[which][0], random_.randbytes(random_.choice((0, 1, 9, 9_000)))
                written[which] += said
                end.corked.write(random_.choice((bytes, bytearray, memoryview))(said))
                if not random_.randrange(6):
                    end.corked.flush()
                if not random_.randrange(8):
                    await asyncio.sleep(0 if number % 3 else 0.001)
            for end, _ in ends:
                end.corked.close()

    assert [one.result() for one in heard] == [bytes(one) for one in written]


async def test_what_changes_after_it_was_written_is_not_sent() -> None:
    """A buffer may be used again at once."""
    async with connections(2) as [(one, far), (two, _)]:
        two.corked.write(b"x")
        buffer = bytearray(b"before")
        one.corked.write(buffer)
        buffer[:] = b"after!"
        await a_turn()
        heard = arrived(far)

    assert heard == b"before"


async def test_an_upload_is_never_made_again() -> None:
    """Not even where its connection breaks while its last piece is held."""
    loop = asyncio.get_running_loop()
    with socket.create_server((LOOPBACK, 0)) as server:
        server.setblocking(False)
        url = f"http://{LOOPBACK}:{server.getsockname()[1]}/"
        async with aclosing(Transport()) as transport, connections(2) as [(one, _), (two, _)]:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(transport.send(Request("GET", url), soon()))
                backend, _ = await loop.sock_accept(server)
                await loop.sock_recv(backend, 2**16)
                await loop.sock_sendall(backend, OK)

            async def body() -> AsyncIterator[bytes]:
                yield b"money=1"
                await loop.sock_recv(backend, 2**16)
                for _ in range(2):
                    await a_turn()
                    for end in (one, two):
                        end.corked.write(b".")
                # At once, as of a process that crashes.
                backend.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                backend.close()
                yield b"&to=2"

            with pytest.raises(CallError, match="without an answer"):
                await transport.send(Request("POST", url, (), body()), soon())

        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_late_word_is_no_answer_to_what_was_not_sent() -> None:
    """A backend that gives a connection up says so without having been asked.

    Python's own event loop reads only once its turn has ended.
    """
    statuses, asked = uvloop.run(after_a_late_word())

    assert statuses == [200, 200]
    assert asked == 6


async def after_a_late_word() -> tuple[list[int], int]:
    """How writes were answered over connections that had been given up, and how many were heard."""
    async with line(answering(OK)) as to:
        for _ in range(2):
            await asyncio.gather(*(to.send("POST") for _ in range(2)))
        for wire in to.wires:
            wire.writer.write(LATE)
        answers = await asyncio.gather(*(to.send("POST") for _ in range(2)))
        return [one.status for one in answers], len(to.heads)
