"""Lists: one invocation per item, or one for all of them."""

import asyncio
import json
from typing import Any

import pytest
from aiohttp import web

from tests.upstreams.aws_lambda.asking import answer_to, call, client
from tests.upstreams.aws_lambda.listening import Received, answering, listening
from upstreams.aws_lambda.call.each import AT_ONCE, MAX_ITEMS
from upstreams.aws_lambda.model import Binding, Payload
from upstreams.errors import BadInput, Malformed, Refused

EACH = Binding("echo", Payload.INPUT, each=True)
BATCH = Binding("echo", Payload.INPUT, batch=True)


async def echo(received: Received) -> web.Response:
    """The event itself."""
    return web.Response(body=received.body)


async def test_each_item_is_an_event_of_its_own() -> None:
    """The answers are in the order of the items, whichever comes first."""
    last = asyncio.Event()

    async def answer(received: Received) -> web.Response:
        item = json.loads(received.body)
        if item == 2:
            last.set()
        await last.wait()
        return web.json_response({"item": item})

    assert await answer_to(call(EACH, input=[0, 1, 2]), answer) == [
        {"item": 0},
        {"item": 1},
        {"item": 2},
    ]


@pytest.mark.parametrize("arguments", [{}, {"input": None}, {"input": []}])
async def test_no_items_are_no_invocations(arguments: dict[str, Any]) -> None:
    """An empty list is answered without asking anyone."""
    async with listening(echo) as api, client(api.url) as connected:
        assert await connected.call(call(EACH, **arguments)) == []

    assert api.received == []


async def test_few_are_under_way_at_a_time() -> None:
    """No more items are sent than may be at once, and as many as may."""
    full, now, most = asyncio.Event(), 0, 0

    async def answer(_: Received) -> web.Response:
        nonlocal now, most
        now += 1
        most = max(most, now)
        if now == AT_ONCE:
            full.set()
        await full.wait()
        now -= 1
        return web.json_response(None)

    await answer_to(call(EACH, input=list(range(3 * AT_ONCE))), answer)

    assert most == AT_ONCE


async def test_a_failed_item_is_named() -> None:
    """No answer can take its place, so the call fails and says which it was."""

    async def answer(received: Received) -> web.Response:
        headers = {"x-amz-function-error": "Unhandled"} if received.body == b"1" else {}
        return web.json_response({"errorType": "RangeError"}, headers=headers)

    with pytest.raises(Refused, match="item 1: the function failed") as caught:
        await answer_to(call(EACH, input=[0, 1, 2]), answer)

    assert caught.value.details == {"errorType": "RangeError", "item": 1}


async def test_too_many_items_are_not_sent() -> None:
    """A client cannot make any number of invocations by one call."""
    async with listening(echo) as api, client(api.url) as connected:
        with pytest.raises(BadInput, match=str(MAX_ITEMS)):
            await connected.call(call(EACH, input=[0] * (MAX_ITEMS + 1)))

    assert api.received == []


async def test_all_answers_together_have_a_limit() -> None:
    """Many answers take no more memory than one may."""
    with pytest.raises(Malformed, match="4096"):
        await answer_to(call(EACH, input=["x" * 1000] * 5), echo, max_response=4096)


async def test_a_batch_is_one_invocation() -> None:
    """A function that takes lists is sent the list, and answers with one."""
    async with listening(answering([10, 20])) as api, client(api.url) as connected:
        value = await connected.call(call(BATCH, input=[1, 2]))

    assert (value, [one.body for one in api.received]) == ([10, 20], [b"[1,2]"])
