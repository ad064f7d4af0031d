"""The short way of an exchange: no task and no ASGI, for an answer that comes in one piece.

A server that can be answered in one step offers a turn. What turns out not to be plain (an answer
that comes in pieces, or none) goes on as an ordinary ASGI request, from where it is.
"""

import asyncio
from typing import NamedTuple, Protocol

from starlette.types import Receive, Send

from app.dates import date
from app.passthrough.exchange import BODILESS, answered, note_left
from app.passthrough.headers import end_to_end_lines
from app.turn import Turn
from upstreams.errors import CallError
from upstreams.transport import Flowing, Outgoing, Started, Streamed, Transport

BEGUN = "splice.begun"
"""Under this name the scope of a request has the exchange that was begun for it."""

_DATE = b"\r\ndate:"
_BACK = "passed back"


class Backend(Protocol):
    """Where requests are sent on."""

    @property
    def name(self) -> str:
        """The upstream's."""

    @property
    def transport(self) -> Transport:
        """The way there."""

    @property
    def timeout(self) -> float:
        """Seconds until the answer has to begin."""


class _Back(NamedTuple):
    """What of an answer's head is told on."""

    length: int
    """What it says of the body's; less than none where it does not."""
    lines: bytes
    is_dated: bool


class Direct(Flowing):
    """An answer that is sent back in the moment in which it is complete."""

    __slots__ = ("_backend", "_is_wanted", "_sent", "_started", "_turn")

    def __init__(self, backend: Backend, sent: Outgoing, turn: Turn) -> None:
        super().__init__(asyncio.get_running_loop())
        self._backend = backend
        self._sent = sent
        self._turn: Turn | None = turn
        """None once the short way is over."""
        self._started: Started | None = None
        self._is_wanted = True

    def start(self) -> bool:
        """Whether there was a connection to send the request over."""
        deadline = self._loop.time() + self._backend.timeout
        self._started = self._backend.transport.started(self._sent, self, deadline)
        return self._started is not None

    def leave(self) -> None:
        """The client has gone; on the long way, that is looked after already."""
        if self._turn is not None and self._started is not None:
            self._turn, self._is_wanted = None, False
            note_left(self._backend.name)
            self._started.leave()

    async def go_on(self, receive: Receive, send: Send) -> None:
        """The rest of the exchange. Raises what broke the answer off."""
        await answered(self._backend.name, self._streamed(), receive, send)

    def await_more(self) -> None:
        """The head has come without all of its body."""
        self._hand_over()

    def end(self) -> None:
        """All has come."""
        super().end()
        if self._turn is not None and self._is_finished(self._turn):
            # Nothing refers to itself any more, so that there is nothing to be collected.
            self._turn = self._started = None
        self._hand_over()

    def fail(self, error: CallError) -> None:
        """Nothing more will come."""
        if self._is_wanted:
            super().fail(error)
            self._hand_over()

    async def _streamed(self) -> Streamed:
        assert self._started is not None  # noqa: S101 - nothing goes on that was not started
        return await self._backend.transport.awaited(self._started)

    def _is_finished(self, turn: Turn) -> bool:
        """Whether the answer was plain, and is sent."""
        status, made = self.status, self.fields.made
        if status in BODILESS or not 200 <= status <= 599:
            return False
        back: _Back | None = made[_BACK] if _BACK in made else made.setdefault(_BACK, self._back())
        # Without a length there would be a coding to add.
        if back is None or back.length != self._size:
            return False
        lines = back.lines if back.is_dated else b"\r\ndate: %b%b" % (date(), back.lines)
        pieces = self._pieces
        return turn.finish(status, lines, pieces[0] if len(pieces) == 1 else b"".join(pieces))

    def _back(self) -> _Back | None:
        """What is told on; None where that needs a closer look."""
        fields = self.fields
        lines = end_to_end_lines(fields.head[fields.head.index(b"\r\n") :])
        if lines is None:
            return None
        return _Back(int(fields.first("content-length") or -1), lines, fields.has(_DATE))

    def _hand_over(self) -> None:
        if self._turn is not None:
            turn, self._turn = self._turn, None
            turn.scope[BEGUN] = self
            turn.go_on()
