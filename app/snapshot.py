"""What one moment offers: catalogs, schema, and open lines to the upstreams."""

import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

from app.config import Upstream
from app.discovery import Finding
from app.graphql.schema import ServedSchema
from app.status import UpstreamStatus
from schema.request import Asked, Request
from upstreams.errors import CallError, TimedOut, Unreachable
from upstreams.kind import Call, Client, Streams
from upstreams.model import Catalog
from upstreams.registry import KINDS


class Line:
    """A client to one upstream, closed once it is retired and its last call has ended."""

    def __init__(self, upstream: Upstream, catalog: Catalog) -> None:
        self.catalog = catalog
        self._settings = upstream.settings
        self._client: Client = KINDS[upstream.kind].connect(
            upstream.name, upstream.settings, catalog
        )
        self._in_flight = 0
        self._retired = False

    async def call(self, asked: Asked, request: Request) -> Any:
        """The function's value, within the upstream's timeout and the request's deadline.

        Raises `CallError`, with `told` only where the upstream's settings show it.
        """
        deadline = min(request.deadline, asyncio.get_running_loop().time() + self._settings.timeout)
        async with self._in_use():
            try:
                async with asyncio.timeout_at(deadline):
                    return await self._client.call(self._call(asked, request, deadline))
            except TimeoutError as error:
                raise TimedOut("no answer in time") from error

    async def stream(self, asked: Asked, request: Request) -> AsyncGenerator[Any, None]:
        """The function's messages as they come, for as long as they come. Raises as `call`."""
        client = self._client
        if not isinstance(client, Streams):
            raise TypeError(f"{type(client).__name__} has functions that stream, but no stream")
        call = self._call(asked, request, math.inf)
        async with self._in_use(), aclosing(client.stream(call)) as messages:
            async for message in messages:
                yield message

    async def retire(self) -> None:
        """Take no new calls; the connections are closed as soon as none is in use."""
        self._retired = True
        if self._in_flight == 0:
            await self._client.aclose()

    async def aclose(self) -> None:
        """Close the connections now."""
        await self._client.aclose()

    @asynccontextmanager
    async def _in_use(self) -> AsyncIterator[None]:
        self._in_flight += 1
        try:
            yield
        except CallError as error:
            if not self._settings.show_messages:
                error.conceal()
            raise
        finally:
            self._in_flight -= 1
            if self._retired and self._in_flight == 0:
                await self._client.aclose()

    def _call(self, asked: Asked, request: Request, deadline: float) -> Call:
        names = (name.lower() for name in self._settings.forward)
        headers = {name: request.headers[name] for name in names if name in request.headers}
        return Call(
            asked.origin.function, asked.arguments, deadline, headers=headers, aside=asked.aside
        )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one moment offers. A request holds one from start to end."""

    findings: Mapping[str, Finding]
    """By upstream, in the order of the configuration."""
    lines: Mapping[str, Line]
    """The upstreams that can be called."""
    schema: ServedSchema

    @property
    def ready(self) -> bool:
        """Whether every upstream has a catalog to serve, newest or last good."""
        return all(finding.catalog is not None for finding in self.findings.values())

    async def call(self, asked: Asked, request: Request) -> Any:
        """As `schema.request.Caller` says."""
        return await self._line(asked).call(asked, request)

    async def stream(self, asked: Asked, request: Request) -> AsyncGenerator[Any, None]:
        """As `schema.request.Caller` says."""
        async with aclosing(self._line(asked).stream(asked, request)) as messages:
            async for message in messages:
                yield message

    def _line(self, asked: Asked) -> Line:
        line = self.lines.get(asked.origin.upstream)
        if line is None:
            raise Unreachable("the upstream is not served")
        return line

    def statuses(self) -> list[UpstreamStatus]:
        """How every upstream stands."""
        return [
            UpstreamStatus(
                name=name,
                kind=finding.upstream.kind,
                status=finding.state,
                functions=finding.functions,
                refreshed_at=finding.refreshed_at,
                problem=finding.problem,
            )
            for name, finding in self.findings.items()
        ]


CurrentSnapshot: TypeAlias = Callable[[], Awaitable[Snapshot]]
"""Gives the snapshot of the moment, once there is one."""
