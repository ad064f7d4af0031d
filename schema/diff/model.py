"""One change of the schema, and what is compared."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from graphql import GraphQLSchema

from schema.merge import Merged


class Severity(enum.Enum):
    """What a change may do to clients that worked; most serious first."""

    BREAKING = "breaking"
    """Operations are refused, or give what their clients cannot read."""
    DANGEROUS = "dangerous"
    """Operations still run, and may meet what their clients do not expect."""
    SAFE = "safe"


ANYTHING = "*"
"""In place of a coordinate, where it is not known which operations meet a change."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: where, what it means, what was there and what is now."""

    severity: Severity
    at: str
    """A schema coordinate such as `Query.order(id:)`, or `upstream.function`, or an upstream."""
    reason: str
    was: str = ""
    now: str = ""
    touches: str = ""
    """The coordinate by whose use an operation meets the change, where that is not `at`."""
    used: bool | None = None
    """Whether a trusted document meets it; None where there are none to ask."""

    @property
    def told(self) -> str:
        """The reason, with what was there and what is now: `its type is another (Int -> Long)`."""
        if not self.was and not self.now:
            return self.reason
        return f"{self.reason} ({self.was or 'nothing'} -> {self.now or 'nothing'})"

    def __str__(self) -> str:
        return f"{self.at}: {self.told}"


@dataclass(frozen=True, slots=True)
class Side:
    """The schema before or after a change, and what is known of where it comes from."""

    schema: GraphQLSchema
    merged: Merged | None = None
    """None for a schema that is known as text alone."""
    urls: Mapping[str, str] = field(default_factory=dict)
    """Where each upstream is called."""
