"""What is found out about bodies that come again and again."""

from typing import Generic, TypeVar

T = TypeVar("T")

_LONGEST = 4 * 1024
"""Bytes of a body up to which it is remembered."""
_MOST = 64
"""How many are; of operations without variables few clients have more."""


class Repeated(Generic[T]):
    """By the bytes of a body, what was made of it; the oldest is forgotten first."""

    def __init__(self) -> None:
        self._known: dict[bytes, T] = {}

    def get(self, body: bytes) -> T | None:
        """What was made of the same bytes before, if that is remembered."""
        return self._known.get(body) if len(body) <= _LONGEST else None

    def put(self, body: bytes, made: T) -> None:
        """Remember it."""
        if len(body) > _LONGEST:
            return
        if len(self._known) >= _MOST:
            del self._known[next(iter(self._known))]
        self._known[body] = made
