"""Whether a changed description is served, or held back because it would break clients."""

import dataclasses
import logging
from collections.abc import Iterable, Mapping

from app.approvals import Approvals, Held, digest
from app.config import Config, Upstream
from app.config.model import Breaking
from app.discovery import Finding
from app.graphql.documents.manifest import trusted
from app.python_fields import python_roots
from app.status import State, own_schema
from app.store import Store
from schema.build import Extensions, SchemaError, build
from schema.diff import NO_USES, Change, Severity, Side, compare, uses
from schema.lock.model import Lock
from upstreams.model import Catalog

log = logging.getLogger(__name__)

MOST_CHANGES = 100
"""How many changes of one description are told."""


class Gate:
    """Keeps what clients work with; what changed for the worse waits for `splice approve`.

    Compared is the whole schema, once with what was accepted last and once with what was found.
    """

    def __init__(self, config: Config, store: Store, extensions: Extensions, lock: Lock) -> None:
        """Raises `ConfigError` for trusted documents that cannot be read."""
        self.holds = config.discovery.breaking is Breaking.HOLD
        self._upstreams = config.upstreams
        self._store = store
        self._approvals = Approvals(config.folder / config.discovery.store)
        self._extensions = extensions
        self._lock = lock
        self._python = python_roots(config)
        self._only = config.documents.only
        documents = trusted(config.documents.trusted) if self.holds else ()
        self._texts = [one.text for one in documents]
        self._told: dict[str, str] = {}
        """The digest of what was held back of each upstream when it was last logged."""

    def judged(self, findings: Iterable[Finding], served: Mapping[str, Finding]) -> list[Finding]:
        """The findings, those that would break clients with what was accepted before. It blocks."""
        found = list(findings)
        if not self.holds:
            return found
        accepted = {
            name: _served(served[name]) or self._stored(upstream)
            for name, upstream in self._upstreams.items()
        }
        first = {one.upstream.name: one for one in found}
        known = {name: one or first.get(name) for name, one in accepted.items()}
        catalogs = {name: one.catalog for name, one in known.items() if one and one.catalog}
        return [self._judged(one, accepted[one.upstream.name], catalogs) for one in found]

    def _stored(self, upstream: Upstream) -> Finding | None:
        kept = self._store.load(upstream)
        return Finding(upstream, State.STORED, *kept) if kept else None

    def _judged(
        self, finding: Finding, accepted: Finding | None, catalogs: Mapping[str, Catalog]
    ) -> Finding:
        name, catalog = finding.upstream.name, finding.catalog
        if catalog is None or accepted is None or accepted.catalog is None:
            return finding
        if catalog == accepted.catalog:
            if finding.state is State.READY:
                self._approvals.forget(name)
                self._told.pop(name, None)
            return finding
        breaking = self._breaking(catalogs, {**catalogs, name: catalog})
        if not breaking:
            return finding
        stored = self._stored(finding.upstream)
        if stored and stored.catalog == catalog:
            # Another process over the same store accepted it.
            return finding
        if self._approvals.is_approved(name, catalog):
            log.info("breaking change served, as approved", extra={"upstream": name})
            return finding
        self._hold(name, Held(digest(catalog), breaking))
        return _held(finding, accepted, breaking)

    def _breaking(
        self, old: Mapping[str, Catalog], new: Mapping[str, Catalog]
    ) -> tuple[Change, ...]:
        """What would break clients; nothing where there is no schema to compare."""
        try:
            before, after = self._side(old), self._side(new)
        except SchemaError:
            # Such a catalog is not served anyway, which is told elsewhere.
            return ()
        met = uses(self._texts, before.schema) if self._texts else NO_USES
        changes = compare(before, after, met, only=self._only)
        return tuple(one for one in changes if one.severity is Severity.BREAKING)

    def _side(self, catalogs: Mapping[str, Catalog]) -> Side:
        return Side(*build(catalogs, own_schema(self._python), self._extensions, self._lock))

    def _hold(self, name: str, held: Held) -> None:
        """Keep a record for `splice approve`, and log what was not logged before."""
        if self._told.get(name) == held.digest:
            return
        self._told[name] = held.digest
        log.warning(
            "breaking change held back",
            extra={
                "upstream": name,
                "changes": len(held.changes),
                "first": str(held.changes[0]),
                "approve": f"splice approve {name}",
            },
        )
        try:
            self._approvals.hold(name, held)
        except (OSError, UnicodeEncodeError) as error:
            log.warning("nothing can be approved", extra={"upstream": name, "problem": str(error)})


def _served(finding: Finding) -> Finding | None:
    return None if finding.catalog is None else finding


def _held(finding: Finding, accepted: Finding, breaking: tuple[Change, ...]) -> Finding:
    """What is served in place of the finding."""
    count = len(breaking)
    shown = breaking[:MOST_CHANGES]
    if count > MOST_CHANGES:
        more = f"and {count - MOST_CHANGES} more changes"
        shown = (*shown, Change(Severity.BREAKING, "…", more))
    what = "1 change that breaks" if count == 1 else f"{count} changes that break"
    return dataclasses.replace(
        finding,
        state=State.HELD if finding.state is State.READY else finding.state,
        catalog=accepted.catalog,
        refreshed_at=accepted.refreshed_at,
        problem=finding.problem or f"its description has {what} clients, and is held back",
        held=shown,
    )
