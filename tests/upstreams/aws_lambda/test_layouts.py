"""Functions described in JSON Schema, called in other ways than one by one."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.app.served import gateway
from tests.backends.lambda_streaming import chunks, streaming
from tests.upstreams.aws_lambda.listening import Answer, Received, answering, listening
from upstreams.aws_lambda.call import LambdaClient
from upstreams.aws_lambda.described import Found, Offer
from upstreams.aws_lambda.model import Settings, TypesFile, reference
from upstreams.aws_lambda.translate import translate
from upstreams.errors import Malformed
from upstreams.kind import Call
from upstreams.model import Batch, Function, ListOf, Named, Required
from upstreams.registry import KINDS, REST

WHOM = {"oneOf": [{"title": "Sku", "type": "string"}, {"title": "Number", "type": "integer"}]}
"""An input of alternatives, of which the one given is sent without an object around it."""
ONE = {
    "input": {"type": "object", "properties": {"by": WHOM}},
    "output": {
        "type": "object",
        "properties": {"total": {"type": "number"}},
        "additionalProperties": {"type": "integer"},
    },
}
"""What else is in an answer is found under a name of its own, too."""
ASKED = {"by": {"sku": "anvil"}}
EVENT = {"by": "anvil"}
ANSWER = {"total": 2, "stock": 7}
SHOWN = {**ANSWER, "additionalProperties": {"stock": 7}}


@asynccontextmanager
async def described(
    url: str, schemas: Mapping[str, Any] = ONE, **settings: Any
) -> AsyncIterator[tuple[LambdaClient, Function]]:
    """A client, and its one function, which the schemas describe."""
    told = Settings(functions=("quote",), url=url, sign=False, **settings)
    file = TypesFile("types.json", json.dumps({"functions": {"quote": schemas}}))
    catalog = translate(REST, told, Found((Offer(reference("quote")),), file))
    client = KINDS["lambda"].connect("pricing", told, catalog)
    assert isinstance(client, LambdaClient)
    async with aclosing(client):
        yield client, catalog.functions[0]


async def value_of(
    given: Any, answer: Answer, schemas: Mapping[str, Any] = ONE, **settings: Any
) -> tuple[Any, list[Any]]:
    """What a call gives, and the events it was made of."""
    async with (
        listening(answer) as api,
        described(api.url, schemas, **settings) as (client, function),
    ):
        deadline = asyncio.get_running_loop().time() + 10
        value = await client.call(Call(function, {"input": given}, deadline))
        return value, [json.loads(one.body) for one in api.received]


async def test_events_are_laid_out() -> None:
    """What nobody waits for is written as what somebody waits for."""
    answer = answering(b"", status=202, x_amzn_requestid="5b6a")

    value, events = await value_of(ASKED, answer, asynchronous=("quote",))

    assert value == {"accepted": True, "requestId": "5b6a"}
    assert events == [EVENT]


async def test_each_item_is_laid_out() -> None:
    """Items are written, and their answers read, one by one."""

    async def answer(received: Received) -> web.Response:
        assert json.loads(received.body) == EVENT
        return web.json_response(ANSWER)

    value, events = await value_of([ASKED, ASKED], answer, each=("quote",))

    assert value == [SHOWN, SHOWN]
    assert len(events) == 2


async def test_a_batch_of_what_is_described_as_one() -> None:
    """The event is the list of items, each laid out; so is the answer."""
    value, events = await value_of(
        [ASKED, {"by": {"number": 7}}], answering([ANSWER, None]), batch=("quote",)
    )

    assert value == [SHOWN, None]
    assert events == [[EVENT, {"by": 7}]]


@pytest.mark.parametrize("body", [b"{}", b"", b"[1,"])
async def test_a_batch_that_answers_no_list(body: bytes) -> None:
    """Which answer is for which item cannot be told."""
    with pytest.raises(Malformed, match="no list"):
        await value_of([ASKED], answering(body), batch=("quote",))


async def test_a_batch_described_as_lists() -> None:
    """The schemas are of what goes in and out, and that is sent as it is."""
    lists = {side: {"type": "array", "items": one} for side, one in ONE.items()}

    value, events = await value_of([ASKED], answering([ANSWER]), lists, batch=("quote",))

    assert value == [SHOWN]
    assert events == [[EVENT]]


async def test_streams_are_laid_out() -> None:
    """Each message is read as an answer of that type."""
    async with (
        streaming(chunks(b'{"total": 2, "stock": 7}\n', b'{"total": 3}\n')) as api,
        described(api.url, streams=("quote",)) as (client, function),
    ):
        asked = Call(function, {"input": ASKED}, float("inf"))
        messages = [one async for one in client.stream(asked)]

    assert messages[0] == SHOWN
    assert messages[1]["total"] == 3
    assert [json.loads(one) for one in api.events] == [EVENT]


@pytest.mark.parametrize("way", ["each", "batch"])
async def test_lists_of_items_are_typed(way: str) -> None:
    """A list of the described input goes in, a list of the described output comes out."""
    settings: dict[str, Any] = {way: ("quote",)}

    async with described("http://127.0.0.1:9", **settings) as (_, function):
        (given,) = function.arguments
        taken, returned = given.type, function.returns

    assert isinstance(taken, Required)
    assert isinstance(taken.of, ListOf)
    assert isinstance(taken.of.of, Required)
    assert isinstance(taken.of.of.of, Named)
    returned = returned.of if isinstance(returned, Required) else returned
    assert isinstance(returned, ListOf)
    assert isinstance(returned.of, Named)


async def test_a_list_inside_the_input_is_the_batch() -> None:
    """An object with one list, for which a list is answered, is asked once for all keys."""
    skus = {"type": "array", "items": {"type": "string"}}
    lists = {
        "input": {"type": "object", "properties": {"skus": skus, "region": {"type": "string"}}},
        "output": {"type": "array", "items": ONE["output"]},
    }

    async with described("http://127.0.0.1:9", lists, batch=("quote",)) as (_, function):
        assert function.batch == Batch(("input", "skus"), "")


CONFIG = """
upstreams:
  pricing:
    lambda: [quote]
    types: ./types.json
    each: quote
    queries: quote
    sign: false
    url: {url}
"""


async def test_clients_see_types(tmp_path: Path) -> None:
    """A list of typed items is asked for, and typed answers are selected from."""
    (tmp_path / "types.json").write_text(json.dumps({"functions": {"quote": ONE}}))
    query = """
      { quote(input: [{by: {sku: "anvil"}}, {by: {number: 7}}]) {
          total additionalProperties { key value }
      } }
    """

    async with (
        listening(answering(ANSWER)) as api,
        gateway(CONFIG.format(url=api.url), tmp_path) as client,
    ):
        body = await client.query(query)
        events = [json.loads(one.body) for one in api.received if one.body]

    shown = {"total": 2.0, "additionalProperties": [{"key": "stock", "value": 7}]}
    assert body == {"data": {"quote": [shown, shown]}}
    assert sorted(events, key=str) == sorted([EVENT, {"by": 7}], key=str)
