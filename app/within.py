"""Work with a deadline, for the paths that every request takes."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def within(deadline: float, work: Awaitable[T]) -> T:
    """What the work gives. Raises `TimeoutError` when it takes longer than until `deadline`.

    That is a time of the event loop. As `asyncio.timeout_at` does it, but for a quarter of the
    cost, which a request pays several times.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None  # noqa: S101 - we run in one
    before = task.cancelling()
    expired = False

    def expire() -> None:
        nonlocal expired
        expired = True
        task.cancel()

    timer = loop.call_at(deadline, expire)
    try:
        return await work
    except asyncio.CancelledError as error:
        if expired and task.cancelling() - 1 <= before:
            raise TimeoutError from error
        raise
    finally:
        timer.cancel()
        if expired:
            # Also where the work made something else of it, or nothing.
            task.uncancel()
