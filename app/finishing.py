"""What must not be left half done is brought to its end, whoever stops waiting for it."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

T = TypeVar("T")


class Finishing:
    """Runs coroutines as tasks of its own, which outlive the tasks that wait for them."""

    def __init__(self) -> None:
        self._tasks: asyncio.TaskGroup | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Tasks are taken until the block ends; it ends when they have."""
        async with asyncio.TaskGroup() as self._tasks:
            yield
        self._tasks = None

    async def __call__(self, work: Coroutine[Any, Any, T]) -> T:
        """What the coroutine gives; being cancelled here does not cancel it."""
        if self._tasks is None:
            return await work
        outcome: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._tasks.create_task(_told(work, outcome))
        return await outcome


async def _told(work: Coroutine[Any, Any, T], outcome: asyncio.Future[T]) -> None:
    try:
        result = await work
    except Exception as error:  # noqa: BLE001 - whoever waits is told
        if not outcome.done():
            outcome.set_exception(error)
    else:
        if not outcome.done():
            outcome.set_result(result)
