"""Subscriptions by server-sent events, one request for each ("distinct connections mode")."""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator

from upstreams.errors import Malformed, TimedOut, Unreachable
from upstreams.graphql_api.call.answers import failure
from upstreams.transport import Request, Response, Streamed, Transport

_EVENTS = "text/event-stream"
_RESULTS = ("next", "message", "")
_LINE_END = re.compile(rb"\r\n|\n|\r(?!\Z)")


async def results(
    transport: Transport, request: Request, timeout: float, max_event: int
) -> AsyncGenerator[bytes, None]:
    """Every execution result of one operation, as JSON. Raises `CallError`.

    `timeout` is how many seconds the answer may take to begin, `max_event` the bytes of a result.
    """
    deadline = asyncio.get_running_loop().time() + timeout
    async with transport.stream(request, deadline) as answer:
        if not _streams(answer):
            response = await _whole(answer, max_event, deadline)
            if not 200 <= answer.status < 300:
                raise failure(response)
            yield response.body
            return
        async for name, data in _events(answer.body, max_event):
            if name == "complete":
                return
            if name in _RESULTS and data:
                yield data
        raise Unreachable("the events ended before the subscription did")


def _streams(answer: Streamed) -> bool:
    kind = (answer.headers.first("content-type") or "").partition(";")[0].strip().lower()
    return answer.status == 200 and kind == _EVENTS


async def _whole(answer: Streamed, limit: int, deadline: float) -> Response:
    body = bytearray()
    try:
        async with asyncio.timeout_at(deadline):
            async for piece in answer.body:
                body += piece
                if len(body) > limit:
                    raise Malformed(f"the answer is larger than the limit of {limit} bytes")
    except TimeoutError as error:
        raise TimedOut("no answer in time") from error
    return Response(answer.status, answer.headers, bytes(body))


async def _events(pieces: AsyncIterator[bytes], limit: int) -> AsyncIterator[tuple[str, bytes]]:
    """The name and the data of every event (HTML standard §9.2.6)."""
    reader = _Reader(limit)
    async for piece in pieces:
        for event in reader.events(piece):
            yield event


class _Reader:
    """Reads events of lines that arrive in pieces."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held: list[bytes] = []
        """What came since the last end of a line."""
        self._size = 0
        self._name = ""
        self._data: list[bytes] = []

    def events(self, piece: bytes) -> Iterator[tuple[str, bytes]]:
        """The events that a piece completes. Raises `Malformed`."""
        self._size += len(piece)
        self._held.append(piece)
        if b"\n" in piece or b"\r" in piece:
            *lines, rest = _LINE_END.split(b"".join(self._held))
            self._held = [rest]
            yield from self._of_lines(lines, len(rest))
        if self._size > self._limit:
            raise Malformed(f"an event is larger than the limit of {self._limit} bytes")

    def _of_lines(self, lines: list[bytes], rest: int) -> Iterator[tuple[str, bytes]]:
        for line in lines:
            if line:
                self._take(line)
                continue
            event = self._name, b"\n".join(self._data)
            self._name, self._data, self._size = "", [], rest
            if any(event):
                yield event

    def _take(self, line: bytes) -> None:
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"event":
            self._name = value.decode(errors="replace")
        elif field == b"data":
            self._data.append(value)
