"""Clients that go away before their answer is there."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.types import Receive

T = TypeVar("T")

_PATIENCE = 0.05
"""Seconds after which somebody looks whether the client is still there; most answers are sooner."""


async def unless_gone(answering: Coroutine[Any, Any, T], receive: Receive) -> T | None:
    """What is made; None when the client went first: then nothing of it is made any more."""
    loop = asyncio.get_running_loop()
    making = asyncio.current_task()
    assert making is not None  # noqa: S101 - we run in one
    gone = False
    watching: asyncio.Task[None] | None = None

    async def watch() -> None:
        nonlocal gone
        while (await receive())["type"] != "http.disconnect":
            pass
        gone = True
        making.cancel()

    def begin() -> None:
        nonlocal watching
        watching = loop.create_task(watch())

    beginning = loop.call_later(_PATIENCE, begin)
    try:
        return await answering
    except asyncio.CancelledError:
        if not gone or making.uncancel() > 0:
            raise
        return None
    finally:
        beginning.cancel()
        if watching is not None:
            watching.cancel()
