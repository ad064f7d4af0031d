"""What one request has asked for already is not asked for again."""

import asyncio
from dataclasses import dataclass, field

import pytest

from schema.request import Asked, Request
from tests.schema.catalogs import STRING, catalog, reading
from upstreams.errors import Unreachable
from upstreams.model import Function
from upstreams.shape import Value

PET = catalog(reading("pet", STRING)).functions[0]


@dataclass(frozen=True, slots=True)
class From:
    """Where pets come from."""

    upstream: str = "a"
    function: Function = PET


@dataclass(slots=True)
class Counting:
    """A caller that counts its calls; the first of them is a failure where one is given."""

    failure: Unreachable | None = None
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    calls: int = 0

    async def fetch(self, asked: Asked, request: Request) -> Value:
        self.calls += 1
        await self.opened.wait()
        if self.failure is not None:
            raise self.failure
        return Value(self.calls)


def asked(**arguments: int) -> Asked:
    """That call with other arguments."""
    return Asked(From(), arguments)


def request(caller: Counting) -> Request:
    """A request whose calls are answered at once."""
    caller.opened.set()
    return Request(caller, "r1", float("inf"))  # type: ignore[arg-type]  # it has no streams


async def test_what_was_read_alone_is_not_read_again_once_told() -> None:
    """Whoever asks for the same gets what came."""
    caller = Counting()
    one = request(caller)

    alone = await one.read_alone(asked(id=1))
    one.tell()
    again = await one.read(asked(id=1))

    assert again is alone
    assert caller.calls == 1


async def test_nor_is_what_failed() -> None:
    """The failure is what everybody gets."""
    failure = Unreachable("gone")
    caller = Counting(failure)
    one = request(caller)

    with pytest.raises(Unreachable):
        await one.read_alone(asked(id=1))
    one.tell()
    with pytest.raises(Unreachable) as again:
        await one.read(asked(id=1))

    assert again.value is failure
    assert caller.calls == 1


async def test_other_arguments_are_another_call() -> None:
    """What was told is for those who ask for the same alone."""
    caller = Counting()
    one = request(caller)

    await one.read_alone(asked(id=1))
    one.tell()
    await one.read(asked(id=2))

    assert caller.calls == 2


async def test_what_was_told_is_told_once() -> None:
    """And does not come in place of what was read since."""
    caller = Counting()
    one = request(caller)

    await one.read_alone(asked(id=1))
    one.tell()
    one.reads.clear()
    newer = await one.read(asked(id=1))
    one.tell()

    assert await one.read(asked(id=1)) is newer


async def test_equal_reads_at_once_are_one_call() -> None:
    """Two aliases of a function, say."""
    caller = Counting()
    one = Request(caller, "r1", float("inf"))  # type: ignore[arg-type]  # it has no streams

    async with asyncio.TaskGroup() as tasks:
        both = [tasks.create_task(one.read(asked(id=1))) for _ in range(2)]
        tasks.create_task(asyncio.to_thread(lambda: None)).add_done_callback(
            lambda _: caller.opened.set()
        )

    assert both[0].result() is both[1].result()
    assert caller.calls == 1
