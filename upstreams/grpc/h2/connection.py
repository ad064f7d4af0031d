"""One connection: frames in and out, for as many calls at once as the backend allows."""

import asyncio
import math
from collections.abc import Callable, Mapping
from typing import cast

from upstreams.grpc.h2 import frames
from upstreams.grpc.h2.due import Due
from upstreams.grpc.h2.ending import DEADLINE_EXCEEDED, UNAVAILABLE, Ended, reset, unseen
from upstreams.grpc.h2.frames import FaultError, Splitter
from upstreams.grpc.h2.heads import LARGEST, decoded
from upstreams.grpc.h2.noise import Noise
from upstreams.grpc.h2.outbox import Outbox
from upstreams.grpc.h2.pulse import Pulse
from upstreams.grpc.h2.stream import Stream
from upstreams.grpc.h2.turns import Turns
from upstreams.transport.corked import Corked

_ROOM = 16 * 1024 * 1024
"""How many bytes of answers may be on their way at a time; made anew as they are taken."""
_PADDING = 64 * 1024
"""How much larger the window of a stream is than its message may be."""
_PING = b"upstream"
"""What a PING of ours says, which comes back."""

_BROKEN = "the connection broke"
_NO_TIME = Ended(DEADLINE_EXCEEDED, "no answer in time")
_ELSEWHERE = unseen("the backend takes no more calls on this connection")


class Connection(asyncio.Protocol):
    """A connection to a backend. Calls may be made once it is ready."""

    def __init__(self, limit: int, keep_alive: float) -> None:
        """`limit` is of one message that comes, in bytes; `keep_alive` in seconds, 0 for never."""
        self._loop = asyncio.get_running_loop()
        self._limit = limit
        self._ready: asyncio.Future[bool] = self._loop.create_future()
        self._usable = True
        self._streams: dict[int, Stream] = {}
        self._next = 1
        self._most = frames.MOST
        self._turns = Turns(self._free)
        self._splitter = Splitter()
        self._block: tuple[int, int, bytearray] | None = None
        """Headers that go on in the next frame: their stream, their flags, what came."""
        self._taken = 0
        """How much came for which no room was made anew."""
        self._takers: Mapping[int, Callable[[int, int, bytes], None]] = {
            frames.DATA: self._take_data,
            frames.HEADERS: self._take_headers,
            frames.CONTINUATION: self._take_more_headers,
            frames.RST_STREAM: self._take_reset,
            frames.WINDOW_UPDATE: self._take_window_update,
            frames.SETTINGS: self._take_settings,
            frames.PING: self._take_ping,
            frames.GOAWAY: self._take_goaway,
            frames.PUSH_PROMISE: self._take_promise,
        }
        self._noise = Noise(self._loop)
        self._pulse = Pulse(self, keep_alive)
        self._due = Due(self._loop, self._overdue)

    @property
    def usable(self) -> bool:
        """Whether it takes calls."""
        return self._usable

    @property
    def busy(self) -> bool:
        """Whether there are calls on it."""
        return bool(self._streams)

    async def ready(self) -> bool:
        """Whether the other side has begun to speak HTTP/2, which it does soon or never."""
        return await self._ready

    async def ask(self, head: bytes, message: bytes, deadline: float) -> Ended:
        """Make a call; the backend is told when it is cancelled."""
        if self._free() <= 0 and not await self._turns.wait(deadline):
            return _NO_TIME
        if not self._usable:
            return _ELSEWHERE
        stream = Stream(self._next, self._loop.create_future(), self._limit, deadline)
        self._next += 2
        self._usable = self._next <= frames.MOST
        self._streams[stream.number] = stream
        self._due.by(deadline)
        self._outbox.begin(stream, head, message)
        try:
            return await stream.done
        except asyncio.CancelledError:
            self._break_off(stream, _NO_TIME)
            raise

    def close(self) -> None:
        """Be done with it; calls end."""
        self._end(frames.NO_ERROR, "the connection was closed")

    def forsake(self) -> None:
        """Whoever wanted it has gone before it was there: not every loop tells of its end then."""
        self._pulse.stop()

    def ping(self) -> None:
        """See `Patient`."""
        self._outbox.write(frames.frame(frames.PING, 0, 0, _PING))

    def give_up(self) -> None:
        """See `Patient`."""
        self._end(frames.NO_ERROR, "the backend fell silent")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        self._transport = Corked(cast(asyncio.Transport, transport), self._loop)
        self._outbox = Outbox(self._transport)
        settings = {
            frames.HEADER_TABLE_SIZE: 0,
            frames.ENABLE_PUSH: 0,
            frames.INITIAL_WINDOW_SIZE: min(self._limit + _PADDING, frames.MOST),
            frames.MAX_HEADER_LIST_SIZE: LARGEST,
        }
        wider = frames.window_update(0, _ROOM - frames.WINDOW)
        self._outbox.write(frames.PREFACE + frames.settings(settings) + wider)
        self._pulse.start()

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        self._pulse.heard = True
        try:
            for kind, flags, number, payload in self._splitter.frames(data):
                self._take(kind, flags, number, payload)
        except FaultError as fault:
            self._end(fault.code, str(fault))

    def connection_lost(self, _error: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._lose(_BROKEN)

    def pause_writing(self) -> None:
        """See `asyncio.Protocol`."""
        self._outbox.paused = True

    def resume_writing(self) -> None:
        """See `asyncio.Protocol`."""
        self._outbox.paused = False
        self._outbox.go_on()
        self._turns.go_on()

    def _free(self) -> int:
        """How many more calls may be made, as far as the backend allows them and reads on."""
        if not self._usable:
            return frames.MOST  # they go elsewhere
        return 0 if self._outbox.paused else self._most - len(self._streams)

    def _take(self, kind: int, flags: int, number: int, payload: bytes) -> None:
        if self._block is not None and kind != frames.CONTINUATION:
            raise FaultError(frames.PROTOCOL_ERROR, "headers that do not go on")
        if not self._ready.done() and kind != frames.SETTINGS:
            raise FaultError(frames.PROTOCOL_ERROR, "no SETTINGS at first")
        self._takers.get(kind, self._take_other)(flags, number, payload)

    def _take_data(self, flags: int, number: int, payload: bytes) -> None:
        size = len(payload)
        self._taken += size
        if self._taken > _ROOM // 2:
            self._outbox.write(frames.window_update(0, self._taken))
            self._taken = 0
        stream = self._stream(number)
        if stream is None:
            return
        data = frames.unpadded(flags, payload)
        if padding := size - len(data):
            self._outbox.write(frames.window_update(number, padding))
        last = bool(flags & frames.END_STREAM)
        if not data and not last:
            self._noise.count()
        self._may_end(stream, stream.take_data(data, last=last), last=last)

    def _take_headers(self, flags: int, number: int, payload: bytes) -> None:
        block = frames.unpadded(flags, payload)
        if flags & frames.WITH_PRIORITY:
            block = block[5:]
        if flags & frames.END_HEADERS:
            self._take_head(flags, number, block)
        else:
            self._block = number, flags, bytearray(block)

    def _take_more_headers(self, flags: int, number: int, payload: bytes) -> None:
        if self._block is None or self._block[0] != number:
            raise FaultError(frames.PROTOCOL_ERROR, "headers that go on from nothing")
        _, first, block = self._block
        block += payload
        if len(block) > LARGEST:
            raise FaultError(frames.ENHANCE_YOUR_CALM, "more headers than anyone needs")
        if flags & frames.END_HEADERS:
            self._block = None
            self._take_head(first, number, bytes(block))
        else:
            self._noise.count()

    def _take_head(self, flags: int, number: int, block: bytes) -> None:
        stream = self._stream(number)
        if stream is not None:
            last = bool(flags & frames.END_STREAM)
            self._may_end(stream, stream.take_head(decoded(block), last=last), last=last)

    def _take_reset(self, _flags: int, number: int, payload: bytes) -> None:
        stream = self._stream(number)
        if stream is not None:
            self._forget(stream, reset(frames.number(payload)))

    def _take_window_update(self, _flags: int, number: int, payload: bytes) -> None:
        self._noise.count()
        stream = self._stream(number) if number else None
        if stream is not None or not number:
            self._outbox.widen(stream, frames.number(payload) & frames.MOST)

    def _take_settings(self, flags: int, _number: int, payload: bytes) -> None:
        self._noise.count()
        if flags & frames.ACK:
            return
        for name, value in frames.settings_in(payload):
            if name == frames.MAX_CONCURRENT_STREAMS:
                self._most = value
            elif name == frames.INITIAL_WINDOW_SIZE:
                self._outbox.set_window(value)
            elif name == frames.MAX_FRAME_SIZE:
                self._outbox.set_frame_size(value)
        self._outbox.reply(frames.frame(frames.SETTINGS, frames.ACK, 0))
        self._outbox.go_on()
        self._turns.go_on()
        if not self._ready.done():
            self._ready.set_result(True)

    def _take_ping(self, flags: int, _number: int, payload: bytes) -> None:
        self._noise.count()
        if len(payload) != len(_PING):
            raise FaultError(frames.FRAME_SIZE_ERROR, "a PING of another size")
        if not flags & frames.ACK:
            self._outbox.reply(frames.frame(frames.PING, frames.ACK, 0, payload))

    def _take_goaway(self, _flags: int, _number: int, payload: bytes) -> None:
        """No more calls; those that the backend did not look at may be made elsewhere."""
        last = frames.number(payload) & frames.MOST
        self._usable = False
        for stream in [each for each in self._streams.values() if each.number > last]:
            self._forget(stream, _ELSEWHERE)
        self._turns.go_on()
        if not self._streams:
            self.close()

    def _take_promise(self, _flags: int, _number: int, _payload: bytes) -> None:
        raise FaultError(frames.PROTOCOL_ERROR, "a promise that was not asked for")

    def _take_other(self, _flags: int, _number: int, _payload: bytes) -> None:
        self._noise.count()

    def _stream(self, number: int) -> Stream | None:
        """The stream of that number; None where its call is over. Raises `FaultError`."""
        stream = self._streams.get(number)
        if stream is None:
            if number % 2 == 0 or number >= self._next:
                raise FaultError(frames.PROTOCOL_ERROR, "a stream that was never begun")
            self._noise.count()
        return stream

    def _may_end(self, stream: Stream, ended: Ended | None, *, last: bool) -> None:
        if ended is None:
            return
        if last and not self._outbox.leave(stream):
            self._forget(stream, ended)
        else:
            self._break_off(stream, ended)

    def _overdue(self, now: float) -> float:
        """As `Due` looks: end the calls whose time is over."""
        for stream in [one for one in self._streams.values() if one.deadline <= now]:
            self._break_off(stream, _NO_TIME)
        return min((one.deadline for one in self._streams.values()), default=math.inf)

    def _break_off(self, stream: Stream, ended: Ended) -> None:
        """End a call before both sides are done with it."""
        if stream.number in self._streams:
            self._outbox.write(frames.reset(stream.number, frames.CANCEL))
            self._forget(stream, ended)

    def _forget(self, stream: Stream, ended: Ended) -> None:
        """A call is over."""
        del self._streams[stream.number]
        self._noise.call()
        self._outbox.leave(stream)
        if not stream.done.done():
            stream.done.set_result(ended)
        self._turns.go_on()
        if not self._usable and not self._streams:
            self.close()

    def _end(self, code: int, reason: str) -> None:
        """Say goodbye."""
        if not self._transport.is_closing():
            self._outbox.write(frames.goaway(code))
            self._transport.close()
        self._lose(reason)

    def _lose(self, reason: str) -> None:
        """There is no connection any more."""
        self._usable = False
        self._pulse.stop()
        self._due.stop()
        if not self._ready.done():
            self._ready.set_result(False)
        self._outbox.stop()
        streams, self._streams = self._streams, {}
        for stream in streams.values():
            if not stream.done.done():
                stream.done.set_result(Ended(UNAVAILABLE, reason))
        self._turns.go_on()
