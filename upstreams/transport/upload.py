"""The body of a request that is sent as it is made, no faster than the backend takes it."""

import asyncio
from collections.abc import AsyncIterator, Callable

from upstreams.errors import BadInput, CallError, Unreachable

_MISCOUNTED = "the request's body is not as long as announced"
_UNREADABLE = "the request's body could not be read to its end"


class Upload:
    """One body on its way; whoever makes it is told of its end, unless it was stopped."""

    def __init__(
        self, transport: asyncio.WriteTransport, ended: Callable[[CallError | None], None]
    ) -> None:
        self._transport = transport
        self._ended = ended
        self._room = asyncio.Event()
        self._room.set()

    def start(self, body: AsyncIterator[bytes], length: int | None) -> None:
        """Send the body, in chunks where its length is not known."""
        sending = self._sized(body, length) if length is not None else self._chunked(body)
        # No TaskGroup: it would have to be around the exchange, whose errors it would wrap. The
        # connection holds this task, ends it with the exchange, and hears of its error.
        self._task = asyncio.get_running_loop().create_task(sending)
        self._task.add_done_callback(self._done)

    def stop(self) -> None:
        """The rest is not wanted."""
        self._task.remove_done_callback(self._done)
        self._task.cancel()

    def pause(self) -> None:
        """Too much is on its way already."""
        self._room.clear()

    def resume(self) -> None:
        """There is room again."""
        self._room.set()

    async def _sized(self, body: AsyncIterator[bytes], length: int) -> None:
        async for piece in body:
            length -= len(piece)
            if length < 0:
                break
            self._transport.write(piece)
            await self._room.wait()
        if length:
            raise BadInput(_MISCOUNTED)

    async def _chunked(self, body: AsyncIterator[bytes]) -> None:
        async for piece in body:
            if piece:  # an empty chunk would be the end
                self._transport.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                await self._room.wait()
        self._transport.write(b"0\r\n\r\n")

    def _done(self, task: asyncio.Task[None]) -> None:
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if error is None or isinstance(error, CallError):
            self._ended(error)
            return
        failure = Unreachable(_UNREADABLE, retryable=False)
        failure.__cause__ = error
        self._ended(failure)
