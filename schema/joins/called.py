"""Joins that are written down: a function called with values made of what is known."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from graphql import GraphQLError

from schema.expressions import MISSING, Types, fitted
from schema.join import MAX_CALLS, Batched, Given, Parts, Steps
from schema.joins.values import Known, Members, headers, made
from upstreams.errors import CallError
from upstreams.model import Function, TypeRef

MOST = 100
"""How many keys one call has at most where neither the join nor the description says."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """One call for many objects, told apart by their keys."""

    values: Members
    """The function's arguments."""
    parts: tuple[TypeRef, ...]
    """What the parts of a key are to the function."""
    types: Types
    items: Steps
    match: tuple[Steps, ...]
    most: int = MOST

    def key(self, parts: Parts) -> Hashable | None:
        """As `Batched` says."""
        if MISSING in parts:
            return None
        both = zip(parts, self.parts, strict=True)
        return tuple([fitted(part, wanted, self.types) for part, wanted in both])

    def keyed(self, found: Parts) -> Hashable | None:
        """As `Batched` says; an item that has no such key answers none."""
        try:
            return self.key(found)
        except GraphQLError:
            return None

    def arguments(self, keys: Sequence[Hashable], given: Given) -> dict[str, Any]:
        """As `Batched` says."""
        parts = cast(Sequence[Parts], keys)  # as `key` makes them
        arguments: dict[str, Any] = made(self.values, Known(given, self.types, keys=parts))
        return arguments


@dataclass(frozen=True, slots=True)
class Called:
    """A function called for an object, or for many at once."""

    at: str
    """Where it is written: `graph.graphql:2:3`."""
    upstream: str
    function: Function
    needs: tuple[Steps, ...]
    values: Members
    """The function's arguments for one object; not used where it is called for many."""
    types: Types
    many: bool
    result: Steps = ()
    batched: Batched | None = None
    named: Function | None = None
    """The function that is written, where another is called that answers for many keys."""
    max_calls: int = MAX_CALLS

    @property
    def headers(self) -> tuple[str, ...]:
        """As `Join` says."""
        many = headers(self.batched.values) if isinstance(self.batched, Keyed) else ()
        return (*headers(self.values), *many)

    def arguments(self, parts: Parts, given: Given) -> dict[str, Any] | None:
        """As `Join` says: an object that lacks what is passed on has nothing to ask."""
        if any(part is MISSING for part in parts):
            return None
        if self.batched is not None:
            key = self.batched.key(parts)
            return self.batched.arguments([key], given)
        arguments: dict[str, Any] = made(self.values, Known(given, self.types, parts))
        return arguments


@dataclass(frozen=True, slots=True)
class Impossible:
    """A join that worked once and cannot any more; its field says why."""

    upstream: str
    """Whose words the field's type is in."""
    function: Function
    calls: str
    """The upstream that the function was of."""
    reason: str
    many: bool
    needs: tuple[Steps, ...] = ()
    result: Steps = ()
    batched: Batched | None = None
    headers: tuple[str, ...] = ()
    max_calls: int = MAX_CALLS

    def arguments(self, _parts: Parts, _given: Given) -> dict[str, Any] | None:
        """Nothing is asked. Raises `GraphQLError`."""
        extensions = {
            "code": CallError.code,
            "upstream": self.calls,
            "function": self.function.name,
        }
        raise GraphQLError(self.reason, extensions={**extensions, "retryable": False})
