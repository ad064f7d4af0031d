"""The server: uvicorn's, which offers an application to answer plain requests in one step.

An `Application` is asked before it is called, once what came with a request's head has been read.
Whatever it does not take is uvicorn's as it always was, and so are connections, limits, time and
shutting down. A plain request that comes alone is not even shown to uvicorn's parser; where it
needs more than one step after all, uvicorn is given it as if it had read it.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence, Sized
from typing import Any, Protocol, TypeAlias
from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT, FlowControl
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from app.heads import Head, Header, Plain, plain
from app.turn import Begun, Turn
from upstreams.transport.alarm import Alarm
from upstreams.transport.corked import Corked

_WAITING = 16
"""Requests before their turn beyond which a connection is not read any further.

Then its end is not seen either, until there are fewer.
"""
_MAX_UNSEEN = 64 * 1024
"""Bytes of a head, or of what ends a body, that are read before it is whole; more or less."""
_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-type: text/plain; charset=utf-8\r\ncontent-length: 26\r\nconnection: close\r\n\r\n"
    b"The headers are too large."
)

_STATUS_LINES = {status: line.removesuffix(b"\r\n") for status, line in STATUS_LINE.items()}

Work: TypeAlias = Callable[[Send], Coroutine[Any, Any, None]]


class OneTurn:
    """As `app.turn.Turn`: of a request that uvicorn has read."""

    __slots__ = ("_cycle", "_protocol", "head", "method", "path", "query", "scope")

    def __init__(self, cycle: RequestResponseCycle, protocol: "HttpProtocol") -> None:
        self._cycle = cycle
        self._protocol = protocol
        self.scope: Scope = cycle.scope  # type: ignore[assignment]  # the same, said more closely
        self.method: str = self.scope["method"]
        self.path = self.scope["raw_path"].decode("latin-1")
        self.query = self.scope["query_string"].decode("latin-1")
        self.head = Head.told(self.scope["headers"])

    @property
    def headers(self) -> Sequence[Header]:
        """As `Turn`."""
        headers: Sequence[Header] = self.scope["headers"]
        return headers

    @property
    def body(self) -> bytes | None:
        """As `Turn`."""
        return None if self._cycle.more_body else bytes(self._cycle.body)

    @property
    def address(self) -> str | None:
        """As `Turn`."""
        return self._protocol.address

    @property
    def http_version(self) -> str:
        """As `Turn`."""
        version: str = self.scope["http_version"]
        return version

    @property
    def scheme(self) -> str:
        """As `Turn`."""
        return self._protocol.scheme or "http"

    def finish(self, status: int, lines: bytes, body: bytes) -> bool:
        """As `Turn`."""
        return _finished(self._cycle, status, lines, body)

    def go_on(self) -> None:
        """As `Turn`."""
        self._protocol.call(self._cycle, self._protocol.app)

    def cycle(self) -> RequestResponseCycle:
        """The request as uvicorn has it."""
        return self._cycle

    def run(self, work: Work) -> None:
        """As `Turn`."""

        async def working(_scope: Any, _receive: Any, send: Any) -> None:
            await work(send)

        self._protocol.call(self._cycle, working)


class PlainTurn:
    """As `app.turn.Turn`: of a request that uvicorn has not seen."""

    __slots__ = ("_cycle", "_protocol", "_request", "_scope", "head", "method", "path", "query")

    def __init__(self, request: Plain, protocol: "HttpProtocol") -> None:
        self.method, self.path, self.query, self.head, _, _ = request
        self._request = request
        self._protocol = protocol
        self._cycle: RequestResponseCycle | None = None
        self._scope: Scope | None = None

    @property
    def headers(self) -> Sequence[Header]:
        """As `Turn`."""
        return self.head.headers(self._request.digits)

    @property
    def body(self) -> bytes | None:
        """As `Turn`."""
        return self._request.body

    @property
    def scope(self) -> Scope:
        """As `Turn`."""
        if self._scope is None:
            self._scope = self._protocol.scope_of(self)
        return self._scope

    @property
    def address(self) -> str | None:
        """As `Turn`."""
        return self._protocol.address

    @property
    def http_version(self) -> str:
        """As `Turn`."""
        return "1.1"

    @property
    def scheme(self) -> str:
        """As `Turn`."""
        return self._protocol.scheme or "http"

    def finish(self, status: int, lines: bytes, body: bytes) -> bool:
        """As `Turn`."""
        if self._cycle is not None:
            return _finished(self._cycle, status, lines, body)
        return self._protocol.finish(_STATUS_LINES[status], lines, body)

    def go_on(self) -> None:
        """As `Turn`."""
        self._protocol.call(self.cycle(), self._protocol.app)

    def run(self, work: Work) -> None:
        """As `Turn`."""
        protocol = self._protocol
        task = protocol.loop.create_task(work(self._send))
        protocol.tasks.add(task)
        task.add_done_callback(self._worked)

    def cycle(self) -> RequestResponseCycle:
        """The request as if uvicorn had read it, which has its turn from now on."""
        if self._cycle is None:
            self._cycle = self._protocol.adopted(self.scope, self._request.body)
        return self._cycle

    async def _send(self, message: Any) -> None:
        await self.cycle().send(message)

    def _worked(self, task: asyncio.Task[None]) -> None:
        protocol = self._protocol
        protocol.tasks.discard(task)
        if task.cancelled() and protocol.transport.is_closing():
            return
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if error is not None:
            protocol.call(self.cycle(), _raising(error))


def _finished(cycle: RequestResponseCycle, status: int, lines: bytes, body: bytes) -> bool:
    if not cycle.keep_alive or cycle.flow.write_paused:
        return False
    cycle.transport.write(b"%b%b%b" % (_STATUS_LINES[status], lines, body))
    cycle.response_started = cycle.response_complete = True
    cycle.message_event.set()
    cycle.on_response()
    return True


class Application(Protocol):
    """An ASGI application that can answer plain requests in one step."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""

    def directly(self, turn: Turn) -> Begun | None:
        """Begin to answer a request; None where the application is to be called."""


class Flow(FlowControl):
    """Reads on only while few requests wait for their turn."""

    def __init__(self, transport: asyncio.Transport, waiting: Sized) -> None:
        super().__init__(transport)
        self._waiting = waiting

    def resume_reading(self) -> None:
        """Unless there is enough to do."""
        if self.read_paused and len(self._waiting) < _WAITING:
            super().resume_reading()


class HttpProtocol(HttpToolsProtocol):
    """One client's connection."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._directly: Callable[[Turn], Begun | None] | None
        # Uvicorn logs what it is called for; its own wrappers of an application see every request.
        is_logged = self.config.access_log and self.access_log
        self._directly = None if is_logged else getattr(self.app, "directly", None)
        self._reads = (
            self._directly is not None and self.limit_concurrency is None and not self.root_path
        )
        """Whether plain requests are read here."""
        self._head: Head | None = None
        """That of the last request that was read here."""
        self._plain: PlainTurn | None = None
        """The turn of a request that uvicorn does not know of."""
        self._is_between = True
        """Whether uvicorn's parser awaits the beginning of a request."""
        self._begun: Begun | None = None
        self._current: RequestResponseCycle | None = None
        """The request of uvicorn's whose turn it is, or was last."""
        self._unseen = 0
        """Bytes that have come since uvicorn's parser found anything."""
        self._unread: RequestResponseCycle | None = None
        """A request of which more may come with what is being read."""
        self._patience = Alarm(self.loop, self.timeout_keep_alive_handler)
        self.address: str | None = None
        """The peer's."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """There is a connection."""
        self._corked = Corked(transport, self.loop)
        super().connection_made(self._corked)
        self.flow = Flow(transport, self.pipeline)
        self.address = self.client[0] if self.client else None

    def eof_received(self) -> None:
        """The client sends nothing more; the loop then closes the connection."""
        self._corked.flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """There is no connection any more."""
        super().connection_lost(exc)
        self._unread = self._plain = None
        self._patience.stop()
        if self._current is not None and not self._current.response_complete:
            # Uvicorn tells the request that came last, whose turn it may not be yet.
            self._current.disconnected = True
            self._current.message_event.set()
        if self._begun is not None:
            self._begun.leave()

    def data_received(self, data: bytes) -> None:
        """Some of a request has come, or of several."""
        if self._plain is not None:
            # Uvicorn is to see that another is being answered.
            self._plain.cycle()
        elif self._is_between and self._reads and self._is_idle():
            request = plain(data, self._head)
            if request is not None:
                self._answer(request)
                return
        self._unseen += len(data)
        super().data_received(data)
        if self._unseen > _MAX_UNSEEN:
            self._refuse()
        self._go_on()

    def shutdown(self) -> None:
        """Answer what is asked, and nothing after it."""
        if self._plain is not None:
            self._plain.cycle()
        super().shutdown()

    def handle_websocket_upgrade(self) -> None:
        """From here on the connection is another protocol's."""
        self.transport = self._corked.uncorked()
        super().handle_websocket_upgrade()
        self._current = self._head = None

    def on_message_begin(self) -> None:
        """Some of a request has come."""
        self._is_between = False
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head of a request has come; what else is named like a header is a trailer."""
        self._unseen = 0
        # White space around a value is none of it (RFC 9110 §5.5).
        self.headers[:] = [(name, value.strip(b" \t")) for name, value in self.headers]
        super().on_headers_complete()
        self.headers = [*self.headers]

    def on_body(self, body: bytes) -> None:
        """Some of a request's body has come."""
        self._unseen = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """All of a request has come."""
        self._unseen = 0
        # After its last request, what a connection brings is uvicorn's to judge.
        self._is_between = self.parser.should_keep_alive() and not self.parser.should_upgrade()
        super().on_message_complete()

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

    def call(self, cycle: RequestResponseCycle, app: ASGI3Application | ASGIApp) -> None:
        """Have a request answered by an application."""
        super()._start_asgi_task(cycle, app)  # type: ignore[arg-type]  # as Starlette says it

    def scope_of(self, turn: PlainTurn) -> Scope:
        """A request as uvicorn would show it to an application."""
        return {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": "1.1",
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,
            "root_path": self.root_path,
            "headers": [*turn.headers],
            "state": self.app_state.copy(),
            "method": turn.method,
            "path": unquote(turn.path),
            "raw_path": turn.path.encode(),
            "query_string": turn.query.encode(),
        }

    def adopted(self, scope: Scope, body: bytes) -> RequestResponseCycle:
        """A request that was read here, as if uvicorn had read it; it has its turn."""
        cycle = RequestResponseCycle(
            scope=scope,  # type: ignore[arg-type]  # the same, said more closely
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=True,
            on_response=self.on_response_complete,
        )
        cycle.body += body
        cycle.more_body = False
        cycle.message_event.set()
        cycle.disconnected = self._plain is None
        self._plain = None
        self.cycle = self._current = cycle
        return cycle

    def finish(self, status_line: bytes, lines: bytes, body: bytes) -> bool:
        """Answer the request that uvicorn does not know of. False where it has to be asked."""
        if self.flow.write_paused:
            return False
        self._plain = self._begun = None
        if not self.transport.is_closing():
            self.transport.write(b"%b%b%b" % (status_line, lines, body))
            self.server_state.total_requests += 1
            self._patience.set(self.loop.time() + self.timeout_keep_alive)
        return True

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

    def _is_answered(self) -> bool:
        """Whether there was a request, and nothing is left to answer."""
        if self._current is None:
            return self._head is not None
        return self._current.response_complete

    def _is_idle(self) -> bool:
        """Whether uvicorn has nothing to do, and may have something to do."""
        last = self.cycle
        return (last is None or last.response_complete) and not self.transport.is_closing()

    def _answer(self, request: Plain) -> None:
        """Answer a request in one step, or give it to uvicorn."""
        self._patience.unset()
        self._head = request.head
        turn = self._plain = PlainTurn(request, self)
        self._ask(turn)

    def _refuse(self) -> None:
        """What is coming is larger than anybody needs."""
        if self.transport.is_closing():
            return
        if self._is_idle() and self._plain is None:
            self.transport.write(_TOO_LARGE)
        self.transport.close()

    def _go_on(self) -> None:
        """Uvicorn has read something."""
        if self._unread is not None:
            self._begin(self._unread)
        elif self._plain is None and self._is_answered():
            # The rest of a request that was answered early, or not all of the next one's head.
            self._wait()
        if self.cycle is not None and len(self.cycle.body) <= HIGH_WATER_LIMIT:
            # Uvicorn pauses at what comes before its turn, and would not see the client leave.
            self.flow.resume_reading()

    def _begin(self, cycle: RequestResponseCycle) -> None:
        """Answer a request of uvicorn's in one step, or call the application."""
        self._unread = None
        if self.transport.is_closing():
            return
        if self._ask(OneTurn(cycle, self)):
            # Uvicorn pauses at large bodies, and would not see the client leave.
            self.flow.resume_reading()

    def _ask(self, turn: OneTurn | PlainTurn) -> bool:
        """Whether a request is answered in one step."""
        self._begun = None
        assert self._directly is not None  # noqa: S101 - else there would be no turns
        try:
            begun = self._directly(turn)
        except Exception as error:  # noqa: BLE001 - uvicorn logs and answers it, as any other
            self.call(turn.cycle(), _raising(error))
            return False
        if begun is None:
            turn.go_on()
            return False
        self._begun = begun
        return True

    def _wait(self) -> None:
        """Nothing is asked; see for how long."""
        self._patience.set(self.loop.time() + self.timeout_keep_alive)


def _raising(error: BaseException) -> ASGI3Application:
    async def application(_scope: Any, _receive: Any, _send: Any) -> None:
        raise error

    return application
