"""Writes that leave together, at the end of the event loop's turn.

A write wakes whoever reads it, and where they sleep on another core that costs more than all the
rest of it. Of writes that follow each other closely only the first has to: while a loop is busy
they are held until its turn ends. While it is not, each goes out at once.
"""

import asyncio
from collections import deque
from typing import Any
from weakref import WeakKeyDictionary

_MOST = 16
"""Connections that wait for the end of a turn, beyond which none has to."""
_MOST_BYTES = 256 * 1024
"""The same of what they hold."""


class Cork:
    """What one event loop's connections hold back."""

    def __init__(self) -> None:
        self._waiting: list[Corked] = []
        self._size = 0
        self._writes = 0
        """In this turn."""
        self._is_busy = False
        """Whether there was more than one write in the last turn that had any."""

    def holds(self, line: "Corked", size: int) -> bool:
        """Whether a write waits, the first that `line` makes since it held none."""
        if not self._writes:
            # The loop is not kept: it is what this one is found by.
            asyncio.get_running_loop().call_soon(self._end)
        self._writes += 1
        if self._writes == 1 and not self._is_busy:
            return False
        self._waiting.append(line)
        self._size += size
        return True

    def grow(self, size: int) -> None:
        """A connection that waits holds so much more."""
        self._size += size

    def look(self) -> None:
        """Hold back no more than is good."""
        if len(self._waiting) >= _MOST or self._size >= _MOST_BYTES:
            self._let_go()

    def _end(self) -> None:
        self._is_busy = self._writes > 1
        self._writes = 0
        self._let_go()

    def _let_go(self) -> None:
        waiting, self._waiting, self._size = deque(self._waiting), [], 0
        try:
            while waiting:
                waiting.popleft().flush()
        finally:
            if waiting:  # what one raises is not the others' fault
                self._waiting[:0] = waiting
                asyncio.get_running_loop().call_soon(self._let_go)


_corks: WeakKeyDictionary[asyncio.AbstractEventLoop, Cork] = WeakKeyDictionary()


class Corked(asyncio.Transport):
    """A transport that may hold back what is written until the end of the loop's turn.

    Whatever else is done with it is done after what was written before. Once it is closed, what is
    still held remains so, and nothing is added to it.
    """

    __slots__ = ("_cork", "_held", "_is_over", "_size", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._held: list[bytes] = []
        self._size = 0
        """Bytes of what is held."""
        self._is_over = False
        """Whether nothing more can be sent."""
        self._cork = _corks.get(loop) or _corks.setdefault(loop, Cork())

    @property
    def is_holding(self) -> bool:
        """Whether something that was written has not begun to be sent."""
        return bool(self._held)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """As `asyncio.WriteTransport`."""
        data, cork = bytes(data), self._cork
        if self._is_over:
            self._transport.write(data)  # which says so
            return
        if self._held:
            cork.grow(len(data))
        elif not cork.holds(self, len(data)):
            self._transport.write(data)
            return
        self._held.append(data)
        self._size += len(data)
        cork.look()

    def flush(self) -> None:
        """Send what is held."""
        held, to = self._held, self._transport
        if not held:
            return
        # What closes takes more as long as something is left to be sent.
        if to.is_closing() and not to.get_write_buffer_size():
            self._is_over = True
            return
        data = held[0] if len(held) == 1 else b"".join(held)
        held.clear()
        self._size = 0
        to.write(data)

    def uncorked(self) -> asyncio.Transport:
        """The transport that sends at once, to be used from now on."""
        self.flush()
        return self._transport

    def close(self) -> None:
        """As `asyncio.BaseTransport`."""
        self.flush()
        self._transport.close()

    def abort(self) -> None:
        """As `asyncio.WriteTransport`."""
        self._transport.abort()

    def is_closing(self) -> bool:
        """As `asyncio.BaseTransport`."""
        return self._transport.is_closing()

    def can_write_eof(self) -> bool:
        """As `asyncio.WriteTransport`."""
        return self._transport.can_write_eof()

    def write_eof(self) -> None:
        """As `asyncio.WriteTransport`."""
        self.flush()
        self._is_over = True
        self._transport.write_eof()

    def get_write_buffer_size(self) -> int:
        """As `asyncio.WriteTransport`."""
        return self._transport.get_write_buffer_size() + self._size

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """As `asyncio.WriteTransport`."""
        return self._transport.get_write_buffer_limits()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """As `asyncio.WriteTransport`."""
        self._transport.set_write_buffer_limits(high, low)

    def is_reading(self) -> bool:
        """As `asyncio.ReadTransport`."""
        return self._transport.is_reading()

    def pause_reading(self) -> None:
        """As `asyncio.ReadTransport`."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """As `asyncio.ReadTransport`."""
        self._transport.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """As `asyncio.BaseTransport`."""
        return self._transport.get_extra_info(name, default)

    def get_protocol(self) -> asyncio.BaseProtocol:
        """As `asyncio.BaseTransport`."""
        return self._transport.get_protocol()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """As `asyncio.BaseTransport`."""
        self._transport.set_protocol(protocol)
