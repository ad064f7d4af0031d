"""When calls are due, told by one timer for all the calls of a connection."""

import asyncio
import math
from collections.abc import Callable


class Due:
    """Rings when something may be due; that calls end before they are costs nothing."""

    def __init__(self, loop: asyncio.AbstractEventLoop, look: Callable[[float], float]) -> None:
        """`look` is given the loop's time, and tells when there is to be looked next.

        That is infinite where nothing is waited for.
        """
        self._loop = loop
        self._look = look
        self._rings = math.inf
        self._timer: asyncio.TimerHandle | None = None

    def by(self, when: float) -> None:
        """Something is due at that time of the loop."""
        if when < self._rings:
            self.stop()
            self._rings = when
            self._timer = self._loop.call_at(when, self._ring)

    def stop(self) -> None:
        """Nothing is waited for."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._rings = math.inf

    def _ring(self) -> None:
        self._timer, self._rings = None, math.inf
        self.by(self._look(self._loop.time()))
