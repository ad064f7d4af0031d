"""Who signs, where to: endpoints and regions, and what is said when either is missing."""

import asyncio

import pytest

from tests.upstreams.aws_lambda.listening import answering, listening
from upstreams.aws_lambda.api import Api, Ask
from upstreams.aws_lambda.model import Settings
from upstreams.errors import Unreachable

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
