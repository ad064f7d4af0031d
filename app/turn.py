"""Between a server that can be answered in one step and whoever answers so."""

from typing import Protocol

from starlette.types import ASGIApp, Scope


class Turn(Protocol):
    """A request's turn on its client's connection."""

    scope: Scope

    @property
    def body(self) -> bytes | None:
        """All of the request's; None where some of it is yet to come."""

    def finish(self, status: int, lines: bytes, body: bytes) -> bool:
        """Answer at once. False where that cannot be; then nothing is sent.

        `lines` are the headers', each begun by CRLF, and the empty one. They are sound, and say the
        body's length and a date.
        """

    def go_on(self) -> None:
        """Call the application, with what the scope has been given."""

    def run(self, instead: ASGIApp) -> None:
        """Call another application than the one that was asked."""


class Begun(Protocol):
    """What has been begun for a request."""

    def leave(self) -> None:
        """The client has gone."""
