"""What is suggested, and why."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple


class Evidence(NamedTuple):
    """One reason for or against a join."""

    says: str
    weight: float
    """For: how far it alone would convince, up to 1. Against, below 0: what part it takes away.

    None, 0: it is only worth knowing.
    """


class On(NamedTuple):
    """The type that a join would stand on."""

    upstream: str
    key: str
    name: str
    """As clients see it."""
    interface: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """A field that would join, in the words of `@call`."""

    on: On
    name: str
    gives: str
    """The type of the field: `Customer`, `[Order!]`."""
    calls: str
    """The function with its upstream, as `@call` names it."""
    argument: str
    field: str
    """What is passed on of the object, as clients see it."""
    evidence: tuple[Evidence, ...]
    many_keys: bool = False
    """Whether one call answers for many objects (`$parents`)."""
    match: str | None = None

    @property
    def value(self) -> str:
        """What the argument is given."""
        return f"${'parents' if self.many_keys else 'parent'}.{self.field}"

    @property
    def confidence(self) -> float:
        """From 0 to 1."""
        return confidence(self.evidence)


def confidence(evidence: Iterable[Evidence]) -> float:
    """What all reasons come to: each one for it convinces of a part of what was open."""
    weights = [one.weight for one in evidence]
    doubt = math.prod(1 - one for one in weights if one > 0)
    kept = math.prod(1 + one for one in weights if one < 0)
    return round((1 - doubt) * kept, 3)
