"""What is told of an operation: its calls, what they wait for, and how many there are."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from schema.request import Origin
from upstreams.kind import Explanation


@dataclass(frozen=True, slots=True)
class Calls:
    """How often a function is called at most."""

    keys: str = ""
    """What each call is asked with, of all that stands there: `posts[].userId`; empty: once."""
    shared: bool = True
    """Whether equal keys are asked for once."""
    sizes: tuple[int | None, ...] = ()
    """How many items each list on the way has at most; None where nobody knows."""
    batch: int = 1
    """How many keys one call has."""
    times: int = 1
    """How many requests one call takes."""
    limit: int | None = None
    """How many calls are made at most, however many keys there are; None: as many as it takes."""

    @property
    def formula(self) -> str:
        """`1`, `distinct(posts[].userId)`, `ceil(distinct(posts[].userId) / 100)`."""
        if not self.keys:
            return str(self.times)
        keys = f"{'distinct' if self.shared else 'each'}({self.keys})"
        calls = f"ceil({keys} / {self.batch})" if self.batch > 1 else keys
        return f"{self.times} * {calls}" if self.times > 1 else calls

    def most(self, items: int | None) -> int | None:
        """The number, where lists of unknown size have at most so many items."""
        sizes = [items if one is None else one for one in self.sizes] if self.keys else []
        if None in sizes:
            return None
        keys = math.prod(one for one in sizes if one is not None)
        calls = math.ceil(keys / self.batch)
        return self.times * (calls if self.limit is None else min(calls, self.limit))


@dataclass(frozen=True, slots=True)
class Step:
    """A function that is called, and what depends on its answers."""

    at: str
    """Where its value is in the response: `getOrder.lines[].product`."""
    origin: Origin
    calls: Calls
    explanation: Explanation | None
    """The call, or the first of several alike; None where there is none."""
    problem: str = ""
    """Why there is none."""
    after: str = ""
    """What it waits for; empty: for nothing."""
    batch: int | None = None
    """How many keys one call may have; None where it has one."""
    named: str = ""
    """The function that is written, where this one is called for many keys in its place."""
    same: str = ""
    """Where the same is asked already, so that nothing is asked here."""
    steps: tuple["Step", ...] = ()


@dataclass(frozen=True, slots=True)
class Assumed:
    """A value that is not known, and that which the calls are shown with in its place."""

    what: str
    value: Any


@dataclass(frozen=True, slots=True)
class Explained:
    """An operation, explained."""

    operation: str
    """`query`, `mutation` or `subscription`."""
    reason: str
    """Why the exact path serves it; empty: a plan does."""
    steps: tuple[Step, ...]
    assumed: tuple[Assumed, ...]

    @property
    def formula(self) -> str:
        """How many calls there are at most, in all: `2 + distinct(posts[].userId)`."""
        calls = [one.calls for one in flat(self.steps) if not one.same]
        known = sum(one.times for one in calls if not one.keys)
        formulas = [one.formula for one in calls if one.keys]
        return " + ".join([str(known), *formulas] if known or not formulas else formulas)

    def most(self, items: int | None) -> int | None:
        """The number, where lists of unknown size have at most so many items."""
        counts = [one.calls.most(items) for one in flat(self.steps) if not one.same]
        return None if None in counts else sum(one for one in counts if one is not None)


def flat(steps: Sequence[Step]) -> Iterator[Step]:
    """All of them, each before those that wait for it."""
    for step in steps:
        yield step
        yield from flat(step.steps)
