"""One connection to a backend, used for one exchange after the other (RFC 9112).

A head is split off here, before the parser sees what follows it, so that its size is bounded and
its fields need not be taken apart one by one. Anything that does not belong to the answer of the
request in flight ends the connection: nothing of it may be taken for the answer to the next.
"""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import NamedTuple, Protocol, cast

import httptools

from upstreams.errors import CallError, Malformed, TimedOut, Unreachable
from upstreams.transport.alarm import Alarm
from upstreams.transport.answers import Answer, Flowing
from upstreams.transport.corked import Corked
from upstreams.transport.failures import UNANSWERED, Dropped, ended_early, malformed
from upstreams.transport.fields import Fields
from upstreams.transport.heads import Heads
from upstreams.transport.outgoing import Origin, Outgoing
from upstreams.transport.upload import Upload

_JOINED = 64 * 1024
"""Bytes up to which a body is sent together with its head."""

_TRANSFER = b"\r\ntransfer-encoding:"
_LENGTH = b"\r\ncontent-length:"
_HEAD = "HEAD"
_BODILESS = (204, 304)
_MEMORABLE = 8 * 1024
"""Bytes of a head up to which it is remembered."""
_SINCE_CHUNKS = b"HTTP/1.1"
_SWITCHING = 101
_FINAL = 200


class _Known(NamedTuple):
    """A head that came with all of its body, as the parser found it; the next may be the same."""

    head: bytes
    status: int
    fields: Fields
    size: int
    """Bytes, of both."""


class Owner(Protocol):
    """Whoever keeps connections between exchanges."""

    def made(self, connection: "Connection") -> None:
        """There is one more."""

    def freed(self, connection: "Connection", *, reusable: bool) -> None:
        """An exchange is over; told once for each."""

    def lost(self, connection: "Connection") -> None:
        """The connection has ended; may be told twice."""


class Connection(asyncio.Protocol):
    """A connection to an origin.

    Whoever takes one out of the pool uses it for one exchange, at whose end the pool has it back.
    First comes what they call, then what the event loop and the parser do.
    """

    def __init__(self, origin: Origin, owner: Owner, loop: asyncio.AbstractEventLoop) -> None:
        self.origin = origin
        self.parked_at = 0.0
        """Since when it has been idle."""
        self.ended: asyncio.Future[None] = loop.create_future()
        """Done once the connection is gone."""
        self._owner = owner
        self._loop = loop
        self._alarm = Alarm(loop, self._late)
        self._parser = httptools.HttpResponseParser(self)
        self._heads = Heads()
        self._answer: Answer | None = None
        self._upload: Upload | None = None
        self._is_reused = False
        self._is_in_one = True
        """Whether all of the request was written at once."""
        self._is_full = False
        """Whether what was written waits for the backend to take it."""
        self._is_paused = False
        self._method = ""
        self._status = 0
        self._fields: Fields | None = None
        self._known: _Known | None = None
        self._is_silent = True
        self._is_complete = False
        self._has_surplus = False
        self._stays = False

    @property
    def is_usable(self) -> bool:
        """Whether another exchange may begin."""
        return not self._transport.is_closing()

    @property
    def _is_unsent(self) -> bool:
        """Whether nothing of the request has left."""
        return self._is_in_one and self._transport.is_holding

    def begin(self, outgoing: Outgoing, answer: Answer, deadline: float) -> None:
        """Send the request; from now on the answer is filled in.

        It fails with `Dropped` where the connection may have been stale.
        """
        self._answer = answer
        self._method = outgoing.method
        self._fields = None
        self._is_silent = True
        self._is_complete = self._has_surplus = self._stays = False
        body = outgoing.body
        self._is_in_one = body is None or (isinstance(body, bytes) and len(body) <= _JOINED)
        if self._transport.is_closing():
            self._fail(Dropped(UNANSWERED, unsent=True))
            return
        self._alarm.set(deadline)
        if body is None:
            self._transport.write(outgoing.head)
        else:
            self._send(outgoing.head, body, outgoing.length)

    def leave(self, answer: Answer) -> None:
        """Nobody wants the rest of that answer."""
        if self._answer is answer:
            self._fail(Unreachable("the answer was not read to its end"))

    def forsake(self) -> None:
        """Whoever wanted the connection has gone before it was there.

        Then not every event loop tells of its end.
        """
        self._owner.lost(self)
        self._over()

    def close(self) -> None:
        """End the connection, and what is in flight."""
        self._fail(Unreachable("the connection was closed"))

    def _send(self, head: bytes, body: bytes | AsyncIterator[bytes], length: int | None) -> None:
        if isinstance(body, bytes) and len(body) <= _JOINED:
            self._transport.write(head + body)
            return
        self._transport.write(head)
        if isinstance(body, bytes):
            self._transport.write(body)
            return
        self._upload = Upload(self._transport, self._uploaded)
        if self._is_full:
            self._upload.pause()
        self._upload.start(body, length)

    def _over(self) -> None:
        self._alarm.stop()
        if not self.ended.done():
            self.ended.set_result(None)

    def _uploaded(self, error: CallError | None) -> None:
        """The request's body has gone out, or cannot."""
        self._upload = None
        if error is not None:
            self._fail(error)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """There is a connection."""
        # Of a stream, it is one; uvloop's does not say so by its class.
        self._transport = Corked(cast(asyncio.Transport, transport), self._loop)
        self._owner.made(self)

    def data_received(self, data: bytes) -> None:
        """Some of an answer has come."""
        answer = self._answer
        if answer is None:  # nobody asked
            self.close()
            return
        if self._is_unsent:  # it is no answer to this
            self._fail(Dropped(UNANSWERED, unsent=True))
            return
        known = self._known
        try:
            if (
                known is not None
                and len(data) == known.size
                and data.startswith(known.head)
                and self._fields is None
                and self._method != _HEAD
                and not self._heads.have_begun
            ):
                self._read_again(answer, known, data)
            else:
                self._read(answer, data)
        except CallError as error:
            self._fail(error)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if self._fields is None or not self._is_complete:
                self._fail(malformed(error))
            self._has_surplus = True
        if self._is_complete:
            self._finish()
        elif isinstance(answer, Flowing) and answer.is_full:
            self._pause(answer)

    def eof_received(self) -> None:
        """The backend sends nothing more; the loop then closes the connection."""
        if self._answer is None:
            self._owner.lost(self)
        else:
            self._ended(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """There is no connection any more."""
        self._owner.lost(self)
        if self._answer is not None:
            self._ended(exc)
        self._over()

    def pause_writing(self) -> None:
        """Enough is on its way."""
        self._is_full = True
        if self._upload is not None:
            self._upload.pause()

    def resume_writing(self) -> None:
        """The backend has taken what was on its way."""
        self._is_full = False
        if self._upload is not None:
            self._upload.resume()

    def on_message_begin(self) -> None:
        """An answer begins; a second one is nobody's."""
        if self._is_complete:
            self._has_surplus = True

    def on_body(self, piece: bytes) -> None:
        """Some of the body, without what frames it."""
        if self._answer is not None and not self._is_complete:
            self._answer.piece(piece)

    def on_message_complete(self) -> None:
        """The answer is there to its last byte."""
        self._is_complete = True
        # The parser forgets it right after this.
        self._stays = self._parser.should_keep_alive()

    def _read(self, answer: Answer, data: bytes) -> None:
        """Raises `CallError`, and what the parser raises."""
        if self._fields is not None:
            self._parser.feed_data(data)
            return
        self._is_silent = False
        while self._fields is None:
            head, data = self._heads.split(data)
            if not head:
                return
            self._begin(answer, head)
        if self._is_complete:
            self._has_surplus = bool(data)
            return
        if data:
            self._parser.feed_data(data)
        if not self._is_complete:
            answer.await_more()

    def _read_again(self, answer: Answer, known: _Known, data: bytes) -> None:
        """The same head as before, and as many bytes behind it. Raises `CallError`."""
        self._fields = known.fields
        answer.begin(known.status, known.fields)
        if body := data[len(known.head) :]:
            answer.piece(body)
        self._is_complete = self._stays = True
        if not answer.is_timed_to_its_end:
            self._alarm.unset()

    def _begin(self, answer: Answer, head: bytes) -> None:
        self._is_complete = False
        self._parser.feed_data(head)
        status = self._parser.get_status_code()
        if status < _FINAL:
            if status == _SWITCHING:
                raise Malformed("the backend switches to a protocol that was not asked for")
            self._is_complete = False
            return  # the answer is to come (RFC 9110 §15.2)
        self._fields = fields = Fields(head)
        self._status = status
        if fields.has(_TRANSFER) and not _is_chunked(head, fields):
            # Two readers might see two ends of the answer (RFC 9112 §6.1).
            raise Malformed("the answer is sent in a transfer coding that is not known")
        if self._method == _HEAD and not self._is_complete:
            self._is_complete = True
            self._stays = "close" not in (fields.first("connection") or "").lower()
            # This one waits for a body.
            self._parser = httptools.HttpResponseParser(self)
        answer.begin(status, fields)
        if not answer.is_timed_to_its_end:
            self._alarm.unset()

    def _finish(self) -> None:
        """The answer has come in full."""
        answer, self._answer = self._answer, None
        if answer is None:  # it failed meanwhile
            return
        if self._is_paused:
            self._resume()
        reusable = self._stays and not self._has_surplus and self._upload is None
        if reusable and not self._transport.get_write_buffer_size():
            self._is_reused = True
            self._remember()
            self._owner.freed(self, reusable=True)
        else:
            self._abort()
            self._owner.freed(self, reusable=False)
        answer.end()

    def _remember(self) -> None:
        """The next answer may begin as this one did."""
        fields = self._fields
        if fields is None or (self._known is not None and self._known.fields is fields):
            return
        status, head, length = self._status, fields.head, fields.first("content-length")
        if length is None or len(head) > _MEMORABLE or self._method == _HEAD or status in _BODILESS:
            self._known = None
        else:
            self._known = _Known(head, status, fields, len(head) + int(length))

    def _ended(self, error: Exception | None) -> None:
        """The backend ended the connection inside an exchange."""
        if error is None and self._fields is not None and _is_without_end(self._fields):
            self._finish()
        else:
            begun, unsent = not self._is_silent, self._is_unsent
            self._fail(ended_early(error, unsent=unsent, begun=begun, is_reused=self._is_reused))

    def _late(self) -> None:
        # An exchange that ended in time leaves the alarm as it was.
        if self._answer is not None:
            self._fail(TimedOut("no answer in time"))

    def _fail(self, error: CallError) -> None:
        """End the connection; whoever waits for an answer has the error."""
        answer, self._answer = self._answer, None
        self._abort()
        if answer is not None:
            self._owner.freed(self, reusable=False)
            answer.fail(error)

    def _abort(self) -> None:
        if self._upload is not None:
            self._upload.stop()
            self._upload = None
        self._alarm.stop()
        self._transport.abort()
        self._owner.lost(self)

    def _pause(self, answer: Flowing) -> None:
        if not self._is_paused and self.is_usable:
            self._is_paused = True
            self._transport.pause_reading()
            answer.when_taken(partial(self._taken, answer))

    def _taken(self, answer: Flowing) -> None:
        if self._answer is answer:
            self._resume()

    def _resume(self) -> None:
        if self._is_paused:
            self._is_paused = False
            if self.is_usable:
                self._transport.resume_reading()


def _is_chunked(head: bytes, fields: Fields) -> bool:
    codings = [coding.lower() for coding in fields.all("transfer-encoding")]
    return codings == ["chunked"] and head.startswith(_SINCE_CHUNKS)


def _is_without_end(fields: Fields) -> bool:
    """Whether the end of the connection is the end of the body (RFC 9112 §6.3)."""
    return not (fields.has(_LENGTH) or fields.has(_TRANSFER))
