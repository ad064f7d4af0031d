"""A client's request headers, decoded when somebody looks, and what they say of its answer."""

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Self, TypeAlias

RESPONSE = "application/graphql-response+json"
JSON = "application/json"

Raw: TypeAlias = Sequence[tuple[bytes, bytes]]

_REQUEST_ID = re.compile(rb"[\w.:-]{1,128}", re.ASCII)


class Headers(Mapping[str, str]):
    """By lower-case name; the values of one that came several times in one (RFC 9110 §5.3)."""

    def __init__(self, told: Callable[[], Raw]) -> None:
        """`told` gives them as ASGI has them, with lower-case names; not everybody looks."""
        self._told = told

    @classmethod
    def of(cls, raw: Raw) -> Self:
        """Of headers that are at hand."""
        return cls(lambda: raw)

    @cached_property
    def raw(self) -> Raw:
        """As ASGI has them."""
        return self._told()

    @cached_property
    def _first(self) -> dict[bytes, bytes]:
        return dict(reversed(self.raw))

    def __getitem__(self, name: str) -> str:
        return self._decoded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._decoded)

    def __len__(self) -> int:
        return len(self._decoded)

    def first(self, name: bytes) -> bytes:
        """The value of the first header of that name; empty when there is none."""
        return self._first.get(name, b"")

    def all(self, name: bytes) -> bytes:
        """The values of every header of that name."""
        if len(self._first) == len(self.raw):
            return self._first.get(name, b"")
        return b", ".join([value for key, value in self.raw if key == name])

    @cached_property
    def _decoded(self) -> dict[str, str]:
        headers: dict[str, str] = {}
        for raw_name, raw_value in self.raw:
            name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
            between = "; " if name == "cookie" else ", "
            headers[name] = f"{headers[name]}{between}{value}" if name in headers else value
        return headers


def named_id(headers: Headers) -> str | None:
    """The client's id for its request, where it is fit for logs and answers."""
    given = headers.first(b"x-request-id")
    return given.decode("ascii") if given and _REQUEST_ID.fullmatch(given) else None


def new_id() -> str:
    """An id for a request whose client gave it none."""
    return f"{random.getrandbits(128):032x}"


def request_id(headers: Headers) -> str:
    """The client's, where there is one; else a new one."""
    return named_id(headers) or new_id()


def takes_json(accept: str) -> bool:
    """Whether a client that says so takes an answer in one piece of JSON, whatever else it takes.

    Only a type that is named counts: `*/*` beside `text/event-stream` is no wish for JSON.
    """
    ranges = (one.partition(";")[0].strip().lower() for one in accept.split(","))
    return any(one in (JSON, RESPONSE) for one in ranges)


def accepted(headers: Headers) -> str:
    """The media type to answer in: the newer one only for clients that name it."""
    return RESPONSE if RESPONSE.encode() in headers.all(b"accept") else JSON
