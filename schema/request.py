"""One GraphQL request from start to end: who calls, until when, and what was asked so far."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeAlias

from upstreams.kind import Aside
from upstreams.model import Function

Path: TypeAlias = tuple[str | int, ...]
"""Response keys and list indexes, from the root."""


class Origin(Protocol):
    """Where a part of an answer comes from."""

    @property
    def upstream(self) -> str:
        """The upstream's name."""

    @property
    def function(self) -> Function:
        """The function that is called."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One call: of whom, with what, and what came back beside the value."""

    origin: Origin
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """By the backend's names."""
    aside: Aside = field(default_factory=Aside)
    selection: tuple[str, ...] = ()
    """As `Call.selection` says."""


class Caller(Protocol):
    """Whoever holds the clients."""

    async def call(self, asked: Asked, request: "Request") -> Any:
        """The function's value. Raises `CallError`, with `told` only where it may be shown."""

    def stream(self, asked: Asked, request: "Request") -> AsyncGenerator[Any, None]:
        """The function's messages as they arrive. Raises `CallError` as `call` does."""


async def _awaited(work: Coroutine[Any, Any, Any]) -> Any:
    return await work


@dataclass(slots=True)
class Request:
    """What one GraphQL request brings along, from start to end."""

    caller: Caller
    request_id: str
    deadline: float
    """The event loop's time by which the whole answer is due; of a subscription, each event's."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """The client's request headers, lower-case names."""
    timeout: float = 30.0
    """How many seconds an answer may take; of a subscription, each event's."""
    incremental: bool = False
    """Whether the client takes an answer in several pieces."""
    finish: Callable[[Coroutine[Any, Any, Any]], Awaitable[Any]] = _awaited
    """Brings a mutation to its end, whether its client stays or not."""
    asked: dict[Path, Asked] = field(default_factory=dict)
    """The calls that the answer, or a subscription's latest event, is made of."""

    reads: dict[tuple[str, str, str], asyncio.Future[Any]] = field(default_factory=dict)
    """What was read, or is being read: by upstream, function, and arguments as text."""

    def renew(self) -> None:
        """Another event of a subscription: it has its own time, and nothing was asked for it."""
        self.deadline = asyncio.get_running_loop().time() + self.timeout
        self.asked = {}
        self.reads = {}

    async def read(self, asked: Asked, path: Path) -> Any:
        """The value of a call that changes nothing, made once for all that ask for the same.

        What came beside it is noted at every path. Raises `CallError`.
        """
        origin = asked.origin
        arguments = f"{asked.arguments!r}{asked.selection}"
        key = (origin.upstream, origin.function.name, arguments)
        reading = self.reads.get(key)
        if reading is None:
            reading = self.reads[key] = asyncio.get_running_loop().create_future()
            await self._make(asked, reading)
        value, aside = await asyncio.shield(reading)
        self.asked[path] = replace(asked, aside=aside)
        return value

    async def _make(self, asked: Asked, reading: asyncio.Future[Any]) -> None:
        try:
            value = await self.caller.call(asked, self)
        except asyncio.CancelledError:
            reading.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - whoever waits is told
            reading.set_exception(error)
        else:
            reading.set_result((value, asked.aside))

    def behind(self, path: Path) -> tuple[Path, Asked] | None:
        """The call that gave what stands at a path, and the path of its value."""
        for length in range(len(path), 0, -1):
            asked = self.asked.get(path[:length])
            if asked is not None:
                return path[:length], asked
        return None
