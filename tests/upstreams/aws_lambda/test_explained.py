"""Invocations as commands."""

import json

from msgspec.structs import replace

from tests.upstreams.aws_lambda.asking import ECHO, client, function
from tests.upstreams.aws_lambda.test_gateway import TWO, WIRE, call
from tests.upstreams.explaining import SECRET, explained
from upstreams.aws_lambda.model import Binding, Form, Payload
from upstreams.kind import Explanation

URL = "http://127.0.0.1:9"
FUNCTION_URL = "https://abc.lambda-url.eu-west-1.on.aws/"


async def told(one: Binding, **settings: object) -> Explanation:
    """How a function would be invoked with one argument."""
    async with client(URL, wire=WIRE, **settings) as connected:
        return await explained(connected, function(one), {"x-team": "***"}, input={"a": 1})


async def test_an_invocation() -> None:
    """With everything that decides what is invoked, and where."""
    one = replace(ECHO, qualifier="live", region="eu-west-1")

    found = await told(one, profile="dev")

    assert found.words == (
        *("aws", "lambda", "invoke", "--function-name", "echo", "--qualifier", "live"),
        *("--region", "eu-west-1", "--endpoint-url", URL, "--profile", "dev"),
        *("--client-context", found.words[14], "--no-sign-request"),
        *("--cli-binary-format", "raw-in-base64-out"),
        *("--payload", '{"input":{"a":1}}', "/dev/stdout"),
    )


async def test_what_is_secret_is_hidden() -> None:
    """In the client context; headers, which the command cannot send, are named alone."""
    found = await told(ECHO, headers={"x-key": SECRET}, client_context={"token": SECRET})

    assert found.note == "sent with the headers x-key"


async def test_events_and_streams() -> None:
    """An event that nobody waits for says so; a stream is invoked as any other."""
    event = await told(replace(ECHO, event=True))
    stream = await told(replace(ECHO, streaming=True))

    assert "Event" in event.words
    assert stream.words[:5] == ("aws", "lambda", "invoke", "--function-name", "echo")


async def test_one_for_each_item() -> None:
    """The first is shown, and how many there are."""
    one = replace(ECHO, each=True, payload=Payload.INPUT)
    async with client(URL) as connected:
        found = await explained(connected, function(one), input=["a", "b", "c"])

    assert found.times == 3
    assert found.words[-2] == '"a"'


async def test_a_function_with_a_url() -> None:
    """Is asked by `curl`, which signs where AWS wants that."""
    one = Binding(FUNCTION_URL, Payload.ARGUMENTS, form=Form.URL)

    plain = await told(one)
    signed = await told(replace(one, region="eu-west-1"), sign=True)

    assert plain.words[-3:] == (FUNCTION_URL, "--data-raw", '{"input":{"a":1}}')
    assert signed.words[-4:] == ("--aws-sigv4", "aws:amz:eu-west-1:lambda", "--user", "***")


async def test_a_function_behind_an_http_api() -> None:
    """The event is the one that API Gateway would make."""
    async with client(URL, wire=WIRE) as connected:
        found = await explained(connected, call(TWO, "echo").function, id="7")

    event = json.loads(found.words[-2])
    assert (event["rawPath"], event["pathParameters"]) == ("/prod/echo/7", {"id": "7"})
