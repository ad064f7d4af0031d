"""A line between two processes, one of which forked the other."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Iterator
from typing import Self

import msgspec

from app.workers.messages import Message

SEND_SECONDS = 5.0
"""How long the other process may leave its end full: after that, it hangs."""

_CHUNK = 1 << 18
_LENGTH = struct.Struct("!I")

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Message)


class Channel:
    """One end. The end of either process closes it, and so tells the other."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        self._buffer = bytearray()

    @classmethod
    def pair(cls) -> tuple[Self, Self]:
        """Both ends."""
        one, other = socket.socketpair()
        return cls(one), cls(other)

    def fileno(self) -> int:
        """The descriptor, for a selector."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close this end, in this process."""
        self._socket.close()

    def send(self, message: Message) -> None:
        """Say it, from a process without a loop.

        Raises `OSError` when the other is gone or takes nothing in `SEND_SECONDS`.
        """
        self._socket.settimeout(SEND_SECONDS)
        self._socket.sendall(_framed(message))

    def received(self) -> list[Message]:
        """What has come since; it does not wait once there is something. Raises `EOFError`."""
        piece = self._piece()
        if not piece:
            raise EOFError
        self._buffer += piece
        return list(self._messages())

    async def tell(self, message: Message) -> None:
        """Say it, from a process with a loop; not to be called again before it is done."""
        self._socket.setblocking(False)
        await asyncio.get_running_loop().sock_sendall(self._socket, _framed(message))

    async def told(self) -> AsyncIterator[Message]:
        """What the other process says, until it ends."""
        self._socket.setblocking(False)
        loop = asyncio.get_running_loop()
        while piece := await loop.sock_recv(self._socket, _CHUNK):
            self._buffer += piece
            for message in self._messages():
                yield message

    def _piece(self) -> bytes:
        try:
            return self._socket.recv(_CHUNK)
        except ConnectionResetError:
            return b""

    def _messages(self) -> Iterator[Message]:
        """The whole messages that have come."""
        while len(self._buffer) >= _LENGTH.size:
            end = _LENGTH.size + _LENGTH.unpack_from(self._buffer)[0]
            if len(self._buffer) < end:
                return
            text = bytes(self._buffer[_LENGTH.size : end])
            del self._buffer[:end]
            yield _decoder.decode(text)


def _framed(message: Message) -> bytes:
    text = _encoder.encode(message)
    return _LENGTH.pack(len(text)) + text
