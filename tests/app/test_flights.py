"""Equal work under way at the same time is done once, and nobody's leaving hurts another."""

import asyncio

import pytest

from app.flights import Flights


class Work:
    """Work that ends when it is told to, and notes what became of it."""

    def __init__(self) -> None:
        self.begun = self.cancelled = 0
        self.end: asyncio.Event = asyncio.Event()

    async def __call__(self) -> int:
        self.begun += 1
        number = self.begun
        try:
            await self.end.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return number


async def begun(tasks: asyncio.TaskGroup, flights: Flights[int], work: Work) -> asyncio.Task[int]:
    """Somebody who waits for the work by now."""
    task = tasks.create_task(flights.join("key", work))
    await asyncio.sleep(0)
    return task


async def test_equal_work_is_done_once() -> None:
    """Everybody gets the same."""
    flights, work = Flights[int](), Work()

    async with asyncio.TaskGroup() as tasks:
        waiting = [await begun(tasks, flights, work) for _ in range(3)]
        work.end.set()

    assert [one.result() for one in waiting] == [1, 1, 1]


async def test_nothing_is_remembered() -> None:
    """Who comes later has it done again."""
    flights, work = Flights[int](), Work()
    work.end.set()

    assert [await flights.join("key", work) for _ in range(2)] == [1, 2]


async def test_other_work_is_other_work() -> None:
    """By its key."""
    flights, work = Flights[int](), Work()
    work.end.set()

    async with asyncio.TaskGroup() as tasks:
        for key in ("a", "b"):
            tasks.create_task(flights.join(key, work))

    assert work.begun == 2


async def test_who_leaves_leaves_it_to_the_others() -> None:
    """Also the first, for whom it was begun."""
    flights, work = Flights[int](), Work()

    async with asyncio.TaskGroup() as tasks:
        first, second = [await begun(tasks, flights, work) for _ in range(2)]
        first.cancel()
        await asyncio.wait([first])
        work.end.set()

    assert (second.result(), work.cancelled) == (1, 0)


async def test_work_that_nobody_waits_for_is_cancelled() -> None:
    """And is begun anew for the next."""
    flights, work = Flights[int](), Work()

    async with asyncio.TaskGroup() as tasks:
        waiting = [await begun(tasks, flights, work) for _ in range(2)]
        for one in waiting:
            one.cancel()
        await asyncio.wait(waiting)
        await asyncio.sleep(0)
        late = await begun(tasks, flights, work)
        work.end.set()

    assert (late.result(), work.cancelled) == (2, 1)


async def test_a_failure_is_everybodys() -> None:
    """And not remembered either."""
    flights = Flights[int]()

    async def fails() -> int:
        await asyncio.sleep(0)
        raise LookupError

    results = await asyncio.gather(
        *(flights.join("key", fails) for _ in range(2)), return_exceptions=True
    )

    assert [type(one) for one in results] == [LookupError, LookupError]
    with pytest.raises(LookupError):
        await flights.join("key", fails)
