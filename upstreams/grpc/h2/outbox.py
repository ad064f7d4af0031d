"""What goes out on a connection, as fast as the backend has room for it (RFC 9113 §5.2)."""

import asyncio
from collections import deque

from upstreams.grpc.h2 import frames
from upstreams.grpc.h2.ending import PREFIX
from upstreams.grpc.h2.frames import FaultError
from upstreams.grpc.h2.heads import NO_TABLE
from upstreams.grpc.h2.stream import Stream

HELD = 4 * 1024 * 1024
"""How many bytes may wait to be sent before a backend has no more answers; calls wait sooner."""


class Outbox:
    """Frames on their way out."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self.paused = False
        """Whether the transport holds as much as it wants to."""
        self._transport = transport
        self._window = frames.WINDOW
        self._their_window = frames.WINDOW
        """What a stream's window is at first."""
        self._frame_size = frames.LARGEST
        self._waiting: deque[Stream] = deque()
        self._preface = NO_TABLE

    def write(self, data: bytes) -> None:
        """Send frames that need no room."""
        self._transport.write(data)

    def reply(self, data: bytes) -> None:
        """Send what the backend wants to hear. Raises `FaultError` where it does not listen."""
        if self._transport.get_write_buffer_size() > HELD:
            raise FaultError(frames.ENHANCE_YOUR_CALM, "more questions than answers are taken")
        self._transport.write(data)

    def stop(self) -> None:
        """Send no more of any call."""
        self._waiting.clear()

    def begin(self, stream: Stream, head: bytes, message: bytes) -> None:
        """Send a call: its headers, and its message as there is room."""
        headers = self._headers(stream.number, self._preface + head)
        self._preface = b""
        data = PREFIX.pack(0, len(message)) + message
        room = min(self._window, self._their_window, self._frame_size)
        if len(data) <= room and not self._waiting and not self.paused:
            self._window -= len(data)
            last = frames.frame(frames.DATA, frames.END_STREAM, stream.number, data)
            self._transport.write(headers + last)
            return
        self._transport.write(headers)
        stream.unsent, stream.window = memoryview(data), self._their_window
        self._waiting.append(stream)
        self.go_on()

    def go_on(self) -> None:
        """Send what there is room for."""
        for _ in range(len(self._waiting)):
            stream = self._waiting.popleft()
            self._send(stream)
            if stream.unsent is not None:
                self._waiting.append(stream)

    def leave(self, stream: Stream) -> bool:
        """Send no more of a call; whether there was more."""
        if stream.unsent is None:
            return False
        stream.unsent = None
        if stream in self._waiting:
            self._waiting.remove(stream)
        return True

    def widen(self, stream: Stream | None, by: int) -> None:
        """There is more room, for one stream or for all. Raises `FaultError`."""
        if not 0 < by <= frames.MOST:
            raise FaultError(frames.PROTOCOL_ERROR, "a window that grows by nothing")
        if stream is None:
            self._window = _grown(self._window, by)
        else:
            stream.window = _grown(stream.window, by)
        if self._waiting:
            self.go_on()

    def set_window(self, size: int) -> None:
        """Every stream's window is so large at first. Raises `FaultError`."""
        by = size - self._their_window
        self._their_window = _grown(0, size)
        for stream in self._waiting:
            stream.window = _grown(stream.window, by)

    def set_frame_size(self, size: int) -> None:
        """No frame's payload is larger. Raises `FaultError`."""
        if not frames.LARGEST <= size < 2**24:
            raise FaultError(frames.PROTOCOL_ERROR, "frames of an impossible size")
        self._frame_size = size

    def _headers(self, number: int, head: bytes) -> bytes:
        """The frames that a block of headers takes."""
        if len(head) <= self._frame_size:
            return frames.frame(frames.HEADERS, frames.END_HEADERS, number, head)
        size = self._frame_size
        parts = [head[at : at + size] for at in range(0, len(head), size)]
        kinds = [frames.HEADERS, *[frames.CONTINUATION] * (len(parts) - 1)]
        flags = [*[0] * (len(parts) - 1), frames.END_HEADERS]
        made = zip(kinds, flags, parts, strict=True)
        return b"".join(frames.frame(kind, flag, number, part) for kind, flag, part in made)

    def _send(self, stream: Stream) -> None:
        """Send as much of a message as there is room for."""
        unsent = stream.unsent
        while unsent and not self.paused:
            room = min(self._window, stream.window, self._frame_size)
            if room <= 0:
                break
            part, unsent = unsent[:room], unsent[room:]
            self._window -= len(part)
            stream.window -= len(part)
            flags = 0 if unsent else frames.END_STREAM
            self._transport.write(frames.frame(frames.DATA, flags, stream.number, bytes(part)))
        stream.unsent = unsent or None


def _grown(window: int, by: int) -> int:
    """A window's new size, which may be less than nothing. Raises `FaultError`."""
    if window + by > frames.MOST:
        raise FaultError(frames.FLOW_CONTROL_ERROR, "a window larger than any")
    return window + by
