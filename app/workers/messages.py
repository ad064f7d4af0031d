"""What the processes of one gateway say to each other."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeAlias

import msgspec

from app.config import Upstream
from app.discovery import Finding
from app.scouting.reports import written
from app.status import State
from schema.diff.model import Change
from upstreams.model import Catalog, restore
from upstreams.registry import KINDS


class Report(msgspec.Struct, frozen=True):
    """A finding on its way between two processes."""

    upstream: str
    state: State
    refreshed_at: datetime | None
    problem: str | None
    place: str
    catalog: msgspec.Raw
    """Null where there is none, or it is the one that the reader knows already."""
    held: tuple[Change, ...] = ()


class Told(msgspec.Struct, frozen=True, tag="told"):
    """What was found, to be served from now on."""

    reports: tuple[Report, ...]


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """From a worker: it takes requests."""


class Retire(msgspec.Struct, frozen=True, tag="retire"):
    """To a worker: others take the new requests; it ends when its own are answered."""


class Stop(msgspec.Struct, frozen=True, tag="stop"):
    """To a worker: the gateway ends."""


Message: TypeAlias = Told | Ready | Retire | Stop

_NOTHING = b"null"


def nothing() -> msgspec.Raw:
    """In place of a catalog."""
    return msgspec.Raw(_NOTHING)


def told(findings: Iterable[Finding], known: Mapping[str, Catalog | None]) -> Told:
    """The findings, for one who knows those catalogs, by upstream."""
    return Told(tuple(_report(one, known.get(one.upstream.name)) for one in findings))


def findings(
    message: Told, upstreams: Mapping[str, Upstream], known: Mapping[str, Catalog | None]
) -> list[Finding]:
    """What was told, by one who knew those catalogs."""
    return [
        _finding(one, upstreams[one.upstream], known.get(one.upstream)) for one in message.reports
    ]


def _report(finding: Finding, known: Catalog | None) -> Report:
    catalog = finding.catalog
    is_known = catalog is None or catalog is known or catalog == known
    return Report(
        finding.upstream.name,
        finding.state,
        finding.refreshed_at,
        finding.problem,
        finding.place,
        nothing() if is_known or catalog is None else msgspec.Raw(written(catalog)),
        finding.held,
    )


def _finding(report: Report, upstream: Upstream, known: Catalog | None) -> Finding:
    catalog = known
    if report.state is State.UNAVAILABLE:
        catalog = None
    elif bytes(report.catalog) != _NOTHING:
        catalog = restore(bytes(report.catalog), KINDS[upstream.kind].catalog)
    return Finding(
        upstream,
        report.state,
        catalog,
        report.refreshed_at,
        report.problem,
        report.place,
        report.held,
    )
