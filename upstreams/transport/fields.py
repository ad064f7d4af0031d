"""The header fields of an answer, decoded when somebody asks for them."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, overload


class Fields(Sequence[tuple[str, str]]):
    """The fields between the first line and the empty one of a head, as they came.

    The head must have been found sound: lines end in CRLF, none is folded, each but the first has a
    name and a colon.
    """

    __slots__ = ("_head", "_lower", "_pairs", "made")

    def __init__(self, head: bytes) -> None:
        self._head = head
        self._lower = head.lower()
        self._pairs: list[tuple[str, str]] | None = None
        self.made: dict[str, Any] = {}
        """What their readers have made of them, each under a name of its own.

        The same fields may come with several answers over a connection.
        """

    def first(self, name: str) -> str | None:
        """The first value under that name, in any case."""
        line = f"\r\n{name.lower()}:".encode("latin-1", "replace")
        at = self._lower.find(line)
        if at < 0:
            return None
        begin = at + len(line)
        return self._head[begin : self._head.find(b"\r\n", begin)].strip().decode("latin-1")

    def all(self, name: str) -> list[str]:
        """Every value under that name, in any case."""
        wanted = name.lower()
        return [value for key, value in self if key.lower() == wanted]

    def has(self, line: bytes) -> bool:
        """Whether there is a header whose line begins so, e.g. with `CRLF content-encoding:`."""
        return line in self._lower

    @property
    def head(self) -> bytes:
        """All of it, the first line and the empty one included."""
        return self._head

    def raw(self) -> list[tuple[bytes, bytes]]:
        """Lower-case names and values, undecoded."""
        pairs = (line.partition(b":") for line in self._head.split(b"\r\n")[1:-2])
        return [(name.lower(), value.strip()) for name, _, value in pairs]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._decoded())

    def __reversed__(self) -> Iterator[tuple[str, str]]:
        return reversed(self._decoded())

    def __len__(self) -> int:
        return len(self._decoded())

    @overload
    def __getitem__(self, index: int) -> tuple[str, str]: ...
    @overload
    def __getitem__(self, index: slice) -> list[tuple[str, str]]: ...
    def __getitem__(self, index: int | slice) -> tuple[str, str] | list[tuple[str, str]]:
        return self._decoded()[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fields) and self._decoded() == other._decoded()

    def __hash__(self) -> int:
        return hash(self._head)

    def __repr__(self) -> str:
        # Values may be secrets.
        return f"<header fields: {', '.join(name for name, _ in self)}>"

    def _decoded(self) -> list[tuple[str, str]]:
        if self._pairs is None:
            text = self._head.decode("latin-1")
            lines = (line.partition(":") for line in text.split("\r\n")[1:-2])
            self._pairs = [(name, value.strip(" \t")) for name, _, value in lines]
        return self._pairs


class ByName(Mapping[str, str]):
    """The headers of an answer by lower-case name, of several the first; few ever look."""

    def __init__(self, fields: Sequence[tuple[str, str]]) -> None:
        self._fields = fields

    @cached_property
    def _named(self) -> dict[str, str]:
        return {name.lower(): value for name, value in reversed(self._fields)}

    def __getitem__(self, name: str) -> str:
        return self._named[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._named)

    def __len__(self) -> int:
        return len(self._named)
