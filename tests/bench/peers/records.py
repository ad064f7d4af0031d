"""What the harness recorded, and the medians of it.

Machines are shared. A run counts as undisturbed by the harness's own rule: other work took at most
a tenth of the peer's core and, with one connection, of the load's core; with many, that core had at
least a tenth to spare. Disturbed runs are left out where others are left.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TypeAlias

import msgspec

DISTURBING = 0.10
"""The share of a core that others may take."""
LEAST = 3
"""Fewer answers in one run say nothing."""
MANY = 64
"""Connections."""


class Run(msgspec.Struct, tag="run", tag_field="kind", frozen=True):
    """One query asked for some seconds over some connections."""

    peer: str
    q: str
    conns: int
    n: int
    rps: float
    p50_ms: float
    p99_ms: float
    cpu_per_1k: float
    """Seconds of CPU that the peer took for a thousand answers."""
    rss_mb: float
    bad: int
    err: int
    foreign_core0: float
    """Shares of the two cores: what others took of the peer's …"""
    foreign_core1: float
    """… and of the load's,"""
    load_core: float
    """what the load and the fixtures took of theirs,"""
    steal: float
    """what the host took of the peer's."""

    @property
    def undisturbed(self) -> bool:
        """Whether nothing else can have changed the figures much."""
        alone = max(self.foreign_core0, self.steal) <= DISTURBING
        spare = self.conns > 1 and self.foreign_core1 + self.load_core <= 1 - DISTURBING
        return alone and (self.foreign_core1 <= DISTURBING or spare)


class Calls(msgspec.Struct, tag="calls", tag_field="kind", frozen=True):
    """How many requests to the fixtures one request of a client became."""

    peer: str
    q: str
    upstream_requests: int


class Start(msgspec.Struct, tag="start", tag_field="kind", frozen=True):
    """What a peer took until its first answer."""

    peer: str
    first_query_s: float
    cpu_s: float
    rss_mb: float


Record: TypeAlias = Run | Calls | Start


@dataclass(frozen=True, slots=True)
class Figures:
    """The medians of one query's runs over so many connections."""

    rate: float
    """Answers a second."""
    p50: float
    """Milliseconds, as `p99`."""
    p99: float
    cpu: float
    """Seconds for a thousand answers."""
    disturbed: bool
    """Whether no run was left in peace: then the rate says little, the CPU still much."""

    @property
    def per_core(self) -> float:
        """Answers a second that one whole core of the peer would give."""
        return 1000 / self.cpu


@dataclass(frozen=True, slots=True)
class Answering:
    """How one peer answers one query."""

    one: Figures
    """Over one connection."""
    many: Figures
    """Over `MANY`."""
    memory: float
    """The most that was resident after a run, in MB."""
    calls: int | None
    """Requests to the fixtures for each of the client's; not counted for gRPC."""
    bad: int
    """Answers that failed, were wrong, or did not come."""


Results: TypeAlias = Mapping[tuple[str, str], Answering]
"""By query and peer; without those that did not answer."""


def read(file: Path) -> list[Record]:
    """Everything in a file of the harness."""
    decoder = msgspec.json.Decoder(Record)
    return [decoder.decode(line) for line in file.read_bytes().splitlines()]


def results(records: Iterable[Record]) -> dict[tuple[str, str], Answering]:
    """The medians."""
    records = list(records)
    runs = [one for one in records if isinstance(one, Run) and one.n >= LEAST]
    calls = {(one.q, one.peer): one for one in records if isinstance(one, Calls)}
    cells = dict.fromkeys((one.q, one.peer) for one in runs)
    found = {cell: [one for one in runs if (one.q, one.peer) == cell] for cell in cells}
    return {
        cell: _answering(few, many, calls.get(cell))
        for cell, its in found.items()
        if (few := [*_over(1, its)]) and (many := [*_over(MANY, its)])
    }


def unanswered(records: Iterable[Record]) -> Iterator[str]:
    """One sentence for each query and peer that has runs, and no results."""
    records = list(records)
    asked = dict.fromkeys((one.q, one.peer) for one in records if isinstance(one, Run))
    found = results(records)
    for query, peer in (cell for cell in asked if cell not in found):
        yield f"{query}: {peer} gave fewer than {LEAST} answers in every run; make runs longer"


def _over(conns: int, runs: Iterable[Run]) -> Iterator[Run]:
    return (run for run in runs if run.conns == conns)


def _answering(few: list[Run], many: list[Run], calls: Calls | None) -> Answering:
    return Answering(
        one=_figures(few),
        many=_figures(many),
        memory=max(run.rss_mb for run in many),
        calls=calls.upstream_requests if calls else None,
        bad=sum(run.bad + run.err for run in few + many),
    )


def _figures(runs: list[Run]) -> Figures:
    undisturbed = [run for run in runs if run.undisturbed]
    counted = undisturbed or runs
    return Figures(
        rate=median(run.rps for run in counted),
        p50=median(run.p50_ms for run in counted),
        p99=median(run.p99_ms for run in counted),
        cpu=median(run.cpu_per_1k for run in counted),
        disturbed=not undisturbed,
    )
