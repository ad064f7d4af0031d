"""One invocation for each item of a list, several at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from upstreams.errors import BadInput, CallError, Malformed
from upstreams.transport import Response

AT_ONCE = 10
"""How many of one call's invocations are under way at a time."""
MAX_ITEMS = 1000
"""How many items one call may have."""


async def each(
    items: Sequence[Any], invoke: Callable[[Any], Awaitable[Response]], most: int
) -> list[Response]:
    """The answers in the order of the items; together they have at most `most` bytes.

    Raises `CallError`: where an item's invocation fails the others are given up, because no answer
    can take its place. `details` and the message say which item it was.
    """
    if len(items) > MAX_ITEMS:
        raise BadInput(f"{len(items)} items would be as many invocations; the limit is {MAX_ITEMS}")
    turns = asyncio.Semaphore(AT_ONCE)
    left = most

    async def answer(index: int, item: Any) -> Response:
        nonlocal left
        async with turns:
            try:
                found = await invoke(item)
            except CallError as error:
                raise _of(error, index) from None
        left -= len(found.body)
        if left < 0:
            raise Malformed(f"the answers are larger than the limit of {most} bytes")
        return found

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(answer(index, item)) for index, item in enumerate(items)]
    except BaseExceptionGroup as failed:
        raise _first(failed) from None
    return [task.result() for task in tasks]


def _of(error: CallError, index: int) -> CallError:
    error.message = f"item {index}: {error.message}"
    error.args = (error.message,)
    error.details["item"] = index
    return error


def _first(failed: BaseExceptionGroup[BaseException]) -> BaseException:
    """Of failures at the same time, that of the first item."""
    errors = [one for one in failed.exceptions if isinstance(one, CallError)]
    return min(errors, key=lambda one: one.details.get("item", 0)) if errors else failed
