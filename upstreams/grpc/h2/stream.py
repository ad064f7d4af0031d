"""One call: what is still to be sent of it, and what came."""

import asyncio

from upstreams.grpc.h2.ending import (
    INTERNAL,
    PREFIX,
    RESOURCE_EXHAUSTED,
    TOO_LARGE,
    UNIMPLEMENTED,
    UNKNOWN,
    Ended,
    ended,
    foreign,
)
from upstreams.grpc.h2.heads import Head


class Stream:
    """A stream, from the headers that go out to the end that comes."""

    __slots__ = (
        "_expected",
        "_head",
        "_limit",
        "_received",
        "deadline",
        "done",
        "number",
        "unsent",
        "window",
    )

    def __init__(
        self, number: int, done: asyncio.Future[Ended], limit: int, deadline: float
    ) -> None:
        """`limit` is of the message that comes, in bytes; `deadline` is a time of the loop."""
        self.number = number
        self.done = done
        self.deadline = deadline
        self.unsent: memoryview | None = None
        """What waits for room."""
        self.window = 0
        """How much of it the backend has room for."""
        self._limit = limit
        self._head: Head | None = None
        self._received = bytearray()
        self._expected: int | None = None

    def take_head(self, head: Head, *, last: bool) -> Ended | None:
        """Headers or trailers came; how the call ends by them, if it does."""
        if last:
            return ended(self._head, head, self._received, self._limit)
        if 100 <= head.http_status < 200:
            return None
        if self._head is not None:
            return Ended(INTERNAL, "headers within an answer")
        self._head = head
        return foreign(head)

    def take_data(self, data: bytes, *, last: bool) -> Ended | None:
        """Some of the answer came; how the call ends by it, if it does."""
        if self._head is None:
            return Ended(INTERNAL, "an answer without headers")
        self._received += data
        if self._expected is None and len(self._received) >= PREFIX.size:
            self._expected = PREFIX.size + PREFIX.unpack_from(self._received)[1]
            if self._expected > PREFIX.size + self._limit:
                return Ended(RESOURCE_EXHAUSTED, TOO_LARGE)
        if self._expected is not None and len(self._received) > self._expected:
            return Ended(UNIMPLEMENTED, "an answer of more than one message")
        return Ended(UNKNOWN, "an answer without a status") if last else None
