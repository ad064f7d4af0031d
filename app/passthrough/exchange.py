"""One exchange: a request sent on as it arrives, its answer sent back as it arrives.

Bodies are never held as a whole, so each side is read only as fast as the other takes it, and
both directions flow at once. A client that leaves ends the exchange with the backend. A backend
that breaks off its answer ends the client's connection without the end of the answer, so that
nobody takes a part for the whole.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Coroutine, Sequence
from typing import Any, NamedTuple, TypeAlias

from starlette.types import Message, Receive, Send

from app.passthrough.headers import Header, end_to_end
from app.passthrough.problem import from_error
from upstreams.errors import CallError, Malformed, TimedOut
from upstreams.transport import Outgoing, RawRequest, Streamed, Transport, raw_block, raw_outgoing

log = logging.getLogger(__name__)

Answering: TypeAlias = Coroutine[Any, Any, Streamed]
"""Awaits the head of an answer; raises `CallError`."""

BODILESS = frozenset({204, 304})
"""Answers without a body, whatever length they announce."""

_GRACE = 0.02
"""Seconds after which a client that leaves is noticed."""

# What a lenient client lets through and a strict server refuses to send.
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


class Onward(NamedTuple):
    """A request on its way to an upstream; its body is still with the client."""

    upstream: str
    transport: Transport
    timeout: float
    """Seconds the backend may take for each step it is awaited for, until its answer begins."""
    method: str
    base_url: str
    target: str
    headers: Sequence[Header]
    has_body: bool

    def outgoing(self, body: AsyncIterator[bytes] | None = None) -> Outgoing:
        """The request with that body. Raises `BadInput`."""
        block = raw_block(self.headers)
        return raw_outgoing(RawRequest(self.method, self.base_url, self.target, block, body))


async def exchange(onward: Onward, receive: Receive, send: Send) -> None:
    """Forward the request and its answer.

    Raises the `CallError` that broke the answer off after it had begun, for the server to drop the
    connection; before that, a problem is the answer.
    """
    if onward.has_body:
        await _both_ways(onward, receive, send)
    else:
        await answered(onward.upstream, _asked(onward), receive, send)


async def answered(upstream: str, answering: Answering, receive: Receive, send: Send) -> None:
    """Send back the answer to a request that has no body. Raises as `exchange`."""
    leaving = _Leaving(receive)
    try:
        broken = await _relay(upstream, answering, send)
    except asyncio.CancelledError:
        if not leaving.is_why:
            raise
        note_left(upstream)
        return
    finally:
        leaving.stop()
    if broken is not None:
        raise broken


async def _both_ways(onward: Onward, receive: Receive, send: Send) -> None:
    client = _Client(receive)
    broken: CallError | None = None
    try:
        async with asyncio.TaskGroup() as group:
            with _Watch(group, client):
                broken = await _relay(onward.upstream, _told(onward, client), send)
    except* _ClientLeft:
        note_left(onward.upstream)
    if broken is not None:
        raise broken


async def _asked(onward: Onward) -> Streamed:
    deadline = asyncio.get_running_loop().time() + onward.timeout
    return await onward.transport.begun(onward.outgoing(), deadline)


async def _told(onward: Onward, client: "_Client") -> Streamed:
    """The answer's head, while the body is being sent."""
    try:
        async with asyncio.timeout(onward.timeout) as limit:
            patience = _Patience(limit, onward.timeout)
            answer = await onward.transport.begun(onward.outgoing(client.body(patience)), None)
            patience.end()
    except TimeoutError as error:
        raise TimedOut("no answer in time") from error
    return answer


async def _relay(upstream: str, answering: Answering, send: Send) -> CallError | None:
    """What broke the answer off, if anything did once it had begun."""
    begun = False
    try:
        answer = await answering
        try:
            start = _start(answer)
            begun = True
            await _pass_back(start, answer, send)
        finally:
            answer.leave()
    except CallError as error:
        said = {"upstream": upstream, "code": error.code, "reason": error.message}
        if begun:
            log.error("backend broke off its answer", extra=said)  # noqa: TRY400 - it says it all
            return error
        log.warning("backend gave no answer", extra=said)
        await from_error(error).send(send)
    return None


def _start(answer: Streamed) -> Message:
    """Raises `Malformed` when the head cannot be an answer's."""
    if not 200 <= answer.status <= 599:
        raise Malformed(f"the backend answered with status {answer.status}")
    headers = end_to_end(answer.headers.raw())
    if _CONTROL.search(b"".join([value for _, value in headers])):
        raise Malformed("a header of the answer has a control character")
    if answer.status in BODILESS:
        # A 304 may say how long the body would be; our server would then insist on that body.
        headers = [header for header in headers if header[0] != b"content-length"]
    return {"type": "http.response.start", "status": answer.status, "headers": headers}


async def _pass_back(start: Message, answer: Streamed, send: Send) -> None:
    await send(start)
    whole = answer.at_once()
    if whole is None:
        async for piece in answer.body:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": whole or b""})


def note_left(upstream: str) -> None:
    """Say that the client did not wait for the answer."""
    log.info("client left", extra={"upstream": upstream})


class _Leaving:
    """Cancels the task it was made in when the client leaves, whose body was read.

    It looks a moment late, because a task is dear beside an answer that is there at once.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._answering = asyncio.current_task()
        self._watching: asyncio.Task[None] | None = None
        self._has_left = False
        self._later = asyncio.get_running_loop().call_later(_GRACE, self._begin)

    @property
    def is_why(self) -> bool:
        """Whether nobody else cancelled the task; asked once, where it was cancelled."""
        assert self._answering is not None  # noqa: S101 - we run in one
        return self._has_left and self._answering.uncancel() == 0

    def stop(self) -> None:
        """There is nothing to cancel any more."""
        self._later.cancel()
        if self._watching is not None:
            self._watching.cancel()

    def _begin(self) -> None:
        # No TaskGroup: it is dear, and this one is stopped by whoever made it.
        self._watching = asyncio.get_running_loop().create_task(self._watch())

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        assert self._answering is not None  # noqa: S101 - we run in one
        self._has_left = True
        self._answering.cancel()


class _ClientLeft(Exception):  # noqa: N818 - an event, told to the task group
    """The client has gone; nobody awaits the answer."""


class _Client:
    """The client's side of an exchange, and the only reader of its `receive`.

    First the body is read, then whether the client leaves. While the backend takes nothing of a
    body, nothing is read, so a client that leaves then is noticed when reading goes on.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._read = asyncio.Event()

    async def body(self, patience: "_Patience") -> AsyncIterator[bytes]:
        """The body as it arrives; one that the client broke off never ends."""
        more = True
        while more:
            patience.rest()
            message = await self._receive()
            patience.run()
            if message["type"] == "http.disconnect":
                self._read.set()
                # To end here would tell the backend that the body is complete.
                await asyncio.get_running_loop().create_future()
            more = message.get("more_body", False)
            if piece := message.get("body", b""):
                yield piece
        self._read.set()

    async def watch(self) -> None:
        """Raises `_ClientLeft` when the client has, at any time after its body was read."""
        await self._read.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass
        raise _ClientLeft


class _Watch:
    """Looks out for the client's leaving while its answer is awaited; it, too, begins late."""

    def __init__(self, group: asyncio.TaskGroup, client: _Client) -> None:
        self._group = group
        self._client = client
        self._task: asyncio.Task[None] | None = None

    def __enter__(self) -> None:
        self._later = asyncio.get_running_loop().call_later(_GRACE, self._begin)

    def __exit__(self, *_: object) -> None:
        self._later.cancel()
        if self._task is not None:
            self._task.cancel()

    def _begin(self) -> None:
        self._task = self._group.create_task(self._client.watch())


class _Patience:
    """The time the backend has until its answer begins; it stands still on the client's turn."""

    def __init__(self, limit: asyncio.Timeout, seconds: float) -> None:
        self._limit = limit
        self._seconds = seconds
        self._ended = False

    def rest(self) -> None:
        """It is the client's turn."""
        self._set(None)

    def run(self) -> None:
        """It is the backend's turn: to take what was read, or to answer."""
        self._set(asyncio.get_running_loop().time() + self._seconds)

    def end(self) -> None:
        """The answer has begun; from now on it may take as long as it likes."""
        self._set(None)
        self._ended = True

    def _set(self, when: float | None) -> None:
        if not (self._ended or self._limit.expired()):
            self._limit.reschedule(when)
