"""The open line: a channel opened in the loop of the first call, and where grpc's errors end."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from grpc import aio

from upstreams.errors import Unreachable
from upstreams.grpc.call.details import Asked
from upstreams.grpc.call.ending import Ending
from upstreams.grpc.call.failures import failure
from upstreams.grpc.channel import UnusableError, headers, open_channel, prepare
from upstreams.grpc.model import Settings
from upstreams.kind import Aside


class Line:
    """A channel to one backend, opened when first used."""

    def __init__(self, settings: Settings, reads: tuple[str, ...]) -> None:
        self._settings = settings
        self._reads = reads
        self._channel: aio.Channel | None = None
        self._closed = False

    async def channel(self) -> aio.Channel:
        """The open channel. Raises `Unreachable`."""
        if self._channel is None:
            await self._open()
        if self._closed or self._channel is None:
            raise Unreachable("the upstream is being closed")
        return self._channel

    async def aclose(self) -> None:
        """Close the channel; calls in flight fail."""
        self._closed = True
        if self._channel is not None:
            await self._channel.close()

    @contextmanager
    def our_errors(self, asked: Asked, aside: Aside) -> Iterator[Ending]:
        """Turn grpc's errors into `CallError`s, and note what came with them.

        The RPC is to be made known to what is yielded.
        """
        ending = Ending()
        try:
            yield ending
        except aio.AioRpcError as error:
            told = ending.told(error)
            aside.status = told.code().name
            aside.headers = headers(told.initial_metadata(), told.trailing_metadata())
            raise failure(told, asked) from error
        except aio.UsageError as error:
            raise Unreachable("the upstream is being closed") from error
        except asyncio.CancelledError as error:
            # Closing a channel cancels its calls, which is not the same as being cancelled.
            task = asyncio.current_task()
            if self._closed and (task is None or not task.cancelling()):
                raise Unreachable("the upstream was closed before an answer") from error
            raise

    async def _open(self) -> None:
        backend = self._settings.backend
        if backend is None:
            raise Unreachable("only a description was given, and no backend", retryable=False)
        try:
            way = await asyncio.to_thread(prepare, self._settings, self._reads)
        except UnusableError as error:
            # It names files of the gateway, which are not its clients' business.
            raise Unreachable("a file it needs cannot be used", retryable=False) from error
        # Meanwhile another call may have opened it, or it may have been closed.
        if self._channel is None and not self._closed:
            limit = self._settings.max_response
            self._channel = open_channel(backend, self._settings, way, max_message=limit)
