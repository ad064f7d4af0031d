"""Plain requests among others over one connection: however they mix, each has its own answer."""

import asyncio
import contextlib
import ipaddress
import itertools
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
import uvicorn
import websockets
from starlette.types import Receive, Scope, Send

from app.commands.serve import SERVER
from app.passthrough.table import Match, Route
from app.turn import Turn
from tests.app.passthrough import wire as wire_module
from tests.app.passthrough.wire import (
    HEAD_END,
    Backend,
    Wire,
    answering,
    backend,
    client,
    gateway,
)
from tests.app.served import gateway as configured
from tests.app.wired import Answer, Wired, answer, head, post, said, wired
from tests.app.wired import get as asking
from tests.backends.process import LOOPBACK
from tests.backends.rest import TEXT, document, rest, success

DATED = b"HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 2\r\n\r\nok"
SOON = 0.2
"""Seconds after which idle connections are closed here."""
TYPENAME = post(said("{ __typename }"))


@pytest.fixture(autouse=True)
def warm(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a connection to the backend already."""
    monkeypatch.setattr(wire_module, "warmed", True)


def plain(
    target: str = "/", *lines: str, method: str = "GET", host: str = "g", body: bytes | None = None
) -> bytes:
    """A request that is read in one step."""
    said = () if body is None else (f"content-length: {len(body)}",)
    first = (f"{method} {target} HTTP/1.1", f"host: {host}", *lines, *said)
    return "\r\n".join(first).encode() + HEAD_END + (body or b"")


# A backend that says what it heard.


async def heard(wire: Wire) -> tuple[bytes, bytes]:
    """The head of the next request, and its body."""
    begun = await wire.head()
    lower = begun.lower()
    if b"\r\ntransfer-encoding: chunked" in lower:
        return begun, await _chunks(wire)
    length = lower.partition(b"\r\ncontent-length: ")[2].partition(b"\r\n")[0]
    return begun, await wire.exactly(int(length or 0))


async def _chunks(wire: Wire) -> bytes:
    body = b""
    while size := int(await wire.until(b"\r\n"), 16):
        body += (await wire.exactly(size + 2))[:-2]
    await wire.until(b"\r\n")
    return body


def echoed(method: str, target: str, lines: Sequence[str], body: bytes) -> bytes:
    """What `echoing` says of a request."""
    own = sorted(line.lower().rstrip() for line in lines if line.lower().startswith("x-own"))
    return "\n".join((f"{method} {target}", *own)).encode() + b"\n" + body


def _echo(begun: bytes, body: bytes) -> bytes:
    line, *lines = begun.decode().rstrip("\r\n").split("\r\n")
    method, target, _ = line.split(" ")
    return echoed(method, target, lines, body)


async def echoing(wire: Wire) -> None:
    """Answers every request with what it was, in one of several ways by turns."""
    for number in itertools.count():
        begun, body = await heard(wire)
        said = b"" if begun.startswith(b"HEAD ") else _echo(begun, body)
        await _said_in_turn(wire, number, said)


async def _said_in_turn(wire: Wire, number: int, said: bytes) -> None:
    lines = b"HTTP/1.1 200 OK\r\nDate: now\r\nX-N: %d\r\n" % (number // 4)
    sized = lines + b"Content-Length: %d\r\n\r\n" % len(said)
    match number % 4 if said else 0:
        case 2:
            await wire.send(sized)
            await asyncio.sleep(0)
            await wire.send(said)
        case 3:
            chunk = b"%x\r\n%b\r\n0\r\n\r\n" % (len(said), said)
            await wire.send(lines + b"Transfer-Encoding: chunked\r\n\r\n" + chunk)
        case _:
            await wire.send(sized + said)


# Requests of all sorts.


class Sent(NamedTuple):
    """A request as bytes, and what comes back for it."""

    data: bytes
    back: bytes
    is_head: bool = False


def _of_all_sorts(rolled: random.Random) -> Iterator[Sent]:
    while True:
        method = rolled.choice(["GET", "GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
        target = rolled.choice(["/", "/a", "/a%2Fb?x=%20", "/a?b=1", "/b;c=1?d", "/a:1/@"])
        lines = [f"X-Own: {rolled.choice(['1', '1', '1', '2', '12', ''])}".rstrip()]
        lines += rolled.choice([[], [], ["x-own-2: b"], ["Connection: keep-alive"]])
        body = rolled.choice([None, b"", b"1", b"22", b"{}" * 50, plain("/smuggled")])
        yield rolled.choice([_sized, _sized, _sized, _chunked, _headed])(
            method, target, lines, body
        )


def _sized(method: str, target: str, lines: list[str], body: bytes | None) -> Sent:
    data = plain(target, *lines, method=method, body=body)
    return Sent(data, echoed(method, target, lines, body or b""))


def _chunked(method: str, target: str, lines: list[str], body: bytes | None) -> Sent:
    begun = plain(target, *lines, "Transfer-Encoding: chunked", method="POST")
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
    return Sent(begun + chunks, echoed("POST", target, lines, body or b""))


def _headed(method: str, target: str, lines: list[str], body: bytes | None) -> Sent:
    return Sent(plain(target, *lines, method="HEAD"), b"", is_head=True)


def _split(rolled: random.Random, data: bytes) -> list[bytes]:
    """Whole, mostly; or in a few pieces."""
    cuts = sorted(rolled.sample(range(1, len(data)), rolled.choice([0, 0, 0, 1, 3])))
    return [data[begin:end] for begin, end in itertools.pairwise([0, *cuts, len(data)])]


async def _answered(wire: Wire, sent: Sent) -> bytes:
    if not sent.is_head:
        return (await answer(wire)).body
    await wire.head()
    return b""


@pytest.mark.parametrize("seed", range(8))
async def test_whatever_comes_over_a_connection_is_answered_in_turn(seed: int) -> None:
    """Plain, in chunks, in pieces, several at once; and as the backend chooses to answer."""
    rolled = random.Random(seed)  # noqa: S311 - the same requests each time
    sorts = _of_all_sorts(rolled)
    async with backend(echoing) as to, gateway(to.url) as port, client(port) as wire:
        for _ in range(60):
            asked = [next(sorts) for _ in range(rolled.choice([1, 1, 1, 1, 2, 3]))]
            for piece in _split(rolled, b"".join(one.data for one in asked)):
                await wire.send(piece)
                await asyncio.sleep(0)
            async with asyncio.timeout(5):
                back = [await _answered(wire, one) for one in asked]

            assert back == [one.back for one in asked]


# What a backend hears.


async def _all_heard(
    to: Backend, port: int, requests: Sequence[bytes], local: str = LOOPBACK
) -> list[bytes]:
    """What the backend is told of requests that come one after the other."""
    to.heads.clear()
    reader, writer = await asyncio.open_connection(LOOPBACK, port, local_addr=(local, 0))
    wire = Wire(reader, writer)
    for request in requests:
        await wire.send(request)
        await answer(wire)
    writer.close()
    return [one.partition(b"\r\n")[2] for one in to.heads]


def _values(heads: Sequence[bytes], name: bytes) -> list[bytes]:
    return [one.partition(b"\r\n%b: " % name)[2].partition(b"\r\n")[0] for one in heads]


async def test_a_backend_hears_each_requests_own_headers() -> None:
    """However alike they are to those of the one before."""
    said = ["1", "1", "2", "1", "12", "2", "2"]
    async with answering(DATED) as to, gateway(to.url) as port:
        heads = await _all_heard(to, port, [plain("/", f"authorization: {one}") for one in said])

    assert _values(heads, b"authorization") == [one.encode() for one in said]


async def test_a_name_that_changes_its_case_or_place_is_another_head() -> None:
    """The order of lines is the client's each time."""
    orders = [("x-a: 1", "x-b: 2"), ("x-b: 2", "x-a: 1"), ("x-a: 1", "x-b: 2"), ("x-a: 1",)]
    async with answering(DATED) as to, gateway(to.url) as port:
        heads = await _all_heard(to, port, [plain("/", *one) for one in orders])

    told = [tuple(line for line in one.decode().split("\r\n") if line[:2] == "x-") for one in heads]
    assert [tuple(line for line in one if line[:3] in ("x-a", "x-b")) for one in told] == orders


async def test_a_host_that_changes_is_told_each_time() -> None:
    """As `X-Forwarded-Host`."""
    hosts = ["a", "a", "b", "a:80"]
    async with answering(DATED) as to, gateway(to.url) as port:
        heads = await _all_heard(to, port, [plain(host=one) for one in hosts])

    assert _values(heads, b"x-forwarded-host") == [one.encode() for one in hosts]


async def test_two_clients_with_one_head_are_two() -> None:
    """Each is told onward by its own address."""
    request = plain("/", "x-forwarded-for: 192.0.2.1")
    async with answering(DATED) as to, gateway(to.url) as port:
        one = await _all_heard(to, port, [request] * 2)
        two = await _all_heard(to, port, [request] * 2, "127.0.0.2")

    assert _values(one, b"x-forwarded-for") == [b"192.0.2.1, 127.0.0.1"] * 2
    assert _values(two, b"x-forwarded-for") == [b"192.0.2.1, 127.0.0.2"] * 2


async def test_of_two_clients_with_one_head_one_is_trusted() -> None:
    """What it claims is told on; what the other claims never is."""
    request = plain("/", "X-Forwarded-Proto: https", "X-Real-IP: 192.0.2.1")
    trusted = (ipaddress.ip_network("127.0.0.2/32"),)
    async with answering(DATED) as to, gateway(to.url, trusted=trusted) as port:
        stranger = await _all_heard(to, port, [request] * 2)
        friend = await _all_heard(to, port, [request] * 2, "127.0.0.2")

    assert _values(stranger, b"x-forwarded-proto") == [b"http"] * 2
    assert _values(friend, b"x-forwarded-proto") == [b"https"] * 2
    assert _values(stranger, b"x-real-ip") == [b""] * 2
    assert _values(friend, b"x-real-ip") == [b"192.0.2.1"] * 2


FIELDS = (
    *("X-Own: 1", "x-own: 2", "X-OWN:3", "accept:\t*/*", "x-empty:", "X-Token: replaced"),
    *("Connection: Keep-Alive", "connection:keep-alive", "Keep-Alive: timeout=5", "TE: trailers"),
    *("X-Forwarded-For: 192.0.2.1", "x-forwarded-for:192.0.2.2, 192.0.2.3", "Via: 1.1 other"),
    *("X-Forwarded-Host: claimed", "FORWARDED: for=192.0.2.4", "x-real-ip: 192.0.2.5"),
    *("Proxy: x", "Proxy-Authorization: secret", "x-forwarded-forx: mine", "X-Host: mine"),
    *("X_Forwarded_For: 192.0.2.6", "x_forwarded-host: claimed", "x_own: 4", "Content-Length: 0"),
    *("content_length: 7", "Content-Lengths: 8"),
)


def _heard_lines(head: bytes) -> list[bytes]:
    """What a backend heard, however it was written, and wherever a length was said."""
    pairs = (line.partition(b":") for line in head.split(b"\r\n")[1:])
    told = [(name.lower(), value.strip()) for name, _, value in pairs if name]
    told.sort(key=lambda one: one[0] == b"content-length")
    return [b"%b: %b" % one for one in told if one[0] not in (b"host", b"x-read-by")]


@pytest.mark.parametrize("own", [{}, {"x-token": "ours", "Via": "none"}], ids=["", "with own"])
@pytest.mark.parametrize("trusts", [False, True], ids=["stranger", "friend"])
@pytest.mark.parametrize("seed", range(3))
async def test_whoever_reads_a_head_the_backend_hears_the_same(
    own: dict[str, str],
    seed: int,
    trusts: bool,  # noqa: FBT001 - pytest gives it by name
) -> None:
    """Also where each request over a connection has another."""
    rolled = random.Random(seed)  # noqa: S311 - it is to be repeatable
    lines = [rolled.sample(FIELDS, rolled.randint(0, 9)) for _ in range(60)]
    trusted = (ipaddress.ip_network("127.0.0.0/8"),) if trusts else ()
    async with answering(DATED) as to, gateway(to.url, headers=own, trusted=trusted) as port:
        here = await _all_heard(to, port, [plain("/", *each) for each in lines])
        there = await _all_heard(
            to, port, [plain("/", "x-read-by: uvicorn ", *each) for each in lines]
        )

    assert [_heard_lines(one) for one in here] == [_heard_lines(one) for one in there]


async def test_what_a_stranger_claims_does_not_cross_however_it_is_spelt() -> None:
    """Many a backend takes `_` for `-`."""
    spelt = ("X_Forwarded_For: 192.0.2.1", "x-forwarded_proto: https", "X_REAL_IP: 192.0.2.1")
    async with answering(DATED) as to, gateway(to.url) as port:
        here = await _all_heard(to, port, [plain("/", *spelt)])
        there = await _all_heard(to, port, [plain("/", "x-read-by: uvicorn ", *spelt)])

    for heard_ in (*here, *there):
        assert b"192.0.2.1" not in heard_
        assert b"https" not in heard_


async def test_white_space_behind_a_length_is_none_of_it() -> None:
    """RFC 9110 section 5.5."""
    request = b"POST / HTTP/1.1\r\nhost: g\r\nx-own: 1 \r\ncontent-length: 2 \t\r\n\r\nab"
    async with backend(echoing) as to, gateway(to.url) as port, client(port) as wire:
        await wire.send(request)
        back = await answer(wire)

    assert back.body == b"POST /\nx-own: 1\nab"


async def test_bodies_of_one_head_are_each_as_long_as_they_are() -> None:
    """The backend is told the length of each, and has nothing of another."""
    bodies = [b"a", b"bb", b"", b"c" * 10, b"dd", plain("/smuggled"), b"e" * 100_000]
    async with backend(echoing) as to, gateway(to.url) as port, client(port) as wire:
        back = []
        for body in bodies:
            await wire.send(plain("/", "x-own: 1", method="POST", body=body))
            back.append((await answer(wire)).body)

    assert back == [echoed("POST", "/", ["x-own: 1"], body) for body in bodies]


async def test_routes_look_at_headers_that_are_known() -> None:
    """Of one connection, and one path."""
    routes = (
        Route(match=Match(path="/**", headers={"x-to": "b"}), to="backend"),
        Route(match=Match(path="/a"), to="backend"),
    )
    asked = [("/b", "b"), ("/b", "b"), ("/b", "c"), ("/a", "c"), ("/b", "b")]
    async with (
        answering(DATED) as to,
        gateway(to.url, routes=routes) as port,
        client(port) as wire,
    ):
        statuses = []
        for target, wanted in asked:
            await wire.send(plain(target, f"x-to: {wanted}"))
            statuses.append((await answer(wire)).status)

    assert statuses == [200, 200, 404, 200, 200]


async def test_an_address_that_changes_is_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a client that says the same over the same connection all the while."""
    monkeypatch.setattr(wire_module, "warmed", False)
    described = document({"/x": {"get": {"operationId": "x", "responses": success(TEXT)}}})
    async with (
        answering(DATED.replace(b"ok", b"1!")) as one,
        answering(DATED.replace(b"ok", b"2!")) as two,
        rest(described) as describing,
    ):
        described["servers"] = [{"url": one.url}]
        config = f"""
upstreams: {{a: {{openapi: '{describing.description}'}}}}
routes: [{{match: {{path: /**}}, to: a}}]
discovery: {{every: 100ms}}
"""
        async with configured(config, tmp_path) as asking_:
            port = asking_.http.base_url.port
            assert port is not None
            async with client(port) as wire:
                before = [await _body(wire, plain("/x")) for _ in range(3)]
                described["servers"] = [{"url": two.url}]
                async with asyncio.timeout(10):
                    while await _body(wire, plain("/x")) != b"2!":
                        pass
                after = [await _body(wire, plain("/x")) for _ in range(3)]

    assert (before, after) == ([b"1!"] * 3, [b"2!"] * 3)


async def _body(wire: Wire, request: bytes) -> bytes:
    await wire.send(request)
    return (await answer(wire)).body


# What comes while a plain request is being answered.


class Held:
    """A backend that answers /held once it is let, and all else at once."""

    def __init__(self, *pieces: bytes) -> None:
        self.asked = asyncio.Event()
        self.let = asyncio.Event()
        self.gone = asyncio.Event()
        self._first, *self._later = pieces or (b"", DATED)

    async def __call__(self, wire: Wire) -> None:
        while True:
            begun, _ = await heard(wire)
            if b" /held " not in begun:
                await wire.send(DATED)
                continue
            await wire.send(self._first)
            self.asked.set()
            await self.let.wait()
            for piece in self._later:
                await wire.send(piece)


BEGUN = b"HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 4\r\n\r\nhe"


@pytest.mark.parametrize("pieces", [(b"", DATED), (BEGUN, b"ld"), (BEGUN[:20], BEGUN[20:] + b"ld")])
@pytest.mark.parametrize(
    "more",
    [
        [plain("/b")],
        [plain("/b") + plain("/c")],
        [plain("/b")[:9], plain("/b")[9:]],
        [plain("/b"), plain("/c", method="POST", body=b"abc")],
        [plain("/c", method="POST", body=b"abc")[:-2], b"bc" + plain("/b")],
    ],
)
async def test_what_comes_meanwhile_waits_for_its_turn(
    pieces: tuple[bytes, ...], more: list[bytes]
) -> None:
    """Whether the answer is awaited, has begun, or has come."""
    held = Held(*pieces)
    async with backend(held) as to, gateway(to.url) as port, client(port) as wire:
        await wire.send(plain("/held"))
        await held.asked.wait()
        for piece in more:
            await wire.send(piece)
            await _read_by(port)
        held.let.set()
        one = await answer(wire)
        later = [await answer(wire) for _ in range(b"".join(more).count(b"HTTP/1.1"))]
        last = await _body(wire, plain("/last"))

    assert one.body == (b"ok" if pieces[0] == b"" else b"held")
    assert {each.body for each in later} == {last} == {b"ok"}


async def test_an_answer_that_breaks_off_ends_the_connection() -> None:
    """Nobody takes a part of it for the whole, though it was begun in one step."""

    async def breaking(wire: Wire) -> None:
        await wire.head()
        await wire.send(BEGUN)

    async with backend(breaking) as to, gateway(to.url) as port, client(port) as wire:
        await wire.send(plain())
        answered = await wire.rest()

    assert answered.endswith(b"\r\n\r\nhe") or answered == b""


@pytest.mark.parametrize("more", [b"", plain("/b"), plain("/b")[:9]], ids=repr)
async def test_a_client_that_leaves_is_noticed(more: bytes) -> None:
    """Whatever it had begun to say; others are served on."""
    gone, asked = asyncio.Event(), asyncio.Event()

    async def conversation(wire: Wire) -> None:
        while b" /held " not in await wire.head():
            await wire.send(DATED)
        asked.set()
        await wire.rest()
        gone.set()

    async with backend(conversation) as to, gateway(to.url) as port:
        async with client(port) as wire:
            await wire.send(plain("/held"))
            await asked.wait()
            await wire.send(more)
        async with asyncio.timeout(2):
            await gone.wait()
        async with client(port) as other:
            body = await _body(other, plain("/other"))

    assert body == b"ok"


@pytest.mark.parametrize(
    ("lines", "later"),
    [((), "/b /c"), (("x-read-by: uvicorn ",), "/b")],
    ids=["plain", "uvicorn's"],
)
async def test_a_client_that_leaves_after_more_is_noticed(
    lines: tuple[str, ...], later: str
) -> None:
    """Each of its requests came by itself, while the first was being answered."""
    gone, asked = asyncio.Event(), asyncio.Event()

    async def conversation(wire: Wire) -> None:
        while b" /held " not in await wire.head():
            await wire.send(DATED)
        asked.set()
        await wire.rest()
        gone.set()

    async with backend(conversation) as to, gateway(to.url) as port:
        async with client(port) as wire:
            await wire.send(plain("/held", *lines))
            await asked.wait()
            for target in later.split():
                await wire.send(plain(target))
                await _read_by(port)
        async with asyncio.timeout(2):
            await gone.wait()


async def test_who_does_not_read_gets_all_of_it_later() -> None:
    """Answers wait where there is no room for them, and come in their order."""
    large = 30_000

    async def conversation(wire: Wire) -> None:
        while True:
            path = (await wire.head()).split(b" ")[1]
            await wire.send(
                b"HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: %d\r\n\r\n%b"
                % (large, path.ljust(large))
            )

    async with backend(conversation) as to, gateway(to.url) as port, client(port) as wire:
        wire.pause()
        for number in range(500):
            await wire.send(plain(f"/{number}"))
            if number % 5 == 0:
                await _read_by(port)
        transport = wire.writer.transport
        assert isinstance(transport, asyncio.ReadTransport)
        transport.resume_reading()
        bodies = [(await answer(wire)).body for _ in range(500)]

    assert [body.strip() for body in bodies] == [b"/%d" % number for number in range(500)]


# What is not plain, on a connection on which plain requests have been answered.


@pytest.fixture
async def wired_up(tmp_path: Path) -> AsyncIterator[Wired]:
    """A gateway that closes connections that are idle."""
    async with wired(tmp_path, timeout_keep_alive=SOON) as one:
        yield one


@asynccontextmanager
async def used(gateway: Wired, request: bytes) -> AsyncIterator[Wire]:
    """A connection over which that request has been answered twice."""
    async with client(gateway.port) as wire:
        for _ in range(2):
            await wire.send(request)
            assert (await answer(wire)).status == 200
        yield wire


PLAIN = [TYPENAME, asking("/a/echo?text=1")]


@pytest.mark.parametrize("request_", PLAIN, ids=["graphql", "passthrough"])
async def test_an_idle_connection_is_closed(wired_up: Wired, request_: bytes) -> None:
    """After plain answers, too."""
    async with used(wired_up, request_) as wire, asyncio.timeout(5):
        assert await wire.rest() == b""


@pytest.mark.parametrize("begun", [b"G", b"GET /a HTTP/1.1\r\nHost: x\r\n", b"\r\n"])
async def test_the_begin_of_a_request_keeps_no_connection_open(
    wired_up: Wired, begun: bytes
) -> None:
    """After plain answers no more than after others."""
    async with used(wired_up, TYPENAME) as wire:
        await wire.send(begun)
        async with asyncio.timeout(2):
            rest = await wire.rest()

    assert rest == b""


@pytest.mark.parametrize("request_", PLAIN, ids=["graphql", "passthrough"])
async def test_a_last_request_is_answered_and_the_connection_closed(
    wired_up: Wired, request_: bytes
) -> None:
    """`Connection: close` is heeded where plain requests came before."""
    async with used(wired_up, request_) as wire:
        await wire.send(request_.replace(b"\r\n", b"\r\nConnection: close\r\n", 1) + request_)
        one = await answer(wire)
        rest = await wire.rest()

    assert (one.status, one.of("connection"), rest) == (200, ["close"], b"")


@pytest.mark.parametrize("request_", PLAIN, ids=["graphql", "passthrough"])
async def test_a_body_that_is_waited_for_is_called_for(wired_up: Wired, request_: bytes) -> None:
    """Though the head before was like it, but for `Expect`."""
    body = said('{ echo(text: "1") }')
    async with used(wired_up, request_) as wire:
        await wire.send(head("Expect: 100-continue", f"Content-Length: {len(body)}"))
        interim = await wire.head()
        await wire.send(body)
        one = await answer(wire)

    assert interim == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert one.data == {"data": {"echo": "1"}}


@pytest.mark.parametrize("request_", PLAIN, ids=["graphql", "passthrough"])
async def test_a_websocket_begins_after_plain_requests(wired_up: Wired, request_: bytes) -> None:
    """And is not closed for being idle."""
    protocol = websockets.Subprotocol("graphql-transport-ws")
    async with used(wired_up, request_) as wire:
        sock = wire.writer.get_extra_info("socket").dup()
        url = f"ws://{LOOPBACK}:{wired_up.port}/graphql"
        async with websockets.connect(url, subprotocols=[protocol], sock=sock) as socket:
            await asyncio.sleep(SOON * 2)  # time itself is what is tested
            await socket.send('{"type": "connection_init"}')
            acknowledged = await socket.recv()

    assert acknowledged == '{"type":"connection_ack"}'


@pytest.mark.parametrize(
    "sent",
    [
        TYPENAME + b"\x00\x01\r\n\r\n",
        b"GET /a/echo HTTP/1.1\r\nhost : x\r\n\r\n",
        head("Content-Length: 2", "Content-Length: 2") + b"{}",
        head("Content-Length: 3", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
    ],
)
async def test_rubbish_after_plain_requests_is_refused(wired_up: Wired, sent: bytes) -> None:
    """Once, and nothing of it is asked of a backend."""
    async with used(wired_up, TYPENAME) as wire:
        wired_up.backend.asked.clear()
        await wire.send(sent + asking("/a/echo?text=smuggled"))
        answered = await wire.rest()

    assert answered.count(b"HTTP/1.1 400 ") == 1
    assert wired_up.backend.asked == []


MORE_LINES = b"x-more: 1\r\n" * 400


async def _flooded(wire: Wire, port: int, more: bytes) -> bytes:
    """What comes until the connection is closed, over which that is sent again and again."""
    async with asyncio.TaskGroup() as tasks:
        back = tasks.create_task(wire.rest())
        while not back.done():
            with contextlib.suppress(ConnectionError):
                await wire.send(more)
            # What is closed before it is read would be reset, and the answer with it.
            await _read_by(port)
    return back.result()


@pytest.mark.parametrize(
    ("first", "more"),
    [(b"", MORE_LINES), (b"x-more: ", b"1" * 4096), (b"", b"1" * 4096)],
    ids=["lines", "a value", "a name"],
)
@pytest.mark.parametrize("before", [b"", plain("/a"), plain("/a", "x-read-by: uvicorn ")])
async def test_a_head_without_an_end_is_refused(before: bytes, first: bytes, more: bytes) -> None:
    """It is not kept in memory until its client is tired of it."""
    async with answering(DATED) as to, gateway(to.url) as port, client(port) as wire:
        if before:
            await _body(wire, before)
        await wire.send(b"GET / HTTP/1.1\r\nhost: g\r\n" + first)
        refused = await _flooded(wire, port, more)

    assert refused.startswith(b"HTTP/1.1 431 ")


async def test_trailers_without_an_end_are_refused() -> None:
    """Nor they."""
    async with backend(echoing) as to, gateway(to.url) as port, client(port) as wire:
        await wire.send(plain("/", "transfer-encoding: chunked", method="POST") + b"0\r\n")
        ended = await _flooded(wire, port, MORE_LINES)

    assert b" 200 " not in ended


async def test_a_head_without_an_end_behind_a_request_ends_the_connection() -> None:
    """There can be no answer before that one's."""
    held = Held()
    async with backend(held) as to, gateway(to.url) as port, client(port) as wire:
        await wire.send(plain("/held"))
        await held.asked.wait()
        await wire.send(b"GET / HTTP/1.1\r\nhost: g\r\n")
        ended = await _flooded(wire, port, MORE_LINES)
        held.let.set()

    assert ended == b""


async def test_the_rest_of_a_head_is_no_request() -> None:
    """Though it comes by itself, and looks like one."""
    async with answering(DATED) as to, gateway(to.url) as port, client(port) as wire:
        await _body(wire, plain("/a"))
        await wire.send(b"GET /b HTTP/1.1\r\nX-Own: ")
        await _read_by(port)
        await wire.send(plain("/smuggled"))
        one = await _body(wire, b"")

    assert one == b"ok"
    assert to.request_line.startswith(b"GET /b ")


async def test_the_rest_of_a_body_is_no_request() -> None:
    """Though its request has been answered already, and it looks like one."""
    routes = (Route(match=Match(path="/a/**"), to="backend"),)
    smuggled = plain("/a/smuggled")
    body = smuggled + b"."
    async with (
        answering(DATED) as to,
        gateway(to.url, routes=routes) as port,
        client(port) as wire,
    ):
        await _body(wire, plain("/a/a"))
        await wire.send(plain("/nowhere", method="POST", body=body)[: -len(body)])
        nowhere = await answer(wire)
        await wire.send(smuggled)
        await _read_by(port)
        await wire.send(b"." + plain("/a/b"))
        after = await answer(wire)
        lines = [one.partition(b"\r\n")[0] for one in to.heads]

    assert (nowhere.status, after.status) == (404, 200)
    assert [line for line in lines if b"smuggled" in line] == []
    assert lines[-1].startswith(b"GET /a/b ")


async def _read_by(port: int) -> None:
    """What was sent has been read once another client is answered."""
    async with client(port) as other:
        await _body(other, plain("/a/other"))


# The server around turns that an application works on.


class Working:
    """An application that begins every answer in one step, by that work."""

    def __init__(self, work: Callable[[Turn, Send], Awaitable[None]]) -> None:
        self._work = work
        self.leaves = 0

    def directly(self, turn: Turn) -> "Working":
        """Begin to answer."""

        async def work(send: Send) -> None:
            await self._work(turn, send)

        turn.run(work)
        return self

    def leave(self) -> None:
        """The client has gone."""
        self.leaves += 1

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Nothing but beginning and end is left to this."""
        assert scope["type"] == "lifespan"
        for event in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{event}.complete"})


LINES = b"\r\ncontent-length: 2\r\ndate: now\r\n\r\n"
START = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]}


async def _said(turn: Turn, send: Send) -> None:
    if not turn.finish(200, LINES, b"ok"):
        await send(START)
        await send({"type": "http.response.body", "body": b"ok"})


@asynccontextmanager
async def run(app: Working, seconds: int = 5) -> AsyncIterator[tuple[uvicorn.Server, int]]:
    """A server in this event loop, and its port; it may take that long to end."""
    settings = SERVER | {"port": 0, "timeout_graceful_shutdown": seconds}
    config = uvicorn.Config(app, **settings)
    server = uvicorn.Server(config)
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(server.serve())
        try:
            while not server.started:  # noqa: ASYNC110 - uvicorn has a flag
                await asyncio.sleep(0.005)
            yield server, server.servers[0].sockets[0].getsockname()[1]
        finally:
            server.should_exit = True
            for connection in tuple(server.server_state.connections):
                connection.transport.abort()
            await serving


async def test_what_is_worked_on_is_answered_before_the_server_ends() -> None:
    """And its client is told that nothing comes after it."""
    asked, let = asyncio.Event(), asyncio.Event()

    async def work(turn: Turn, send: Send) -> None:
        asked.set()
        await let.wait()
        await _said(turn, send)

    async with run(Working(work)) as (server, port), client(port) as wire, client(port) as idle:
        await idle.send(b"\r\n")
        await wire.send(plain())
        await asked.wait()
        server.should_exit = True
        assert await idle.rest() == b""
        let.set()
        one = await answer(wire)
        rest = await wire.rest()

    assert (one.status, one.body, one.of("connection"), rest) == (200, b"ok", ["close"], b"")


PLAIN_OR_NOT = [plain("/"), plain("/", "Connection: keep-alive", "Host-: x") + b"\r\n"]


@pytest.mark.parametrize("sent", PLAIN_OR_NOT, ids=["plain", "read by uvicorn"])
async def test_work_that_fails_is_answered(sent: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """With 500, as uvicorn does it."""

    async def work(turn: Turn, send: Send) -> None:
        raise LookupError("secret")

    async with run(Working(work)) as (_, port), client(port) as wire:
        await wire.send(sent)
        one = await answer(wire)
        rest = await wire.rest()

    assert (one.status, one.body, rest) == (500, b"Internal Server Error", b"")
    assert "Exception in ASGI application\n" in caplog.messages


@pytest.mark.parametrize("sent", PLAIN_OR_NOT, ids=["plain", "read by uvicorn"])
async def test_work_that_fails_once_it_has_begun_ends_the_connection(sent: bytes) -> None:
    """So that nobody waits for the rest."""

    async def work(turn: Turn, send: Send) -> None:
        await send(START)
        raise LookupError("secret")

    async with run(Working(work)) as (_, port), client(port) as wire:
        await wire.send(sent)
        answered = await wire.rest()

    assert answered.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answered.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("sent", PLAIN_OR_NOT, ids=["plain", "read by uvicorn"])
async def test_work_that_is_cancelled_is_answered(
    sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """As uvicorn does it: nobody is left to wait for ever, and the next request has its turn."""

    async def work(turn: Turn, send: Send) -> None:
        raise asyncio.CancelledError

    async with run(Working(work), seconds=1) as (_, port), client(port) as wire:
        await wire.send(sent)
        async with asyncio.timeout(2):
            one = await answer(wire)

    assert one.status == 500


@pytest.mark.parametrize("sent", PLAIN_OR_NOT, ids=["plain", "read by uvicorn"])
async def test_work_that_outlasts_the_server_is_answered(sent: bytes) -> None:
    """With 500 once its time is up."""
    asked = asyncio.Event()

    async def work(turn: Turn, send: Send) -> None:
        asked.set()
        await asyncio.get_running_loop().create_future()

    async with run(Working(work), seconds=1) as (server, port), client(port) as wire:
        await wire.send(sent)
        await asked.wait()
        server.should_exit = True
        async with asyncio.timeout(5):
            answered = await wire.rest()

    assert answered.startswith(b"HTTP/1.1 500 ")


async def test_answers_at_once_leave_the_turn_to_the_next() -> None:
    """Whether it comes with the first or after it, and whoever sees to it."""
    async with run(Working(_said)) as (_, port), client(port) as wire:
        bodies = []
        for sent in (plain(), plain() + plain(), plain()[:5], plain()[5:] + plain(), *PLAIN_OR_NOT):
            await wire.send(sent)
            bodies += [(await answer(wire)).body for _ in range(sent.count(HEAD_END))]

    assert bodies == [b"ok"] * 7


async def test_who_leaves_is_told_of_once() -> None:
    """However many requests were answered before."""
    asked, gone = asyncio.Event(), asyncio.Event()

    async def work(turn: Turn, send: Send) -> None:
        if turn.path != "/held":
            await _said(turn, send)
            return
        asked.set()
        await gone.wait()
        assert turn.finish(200, LINES, b"ok")

    app = Working(work)
    async with run(app) as (_, port):
        async with client(port) as wire:
            await _body(wire, plain("/a"))
            await wire.send(plain("/held"))
            await asked.wait()
        async with asyncio.timeout(5):
            while not app.leaves:  # noqa: ASYNC110 - a number
                await asyncio.sleep(0.005)
        gone.set()
        async with client(port) as other:
            one: Answer = await _one(other)

    assert (one.body, app.leaves) == (b"ok", 1)


async def _one(wire: Wire) -> Answer:
    await wire.send(plain("/a"))
    return await answer(wire)
