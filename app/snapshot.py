"""What one moment offers: catalogs, schema, and open lines to the upstreams."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from app.config import Upstream
from app.discovery import Finding
from app.graphql.schema import ServedSchema
from app.status import UpstreamStatus
from schema.execute import Request
from upstreams.errors import CallError, TimedOut, Unreachable
from upstreams.kind import Call, Client
from upstreams.model import Catalog, Function
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

    async def call(self, function: Function, arguments: Mapping[str, Any], request: Request) -> Any:
        """The function's value, within the upstream's timeout and the request's deadline.

        Raises `CallError`, with `told` only where the upstream's settings show it.
        """
        deadline = min(request.deadline, asyncio.get_running_loop().time() + self._settings.timeout)
        self._in_flight += 1
        try:
            async with asyncio.timeout_at(deadline):
                return await self._client.call(
                    Call(function, arguments, deadline, self._forwarded(request.headers))
                )
        except TimeoutError as error:
            raise TimedOut("no answer in time") from error
        except CallError as error:
            if not self._settings.show_messages:
                error.conceal()
            raise
        finally:
            await self._ended()

    async def retire(self) -> None:
        """Take no new calls; the connections are closed as soon as none is in use."""
        self._retired = True
        if self._in_flight == 0:
            await self._client.aclose()

    async def aclose(self) -> None:
        """Close the connections now."""
        await self._client.aclose()

    async def _ended(self) -> None:
        self._in_flight -= 1
        if self._retired and self._in_flight == 0:
            await self._client.aclose()

    def _forwarded(self, headers: Mapping[str, str]) -> dict[str, str]:
        names = (name.lower() for name in self._settings.forward)
        return {name: headers[name] for name in names if name in headers}


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

    async def call(
        self, upstream: str, function: Function, arguments: Mapping[str, Any], request: Request
    ) -> Any:
        """The `schema.execute.Caller` of this snapshot."""
        line = self.lines.get(upstream)
        if line is None:
            raise Unreachable("the upstream is not served")
        return await line.call(function, arguments, request)

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
