"""The server: uvicorn's, which offers an application to answer plain requests in one step.

An `Application` is asked before it is called, once what came with a request's head has been read.
Whatever it does not take is uvicorn's as it always was, and so are connections, limits, time and
shutting down.
"""

import asyncio
from collections.abc import Callable, Sized
from typing import Any, Protocol

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from app.turn import Begun, Turn
from upstreams.transport.alarm import Alarm

_WAITING = 16
"""Requests before their turn beyond which a connection is not read any further."""

_STATUS_LINES = {status: line.removesuffix(b"\r\n") for status, line in STATUS_LINE.items()}


class OneTurn:
    """As `app.turn.Turn`."""

    __slots__ = ("_cycle", "_protocol", "scope")

    def __init__(self, cycle: RequestResponseCycle, protocol: "HttpProtocol") -> None:
        self._cycle = cycle
        self._protocol = protocol
        self.scope: Scope = cycle.scope  # type: ignore[assignment]  # the same, said more closely

    @property
    def body(self) -> bytes | None:
        """As `Turn`."""
        return None if self._cycle.more_body else bytes(self._cycle.body)

    def finish(self, status: int, lines: bytes, body: bytes) -> bool:
        """As `Turn`."""
        cycle = self._cycle
        if not cycle.keep_alive or cycle.flow.write_paused:
            return False
        cycle.transport.write(b"%b%b%b" % (_STATUS_LINES[status], lines, body))
        cycle.response_started = cycle.response_complete = True
        cycle.message_event.set()
        cycle.on_response()
        return True

    def go_on(self) -> None:
        """As `Turn`."""
        self._protocol.call(self._cycle, self._protocol.app)

    def run(self, instead: ASGIApp) -> None:
        """As `Turn`."""
        self._protocol.call(self._cycle, instead)  # type: ignore[arg-type]  # as Starlette says it


class Application(Protocol):
    """An ASGI application that can answer plain requests in one step."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""

    def directly(self, scope: Scope, turn: Turn) -> Begun | None:
        """Begin to answer a request; None where it is to be called."""


class Flow(FlowControl):
    """Reads on only while few requests wait for their turn."""

    def __init__(self, transport: asyncio.Transport, waiting: Sized) -> None:
        super().__init__(transport)
        self._waiting = waiting

    def resume_reading(self) -> None:
        """Unless there is enough to do."""
        if len(self._waiting) < _WAITING:
            super().resume_reading()


class HttpProtocol(HttpToolsProtocol):
    """One client's connection."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._directly: Callable[[Scope, Turn], Begun | None] | None
        # Uvicorn logs what it is called for; its own wrappers of an application see every request.
        is_logged = self.config.access_log and self.access_log
        self._directly = None if is_logged else getattr(self.app, "directly", None)
        self._begun: Begun | None = None
        self._current: RequestResponseCycle | None = None
        """The request whose turn it is, or was last."""
        self._unread: RequestResponseCycle | None = None
        """A request of which more may come with what is being read."""
        self._patience = Alarm(self.loop, self.timeout_keep_alive_handler)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """There is a connection."""
        super().connection_made(transport)
        self.flow = Flow(transport, self.pipeline)

    def connection_lost(self, exc: Exception | None) -> None:
        """There is no connection any more."""
        super().connection_lost(exc)
        self._unread = None
        self._patience.stop()
        if self._current is not None and not self._current.response_complete:
            # Uvicorn tells the request that came last, whose turn it may not be yet.
            self._current.disconnected = True
            self._current.message_event.set()
        if self._begun is not None:
            self._begun.leave()

    def data_received(self, data: bytes) -> None:
        """Some of a request has come, or of several."""
        super().data_received(data)
        if self._unread is not None:
            self._begin(self._unread)
        elif self._current is not None and self._current.response_complete:
            # The rest of a request that was answered early, or not all of the next one's head.
            self._wait()

    def handle_websocket_upgrade(self) -> None:
        """From here on the connection is another protocol's."""
        super().handle_websocket_upgrade()
        self._current = None

    def on_headers_complete(self) -> None:
        """The head of a request has come; what else is named like a header is a trailer."""
        super().on_headers_complete()
        self.headers = [*self.headers]

    def on_response_complete(self) -> None:
        """As uvicorn does it, but for a timer that is not made anew for every request."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        if not self.pipeline:
            self.flow.resume_reading()
            self._wait()
            return
        self._start_asgi_task(*self.pipeline.pop())
        self.flow.resume_reading()
        if self._unread is not None:
            self._begin(self._unread)

    def call(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        """Have a request answered by an application."""
        super()._start_asgi_task(cycle, app)

    def _unset_keepalive_if_required(self) -> None:
        self._patience.unset()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._current, self._begun = cycle, None
        if self._is_ours(app):
            self._unread = cycle
        else:
            self.call(cycle, app)

    def _is_ours(self, app: ASGI3Application) -> bool:
        # Where there are too many requests, uvicorn gives another application than ours.
        return self._directly is not None and app is self.app

    def _begin(self, cycle: RequestResponseCycle) -> None:
        """Answer a request in one step, or call the application."""
        self._unread = self._begun = None
        if self.transport.is_closing():
            return
        turn = OneTurn(cycle, self)
        assert self._directly is not None  # noqa: S101 - else it would not be ours
        try:
            self._begun = self._directly(turn.scope, turn)
        except Exception as error:  # noqa: BLE001 - uvicorn logs and answers it, as any other
            self.call(cycle, _raising(error))
            return
        if self._begun is None:
            self.call(cycle, self.app)
        else:
            # Uvicorn pauses at large bodies, and would not see the client leave.
            self.flow.resume_reading()

    def _wait(self) -> None:
        """Nothing is asked; see for how long."""
        self._patience.set(self.loop.time() + self.timeout_keep_alive)


def _raising(error: Exception) -> ASGI3Application:
    async def application(_scope: Any, _receive: Any, _send: Any) -> None:
        raise error

    return application
