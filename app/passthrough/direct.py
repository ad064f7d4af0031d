"""The short way of an exchange: no task and no ASGI, for an answer that comes in one piece.

A server that can be answered in one step offers a turn. What turns out not to be plain (an answer
that comes in pieces, or none) goes on as an ordinary ASGI request, from where it is.
"""

import asyncio
from typing import NamedTuple

from starlette.types import Receive, Send

from app.dates import date
from app.passthrough.exchange import BODILESS, Onward, answered, note_left
from app.passthrough.headers import end_to_end_lines
from app.turn import Turn
from upstreams.errors import BadInput, CallError
from upstreams.transport import Flowing, Outgoing, Started, Streamed

BEGUN = "splice.begun"
"""Under this name the scope of a request has the exchange that was begun for it."""

_DATE = b"\r\ndate:"


class Ready(NamedTuple):
    """A request that can be sent in one step."""

    onward: Onward
    sent: Outgoing

    @classmethod
    def of(cls, onward: Onward) -> "Ready | None":
        """None for one that is not plain, or cannot be sent at all."""
        if onward.has_body or onward.method == "HEAD":
            return None
        try:
            return cls(onward, onward.outgoing())
        except BadInput:
            return None

    def begin(self, turn: Turn) -> "Direct | None":
        """Send it; None where there is no connection yet, and nothing is begun."""
        direct = Direct(self.onward, self.sent, turn)
        return direct if direct.start() else None


class Direct(Flowing):
    """An answer that is sent back in the moment in which it is complete."""

    __slots__ = ("_is_wanted", "_onward", "_sent", "_started", "_turn")

    def __init__(self, onward: Onward, sent: Outgoing, turn: Turn) -> None:
        super().__init__(asyncio.get_running_loop())
        self._onward = onward
        self._sent = sent
        self._turn: Turn | None = turn
        """None once the short way is over."""
        self._started: Started | None = None
        self._is_wanted = True

    def start(self) -> bool:
        """Whether there was a connection to send the request over."""
        deadline = self._loop.time() + self._onward.timeout
        self._started = self._onward.transport.started(self._sent, self, deadline)
        return self._started is not None

    def leave(self) -> None:
        """The client has gone; on the long way, that is looked after already."""
        if self._turn is not None and self._started is not None:
            self._turn, self._is_wanted = None, False
            note_left(self._onward.upstream)
            self._started.leave()

    async def go_on(self, receive: Receive, send: Send) -> None:
        """The rest of the exchange. Raises what broke the answer off."""
        await answered(self._onward.upstream, self._streamed(), receive, send)

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
        return await self._onward.transport.awaited(self._started)

    def _is_finished(self, turn: Turn) -> bool:
        """Whether the answer was plain, and is sent."""
        status, fields = self.status, self.fields
        if status in BODILESS or not 200 <= status <= 599:
            return False
        # Without a length there would be a coding to add.
        if fields.first("content-length") != str(self._size):
            return False
        head = fields.head
        lines = end_to_end_lines(head[head.index(b"\r\n") :])
        if lines is None:
            return False
        if not fields.has(_DATE):
            lines = b"\r\ndate: %b%b" % (date(), lines)
        return turn.finish(status, lines, b"".join(self._pieces))

    def _hand_over(self) -> None:
        if self._turn is not None:
            turn, self._turn = self._turn, None
            turn.scope[BEGUN] = self
            turn.go_on()
