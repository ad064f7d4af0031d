"""Requests that AWS refuses for their keys or their time, before any function was begun."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.backends.lambda_streaming import chunk, complete
from tests.upstreams.aws_lambda.asking import ECHO, call, client, function
from tests.upstreams.aws_lambda.listening import Answer, Received, listening
from tests.upstreams.aws_lambda.test_credentials import credential_process
from upstreams.aws_lambda.api import Api, Ask
from upstreams.aws_lambda.model import Binding, Form, Payload, Settings
from upstreams.errors import Refused
from upstreams.kind import Call

ROBOT: dict[str, Any] = {"sign": True, "profile": "robot", "region": "eu-west-1"}
HOUR = timedelta(hours=1)


def token(received: Received) -> str:
    """The token that a request came with."""
    return received.headers["x-amz-security-token"]


def refusing(
    refused: Callable[[Received], bool],
    error: str = "ExpiredTokenException",
    body: bytes = b'{"total": 7}',
    **headers: str,
) -> Answer:
    """A server that refuses some requests by that error, and answers the others."""

    async def answer(received: Received) -> web.Response:
        if not refused(received):
            return web.Response(body=body)
        named = {"x-amzn-errortype": error, **headers}
        return web.json_response({"message": "no"}, status=403, headers=named)

    return answer


def is_first(received: Received) -> bool:
    """Whether it is proven with the keys that were found first."""
    return token(received) == "run 1"


@pytest.mark.parametrize("error", ["ExpiredTokenException", "UnrecognizedClientException"])
async def test_refused_keys_are_looked_up_anew(tmp_path: Path, error: str) -> None:
    """A write, too, is sent again with other keys: it was refused before it was begun."""
    credential_process(tmp_path, lasting=HOUR)

    async with (
        listening(refusing(is_first, error)) as api,
        client(api.url, **ROBOT) as connected,
    ):
        value = await connected.call(call(sku="anvil"))

    assert value == {"total": 7}
    assert [token(one) for one in api.received] == ["run 1", "run 2"]
    assert all(one.body == b'{"sku":"anvil"}' for one in api.received)
    assert all(one.is_signed_with("example") for one in api.received)


async def test_one_search_serves_all_who_were_refused(tmp_path: Path) -> None:
    """Twenty calls that are refused together look keys up once."""
    runs = credential_process(tmp_path, lasting=HOUR)
    together = asyncio.Barrier(20)

    async def answer(received: Received) -> web.Response:
        if is_first(received):
            await together.wait()
        return await refusing(is_first)(received)

    async with listening(answer) as api, client(api.url, **ROBOT) as connected:
        values = await asyncio.gather(*(connected.call(call(n=n)) for n in range(20)))

    assert list(values) == [{"total": 7}] * 20
    assert runs.read_text() == "run\n" * 2


async def test_keys_that_are_refused_again_are_left_alone(tmp_path: Path) -> None:
    """A call is sent twice at most, and those that follow soon do not begin another search."""
    runs = credential_process(tmp_path, lasting=HOUR)

    async with (
        listening(refusing(lambda _: True)) as api,
        client(api.url, **ROBOT) as connected,
    ):
        for _ in range(3):
            with pytest.raises(Refused, match="not accepted"):
                await connected.call(call())

    assert [token(one) for one in api.received] == ["run 1", "run 2", "run 2", "run 2"]
    assert runs.read_text() == "run\n" * 2


@pytest.mark.usefixtures("keys")
async def test_lasting_keys_are_not_tried_twice() -> None:
    """Where the search finds the same keys, AWS would say the same."""
    async with (
        listening(refusing(lambda _: True)) as api,
        client(api.url, sign=True, region="eu-west-1") as connected,
    ):
        with pytest.raises(Refused) as caught:
            await connected.call(call())

    assert (caught.value.status, caught.value.retryable) == ("ExpiredTokenException", False)
    assert len(api.received) == 1


async def test_a_search_that_fails_leaves_what_aws_said(tmp_path: Path) -> None:
    """Who cannot find other keys is told why the old ones were refused."""
    credential_process(tmp_path, lasting=HOUR)

    async def answer(received: Received) -> web.Response:
        (tmp_path / "keys.py").unlink()
        return await refusing(is_first)(received)

    async with listening(answer) as api, client(api.url, **ROBOT) as connected:
        with pytest.raises(Refused, match="not accepted"):
            await connected.call(call())

    assert len(api.received) == 1


async def test_those_who_may_not_call_keep_their_keys(tmp_path: Path) -> None:
    """Not every refusal is about keys."""
    runs = credential_process(tmp_path, lasting=HOUR)

    async with (
        listening(refusing(is_first, "AccessDeniedException")) as api,
        client(api.url, **ROBOT) as connected,
    ):
        with pytest.raises(Refused, match="not allowed"):
            await connected.call(call())

    assert runs.read_text() == "run\n"


async def test_streams_begin_again(tmp_path: Path) -> None:
    """The first message comes after the keys were put right."""
    credential_process(tmp_path, lasting=HOUR)
    said = chunk(b'{"n": 1}\n') + complete()
    streams = Binding("echo", Payload.ARGUMENTS, streaming=True)

    async with (
        listening(refusing(is_first, body=said)) as api,
        client(api.url, **ROBOT) as connected,
    ):
        messages = [one async for one in connected.stream(call(streams))]

    assert messages == [{"n": 1}]
    assert [token(one) for one in api.received] == ["run 1", "run 2"]


async def test_a_function_behind_a_url_is_not_run_twice(tmp_path: Path) -> None:
    """It may be the function that answers so; the next call has other keys all the same."""
    credential_process(tmp_path, lasting=HOUR)

    async with listening(refusing(is_first)) as api, client(api.url, **ROBOT) as connected:
        binding = Binding(api.url, Payload.ARGUMENTS, region="eu-west-1", form=Form.URL)
        asked = Call(function(binding), {}, call().deadline)
        with pytest.raises(Refused):
            await connected.call(asked)
        value = await connected.call(Call(function(binding), {}, call().deadline))

    assert value == {"total": 7}
    assert [token(one) for one in api.received] == ["run 1", "run 2"]


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("minutes", [-30, 30])
async def test_a_wrong_clock_is_put_right(minutes: int) -> None:
    """The time of a proof is AWS's own, as its refusal told it, from then on and for all."""
    there = datetime.now(UTC) + timedelta(minutes=minutes)
    together = asyncio.Barrier(3)

    def is_untimely(received: Received) -> bool:
        told = datetime.strptime(received.headers["x-amz-date"], "%Y%m%dT%H%M%S%z")
        return abs(told - there) > timedelta(minutes=5)

    async def answer(received: Received) -> web.Response:
        if is_untimely(received):
            await together.wait()
        date = format_datetime(there)
        return await refusing(is_untimely, "InvalidSignatureException", date=date)(received)

    async with (
        listening(answer) as api,
        client(api.url, sign=True, region="eu-west-1") as connected,
    ):
        values = await asyncio.gather(*(connected.call(call(ECHO, n=n)) for n in range(3)))
        values.append(await connected.call(call(ECHO, n=3)))

    assert values == [{"total": 7}] * 4
    assert [is_untimely(one) for one in api.received] == [True] * 3 + [False] * 4
    assert all(one.is_signed_with("example") for one in api.received)


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("date", ["", "yesterday", "now"])
async def test_other_wrong_signatures_are_told(date: str) -> None:
    """Where the clock is right, or AWS tells no time, nothing is sent again."""
    told = format_datetime(datetime.now(UTC)) if date == "now" else date
    answer = refusing(lambda _: True, "InvalidSignatureException", date=told)

    async with (
        listening(answer) as api,
        client(api.url, sign=True, region="eu-west-1") as connected,
    ):
        with pytest.raises(Refused, match="not accepted"):
            await connected.call(call())

    assert len(api.received) == 1


async def test_discovery_is_asked_again_as_calls_are(tmp_path: Path) -> None:
    """S3 names the error in its body, under a status of its own."""
    credential_process(tmp_path, lasting=HOUR)

    async def answer(received: Received) -> web.Response:
        if is_first(received):
            return web.Response(status=400, body=b"<Error><Code>ExpiredToken</Code></Error>")
        return web.Response(body=b"schema")

    async with listening(answer) as bucket:
        told = {**ROBOT, "functions": ("f",), "url": bucket.url}
        async with aclosing(Api(Settings(**told))) as api:
            ask = Ask("GET", ("bucket", "key"), service="s3", version="")
            found = await api.send(ask, asyncio.get_running_loop().time() + 10)

    assert (found.status, found.body) == (200, b"schema")
