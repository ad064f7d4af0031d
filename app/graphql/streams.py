"""Answers in several pieces over HTTP: events (SSE), and parts (multipart), framed as specified."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from typing import cast

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send
from strawberry.http.streaming import MultipartSubscriptionTransport, SSETransport

MULTIPART = "multipart/"


class Events(SSETransport):
    """A subscription in events, whose lines end as most clients expect it: by a line feed.

    A server may choose (https://html.spec.whatwg.org/#parsing-an-event-stream), and not every
    client looks for all that it may choose from.
    """

    def encode_event(self, event: str, data: str | None = None) -> str:
        """One event; its data is one line of JSON, or nothing."""
        return f"event: {event}\ndata: {data or ''}\n\n"

    def encode_comment(self, comment: str) -> str:
        """What keeps the connection alive."""
        return f": {comment}\n\n"


class Parts(MultipartSubscriptionTransport):
    """A subscription in parts: every part ends with the delimiter of the next (RFC 2046 §5.1.1).

    A client knows a part to be whole once it has seen what follows, so nothing is held back.
    """

    def encode_complete(self) -> str:
        """The rest of the last delimiter, which closes the whole."""
        return "--\r\n"


class Streamed(StreamingResponse):
    """A response that ends what it is made of as soon as its client is gone."""

    def __init__(
        self, pieces: AsyncIterator[str], headers: Mapping[str, str], status: int = 200
    ) -> None:
        super().__init__(pieces, status, headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        async with _closed(self.body_iterator):
            await super().__call__(scope, receive, send)


async def parted(pieces: AsyncIterator[str]) -> AsyncIterator[str]:
    """The pieces after the first delimiter, which Strawberry leaves out."""
    async with _closed(pieces):
        yield f"--{Parts().separator}"
        async for piece in pieces:
            yield piece


def _closed(pieces: object) -> aclosing[AsyncGenerator[str, None]]:
    """The pieces, ended with the block: a generator, although Strawberry's types do not say so."""
    return aclosing(cast(AsyncGenerator[str, None], pieces))
