"""The messages of graphql-transport-ws, as text frames; what is no such message closes the line."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any

import msgspec
from strawberry.asgi import ASGIWebSocketAdapter

from app.graphql.body import encode
from app.graphql.documents import named


class _Operation(msgspec.Struct):
    """The payload of `subscribe`."""

    query: str | None = None
    documentId: str | None = None  # noqa: N815 - the protocol's own name
    doc_id: str | None = None
    extensions: dict[str, Any] | None = None
    variables: dict[str, Any] | None = None
    operationName: str | None = None  # noqa: N815 - the protocol's own name


class _Message(msgspec.Struct):
    """Any message: what Strawberry relies on without a look."""

    type: str
    id: str = ""
    payload: dict[str, Any] | None = None


class TextWebSocketAdapter(ASGIWebSocketAdapter):
    """Messages as text frames, which is what graphql-transport-ws wants."""

    async def iter_json(
        self, *, ignore_parsing_errors: bool = False
    ) -> AsyncGenerator[object, None]:
        """The client's messages; an empty one, which Strawberry refuses, for what is none."""
        async for message in super().iter_json(ignore_parsing_errors=ignore_parsing_errors):
            yield _told(message) if _well_formed(message) else {}

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Send one message."""
        await self.ws.send_text(encode(message).decode())


def _told(message: object) -> object:
    """The message, its operation's text `Named` where it says which document it means."""
    match message:
        case {"type": "subscribe", "payload": dict(payload), **rest}:
            told = named(payload)
            # Strawberry takes for granted that there is a text.
            is_whole = told.get("query") is not None
            return {**rest, "type": "subscribe", "payload": told} if is_whole else {}
        case _:
            return message


def _well_formed(message: object) -> bool:
    try:
        known = msgspec.convert(message, _Message)
        if known.type == "subscribe":
            msgspec.convert(known.payload, _Operation)
    except msgspec.ValidationError:
        return False
    return True
