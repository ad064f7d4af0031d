"""One GraphQL request from start to end: who calls, until when, and what was asked so far."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Hashable, Mapping
from typing import Any, NamedTuple, Protocol, TypeAlias

import msgspec

from upstreams.kind import Aside
from upstreams.model import Function
from upstreams.shape import Answer, Shape, Steps, Wanted

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


class Asked(msgspec.Struct, frozen=True, eq=False, gc=False):
    """One call: of whom, with what, and what came back beside the value."""

    origin: Origin
    arguments: Mapping[str, Any] = msgspec.field(default_factory=dict)
    """By the backend's names."""
    aside: Aside = msgspec.field(default_factory=Aside)
    selection: tuple[str, ...] = ()
    """As `Call.selection` says."""


class Fetched(NamedTuple):
    """What one call brought, to be read once it is known how."""

    answer: Answer
    asked: Asked
    """As it was asked, with what came beside the answer."""


class Caller(Protocol):
    """Whoever holds the clients."""

    async def fetch(self, asked: Asked, request: "Request") -> Answer:
        """What the function answers. Raises `CallError`, with `told` only where it may be shown."""

    def shape(self, origin: Origin, wanted: Wanted, inside: Steps) -> Shape | None:
        """A reader of the function's answers, where its kind has one; see `upstreams.shape`."""

    def stream(self, asked: Asked, request: "Request") -> AsyncGenerator[Any, None]:
        """The function's messages as they arrive. Raises `CallError` as `call` does."""


async def _awaited(work: Coroutine[Any, Any, Any]) -> Any:
    return await work


class Request(msgspec.Struct, eq=False):
    """What one GraphQL request brings along, from start to end."""

    caller: Caller
    request_id: str
    deadline: float
    """The event loop's time by which the whole answer is due; of a subscription, each event's."""
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    """The client's request headers, lower-case names."""
    timeout: float = 30.0
    """How many seconds an answer may take; of a subscription, each event's."""
    incremental: bool = False
    """Whether the client takes an answer in several pieces."""
    unplanned: str = ""
    """Why its plan cannot answer it, once that is known."""
    finish: Callable[[Coroutine[Any, Any, Any]], Awaitable[Any]] = _awaited
    """Brings a mutation to its end, whether its client stays or not."""
    asked: dict[Path, Asked] = msgspec.field(default_factory=dict)
    """The calls that the answer, or a subscription's latest event, is made of."""

    reads: dict[tuple[str, ...], asyncio.Future[Fetched]] = msgspec.field(default_factory=dict)
    """What was read, or is being read: by upstream, function, and arguments as text."""
    writes: dict[Path, asyncio.Future[Fetched]] = msgspec.field(default_factory=dict)
    """What was written, or is being written, by the path of its answer."""
    alone: list[tuple[Asked, Fetched | Exception]] = msgspec.field(default_factory=list)
    """What was read that nothing else was known to ask for, for whoever asks all the same."""
    joining: dict[Hashable, Any] = msgspec.field(default_factory=dict)
    """What resolvers of joins keep for each other: see `schema.joins.load`."""

    def renew(self) -> None:
        """Another event of a subscription: it has its own time, and nothing was asked for it."""
        self.deadline = asyncio.get_running_loop().time() + self.timeout
        self.asked = {}
        self.reads = {}
        self.writes = {}
        self.alone = []
        self.joining = {}

    async def read(self, asked: Asked, since: str = "") -> Fetched:
        """A call that changes nothing, made once for all that ask for the same.

        `since` names the write after which it is read, where there are any. Raises `CallError`.
        """
        key = _key(asked, since)
        reading = self.reads.get(key)
        if reading is not None:
            return await asyncio.shield(reading)
        reading = self.reads[key] = asyncio.get_running_loop().create_future()
        return await self._make(asked, reading)

    async def read_alone(self, asked: Asked) -> Fetched:
        """A call that changes nothing and that nothing else asks for. Raises `CallError`."""
        try:
            fetched = Fetched(await self.caller.fetch(asked, self), asked)
        except Exception as error:
            self.alone.append((asked, error))
            raise
        self.alone.append((asked, fetched))
        return fetched

    def tell(self) -> None:
        """From now on what was read alone is there for all who ask for the same."""
        for asked, came in self.alone:
            reading: asyncio.Future[Fetched] = asyncio.get_running_loop().create_future()
            _settle(reading, came)
            self.reads.setdefault(_key(asked, ""), reading)
        self.alone.clear()

    async def write(self, asked: Asked, path: Path) -> Fetched:
        """A call made once for the place of its answer. Raises `CallError`."""
        writing = self.writes.get(path)
        if writing is not None:
            return await asyncio.shield(writing)
        writing = self.writes[path] = asyncio.get_running_loop().create_future()
        return await self._make(asked, writing)

    async def _make(self, asked: Asked, making: asyncio.Future[Fetched]) -> Fetched:
        try:
            fetched = Fetched(await self.caller.fetch(asked, self), asked)
        except asyncio.CancelledError:
            making.cancel()
            raise
        except Exception as error:
            _settle(making, error)
            raise
        making.set_result(fetched)
        return fetched

    def behind(self, path: Path) -> tuple[Path, Asked] | None:
        """The call that gave what stands at a path, and the path of its value."""
        for length in range(len(path), 0, -1):
            asked = self.asked.get(path[:length])
            if asked is not None:
                return path[:length], asked
        return None


def _key(asked: Asked, since: str) -> tuple[str, ...]:
    origin = asked.origin
    said = f"{asked.arguments!r}{asked.selection}"
    return (origin.upstream, origin.function.name, said, since)


def _settle(making: asyncio.Future[Fetched], came: Fetched | Exception) -> None:
    if isinstance(came, Exception):
        making.set_exception(came)
        making.exception()  # nobody else may ever wait for it
    else:
        making.set_result(came)
