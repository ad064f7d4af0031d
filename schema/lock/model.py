"""Names that were given once, and so belong to what they name."""

import enum
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Space(enum.Enum):
    """What is named; the value is what the lock file calls it."""

    QUERY = "query"
    MUTATION = "mutation"
    SUBSCRIPTION = "subscription"
    TYPES = "types"
    ENTRIES = "entries"
    """The types that stand for one key of a map that comes out."""
    ENTRY_INPUTS = "entryInputs"
    """The same of a map that goes in."""
    FIELDS = "fields"
    """Those of types, their arguments, and the values of enums."""
    ARGUMENTS = "arguments"
    """Those of functions."""
    LINKS = "links"
    """Fields that descriptions add to types."""


ROOTS = (Space.QUERY, Space.MUTATION, Space.SUBSCRIPTION)
MAPS = (Space.ENTRIES, Space.ENTRY_INPUTS)
MEMBERS = (Space.FIELDS, Space.ARGUMENTS, Space.LINKS)
"""What shares a name with nothing but its own siblings."""

SHARED = ""
"""In place of an upstream's name, for the types that are one for all."""


class Place(NamedTuple):
    """One thing that has a name."""

    upstream: str
    space: Space
    identity: str
    """A function's name, a type's key, what a map holds; of a shared type its label.

    Of members, a coordinate in the description's words: `Order.foo-bar`, `getOrder(foo-bar:)`.
    """

    def __str__(self) -> str:
        return f"{self.upstream or 'shared'} {self.space.value} {self.identity}"


@dataclass(frozen=True, slots=True)
class Lock:
    """Every name that is kept."""

    names: Mapping[Place, str] = field(default_factory=dict)

    def name(self, upstream: str, space: Space, identity: str) -> str | None:
        """The name that is kept for it."""
        return self.names.get(Place(upstream, space, identity)) if self.names else None

    def elsewhere(self, upstream: str, space: Space, function: str) -> Iterator[str]:
        """The names of a function as a field of other roots than this one."""
        for other in ROOTS:
            if other is not space and (name := self.name(upstream, other, function)):
                yield name

    def fields(self, space: Space, upstreams: Container[str]) -> set[str]:
        """The names of fields of one root and those upstreams, which nothing else gets."""
        return {
            name
            for place, name in self.names.items()
            if place.space is space and place.upstream in upstreams
        }

    def types(self) -> set[str]:
        """The names of types, which nothing else gets."""
        spaces = (Space.TYPES, *MAPS)
        return {name for place, name in self.names.items() if place.space in spaces}

    def entries(self) -> dict[tuple[Space, str], str]:
        """The names of entries by what the map holds, which are the same for all upstreams."""
        return {
            (place.space, place.identity): name
            for place, name in self.names.items()
            if place.space in MAPS
        }


NO_LOCK = Lock()
