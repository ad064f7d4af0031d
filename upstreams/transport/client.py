"""`Transport`: requests sent to one upstream, within its limits."""

import asyncio
import math
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, NamedTuple, Self

from upstreams import tls
from upstreams.encoding import decoded
from upstreams.errors import TimedOut
from upstreams.kind import Settings
from upstreams.transport.answers import Answer, Flowing, Whole
from upstreams.transport.connection import Connection
from upstreams.transport.dial import Dialler
from upstreams.transport.failures import Dropped
from upstreams.transport.model import Limits, Request, Response, Streamed
from upstreams.transport.outgoing import Outgoing, outgoing
from upstreams.transport.pool import Pool

_CODED = b"\r\ncontent-encoding:"


class Started(NamedTuple):
    """A request that was sent, whose answer is awaited."""

    sent: Outgoing
    answer: Flowing
    deadline: float
    connection: Connection

    def leave(self) -> None:
        """Nobody wants the answer."""
        self.connection.leave(self.answer)


class Transport:
    """A pool of connections to one upstream, opened when first used."""

    def __init__(
        self,
        limits: Limits | None = None,
        files: tls.Files = tls.NONE,
        *,
        link_local: bool = True,
    ) -> None:
        """`link_local`: whether addresses may be called that no description should lead to."""
        limits = limits or Limits()
        self._max_response = limits.max_response
        self._pool = Pool(limits, Dialler(files, link_local=link_local))

    @classmethod
    def to(cls, settings: Settings) -> Self:
        """What the settings of an upstream say of the way to it."""
        limits = Limits(max_response=settings.max_response)
        return cls(limits, tls.files(settings), link_local=settings.reaches_link_local)

    async def send(self, request: Request, deadline: float) -> Response:
        """The whole answer, whatever its status.

        Raises `TimedOut` past the deadline (event loop time), `Unreachable` when the connection
        fails, ends early or has unusable files, `Malformed` when the body is too large or wrongly
        encoded, and `BadInput` when the request cannot be put on the wire.
        """
        answer = Whole(self._max_response, asyncio.get_running_loop().create_future())
        await self._ask(outgoing(request), answer, deadline)
        body = answer.body()
        if answer.fields.has(_CODED):
            codings = ",".join(answer.fields.all("content-encoding"))
            body = decoded(body, codings, self._max_response)
        return Response(answer.status, answer.fields, body)

    @asynccontextmanager
    async def stream(self, request: Request, deadline: float | None) -> AsyncIterator[Streamed]:
        """The answer as soon as its head is there; leaving the block ends the exchange.

        The deadline is for the head: a body may take as long as it keeps coming; without one, the
        caller keeps the time. The request's head goes out before its body begins, so that a backend
        may answer first. Raises as `send`.
        """
        answer = await self.begun(outgoing(request), deadline)
        try:
            yield answer
        finally:
            answer.leave()

    async def begun(self, sent: Outgoing, deadline: float | None) -> Streamed:
        """As `stream`, for one who says when it is left."""
        answer = Flowing(asyncio.get_running_loop())
        connection = await self._ask(sent, answer, math.inf if deadline is None else deadline)
        return _streamed(answer, connection)

    def started(self, sent: Outgoing, answer: Flowing, deadline: float) -> "Started | None":
        """Send the request over a connection that is idle; None where there is none.

        From now on the answer is filled in; `awaited` is how to wait for it.
        """
        connection = self._pool.idle(sent.origin)
        if connection is None:
            return None
        connection.begin(sent, answer, deadline)
        return Started(sent, answer, deadline, connection)

    async def awaited(self, started: "Started") -> Streamed:
        """As `begun`, of a request that was sent already."""
        sent, answer, deadline, connection = started
        return _streamed(answer, await self._ready(connection, sent, answer, deadline))

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pool.aclose()

    def _ask(
        self, sent: Outgoing, answer: Answer, deadline: float
    ) -> Coroutine[Any, Any, Connection]:
        """The connection over which the answer has become ready. Raises `TimedOut`."""
        if deadline <= asyncio.get_running_loop().time():
            raise TimedOut("no answer in time")
        connection = self._pool.idle(sent.origin)
        if connection is None:
            return self._opened(sent, answer, deadline)
        connection.begin(sent, answer, deadline)
        return self._ready(connection, sent, answer, deadline)

    async def _opened(self, sent: Outgoing, answer: Answer, deadline: float) -> Connection:
        connection = await self._pool.opened(sent.origin, deadline)
        connection.begin(sent, answer, deadline)
        return await self._ready(connection, sent, answer, deadline)

    async def _ready(
        self, connection: Connection, sent: Outgoing, answer: Answer, deadline: float
    ) -> Connection:
        try:
            await answer.ready
        except asyncio.CancelledError:
            connection.leave(answer)
            raise
        except Dropped as dropped:
            if not (sent.is_repeatable or dropped.unsent):
                raise
            return await self._ask_again(sent, answer, deadline)
        return connection

    async def _ask_again(self, sent: Outgoing, answer: Answer, deadline: float) -> Connection:
        """The same over a new connection.

        Idle connections may be closed just as they are used again (RFC 9112 §9.3.1).
        """
        answer.again()
        connection = await self._pool.opened(sent.origin, deadline, fresh=True)
        try:
            connection.begin(sent, answer, deadline)
            await answer.ready
        except asyncio.CancelledError:
            connection.leave(answer)
            raise
        return connection


def _streamed(answer: Flowing, connection: Connection) -> Streamed:
    leave = partial(connection.leave, answer)
    return Streamed(answer.status, answer.fields, answer, answer.at_once, leave)
