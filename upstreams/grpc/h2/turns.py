"""Who waits until there is room, in the order in which they came."""

import asyncio
from collections import deque
from collections.abc import Callable


class Turns:
    """Those that wait on one connection."""

    def __init__(self, room: Callable[[], int]) -> None:
        """`room` tells for how many more there is room now."""
        self._room = room
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def wait(self, deadline: float) -> bool:
        """Wait for room; False past the deadline."""
        try:
            async with asyncio.timeout_at(deadline):
                while self._room() <= 0:
                    turn = asyncio.get_running_loop().create_future()
                    self._waiting.append(turn)
                    await turn
        except TimeoutError:
            return False
        finally:
            # Whoever gives up may have been the one to go on.
            self.go_on()
        return True

    def go_on(self) -> None:
        """There may be room: let as many go on as there is room for."""
        if not self._waiting:
            return
        room = self._room()
        while self._waiting and room > 0:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                room -= 1
