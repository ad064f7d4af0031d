"""The server: uvicorn's, which offers an application to answer plain requests in one step.

An `Application` is asked before it is called. Whatever it does not take is uvicorn's as it always
was, and so are connections, limits, time and shutting down.
"""

from collections.abc import Callable
from typing import Any, Protocol

from starlette.types import Receive, Scope, Send
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

_STATUS_LINES = {status: line.removesuffix(b"\r\n") for status, line in STATUS_LINE.items()}


class Begun(Protocol):
    """What has been begun for a request."""

    def leave(self) -> None:
        """The client has gone."""


class Turn:
    """A request's turn on its client's connection."""

    __slots__ = ("_call", "_cycle", "scope")

    def __init__(
        self, cycle: RequestResponseCycle, call: Callable[[RequestResponseCycle], None]
    ) -> None:
        """`call` has the application called."""
        self._cycle = cycle
        self._call = call
        self.scope: Scope = cycle.scope  # type: ignore[assignment]  # the same, said more closely

    def finish(self, status: int, lines: bytes, body: bytes) -> bool:
        """Answer at once. False where that cannot be; then nothing is sent.

        `lines` are the headers', each begun by CRLF, and the empty one. They are sound, and say the
        body's length and a date.
        """
        cycle = self._cycle
        if not cycle.keep_alive or cycle.flow.write_paused:
            return False
        cycle.transport.write(b"%b%b%b" % (_STATUS_LINES[status], lines, body))
        cycle.response_started = cycle.response_complete = True
        cycle.message_event.set()
        cycle.on_response()
        return True

    def go_on(self) -> None:
        """Call the application, with what the scope has been given."""
        self._call(self._cycle)


class Application(Protocol):
    """An ASGI application that can answer plain requests in one step."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""

    def directly(self, scope: Scope, turn: Turn) -> Begun | None:
        """Begin to answer a request, of which the head has come; None where it is to be called."""


class HttpProtocol(HttpToolsProtocol):
    """One client's connection."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._directly: Callable[[Scope, Turn], Begun | None] | None
        # Uvicorn's own wrappers of an application want to see every request.
        self._directly = None if self.access_log else getattr(self.app, "directly", None)
        self._begun: Begun | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """There is no connection any more."""
        super().connection_lost(exc)
        if self._begun is not None:
            self._begun.leave()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._begun = None
        # Where there are too many requests, uvicorn gives another application than ours.
        if self._directly is not None and app is self.app:
            turn = Turn(cycle, self._call)
            self._begun = self._directly(turn.scope, turn)
        if self._begun is None:
            super()._start_asgi_task(cycle, app)

    def _call(self, cycle: RequestResponseCycle) -> None:
        super()._start_asgi_task(cycle, self.app)
