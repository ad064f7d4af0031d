"""Documents that operations name over graphql-transport-ws."""

import json
from pathlib import Path
from typing import Any

import pytest
import websockets

from tests.app.graphql.documents.manifests import (
    DATA,
    HELLO,
    WORLD,
    apollo,
    greeting,
    hashed,
    persisted,
)
from tests.app.graphql.sockets import begin, connected, heard

ONLY = "trusted: persisted.json, only: true"
MANIFEST = apollo(Hello=HELLO)


async def asked(socket: websockets.ClientConnection, **payload: Any) -> dict[str, Any]:
    """The first message about an operation with that payload."""
    await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
    message = await heard(socket)
    if message["type"] == "next":
        assert await heard(socket) == {"id": "1", "type": "complete"}
    return message


@pytest.mark.parametrize(
    "payload",
    [
        {"documentId": "id-of-Hello"},
        {"doc_id": "id-of-Hello", "query": ""},
        {"extensions": persisted(hashed(HELLO))},
        {"query": HELLO},
    ],
)
async def test_trusted_documents(tmp_path: Path, payload: dict[str, Any]) -> None:
    """Are named as in a request over HTTP."""
    async with greeting(tmp_path, ONLY, MANIFEST) as asking, connected(asking) as socket:
        await begin(socket)

        message = await asked(socket, **payload)

    assert message["payload"] == DATA


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"query": WORLD}, "DOCUMENT_NOT_TRUSTED"),
        ({"documentId": "nothing"}, "DOCUMENT_NOT_FOUND"),
        ({"documentId": "id-of-Hello", "query": WORLD}, "GRAPHQL_BAD_REQUEST"),
    ],
)
async def test_other_documents_are_refused(
    tmp_path: Path, payload: dict[str, Any], code: str
) -> None:
    """The operation ends with an error, and the line stays open for others."""
    async with greeting(tmp_path, ONLY, MANIFEST) as asking, connected(asking) as socket:
        await begin(socket)
        refused = await asked(socket, **payload)

        after = await asked(socket, documentId="id-of-Hello")

    assert refused["type"] == "error"
    assert refused["payload"][0]["extensions"]["code"] == code
    assert after["payload"] == DATA


async def test_a_text_is_remembered_for_every_transport(tmp_path: Path) -> None:
    """What was sent over HTTP is known on a WebSocket."""
    extensions = persisted(hashed(HELLO))
    async with greeting(tmp_path) as asking, connected(asking) as socket:
        await begin(socket)
        unknown = await asked(socket, extensions=extensions)
        await asking.http.post("/graphql", json={"query": HELLO, "extensions": extensions})

        known = await asked(socket, extensions=extensions)

    assert unknown["payload"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
    assert known["payload"] == DATA


@pytest.mark.parametrize("payload", [{}, {"documentId": 7}, {"extensions": 7, "query": HELLO}])
async def test_an_operation_without_a_document_closes_the_line(
    tmp_path: Path, payload: dict[str, Any]
) -> None:
    """As the protocol has it for what is no message of it."""
    async with greeting(tmp_path) as asking, connected(asking) as socket:
        await begin(socket)
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))

        with pytest.raises(websockets.ConnectionClosedError) as closed:
            await socket.recv()

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4400
