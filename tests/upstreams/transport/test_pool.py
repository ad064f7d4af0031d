"""Which connection a call gets, and when there is none."""

import asyncio
from contextlib import aclosing

import pytest

from tests.upstreams.transport.backend import OK, Line, Wire, answering, line, soon
from upstreams.errors import TimedOut, Unreachable
from upstreams.transport import Limits, Request

ONE = Limits(connections=1)


class Gate:
    """A backend whose answers wait until they are let through."""

    def __init__(self) -> None:
        self.asked: asyncio.Queue[asyncio.Event] = asyncio.Queue()
        self.used: list[int] = []
        """The numbers of the connections over which requests came."""

    async def __call__(self, wire: Wire) -> None:
        while True:
            await wire.head()
            self.used.append(wire.number)
            through = asyncio.Event()
            self.asked.put_nowait(through)
            await through.wait()
            await wire.say(OK)


async def test_calls_wait_for_a_connection_in_order() -> None:
    """No more connections than allowed; who came first is next."""
    gate, done = Gate(), list[int]()

    async def call(number: int) -> None:
        await to.get()
        done.append(number)

    async with line(gate, ONE) as to, asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        for number in range(6):
            tasks.create_task(call(number))
        for _ in range(6):
            (await gate.asked.get()).set()

    assert (done, len(to.wires)) == ([0, 1, 2, 3, 4, 5], 1)


async def test_as_many_connections_as_allowed() -> None:
    """That many calls are with the backend at the same time."""
    gate = Gate()
    async with (
        line(gate, Limits(connections=2)) as to,
        asyncio.timeout(5),
        asyncio.TaskGroup() as tasks,
    ):
        for _ in range(3):
            tasks.create_task(to.get())
        first, second = await gate.asked.get(), await gate.asked.get()
        assert gate.asked.empty()
        first.set()
        (await gate.asked.get()).set()
        second.set()

    assert len(to.wires) == 2


async def test_waiting_ends_at_the_deadline() -> None:
    """A call that gets no connection in time fails, and takes nobody's place."""
    gate = Gate()
    async with (
        line(gate, ONE) as to,
        asyncio.timeout(5),
        asyncio.TaskGroup() as tasks,
    ):
        first = tasks.create_task(to.get())
        through = await gate.asked.get()
        with pytest.raises(TimedOut):
            await to.get(seconds=0.1)
        through.set()
        await first
        second = tasks.create_task(to.get())
        (await gate.asked.get()).set()

    assert (second.result().body, len(to.wires), len(to.heads)) == (b"ok", 1, 2)


async def test_a_place_given_to_somebody_who_left() -> None:
    """A call cancelled just as it was its turn passes the turn on."""
    gate = Gate()
    async with (
        line(gate, ONE) as to,
        asyncio.timeout(5),
        asyncio.TaskGroup() as tasks,
    ):
        tasks.create_task(to.get())
        through = await gate.asked.get()
        second, third = tasks.create_task(to.get()), tasks.create_task(to.get())
        through.set()
        while not len(to.heads) > 1:
            second.cancel()
            await asyncio.sleep(0)
        (await gate.asked.get()).set()

    assert third.result().body == b"ok"


async def test_a_broken_exchange_leaves_its_place() -> None:
    """However calls end, there is a connection for the next."""

    async def conversation(wire: Wire) -> None:
        await wire.head()
        if wire.number == 5:
            await wire.say(OK)
        elif wire.number % 2:
            await wire.gone()

    async with line(conversation, ONE) as to:
        for number in range(5):
            with pytest.raises(TimedOut if number % 2 else Unreachable):
                await to.get(seconds=0.2 if number % 2 else 5)

        assert (await to.get()).body == b"ok"


async def test_the_last_used_is_the_first() -> None:
    """Calls one after the other keep to one connection, so that the others can be let go."""
    gate = Gate()
    async with line(gate) as to, asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        together = [tasks.create_task(to.get()) for _ in range(3)]
        for through in [await gate.asked.get() for _ in together]:
            through.set()
        await asyncio.wait(together)
        for _ in range(4):
            call = tasks.create_task(to.get())
            (await gate.asked.get()).set()
            await call

    assert len(to.wires) == 3
    assert len(set(gate.used[3:])) == 1


async def test_idle_connections_are_let_go() -> None:
    """What has not been used for that long is closed."""

    async def conversation(wire: Wire) -> None:
        await wire.head()
        await wire.say(OK)
        await wire.gone()
        left.set()

    left = asyncio.Event()
    async with line(conversation, Limits(idle_seconds=0.1)) as to, asyncio.timeout(5):
        await to.get()
        await left.wait()

        assert (await to.get()).body == b"ok"


async def test_idle_connections_make_room() -> None:
    """Connections to other hosts count as well, but idle ones stand in nobody's way."""

    async def conversation(wire: Wire) -> None:
        await wire.head()
        await wire.say(OK)
        await wire.gone()
        left.set()

    left = asyncio.Event()
    async with line(conversation, ONE) as to, line(answering(OK)) as other, asyncio.timeout(5):
        await to.get()
        answer = await to.transport.send(Request("GET", other.url), soon())
        await left.wait()

    assert answer.body == b"ok"


async def test_closing_ends_what_is_in_flight() -> None:
    """Calls in flight fail, the backend has lost its client, and a later call opens anew."""

    async def conversation(wire: Wire) -> None:
        await wire.head()
        if wire.number:
            await wire.say(OK)
        arrived.set()
        await wire.gone()
        left.set()

    arrived, left = asyncio.Event(), asyncio.Event()
    async with line(conversation) as to, asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        call = tasks.create_task(failure(to))
        await arrived.wait()
        await to.transport.aclose()
        await left.wait()
        async with aclosing(to.transport):
            answer = await to.get()

    assert isinstance(call.result(), Unreachable)
    assert answer.body == b"ok"


async def failure(to: Line) -> Unreachable | None:
    try:
        await to.get()
    except Unreachable as error:
        return error
    return None


@pytest.mark.parametrize("turns", range(12))
async def test_who_leaves_while_a_connection_is_made_leaves_nothing_behind(turns: int) -> None:
    """Whenever that is: no place is taken, and the transport can be closed."""
    async with line(answering(OK), ONE) as to:
        for _ in range(20):
            asking = asyncio.get_running_loop().create_task(to.get())
            for _ in range(turns):
                await asyncio.sleep(0)
            asking.cancel()
            await asyncio.wait([asking])

        async with asyncio.timeout(5):
            last = await to.get()
            await to.transport.aclose()

    assert last.body == b"ok"
