"""Streams: messages as they come, back-pressure, cancellation, and how they end."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from grpc import StatusCode

from tests import corpora
from tests.backends.grpc import events, stands_still, ticks
from tests.backends.grpc_server import Context
from tests.backends.process import Server
from tests.upstreams.grpc.asking import Upstream, connected, upstream
from tests.upstreams.grpc.consume import WATCH, Consumed
from tests.upstreams.grpc.protos import descriptors, message
from upstreams.errors import BadInput, CallError, Malformed, Refused, Unreachable
from upstreams.grpc import KIND
from upstreams.grpc.model import Settings

Number = message("splice.test.v1.Number")

ANSWER = "splice.ticks.v1.Ticks/Answer"


async def endless(_: Any, __: Context) -> AsyncIterator[Any]:
    """Numbers without an end, as fast as they are taken."""
    value = 0
    while True:
        yield Number(value=value)
        value += 1


async def test_messages_come_one_by_one() -> None:
    """Each message is there before the next is made."""
    turn = asyncio.Semaphore(0)

    async def on_demand(_: Any, __: Context) -> AsyncIterator[Any]:
        for value in (1, 2):
            yield Number(value=value)
            await turn.acquire()

    async with upstream({"Count": on_demand}) as line:
        seen = []
        async for each in line.stream("Count"):
            seen.append(each)
            turn.release()

    assert seen == [{"value": 1}, {"value": 2}]


async def test_both_ways() -> None:
    """A list goes in, and what comes of it comes as it comes."""

    async def double(requests: AsyncIterator[Any], _: Context) -> AsyncIterator[Any]:
        async for each in requests:
            yield Number(value=each.value * 2)

    async with upstream({"Double": double}) as line:
        seen = [each async for each in line.stream("Double", [{"value": 1}, {"value": 2}])]

    assert seen == [{"value": 2}, {"value": 4}]


async def test_a_stream_has_no_deadline() -> None:
    """The backend is told of none."""
    remaining: list[float | None] = []

    async def look(_: Any, context: Context) -> AsyncIterator[Any]:
        remaining.append(context.time_remaining())
        yield Number()

    async with upstream({"Count": look}) as line:
        seen = [each async for each in line.stream("Count")]

    assert (seen, remaining) == ([{"value": 0}], [None])


async def test_a_stream_without_messages() -> None:
    """It ends well, and says what came with it."""

    async def nothing(_: Any, context: Context) -> AsyncIterator[Any]:
        context.set_trailing_metadata((("x-rows", "0"),))
        for value in range(0):
            yield Number(value=value)

    async with upstream({"Count": nothing}) as line:
        call = line.made("Count")
        seen = [each async for each in line.streaming(call)]

    assert (seen, call.aside.status) == ([], "OK")
    assert call.aside.headers["x-rows"] == "0"


async def test_a_refusal_after_messages() -> None:
    """A stream that the backend breaks off gives what came, and then the error."""

    async def breaks(_: Any, context: Context) -> AsyncIterator[Any]:
        yield Number(value=1)
        await context.abort(StatusCode.DATA_LOSS, "gone")

    async with upstream({"Count": breaks}) as line:
        seen, error = await until_error(line.stream("Count"))

    assert seen == [{"value": 1}]
    assert isinstance(error, Refused)
    assert error.status == "DATA_LOSS"


async def test_a_message_that_cannot_be_read() -> None:
    """It ends the stream with an error, and the RPC with it."""
    ended = asyncio.Event()

    async def wrong(_: Any, __: Context) -> AsyncIterator[Any]:
        try:
            yield Number(value=1)
            while True:
                yield b"\xff"
        finally:
            ended.set()

    async with upstream({"Count": wrong}) as line:
        seen, error = await until_error(line.stream("Count"))
        await asyncio.wait_for(ended.wait(), 5)

    assert seen == [{"value": 1}]
    assert isinstance(error, Malformed)


async def test_a_message_that_is_too_large() -> None:
    """The limit holds for each message, not for all of a stream together."""

    async def growing(_: Any, __: Context) -> AsyncIterator[Any]:
        for size in (600, 600, 6000):
            yield message("splice.test.v1.All")(some_bytes=bytes(size)).SerializeToString()

    async with upstream({"Count": growing}, max_response=1000) as line:
        seen, error = await until_error(line.stream("Count"))

    assert len(seen) == 2
    assert isinstance(error, Malformed)


async def test_wrong_arguments_of_a_stream() -> None:
    """They are refused before anything is sent."""
    async with upstream({"Count": endless}) as line:
        with pytest.raises(BadInput, match=r"input\.value: not an integer"):
            await anext(line.stream("Count", {"value": "x"}))


async def test_closing_the_client_ends_its_streams() -> None:
    """A stream in flight when the client closes is unreachable: an error, not silence."""
    async with upstream({"Count": endless}) as line:
        stream = line.stream("Count")
        await anext(stream)
        await line.client.aclose()
        _, error = await until_error(stream)

    assert isinstance(error, Unreachable)


async def test_a_cancelled_consumer_cancels_the_rpc() -> None:
    """Also while it waits for a message."""
    started, ended = asyncio.Event(), asyncio.Event()

    async def hangs(_: Any, __: Context) -> AsyncIterator[Any]:
        try:
            yield Number()
            started.set()
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with upstream({"Count": hangs}) as line:
        task = asyncio.ensure_future(until_error(line.stream("Count")))
        await asyncio.wait_for(started.wait(), 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(ended.wait(), 1)


async def test_a_list_that_was_cut_says_so() -> None:
    """Asked for as a list, a stream ends at its limit, which is told beside the value."""
    async with upstream({"Count": endless}, max_messages=5) as line:
        call = line.made("Count")
        answer = await line.client.call(call)

    assert answer == [{"value": each} for each in range(5)]
    assert call.aside.extensions == {"truncated": True, "messages": 5}


async def test_a_list_that_was_not_cut_says_nothing() -> None:
    """A stream below its limit is whole."""

    async def two(_: Any, __: Context) -> AsyncIterator[Any]:
        yield Number(value=1)
        yield Number(value=2)

    async with upstream({"Count": two}, max_messages=3) as line:
        call = line.made("Count")
        answer = await line.client.call(call)

    assert answer == [{"value": 1}, {"value": 2}]
    assert call.aside.extensions == {}


@pytest.fixture(scope="module")
def ticking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of streams by npm's grpc-js, in a process of its own."""
    file = tmp_path_factory.mktemp("ticks") / "ticks.binpb"
    file.write_bytes(descriptors("ticks").SerializeToString())
    with ticks(file) as server:
        yield server


@pytest.mark.real
@pytest.mark.parametrize("name", [WATCH, ANSWER])
async def test_leaving_a_stream_cancels_it_on_a_real_server(ticking: Server, name: str) -> None:
    """The server's own event comes within a second of the consumer's going."""
    before = len(events(ticking, "cancelled"))
    start = {"messages": 1_000_000_000, "padding": 10}

    async with ticks_line(ticking) as line:
        async with aclosing(line.stream(name, [start] if name == ANSWER else start)) as stream:
            await anext(stream)
        async with asyncio.timeout(1):
            while len(events(ticking, "cancelled")) == before:  # noqa: ASYNC110 - another process's
                await asyncio.sleep(0.01)


@pytest.mark.real
async def test_a_consumer_that_stops_stops_a_real_server(ticking: Server) -> None:
    """While nobody takes messages, no more are sent than the transport holds."""
    async with ticks_line(ticking) as line:
        stream = line.stream(WATCH, {"messages": 1_000_000, "padding": 1000})
        first = await anext(stream)
        paused = await stands_still(ticking)
        await stream.aclose()

    assert first["number"] == 1
    assert paused * 1000 < 20 * 2**20


@pytest.mark.real
@pytest.mark.timeout(120)
async def test_a_long_stream_in_bounded_memory(ticking: Server) -> None:
    """A hundred megabytes go through a consumer slower than the server, and few stay."""
    command = [sys.executable, "-m", "tests.upstreams.grpc.consume", ticking.address]

    process = await asyncio.create_subprocess_exec(
        *command, "25000", "4000", stdout=asyncio.subprocess.PIPE, cwd=corpora.ROOT
    )
    printed, _ = await process.communicate()

    consumed = msgspec.json.decode(printed, type=Consumed)
    assert (consumed.messages, consumed.in_order) == (25_000, True)
    assert consumed.after - consumed.before < 32 * 2**20
    assert len(events(ticking, "paused")) > 100


@pytest.mark.real
async def test_a_real_server_that_dies(tmp_path: Path) -> None:
    """A stream whose server is gone ends with an error."""
    file = tmp_path / "ticks.binpb"
    file.write_bytes(descriptors("ticks").SerializeToString())

    with ticks(file) as server:
        async with ticks_line(server) as line:
            stream = line.stream(WATCH, {"messages": 1_000_000_000, "padding": 10})
            await anext(stream)
            server.stop()
            _, error = await until_error(stream)

    assert isinstance(error, Unreachable)


async def until_error(stream: AsyncIterator[Any]) -> tuple[list[Any], CallError]:
    """The messages that come before the error, and it."""
    seen: list[Any] = []
    try:
        async for each in stream:
            seen.append(each)  # noqa: PERF401 - a comprehension would lose them with the error
    except CallError as error:
        return seen, error
    raise AssertionError(f"no error came after {len(seen)} messages")


@asynccontextmanager
async def ticks_line(server: Server) -> AsyncIterator[Upstream]:
    """A client of the server of streams."""
    settings = Settings(grpc=server.address)
    async with connected(settings, await KIND.discover(settings)) as line:
        yield line
