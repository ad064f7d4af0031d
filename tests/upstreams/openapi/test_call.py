"""Calls to functions over real HTTP."""

import asyncio
import gzip
import json
import zlib
from collections.abc import Callable
from contextlib import aclosing
from decimal import Decimal
from typing import Any

import brotli
import pytest
from backports import zstd

from tests.backends.openapi import Asked, answering, fixed, told
from tests.backends.process import LOOPBACK, free_port
from tests.upstreams.openapi.lines import catalog, line
from upstreams.errors import BadInput, CallError, Malformed, Refused, TimedOut, Unreachable
from upstreams.kind import Call
from upstreams.openapi import KIND
from upstreams.openapi.model import Credential, Settings


def query(name: str, schema: Any = None, where: str = "query") -> Any:
    return {"name": name, "in": where, "schema": schema or {"type": "string"}}


async def test_a_request() -> None:
    """Every argument is written where its parameter says, percent-encoded."""
    given = [
        query("id", where="path"),
        query("q"),
        query("X-One", where="header"),
        query("c", where="cookie"),
    ]
    async with line(told({}), {"parameters": given}, "/users/{id}") as one:
        arguments: Any = {"id": "a/b c", "q": "x&y=1", "X-One": "h", "c": "1;2"}
        await one.ask(**arguments)

        asked = one.backend.asked[0]
        assert (asked.method, asked.target) == ("GET", "/v1/users/a%2Fb%20c?q=x%26y%3D1")
        assert (asked.header("x-one"), asked.header("cookie")) == ("h", "c=1%3B2")
        assert (asked.header("accept"), asked.body) == ("application/json", b"")


async def test_absent_arguments() -> None:
    """What was not given, or given as null, is not sent."""
    given = [query("a"), query("b"), query("X-One", where="header")]
    async with line(told({}), {"parameters": given}) as one:
        nothing: Any = {"b": None, "X-One": None}
        await one.ask(**nothing)

        assert one.backend.asked[0].target == "/v1/it"
        assert one.backend.asked[0].header("x-one") is None


def sending(schema: Any, media_type: str = "application/json", **more: Any) -> Any:
    return {"requestBody": {"content": {media_type: {"schema": schema, **more}}}}


async def test_a_json_body() -> None:
    """A JSON body keeps every digit, and bytes are base64."""
    async with line(told({}), sending({}), method="post") as one:
        await one.ask(input={"d": Decimal("1.10"), "n": 2**70, "b": b"\x00", "s": "ü"})

        asked = one.backend.asked[0]
        assert asked.body == '{"d":1.10,"n":1180591620717411303424,"b":"AA==","s":"ü"}'.encode()
        assert asked.header("content-type") == "application/json"


async def test_an_absent_body() -> None:
    """An optional body that was not given is not sent."""
    async with line(told({}), sending({}), method="post") as one:
        await one.ask()

        asked = one.backend.asked[0]
        assert (asked.body, asked.header("content-type")) == (b"", None)


async def test_an_input_of_alternatives() -> None:
    """The alternative that was given is sent without the object around it."""
    cat = {"type": "object", "title": "cat", "properties": {"lives": {"type": "integer"}}}
    pets = {"type": "array", "items": {"oneOf": [cat, {"type": "string"}]}}
    schema = {"type": "object", "properties": {"pets": pets}}
    async with line(told({}), sending(schema), method="post") as one:
        await one.ask(input={"pets": [{"cat": {"lives": 9}}, {"string": "dog"}]})

        assert json.loads(one.backend.asked[0].body) == {"pets": [{"lives": 9}, "dog"]}


async def test_numbers_written_as_text() -> None:
    """A number that the description calls a text is sent as one."""
    schema = {"type": "object", "properties": {"id": {"type": "string", "format": "int64"}}}
    async with line(told({}), sending(schema), method="post") as one:
        await one.ask(input={"id": 2**60})

        assert json.loads(one.backend.asked[0].body) == {"id": str(2**60)}


async def test_headers_of_settings_and_clients() -> None:
    """The operator's headers outrank arguments, and what a client passes on outranks both."""
    given = [query(name, where="header") for name in ("x-a", "x-b", "x-c")]
    configured = {"X-B": "operator", "X-C": "operator"}
    async with line(told({}), {"parameters": given}, headers=configured) as one:
        arguments: Any = dict.fromkeys(("x-a", "x-b", "x-c"), "argument")
        await one.ask(headers={"x-c": "client"}, **arguments)

        asked = one.backend.asked[0]
        assert [asked.header(name) for name in ("x-a", "x-b", "x-c")] == [
            "argument",
            "operator",
            "client",
        ]


@pytest.mark.parametrize(
    "arguments",
    [
        {"id": ".."},
        {"id": ""},
        {"id": "a", "X-One": "a\r\nx-two: b"},
        {"id": "a", "n": float("nan")},
    ],
)
async def test_arguments_that_cannot_be_sent(arguments: Any) -> None:
    """Arguments that would change the request's meaning are refused; the backend is not asked."""
    given = [query("id", where="path"), query("X-One", where="header"), query("n")]
    async with line(told({}), {"parameters": given}, "/users/{id}") as one:
        with pytest.raises(BadInput):
            await one.ask(**arguments)

        assert one.backend.asked == []


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": 1.10}', {"a": Decimal("1.10")}),
        (b"1180591620717411303424", 2**70),
        (b'\xef\xbb\xbf{"a": null}', {"a": None}),
        (b"", None),
        (b" \n", None),
    ],
)
async def test_json_answers(body: bytes, value: Any) -> None:
    """Numbers keep every digit; a byte order mark is no mistake; nothing is null."""
    async with line(fixed(body)) as one:
        found = await one.ask()

    assert (found, str(found)) == (value, str(value))


@pytest.mark.parametrize(
    ("media_type", "body", "sent", "value"),
    [
        ("text/plain", "ü".encode(), "text/plain", "ü"),
        ("text/plain", "ü".encode("latin-1"), "text/plain; charset=ISO-8859-1", "ü"),
        ("image/png", b"\x89PNG", "image/png", b"\x89PNG"),
    ],
)
async def test_other_answers(media_type: str, body: bytes, sent: str, value: Any) -> None:
    """Text is decoded as it says, and anything else stays bytes."""
    responses = {"200": {"content": {media_type: {"schema": {"type": "string"}}}}}
    async with line(fixed(body, 200, ("content-type", sent)), {"responses": responses}) as one:
        assert await one.ask() == value


JSON: Any = {"application/json": {"schema": {}}}


@pytest.mark.parametrize(
    ("responses", "status"),
    [
        ({"204": {}}, 204),
        ({"202": {}}, 202),
        ({}, 200),
        ({"200": {"content": JSON}, "202": {}}, 202),
        ({"200": {"content": JSON}, "204": {"content": JSON}}, 204),
    ],
)
async def test_no_answer_is_promised(responses: Any, status: int) -> None:
    """Where no content is promised, whatever comes is nothing."""
    body = b"" if status == 204 else b"whatever"
    async with line(fixed(body, status), {"responses": responses}) as one:
        assert await one.ask() is None


@pytest.mark.parametrize(
    ("declared", "status"), [("201", 201), ("2XX", 201), ("2xx", 299), ("default", 202)]
)
async def test_a_declared_success(declared: str, status: int) -> None:
    """A status is declared by itself, by its class or by default."""
    async with line(fixed(b"7", status), {"responses": {declared: {"content": JSON}}}) as one:
        assert await one.ask() == 7


async def test_an_undeclared_success() -> None:
    """A status that the description does not declare is an error with the status, never data."""
    responses = {"200": {"content": JSON}, "default": {"content": JSON}}
    async with line(fixed(b"7", 202), {"responses": responses}) as one:
        with pytest.raises(Malformed, match="does not declare") as caught:
            await one.ask()

    assert caught.value.status == 202


PROBLEM = {
    "type": "object",
    "properties": {
        "code": {"type": "integer"},
        "reason": {"type": "string"},
        "fields": {"type": "array", "items": {"type": "string"}},
        "inner": {"type": "object", "properties": {"at": {"type": "string"}}},
    },
}
SAID = {
    "code": 7,
    "reason": "x" * 5000,
    "fields": [str(index) for index in range(100)],
    "inner": {"at": 1, "trace": "secret"},
    "trace": "secret",
}


@pytest.mark.parametrize(("declared", "status"), [("422", 422), ("4XX", 404), ("default", 500)])
async def test_a_declared_refusal(declared: str, status: int) -> None:
    """Of a declared error, what its schema names and types is a detail, each part bounded."""
    content = {"application/problem+json": {"schema": PROBLEM}}
    responses = {"200": {"content": JSON}, declared: {"content": content}}
    async with line(told(SAID, status), {"responses": responses}) as one:
        with pytest.raises(Refused) as caught:
            await one.ask()

    assert caught.value.answer == {
        "code": 7,
        "reason": "x" * 1000,
        "fields": [str(index) for index in range(20)],
        "inner": {},
    }


@pytest.mark.parametrize("said", [["a list"], "a text", 7, None])
async def test_a_refusal_of_another_type(said: Any) -> None:
    """What does not fit the declared type is no detail."""
    responses = {"400": {"content": {"application/json": {"schema": PROBLEM}}}}
    async with line(told(said, 400), {"responses": responses}) as one:
        with pytest.raises(Refused) as caught:
            await one.ask()

    assert caught.value.answer is None


async def test_an_undeclared_refusal() -> None:
    """What is said under a status that is not declared is no detail."""
    responses = {"422": {"content": {"application/json": {"schema": PROBLEM}}}}
    async with line(told(SAID, 500), {"responses": responses}) as one:
        with pytest.raises(Refused) as caught:
            await one.ask()

    assert caught.value.answer is None


CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
}


@pytest.mark.parametrize("coding", CODINGS)
async def test_a_compressed_answer(coding: str) -> None:
    """We say which codings we read, and read each of them."""
    body = CODINGS[coding](b'{"a": 1}')
    async with line(fixed(body, 200, ("content-encoding", coding))) as one:
        assert await one.ask() == {"a": 1}

        accepted = one.backend.asked[0].header("accept-encoding") or ""
        assert coding in accepted.replace(" ", "").split(",")


async def test_a_compressed_answer_that_breaks_off() -> None:
    """Half a compressed answer is malformed, not half an answer."""
    body = gzip.compress(b'{"a": "' + bytes(range(32, 127)) * 50 + b'"}')[:-9]
    async with line(fixed(body, 200, ("content-encoding", "gzip"))) as one:
        with pytest.raises(Malformed, match="broke off"):
            await one.ask()


@pytest.mark.parametrize(
    ("status", "retryable"),
    [
        (301, False),
        (400, False),
        (401, False),
        (404, False),
        (429, True),
        (500, False),
        (503, True),
    ],
)
async def test_a_status_that_is_no_success(status: int, retryable: bool) -> None:  # noqa: FBT001 - a column
    """Any other status is a refusal, with the status, even without a body."""
    async with line(fixed(b"", status)) as one:
        with pytest.raises(Refused) as caught:
            await one.ask()

    assert (caught.value.status, caught.value.retryable) == (status, retryable)
    assert (caught.value.told, caught.value.message) == (None, f"answered with status {status}")


@pytest.mark.parametrize(
    ("body", "media_type", "said"),
    [
        ({"title": "No credit", "detail": "30 < 50"}, "application/problem+json", "30 < 50"),
        ({"title": "No credit"}, "application/problem+json", "No credit"),
        ({"message": "Nope"}, "application/json", "Nope"),
        ({"error": {"code": 1, "message": "Nope"}}, "application/json", "Nope"),
        ({"errors": [{"detail": "Nope"}]}, "application/json", "Nope"),
        ({"error": "invalid", "error_description": "Nope"}, "application/json", "Nope"),
        (["x"], "application/json", "x"),
        ({"a": 1}, "application/json", None),
    ],
)
async def test_what_a_refusal_says(body: Any, media_type: str, said: str | None) -> None:
    """What the backend says is kept apart from our own message."""
    reply = fixed(json.dumps(body).encode(), 422, ("content-type", media_type))
    async with line(reply) as one:
        with pytest.raises(Refused) as caught:
            await one.ask()

    assert (caught.value.told, caught.value.message) == (said, "answered with status 422")


async def test_a_refusal_in_html() -> None:
    """An error page is not shown to anybody; its status is."""
    page = fixed(b"<html>stack trace</html>", 502, ("content-type", "text/html"))
    async with line(page) as one:
        with pytest.raises(Refused) as caught:
            await one.ask()

    assert (caught.value.told, caught.value.status) == (None, 502)


async def test_when_to_come_back() -> None:
    """`Retry-After` is a detail that clients may see."""
    async with line(fixed(b"", 429, ("retry-after", "7"))) as one:
        with pytest.raises(Refused) as caught:
            await one.ask()

    assert caught.value.details == {"retryAfter": 7}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<html></html>", "HTML or XML"),
        (b'{"a": ', "broken JSON"),
        (b"hello", "text/plain"),
        (b"[" * 100_000, "broken JSON"),
        (b"1e99999999999999999999", "text/plain"),
    ],
)
async def test_an_answer_that_is_not_json(body: bytes, message: str) -> None:
    """Where JSON was promised, anything else is malformed, and its content stays hidden."""
    async with line(fixed(body, 200, ("content-type", "text/plain"))) as one:
        with pytest.raises(Malformed, match=message):
            await one.ask()


async def test_a_backend_that_is_late() -> None:
    """Past the deadline the call fails, and the backend loses its client."""
    gone = asyncio.Event()

    async def reply(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asked.gone()
        gone.set()

    async with line(reply) as one:
        with pytest.raises(TimedOut):
            await one.ask(within=0.2)

        async with asyncio.timeout(5):
            await gone.wait()


@pytest.mark.parametrize("packed", [False, True])
async def test_an_answer_over_the_limit(packed: bool) -> None:  # noqa: FBT001 - a column
    """An answer larger than the setting allows is malformed, compressed or not."""
    body = b'"' + b"x" * 2_000_000 + b'"'
    reply = fixed(gzip.compress(body), 200, ("content-encoding", "gzip")) if packed else fixed(body)
    async with line(reply, max_response=1_000_000) as one:
        with pytest.raises(Malformed, match="the limit"):
            await one.ask()


async def test_nobody_listens() -> None:
    """A refused connection is unreachable, and names no address."""
    port = free_port()
    found = catalog({})
    client = KIND.connect("up", Settings(openapi="", url=f"http://{LOOPBACK}:{port}"), found)
    async with aclosing(client):
        deadline = asyncio.get_running_loop().time() + 5
        with pytest.raises(Unreachable) as caught:
            await client.call(Call(found.functions[0], {}, deadline))

    assert str(port) not in caught.value.message


async def test_what_comes_beside_a_value() -> None:
    """A call is told the URL, the method, the status and the headers, but no secret of ours."""
    schemes = {"key": {"type": "apiKey", "in": "query", "name": "key"}}
    parameters = [query("q")]
    secured: Any = {"security": [{"key": []}], "components": {"securitySchemes": schemes}}
    found = catalog({"parameters": parameters}, **secured)
    async with answering(fixed(b"1", 200, ("X-Count", "7"))) as backend:
        auth = {"key": Credential(value="hush")}
        client = KIND.connect("up", Settings(openapi="", url=backend.url, auth=auth), found)
        async with aclosing(client):
            deadline = asyncio.get_running_loop().time() + 5
            call = Call(found.functions[0], {"q": "x"}, deadline)
            await client.call(call)

    assert backend.asked[0].target == "/it?q=x&key=hush"
    aside = call.aside
    assert (aside.url, aside.method, aside.status) == (f"{backend.url}/it?q=x", "GET", 200)
    assert aside.headers["x-count"] == "7"


async def test_no_address() -> None:
    """Without an address there is an error that says what to set."""
    found = catalog({})
    client = KIND.connect("up", Settings(openapi=""), found)

    with pytest.raises(CallError, match="set `url`"):
        await client.call(Call(found.functions[0], {}, 0.0))


async def test_the_address_of_one_operation() -> None:
    """An operation with a server of its own is called there, unless the settings say where."""
    async with answering(told(1)) as own:
        found = catalog(
            {"servers": [{"url": f"{own.url}/own"}]}, servers=[{"url": "http://no.invalid"}]
        )
        client = KIND.connect("up", Settings(openapi=""), found)
        async with aclosing(client):
            deadline = asyncio.get_running_loop().time() + 5
            value = await client.call(Call(found.functions[0], {}, deadline))

        assert (value, own.asked[0].target) == (1, "/own/it")
