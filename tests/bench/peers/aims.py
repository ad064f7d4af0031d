"""What Splice is to reach beside its peers, counted by what a whole core would answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from tests.bench.peers.records import Results

Measured: TypeAlias = Callable[[Results], float | None]
"""The figure, or None where a peer or query was left out."""

QUERIES = ("Q1", "Q2", "Q3", "Q4", "Q5")


@dataclass(frozen=True, slots=True)
class Aim:
    """A figure that is to be at least, or at most, so much."""

    name: str
    bound: float
    measured: Measured
    unit: str = ""
    most: bool = False

    @property
    def wanted(self) -> str:
        """Such as `≥ 2x`."""
        return f"{'≤' if self.most else '≥'} {self.bound:,g}{self.unit}"

    def is_reached(self, measured: float) -> bool:
        """Whether the figure is good enough."""
        return measured <= self.bound if self.most else measured >= self.bound


def _per_core(query: str, at_least: float, variant: str = "splice") -> Aim:
    def measured(results: Results) -> float | None:
        ours = results.get((query, variant))
        return ours.many.per_core if ours else None

    return Aim(f"{query}: req/s of a whole core ({variant})", at_least, measured)


def _times(query: str, peer: str, at_least: float) -> Aim:
    def measured(results: Results) -> float | None:
        ours, theirs = results.get((query, "splice")), results.get((query, peer))
        return theirs.many.cpu / ours.many.cpu if ours and theirs else None

    return Aim(f"{query}: req/s of a whole core, over {peer}'s", at_least, measured, "x")


def _widest(queries: tuple[str, ...]) -> Aim:
    def measured(results: Results) -> float | None:
        ours = [results[query, "splice"].many for query in queries if (query, "splice") in results]
        return max((one.p99 / one.p50 for one in ours), default=None)

    return Aim("p99 over p50 at 64 connections, the widest", 4, measured, "x", most=True)


def _largest() -> Aim:
    def measured(results: Results) -> float | None:
        ours = [one for (_, peer), one in results.items() if peer == "splice"]
        return max((one.memory for one in ours), default=None)

    return Aim("resident memory of the one worker", 100, measured, " MB", most=True)


AIMS: tuple[Aim, ...] = (
    _per_core("Q1", 1500),
    _times("Q1", "tailcall", 2),
    _times("Q1", "hive", 15),
    _per_core("Q1", 8000, "splice-shared"),
    _times("Q2", "tailcall", 1),
    _per_core("Q3", 8000),
    _times("Q3", "hive", 10),
    _times("Q4", "hive", 4),
    _times("Q5", "hive", 4),
    _times("Q6", "envoy", 1),
    _widest(QUERIES),
    _largest(),
)
