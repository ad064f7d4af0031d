"""The connections to one upstream: a few that wait, the last used first, and never too many."""

import asyncio
import math
from collections import deque
from collections.abc import Iterator

from upstreams.errors import TimedOut
from upstreams.transport.connection import Connection
from upstreams.transport.dial import Dialler
from upstreams.transport.model import Limits
from upstreams.transport.outgoing import Origin


class Pool:
    """Connections, in use or idle. A call takes one, and it comes back at the exchange's end."""

    def __init__(self, limits: Limits, dialler: Dialler) -> None:
        self._limits = limits
        self._dialler = dialler
        self._places = limits.connections
        """How many more may be in use."""
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._idle: dict[str, list[Connection]] = {}
        """By origin, the one that has been idle longest first."""
        self._all: set[Connection] = set()
        self._sweep: asyncio.TimerHandle | None = None

    def idle(self, origin: Origin) -> Connection | None:
        """A connection that has served before, if there is one and it may be used now."""
        waiting = self._idle.get(origin.base)
        if not waiting or not self._places:
            return None
        self._places -= 1
        return waiting.pop()

    async def opened(self, origin: Origin, deadline: float, *, fresh: bool = False) -> Connection:
        """A connection, once there is a place for it; a new one where that is wanted.

        Raises `CallError`.
        """
        try:
            async with asyncio.timeout_at(deadline if deadline < math.inf else None):
                await self._place()
                try:
                    return (not fresh and self._taken(origin)) or await self._dialled(origin)
                except BaseException:
                    self._leave()
                    raise
        except TimeoutError as error:
            raise TimedOut("no answer in time") from error

    async def aclose(self) -> None:
        """End every connection; calls in flight fail."""
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None
        ended = [connection.ended for connection in self._all]
        for connection in tuple(self._all):
            connection.close()
        # Each transport is closed once it has said so.
        await asyncio.gather(*ended)

    def made(self, connection: Connection) -> None:
        """As `Owner`."""
        self._all.add(connection)

    def freed(self, connection: Connection, *, reusable: bool) -> None:
        """As `Owner`."""
        if reusable:
            self._park(connection)
        if self._waiting:
            self._leave()
        else:
            self._places += 1

    def lost(self, connection: Connection) -> None:
        """As `Owner`."""
        self._all.discard(connection)
        waiting = self._idle.get(connection.origin.base, ())
        if connection in waiting:
            self._idle[connection.origin.base].remove(connection)

    def _taken(self, origin: Origin) -> Connection | None:
        waiting = self._idle.get(origin.base)
        return waiting.pop() if waiting else None

    async def _place(self) -> None:
        """Wait, in order of arrival, until one more may be in use."""
        if self._places:
            self._places -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self._leave()  # it was our turn, but nobody is there to take it
            raise

    def _leave(self) -> None:
        """One fewer is in use: who has waited longest is next."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._places += 1

    async def _dialled(self, origin: Origin) -> Connection:
        self._make_room()
        loop = asyncio.get_running_loop()
        return await self._dialler.dial(origin, lambda: Connection(origin, self, loop))

    def _make_room(self) -> None:
        """End the connection that has been idle longest, where as many are open as may be."""
        if len(self._all) >= self._limits.connections:
            oldest = min(self._waiting_ones(), key=lambda one: one.parked_at, default=None)
            if oldest is not None:
                oldest.close()

    def _waiting_ones(self) -> Iterator[Connection]:
        return (connection for waiting in self._idle.values() for connection in waiting)

    def _park(self, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        connection.parked_at = loop.time()
        self._idle.setdefault(connection.origin.base, []).append(connection)
        if self._sweep is None:
            self._sweep = loop.call_later(self._limits.idle_seconds, self._swept)

    def _swept(self) -> None:
        """End what has been idle too long, and look again when the next one will have been."""
        loop = asyncio.get_running_loop()
        until = loop.time() - self._limits.idle_seconds
        for connection in [one for one in self._waiting_ones() if one.parked_at <= until]:
            connection.close()
        self._idle = {base: waiting for base, waiting in self._idle.items() if waiting}
        oldest = min((one.parked_at for one in self._waiting_ones()), default=None)
        self._sweep = None
        if oldest is not None:
            self._sweep = loop.call_at(oldest + self._limits.idle_seconds, self._swept)
