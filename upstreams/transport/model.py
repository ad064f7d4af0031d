"""What goes to a backend over HTTP, and what comes back."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeAlias

import msgspec

from upstreams.transport.fields import Fields

Headers: TypeAlias = Sequence[tuple[str, str]]


class Request(msgspec.Struct, frozen=True):
    """An HTTP request, ready to go."""

    method: str
    url: str
    """Absolute, percent-encoded; sent as it stands."""
    headers: Headers = ()
    body: bytes | AsyncIterator[bytes] | None = None
    repeatable: bool = False
    """Whether the backend may be asked once more without harm, whatever the method says."""


class RawBlock(NamedTuple):
    """The lines of headers that are told on, found sound."""

    lines: bytes
    names_host: bool
    length: int | None
    """What they say of the body's; None where they do not."""


class RawRequest(NamedTuple):
    """An HTTP request as it came from somebody else, to be told on undecoded."""

    method: str
    base_url: str
    """`http://host:port`, with or without a path that goes before the target."""
    target: str
    """A path and perhaps a query, percent-encoded; sent as it stands."""
    block: RawBlock
    body: bytes | AsyncIterator[bytes] | None = None


class Response(msgspec.Struct, frozen=True):
    """An HTTP answer, read to its end and decoded from its content encoding."""

    status: int
    headers: Headers
    body: bytes

    def header(self, name: str) -> str | None:
        """The first header of that name, in any case."""
        if isinstance(self.headers, Fields):
            return self.headers.first(name)
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    @property
    def media_type(self) -> str:
        """`application/json; charset=utf-8` -> `application/json`; empty when absent."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()


class Streamed(NamedTuple):
    """An HTTP answer whose body arrives as it is read, in the encoding the backend chose."""

    status: int
    headers: Fields
    body: AsyncIterator[bytes]
    at_once: Callable[[], bytes | None]
    """All that is left of the body, where its end has come already; otherwise None."""
    leave: Callable[[], None]
    """Ends the exchange: the rest of the body is not wanted."""


class Line(Protocol):
    """A way for requests to a backend, over HTTP or not."""

    async def send(self, request: Request, deadline: float) -> Response:
        """The whole answer, whatever its status. Raises `CallError`."""

    async def aclose(self) -> None:
        """Close every connection."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one upstream may take of us."""

    max_response: int = 16 * 1024 * 1024
    connections: int = 256
    """How many at once; further calls wait for one, within their deadline."""
    idle_seconds: float = 30.0
