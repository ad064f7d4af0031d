"""Fields that call a function with what is known of the object they stand on.

Both paths join by what stands here: a resolver for one object at a time, a plan for whole lists.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, runtime_checkable

from schema.request import Asked, Origin, Request

Steps: TypeAlias = tuple[str, ...]
"""A path below a value: the backend's names of fields."""
MAX_CALLS = 1000
"""How many calls a join makes for one answer where nothing is said of it."""

Parts: TypeAlias = tuple[Any, ...]
"""What an object has at the paths that a join needs, in their order; `MISSING` where nothing is."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a join knows beside its object."""

    request: Request
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """The field's own arguments, by the backend's names and as its values; null ones are absent."""
    asked: Asked | None = None
    """The call whose whole answer the object is; None for an object further below."""


class Batched(Protocol):
    """How one call answers for many objects."""

    @property
    def items(self) -> Steps:
        """Where the list is in the answer; empty where the answer is the list."""

    @property
    def match(self) -> tuple[Steps, ...]:
        """The parts of an item that say which key it answers; none: items are in the keys' order.

        What stands there, made comparable by `keyed`, is the key.
        """

    @property
    def most(self) -> int:
        """How many keys one call may have."""

    def key(self, parts: Parts) -> Hashable | None:
        """What the object is asked for; None where there is nothing to ask.

        Raises `GraphQLError` where a part does not fit the argument.
        """

    def keyed(self, found: Parts) -> Hashable | None:
        """The key that an item answers, by what stands at `match`."""

    def arguments(self, keys: Sequence[Hashable], given: Given) -> dict[str, Any]:
        """The function's arguments for those keys. Raises `GraphQLError` and `BadInput`."""


@runtime_checkable
class Join(Origin, Protocol):
    """One such field."""

    @property
    def needs(self) -> tuple[Steps, ...]:
        """The parts of the object that are passed on."""

    @property
    def result(self) -> Steps:
        """Where the field's value is in the function's; empty where it is that value."""

    @property
    def many(self) -> bool:
        """Whether the field is a list, so that several items may answer one key."""

    @property
    def headers(self) -> tuple[str, ...]:
        """The names of the client's headers that are passed on as arguments."""

    @property
    def batched(self) -> Batched | None:
        """Set where one call answers for many objects."""

    @property
    def max_calls(self) -> int:
        """How many calls it makes for one answer where each object has a call of its own."""

    def arguments(self, parts: Parts, given: Given) -> dict[str, Any] | None:
        """The function's arguments for one object; None where there is nothing to ask.

        Raises `GraphQLError` where a part does not fit, or only the client could say what is
        missing, and `BadInput`.
        """
