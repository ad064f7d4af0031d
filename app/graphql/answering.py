"""A plain request that is being answered, on the server's own terms where it has any."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, NamedTuple

from starlette.types import Send

from app.dates import date
from app.graphql.body import encode
from app.graphql.manner import Manner
from app.turn import Turn


class Answer(NamedTuple):
    """A response."""

    body: bytes
    failed: Mapping[str, Any] | None = None
    """What the body says, where it has errors."""

    def to(self, request_id: str) -> "Answer":
        """The same for another of those who share it: each is told its own id."""
        if self.failed is None:
            return self
        errors = [_addressed(error, request_id) for error in self.failed["errors"]]
        return Answer(encode({**self.failed, "errors": errors}))


def _addressed(error: Mapping[str, Any], request_id: str) -> Mapping[str, Any]:
    extensions = error.get("extensions", {})
    if "requestId" not in extensions:
        return error
    return {**error, "extensions": {**extensions, "requestId": request_id}}


class Answering:
    """Gives one request the answer that it was made with."""

    def __init__(
        self,
        turn: Turn,
        answer: Callable[[], Coroutine[Any, Any, Answer]],
        manner: Manner,
        done: Callable[[], Awaitable[None]],
    ) -> None:
        """`done` is called once nothing more is made, whatever came of it."""
        self._turn = turn
        self._answer = answer
        self._manner = manner
        self._done = done
        self._task: asyncio.Task[Any] | None = None
        self._is_wanted = True

    def leave(self) -> None:
        """The client has gone: nothing of the answer is made any more."""
        self._is_wanted = False
        if self._task is not None:
            self._task.cancel()

    async def work(self, send: Send) -> None:
        """Answer."""
        task = self._task = asyncio.current_task()
        try:
            if not self._is_wanted:
                return
            body = (await self._answer()).body
        except asyncio.CancelledError:
            if self._is_wanted or task is None or task.uncancel() > 0:
                raise
            return
        finally:
            self._task = None
            await self._done()
        if not self._turn.finish(200, _lines(self._manner, body), body):
            await sent(body, self._manner, send)


async def sent(body: bytes, manner: Manner, send: Send) -> None:
    """Say it by ASGI."""
    headers = [
        (b"content-type", manner.media_type + b"; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        (b"date", date()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _lines(manner: Manner, body: bytes) -> bytes:
    return b"\r\ncontent-type: %b; charset=utf-8\r\ncontent-length: %d\r\ndate: %b\r\n\r\n" % (
        manner.media_type,
        len(body),
        date(),
    )
