"""How requests and answers flow: framing, back-pressure, both ways at once, and how they end."""

import asyncio
import contextlib
import os

import httpx
import orjson
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from tests.app.passthrough import wire as wire_module
from tests.app.passthrough.wire import (
    HEAD_END,
    OK,
    Wire,
    answering,
    ask,
    backend,
    client,
    gateway,
    get,
    serving,
)
from tests.backends.process import LOOPBACK, free_port

CHUNKED_POST = b"POST / HTTP/1.1\r\nhost: g\r\ntransfer-encoding: chunked\r\n\r\n"
PIECE = bytes(65536)


@pytest.fixture(autouse=True, params=["called", "direct"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every exchange is as it is, whether the application is called or answers directly."""
    monkeypatch.setattr(wire_module, "warmed", request.param == "direct")


CHUNKED_OK = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


async def test_a_request_without_a_body_stays_without_one() -> None:
    """A GET gains neither a length nor chunks."""
    async with answering() as served, gateway(served.url) as port:
        answer = await ask(port, get())

    assert served.header("transfer-encoding") == served.header("content-length") == []
    assert answer.endswith(b"\r\n\r\nok")


async def test_an_empty_body_keeps_its_length() -> None:
    """`Content-Length: 0` is told on as it is."""
    async with answering() as served, gateway(served.url) as port:
        await ask(port, get("/", "content-length: 0", method="POST"))

    assert served.header("content-length") == [b"0"]
    assert served.header("transfer-encoding") == []


async def test_a_body_keeps_its_length() -> None:
    """A body of known length is not turned into chunks."""
    heads: list[bytes] = []
    bodies: list[bytes] = []

    async def read_body(wire: Wire) -> None:
        heads.append(await wire.head())
        bodies.append(await wire.exactly(5))
        await wire.send(OK)

    async with backend(read_body) as served, gateway(served.url) as port:
        await ask(port, get("/", "content-length: 5", method="PUT") + b"hello")

    assert bodies == [b"hello"]
    assert b"\r\ncontent-length: 5\r\n" in heads[0].lower()
    assert b"transfer-encoding" not in heads[0].lower()


async def test_a_chunked_body_stays_chunked() -> None:
    """A body of unknown length arrives in chunks and complete."""
    bodies: list[bytes] = []

    async def read_body(wire: Wire) -> None:
        await wire.head()
        bodies.append(await wire.until(b"0\r\n\r\n"))
        await wire.send(OK)

    async with backend(read_body) as served, gateway(served.url) as port, client(port) as wire:
        await wire.send(CHUNKED_POST + b"5\r\nhello\r\n0\r\n\r\n")
        await wire.until(b"ok")

    assert bodies == [b"5\r\nhello\r\n0\r\n\r\n"]


async def test_a_large_body_comes_back_whole() -> None:
    """What an application of another framework echoes is what was sent, to the last byte."""

    async def echo(request: Request) -> StreamingResponse:
        return StreamingResponse(iter([await request.body()]), headers={"x-size": "8"})

    echoing = Starlette(routes=[Route("/{name:path}", echo, methods=["PUT"])])
    sent = os.urandom(8 * 1024 * 1024)
    async with (
        serving(echoing) as served,
        gateway(f"http://{LOOPBACK}:{served}") as port,
        httpx.AsyncClient(trust_env=False) as http,
    ):
        answer = await http.put(f"http://{LOOPBACK}:{port}/a%2Fb", content=sent)

    assert answer.headers["x-size"] == "8"
    assert answer.content == sent


async def test_the_head_goes_out_before_the_body_begins() -> None:
    """A backend sees the request, and may answer it, while the body is still to come."""

    async def answer_at_once(wire: Wire) -> None:
        await wire.head()
        await wire.send(CHUNKED_OK + b"2\r\ngo\r\n")
        await wire.until(b"0\r\n\r\n")
        await wire.send(b"0\r\n\r\n")

    async with backend(answer_at_once) as served, gateway(served.url) as port, client(port) as wire:
        await wire.send(CHUNKED_POST)
        begun = await wire.until(b"go\r\n")
        await wire.send(b"0\r\n\r\n")
        ended = await wire.until(b"0\r\n\r\n")

    assert begun.startswith(b"HTTP/1.1 200 OK\r\n")
    assert ended == b"0\r\n\r\n"


async def test_both_directions_flow_at_once() -> None:
    """An echo answers each piece before the client sends the next."""

    async def echo(wire: Wire) -> None:
        await wire.head()
        await wire.send(CHUNKED_OK)
        while (size := await wire.until(b"\r\n")) != b"0\r\n":
            piece = await wire.exactly(int(size, 16) + 2)
            await wire.send(size + piece)
        await wire.exactly(2)
        await wire.send(b"0\r\n\r\n")

    async with backend(echo) as served, gateway(served.url) as port, client(port) as wire:
        await wire.send(CHUNKED_POST)
        await wire.head()
        heard = []
        for word in (b"one", b"two", b"six"):
            await wire.send(b"3\r\n" + word + b"\r\n")
            heard.append(await wire.until(word + b"\r\n"))
        await wire.send(b"0\r\n\r\n")
        end = await wire.until(b"0\r\n\r\n")

    assert heard == [b"3\r\none\r\n", b"3\r\ntwo\r\n", b"3\r\nsix\r\n"]
    assert end == b"0\r\n\r\n"


async def test_an_answer_may_come_before_the_body_is_read() -> None:
    """A refusal of a half-sent upload reaches the client, and the connection stays in use."""

    async def refuse(wire: Wire) -> None:
        await wire.head()
        await wire.send(b"HTTP/1.1 413 Content Too Large\r\ncontent-length: 3\r\n\r\nbig")
        await wire.rest()

    async with backend(refuse) as served, gateway(served.url) as port, client(port) as wire:
        await wire.send(b"POST / HTTP/1.1\r\nhost: g\r\ncontent-length: 10\r\n\r\nhello")
        first = await wire.until(b"\r\n\r\nbig")
        await wire.send(b"world" + b"GET / HTTP/1.1\r\nhost: g\r\n\r\n")
        second = await wire.until(b"\r\n\r\nbig")

    assert first.startswith(b"HTTP/1.1 413 ")
    assert second.startswith(b"HTTP/1.1 413 ")


async def test_pieces_of_an_answer_arrive_as_they_are_sent() -> None:
    """An event is with the client before the backend sends the next."""
    heard = asyncio.Event()

    async def events(wire: Wire) -> None:
        await wire.head()
        await wire.send(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: 1\n\n")
        await heard.wait()
        await wire.send(b"data: 2\n\n")

    async with backend(events) as served, gateway(served.url) as port, client(port) as wire:
        await wire.send(get())
        await wire.until(b"data: 1\n\n")
        heard.set()
        rest = await wire.rest()

    assert b"data: 2\n\n" in rest
    assert rest.endswith(b"0\r\n\r\n")


async def test_an_answers_headers_keep_their_order_and_repetitions() -> None:
    """Each Set-Cookie is a line of its own, and the content encoding is not touched."""
    async with (
        answering(
            b"HTTP/1.1 203 Fine\r\nB: 2\r\nSet-Cookie: a=1\r\nKeep-Alive: timeout=5\r\n"
            b"A: J\xfcrgen\r\nSet-Cookie: b=2\r\nContent-Encoding: gzip\r\n"
            b"Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nContent-Length: 4\r\n\r\n\x1f\x8bXX"
        ) as served,
        gateway(served.url) as port,
    ):
        answer = await ask(port, get())

    assert answer == (
        b"HTTP/1.1 203 Non-Authoritative Information\r\nb: 2\r\nset-cookie: a=1\r\na: J\xfcrgen\r\n"
        b"set-cookie: b=2\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n"
        b"connection: close\r\n\r\n\x1f\x8bXX"
    )


@pytest.mark.parametrize(
    ("method", "answer", "expected"),
    [
        ("HEAD", "200 OK\r\ncontent-length: 1234", b"content-length: 1234\r\n"),
        ("GET", "304 Not Modified\r\ncontent-length: 1234\r\netag: x", b"etag: x\r\n"),
        ("GET", "204 No Content\r\nx-a: 1", b"x-a: 1\r\n"),
    ],
)
async def test_an_answer_without_a_body_has_none(method: str, answer: str, expected: bytes) -> None:
    """HEAD, 304 and 204 end with their head."""
    async with (
        answering(f"HTTP/1.1 {answer}\r\n\r\n".encode()) as served,
        gateway(served.url) as port,
    ):
        answered = await ask(port, get(method=method))

    head, end, body = answered.partition(HEAD_END)
    assert end + body == HEAD_END
    assert expected in head + b"\r\n"
    assert b"chunked" not in head


async def test_interim_answers_are_not_the_answer() -> None:
    """A 103 before the answer is passed over."""
    hints = b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"
    async with answering(hints + OK) as served, gateway(served.url) as port:
        answer = await ask(port, get())

    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")


async def test_a_client_that_expects_to_be_told_is_told() -> None:
    """`Expect: 100-continue` is answered by the gateway once the backend has the head."""

    async def read_body(wire: Wire) -> None:
        await wire.head()
        await wire.exactly(2)
        await wire.send(OK)

    async with backend(read_body) as served, gateway(served.url) as port, client(port) as wire:
        await wire.send(get("/", "expect: 100-continue", "content-length: 2", method="PUT"))
        told = await wire.head()
        await wire.send(b"hi")
        answer = await wire.rest()

    assert told == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert answer.endswith(b"\r\n\r\nok")


async def test_a_connection_is_used_again() -> None:
    """Requests one after another share one connection to the backend."""
    connections: list[Wire] = []

    async def count(wire: Wire) -> None:
        connections.append(wire)
        while True:
            await wire.head()
            await wire.send(OK)

    async with backend(count) as served, gateway(served.url) as port:
        await ask(port, get())
        await ask(port, get())

    assert len(connections) == 1


async def test_a_client_that_leaves_while_waiting_ends_the_exchange() -> None:
    """The backend's connection is closed when nobody awaits its answer."""
    asked, ended = asyncio.Event(), asyncio.Event()

    async def never(wire: Wire) -> None:
        await wire.head()
        asked.set()
        await wire.rest()
        ended.set()

    async with backend(never) as served, gateway(served.url) as port:
        async with client(port) as wire:
            await wire.send(get())
            await asked.wait()
        async with asyncio.timeout(5):
            await ended.wait()


async def test_a_client_that_leaves_an_event_stream_ends_it() -> None:
    """A stream that is quiet is closed too."""
    ended = asyncio.Event()

    async def quiet(wire: Wire) -> None:
        await wire.head()
        await wire.send(CHUNKED_OK + b"2\r\nhi\r\n")
        await wire.rest()
        ended.set()

    async with backend(quiet) as served, gateway(served.url) as port:
        async with client(port) as wire:
            await wire.send(get())
            await wire.until(b"hi")
        async with asyncio.timeout(5):
            await ended.wait()


async def test_a_body_the_client_broke_off_is_not_completed() -> None:
    """The backend never sees the end of an upload that was cut short."""
    begun: asyncio.Event = asyncio.Event()
    bodies: list[bytes] = []
    ended = asyncio.Event()

    async def read_body(wire: Wire) -> None:
        await wire.head()
        await wire.until(b"hello\r\n")
        begun.set()
        bodies.append(await wire.rest())
        ended.set()

    async with backend(read_body) as served, gateway(served.url) as port:
        async with client(port) as wire:
            await wire.send(CHUNKED_POST + b"5\r\nhello\r\n")
            await begun.wait()
        async with asyncio.timeout(5):
            await ended.wait()

    assert bodies == [b""]


@pytest.mark.parametrize(
    "broken",
    [
        CHUNKED_OK + b"5\r\nhel",
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhel",
    ],
)
async def test_an_answer_that_breaks_off_is_not_completed(
    broken: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """The client's connection ends without the end of the answer, and the log says why."""

    async def break_off(wire: Wire) -> None:
        await wire.head()
        await wire.send(broken)

    async with backend(break_off) as served, gateway(served.url) as port:
        answer = await ask(port, get())

    head, _, body = answer.partition(HEAD_END)
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert body in (b"3\r\nhel\r\n", b"hel")
    assert "backend broke off its answer" in caplog.messages


@pytest.mark.parametrize(
    "answer",
    [
        b"220 smtp.example ESMTP\r\n\r\n",
        b"HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx-bad: \x01\r\ncontent-length: 0\r\n\r\n",
    ],
)
async def test_what_is_no_answer_is_a_502(answer: bytes) -> None:
    """A backend that does not speak HTTP as we know it is reported as such."""
    async with answering(answer) as served, gateway(served.url) as port:
        answered = await ask(port, get())

    assert answered.startswith(b"HTTP/1.1 502 ")
    assert problem_code(answered) == "UPSTREAM_INVALID_RESPONSE"


async def test_a_backend_that_is_not_there_is_a_502() -> None:
    """A refused connection is a problem that says so."""
    async with gateway(f"http://{LOOPBACK}:{free_port()}") as port:
        answer = await ask(port, get())

    assert answer.startswith(b"HTTP/1.1 502 ")
    assert problem_code(answer) == "UPSTREAM_UNREACHABLE"


async def test_clients_are_not_told_where_a_backend_is() -> None:
    """Neither the address nor the port of a backend is in the gateway's own answers."""
    unused = free_port()
    async with gateway(f"http://{LOOPBACK}:{unused}") as port:
        answer = await ask(port, get())

    assert LOOPBACK.encode() not in answer
    assert str(unused).encode() not in answer


async def test_a_backend_that_closes_without_an_answer_is_a_502() -> None:
    """A POST is not sent twice; its client hears that the backend is unreachable."""
    heads: list[bytes] = []

    async def close(wire: Wire) -> None:
        heads.append(await wire.head())

    async with backend(close) as served, gateway(served.url) as port:
        answer = await ask(port, get("/", "content-length: 2", method="POST") + b"hi")

    assert problem_code(answer) == "UPSTREAM_UNREACHABLE"
    assert len(heads) == 1


async def test_a_backend_that_does_not_answer_in_time_is_a_504() -> None:
    """The timeout covers the way to the head of the answer."""

    async def never(wire: Wire) -> None:
        await wire.rest()

    async with backend(never) as served, gateway(served.url, timeout=0.05) as port:
        answer = await ask(port, get())

    assert answer.startswith(b"HTTP/1.1 504 ")
    assert problem_code(answer) == "UPSTREAM_TIMEOUT"


async def test_a_backend_that_takes_no_body_is_a_504() -> None:
    """The timeout also covers each piece of a body that the backend does not take."""

    answered = asyncio.Event()

    async def stall(wire: Wire) -> None:
        wire.pause()
        await answered.wait()

    huge = 64 * 1024 * 1024
    async with backend(stall) as served, gateway(served.url, timeout=0.2) as port:
        async with client(port) as wire:
            await wire.send(get("/", f"content-length: {huge}", method="PUT"))
            async with asyncio.TaskGroup() as group:
                feeding = group.create_task(feed(wire, huge))
                answer = await wire.head()
                feeding.cancel()
        answered.set()

    assert answer.startswith(b"HTTP/1.1 504 ")


async def test_a_slow_client_does_not_use_up_the_backends_time() -> None:
    """While the gateway waits for the client's next piece, the timeout stands still."""

    async def read_body(wire: Wire) -> None:
        await wire.head()
        await wire.exactly(2)
        await wire.send(OK)

    async with (
        backend(read_body) as served,
        gateway(served.url, timeout=0.1) as port,
        client(port) as wire,
    ):
        await wire.send(get("/", "content-length: 2", method="PUT") + b"h")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(wire.head(), 0.4)
        await wire.send(b"i")
        answer = await wire.rest()

    assert answer.endswith(b"\r\n\r\nok")


async def test_an_answer_may_outlast_the_timeout() -> None:
    """The timeout ends with the head: a body takes as long as it takes."""
    waited = asyncio.Event()

    async def slowly(wire: Wire) -> None:
        await wire.head()
        await wire.send(CHUNKED_OK)
        await waited.wait()
        await wire.send(b"2\r\nok\r\n0\r\n\r\n")

    async with (
        backend(slowly) as served,
        gateway(served.url, timeout=0.05) as port,
        client(port) as wire,
    ):
        await wire.send(get())
        await wire.head()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(wire.until(b"ok"), 0.2)
        waited.set()
        rest = await wire.rest()

    assert rest.endswith(b"0\r\n\r\n")


async def test_a_slow_client_slows_the_backend() -> None:
    """An answer nobody reads is not read from the backend either."""
    sent = 0
    stalled = asyncio.Event()

    async def endless(wire: Wire) -> None:
        nonlocal sent
        await wire.head()
        await wire.send(b"HTTP/1.1 200 OK\r\n\r\n")
        with contextlib.suppress(TimeoutError):
            while True:
                await asyncio.wait_for(wire.send(PIECE), 1)
                sent += len(PIECE)
        stalled.set()

    async with backend(endless) as served, gateway(served.url) as port, client(port) as wire:
        wire.pause()
        await wire.send(get())
        await stalled.wait()

    assert sent < 32 * 1024 * 1024


async def feed(wire: Wire, size: int) -> None:
    """Send zeroes until the other side takes no more."""
    for _ in range(size // len(PIECE)):
        await wire.send(PIECE)


def problem_code(answer: bytes) -> str:
    """The code of the problem that a whole answer carries."""
    code: str = orjson.loads(answer.partition(HEAD_END)[2])["code"]
    return code
