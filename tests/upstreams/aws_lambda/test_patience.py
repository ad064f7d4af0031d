"""Calls that are made again, throttled or cut off, and those that are not."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from tests.upstreams.aws_lambda.asking import answer_to, call, client, reading
from tests.upstreams.aws_lambda.listening import Answer, Received, answering, listening
from upstreams.aws_lambda.call import patience
from upstreams.aws_lambda.call.patience import SAVINGS, TIMES, Patience
from upstreams.errors import Refused, Unreachable

THROTTLED = answering({}, status=429, x_amzn_errortype="TooManyRequestsException")


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repetitions are put off by next to nothing."""
    monkeypatch.setattr(patience, "SHORTEST", 0.001)


def after(times: int, first: Answer = THROTTLED) -> Answer:
    """Answers so often as `first` does, then well."""
    count = 0

    async def answer(received: Received) -> web.Response:
        nonlocal count
        count += 1
        return await (first if count <= times else answering("well"))(received)

    return answer


async def test_a_throttled_read_is_made_again() -> None:
    """What only reads is asked again until it is answered."""
    assert await answer_to(reading(), after(TIMES)) == "well"


async def test_a_throttled_write_is_not() -> None:
    """What writes is asked once, whatever the answer."""
    async with listening(after(1)) as api, client(api.url) as connected:
        with pytest.raises(Refused):
            await connected.call(call())

    assert len(api.received) == 1


async def test_a_call_is_repeated_a_few_times_only() -> None:
    """A throttle that stays is told at last."""
    async with listening(THROTTLED) as api, client(api.url) as connected:
        with pytest.raises(Refused) as caught:
            await connected.call(reading())

    assert (len(api.received), caught.value.status) == (1 + TIMES, "TooManyRequestsException")


@pytest.mark.parametrize(
    ("status", "kind"), [(500, "ServiceException"), (404, "ResourceNotFoundException")]
)
async def test_other_refusals_are_told_at_once(status: int, kind: str) -> None:
    """Only a throttle says that nothing was begun."""
    answer = answering({}, status=status, x_amzn_errortype=kind)

    async with listening(answer) as api, client(api.url) as connected:
        with pytest.raises(Refused):
            await connected.call(reading())

    assert len(api.received) == 1


async def test_a_wait_beyond_the_deadline_is_not_begun() -> None:
    """When AWS says to come back later than the caller can, the caller is told at once."""
    later = answering({}, status=429, retry_after="60")

    with pytest.raises(Refused) as caught:
        await answer_to(reading(seconds=5.0), after(1, later))

    assert caught.value.details["retryAfter"] == 60


async def test_all_repetitions_together_are_few() -> None:
    """An upstream that throttles everything is not asked several times as much."""
    async with listening(THROTTLED) as api, client(api.url) as connected:
        asked = await asyncio.gather(
            *(connected.call(reading()) for _ in range(100)), return_exceptions=True
        )

    assert all(isinstance(one, Refused) for one in asked)
    assert len(api.received) == 100 + SAVINGS


async def test_answers_earn_repetitions() -> None:
    """After enough answers there are repetitions in hand again."""
    one, error = Patience(), Refused("too much", details={"httpStatus": 429})
    deadline = asyncio.get_running_loop().time() + 10
    for _ in range(int(SAVINGS)):
        await one.wait(error, 0, deadline)
    with pytest.raises(Refused):
        await one.wait(error, 0, deadline)

    for _ in range(20):
        one.earn()

    await one.wait(error, 0, deadline)


@asynccontextmanager
async def leaving() -> AsyncIterator[str]:
    """An API whose first connection is closed as soon as it is used a second time."""
    left = asyncio.Event()

    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await _asked(reader):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n7")
            if not left.is_set():
                left.set()
                await _asked(reader)
                break
        writer.close()

    server = await asyncio.start_server(respond, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _asked(reader: asyncio.StreamReader) -> bool:
    """Whether another request has come, in full."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: ([0-9]+)", head.lower())
        await reader.readexactly(int(length[1]) if length else 0)
    except asyncio.IncompleteReadError:
        return False
    return True


async def test_a_read_survives_a_connection_that_ends() -> None:
    """What only reads may be asked for again, although it is a POST."""
    async with leaving() as url, client(url) as connected:
        values = [await connected.call(reading(n=n)) for n in range(2)]

    assert values == [7, 7]


async def test_a_write_is_not_made_twice() -> None:
    """Whether the function was begun is not known, so nobody begins it again."""
    async with leaving() as url, client(url) as connected:
        await connected.call(call(n=0))

        with pytest.raises(Unreachable):
            await connected.call(call(n=1))
