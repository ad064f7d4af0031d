"""Frames that no call has any use for, which a backend may send, but not without end."""

import asyncio

from upstreams.grpc.h2.frames import ENHANCE_YOUR_CALM, FaultError

_MOST = 10_000
"""How many a second: a few hundredths of the second to take them."""
_PER_CALL = 10
"""How many more for every call: backends make room and measure distances as calls go by."""


class Noise:
    """Counts such frames on one connection."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._count = 0
        self._until = 0.0

    def call(self) -> None:
        """A call ended."""
        self._count -= _PER_CALL

    def count(self) -> None:
        """One more. Raises `FaultError` where there are too many."""
        now = self._loop.time()
        if now >= self._until:
            self._count, self._until = 0, now + 1
        self._count += 1
        if self._count > _MOST:
            raise FaultError(ENHANCE_YOUR_CALM, "more frames than anyone needs")
