"""Answers of Lambda functions, read by shapes."""

import pytest

from tests.upstreams.aws_lambda.asking import call, client
from tests.upstreams.aws_lambda.listening import answering, listening
from tests.upstreams.json_shape.reading import encoded, objects, part
from upstreams.aws_lambda.model import Api, Binding, Form, Operation, Payload, Wire
from upstreams.errors import Malformed, Refused
from upstreams.kind import Call
from upstreams.registry import REST
from upstreams.shape import Surprise

ECHO = Binding("echo", Payload.ARGUMENTS)
WANTED = objects(part("a"))
DOCUMENT = {
    "openapi": "3.0.1",
    "servers": [{"url": "https://abc123.execute-api.eu-west-1.amazonaws.com/prod"}],
    "paths": {
        f"/{media_type}": {
            "get": {
                "operationId": media_type,
                "responses": {
                    "200": {
                        "description": "",
                        "content": {media_type: {"schema": {"type": "string"}}},
                    }
                },
            }
        }
        for media_type in ("application/json", "text/plain")
    },
}
BEHIND = Wire((Api("abc123", REST.translate(DOCUMENT, "/shop.json")),))


def _operation(media_type: str) -> Binding:
    operation = Operation("abc123", media_type, f"/{media_type}", "prod")
    return Binding("echo", Payload.ARGUMENTS, form=Form.PROXY_2, operation=operation)


@pytest.mark.parametrize(
    ("body", "shows"), [(b'{"a": "x", "b": 1.10}', '{"a":"x"}'), (b"", "null"), (b"null", "null")]
)
async def test_answers(body: bytes, shows: str) -> None:
    """What is wanted of an answer is read; where there is none, it is null."""
    async with listening(answering(body)) as api, client(api.url) as connected:
        asked = call(ECHO)
        shape = connected.shape(asked.function, WANTED, ())
        answer = await connected.fetch(asked)

    assert shape is not None
    assert encoded(shape.read(answer).value) == shows


async def test_what_is_not_json() -> None:
    """An answer that cannot be read surprises; its value is malformed."""
    async with listening(answering(b"<html>")) as api, client(api.url) as connected:
        asked = call(ECHO)
        shape = connected.shape(asked.function, WANTED, ())
        answer = await connected.fetch(asked)

    assert shape is not None
    with pytest.raises(Surprise):
        shape.read(answer)
    with pytest.raises(Malformed):
        answer.value()


@pytest.mark.parametrize(
    "binding",
    [
        Binding("echo", Payload.INPUT, event=True),
        Binding("echo", Payload.INPUT, each=True),
        Binding("echo", Payload.INPUT, streaming=True),
        _operation("text/plain"),
    ],
)
async def test_answers_without_a_shape(binding: Binding) -> None:
    """What is not one JSON text is read by its value."""
    async with client("http://127.0.0.1:1", wire=BEHIND) as connected:
        assert connected.shape(call(binding).function, WANTED, ()) is None


async def test_behind_api_gateway() -> None:
    """What a function answers over HTTP is read as the API's own client would."""
    told = {"statusCode": 200, "body": '{"a": "x", "b": 1}'}
    async with listening(answering(told)) as api, client(api.url, wire=BEHIND) as connected:
        asked = call(_operation("application/json"))
        shape = connected.shape(asked.function, WANTED, ())
        answer = await connected.fetch(asked)

    assert shape is not None
    assert encoded(shape.read(answer).value) == '{"a":"x"}'
    assert answer.value()["a"] == "x"


async def test_refusals_behind_api_gateway() -> None:
    """What is no success there is refused before it is read."""
    async with (
        listening(answering({"statusCode": 418})) as api,
        client(api.url, wire=BEHIND) as connected,
    ):
        asked: Call = call(_operation("application/json"))

        with pytest.raises(Refused):
            await connected.fetch(asked)
