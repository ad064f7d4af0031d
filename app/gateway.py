"""The gateway: every upstream discovered, connected and kept fresh.

A snapshot is replaced as a whole, in one assignment; a request keeps the one it started with, and a
client is closed when nobody uses it any more.
"""

import asyncio
import dataclasses
import logging
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager

from app.config import Config, Upstream
from app.discovery import Finding, find, keep, pause, stored
from app.events import Hub
from app.finishing import Finishing
from app.graphql.schema import ServedSchema
from app.snapshot import Line, Lines, Snapshot
from app.status import State, own_schema
from app.store import Store
from schema.build import SchemaError, build
from upstreams.errors import DiscoveryError

log = logging.getLogger(__name__)

START_SECONDS = 10.0
"""How long requests may wait for slow discoveries before they get what is known already."""

_NOT_YET = DiscoveryError("not discovered yet")

Findings = Mapping[str, Finding]


class Gateway:
    """All upstreams of one configuration, and the snapshot that is served."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._upstreams = tuple(config.upstreams.values())
        store = config.discovery.store
        self._store = Store(config.folder / store if store else None)
        self.hub = Hub(config.server.events) if config.server.events else None
        self._replacing = asyncio.Lock()
        self._started = asyncio.Event()
        self.finishing = Finishing()
        unknown = {
            name: Finding(one, State.UNAVAILABLE, problem=_NOT_YET.message)
            for name, one in config.upstreams.items()
        }
        self.snapshot = Snapshot(unknown, Lines({}), self._schema({}))

    async def current(self) -> Snapshot:
        """The snapshot to serve now; while the gateway starts, the first that knows anything."""
        await self._started.wait()
        return self.snapshot

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Gateway"]:
        """The gateway, discovering and refreshing until the block ends."""
        try:
            async with asyncio.TaskGroup() as group:
                keeping = group.create_task(self._keep_all_fresh())
                try:
                    async with self.finishing.running():
                        yield self
                finally:
                    keeping.cancel()
        finally:
            await self.aclose()

    async def once(self) -> None:
        """Discover everything once, waiting for every upstream: for commands that then end."""
        await self._serve(await asyncio.gather(*(self._find(one, None) for one in self._upstreams)))

    async def aclose(self) -> None:
        """Close every connection."""
        await self.snapshot.lines.aclose()

    async def _keep_all_fresh(self) -> None:
        async with asyncio.TaskGroup() as group:
            first = {one.name: group.create_task(self._find(one, None)) for one in self._upstreams}
            try:
                await self._first_snapshot(first)
            finally:
                self._started.set()
            for one in self._upstreams:
                group.create_task(self._keep_fresh(one, first[one.name]))

    async def _first_snapshot(self, first: Mapping[str, asyncio.Task[Finding]]) -> None:
        if first:
            await asyncio.wait(first.values(), timeout=START_SECONDS)
        findings = [
            first[upstream.name].result()
            if first[upstream.name].done()
            else await asyncio.to_thread(stored, upstream, self._store, _NOT_YET)
            for upstream in self._upstreams
        ]
        await self._serve(findings)

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
        """Serve the finding, unless it is served already."""
        name = finding.upstream.name
        if self.snapshot.findings[name] == finding:
            return
        try:
            await self._serve([finding])
        except SchemaError as error:
            log.error("snapshot kept", extra={"upstream": name, "problem": str(error)})  # noqa: TRY400 - the problems say it all

    async def _serve(self, findings: Iterable[Finding]) -> None:
        """Serve the findings in place of what was known of their upstreams, and keep the good."""
        changed = {finding.upstream.name: finding for finding in findings}
        async with self._replacing:
            known = self.snapshot.findings
            if all(
                name in known and known[name].catalog == changed[name].catalog for name in changed
            ):
                self.snapshot = dataclasses.replace(self.snapshot, findings={**known, **changed})
            else:
                await self._replace({**known, **changed})
        served = self.snapshot.findings
        await asyncio.gather(
            *(
                keep(finding, self._store)
                for name, finding in changed.items()
                if served[name] is finding
            )
        )

    async def _replace(self, findings: Findings) -> None:
        """A new snapshot; the lines that are not in it any more close once they are not used."""
        sound, schema = await asyncio.to_thread(self._built, findings)
        old = self.snapshot.lines
        lines = Lines(dict(_lines(sound, old.by_upstream, self.hub)))
        self.snapshot = Snapshot(sound, lines, schema)
        await old.retire()

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


def _lines(
    findings: Findings, old: Mapping[str, Line], hub: Hub | None
) -> Iterator[tuple[str, Line]]:
    """A line to every upstream with a catalog: the old one where that is the same."""
    for name, finding in findings.items():
        known = old.get(name)
        if known is not None and known.catalog == finding.catalog:
            yield name, known
        elif finding.catalog is not None:
            try:
                yield name, Line(finding.upstream, finding.catalog, hub)
            except Exception:
                # As with discovery: one kind's mistake is one upstream's.
                log.exception("connecting broke", extra={"upstream": name})
