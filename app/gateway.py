"""The gateway: every upstream discovered, connected and kept fresh.

A snapshot is replaced as a whole, in one assignment; a request keeps the one it started with, and a
client is closed when nobody uses it any more.
"""

import asyncio
import dataclasses
import logging
import math
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from app.config import Config, ConfigError, Upstream
from app.discovery import Finding, Pace, find, keep, stored
from app.events import Hub
from app.extensions import extensions, told
from app.finishing import Finishing
from app.gate import Gate
from app.graphql.schema import ServedSchema
from app.lock import locked
from app.python_fields import python_roots
from app.scouting.here import Discover, discover, here
from app.snapshot import Line, Lines, Snapshot
from app.status import State, own_schema
from app.store import Store
from schema.build import SchemaError, build, extended_of
from schema.extend.check import Extended
from upstreams.errors import DiscoveryError

log = logging.getLogger(__name__)

START_SECONDS = 10.0
"""How long requests may wait for slow discoveries before they get what is known already."""

NOT_YET = DiscoveryError("not discovered yet")

Findings = Mapping[str, Finding]


class Gateway:
    """All upstreams of one configuration, and the snapshot that is served."""

    def __init__(
        self,
        config: Config,
        *,
        discovers: bool = True,
        discovering: Callable[[], AbstractAsyncContextManager[Discover]] = here,
        renewed: Callable[[], object] = lambda: None,
    ) -> None:
        """`discovers`: false where others do, who then say so (`take`, `assemble`).

        `discovering`: where that is done while the gateway is running. `renewed` is called, in the
        loop's thread, when another schema is served. Raises `ConfigError` for extensions, a lock or
        trusted documents that cannot be read.
        """
        self.config = config
        self._discovers = discovers
        self._discovering = discovering
        self._renewed = renewed
        self._upstreams = tuple(config.upstreams.values())
        self._extensions = extensions(config)
        self._python = python_roots(config)
        self.lock = locked(config)
        store = config.discovery.store
        self.store = Store(config.folder / store if store else None)
        self._gate = Gate(config, self.store, self._extensions, self.lock)
        self.hub = Hub(config.server.events) if config.server.events else None
        self._replacing = asyncio.Lock()
        self._started = asyncio.Event()
        self.replaced = asyncio.Event()
        """Set when another schema is served; for one to wait for, and to clear."""
        self.finishing = Finishing()
        self._paths: Counter[str] = Counter()
        """As `ServedSchema.paths`, of all schemas that were served."""
        self.trusted: frozenset[str] = frozenset()
        """Texts that stay prepared however many others are sent."""
        unknown = {
            name: Finding(one, State.UNAVAILABLE, problem=NOT_YET.message)
            for name, one in config.upstreams.items()
        }
        self.snapshot = Snapshot(unknown, Lines({}), self._schema({}))

    async def current(self) -> Snapshot:
        """The snapshot to serve now; while the gateway starts, the first that knows anything."""
        await self._started.wait()
        return self.snapshot

    @property
    def known(self) -> Snapshot | None:
        """The same at once; None while the gateway starts."""
        return self.snapshot if self._started.is_set() else None

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Gateway"]:
        """The gateway, kept fresh until the block ends.

        Raises `ConfigError` where a join cannot work from the start.
        """
        refusal = None
        try:
            async with asyncio.TaskGroup() as group:
                keeping = group.create_task(self._keep_all_fresh())
                try:
                    async with self.finishing.running():
                        if self._discovers and self._may_be_wrong:
                            await self._started.wait()
                            refusal = self._refusal()
                        if refusal is None:
                            yield self
                finally:
                    keeping.cancel()
        finally:
            await self.aclose()
        if refusal is not None:
            # Out here, where no task group wraps it.
            raise refusal

    @property
    def _may_be_wrong(self) -> bool:
        """Whether users add anything that upstreams may prove wrong."""
        return self._extensions.may_be_wrong or bool(self._python.extending)

    def check_joins(self) -> None:
        """Raises `ConfigError` where a join of the first snapshot cannot work: then all do."""
        if refusal := self._refusal():
            raise refusal

    def _refusal(self) -> ConfigError | None:
        problems = self.snapshot.joins.problems
        return ConfigError(map(told, problems)) if problems else None

    async def once(self) -> None:
        """Discover everything once, waiting for every upstream: for commands that then end."""
        found = await asyncio.gather(*(self._find(one, None, discover) for one in self._upstreams))
        await self._serve_and_keep(found)

    async def take(self, findings: Iterable[Finding]) -> None:
        """Serve what others found; nobody waits for a first snapshot any more.

        Raises `SchemaError`, and then serves what it did.
        """
        try:
            await self._serve(findings)
        finally:
            self._started.set()

    def assemble(self, findings: Iterable[Finding]) -> bool:
        """As `take`, before there is a loop or a connection; whether the schema is another now."""
        self._started.set()
        known = self._known(findings)
        if not self._is_served(known):
            sound, schema = self._built(known)
            if not self._is_served(sound):
                lines = Lines(dict(_lines(sound, {}, self.hub)))
                self.snapshot = Snapshot(sound, lines, schema)
                self.replaced.set()
                return True
            known = sound
        self.snapshot = dataclasses.replace(self.snapshot, findings=known)
        return False

    def judged(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings, without what is held back as it would break clients. It may block."""
        return self._gate.judged(findings, self.snapshot.findings)

    async def aclose(self) -> None:
        """Close every connection."""
        await self.snapshot.lines.aclose()

    async def _keep_all_fresh(self) -> None:
        if not self._discovers:
            return
        pace = Pace(self.config.discovery.every, asyncio.get_running_loop().time())
        async with self._discovering() as by, asyncio.TaskGroup() as group:
            first = {
                one.name: group.create_task(self._find(one, None, by)) for one in self._upstreams
            }
            try:
                await self._first_snapshot(first)
            finally:
                self._started.set()
            for one in self._upstreams:
                group.create_task(self._keep_fresh(one, first[one.name], by, pace))

    async def _first_snapshot(self, first: Mapping[str, asyncio.Task[Finding]]) -> None:
        if first:
            await asyncio.wait(first.values(), timeout=START_SECONDS)
        findings = [
            first[upstream.name].result()
            if first[upstream.name].done()
            else await asyncio.to_thread(stored, upstream, self.store, NOT_YET)
            for upstream in self._upstreams
        ]
        await self._serve_and_keep(findings)

    async def _keep_fresh(
        self, upstream: Upstream, first: asyncio.Task[Finding], by: Discover, pace: Pace
    ) -> None:
        """Discover the upstream again and again: at that pace, or soon after a failure."""
        now = asyncio.get_running_loop().time
        finding = await first
        failures = 0
        while True:
            await self._accept(finding)
            failures = 0 if finding.state is State.READY else failures + 1
            due = pace.due(failures, now())
            if math.isinf(due):
                return
            await asyncio.sleep(due - now())
            finding = await self._find(upstream, finding, by)

    async def _find(self, upstream: Upstream, last: Finding | None, by: Discover) -> Finding:
        return await find(upstream, self.store, self.config.discovery.timeout, last, by)

    async def _accept(self, finding: Finding) -> None:
        """Serve the finding, unless it is served already."""
        name = finding.upstream.name
        if self.snapshot.findings[name] == finding:
            return
        try:
            await self._serve_and_keep([finding])
        except SchemaError as error:
            log.error("snapshot kept", extra={"upstream": name, "problem": str(error)})  # noqa: TRY400 - the problems say it all

    async def _serve_and_keep(self, findings: Iterable[Finding]) -> None:
        """Serve the findings, and store those that can be served."""
        found = await asyncio.to_thread(self.judged, findings)
        await self._serve(found)
        served = self.snapshot.findings
        await asyncio.gather(
            *(keep(one, self.store) for one in found if served[one.upstream.name] is one)
        )

    async def _serve(self, findings: Iterable[Finding]) -> None:
        """Serve the findings in place of what was known of their upstreams."""
        async with self._replacing:
            known = self._known(findings)
            if not self._is_served(known):
                sound, schema = await asyncio.to_thread(self._built, known)
                if not self._is_served(sound):
                    await self._replace(sound, schema)
                    return
                known = sound
            self.snapshot = dataclasses.replace(self.snapshot, findings=known)

    def _known(self, findings: Iterable[Finding]) -> Findings:
        """What is known of all upstreams, with these findings."""
        return {**self.snapshot.findings, **{one.upstream.name: one for one in findings}}

    def _is_served(self, findings: Findings) -> bool:
        """Whether the schema that is served is the one over these findings."""
        served = ((self.snapshot.findings[name], one) for name, one in findings.items())
        return all(old.catalog is new.catalog or old.catalog == new.catalog for old, new in served)

    async def _replace(self, findings: Findings, schema: ServedSchema) -> None:
        """A new snapshot; the lines that are not in it any more close once they are not used."""
        old = self.snapshot.lines
        lines = Lines(dict(_lines(findings, old.by_upstream, self.hub)))
        self.snapshot = Snapshot(findings, lines, schema)
        self.replaced.set()
        await old.retire()
        self._renewed()

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
        schema, _ = build(catalogs, own_schema(self._python), self._extensions, self.lock)
        if catalogs:
            _log_extensions(extended_of(schema))
        return ServedSchema(
            schema,
            max_tokens=self.config.server.max_tokens,
            paths=self._paths,
            lasting=lambda text: text in self.trusted,
        )


def _log_extensions(extended: Extended) -> None:
    for one in extended.problems:
        log.error("extension cannot work", extra={"at": one.at, "problem": one.message})
    for one in extended.vain:
        log.warning("setting is in vain", extra={"at": one.at, "problem": one.message})
    for at in extended.waiting:
        log.info("extension left out until its upstream is discovered", extra={"at": at})


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
