"""Between a server that can be answered in one step and whoever answers so."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

from starlette.types import Scope, Send

from app.heads import Head, Header


class Turn(Protocol):
    """A request's turn on its client's connection."""

    method: str
    path: str
    """As it came: ASCII, and still escaped."""
    query: str
    """As it came."""
    head: Head

    @property
    def headers(self) -> Sequence[Header]:
        """All of them, with lower-case names, in their order."""

    @property
    def body(self) -> bytes | None:
        """All of the request's; None where some of it is yet to come."""

    @property
    def scope(self) -> Scope:
        """The request as ASGI has it; what is added stays."""

    @property
    def address(self) -> str | None:
        """The peer's IP address, where it has one."""

    @property
    def http_version(self) -> str:
        """E.g. `1.1`."""

    @property
    def scheme(self) -> str:
        """How the peer is connected: `http` or `https`."""

    def finish(self, status: int, lines: bytes, body: bytes) -> bool:
        """Answer at once. False where that cannot be; then nothing is sent.

        `lines` are the headers', each begun by CRLF, and the empty one. They are sound, and say the
        body's length and a date.
        """

    def go_on(self) -> None:
        """Call the application, with what the scope has been given."""

    def run(self, work: Callable[[Send], Coroutine[Any, Any, None]]) -> None:
        """Have a task see to the answer, which it says by ASGI where it cannot finish the turn.

        What it raises is answered as if the application had raised it.
        """


class Begun(Protocol):
    """What has been begun for a request."""

    def leave(self) -> None:
        """The client has gone."""
