"""What becomes of an answer as it arrives: read as a whole, or passed on piece by piece."""

import asyncio
from collections.abc import Callable
from typing import ClassVar, TypeAlias

from upstreams.errors import CallError, Malformed
from upstreams.transport.fields import Fields

MAX_HELD = 64 * 1024
"""Bytes of a streamed answer that wait to be taken; beyond, nothing is read from the backend."""


class Whole:
    """An answer read to its end, within a limit of bytes."""

    __slots__ = ("_limit", "_pieces", "_size", "fields", "ready", "status")

    is_timed_to_its_end: ClassVar[bool] = True
    """The deadline is for all of it."""

    def __init__(self, limit: int, ready: asyncio.Future[None]) -> None:
        self._limit = limit
        self._pieces: list[bytes] = []
        self._size = 0
        self.ready = ready

    def begin(self, status: int, fields: Fields) -> None:
        """The head has come."""
        self.status, self.fields = status, fields

    def await_more(self) -> None:
        """The head has come without all of its body. Raises `Malformed` for one too large."""
        announced = self.fields.first("content-length")
        if announced is not None and int(announced) > self._limit:
            raise Malformed(
                f"the answer has {announced} bytes, more than the limit of {self._limit}"
            )

    def piece(self, piece: bytes) -> None:
        """Raises `Malformed` when the body becomes too large."""
        self._size += len(piece)
        if self._size > self._limit:
            self._pieces.clear()  # the error's traceback would keep them
            raise Malformed(f"the answer is larger than the limit of {self._limit} bytes")
        self._pieces.append(piece)

    def end(self) -> None:
        """All has come."""
        if not self.ready.done():
            self.ready.set_result(None)

    def fail(self, error: CallError) -> None:
        """Nothing more will come."""
        if not self.ready.done():
            self.ready.set_exception(error)

    def again(self) -> None:
        """Nothing has come yet, and it is asked for once more."""
        self.ready = self.ready.get_loop().create_future()

    def body(self) -> bytes:
        """All of it, once it is ready."""
        return self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)


class Flowing:
    """An answer whose body is taken as it arrives; ready once its head is there."""

    __slots__ = (
        "_ended",
        "_error",
        "_loop",
        "_pieces",
        "_size",
        "_taken",
        "_taker",
        "fields",
        "ready",
        "status",
    )

    is_timed_to_its_end: ClassVar[bool] = False
    """The deadline is for its head."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._pieces: list[bytes] = []
        self._size = 0
        self._taker: asyncio.Future[None] | None = None
        self._ended = False
        self._error: CallError | None = None
        self._taken: Callable[[], None] | None = None
        self.ready = loop.create_future()

    @property
    def is_full(self) -> bool:
        """Whether to wait before more of it is read."""
        return self._size > MAX_HELD

    def when_taken(self, call: Callable[[], None]) -> None:
        """Call back once what is held has been taken."""
        self._taken = call

    def begin(self, status: int, fields: Fields) -> None:
        """The head has come."""
        self.status, self.fields = status, fields
        if not self.ready.done():
            self.ready.set_result(None)

    def await_more(self) -> None:
        """The head has come without all of its body."""

    def piece(self, piece: bytes) -> None:
        """Some of the body has come."""
        self._pieces.append(piece)
        self._size += len(piece)
        self._wake()

    def end(self) -> None:
        """All has come."""
        self._ended = True
        self._wake()

    def fail(self, error: CallError) -> None:
        """Nothing more will come; what came before can still be taken."""
        if self.ready.done():
            self._error = error
            self._wake()
        else:
            self.ready.set_exception(error)

    def again(self) -> None:
        """Nothing has come yet, and it is asked for once more."""
        self.ready = self._loop.create_future()

    def at_once(self) -> bytes | None:
        """All that is left of the body, where the end of it has come already."""
        if not self._ended:
            return None
        body = b"".join(self._pieces)
        self._pieces.clear()
        return body

    def __aiter__(self) -> "Flowing":
        return self

    async def __anext__(self) -> bytes:
        """All that has come since the last time. Raises what broke the answer off."""
        while not self._pieces:
            if self._error is not None:
                raise self._error
            if self._ended:
                raise StopAsyncIteration
            self._taker = self._loop.create_future()
            await self._taker
        piece = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        if self._taken is not None:
            call, self._taken = self._taken, None
            call()
        return piece

    def _wake(self) -> None:
        if self._taker is not None and not self._taker.done():
            self._taker.set_result(None)


Answer: TypeAlias = Whole | Flowing
"""What a connection fills in; `ready` raises what went wrong before."""
