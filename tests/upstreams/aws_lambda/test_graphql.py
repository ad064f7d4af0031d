"""What clients of the gateway see of functions that are called in other ways than one by one."""

import base64
import json
from pathlib import Path

from aiohttp import web

from tests.app.graphql.test_incremental import PIECES, pieces
from tests.app.served import gateway
from tests.backends.lambda_streaming import chunks, streaming
from tests.upstreams.aws_lambda.listening import Received, listening

CONFIG = """
upstreams:
  one:
    lambda: [tokens, audit, price]
    streams: tokens
    async: audit
    each: price
    queries: [tokens, price]
    forward: [x-team]
    sign: false
    url: {url}
"""


async def answer(received: Received) -> web.Response:
    """The event and the client context, as a value; nothing for an event nobody waits for."""
    if received.headers.get("x-amz-invocation-type") == "Event":
        return web.Response(status=202, headers={"x-amzn-requestid": "5b6a"})
    told = received.headers.get("x-amz-client-context", "")
    context = json.loads(base64.b64decode(told)) if told else None
    return web.json_response({"event": json.loads(received.body or b"null"), "context": context})


async def test_a_subscription_gets_messages_as_they_come(tmp_path: Path) -> None:
    """A streaming function is a subscription, each of its lines a message."""
    subscription = 'subscription { tokens(input: {prompt: "hi"}) }'

    async with (
        streaming(chunks(b'{"t": "Hel"}\n', b'{"t": "lo"}\n')) as api,
        gateway(CONFIG.format(url=api.url), tmp_path) as client,
    ):
        answer = await client.http.post(
            "/graphql", json={"query": subscription}, headers={"accept": "text/event-stream"}
        )

    lines = [line.removeprefix("data: ") for line in answer.text.splitlines()]
    found = [json.loads(line)["data"]["tokens"] for line in lines if line.startswith('{"data"')]
    assert found == [{"t": "Hel"}, {"t": "lo"}]
    assert json.loads(api.events[-1]) == {"prompt": "hi"}


async def test_a_list_may_be_streamed(tmp_path: Path) -> None:
    """Where a client asks with `@stream`, the messages are items of a list that grows."""
    query = '{ tokens(input: {prompt: "hi"}) @stream(initialCount: 1) }'

    async with (
        streaming(chunks(b'{"t": "Hel"}\n', b'{"t": "lo"}\n')) as api,
        gateway(CONFIG.format(url=api.url), tmp_path) as client,
        client.http.stream("POST", "/graphql", json={"query": query}, headers=PIECES) as answer,
    ):
        first, *later = [one async for one in pieces(answer)]

    assert first["data"] == {"tokens": [{"t": "Hel"}]}
    items = [item for one in later for part in one["incremental"] for item in part["items"]]
    assert items == [{"t": "lo"}]


async def test_nobody_waits_for_an_event(tmp_path: Path) -> None:
    """An asynchronous function is a mutation that says the event was accepted."""
    mutation = "mutation { audit(input: {who: 7}) { accepted requestId } }"

    async with (
        listening(answer) as api,
        gateway(CONFIG.format(url=api.url), tmp_path) as client,
    ):
        body = await client.query(mutation)

    assert body == {"data": {"audit": {"accepted": True, "requestId": "5b6a"}}}


async def test_a_list_is_one_invocation_per_item(tmp_path: Path) -> None:
    """Each item is an event, and functions see which headers the client forwarded."""
    async with (
        listening(answer) as api,
        gateway(CONFIG.format(url=api.url), tmp_path) as client,
    ):
        body = await client.query("{ price(input: [1, 2]) }", headers={"x-team": "red"})

    context = {"custom": {"x-team": "red"}}
    assert body == {
        "data": {"price": [{"event": 1, "context": context}, {"event": 2, "context": context}]}
    }
