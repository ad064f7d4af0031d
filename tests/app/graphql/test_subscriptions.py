"""Subscriptions through the public door: WebSocket, server-sent events, and multipart."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from grpc import StatusCode

from tests.app.graphql.sockets import begin, connected, heard, subscribe
from tests.app.served import Asking, gateway
from tests.backends.grpc_server import Context, Reflection, serve
from tests.upstreams.grpc.asking import EVERYTHING
from tests.upstreams.grpc.protos import descriptors, message

Number = message("splice.test.v1.Number")
COUNT = "subscription { count(input: {value: 3}) { value } }"
FOREVER = "subscription { count(input: {value: 1000000000}) { value } }"


class Counting:
    """A backend that counts up to what it is asked, and notices when nobody listens."""

    def __init__(self) -> None:
        self.began, self.left = asyncio.Event(), asyncio.Event()

    async def count(self, request: Any, context: Context) -> AsyncIterator[Any]:
        self.began.set()
        try:
            for value in range(request.value):
                if value == 2 and request.value == 7:
                    await context.abort(*REFUSING)
                yield Number(value=value)
        finally:
            self.left.set()


REFUSING: tuple[StatusCode, str] = (StatusCode.DATA_LOSS, "lost it")


@asynccontextmanager
async def counting(folder: Path) -> AsyncIterator[tuple[Counting, Asking]]:
    """A gateway over a backend that counts."""
    count = Counting()
    methods = {f"{EVERYTHING}/Count": count.count}
    async with (
        serve(descriptors("everything"), methods, Reflection()) as address,
        gateway(f"upstreams: {{a: {{grpc: '{address}', queries: '*'}}}}", folder) as asking,
    ):
        yield count, asking


async def test_messages_arrive_one_by_one_over_a_websocket(tmp_path: Path) -> None:
    """Each in a message of its own, then the end."""
    async with counting(tmp_path) as (_, asking), connected(asking) as socket:
        await begin(socket)
        await subscribe(socket, COUNT)

        messages = [await heard(socket) for _ in range(4)]

    values = [one["payload"]["data"]["count"]["value"] for one in messages[:3]]
    assert values == ["0", "1", "2"]
    assert messages[3] == {"id": "1", "type": "complete"}


async def test_a_stream_that_breaks_says_so_before_the_end(tmp_path: Path) -> None:
    """The messages before it arrive; the last one has the error, of the model's shape."""
    async with counting(tmp_path) as (_, asking), connected(asking) as socket:
        await begin(socket)
        await subscribe(socket, "subscription { count(input: {value: 7}) { value } }")

        messages = [await heard(socket) for _ in range(4)]

    assert [one["type"] for one in messages] == ["next", "next", "next", "complete"]
    broken = messages[2]["payload"]
    assert broken["data"] == {"count": None}
    assert broken["errors"][0]["extensions"]["upstream"] == "a"
    assert broken["errors"][0]["path"] == ["count"]


async def test_unsubscribing_ends_the_backends_call(tmp_path: Path) -> None:
    """The backend sees its call cancelled."""
    async with counting(tmp_path) as (count, asking), connected(asking) as socket:
        await begin(socket)
        await subscribe(socket, FOREVER)
        await heard(socket)
        await socket.send('{"id": "1", "type": "complete"}')

        await count.left.wait()


async def test_closing_the_line_ends_the_backends_call(tmp_path: Path) -> None:
    """As unsubscribing does."""
    async with counting(tmp_path) as (count, asking):
        async with connected(asking) as socket:
            await begin(socket)
            await subscribe(socket, FOREVER)
            await heard(socket)

        await count.left.wait()


async def test_server_sent_events(tmp_path: Path) -> None:
    """As the GraphQL over SSE protocol has it, in its mode of distinct connections."""
    async with counting(tmp_path) as (_, asking):
        answer = await asking.http.post(
            "/graphql", json={"query": COUNT}, headers={"accept": "text/event-stream"}
        )

    assert answer.headers["content-type"].startswith("text/event-stream")
    events = answer.text.strip().split("\n\n")
    assert events[0] == 'event: next\ndata: {"data":{"count":{"value":"0"}}}'
    assert events[3:] == ["event: complete\ndata:"]


async def test_a_client_of_events_that_leaves_ends_the_backends_call(tmp_path: Path) -> None:
    """In the middle of a stream without an end."""
    async with counting(tmp_path) as (count, asking):
        async with asking.http.stream(
            "POST", "/graphql", json={"query": FOREVER}, headers={"accept": "text/event-stream"}
        ) as answer:
            await anext(answer.aiter_lines())

        await count.left.wait()


async def test_multipart_subscriptions(tmp_path: Path) -> None:
    """As Apollo's clients ask for them: one part for each message."""
    accept = 'multipart/mixed;boundary="graphql";subscriptionSpec="1.0",application/json'
    async with counting(tmp_path) as (_, asking):
        answer = await asking.http.post(
            "/graphql", json={"query": COUNT}, headers={"accept": accept}
        )

    start, *parts, end = answer.text.split("--graphql")
    assert (start, end) == ("", "--\r\n")
    payloads = [json.loads(part.split("\r\n\r\n", 1)[1]) for part in parts]
    values = [one["payload"]["data"]["count"]["value"] for one in payloads if one]
    assert values == ["0", "1", "2"]


async def test_a_subscription_needs_a_stream_to_be_answered_in(tmp_path: Path) -> None:
    """A plain request for one is refused with what to do."""
    async with counting(tmp_path) as (_, asking):
        answer = await asking.http.post("/graphql", json={"query": COUNT})

    assert answer.status_code == 400
    assert "subscription" in answer.json()["errors"][0]["message"]


async def test_what_cannot_run_is_one_event(tmp_path: Path) -> None:
    """A document that is not valid is answered in the stream, with its code, and no data."""
    async with counting(tmp_path) as (_, asking):
        answer = await asking.http.post(
            "/graphql",
            json={"query": "subscription { nothing }"},
            headers={"accept": "text/event-stream"},
        )

    first = json.loads(answer.text.split("data: ", 1)[1].split("\n", 1)[0])
    assert "data" not in first
    assert first["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_a_list_that_was_cut_says_so(tmp_path: Path) -> None:
    """Beside the data, in `extensions`: where, whose answer it is, and how many there are."""
    count = Counting()
    methods = {f"{EVERYTHING}/Count": count.count}
    async with (
        serve(descriptors("everything"), methods, Reflection()) as address,
        gateway(
            f"upstreams: {{a: {{grpc: '{address}', queries: '*', maxMessages: 2}}}}", tmp_path
        ) as asking,
    ):
        body = await asking.query("{ count(input: {value: 3}) { value } }")

    assert body == {
        "data": {"count": [{"value": "0"}, {"value": "1"}]},
        "extensions": {
            "answers": [
                {
                    "path": ["count"],
                    "upstream": "a",
                    "function": "splice.test.v1.Everything/Count",
                    "truncated": True,
                    "messages": 2,
                }
            ]
        },
    }
