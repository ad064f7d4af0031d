"""Invoking functions: what is sent, what comes back, and everything that may come instead."""

import asyncio
import base64
import json
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import web

from tests.backends.process import Server
from tests.upstreams.aws_lambda.asking import ECHO, answer_to, call, client, function, received_of
from tests.upstreams.aws_lambda.listening import Answer, Received, answering, listening, raw
from upstreams.aws_lambda.api import LARGE
from upstreams.aws_lambda.call.payload import MAX_ASYNCHRONOUS, MAX_CONTEXT, MAX_PAYLOAD
from upstreams.aws_lambda.model import Binding, Form, Payload
from upstreams.aws_lambda.refusals import MAX_TOLD
from upstreams.errors import BadInput, Malformed, Refused, TimedOut, Unreachable
from upstreams.kind import Call
from upstreams.transport import Request, Transport

EVENT = Binding("echo", Payload.INPUT, event=True)


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


async def test_forwarded_headers_are_the_client_context() -> None:
    """AWS hands no HTTP header on, so a function finds them in its context, as `custom`."""
    asked = Call(function(ECHO), {}, call().deadline, headers={"authorization": "Bearer x"})

    received = await received_of(asked, client_context={"gateway": "splice"})

    told = json.loads(base64.b64decode(received.headers["x-amz-client-context"]))
    assert told == {"custom": {"gateway": "splice", "authorization": "Bearer x"}}
    assert "authorization" not in received.headers


async def test_a_client_context_has_a_limit() -> None:
    """Lambda takes a few thousand characters; more is told before anything is sent."""
    asked = Call(function(ECHO), {}, call().deadline, headers={"cookie": "x" * 3000})

    with pytest.raises(BadInput, match=str(MAX_CONTEXT)):
        await received_of(asked)


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


async def test_nobody_waits_for_an_event() -> None:
    """The answer is that AWS accepted it, and under which number."""
    answer = answering(b"", status=202, x_amzn_requestid="5b6a")

    async with listening(answer) as api, client(api.url) as connected:
        value = await connected.call(call(EVENT, input={"a": 1}))

    assert value == {"accepted": True, "requestId": "5b6a"}
    assert api.received[0].headers["x-amz-invocation-type"] == "Event"


async def test_events_are_smaller() -> None:
    """Lambda's limit is another one where nobody waits."""
    with pytest.raises(BadInput, match=str(MAX_ASYNCHRONOUS)):
        await received_of(call(EVENT, input="x" * MAX_ASYNCHRONOUS))


async def test_what_comes_beside_is_noted() -> None:
    """Which version ran, and AWS's number of the request, for metrics and support."""
    asked = call()

    await answer_to(asked, answering({}, x_amz_executed_version="7", x_amzn_requestid="5b6a"))

    assert (asked.aside.status, asked.aside.method) == (200, "POST")
    assert asked.aside.url.endswith("/2015-03-31/functions/echo/invocations")
    assert asked.aside.headers["x-amz-executed-version"] == "7"
    assert asked.aside.headers["x-amzn-requestid"] == "5b6a"


@pytest.mark.usefixtures("keys")
async def test_large_bodies_are_signed_as_small_ones() -> None:
    """A body that is hashed beside the event loop has the same proof."""
    received = await received_of(call(text="x" * LARGE), sign=True, region="eu-west-1")

    assert received.is_signed_with("example")


def by_url(url: str, region: str = "") -> Binding:
    """A function behind a URL of its own."""
    return Binding(f"{url}/price?v=1", Payload.ARGUMENTS, region=region, form=Form.URL)


async def test_a_url_is_sent_the_event() -> None:
    """Arguments go out as JSON by POST, the answer comes back as JSON."""
    async with listening(answering({"total": 1})) as backend, client(backend.url) as connected:
        value = await connected.call(call(by_url(backend.url), sku="anvil"))

    (received,) = backend.received
    assert (value, received.method, received.target) == ({"total": 1}, "POST", "/price?v=1")
    assert (received.headers["content-type"], received.body) == (
        "application/json",
        b'{"sku":"anvil"}',
    )


async def test_a_url_is_sent_forwarded_headers() -> None:
    """Over HTTP of its own a function is sent what is forwarded as headers."""
    async with listening(answering({})) as backend, client(backend.url) as connected:
        told = {"authorization": "Bearer x"}
        await connected.call(Call(function(by_url(backend.url)), {}, call().deadline, headers=told))

    (received,) = backend.received
    assert received.headers["authorization"] == "Bearer x"
    assert "x-amz-client-context" not in received.headers


@pytest.mark.usefixtures("keys")
async def test_a_functions_own_url_is_signed() -> None:
    """A URL that AWS serves in a region is proven to be asked by us."""
    async with listening(answering({})) as backend, client(backend.url, sign=True) as connected:
        await connected.call(call(by_url(backend.url, "eu-central-1"), sku="anvil"))

    (received,) = backend.received
    assert received.region == "eu-central-1"
    assert received.is_signed_with("example")


@pytest.mark.usefixtures("keys")
async def test_other_providers_never_see_our_credentials() -> None:
    """A URL that is not AWS's is asked without a signature or token."""
    async with listening(answering({})) as backend, client(backend.url, sign=True) as connected:
        await connected.call(call(by_url(backend.url)))

    assert not {name for name in backend.received[0].headers if "amz" in name}
    assert "authorization" not in backend.received[0].headers


@pytest.mark.parametrize(
    ("answer", "retryable", "told"),
    [
        (answering(b"no such sku", status=404, content_type="text/plain"), False, "no such sku"),
        (
            answering({"error": "x"}, status=422, content_type="application/problem+json"),
            False,
            '{"error": "x"}',
        ),
        (answering(b"<html>", status=502, content_type="text/html"), True, None),
        (answering(b"", status=429, retry_after="3"), True, None),
    ],
)
async def test_a_url_refuses_by_status(
    answer: Answer,
    retryable: bool,  # noqa: FBT001 - a column of the table
    told: str | None,
) -> None:
    """What it says is kept apart, for those it may be shown to."""
    async with listening(answer) as backend, client(backend.url) as connected:
        with pytest.raises(Refused) as caught:
            await connected.call(call(by_url(backend.url)))

    assert (caught.value.retryable, caught.value.told) == (retryable, told)
    assert caught.value.status == caught.value.details["httpStatus"]


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

    async def test_a_python_function_answers(self, offline: Server) -> None:
        """A handler's language makes no difference."""
        binding = Binding("python-quote", Payload.ARGUMENTS)

        async with client(offline.url) as connected:
            value = await connected.call(call(binding, sku="anvil", quantity=2))

        assert value == {"sku": "anvil", "total": Decimal("40.5"), "by": "python"}

    async def test_a_function_out_of_its_own_time_is_refused(self, offline: Server) -> None:
        """The emulator ends it by its configured timeout, and says so in words of its own."""
        async with client(offline.url) as connected:
            with pytest.raises(Refused) as caught:
                await connected.call(call(Binding("late", Payload.INPUT)))

        assert caught.value.told == "[504] - Lambda timeout."

    async def test_an_event_is_accepted(self, offline: Server) -> None:
        """Nobody waits for the handler."""
        async with client(offline.url) as connected:
            value = await connected.call(call(Binding("slow", Payload.INPUT, event=True), input={}))

        assert value == {"accepted": True, "requestId": None}

    @pytest.mark.usefixtures("keys")
    async def test_signed_requests_arrive_as_they_were_signed(self, offline: Server) -> None:
        """On the way to the emulator a proxy recomputes each signature."""

        async def passed_on(received: Received) -> web.Response:
            transport = Transport()
            told = tuple(received.headers.items())
            there = Request(received.method, offline.url + received.target, told, received.body)
            answer = await transport.send(there, asyncio.get_running_loop().time() + 10)
            await transport.aclose()
            return web.Response(status=answer.status, body=answer.body)

        binding = Binding("echo", Payload.INPUT)
        async with listening(passed_on) as proxy, client(proxy.url, sign=True) as connected:
            values = [await connected.call(call(binding, input={"n": n})) for n in range(3)]

        assert values == [{"event": {"n": n}} for n in range(3)]
        assert all(one.is_signed_with("example") for one in proxy.received)

    async def test_a_slow_function_times_out(self, offline: Server) -> None:
        """The caller's deadline holds, however long the handler takes."""
        async with client(offline.url) as connected:
            with pytest.raises(TimedOut):
                await connected.call(call(Binding("slow", Payload.INPUT), seconds=0.3))
