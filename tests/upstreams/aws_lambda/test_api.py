"""Who signs, where to: endpoints and regions, and what is said when either is missing."""

import asyncio

import pytest

from tests.upstreams.aws_lambda.listening import answering, listening
from upstreams.aws_lambda.api import Api, Ask, Signing, refusal
from upstreams.aws_lambda.model import Settings
from upstreams.errors import TimedOut, Unreachable
from upstreams.transport import Response

ASK = Ask("GET", ("functions", ""))


def soon(seconds: float = 10.0) -> float:
    """A deadline."""
    return asyncio.get_running_loop().time() + seconds


async def failure(settings: Settings) -> Unreachable:
    """Why nothing can be sent under those settings."""
    api = Api(settings)
    try:
        with pytest.raises(Unreachable) as caught:
            await api.send(ASK, soon())
    finally:
        await api.aclose()
    assert not caught.value.retryable
    return caught.value


async def test_without_credentials_nothing_is_sent() -> None:
    """The message names what to set, and no request goes out unsigned."""
    async with listening(answering({})) as backend:
        error = await failure(Settings(functions=("f",), region="eu-west-1", url=backend.url))

        assert "AWS_ACCESS_KEY_ID" in error.message
        assert backend.received == []


async def test_an_unknown_profile_is_told() -> None:
    """A profile nobody defined is named by its kind of failure."""
    error = await failure(Settings(functions=("f",), region="eu-west-1", profile="nobody"))

    assert "ProfileNotFound" in error.message


async def test_a_missing_role_token_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A role whose token file is not there fails as credentials do, and shows no path."""
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/splice")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/token")

    error = await failure(Settings(functions=("f",), region="eu-west-1"))

    assert "credentials could not be obtained" in error.message
    assert "/nowhere" not in error.message


@pytest.mark.usefixtures("keys")
async def test_without_a_region_nothing_is_sent() -> None:
    """The message says where a region can be set."""
    error = await failure(Settings(functions=("f",)))

    assert error.message == "no AWS region is known: set `region`, or AWS_REGION"


@pytest.mark.usefixtures("keys")
async def test_a_region_cannot_smuggle_a_host() -> None:
    """A region becomes part of a host name, so it must look like one."""
    error = await failure(Settings(functions=("f",), region="evil.example/"))

    assert "'evil.example/' is not an AWS region" in error.message


async def test_unsigned_requests_never_go_to_aws() -> None:
    """`sign: false` without an endpoint of one's own is a mistake, told before sending."""
    error = await failure(Settings(functions=("f",), sign=False))

    assert "needs `url`" in error.message


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("variable", ["AWS_REGION", "AWS_DEFAULT_REGION"])
async def test_the_region_may_come_from_the_environment(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Either of AWS's two variables will do."""
    monkeypatch.setenv(variable, "ap-southeast-2")

    async with listening(answering({})) as backend:
        api = Api(Settings(functions=("f",), url=backend.url))
        await api.send(ASK, soon())
        await api.aclose()

    assert backend.received[0].region == "ap-southeast-2"


@pytest.mark.usefixtures("keys")
async def test_an_endpoint_may_have_a_path() -> None:
    """An override with a path of its own is kept, and signed."""
    async with listening(answering({})) as backend:
        api = Api(Settings(functions=("f",), url=f"{backend.url}/aws/"))
        await api.send(ASK, soon())
        await api.aclose()

    assert backend.received[0].target == "/aws/2015-03-31/functions/"
    assert backend.received[0].is_signed_with("example")


@pytest.mark.usefixtures("keys")
async def test_a_headers_name_has_no_case() -> None:
    """The upstream's headers go with every request, and give way to the request's own."""
    own = {"Content-Type": "text/plain", "X-Team": "a"}
    ask = Ask("POST", ("functions",), headers={"content-type": "application/json"}, body=b"{}")

    async with listening(answering({})) as backend:
        api = Api(Settings(functions=("f",), url=backend.url, headers=own))
        await api.send(ask, soon())
        await api.aclose()

    (received,) = backend.received
    assert (received.headers["content-type"], received.headers["x-team"]) == (
        "application/json",
        "a",
    )
    assert received.is_signed_with("example")


async def test_a_failed_search_is_not_repeated_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls that follow closely share the failure instead of searching one after the other."""
    signing = Signing(None)
    with pytest.raises(Unreachable):
        await signing.identity(soon())
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "late")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "late")

    with pytest.raises(Unreachable):
        await signing.identity(soon())


@pytest.mark.usefixtures("keys")
async def test_searching_keeps_to_the_deadline() -> None:
    """Credentials that take too long cost no more than the call's own time."""
    with pytest.raises(TimedOut):
        await Signing(None).identity(soon(0.0))


@pytest.mark.usefixtures("keys")
async def test_all_calls_share_one_search() -> None:
    """Many first calls at once find the same identity."""
    signing = Signing(None)

    found = await asyncio.gather(*(signing.identity(soon()) for _ in range(20)))

    assert len({id(identity) for identity in found}) == 1


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"Reason": 7}', b'{"Reason": "a b <script>"}'])
def test_only_a_word_is_a_reason(body: bytes) -> None:
    """What stands where AWS's reason should be is not passed on unless it looks like one."""
    error = refusal(Response(429, (("Retry-After", "soon"),), body))

    assert error.details == {"httpStatus": 429}
    assert error.retryable


def test_a_wait_without_measure_is_left_out() -> None:
    """`Retry-After` counts seconds, in a number one could wait for."""
    error = refusal(Response(429, (("Retry-After", "9" * 5000),), b"[" * 100_000))

    assert error.details == {"httpStatus": 429}
