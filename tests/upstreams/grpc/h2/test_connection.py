"""What a backend may do on a connection, and what it may not."""

import asyncio
import gzip
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.backends.talk import saying, talking
from tests.upstreams.grpc.asking import connected
from tests.upstreams.grpc.h2.backend import (
    CATALOG,
    OK_END,
    OK_HEAD,
    Line,
    Nested,
    answering,
    backend,
    block,
    data,
    head,
    headers,
    prefixed,
    trailers,
)
from upstreams.errors import Malformed, Refused, TimedOut, Unreachable
from upstreams.grpc.h2 import frames, outbox
from upstreams.grpc.h2.frames import frame
from upstreams.grpc.model import Settings

MESSAGE = prefixed(Nested(clear=7).SerializeToString())
SWOLLEN = gzip.compress(bytes(1_000_000))
KIB = 1024


def settings(name: int, value: int) -> bytes:
    """A SETTINGS frame of one."""
    return frames.settings({name: value})


async def test_an_answer() -> None:
    """Its value, and what came with it."""

    async def script(line: Line) -> None:
        number = await line.call()
        line.send(head(number), data(number, MESSAGE), trailers(number, *OK_END, ("x-more", "end")))
        await line.frame(frames.HEADERS)

    async with backend(script) as upstream:
        call = upstream.made("GetThing")
        value = await upstream.client.call(call)

    assert value["clear"] == 7
    assert call.aside.headers == {"x-from": "here", "x-more": "end"}
    assert call.aside.status == "OK"


async def test_what_is_asked() -> None:
    """The headers of a call are gRPC's, those of the settings, and how long we wait."""
    asked: list[dict[str, str]] = []

    async def script(line: Line) -> None:
        number, found = await line.head()
        asked.append(found)
        line.answer(number)
        await line.frame(frames.HEADERS)

    async with backend(script, headers={"X-Key": "k" * 200, "x-bin": "AP8="}) as upstream:
        address = upstream.settings.grpc
        await upstream.ask("GetThing", seconds=5)

    assert int(asked[0].pop("grpc-timeout").removesuffix("m")) in range(4000, 5002)
    assert asked == [
        {
            ":method": "POST",
            ":scheme": "http",
            ":path": "/splice.test.v1.Everything/GetThing",
            ":authority": address,
            "te": "trailers",
            "content-type": "application/grpc",
            "user-agent": "grpc-python-splice",
            "grpc-accept-encoding": "identity,deflate,gzip",
            "x-key": "k" * 200,
            "x-bin": "AP8",
        }
    ]


def _padded(number: int) -> bytes:
    whole = frames.END_HEADERS | frames.PADDED | frames.WITH_PRIORITY
    start = b"\x03" + bytes(5) + block(*OK_HEAD) + bytes(3)
    return (
        frame(frames.HEADERS, whole, number, start)
        + data(number, b"\x02" + MESSAGE + bytes(2), frames.PADDED)
        + trailers(number)
    )


def _in_pieces(number: int) -> bytes:
    start = block(*OK_HEAD)
    end = block(*OK_END)
    return (
        frame(frames.HEADERS, 0, number, start[:3])
        + frame(frames.CONTINUATION, 0, number, start[3:5])
        + frame(frames.CONTINUATION, frames.END_HEADERS, number, start[5:])
        + b"".join(data(number, MESSAGE[at : at + 1]) for at in range(len(MESSAGE)))
        + frame(frames.HEADERS, frames.END_STREAM, number, end[:1])
        + frame(frames.CONTINUATION, frames.END_HEADERS, number, end[1:])
    )


def _among_others(number: int) -> bytes:
    return (
        frame(frames.PRIORITY, 0, number, bytes(5))
        + frame(0xEE, 0xFF, number, b"what nobody knows")
        + settings(0xEE, 1)
        + frames.window_update(0, 1)
        + head(number)
        + data(number, b"")
        + frames.window_update(number, 1)
        + data(number, MESSAGE)
        + frame(frames.SETTINGS, frames.ACK, 0)
        + trailers(number)
    )


def _informed(number: int) -> bytes:
    early = headers(number, (":status", "103"), ("link", "x"))
    return early + head(number) + data(number, MESSAGE) + trailers(number)


@pytest.mark.parametrize("answer", [_padded, _in_pieces, _among_others, _informed])
async def test_ways_to_answer(answer: Any) -> None:
    """Padded, in pieces, among frames that do not matter, after early hints."""

    async def script(line: Line) -> None:
        while True:
            line.send(answer(await line.call()))

    async with backend(script) as upstream:
        values = [await upstream.ask("GetThing") for _ in range(2)]

    assert [value["clear"] for value in values] == [7, 7]


async def test_a_backend_that_keeps_no_table() -> None:
    """It hears that we keep none either (RFC 7541 section 4.2)."""
    async with backend(answering, settings={frames.HEADER_TABLE_SIZE: 0}) as upstream:
        values = [await upstream.ask("GetThing") for _ in range(2)]

    assert [value["clear"] for value in values] == [0, 0]


async def test_padding_takes_no_room() -> None:
    """A stream has room for its message, however much is around it."""
    made: list[tuple[int, int]] = []

    async def script(line: Line) -> None:
        number = await line.call()
        padded = b"\x80" + MESSAGE + bytes(0x80)
        line.send(head(number), data(number, padded, frames.PADDED))
        while not made or made[-1][0] != number:
            _, _, of, by = await line.frame(frames.WINDOW_UPDATE)
            made.append((of, frames.number(by)))
        line.send(trailers(number))
        await line.frame(frames.HEADERS)

    async with backend(script) as upstream:
        await upstream.ask("GetThing")

    assert made[-1] == (1, 0x81)


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [("gzip", gzip.compress), ("deflate", zlib.compress)],
)
async def test_compressed_answers(encoding: str, packed: Any) -> None:
    """They are decompressed as their headers say."""

    async def script(line: Line) -> None:
        number = await line.call()
        content = prefixed(packed(MESSAGE[5:]), compressed=True)
        line.send(
            head(number, ("grpc-encoding", encoding)), data(number, content), trailers(number)
        )
        await line.frame(frames.HEADERS)

    async with backend(script) as upstream:
        value = await upstream.ask("GetThing")

    assert value["clear"] == 7


@pytest.mark.parametrize(
    ("answer", "kind", "status"),
    [
        (lambda n: trailers(n, *OK_HEAD[:2], ("grpc-status", "5")), Refused, "NOT_FOUND"),
        (lambda n: trailers(n, *OK_HEAD[:2], ("grpc-status", "77")), Refused, "UNKNOWN"),
        (lambda n: trailers(n, (":status", "401")), Refused, "UNAUTHENTICATED"),
        (lambda n: trailers(n, (":status", "404")), Refused, "UNIMPLEMENTED"),
        (lambda n: trailers(n, (":status", "503")), Unreachable, "UNAVAILABLE"),
        (lambda n: headers(n, (":status", "418"), ("content-type", "x")), Refused, "UNKNOWN"),
        (
            lambda n: headers(n, (":status", "200"), ("content-type", "text/html")),
            Refused,
            "UNKNOWN",
        ),
        (lambda n: trailers(n, (":status", "200")), Refused, "UNKNOWN"),
        (lambda n: head(n) + data(n, MESSAGE, frames.END_STREAM), Refused, "UNKNOWN"),
        (lambda n: head(n) + trailers(n, ("x", "y")), Refused, "UNKNOWN"),
        (lambda n: head(n) + trailers(n), Refused, "UNIMPLEMENTED"),
        (lambda n: head(n) + data(n, MESSAGE * 2) + trailers(n), Refused, "UNIMPLEMENTED"),
        (lambda n: head(n) + data(n, MESSAGE[:3]) + trailers(n), Refused, "INTERNAL"),
        (lambda n: head(n) + data(n, MESSAGE[:-1]) + trailers(n), Refused, "INTERNAL"),
        (lambda n: head(n) + head(n), Refused, "INTERNAL"),
        (lambda n: data(n, MESSAGE), Refused, "INTERNAL"),
        (lambda n: head(n) + data(n, b"\1" + MESSAGE[1:]) + trailers(n), Refused, "INTERNAL"),
        (
            lambda n: (
                head(n, ("grpc-encoding", "gzip"))
                + data(n, prefixed(b"no gzip", compressed=True))
                + trailers(n)
            ),
            Refused,
            "INTERNAL",
        ),
        (
            lambda n: (
                head(n, ("grpc-encoding", "gzip"))
                + data(n, prefixed(SWOLLEN[:-9], compressed=True))
                + trailers(n)
            ),
            Malformed,
            "RESOURCE_EXHAUSTED",
        ),
        (lambda n: head(n) + data(n, b"\0\0\2\0\0"), Malformed, "RESOURCE_EXHAUSTED"),
        (lambda n: frames.reset(n, frames.CANCEL), Refused, "CANCELLED"),
        (lambda n: frames.reset(n, frames.INTERNAL_ERROR), Refused, "INTERNAL"),
        (lambda n: frames.reset(n, frames.ENHANCE_YOUR_CALM), Refused, "RESOURCE_EXHAUSTED"),
        (lambda n: head(n) + frames.reset(n, frames.NO_ERROR), Refused, "INTERNAL"),
    ],
)
async def test_answers_that_are_none(answer: Any, kind: Any, status: str) -> None:
    """The call fails, each in its way; the connection is as good as before."""

    async def script(line: Line) -> None:
        line.send(answer(await line.call()))
        await answering(line)

    async with backend(script, max_response=100 * KIB, retries=0) as upstream:
        with pytest.raises(kind) as error:
            await upstream.ask("GetThing")
        again = await upstream.ask("GetThing")

    assert error.value.status == status
    assert again["clear"] == 0


async def test_what_a_refusal_says() -> None:
    """Its message is told where the settings say so."""

    async def script(line: Line) -> None:
        number = await line.call()
        line.send(trailers(number, *OK_HEAD[:2], ("grpc-status", "9"), ("grpc-message", "n%C3%A9")))
        await line.frame(frames.HEADERS)

    async with backend(script, show_messages=True) as upstream:
        with pytest.raises(Refused) as error:
            await upstream.ask("GetThing")

    assert error.value.told == "né"


FAULTS: Mapping[str, Callable[[int], bytes]] = {
    "a frame too large": lambda n: frame(frames.DATA, 0, n, bytes(frames.LARGEST + 1)),
    "more padding than payload": lambda n: head(n) + data(n, b"\x05abc", frames.PADDED),
    "a push": lambda n: frame(frames.PUSH_PROMISE, frames.END_HEADERS, n, bytes(4)),
    "headers that do not go on": lambda n: headers(n, *OK_HEAD, flags=0) + data(n, MESSAGE),
    "headers that go on elsewhere": lambda n: (
        headers(n, *OK_HEAD, flags=0) + frame(frames.CONTINUATION, 0, n + 2)
    ),
    "headers from nowhere": lambda n: frame(frames.CONTINUATION, 0, n),
    "headers without end": lambda n: (
        headers(n, flags=0) + frame(frames.CONTINUATION, 0, n, bytes(16_000)) * 5
    ),
    "headers of nothing without end": lambda n: (
        headers(n, flags=0) + frame(frames.CONTINUATION, 0, n) * 10_100
    ),
    "a table that there is not": lambda n: frame(frames.HEADERS, frames.END_HEADERS, n, b"\xbe"),
    "a stream that is not ours": lambda n: data(n + 1, b""),
    "a stream not yet begun": lambda n: data(n + 2, b""),
    "a reset too small": lambda n: frame(frames.RST_STREAM, 0, n, b""),
    "a window that does not grow": lambda _: frames.window_update(0, 0),
    "a window too large": lambda _: frames.window_update(0, frames.MOST),
    "windows too large": lambda _: settings(frames.INITIAL_WINDOW_SIZE, frames.MOST + 1),
    "frames too small": lambda _: settings(frames.MAX_FRAME_SIZE, 1),
    "half a setting": lambda _: frame(frames.SETTINGS, 0, 0, bytes(5)),
    "a long ping": lambda _: frame(frames.PING, 0, 0, bytes(9)),
    "a short goaway": lambda _: frame(frames.GOAWAY, 0, 0, bytes(3)),
    "pings without end": lambda _: frame(frames.PING, 0, 0, bytes(8)) * 10_100,
    "settings without end": lambda _: frames.settings({}) * 10_100,
    "data of nothing": lambda n: head(n) + data(n, b"") * 10_100,
    "resets without end": lambda n: frames.reset(n, frames.CANCEL) * 10_100,
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_faults(fault: str) -> None:
    """The backend is told, and the call fails; the next is made over another connection."""
    told = asyncio.Event()

    async def script(line: Line) -> None:
        line.send(FAULTS[fault](await line.call()))
        await line.frame(frames.GOAWAY)
        told.set()

    async with backend(script, answering, retries=0) as upstream:
        with pytest.raises((Unreachable, Refused)):
            await upstream.ask("GetThing")
        await told.wait()
        again = await upstream.ask("GetThing")

    assert again["clear"] == 1


async def test_no_http_2() -> None:
    """Something else that listens there is no backend."""
    async with (
        talking(saying("400 Bad Request")) as address,
        connected(Settings(grpc=address, retries=0), CATALOG) as upstream,
    ):
        with pytest.raises(Unreachable):
            await upstream.ask("GetThing")


async def test_not_settings_first() -> None:
    """A backend has to begin as HTTP/2 does."""

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(frame(frames.PING, 0, 0, bytes(8)))
        await writer.drain()

    async with (
        talking(talk) as address,
        connected(Settings(grpc=address, retries=0), CATALOG) as upstream,
    ):
        with pytest.raises(Unreachable):
            await upstream.ask("GetThing")


async def test_a_message_in_small_windows() -> None:
    """A large message goes out as there is room for it, in frames as large as is allowed."""
    taken: list[int] = []

    async def script(line: Line) -> None:
        number, _ = await line.head()
        flags = 0
        while not flags & frames.END_STREAM:
            _, flags, _, payload = await line.frame(frames.DATA)
            taken.append(len(payload))
            if len(taken) == 2:
                line.send(settings(frames.INITIAL_WINDOW_SIZE, 2000))
            elif payload:
                line.send(
                    frames.window_update(number, len(payload)),
                    frames.window_update(0, len(payload)),
                )
        line.answer(number)
        await line.frame(frames.HEADERS)

    small = {frames.INITIAL_WINDOW_SIZE: 1000}
    async with backend(script, settings=small) as upstream:
        await upstream.ask("GetThing", {"name": "n" * 100_000})

    assert sum(taken) == 100_000 + 4 + 5
    assert max(taken) <= 2000


async def test_large_messages_at_once() -> None:
    """Several share the room that there is, and none is left behind."""

    async def script(line: Line) -> None:
        left, room = 3, frames.WINDOW
        while left:
            _, flags, number, payload = await line.frame(frames.DATA)
            room -= len(payload)
            assert room >= 0
            if not room:
                line.send(frames.window_update(0, frames.WINDOW))
                room = frames.WINDOW
            if flags & frames.END_STREAM:
                line.answer(number)
                left -= 1
        await line.frame(frames.HEADERS)

    wide = {frames.INITIAL_WINDOW_SIZE: 1024 * KIB, frames.MAX_FRAME_SIZE: 32 * KIB}
    async with backend(script, settings=wide) as upstream:
        large = {"name": "n" * 500_000}
        values = await asyncio.gather(*(upstream.ask("GetThing", large) for _ in range(3)))

    assert [value["clear"] for value in values] == [7, 7, 7]


async def test_a_large_answer() -> None:
    """Room is made for what comes, as it comes."""
    text = "x" * (40 * 1024 * KIB)

    async def script(line: Line) -> None:
        number = await line.call()
        content = memoryview(prefixed(Nested(**{"from": text}).SerializeToString()))
        line.send(head(number))
        room = 16 * 1024 * KIB
        while content:
            line.send(data(number, bytes(content[: frames.LARGEST])))
            room -= min(frames.LARGEST, len(content))
            content = content[frames.LARGEST :]
            if room < frames.LARGEST:
                room += frames.number((await line.frame(frames.WINDOW_UPDATE))[3])
        line.send(trailers(number))
        await line.frame(frames.HEADERS)

    async with backend(script, max_response=64 * 1024 * KIB) as upstream:
        value = await upstream.ask("GetThing")

    assert len(value["from"]) == len(text)


async def test_an_answer_before_all_is_sent() -> None:
    """What is left of the request is not sent, and the backend is told."""
    reset = asyncio.Event()

    async def script(line: Line) -> None:
        number, _ = await line.head()
        line.send(trailers(number, *OK_HEAD[:2], ("grpc-status", "8")))
        await line.frame(frames.RST_STREAM)
        reset.set()
        await answering(line)

    async with backend(script, settings={frames.INITIAL_WINDOW_SIZE: 10}) as upstream:
        with pytest.raises(Refused) as error:
            await upstream.ask("GetThing", {"name": "n" * 1000})
        await reset.wait()

    assert error.value.status == "RESOURCE_EXHAUSTED"


async def test_as_many_at_once_as_is_allowed() -> None:
    """Further calls wait for their turn, within their deadline."""
    most = 0

    async def script(line: Line) -> None:
        nonlocal most
        for _ in range(5):
            waiting = [await line.call(), await line.call()]
            most = max(most, len(waiting))
            for number in reversed(waiting):
                line.answer(number)
        number = await line.call()
        await line.frame(frames.RST_STREAM)

    async with backend(script, settings={frames.MAX_CONCURRENT_STREAMS: 2}) as upstream:
        values = await asyncio.gather(*(upstream.ask("GetThing") for _ in range(10)))
        late = (upstream.ask("GetThing", seconds=0.2) for _ in range(3))
        errors = await asyncio.gather(*late, return_exceptions=True)

    assert len(values) == 10
    assert [type(error) for error in errors] == [TimedOut] * 3
    assert most == 2


async def test_a_backend_that_does_not_read() -> None:
    """Calls that it would not see in time are not begun."""
    seen = 0
    go_on = asyncio.Event()

    async def script(line: Line) -> None:
        nonlocal seen
        line.send(frames.window_update(0, 2**30))
        await go_on.wait()
        while True:
            kind, flags, number, _ = await line.frame(frames.HEADERS, frames.DATA)
            seen += kind == frames.HEADERS
            if kind == frames.DATA and flags & frames.END_STREAM:
                line.answer(number)

    wide = {frames.INITIAL_WINDOW_SIZE: 2**30}
    async with (
        backend(script, settings=wide, max_request=64 * 1024 * KIB) as upstream,
        asyncio.TaskGroup() as group,
    ):
        large = {"name": "n" * (32 * 1024 * KIB)}
        first = group.create_task(upstream.ask("GetThing", large, seconds=25))
        for _ in range(4):
            with pytest.raises(TimedOut):
                await upstream.ask("GetThing", seconds=0.2)
        go_on.set()
        await first
        again = await upstream.ask("GetThing")

    assert again["clear"] == 7
    assert seen < 4


async def test_questions_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A backend that asks and does not listen is left."""
    monkeypatch.setattr(outbox, "HELD", 128 * KIB)

    async def script(line: Line) -> None:
        line.send(frames.window_update(0, 2**30))
        await line.frame(frames.DATA)
        line.send(frame(frames.PING, 0, 0, bytes(8)) * 9000)
        await asyncio.Event().wait()

    wide = {frames.INITIAL_WINDOW_SIZE: 2**30}
    more = {"max_request": 64 * 1024 * KIB, "retries": 0}
    async with backend(script, settings=wide, **more) as upstream:
        with pytest.raises(Unreachable):
            await upstream.ask("GetThing", {"name": "n" * (32 * 1024 * KIB)}, seconds=25)


async def test_answers_in_any_order() -> None:
    """Calls share a connection; each gets its own answer."""

    async def script(line: Line) -> None:
        numbers = [await line.call() for _ in range(50)]
        for number in reversed(numbers):
            line.answer(number, clear=number)
        await line.frame(frames.HEADERS)

    async with backend(script) as upstream:
        values = await asyncio.gather(*(upstream.ask("GetThing") for _ in range(50)))

    assert [value["clear"] for value in values] == [2 * index + 1 for index in range(50)]


async def test_a_backend_that_goes_away() -> None:
    """What it took is answered; what it did not is asked over another connection."""

    async def leaving(line: Line) -> None:
        first, _ = [await line.call(), await line.call()]
        line.send(frame(frames.GOAWAY, 0, 0, first.to_bytes(4, "big") + bytes(4)))
        line.answer(first, clear=100)
        await line.frame(frames.GOAWAY)

    async with backend(leaving, answering) as upstream:
        values = await asyncio.gather(*(upstream.ask("Getaway") for _ in range(2)))

    assert [value["clear"] for value in values] == [100, 1]


async def test_a_backend_that_refuses_a_stream() -> None:
    """It did not look at the call, which is made again though it may write; not for ever."""
    asked = 0

    async def script(line: Line) -> None:
        nonlocal asked
        while True:
            number = await line.call()
            asked += 1
            line.send(frames.reset(number, frames.REFUSED_STREAM))
            if asked == 1:
                line.answer(await line.call())

    async with backend(script) as upstream:
        value = await upstream.ask("Getaway")
        before = asked
        with pytest.raises(Unreachable):
            await upstream.ask("Getaway")

    assert value["clear"] == 7
    assert asked - before == 3


async def test_a_connection_that_breaks() -> None:
    """What may have been done is not done again, unless it only reads."""

    async def breaking(line: Line) -> None:
        await line.call()
        await line.close()

    async with backend(breaking, answering) as upstream:
        with pytest.raises(Unreachable):
            await upstream.ask("Getaway")
    async with backend(breaking, answering) as upstream:
        value = await upstream.ask("GetThing")

    assert value["clear"] == 1


async def test_an_answer_that_had_begun() -> None:
    """A read of which some came is not made again."""

    async def script(line: Line) -> None:
        number = await line.call()
        line.send(head(number, ("x", "y")), trailers(number, ("grpc-status", "14")))
        await answering(line)

    async with backend(script) as upstream:
        with pytest.raises(Unreachable):
            await upstream.ask("GetThing")


@pytest.mark.parametrize(("told", "again"), [("0", True), ("-1", False), ("soon", False)])
async def test_pushback(told: str, again: bool) -> None:  # noqa: FBT001 - parametrised
    """A backend says itself when a read may be made again, or that it may not."""

    async def script(line: Line) -> None:
        number = await line.call()
        away = (("grpc-status", "14"), ("grpc-retry-pushback-ms", told))
        line.send(trailers(number, *OK_HEAD[:2], *away))
        await answering(line)

    async with backend(script) as upstream:
        if again:
            await upstream.ask("GetThing")
        else:
            with pytest.raises(Unreachable):
                await upstream.ask("GetThing")


async def test_a_backend_that_is_away_for_long() -> None:
    """Once half of ten calls have failed, none is made again."""
    asked = 0

    async def script(line: Line) -> None:
        nonlocal asked
        away = (("grpc-status", "14"), ("grpc-retry-pushback-ms", "0"))
        while True:
            number = await line.call()
            asked += 1
            line.send(trailers(number, *OK_HEAD[:2], *away))

    async with backend(script, retries=2) as upstream:
        counts = []
        for _ in range(4):
            before = asked
            with pytest.raises(Unreachable):
                await upstream.ask("GetThing")
            counts.append(asked - before)

    assert counts == [3, 2, 1, 1]


async def test_a_cancelled_call() -> None:
    """The backend hears of it, and the connection serves on."""
    asked, reset = asyncio.Event(), asyncio.Event()

    async def script(line: Line) -> None:
        number = await line.call()
        asked.set()
        _, _, stopped, code = await line.frame(frames.RST_STREAM)
        assert (stopped, int.from_bytes(code, "big")) == (number, frames.CANCEL)
        line.answer(number)  # too late, and no harm
        reset.set()
        await answering(line)

    async with backend(script) as upstream, asyncio.TaskGroup() as group:
        task = group.create_task(upstream.ask("GetThing"))
        await asked.wait()
        task.cancel()
        await reset.wait()
        again = await upstream.ask("GetThing")

    assert task.cancelled()
    assert again["clear"] == 0


async def test_a_deadline() -> None:
    """Past it the call fails, and the backend hears of it."""
    reset = asyncio.Event()

    async def script(line: Line) -> None:
        await line.call()
        await line.frame(frames.RST_STREAM)
        reset.set()

    async with backend(script) as upstream:
        with pytest.raises(TimedOut) as error:
            await upstream.ask("GetThing", seconds=0.05)
        await reset.wait()

    assert error.value.status == "DEADLINE_EXCEEDED"


async def test_a_backend_that_says_nothing() -> None:
    """A connection that is none in time is a call that has none."""

    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read(-1)

    async with (
        talking(silent) as address,
        connected(Settings(grpc=address), CATALOG) as upstream,
    ):
        with pytest.raises(TimedOut):
            await upstream.ask("GetThing", seconds=0.05)


async def test_pings() -> None:
    """They are answered with what they say."""

    async def script(line: Line) -> None:
        number = await line.call()
        line.send(frame(frames.PING, 0, 0, b"12345678"))
        _, flags, _, payload = await line.frame(frames.PING)
        assert (flags, payload) == (frames.ACK, b"12345678")
        line.answer(number)
        await line.frame(frames.HEADERS)

    async with backend(script) as upstream:
        value = await upstream.ask("GetThing")

    assert value["clear"] == 7


async def test_keep_alive() -> None:
    """A backend that is silent is asked, and left if it stays so."""

    async def slow(line: Line) -> None:
        number = await line.call()
        for _ in range(3):
            line.send(frame(frames.PING, frames.ACK, 0, (await line.frame(frames.PING))[3]))
        line.answer(number)
        await line.call()
        await line.frame(frames.GOAWAY)

    async with backend(slow, keep_alive=0.03, retries=0) as upstream:
        value = await upstream.ask("GetThing")
        with pytest.raises(Unreachable):
            await upstream.ask("GetThing")

    assert value["clear"] == 7


async def test_closing() -> None:
    """Calls in flight fail, later ones too, and the backend is told."""
    asked, told = asyncio.Event(), asyncio.Event()

    async def script(line: Line) -> None:
        await line.call()
        asked.set()
        await line.frame(frames.GOAWAY)
        told.set()

    async with backend(script, answering) as upstream, asyncio.TaskGroup() as group:

        async def failing() -> str:
            with pytest.raises(Unreachable) as error:
                await upstream.ask("GetThing")
            return error.value.message

        task = group.create_task(failing())
        await asked.wait()
        await upstream.client.aclose()
        later = await failing()
        await told.wait()

    assert task.result() == "the upstream was closed before an answer"
    assert later == "the upstream is being closed"
