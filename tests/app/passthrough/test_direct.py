"""Answers that are sent back in one step, and what goes on as an ordinary request."""

import asyncio

import pytest

from tests.app.passthrough import wire as wire_module
from tests.app.passthrough.wire import HEAD_END, OK, Wire, answering, backend, client, gateway

DATED = b"HTTP/1.1 200 OK\r\nDate: yesterday\r\nContent-Length: 2\r\n\r\nok"
GET = b"GET /%d HTTP/1.1\r\nhost: gateway.test\r\n\r\n"


@pytest.fixture(autouse=True)
def warm(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a connection to the backend already."""
    monkeypatch.setattr(wire_module, "warmed", True)


async def test_a_plain_answer_crosses_as_it_came() -> None:
    """Its headers are spelt as the backend spells them, but for those of its connection."""
    head = b"HTTP/1.1 203 Fine\r\nDate: yesterday\r\nSet-Cookie: a=1\r\nConnection: Keep-Alive\r\n"
    more = b"Keep-Alive: timeout=5\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\n\r\nok"
    async with (
        answering(head + more) as served,
        gateway(served.url) as port,
        client(port) as wire,
    ):
        await wire.send(GET % 1)
        answer = await wire.until(b"\nok")

    assert answer == (
        b"HTTP/1.1 203 Non-Authoritative Information\r\nDate: yesterday\r\nSet-Cookie: a=1\r\n"
        b"Set-Cookie: b=2\r\nContent-Length: 2\r\n\r\nok"
    )


@pytest.mark.parametrize(
    "answer",
    [
        DATED.replace(b"200 OK", b"200 OK\r\nConnection: X-Hop\r\nX-Hop: 1"),
        DATED.replace(b"200 OK", b"200 OK\r\nConnection: close\r\nConnection: x-hop\r\nX-Hop: 1"),
        b"HTTP/1.1 200 OK\r\nDate: yesterday\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"2\r\nok\r\n0\r\n\r\n",
    ],
)
async def test_what_is_not_plain_is_answered_by_the_application(answer: bytes) -> None:
    """Its server then writes the answer, names in lower case."""
    async with answering(answer) as served, gateway(served.url) as port, client(port) as wire:
        await wire.send(GET % 1)
        answered = await wire.until(b"\nok")

    assert b"X-Hop" not in answered
    assert b"x-hop" not in answered
    assert answered.lower() == answered.replace(b"HTTP/1.1 200 OK", b"http/1.1 200 ok")


async def test_an_answer_without_a_date_is_given_one() -> None:
    """As a gateway should where the backend has no clock (RFC 9110 §6.6.1)."""
    async with answering(OK) as served, gateway(served.url) as port, client(port) as wire:
        await wire.send(GET % 1)
        answer = await wire.until(b"\nok")

    assert answer.lower().count(b"\r\ndate: ") == 1


async def test_requests_that_are_alike_are_told_apart() -> None:
    """By their headers as by their targets."""
    alike = b"GET /1 HTTP/1.1\r\nhost: gateway.test\r\nx-user: %b\r\n\r\n"
    async with answering(DATED) as served, gateway(served.url) as port, client(port) as wire:
        for user in (b"a", b"b", b"a"):
            await wire.send(alike % user)
            await wire.until(b"\nok")

    users = [head.partition(b"x-user: ")[2][:1] for head in served.heads]
    assert users == [b"a", b"b", b"a"]


async def test_requests_before_their_turn_wait() -> None:
    """Those that were sent at once are answered in their order."""
    paths: list[bytes] = []

    async def conversation(wire: Wire) -> None:
        while True:
            path = (await wire.head()).split(b" ")[1]
            paths.append(path)
            await wire.send(DATED.replace(b"ok", path))

    async with backend(conversation) as served, gateway(served.url) as port, client(port) as wire:
        await wire.send(GET % 1 + GET % 2 + GET % 3)
        bodies = [(await wire.head(), await wire.exactly(2))[1] for _ in range(3)]

    assert paths == bodies == [b"/1", b"/2", b"/3"]


async def test_a_stale_connection_is_not_an_answer() -> None:
    """A request is sent again where the backend has just ended its connection."""
    numbers: list[int] = []

    async def once(wire: Wire) -> None:
        await wire.head()
        numbers.append(len(numbers))
        if numbers[-1]:
            await wire.send(DATED)

    async with backend(once) as served, gateway(served.url) as port, client(port) as wire:
        await wire.send(GET % 1)
        answer = await wire.until(b"\nok")

    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert numbers == [0, 1]


async def test_a_client_that_leaves_ends_the_exchange(caplog: pytest.LogCaptureFixture) -> None:
    """The backend's connection is closed, and the log says so."""
    asked, ended = asyncio.Event(), asyncio.Event()

    async def never(wire: Wire) -> None:
        await wire.head()
        asked.set()
        await wire.rest()
        ended.set()

    caplog.set_level("INFO")
    async with backend(never) as served, gateway(served.url) as port:
        async with client(port) as wire:
            await wire.send(GET % 1)
            await asked.wait()
        async with asyncio.timeout(5):
            await ended.wait()

    assert "client left" in caplog.messages


async def test_a_connection_serves_on_after_a_client_left() -> None:
    """One client's leaving is nothing to the next."""
    asked = asyncio.Event()

    async def first_never(wire: Wire) -> None:
        head = await wire.head()
        if b" /1 " in head:
            asked.set()
            await wire.rest()
        await wire.send(DATED)

    async with backend(first_never) as served, gateway(served.url) as port:
        async with client(port) as leaving:
            await leaving.send(GET % 1)
            await asked.wait()
        async with client(port) as wire:
            await wire.send(GET % 2)
            answer = await wire.until(b"\nok")

    assert answer.endswith(HEAD_END + b"ok")


async def test_a_body_that_comes_later_is_passed_on_as_it_comes() -> None:
    """The client has the head, and each piece, before the backend sends the next."""
    heard = asyncio.Event()

    async def slowly(wire: Wire) -> None:
        await wire.head()
        await wire.send(b"HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 4\r\n\r\n")
        await heard.wait()
        await wire.send(b"done")

    async with backend(slowly) as served, gateway(served.url) as port, client(port) as wire:
        await wire.send(GET % 1)
        head = await wire.head()
        heard.set()
        body = await wire.exactly(4)

    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert body == b"done"
