"""What one moment offers: catalogs, schema, and open lines to the upstreams."""

import asyncio
import math
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Mapping,
)
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, TypeVar

import msgspec

from app.config import Upstream
from app.discovery import Finding
from app.events import Hub
from app.flights import Flights
from app.graphql.schema import ServedSchema
from app.status import HeldChange, PathCount, UpstreamStatus
from app.within import within
from schema.build import extended_of
from schema.extend.check import Extended
from schema.plan.model import Plan
from schema.request import Asked, Origin, Request
from upstreams.errors import CallError, TimedOut, Unreachable
from upstreams.kind import Aside, Call, Client, Explains, Explanation, Health, Healths, Streams
from upstreams.model import Catalog, Effect, Function
from upstreams.registry import KINDS
from upstreams.shape import Answer, Shape, Shapes, Steps, Value, Wanted

T = TypeVar("T")

_FORWARDED = "***"
"""What is shown for a header that clients send, which may be a secret."""


class Line:
    """A client to one upstream, closed once no snapshot that is served or used has it."""

    def __init__(self, upstream: Upstream, catalog: Catalog, hub: Hub | None = None) -> None:
        self.catalog = catalog
        self._name = upstream.name
        self._hub = hub
        self._settings = upstream.settings
        self._client: Client = KINDS[upstream.kind].connect(
            upstream.name, upstream.settings, catalog
        )
        self._shapes = self._client if isinstance(self._client, Shapes) else None
        self._forwarded = tuple(name.lower() for name in self._settings.forward)
        self._flights: Flights[tuple[Answer, Aside]] = Flights()
        self._holders = 0

    async def fetch(self, asked: Asked, request: Request) -> Answer:
        """The function's answer, within the upstream's timeout and the request's deadline.

        Raises `CallError`, with `told` only where the upstream's settings show it.
        """
        now = asyncio.get_running_loop().time()
        call = self._call(asked, request, min(request.deadline, now + self._settings.timeout))
        try:
            if self._settings.share and asked.origin.function.effect is Effect.READ:
                shared = self._shared(call, now + self._settings.timeout)
                return await within(call.deadline, shared)
            return await self._fetched(call)
        except TimeoutError as error:
            raise TimedOut("no answer in time") from error
        except CallError as error:
            self._told(error)
            raise

    def _fetched(self, call: Call) -> Coroutine[Any, Any, Answer]:
        # What has shapes keeps the deadline itself.
        return self._shapes.fetch(call) if self._shapes else self._called(call)

    async def _called(self, call: Call) -> Answer:
        return Value(await within(call.deadline, self._client.call(call)))

    async def _shared(self, call: Call, deadline: float) -> Answer:
        """The answer to all equal calls, each of which may wait less long than it takes."""
        said = f"{call.arguments!r}{call.selection}{sorted(call.headers.items())}"
        one = msgspec.structs.replace(call, deadline=deadline)
        answer, aside = await self._flights.join(
            (call.function.name, said), lambda: self._with_aside(one)
        )
        call.aside.fill(aside)
        return answer

    async def _with_aside(self, call: Call) -> tuple[Answer, Aside]:
        return await self._fetched(call), call.aside

    @property
    def shared(self) -> tuple[str, ...] | None:
        """The names of client headers that tell calls apart; None where no calls are shared."""
        return self._forwarded if self._settings.share else None

    def shape(self, function: Function, wanted: Wanted, inside: Steps) -> Shape | None:
        """A reader of the function's answers, where its kind has one."""
        return None if self._shapes is None else self._shapes.shape(function, wanted, inside)

    async def stream(self, asked: Asked, request: Request) -> AsyncGenerator[Any, None]:
        """The function's messages as they come, for as long as they come. Raises as `call`."""
        client = self._client
        if not isinstance(client, Streams):
            raise TypeError(f"{type(client).__name__} has functions that stream, but no stream")
        call = self._call(asked, request, math.inf)
        try:
            async with aclosing(client.stream(call)) as messages:
                async for message in messages:
                    yield message
        except CallError as error:
            self._told(error)
            raise

    async def explain(self, asked: Asked) -> Explanation:
        """How the call would be made, for a client of whom nothing is known. Raises `CallError`."""
        client = self._client
        if not isinstance(client, Explains):
            return Explanation((), f"no command is known for {type(client).__name__}")
        forwarded = {name.lower(): _FORWARDED for name in self._settings.forward}
        deadline = asyncio.get_running_loop().time() + self._settings.timeout
        function, selection = asked.origin.function, asked.selection
        return await client.explain(
            Call(function, asked.arguments, deadline, headers=forwarded, selection=selection)
        )

    async def health(self) -> Health:
        """What the backend says of itself, where its kind has a way to ask."""
        client = self._client
        return await client.health() if isinstance(client, Healths) else Health.UNKNOWN

    def hold(self) -> None:
        """Stay open for one more snapshot."""
        self._holders += 1

    async def release(self) -> None:
        """Close the connections unless another snapshot has the line."""
        self._holders -= 1
        if self._holders == 0:
            await self.aclose()

    async def aclose(self) -> None:
        """Close the connections now."""
        await self._client.aclose()

    def _told(self, error: CallError) -> None:
        """What the backend says when it refuses is shown only where the settings say so."""
        if not self._settings.show_messages:
            error.conceal()

    def _call(self, asked: Asked, request: Request, deadline: float) -> Call:
        given = request.headers
        headers = {name: given[name] for name in self._forwarded if name in given}
        function = asked.origin.function
        mailbox = self._hub.mailbox(self._name, function) if self._hub else None
        return Call(
            function,
            asked.arguments,
            deadline,
            headers=headers,
            aside=asked.aside,
            selection=asked.selection,
            mailbox=mailbox,
        )


class Lines:
    """The open lines of a snapshot, which stay open while it is served or somebody uses it."""

    def __init__(self, lines: Mapping[str, Line]) -> None:
        """`lines` are by upstream; the one who serves them is their first user."""
        self.by_upstream = lines
        self.shared = any(line.shared is not None for line in lines.values())
        """Whether there are any whose equal calls are made once."""
        self._users = 1
        for line in lines.values():
            line.hold()

    def use(self) -> None:
        """Stay open for one more user, who says when they are done: `retire`."""
        self._users += 1

    @asynccontextmanager
    async def used(self) -> AsyncIterator[None]:
        """The lines stay open until the block ends."""
        self.use()
        try:
            yield
        finally:
            await self.retire()

    async def using(self, work: Coroutine[Any, Any, T]) -> T:
        """What the work gives; the lines stay open until then."""
        self.use()
        try:
            return await work
        finally:
            await self.retire()

    async def retire(self) -> None:
        """One user less: those who serve them say so when they serve others."""
        self._users -= 1
        if not self._users:
            for line in self.by_upstream.values():
                await line.release()

    async def aclose(self) -> None:
        """Close them all now."""
        for line in self.by_upstream.values():
            await line.aclose()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one moment offers. A request holds one from start to end."""

    findings: Mapping[str, Finding]
    """By upstream, in the order of the configuration."""
    lines: Lines
    """To the upstreams that can be called."""
    schema: ServedSchema

    @property
    def ready(self) -> bool:
        """Whether every upstream has a catalog to serve, newest or last good."""
        return all(finding.catalog is not None for finding in self.findings.values())

    @property
    def catalogs(self) -> dict[str, Catalog]:
        """What is served of every upstream, in the order of the configuration."""
        return {
            name: finding.catalog
            for name, finding in self.findings.items()
            if finding.catalog is not None
        }

    @property
    def joins(self) -> Extended:
        """What the extensions made of the schema, and what of them cannot work."""
        return extended_of(self.schema.core)

    def fetch(self, asked: Asked, request: Request) -> Coroutine[Any, Any, Answer]:
        """As `schema.request.Caller` says."""
        line = self.lines.by_upstream.get(asked.origin.upstream)
        return (line or self._line(asked)).fetch(asked, request)

    def shape(self, origin: Origin, wanted: Wanted, inside: Steps) -> Shape | None:
        """As `schema.request.Caller` says."""
        line = self.lines.by_upstream.get(origin.upstream)
        return None if line is None else line.shape(origin.function, wanted, inside)

    def shared(self, plan: Plan) -> frozenset[str] | None:
        """The client headers that tell equal operations apart; None where they are not shared."""
        if not self.lines.shared or plan.in_series:
            return None
        names: set[str] = set()
        for upstream, heard in plan.heard.items():
            line = self.lines.by_upstream.get(upstream)
            if line is None or line.shared is None:
                return None
            names.update(line.shared, heard)
        return frozenset(names)

    async def explain(self, asked: Asked) -> Explanation:
        """How the call would be made. Raises `CallError`."""
        return await self._line(asked).explain(asked)

    async def stream(self, asked: Asked, request: Request) -> AsyncGenerator[Any, None]:
        """As `schema.request.Caller` says."""
        async with aclosing(self._line(asked).stream(asked, request)) as messages:
            async for message in messages:
                yield message

    def _line(self, asked: Asked) -> Line:
        line = self.lines.by_upstream.get(asked.origin.upstream)
        if line is None:
            raise Unreachable("the upstream is not served")
        return line

    async def health(self, upstream: str) -> Health:
        """What that upstream's backend says of itself."""
        line = self.lines.by_upstream.get(upstream)
        return Health.UNKNOWN if line is None else await line.health()

    def _broken(self, upstream: str) -> str | None:
        """The first join that cannot call the upstream any more, and why."""
        found = (one.message for one in self.joins.problems if one.upstream == upstream)
        return next((f"a join cannot work: {one}" for one in found), None)

    def paths(self) -> list[PathCount]:
        """How many operations ran by which path, and why; the most frequent first."""
        return [PathCount(reason=one, count=many) for one, many in self.schema.paths.most_common()]

    def statuses(self) -> list[UpstreamStatus]:
        """How every upstream stands."""
        return [
            UpstreamStatus(
                name=name,
                kind=finding.upstream.kind,
                status=finding.state,
                functions=finding.functions,
                refreshed_at=finding.refreshed_at,
                problem=finding.problem or self._broken(name),
                held=[HeldChange(path=one.at, reason=one.told) for one in finding.held],
            )
            for name, finding in self.findings.items()
        ]


class Serving(Protocol):
    """Whoever has the snapshot of the moment."""

    @property
    def known(self) -> Snapshot | None:
        """It; None as long as there is none."""

    async def current(self) -> Snapshot:
        """It, once there is one."""


CurrentSnapshot: TypeAlias = Callable[[], Awaitable[Snapshot]]
"""Gives the snapshot of the moment, once there is one."""
