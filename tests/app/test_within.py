"""Deadlines of the busy paths are those of asyncio."""

import asyncio

import pytest

from app.within import within


def soon() -> float:
    return asyncio.get_running_loop().time() + 0.02


async def test_what_is_in_time_is_given() -> None:
    """Whatever it is."""

    async def work() -> int:
        return 7

    assert await within(soon(), work()) == 7


async def test_what_is_late_is_cancelled() -> None:
    """And whoever waits is told."""
    cancelled = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    with pytest.raises(TimeoutError):
        await within(soon(), work())

    assert cancelled.is_set()
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_work_that_makes_something_else_of_it() -> None:
    """It is as it says, and no cancellation is left behind."""

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError as error:
            raise ConnectionError from error

    with pytest.raises(ConnectionError):
        await within(soon(), work())

    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_a_deadline_that_has_passed() -> None:
    """The work is not waited for."""
    with pytest.raises(TimeoutError):
        await within(0.0, asyncio.Event().wait())


async def test_somebody_elses_cancellation_stays_one() -> None:
    """It is no deadline that was missed."""
    begun = asyncio.Event()

    async def work() -> None:
        begun.set()
        await asyncio.Event().wait()

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(within(soon() + 60, work()))
        await begun.wait()
        task.cancel()
        await asyncio.wait([task])

    assert task.cancelled()


async def test_a_failure_of_the_work_is_its_own() -> None:
    """Also where it is a `TimeoutError`."""

    async def work() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await within(soon(), work())


async def test_the_inner_of_two_deadlines() -> None:
    """The outer one goes on."""

    async def both() -> str:
        try:
            await within(soon(), asyncio.Event().wait())
        except TimeoutError:
            return "inner"
        return "neither"

    assert await within(soon() + 60, both()) == "inner"
