"""The gateway: every upstream discovered, connected and kept fresh.

A snapshot is replaced as a whole, in one assignment; a request keeps the one it started with, and a
client is closed when nobody uses it any more.
"""

import asyncio
import dataclasses
import logging
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from app.config import Config, Upstream
from app.discovery import Finding, find, pause, stored
from app.graphql.schema import ServedSchema
from app.snapshot import Line, Snapshot
from app.status import State, own_schema
from app.store import Store
from schema.build import SchemaError, build
from upstreams.errors import DiscoveryError

log = logging.getLogger(__name__)

START_SECONDS = 10.0
"""How long slow discoveries may keep the gateway from serving what is known already."""

_NOT_YET = DiscoveryError("not discovered yet")

Findings = Mapping[str, Finding]


class Gateway:
    """All upstreams of one configuration, and the snapshot that is served."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._upstreams = tuple(config.upstreams.values())
        store = config.discovery.store
        self._store = Store(config.folder / store if store else None)
        self._replacing = asyncio.Lock()
        self.snapshot = Snapshot({}, {}, self._schema({}))

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Gateway"]:
        """The gateway with its first snapshot, which is refreshed until the block ends."""
        async with asyncio.TaskGroup() as group:
            tasks: list[asyncio.Task[Any]] = []
            try:
                first = {
                    one.name: group.create_task(self._find(one, None)) for one in self._upstreams
                }
                tasks.extend(first.values())
                await self._first_snapshot(first)
                tasks.extend(
                    group.create_task(self._keep_fresh(one, first[one.name]))
                    for one in self._upstreams
                )
                yield self
            finally:
                for task in tasks:
                    task.cancel()
                await self.aclose()

    async def once(self) -> None:
        """Discover everything once, waiting for every upstream: for commands that then end."""
        findings = await asyncio.gather(*(self._find(one, None) for one in self._upstreams))
        await self._replace(_by_name(findings))

    async def aclose(self) -> None:
        """Close every connection."""
        for line in self.snapshot.lines.values():
            await line.aclose()

    async def _first_snapshot(self, first: Mapping[str, asyncio.Task[Finding]]) -> None:
        if first:
            await asyncio.wait(first.values(), timeout=START_SECONDS)
        findings = [
            first[upstream.name].result()
            if first[upstream.name].done()
            else await asyncio.to_thread(stored, upstream, self._store, _NOT_YET)
            for upstream in self._upstreams
        ]
        await self._replace(_by_name(findings))

    async def _keep_fresh(self, upstream: Upstream, first: asyncio.Task[Finding]) -> None:
        """Discover the upstream again and again: at its pace, or soon after a failure."""
        every = self.config.discovery.every
        finding = await first
        failures = 0
        while True:
            await self._accept(finding)
            failures = 0 if finding.state is State.READY else failures + 1
            if failures == 0 and every == 0:
                return
            await asyncio.sleep(pause(failures, every))
            finding = await self._find(upstream, finding)

    async def _find(self, upstream: Upstream, last: Finding | None) -> Finding:
        return await find(upstream, self._store, self.config.discovery.timeout, last)

    async def _accept(self, finding: Finding) -> None:
        """Serve the finding; the schema is built anew only when the catalog changed."""
        name = finding.upstream.name
        known = self.snapshot.findings[name]
        if known == finding:
            return
        findings = {**self.snapshot.findings, name: finding}
        if known.catalog == finding.catalog:
            self.snapshot = dataclasses.replace(self.snapshot, findings=findings)
            return
        try:
            await self._replace({name: finding})
        except SchemaError as error:
            log.error("snapshot kept", extra={"upstream": name, "problem": str(error)})  # noqa: TRY400 - the problems say it all

    async def _replace(self, changed: Findings) -> None:
        async with self._replacing:
            findings = {**self.snapshot.findings, **changed}
            sound, schema = await asyncio.to_thread(self._built, findings)
            old = self.snapshot.lines
            lines = {
                name: self._line(finding, old.get(name))
                for name, finding in sound.items()
                if finding.catalog is not None
            }
            self.snapshot = Snapshot(sound, lines, schema)
        for name, line in old.items():
            if lines.get(name) is not line:
                await line.retire()

    def _built(self, findings: Findings) -> tuple[Findings, ServedSchema]:
        """The schema over all findings, without those that would make it invalid."""
        try:
            return findings, self._schema(findings)
        except SchemaError:
            sound = {name: self._sound(finding) for name, finding in findings.items()}
            return sound, self._schema(sound)

    def _sound(self, finding: Finding) -> Finding:
        """The finding, or the last good one when its catalog makes no valid schema."""
        if finding.catalog is None:
            return finding
        name = finding.upstream.name
        try:
            build({name: finding.catalog})
        except SchemaError as error:
            problem = f"its description makes no valid schema: {error.problems[0]}"
            last = self.snapshot.findings.get(name)
            if last and last.catalog is not None and last.catalog != finding.catalog:
                return dataclasses.replace(last, state=State.STORED, problem=problem)
            return Finding(finding.upstream, State.UNAVAILABLE, problem=problem)
        return finding

    def _schema(self, findings: Findings) -> ServedSchema:
        catalogs = {
            name: finding.catalog
            for name, finding in findings.items()
            if finding.catalog is not None
        }
        schema, _ = build(catalogs, own_schema())
        return ServedSchema(schema, max_tokens=self.config.server.max_tokens)

    def _line(self, finding: Finding, old: Line | None) -> Line:
        assert finding.catalog is not None  # noqa: S101 - the caller chose findings with one
        if old is not None and old.catalog == finding.catalog:
            return old
        return Line(finding.upstream, finding.catalog)


def _by_name(findings: Iterable[Finding]) -> Findings:
    return {finding.upstream.name: finding for finding in findings}
