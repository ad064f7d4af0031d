"""What requests get that accept several things at once: one piece of JSON, wherever one will do."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.app.graphql.test_incremental import DEFERRED, users
from tests.app.graphql.test_subscriptions import COUNT, Counting
from tests.app.served import Asking, gateway
from tests.backends.grpc_server import Reflection, serve
from tests.backends.process import NODE_HOME, node
from tests.backends.rest import TEXT, document, rest, success
from tests.backends.rest import json as gives
from tests.upstreams.grpc.asking import EVERYTHING
from tests.upstreams.grpc.protos import descriptors

HELLO = "{ hello }"
GREET = "mutation { greet }"
URQL = (
    "application/graphql-response+json, application/graphql+json, application/json,"
    " text/event-stream, multipart/mixed"
)
"""What `@urql/core` 6 says of queries and mutations."""
EVENTS = "text/event-stream, multipart/mixed"
"""What it says of subscriptions."""


@asynccontextmanager
async def greeting(folder: Path) -> AsyncIterator[Asking]:
    """A gateway with a query, a mutation and a subscription."""
    responses = success(TEXT)
    described = document(
        {
            "/hello": {"get": {"operationId": "hello", "responses": responses}},
            "/greet": {"post": {"operationId": "greet", "responses": responses}},
        }
    )
    methods = {f"{EVERYTHING}/Count": Counting().count}
    async with (
        rest(described, hello=gives("hi"), greet=gives("ho")) as backend,
        serve(descriptors("everything"), methods, Reflection()) as address,
        gateway(
            f"upstreams: {{a: {{openapi: '{backend.description}'}}, b: {{grpc: '{address}'}}}}",
            folder,
        ) as asking,
    ):
        yield asking


@pytest.mark.parametrize("query", [HELLO, GREET])
@pytest.mark.parametrize("accept", [URQL, f"{EVENTS}, application/json", "APPLICATION/JSON;q=0.1"])
async def test_json_wherever_it_is_accepted(tmp_path: Path, query: str, accept: str) -> None:
    """What has nothing deferred comes in one piece, whatever else its client takes."""
    async with greeting(tmp_path) as asking:
        answer = await asking.http.post(
            "/graphql", json={"query": query}, headers={"accept": accept}
        )
        planned = await asking.query("{ _gateway { paths { reason count } } }")

    assert "json" in answer.headers["content-type"]
    assert answer.json()["data"] in ({"hello": "hi"}, {"greet": "ho"})
    assert {"reason": "planned", "count": 1} in planned["data"]["_gateway"]["paths"]


async def test_events_where_nothing_else_is_accepted(tmp_path: Path) -> None:
    """A query may be asked for as events, too."""
    async with greeting(tmp_path) as asking:
        answer = await asking.http.post(
            "/graphql", json={"query": HELLO}, headers={"accept": "text/event-stream, */*"}
        )

    assert answer.text == (
        'event: next\ndata: {"data":{"hello":"hi"}}\n\nevent: complete\ndata: \n\n'
    )


async def test_a_subscription_is_a_stream_whatever_else_is_accepted(tmp_path: Path) -> None:
    """One piece could not answer it."""
    async with greeting(tmp_path) as asking:
        answer = await asking.http.post("/graphql", json={"query": COUNT}, headers={"accept": URQL})

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.count("event: next") == 3


async def test_what_is_deferred_comes_in_pieces_to_who_takes_them(tmp_path: Path) -> None:
    """JSON is not preferred where the operation asks for pieces."""
    async with users(tmp_path) as (ready, asking):
        ready.set()
        answer = await asking.http.post(
            "/graphql", json={"query": DEFERRED}, headers={"accept": URQL}
        )

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert '"hasNext":true' in answer.text.replace(" ", "")


async def test_what_cannot_run_is_refused_in_json(tmp_path: Path) -> None:
    """With the status that goes with the media type."""
    async with greeting(tmp_path) as asking:
        answer = await asking.http.post(
            "/graphql", json={"query": "{ nothing }"}, headers={"accept": URQL}
        )
        unknown = await asking.http.post(
            "/graphql", json={"documentId": "none"}, headers={"accept": URQL}
        )

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert "json" in unknown.headers["content-type"]
    assert unknown.json()["errors"]


async def _urql(asking: Asking, *texts: str) -> dict[str, Any]:
    """What urql got for each text, and in which media types."""
    process = await asyncio.create_subprocess_exec(
        *node(NODE_HOME / "urql.mjs", f"{asking.http.base_url}/graphql", *texts),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    said: dict[str, Any] = json.loads(output)
    return said


@pytest.mark.real
async def test_urql_asks_and_subscribes(tmp_path: Path) -> None:
    """As it comes: queries and mutations in JSON, subscriptions in events, to their end."""
    async with greeting(tmp_path) as asking:
        said = await _urql(asking, HELLO, GREET, COUNT)

    query, mutation, subscription = said["answers"]
    assert query == [{"data": {"hello": "hi"}}]
    assert mutation == [{"data": {"greet": "ho"}}]
    assert subscription == [{"data": {"count": {"value": value}}} for value in "012"]
    assert [one.partition("/")[2].partition(";")[0] for one in said["types"]] == [
        "graphql-response+json",
        "graphql-response+json",
        "event-stream",
    ]


@pytest.mark.real
async def test_urql_defers(tmp_path: Path) -> None:
    """What is deferred is merged into what was there."""
    async with users(tmp_path) as (ready, asking):
        ready.set()
        said = await _urql(asking, DEFERRED)

    assert said["answers"][0][-1] == {"data": {"user": {"name": "Ada", "friend": {"name": "Bob"}}}}
