"""Functions behind API Gateway, called without it: the event they get, the answers they may give.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import asyncio
import base64
import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.backends.process import Server
from tests.upstreams.aws_lambda.asking import client, function
from tests.upstreams.aws_lambda.listening import Answer, answering, listening
from upstreams.aws_lambda.call.gateway.answers import answered
from upstreams.aws_lambda.model import Api, Binding, Form, Operation, Payload, Wire
from upstreams.errors import Malformed, Refused
from upstreams.kind import Call
from upstreams.model import Effect
from upstreams.registry import REST

STRING = {"type": "string"}
BINARY = {"type": "string", "format": "binary"}
ANY = {"200": {"description": "", "content": {"application/json": {"schema": {}}}}}


def _in(where: str, name: str, schema: dict[str, Any] = STRING) -> dict[str, Any]:
    return {"in": where, "name": name, "required": where == "path", "schema": schema}


DOCUMENT = {
    "openapi": "3.0.1",
    "info": {"title": "shop", "version": "1"},
    "servers": [{"url": "https://abc123.execute-api.eu-west-1.amazonaws.com/prod"}],
    "components": {
        "securitySchemes": {"sigv4": {"type": "apiKey", "name": "Authorization", "in": "header"}}
    },
    "paths": {
        "/echo/{id}": {
            "get": {
                "operationId": "echo",
                "parameters": [
                    _in("path", "id"),
                    _in("query", "tag", {"type": "array", "items": STRING}),
                    _in("header", "X-Team"),
                    _in("cookie", "session"),
                ],
                "responses": ANY,
            },
            "post": {
                "operationId": "post",
                "parameters": [_in("path", "id")],
                "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
                "responses": ANY,
            },
        },
        "/files/{proxy}": {
            "put": {
                "operationId": "put",
                "parameters": [_in("path", "proxy")],
                "requestBody": {
                    "content": {
                        "application/octet-stream": {"schema": {**STRING, "format": "binary"}}
                    }
                },
                "responses": ANY,
            }
        },
        "/pixel": {
            "get": {
                "operationId": "pixel",
                "responses": {
                    "200": {
                        "description": "",
                        "content": {"image/png": {"schema": BINARY}},
                    }
                },
            }
        },
        "/{proxy}": {
            "get": {
                "operationId": "any",
                "parameters": [_in("path", "proxy")],
                "security": [{"sigv4": []}],
                "responses": ANY,
            }
        },
        "/gone": {"get": {"operationId": "gone", "responses": ANY}},
        "/bare": {
            "get": {
                "operationId": "bare",
                "parameters": [_in("query", "a")],
                "responses": ANY,
            }
        },
        "/thrown": {"get": {"operationId": "thrown", "responses": ANY}},
    },
}
ROUTES = {
    "echo": "/echo/{id}",
    "post": "/echo/{id}",
    "put": "/files/{proxy+}",
    "any": "/{proxy+}",
    **{name: f"/{name}" for name in ("pixel", "gone", "bare", "thrown")},
}
WIRE = Wire((Api("abc123", REST.translate(DOCUMENT, "")),))
ONE, TWO = Form.PROXY_1, Form.PROXY_2


def call(form: Form, name: str, *, by: str = "proxy", **arguments: Any) -> Call:
    """A call of that operation, which a function serves in that format."""
    operation = Operation("abc123", name, ROUTES[name], "prod")
    binding = Binding(by, Payload.ARGUMENTS, form=form, operation=operation)
    deadline = asyncio.get_running_loop().time() + 10
    return Call(function(binding, Effect.WRITE), arguments, deadline)


async def event_of(asked: Call, **settings: Any) -> dict[str, Any]:
    """The event that a call becomes."""
    async with (
        listening(answering({"statusCode": 200, "body": "{}"})) as api,
        client(api.url, wire=WIRE, **settings) as connected,
    ):
        await connected.call(asked)
        event: dict[str, Any] = json.loads(api.received[0].body)
    return event


async def value_of(body: object, form: Form = TWO, name: str = "gone") -> Any:
    """What an answer of the function means."""
    async with listening(answering(body)) as api, client(api.url, wire=WIRE) as connected:
        return await connected.call(call(form, name))


ECHOED: dict[str, Any] = {"id": "a b/c", "tag": ["x", "y z"], "X-Team": "red", "session": "7"}


async def test_format_1() -> None:
    """Paths as they were sent, queries decoded, and of repeated names the last and all."""
    event = await event_of(call(ONE, "echo", **ECHOED))

    context = event.pop("requestContext")
    headers = event.pop("headers")
    assert event.pop("multiValueHeaders") == {name: [one] for name, one in headers.items()}
    assert event == {
        "version": "1.0",
        "resource": "/echo/{id}",
        "path": "/echo/a%20b%2Fc",
        "httpMethod": "GET",
        "queryStringParameters": {"tag": "y z"},
        "multiValueQueryStringParameters": {"tag": ["x", "y z"]},
        "pathParameters": {"id": "a%20b%2Fc"},
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
    }
    assert headers["X-Team"] == "red"
    assert headers["Cookie"] == "session=7"
    assert headers["Host"] == "abc123.execute-api.eu-west-1.amazonaws.com"
    assert (context["stage"], context["path"]) == ("prod", "/prod/echo/a%20b%2Fc")
    assert (context["apiId"], context["resourcePath"]) == ("abc123", "/echo/{id}")
    assert (context["httpMethod"], context["protocol"]) == ("GET", "HTTP/1.1")
    assert context["domainPrefix"] == "abc123"


async def test_format_2() -> None:
    """Paths decoded, names in lower case, repeated values joined, cookies apart."""
    event = await event_of(call(TWO, "echo", **ECHOED))

    context = event.pop("requestContext")
    headers = event.pop("headers")
    assert event == {
        "version": "2.0",
        "routeKey": "GET /echo/{id}",
        "rawPath": "/prod/echo/a b/c",
        "rawQueryString": "tag=x&tag=y%20z",
        "cookies": ["session=7"],
        "queryStringParameters": {"tag": "x,y z"},
        "pathParameters": {"id": "a b/c"},
        "isBase64Encoded": False,
    }
    assert headers["x-team"] == "red"
    assert "cookie" not in headers
    assert (context["http"]["method"], context["http"]["path"]) == ("GET", "/prod/echo/a b/c")
    assert (context["stage"], context["routeKey"]) == ("prod", "GET /echo/{id}")


@pytest.mark.parametrize("form", [ONE, TWO])
async def test_json_goes_in_as_text(form: Form) -> None:
    """A textual body stands in the event as it is."""
    event = await event_of(call(form, "post", id="7", input={"name": "naïve"}))

    assert (json.loads(event["body"]), event["isBase64Encoded"]) == ({"name": "naïve"}, False)


@pytest.mark.parametrize("form", [ONE, TWO])
async def test_bytes_go_in_as_base64(form: Form) -> None:
    """What is no text is in base64; the greedy parameter of the route has the whole rest."""
    event = await event_of(call(form, "put", proxy="deep/down.bin", input=b"\xff\x00"))

    assert (base64.b64decode(event["body"]), event["isBase64Encoded"]) == (b"\xff\x00", True)


async def test_the_stage_is_no_part_of_a_greedy_route() -> None:
    """A route that takes everything takes what stands below the stage, and needs no authorizer."""
    event = await event_of(call(ONE, "any", proxy="x"))

    assert (event["path"], event["pathParameters"]) == ("/x", {"proxy": "x"})
    assert event["requestContext"]["path"] == "/prod/x"


async def test_a_document_need_not_say_where_it_is_served() -> None:
    """Without a server of its own, an API is where API Gateway would have it."""
    wire = Wire((Api("abc123", REST.translate({**DOCUMENT, "servers": []}, "")),))
    answer = answering({"statusCode": 200, "body": "{}"})

    async with listening(answer) as api, client(api.url, wire=wire) as connected:
        await connected.call(call(TWO, "gone"))

    event = json.loads(api.received[0].body)
    assert event["rawPath"] == "/prod/gone"
    assert event["requestContext"]["domainPrefix"] == "abc123"


async def test_headers_of_the_client_and_the_operator_are_in_the_event() -> None:
    """What is forwarded to an HTTP backend is forwarded in the event."""
    asked = call(TWO, "gone")
    forwarded = Call(asked.function, {}, asked.deadline, headers={"authorization": "Bearer x"})

    event = await event_of(forwarded, headers={"X-Gateway": "splice"})

    assert event["headers"]["authorization"] == "Bearer x"
    assert event["headers"]["x-gateway"] == "splice"


@pytest.mark.parametrize(
    ("body", "form", "expected"),
    [
        ({"statusCode": 200, "body": '{"a": 1}'}, ONE, {"a": 1}),
        ({"statusCode": "200", "body": "[1]", "headers": None}, TWO, [1]),
        ({"statusCode": 200, "isBase64Encoded": True, "body": "eyJhIjogMn0="}, TWO, {"a": 2}),
        ({"bare": [1]}, TWO, {"bare": [1]}),
        ([1, 2], TWO, [1, 2]),
        ("text", TWO, "text"),
        ('{"in": "text"}', TWO, {"in": "text"}),
        (7, TWO, 7),
    ],
)
async def test_answers_are_http_or_bare(body: object, form: Form, expected: Any) -> None:
    """In format 2.0 an answer without a status is the body of a good one."""
    assert await value_of(body, form) == expected


async def test_an_answer_may_be_compressed() -> None:
    """A function that compresses says so as any HTTP server does."""
    packed = base64.b64encode(gzip.compress(b'{"a": 1}')).decode()
    answer = {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        "isBase64Encoded": True,
        "body": packed,
    }

    assert await value_of(answer) == {"a": 1}


@pytest.mark.parametrize(
    ("body", "form"),
    [
        ({"bare": 1}, ONE),
        (b"<html>", TWO),
        (b"", ONE),
        ({"statusCode": 20}, TWO),
        ({"statusCode": "soon"}, TWO),
        ({"statusCode": 200, "body": {"a": 1}}, TWO),
        ({"statusCode": 200, "isBase64Encoded": True, "body": "*"}, TWO),
        ({"statusCode": 200, "headers": [1]}, TWO),
    ],
)
async def test_what_api_gateway_would_not_take_is_malformed(body: object, form: Form) -> None:
    """Such answers are 502 behind API Gateway."""
    with pytest.raises(Malformed):
        await value_of(body, form)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)


@given(
    st.one_of(
        st.binary(),
        st.fixed_dictionaries(
            {"statusCode": ANYTHING},
            optional=dict.fromkeys(
                ("headers", "multiValueHeaders", "cookies", "body", "isBase64Encoded"), ANYTHING
            ),
        ).map(lambda value: json.dumps(value).encode()),
    ),
    st.sampled_from([ONE, TWO]),
)
def test_any_answer_is_http_or_malformed(body: bytes, form: Form) -> None:
    """Whatever a function answers, it is an HTTP answer, or fails as a call may."""
    try:
        status = answered(body, form).status
    except Malformed:
        status = 502

    assert 100 <= status <= 599


async def test_a_status_is_a_refusal() -> None:
    """A function's HTTP status means what it means of an HTTP backend."""
    with pytest.raises(Refused) as caught:
        await value_of({"statusCode": 409, "body": "taken"})

    assert caught.value.status == 409


async def test_what_comes_beside_is_of_both() -> None:
    """The HTTP answer's own status and headers, and which version of the function ran."""
    answer: Answer = answering(
        {"statusCode": 200, "headers": {"ETag": "x"}, "multiValueHeaders": {"Vary": ["a", "b"]}},
        x_amz_executed_version="7",
    )
    asked = call(ONE, "gone")

    async with listening(answer) as api, client(api.url, wire=WIRE) as connected:
        await connected.call(asked)

    assert asked.aside.url == "https://abc123.execute-api.eu-west-1.amazonaws.com/prod/gone"
    assert asked.aside.headers["etag"] == "x"
    assert asked.aside.headers["x-amz-executed-version"] == "7"


@pytest.mark.real
class TestServerlessOffline:
    """The same with handlers that serverless-offline runs."""

    @pytest.mark.parametrize("form", [ONE, TWO])
    async def test_a_node_handler_gets_its_event(self, offline: Server, form: Form) -> None:
        """It answers with the event it got, in either format."""
        async with client(offline.url, wire=WIRE) as connected:
            event = await connected.call(call(form, "echo", id="7", tag=["x"]))

        assert event["pathParameters"] == {"id": "7"}
        assert event["queryStringParameters"] == {"tag": "x"}

    @pytest.mark.parametrize("form", [ONE, TWO])
    async def test_bytes_come_out_of_base64(self, offline: Server, form: Form) -> None:
        """A binary answer is what the handler meant."""
        async with client(offline.url, wire=WIRE) as connected:
            assert await connected.call(call(form, "pixel")) == b"\x89PNG\r\n\x00\xff"

    @pytest.mark.parametrize("form", [ONE, TWO])
    async def test_a_status_is_a_refusal(self, offline: Server, form: Form) -> None:
        """A handler's 404 is told as an HTTP backend's."""
        async with client(offline.url, wire=WIRE) as connected:
            with pytest.raises(Refused) as caught:
                await connected.call(call(form, "gone"))

        assert caught.value.status == 404

    async def test_a_bare_answer_is_the_body(self, offline: Server) -> None:
        """Format 2.0 needs no status."""
        async with client(offline.url, wire=WIRE) as connected:
            assert await connected.call(call(TWO, "bare", a="1")) == {"bare": {"a": "1"}}

    @pytest.mark.parametrize("form", [ONE, TWO])
    async def test_a_thrown_error_is_refused(self, offline: Server, form: Form) -> None:
        """What a handler throws is its own failure, not an HTTP answer."""
        async with client(offline.url, wire=WIRE) as connected:
            with pytest.raises(Refused) as caught:
                await connected.call(call(form, "thrown"))

        assert (caught.value.status, caught.value.told) == ("Error", "not today")

    @pytest.mark.parametrize("form", [ONE, TWO])
    async def test_a_python_handler_serves(self, offline: Server, form: Form) -> None:
        """Bytes in and out of a handler in Python."""
        asked = call(form, "put", by="python-serve", proxy="a.bin", input=b"\xff\x00\x01")

        async with client(offline.url, wire=WIRE) as connected:
            value = await connected.call(asked)

        assert value["length"] == 3
        assert value["event"]["pathParameters"] == {"proxy": "a.bin"}
