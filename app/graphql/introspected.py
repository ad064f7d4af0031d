"""What the schema says of itself, remembered: to tell it takes a second where it is large.

It is told in a thread, so that other requests are answered meanwhile, and once for all that ask for
the same at the same time.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, cast

import msgspec
from graphql.execution import ExecutionResult
from strawberry.types import ExecutionContext

from app.graphql.body import encode

_MOST = 16
"""How many answers are remembered."""
_LARGEST = 16 * 1024 * 1024
"""Bytes of an answer beyond which it is told anew each time."""


class Introspected:
    """The answers of one schema to operations that ask for nothing else."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[object, ...], ExecutionResult] = OrderedDict()
        self._telling: dict[tuple[object, ...], asyncio.Future[ExecutionResult]] = {}

    async def result(
        self, context: ExecutionContext, exactly: Callable[[], ExecutionResult]
    ) -> ExecutionResult:
        """What `exactly` gives for the operation; it must not need the event loop."""
        key = (context.query, context.operation_name, repr(context.variables))
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        telling = self._telling.get(key)
        if telling is None:
            telling = self._telling[key] = asyncio.ensure_future(asyncio.to_thread(_told, exactly))
            telling.add_done_callback(lambda _: self._telling.pop(key, None))
        result = await asyncio.shield(telling)
        if result.errors is None and len(cast(bytes, result.data)) <= _LARGEST:
            self._known[key] = result
            while len(self._known) > _MOST:
                self._known.popitem(last=False)
        return result


def _told(exactly: Callable[[], ExecutionResult]) -> ExecutionResult:
    result = exactly()
    if result.errors or result.data is None:
        return result
    return ExecutionResult(cast(Any, msgspec.Raw(encode(result.data))), None)
