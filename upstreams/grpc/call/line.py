"""The open line: our own way for unary calls, a channel for others, and where grpc's errors end."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from grpc import aio

from upstreams import tls
from upstreams.errors import CallError, Unreachable
from upstreams.grpc.call.details import Asked
from upstreams.grpc.call.ending import Ending
from upstreams.grpc.call.failures import code_of, ended_by, failure
from upstreams.grpc.call.unary import Unary, unary
from upstreams.grpc.channel import Metadata, UnusableError, headers, open_channel, prepare
from upstreams.grpc.h2 import Ended, SeveralError
from upstreams.grpc.h2.ending import OK
from upstreams.grpc.model import Settings
from upstreams.kind import Aside

_CLOSED = "the upstream was closed before an answer"
_CLOSING = "the upstream is being closed"


class Line:
    """What leads to one backend, opened when first used."""

    def __init__(self, settings: Settings, reads: tuple[str, ...]) -> None:
        self._settings = settings
        self._reads = reads
        self._channel: aio.Channel | None = None
        self._unary: Unary | None = None
        self._plain = True
        """Whether the backend has one address, as far as is known."""
        self._closed = False

    async def ask(self, path: str, message: bytes, metadata: Metadata, deadline: float) -> Ended:
        """Make a unary call. Raises `Unreachable` where there is no way to make one."""
        if self._closed:
            raise Unreachable(_CLOSING)
        if self._unary is None:
            self._unary = unary(self._settings, self._reads)
        if self._unary is None or not self._plain:
            return await self._by_channel(path, message, metadata, deadline)
        try:
            ended = await self._unary.ask(path, message, metadata, deadline)
        except SeveralError:
            self._plain = False
            return await self._by_channel(path, message, metadata, deadline)
        except tls.UnusableError as error:
            raise _unusable() from error
        if self._closed and ended.status != OK:
            raise Unreachable(_CLOSED)
        return ended

    async def channel(self) -> aio.Channel:
        """The open channel. Raises `Unreachable`."""
        if self._channel is None:
            await self._open()
        if self._closed or self._channel is None:
            raise Unreachable(_CLOSING)
        return self._channel

    async def aclose(self) -> None:
        """Close all that is open; calls in flight fail."""
        self._closed = True
        if self._unary is not None:
            self._unary.close()
        if self._channel is not None:
            await self._channel.close()

    @contextmanager
    def our_errors(self, asked: Asked, aside: Aside) -> Iterator[Ending]:
        """Turn grpc's errors into `CallError`s, and note what came with them.

        The RPC is to be made known to what is yielded.
        """
        ending = Ending()
        with self._until_closed():
            try:
                yield ending
            except aio.AioRpcError as error:
                raise refusal(ended_by(ending.told(error)), asked, aside) from error

    @contextmanager
    def _until_closed(self) -> Iterator[None]:
        """Tell apart what ends because the channel does."""
        try:
            yield
        except aio.UsageError as error:
            raise Unreachable(_CLOSING) from error
        except asyncio.CancelledError as error:
            # Closing a channel cancels its calls, which is not the same as being cancelled.
            task = asyncio.current_task()
            if self._closed and (task is None or not task.cancelling()):
                raise Unreachable(_CLOSED) from error
            raise

    async def _by_channel(
        self, path: str, message: bytes, metadata: Metadata, deadline: float
    ) -> Ended:
        channel = await self.channel()
        make: aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(path)
        remaining = deadline - asyncio.get_running_loop().time()
        ending = Ending()
        with self._until_closed():
            rpc = ending.of(make(message, timeout=remaining, metadata=metadata))
            try:
                answer = await rpc
            except aio.AioRpcError as error:
                return ended_by(ending.told(error))
            initial, trailing = await rpc.initial_metadata(), await rpc.trailing_metadata()
            return Ended(OK, message=answer, initial=tuple(initial), trailing=tuple(trailing))

    async def _open(self) -> None:
        backend = self._settings.backend
        if backend is None:
            raise Unreachable("only a description was given, and no backend", retryable=False)
        try:
            way = await asyncio.to_thread(prepare, self._settings, self._reads)
        except UnusableError as error:
            raise _unusable() from error
        # Meanwhile another call may have opened it, or it may have been closed.
        if self._channel is None and not self._closed:
            limit = self._settings.max_response
            self._channel = open_channel(backend, self._settings, way, max_message=limit)


def refusal(ended: Ended, asked: Asked, aside: Aside) -> CallError:
    """A failed RPC as ours; what came with it is noted."""
    aside.status = code_of(ended).name
    aside.headers = headers(ended.initial, ended.trailing)
    return failure(ended, asked)


def _unusable() -> Unreachable:
    # What is wrong names files of the gateway, which are not its clients' business.
    return Unreachable("a file it needs cannot be used", retryable=False)
