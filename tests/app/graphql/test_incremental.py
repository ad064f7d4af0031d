"""Answers in several pieces: `@defer` and `@stream`, for clients that take them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.app.graphql.sockets import answered, begin, connected
from tests.app.graphql.test_subscriptions import counting
from tests.app.served import Asking, gateway
from tests.backends.rest import document, rest, success

PIECES = {"accept": "multipart/mixed"}
DEFERRED = "{ user { name ... @defer { friend { name } } } }"


@asynccontextmanager
async def users(folder: Path) -> AsyncIterator[tuple[asyncio.Event, Asking]]:
    """A gateway over users whose friends, a link, are answered once the event is set."""
    ready = asyncio.Event()

    async def user(_: Request) -> Response:
        return JSONResponse({"name": "Ada", "friendId": "7"})

    async def friend(request: Request) -> Response:
        await ready.wait()
        status = 200 if request.query_params["id"] == "7" else 404
        return JSONResponse({"name": "Bob"}, status)

    ref = {"$ref": "#/components/schemas/User"}
    parameter = {"name": "id", "in": "query", "required": True, "schema": {"type": "string"}}
    linked = success(ref)
    linked["200"]["links"] = {
        "friend": {"operationId": "friend", "parameters": {"id": "$response.body#/friendId"}}
    }
    described = document(
        {
            "/user": {"get": {"operationId": "user", "responses": linked}},
            "/friend": {
                "get": {
                    "operationId": "friend",
                    "parameters": [parameter],
                    "responses": success(ref),
                }
            },
        },
        User={
            "type": "object",
            "properties": {"name": {"type": "string"}, "friendId": {"type": "string"}},
        },
    )
    async with (
        rest(described, user=user, friend=friend) as backend,
        gateway(f"upstreams: {{a: {{openapi: '{backend.description}'}}}}", folder) as asking,
    ):
        yield ready, asking


async def pieces(answer: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    """The parts of a multipart answer, each as soon as what follows it is there."""
    seen = ""
    async for text in answer.aiter_text():
        *parts, seen = (seen + text).split("\r\n---")
        for part in parts:
            if "\r\n\r\n" in part:
                yield json.loads(part.split("\r\n\r\n", 1)[1])


async def test_what_is_deferred_does_not_hold_up_the_rest(tmp_path: Path) -> None:
    """The first piece is there before the backend has answered for the second."""
    async with (
        users(tmp_path) as (ready, asking),
        asking.http.stream("POST", "/graphql", json={"query": DEFERRED}, headers=PIECES) as answer,
    ):
        arriving = pieces(answer)
        first = await anext(arriving)
        ready.set()
        rest_of_it = [one async for one in arriving]

    assert answer.headers["content-type"].startswith("multipart/mixed")
    assert first["data"] == {"user": {"name": "Ada"}}
    assert first["hasNext"] is True
    assert "extensions" not in first
    (second,) = rest_of_it
    assert second["incremental"][0]["data"] == {"friend": {"name": "Bob"}}
    assert second["hasNext"] is False


async def test_who_takes_no_pieces_gets_it_whole(tmp_path: Path) -> None:
    """A server need not heed the directive; nor does it over a WebSocket, or in the old draft."""
    whole = {"data": {"user": {"name": "Ada", "friend": {"name": "Bob"}}}}
    old = {"accept": "multipart/mixed; deferSpec=20220824, application/json"}

    async with users(tmp_path) as (ready, asking), connected(asking) as socket:
        ready.set()
        plain = await asking.query(DEFERRED)
        draft = await asking.query(DEFERRED, headers=old)
        await begin(socket)
        over_socket = await answered(socket, DEFERRED)

    assert (plain, draft, over_socket["payload"]) == (whole, whole, whole)


async def test_deferred_failures_are_errors_of_the_model(tmp_path: Path) -> None:
    """With its code and upstream, in the piece that it belongs to."""
    query = '{ user { name } ... @defer { friend(id: "8") { name } } }'

    async with users(tmp_path) as (ready, asking):
        ready.set()
        async with asking.http.stream(
            "POST", "/graphql", json={"query": query}, headers=PIECES
        ) as answer:
            _, second = [one async for one in pieces(answer)]

    (error,) = second["incremental"][0]["errors"]
    assert error["path"] == ["friend"]
    assert error["extensions"]["code"] == "UPSTREAM_ERROR"
    assert error["extensions"]["upstream"] == "a"


async def test_a_streams_messages_arrive_as_they_come(tmp_path: Path) -> None:
    """A list without an end is read for as long as the client reads it."""
    query = "{ count(input: {value: 1000000000}) @stream(initialCount: 1) { value } }"

    async with counting(tmp_path) as (count, asking):
        async with asking.http.stream(
            "POST", "/graphql", json={"query": query}, headers=PIECES
        ) as answer:
            arriving = pieces(answer)
            first, second = await anext(arriving), await anext(arriving)

        await count.left.wait()

    assert first["data"] == {"count": [{"value": "0"}]}
    assert second["incremental"][0]["items"][0] == {"value": "1"}


async def test_a_stream_that_breaks_keeps_what_came(tmp_path: Path) -> None:
    """The last piece has the error."""
    query = "{ count(input: {value: 7}) @stream { value } }"

    async with (
        counting(tmp_path) as (_, asking),
        asking.http.stream("POST", "/graphql", json={"query": query}, headers=PIECES) as answer,
    ):
        received = [one async for one in pieces(answer)]

    items = [
        item for one in received for more in one.get("incremental", ()) for item in more["items"]
    ]
    errors = [
        error
        for one in received
        for done in one.get("completed", ())
        for error in done.get("errors", ())
    ]
    assert items == [{"value": "0"}, {"value": "1"}]
    assert [one["extensions"]["upstream"] for one in errors] == ["a"]
