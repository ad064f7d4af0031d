"""A deadline that is set for every exchange and hardly ever met."""

import asyncio
import math
from collections.abc import Callable


class Alarm:
    """Calls back once the time it is set to has come.

    Later deadlines leave the loop's timer as it is: it looks again when it rings, so that a
    connection in steady use needs hardly any timers.
    """

    __slots__ = ("_call", "_handle", "_loop", "_rings", "_when")

    def __init__(self, loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
        self._loop = loop
        self._call = call
        self._handle: asyncio.TimerHandle | None = None
        self._rings = math.inf
        self._when = math.inf

    def set(self, when: float) -> None:
        """`when` is a time of the event loop; infinite for never."""
        self._when = when
        if when < self._rings:
            self._wind(when)

    def unset(self) -> None:
        """There is no deadline for now."""
        self._when = math.inf

    def stop(self) -> None:
        """There will not be another one."""
        self.unset()
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
            self._rings = math.inf

    def _wind(self, when: float) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._rings = when
        self._handle = self._loop.call_at(when, self._ring)

    def _ring(self) -> None:
        self._handle, self._rings = None, math.inf
        if self._when == math.inf:
            return
        if self._when > self._loop.time():
            self._wind(self._when)
            return
        self.unset()
        self._call()
