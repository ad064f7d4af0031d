"""Invoking functions: what is sent, what comes back, and everything that may come instead."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest

from tests.backends.process import Server
from tests.upstreams.aws_lambda.listening import Answer, Received, answering, listening, raw
from upstreams.aws_lambda import KIND
from upstreams.aws_lambda.call import MAX_PAYLOAD, MAX_TOLD
from upstreams.aws_lambda.model import Binding, LambdaCatalog, Payload, Settings
from upstreams.errors import BadInput, Malformed, Refused, TimedOut, Unreachable
from upstreams.kind import Call, Client
from upstreams.model import Catalog, Effect, Function, Scalar, ScalarKind

ECHO = Binding("echo", Payload.ARGUMENTS)


def function(binding: Binding) -> Function[Binding]:
    """A function with that binding; calls look at nothing else."""
    return Function("echo", "echo", Effect.WRITE, returns=Scalar(ScalarKind.JSON), binding=binding)


def call(binding: Binding = ECHO, *, seconds: float = 10.0, **arguments: Any) -> Call:
    """A call with the given time to complete."""
    return Call(function(binding), arguments, asyncio.get_running_loop().time() + seconds)


@asynccontextmanager
async def client(url: str, **settings: Any) -> AsyncIterator[Client]:
    """A client of the API at that URL; unsigned unless told otherwise."""
    told = {"functions": ("echo",), "sign": False, **settings}
    nothing: LambdaCatalog = Catalog(kind="lambda", functions=(), types=(), wire=None)
    connected = KIND.connect("aws", Settings(url=url, **told), nothing)
    try:
        yield connected
    finally:
        await connected.aclose()


async def answer_to(asked: Call, answer: Answer, **settings: Any) -> Any:
    """What the client makes of an answer."""
    async with listening(answer) as api, client(api.url, **settings) as connected:
        return await connected.call(asked)


async def received_of(asked: Call, **settings: Any) -> Received:
    """The request a call becomes."""
    async with listening(answering({})) as api, client(api.url, **settings) as connected:
        await connected.call(asked)
        return api.received[0]


@pytest.mark.parametrize(
    ("binding", "target"),
    [
        (Binding("quote", Payload.ARGUMENTS), "quote/invocations"),
        (Binding("quote", Payload.ARGUMENTS, "live"), "quote/invocations?Qualifier=live"),
        (Binding("q", Payload.ARGUMENTS, "$LATEST"), "q/invocations?Qualifier=%24LATEST"),
        (
            Binding("arn:aws:lambda:eu-west-1:123456789012:function:q", Payload.ARGUMENTS),
            "arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Aq/invocations",
        ),
        (Binding("a b/c?d#e%20", Payload.ARGUMENTS), "a%20b%2Fc%3Fd%23e%2520/invocations"),
        (Binding("naïve~x+y", Payload.ARGUMENTS), "na%C3%AFve~x%2By/invocations"),
    ],
)
@pytest.mark.usefixtures("keys")
async def test_odd_names_are_encoded_and_signed(binding: Binding, target: str) -> None:
    """Whatever the name, the target is encoded once and the signature holds for it."""
    received = await received_of(call(binding, a=1), sign=True, region="eu-west-1")

    assert received.target == f"/2015-03-31/functions/{target}"
    assert received.is_signed_with("example")


@pytest.mark.usefixtures("keys")
async def test_the_signature_covers_the_request() -> None:
    """A signature made with another secret is not taken for ours: the check can fail."""
    received = await received_of(call(a=1), sign=True, region="eu-west-1")

    assert not received.is_signed_with("another")


@pytest.mark.usefixtures("keys")
async def test_session_tokens_and_own_headers_are_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Temporary credentials send their token, and configured headers are part of the signature."""
    monkeypatch.setenv("AWS_SESSION_TOKEN", "temporary")

    received = await received_of(call(), sign=True, region="eu-west-1", headers={"X-Team": "a  b"})

    assert received.headers["x-amz-security-token"] == "temporary"
    assert "x-amz-security-token;x-team" in received.headers["authorization"]


@pytest.mark.usefixtures("keys")
async def test_a_forwarded_authorization_gives_way_to_the_signature() -> None:
    """A client's own Authorization header never reaches AWS in place of ours."""
    asked = Call(function(ECHO), {}, call().deadline, headers={"authorization": "Bearer x"})

    received = await received_of(asked, sign=True, region="eu-west-1")

    assert received.is_signed_with("example")


@pytest.mark.usefixtures("keys")
async def test_an_arn_is_signed_for_its_own_region() -> None:
    """The region an ARN names goes before the upstream's."""
    binding = Binding("q", Payload.ARGUMENTS, region="us-gov-west-1")

    received = await received_of(call(binding), sign=True, region="eu-west-1")

    assert received.region == "us-gov-west-1"


async def test_unsigned_calls_need_no_credentials() -> None:
    """With `sign: false` nothing about AWS is looked up or sent."""
    received = await received_of(call())

    assert "authorization" not in received.headers


async def test_arguments_are_one_object_of_exact_values() -> None:
    """Decimals keep their digits, integers of any size theirs, bytes are base64."""
    received = await received_of(call(price=Decimal("1.10"), big=2**80, raw=b"ab", none=None))

    assert received.body == (
        b'{"price":1.10,"big":1208925819614629174706176,"raw":"YWI=","none":null}'
    )


@pytest.mark.parametrize(
    ("arguments", "body"),
    [({"input": [1, None]}, b"[1,null]"), ({"input": None}, b"null"), ({}, b"")],
)
async def test_without_types_the_input_is_the_event(arguments: dict[str, Any], body: bytes) -> None:
    """`input` is sent as it stands; a null is a null, and nothing is nothing."""
    received = await received_of(call(Binding("echo", Payload.INPUT), **arguments))

    assert received.body == body


async def test_answers_are_exact() -> None:
    """No digit of an answer is lost."""
    body = b'{"rate":1.10,"huge":1208925819614629174706176,"tiny":1e-400}'

    value = await answer_to(call(), answering(body))

    assert value == {
        "rate": Decimal("1.10"),
        "huge": 1208925819614629174706176,
        "tiny": Decimal("1e-400"),
    }
    assert str(value["rate"]) == "1.10"


async def test_an_empty_answer_is_null() -> None:
    """Some runtimes answer nothing at all where they mean null."""
    assert await answer_to(call(), answering(b"")) is None


async def test_a_failed_function_is_refused_inside_200() -> None:
    """The error's type and message are kept apart from ours; its trace goes nowhere."""
    trace = [f"at secret/place.js:{line}" for line in range(50_000)]
    body = {"errorType": "RangeError", "errorMessage": "no " * 5000, "trace": trace}

    with pytest.raises(Refused) as caught:
        await answer_to(call(), answering(body, x_amz_function_error="Unhandled"))

    error = caught.value
    assert (error.status, error.retryable) == ("RangeError", False)
    assert error.details == {"errorType": "RangeError"}
    assert error.told == ("no " * 5000)[:MAX_TOLD]
    assert "secret" not in f"{error!r} {vars(error)}"


@pytest.mark.parametrize("body", [b"", b"<html>", b'"text"', b'{"errorType": 5}', b"\xff"])
async def test_a_failed_function_need_not_say_why(body: bytes) -> None:
    """Without a readable error, the header itself says what kind of failure it was."""
    with pytest.raises(Refused) as caught:
        await answer_to(call(), answering(body, x_amz_function_error="Unhandled"))

    assert caught.value.status == "Unhandled"
    assert caught.value.told is None


async def test_throttling_is_retryable_and_says_when() -> None:
    """429 carries AWS's reason and how long to wait."""
    answer = answering(
        {"Reason": "ReservedFunctionConcurrentInvocationLimitExceeded", "message": "Rate exceeded"},
        status=429,
        x_amzn_errortype="TooManyRequestsException",
        retry_after="3",
    )

    with pytest.raises(Refused) as caught:
        await answer_to(call(), answer)

    assert (caught.value.status, caught.value.retryable) == ("TooManyRequestsException", True)
    assert caught.value.details == {
        "httpStatus": 429,
        "errorType": "TooManyRequestsException",
        "reason": "ReservedFunctionConcurrentInvocationLimitExceeded",
        "retryAfter": 3,
    }


@pytest.mark.parametrize(
    ("status", "kind", "retryable"),
    [
        (404, "ResourceNotFoundException", False),
        (403, "AccessDeniedException", False),
        (413, "RequestTooLargeException", False),
        (409, "ResourceConflictException", True),
        (500, "ServiceException", True),
        (502, "KMSDisabledException", False),
        (502, "EC2ThrottledException", True),
    ],
)
async def test_refusals_of_aws_are_told_by_their_type(
    status: int,
    kind: str,
    retryable: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """The error's type becomes the status, with what AWS appends to it cut off."""
    answer = answering({"Message": "…"}, status=status, x_amzn_errortype=f"{kind}:http://x/")

    with pytest.raises(Refused) as caught:
        await answer_to(call(), answer)

    assert (caught.value.status, caught.value.retryable) == (kind, retryable)


async def test_what_aws_says_of_signatures_stays_inside() -> None:
    """AWS repeats the signed request in its complaint; no part of an error holds it."""
    answer = answering(
        {"message": "The canonical string should have been 'x-amz-security-token:hunter2'"},
        status=403,
        x_amzn_errortype="InvalidSignatureException",
    )

    with pytest.raises(Refused) as caught:
        await answer_to(call(), answer)

    assert "hunter2" not in f"{caught.value!r} {vars(caught.value)}"


async def test_a_500_without_a_type_is_refused() -> None:
    """A proxy's error page is a refusal with the HTTP status."""
    with pytest.raises(Refused) as caught:
        await answer_to(call(), answering(b"<html>oops</html>", status=500))

    assert (caught.value.status, caught.value.retryable) == (500, True)


@pytest.mark.parametrize(
    "body", [b"<html></html>", b'{"half": [1,', b'"\xff"', b"[" * 100_000, b"NaN", b"{} {}"]
)
async def test_answers_that_are_not_json_are_malformed(body: bytes) -> None:
    """HTML, half a JSON, wrong text and bottomless nesting are told as such."""
    with pytest.raises(Malformed, match="not JSON"):
        await answer_to(call(), answering(body))


async def test_an_answer_that_breaks_off_is_a_broken_connection() -> None:
    """Fewer bytes than announced are never taken for the whole."""
    half = b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"a": 1}'

    async with raw(half) as api, client(api.url) as connected:
        with pytest.raises(Unreachable):
            await connected.call(call())


async def test_no_answer_at_all_is_unreachable() -> None:
    """A connection that closes without a byte may be tried again."""
    async with raw(b"") as api, client(api.url) as connected:
        with pytest.raises(Unreachable) as caught:
            await connected.call(call())

    assert caught.value.retryable


async def test_a_late_answer_times_out() -> None:
    """Past its deadline a call raises TimedOut, and the backend sees the connection end."""
    async with raw(None) as api, client(api.url) as connected:
        with pytest.raises(TimedOut):
            await connected.call(call(seconds=0.1))

        async with asyncio.timeout(5):
            await api.left.wait()


async def test_a_cancelled_call_ends_at_the_backend() -> None:
    """Cancelling the task closes the connection."""
    async with raw(None) as api, client(api.url) as connected:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await connected.call(call())

        async with asyncio.timeout(5):
            await api.left.wait()


async def test_closing_ends_calls_in_flight() -> None:
    """A call whose client is closed fails as unreachable instead of waiting."""
    async with raw(None) as api, client(api.url) as connected, asyncio.timeout(5):

        async def close() -> None:
            await api.came.wait()
            await connected.aclose()

        ended = await asyncio.gather(connected.call(call()), close(), return_exceptions=True)

    assert isinstance(ended[0], Unreachable)


async def test_an_answer_over_the_limit_is_malformed() -> None:
    """Nothing is read past `max_response`."""
    with pytest.raises(Malformed, match="limit"):
        await answer_to(call(), answering(["x" * 5000]), max_response=4096)


async def test_too_large_arguments_are_not_sent() -> None:
    """An event over Lambda's 6 MiB is refused here, before a byte goes out."""
    async with listening(answering({})) as api, client(api.url) as connected:
        with pytest.raises(BadInput, match=str(MAX_PAYLOAD)):
            await connected.call(call(text="x" * MAX_PAYLOAD))

        assert api.received == []


async def test_arguments_json_cannot_say_are_bad_input() -> None:
    """A lone surrogate is no text, so it is not sent."""
    with pytest.raises(BadInput):
        await answer_to(call(text="\ud800"), answering({}))


async def test_calls_are_in_flight_together() -> None:
    """Two calls both reach the backend before either is answered."""
    barrier = asyncio.Barrier(2)

    async def answer(received: Received) -> Any:
        await barrier.wait()
        return await answering(json.loads(received.body))(received)

    async with listening(answer) as api, client(api.url) as connected:
        async with asyncio.timeout(5):
            values = await asyncio.gather(connected.call(call(a=1)), connected.call(call(a=2)))

    assert list(values) == [{"a": 1}, {"a": 2}]


@pytest.mark.real
class TestServerlessOffline:
    """The same client against handlers run by serverless-offline."""

    async def test_a_function_answers(self, offline: Server) -> None:
        """Arguments arrive as the handler's event, its value comes back."""
        binding = Binding("price-quote", Payload.ARGUMENTS)

        async with client(offline.url) as connected:
            value = await connected.call(call(binding, sku="anvil", quantity=3))

        assert value == {"sku": "anvil", "quantity": 3, "total": Decimal("60.75"), "note": None}

    async def test_a_thrown_error_is_refused(self, offline: Server) -> None:
        """What a handler throws is its message, never its trace."""
        async with client(offline.url) as connected:
            with pytest.raises(Refused) as caught:
                await connected.call(call(Binding("refund", Payload.INPUT)))

        assert (caught.value.status, caught.value.told) == ("Error", "nothing was paid")
        assert "handler.js" not in f"{vars(caught.value)}"

    async def test_an_unknown_function_is_refused(self, offline: Server) -> None:
        """A name no function has is told by AWS's own word for it."""
        async with client(offline.url) as connected:
            with pytest.raises(Refused) as caught:
                await connected.call(call(Binding("nobody", Payload.INPUT)))

        assert caught.value.status == "ResourceNotFoundException"

    async def test_a_slow_function_times_out(self, offline: Server) -> None:
        """The caller's deadline holds, however long the handler takes."""
        async with client(offline.url) as connected:
            with pytest.raises(TimedOut):
                await connected.call(call(Binding("slow", Payload.INPUT), seconds=0.3))
