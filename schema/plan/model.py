"""What a plan is made of: fetches, what is wanted of each answer, and what waits for what."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import FieldNode

from schema.federation.members import EntitiesMember, EntityMember
from schema.join import Join, Parts, Steps
from schema.request import Origin
from schema.taking import Arguments
from upstreams.shape import Constant, Shape, Wanted

Bind: TypeAlias = Callable[[Any], Arguments]
"""The operation's variables, as graphql-core holds them -> a function's arguments.

Raises `GraphQLError` and `BadInput`.
"""

Selects: TypeAlias = Callable[[Any], tuple[str, ...]]
"""The operation's variables -> what is selected, as `Call.selection` says.

Raises `Unplannable`.
"""


class Unplannable(Exception):  # noqa: N818 - the exact path serves it
    """An operation that only the exact path can serve, and why, in a word or two."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(slots=True)
class Fetch:
    """A function to call, and what becomes of its answer."""

    origin: Origin
    bind: Bind
    nodes: tuple[FieldNode, ...]
    """Where the client asks for it."""
    wanted: Wanted
    inside: Steps
    """Where in the function's value that is."""
    slots: tuple["Joined | Worked", ...]
    """By the index of the slot."""
    selection: tuple[str, ...] = ()
    """As `Call.selection` says."""
    selects: Selects | None = None
    """The same by the operation's variables, where they are arguments below the root."""
    alone: bool = False
    """Whether nothing else of its plan can ask for the same."""
    shape: Shape | None = None
    """Compiled when the first answer arrives."""
    general: Shape | None = None
    """The one that fits every kind, compiled when it is needed."""

    def selected(self, variables: Any) -> tuple[str, ...]:
        """What is selected of the function's answer. Raises `Unplannable`."""
        return self.selection if self.selects is None else self.selects(variables)


@dataclass(frozen=True, slots=True)
class Joined:
    """A slot of a fetch: what fills it."""

    join: Join
    key: str
    """Its response key; empty for what stands in a list, where the index is in its place."""
    fetch: Fetch
    """Of a batch, what is wanted is the list of items, the first slot of which are the matches."""


@dataclass(frozen=True, slots=True)
class Worked:
    """A slot that is filled with what its object has, without a fetch."""

    work: Callable[[Parts], Any]
    """What the object has at the slot's needs -> what clients see. Raises as `Leaf.write` does."""


@dataclass(frozen=True, slots=True)
class Group:
    """A namespace: fields that are roots but for their place."""

    roots: Mapping[str, "Root"]
    """By response key."""


@dataclass(frozen=True, slots=True)
class Entities:
    """`_entities`: objects that another subgraph refers to, each of which is joined by its key."""

    member: EntitiesMember
    node: FieldNode
    """Where the client asks for them."""
    ways: tuple[tuple[EntityMember, Joined], ...]
    """What gives them, by each type and key; the slots of a list, which have no key."""


Root: TypeAlias = Fetch | Constant | Group | Entities


@dataclass(frozen=True, slots=True)
class Plan:
    """An operation, ready to run; or one variant of it, where directives look at variables."""

    roots: Mapping[str, Root]
    """By response key, in the order of the response."""
    in_series: bool
    """Whether one root begins after the one before has ended: a mutation."""
    heard: Mapping[str, frozenset[str]]
    """By the upstream of each fetch, the client's headers that its joins look at, lower-case."""
    sole: tuple[str, Fetch] | None = None
    """The only root and its response key, if it is a fetch that reads."""
    places: int = 0
    """How many objects and fields are selected in it, which is what it takes of memory."""
