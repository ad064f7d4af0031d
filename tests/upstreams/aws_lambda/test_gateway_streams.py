"""Functions behind API Gateway whose answers it passes on as they come.

https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
"""

import asyncio
import json
from typing import Any

import pytest

from tests.backends.lambda_streaming import chunks, complete, saying, streaming
from tests.upstreams.aws_lambda.asking import client
from tests.upstreams.aws_lambda.exporting import arn
from upstreams.aws_lambda.described import Document, Found, Offer
from upstreams.aws_lambda.model import LambdaCatalog, Settings, reference
from upstreams.aws_lambda.translate import translate
from upstreams.errors import CallError, Malformed, Refused
from upstreams.kind import Call
from upstreams.model import Flow, ListOf, Scalar, ScalarKind
from upstreams.registry import REST

URI = (
    "arn:aws:apigateway:eu-west-1:lambda:path/2021-11-15/functions/"
    f"{arn('talk')}/response-streaming-invocations"
)
SAID = {"type": "object", "properties": {"said": {"type": "string"}}}
DOCUMENT = {
    "openapi": "3.0.1",
    "info": {"title": "talks", "version": "1"},
    "paths": {
        "/talks/{id}": {
            "post": {
                "operationId": "talk",
                "parameters": [
                    {"in": "path", "name": "id", "required": True, "schema": {"type": "string"}}
                ],
                "responses": {
                    "201": {"description": "", "content": {"application/json": {"schema": SAID}}}
                },
                "x-amazon-apigateway-integration": {
                    "type": "aws_proxy",
                    "httpMethod": "POST",
                    "uri": URI,
                    "responseTransferMode": "STREAM",
                },
            }
        }
    },
}
HEAD = json.dumps({"statusCode": 201, "headers": {"Content-Type": "application/json"}}).encode()
LINES = b'{"headers": {"content-type": "application/x-ndjson"}}'
MARK = b"\0" * 8


def catalog(**settings: Any) -> LambdaCatalog:
    """What is found of the one API, and the one function behind it."""
    found = Found(
        (Offer(reference("talk")),),
        documents=(Document("a1", "a1.json", json.dumps(DOCUMENT).encode(), "prod"),),
    )
    return translate(REST, Settings(functions=("talk",), **settings), found)


async def answer_to(*written: bytes) -> tuple[Any, dict[str, Any]]:
    """What a call makes of what the function writes, and the event that it was sent."""
    found = catalog()
    async with (
        streaming(chunks(*written)) as api,
        client(api.url, wire=found.wire) as connected,
    ):
        deadline = asyncio.get_running_loop().time() + 10
        value = await connected.call(Call(found.functions[0], {"id": "7"}, deadline))
        return value, json.loads(api.events[0])


async def failure(*written: bytes) -> CallError:
    """What a call fails with, where the function writes that."""
    with pytest.raises(CallError) as caught:
        await answer_to(*written)
    return caught.value


async def test_an_answer_that_is_streamed_is_read_whole() -> None:
    """Its head says the status and the type, as an answer in one piece would."""
    value, event = await answer_to(
        HEAD[:20], HEAD[20:] + MARK[:3], MARK[3:] + b'{"said"', b': "hi"}'
    )

    assert value == {"said": "hi"}
    assert (event["httpMethod"], event["pathParameters"]) == ("POST", {"id": "7"})


async def test_a_streamed_status_is_a_refusal() -> None:
    """As it is where the answer comes in one piece."""
    error = await failure(b'{"statusCode": 404}' + MARK)

    assert (type(error), error.status) == (Refused, 404)


@pytest.mark.parametrize("written", [b"", b'{"said": "hi"}', b"<html>" + MARK, b"[]" + MARK])
async def test_what_begins_otherwise_is_malformed(written: bytes) -> None:
    """API Gateway would not take it either."""
    assert isinstance(await failure(written), Malformed)


async def test_a_function_that_fails_midway_is_refused() -> None:
    """Half an answer is none."""
    found = catalog()
    failing = saying(complete(ErrorCode="Runtime.ExitError", ErrorDetails="gone"))

    async with streaming(failing) as api, client(api.url, wire=found.wire) as connected:
        deadline = asyncio.get_running_loop().time() + 10
        with pytest.raises(Refused) as caught:
            await connected.call(Call(found.functions[0], {"id": "7"}, deadline))

    assert caught.value.status == "Runtime.ExitError"


async def test_a_streamed_answer_has_a_limit() -> None:
    """Nothing is kept beyond what an answer may have."""
    found = catalog()
    pieces = chunks(HEAD + MARK, *[b"x" * 1000] * 9)

    async with (
        streaming(pieces) as api,
        client(api.url, wire=found.wire, max_response=4096) as connected,
    ):
        deadline = asyncio.get_running_loop().time() + 10
        with pytest.raises(Malformed, match="4096"):
            await connected.call(Call(found.functions[0], {"id": "7"}, deadline))


async def test_messages_are_a_subscription() -> None:
    """Under `streams`, each line is a message of the type that the API describes."""
    found = catalog(streams=("talk",))
    (function,) = found.functions

    async with (
        streaming(chunks(LINES + MARK, b'{"said": "hi"}\n{"sa', b'id": "bye"}\n')) as api,
        client(api.url, wire=found.wire) as connected,
    ):
        asked = Call(function, {"id": "7"}, float("inf"))
        messages = [one async for one in connected.stream(asked)]

    assert function.flow is Flow.SERVER_STREAM
    assert isinstance(function.returns, ListOf)
    assert function.returns.of != Scalar(ScalarKind.JSON)
    assert messages == [{"said": "hi"}, {"said": "bye"}]
    assert json.loads(api.events[0])["path"] == "/talks/7"
