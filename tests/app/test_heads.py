"""Heads that are read without uvicorn's parser: whatever is read so, it reads in the same way."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import unquote

import pytest
import uvicorn
from hypothesis import example, given, settings
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from app.heads import MAX_HEAD, Header, Plain, plain

GET = b"GET /a HTTP/1.1\r\nhost: x\r\n\r\n"
POST = b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok"
NEXT = b"GET /next HTTP/1.1\r\nhost: next\r\n\r\n"
MANY = settings(max_examples=500, deadline=None)


class Seen(NamedTuple):
    """A request as somebody has read it."""

    method: str
    path: str
    raw_path: bytes
    query: bytes
    version: str
    headers: Sequence[Header]
    body: bytes
    is_complete: bool
    stays: bool
    """Whether another may come over the connection."""


class Unheard(asyncio.Transport):
    """A connection whose other end says and hears nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def close(self) -> None:
        """There is nothing to close."""

    def pause_reading(self) -> None:
        """Nothing more is to come."""


class Reading(HttpToolsProtocol):
    """Uvicorn's side of a connection, which reads requests and answers none."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        config = uvicorn.Config(_unasked, log_config=None, access_log=False, lifespan="off")
        super().__init__(config, ServerState(), {}, _loop=loop)
        self.first: list[RequestResponseCycle] = []
        self.end = Unheard()
        self.connection_made(self.end)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self.first.append(cycle)

    def seen(self) -> list[Seen]:
        """The requests that were read, in their order."""
        later = [cycle for cycle, _ in reversed(self.pipeline)]
        return [_seen(cycle) for cycle in (*self.first, *later)]


async def _unasked(scope: Scope, receive: Receive, send: Send) -> None:
    """Not called."""


def _seen(cycle: RequestResponseCycle) -> Seen:
    scope: Any = cycle.scope
    return Seen(
        scope["method"],
        scope["path"],
        scope["raw_path"],
        scope["query_string"],
        scope["http_version"],
        # Its parser leaves white space behind a value; that is no part of it (RFC 9110 §5.5).
        [(name, value.rstrip(b" \t")) for name, value in scope["headers"]],
        bytes(cycle.body),
        not cycle.more_body,
        cycle.keep_alive and not cycle.waiting_for_100_continue,
    )


Read: TypeAlias = Callable[[bytes], tuple[list[Seen], bytes]]


@pytest.fixture(scope="module")
def by_uvicorn() -> Iterator[Read]:
    """The requests that it reads in some bytes, and what it says to them."""
    loop = asyncio.new_event_loop()

    def read(data: bytes) -> tuple[list[Seen], bytes]:
        reading = Reading(loop)
        reading.data_received(data)
        return reading.seen(), reading.end.written

    yield read
    loop.close()


def by_us(request: Plain) -> Seen:
    """What the server would show to an application."""
    return Seen(
        request.method,
        unquote(request.path),
        request.path.encode(),
        request.query.encode(),
        "1.1",
        list(request.head.headers(request.digits)),
        request.body,
        is_complete=True,
        stays=True,
    )


def said(request: Plain | None) -> Seen | None:
    """What two readings have to agree on."""
    return by_us(request) if request else None


# What requests are made of; the usual comes first and often, as most of it has to be usual.

METHODS = st.sampled_from(
    [b"GET", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS"] * 3
    + [b"HEAD", b"TRACE", b"CONNECT", b"get", b"GETT", b"PRI", b"M-SEARCH", b"QUERY", b""]
)
SEGMENTS_READ = [b"a", b"graphql", b"%2F", b"%2e%2e", b"..", b".", b";v=1", b"a:80", b"u@h"]
SEGMENTS_ODD = [b"~!$&'()*+,=", b"%zz", b"%", b"%00", b"%C3%A9", b"%FF", b"", b"*", b"http:"]
SEGMENTS_REFUSED = [b"\xc3\xa9", b"|", b'"', b"#f", b"\\", b" ", b"\x00", b"\t", b"^", b"[", b"{}"]
SEGMENTS = st.sampled_from(SEGMENTS_READ + SEGMENTS_ODD + SEGMENTS_REFUSED)
QUERIES_READ = [b"", b"?", b"?a=1", b"?a=1&a=2", b"??", b"?/?a", b"?q=%7Ba%7D", b"?a:1@b", b"?%"]
QUERIES_ODD = [b"?a b", b"?#", b"?\xff", b"?[]", b"?q={a}", b"?a\tb", b"?http://u:p@h/"]
QUERIES = st.sampled_from(QUERIES_READ + QUERIES_ODD)
TARGETS = st.one_of(
    st.builds(
        lambda segments, query: b"/" + b"/".join(segments) + query,
        st.lists(SEGMENTS, max_size=3),
        QUERIES,
    ),
    st.sampled_from([b"/", b"*", b"//", b"//h/a", b"http://h/a", b"h:443", b"a", b"", b"/a//b"]),
)
VERSIONS = st.sampled_from(
    [b"HTTP/1.1"] * 12 + [b"HTTP/1.0", b"HTTP/0.9", b"HTTP/2.0", b"http/1.1", b"HTTP/1.1 ", b""]
)
SPACES = st.sampled_from([b" "] * 12 + [b"", b"  ", b"\t"])
LENGTHS = st.sampled_from([b"%d"] * 8 + [b"0%d", b"00000000%d", b"+%d", b"-%d", b"%d,%d", b"0x%d"])
NAMES_OF_CLIENTS = [b"Accept", b"x-a", b"X_B", b"Cookie", b"Keep-Alive", b"~|`^'*", b"9"]
NAMES_OF_HTTP = [b"Connection", b"CONNECTION", b"Transfer-Encoding", b"TE", b"Trailer", b"Upgrade"]
NAMES_RARE = [b"Expect", b"Proxy-Connection", b"HTTP2-Settings", b"Content-Length", b"host"]
NAMES_ALIKE = [b"content-lengthy", b"X-Content-Length", b"Hosts"]
NAMES_REFUSED = [b"X A", b"x-a ", b"", b"x\xe9", b"x:y", b"(x)", b"x\x00"]
NAMES = st.sampled_from(NAMES_OF_CLIENTS + NAMES_OF_HTTP + NAMES_RARE + NAMES_ALIKE + NAMES_REFUSED)
COLONS = st.sampled_from([b": "] * 8 + [b":", b":\t", b":  \t ", b" : ", b"\t:", b"", b"="])
VALUES_READ = [
    b"",
    b"v",
    b"a, b",
    b"a\tb",
    b"v ",
    b"v \t",
    b"\xff\xfe",
    b'"q: \\"',
    b"0",
    b"2",
    b"x",
]
VALUES_OF_HTTP = [b"keep-alive", b"Keep-Alive", b"close", b"keep-alive, close", b"upgrade", b"x-a"]
VALUES_RARE = [b"chunked", b"identity", b"100-continue", b"websocket", b"h2c", b"2\r\n 0"]
VALUES_REFUSED = [
    b"a\x00b",
    b"a\rb",
    b"a\nb",
    b"a\x7f",
    b"a\r\n b",
    b"a\r\n\tb",
    b"\x0bv",
    b"a\x0c",
]
VALUES = st.one_of(
    st.sampled_from(VALUES_READ + VALUES_OF_HTTP + VALUES_RARE + VALUES_REFUSED),
    st.binary(max_size=6),
)
ENDS = st.sampled_from([b"\r\n"] * 24 + [b"\n", b"\r", b"\r\r\n", b" \r\n", b"\r\n "])
BODIES = st.one_of(
    st.sampled_from([b"", b"", b"ok", b"0\r\n\r\n", b"2\r\nok\r\n0\r\n\r\n", b"\r\n\r\n", NEXT]),
    st.binary(max_size=30),
)


@st.composite
def lines(draw: st.DrawFn, length: int) -> list[bytes]:
    """Header lines, mostly with one host, and mostly with that length."""
    names = draw(st.sampled_from([[b"Host"]] * 8 + [[], [b"host", b"HOST"]]))
    made = [name + draw(COLONS) + draw(st.sampled_from([b"x", b"h:80", b""])) for name in names]
    for name in draw(st.sampled_from([[b"Content-Length"]] * 4 + [[], [b"content-length"] * 2])):
        digits = draw(LENGTHS).replace(b"%d", b"%d" % (length + draw(st.sampled_from(OFF))))
        made.append(name + draw(COLONS) + digits + draw(st.sampled_from(BEHIND)))
    made += [draw(NAMES) + draw(COLONS) + draw(VALUES) for _ in range(draw(st.integers(0, 3)))]
    return draw(st.permutations(made))


OFF = [0] * 10 + [1, -1, 5]
BEHIND = [b""] * 6 + [b" ", b"\t", b"\r\n\t"]


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """Something like a request."""
    body = draw(BODIES)
    first = [draw(METHODS), draw(SPACES), draw(TARGETS), draw(SPACES), draw(VERSIONS), draw(ENDS)]
    begin = draw(st.sampled_from([b""] * 12 + [b"\r\n", b"\n", b" ", b"\x00"]))
    fields = [line + draw(ENDS) for line in draw(lines(len(body)))]
    return begin + b"".join([*first, *fields, draw(ENDS), body])


@st.composite
def changed(draw: st.DrawFn, data: bytes) -> bytes:
    """The same bytes, but for one that came, went or is another."""
    at = draw(st.integers(0, max(0, len(data) - 1)))
    byte = draw(st.one_of(st.sampled_from(list(b"\r\n \t:0159/?%#\x00\xff")), st.integers(0, 255)))
    until = at + draw(st.integers(0, 1))
    return data[:at] + draw(st.sampled_from([b"", bytes([byte])])) + data[until:]


NASTY = st.one_of(
    requests(), requests().flatmap(changed), st.sampled_from([GET, POST]).flatmap(changed)
)


@MANY
@given(data=NASTY)
@example(data=GET)
@example(data=POST)
def test_what_is_plain_is_what_uvicorn_reads(by_uvicorn: Read, data: bytes) -> None:
    """One request, the same to the last header, and nothing of what may come behind it."""
    request = plain(data, None)

    seen, answered = by_uvicorn(data + NEXT)

    if request is not None:
        assert [one.path for one in seen[1:]] == ["/next"]
        assert (seen[0], answered) == (by_us(request), b"")


@MANY
@given(st.data())
def test_what_is_known_is_read_no_differently(data: st.DataObject) -> None:
    """Whatever head came before: one much the same, or quite another."""
    before = data.draw(requests())
    related = st.one_of(st.just(before), changed(before), requests(), digits_of(before))
    now = data.draw(related)
    first = plain(before, None)

    known = plain(now, first.head if first else None)

    assert said(known) == said(plain(now, None))


@st.composite
def digits_of(draw: st.DrawFn, data: bytes) -> bytes:
    """The same head with another body's length, which is true of it or not."""
    head, _, _ = data.partition(b"\r\n\r\n")
    body = draw(st.binary(max_size=120))
    name, colon, _ = head.partition(b"ontent-Length: ")
    length = len(body) + draw(st.sampled_from(OFF))
    return b"%b%b%d\r\n\r\n%b" % (name, colon, max(0, length), body)


PAIRS = [b"x-a: 1", b"x-a: 2", b"x-a: 12", b"x-a:1", b"X-A: 1", b"x-b: 1", b"cookie: a=1"]


@MANY
@given(st.data())
def test_requests_that_share_lines_are_told_apart(data: st.DataObject) -> None:
    """Of one client, over one connection: each is read as it would be by itself."""
    head = None
    for _ in range(data.draw(st.integers(2, 6))):
        shared = data.draw(st.lists(st.sampled_from(PAIRS), max_size=3))
        body = data.draw(st.sampled_from([b"", b"1", b"22", b"a" * 10, b"b" * 100]))
        length = data.draw(
            st.sampled_from([[b"content-length: %d" % len(body)], [b"Content-Length:%d" % 10], []])
        )
        target = data.draw(st.sampled_from([b"/", b"/a", b"/a?b", b"/a?b=1"]))
        lines = [b"host: x", *data.draw(st.permutations(shared + length))]
        sent = b"\r\n".join([b"PUT %b HTTP/1.1" % target, *lines, b"", body])

        known, alone = plain(sent, head), plain(sent, None)

        assert said(known) == said(alone)
        head = known.head if known else head


def _with(*lines: bytes, body: bytes = b"", line: bytes = b"POST /a HTTP/1.1") -> bytes:
    return b"\r\n".join([line, b"host: x", *lines, b"", body])


@pytest.mark.parametrize(
    "data",
    [
        GET,
        POST,
        _with(line=b"GET /a/../b;c=d:1@e?x=%7B&y=/?:@ HTTP/1.1"),
        _with(line=b"DELETE / HTTP/1.1"),
        _with(line=b"GET /a//b? HTTP/1.1"),
        _with(b"content-length: 0"),
        _with(b"content-length:\t 2", body=b"ok"),
        _with(b"content-length: 000000002", body=b"ok"),
        _with(b"CONNECTION: Keep-Alive"),
        _with(b"x-empty:", b"x-tab:\ta\tb", b"x-latin: \xe9\xff"),
        _with(b"x-same: 1", b"x-same: 2", b"te: trailers", b"keep-alive: timeout=5"),
        _with(b"content-length: %d" % len(NEXT), body=NEXT),
    ],
)
def test_what_clients_usually_send_is_plain(by_uvicorn: Read, data: bytes) -> None:
    """And what that says of it is what uvicorn says."""
    request = plain(data, None)

    assert request is not None
    assert by_uvicorn(data) == ([by_us(request)], b"")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        GET[:-1],
        GET[:-2],
        GET + b"\r\n",
        GET + NEXT,
        b"\r\n" + GET,
        b" " + GET,
        GET.replace(b"\r\n", b"\n"),
        GET.replace(b" HTTP", b"  HTTP"),
        GET.replace(b" ", b"\t", 1),
        POST + b"x",
        POST[:-1],
        *(
            _with(line=line)
            for line in (
                b"HEAD /a HTTP/1.1",
                b"TRACE /a HTTP/1.1",
                b"get /a HTTP/1.1",
                b"CONNECT h:443 HTTP/1.1",
                b"OPTIONS * HTTP/1.1",
                b"GET //h/a HTTP/1.1",
                b"GET http://h/a HTTP/1.1",
                b"GET /a#b HTTP/1.1",
                b"GET /a?b#c HTTP/1.1",
                b"GET /a b HTTP/1.1",
                b"GET /\xc3\xa9 HTTP/1.1",
                b"GET /a\x00 HTTP/1.1",
                b"GET /a HTTP/1.0",
                b"GET /a HTTP/1.2",
                b"GET /a HTTP/2.0",
                b"GET /a http/1.1",
                b"GET /a HTTP/1.1 ",
                b"GET /a",
                b"PRI * HTTP/2.0",
            )
        ),
        *(
            _with(*lines, body=b"ok")
            for lines in (
                (b"content-length: 2", b"content-length: 2"),
                (b"content-length: 2", b"Content-Length: 3"),
                (b"content-length: +2",),
                (b"content-length: -2",),
                (b"content-length: 2,2",),
                (b"content-length: 2 2",),
                (b"content-length: 0x2",),
                (b"content-length: 2_",),
                (b"content-length: \xb2",),
                (b"content-length: 0000000002",),
                (b"content-length: 3",),
                (b"content-length: 1",),
                (b"content-length:",),
                (b"content-length : 2",),
                (b"content-length: 2", b"transfer-encoding: chunked"),
                (b"x: 1\r\n content-length: 2",),
            )
        ),
        *(
            _with(*lines)
            for lines in (
                (b"transfer-encoding: identity",),
                (b"Transfer-Encoding:",),
                (b"transfer-encoding : chunked",),
                (b"connection: close",),
                (b"connection: keep-alive, close",),
                (b"connection: keep-alive", b"connection: close"),
                (b"connection:",),
                (b"connection: x-hop",),
                (b"connection: upgrade", b"upgrade: websocket"),
                (b"upgrade: h2c",),
                (b"expect: 100-continue",),
                (b"Expect: something",),
                (b"proxy-connection: close",),
                (b"host: y",),
                (b"Host: x",),
                (b"x-a : 1",),
                (b"x-a\t: 1",),
                (b" x-a: 1",),
                (b"x-a: 1\r\n folded",),
                (b"x-a: 1\r\n\tfolded",),
                (b"x-a: 1\nx-b: 2",),
                (b"x-a: 1\rx-b: 2",),
                (b"x-a: \x00",),
                (b"x-a: \x7f",),
                (b"x-a: \x0b",),
                (b": 1",),
                (b"x a: 1",),
                (b"x\xe9: 1",),
                (b"x-a",),
                (b"x-a: " + b"a" * MAX_HEAD,),
            )
        ),
        b"GET /a HTTP/1.1\r\n\r\n",
        b"GET /a HTTP/1.1\r\nx-a: 1\r\n\r\n",
    ],
)
def test_what_could_be_read_in_another_way_is_not_plain(data: bytes) -> None:
    """Neither by itself nor after a head that began as it does."""
    assert plain(data, None) is None
    for before in (GET, POST, _with(), _with(b"content-length: 2", body=b"ok")):
        known = plain(before, None)
        assert known is not None
        assert plain(data, known.head) is None


def test_the_digits_of_a_length_are_all_of_it() -> None:
    """A head fits another only where nothing but digits stands for the digits."""
    known = plain(POST, None)
    assert known is not None

    for digits in (b"", b"2 ", b"+2", b"-0", b"2,2", b"2\r\n 0", b"0000000002", b"2\n", b"\xb2"):
        sent = POST.replace(b" 2\r", b" %b\r" % digits)
        assert plain(sent, known.head) is None


@pytest.mark.parametrize("line", [b"x-a: 2", b"X-a: 1", b"x-a:1 ", b"expect: x"])
def test_what_stands_behind_a_length_is_compared(line: bytes) -> None:
    """As long as it was, it may say something else."""
    known = plain(_with(b"content-length: 2", b"x-a: 1", body=b"ok"), None)
    assert known is not None

    sent = _with(b"content-length: 2", line, body=b"ok")

    assert said(plain(sent, known.head)) == said(plain(sent, None))


def test_a_head_is_read_again_with_any_length() -> None:
    """What is remembered of it does not hold the length it had."""
    known = plain(POST, None)
    assert known is not None

    longer = plain(POST.replace(b"2\r\n\r\nok", b"10\r\n\r\n0123456789"), known.head)

    assert longer is not None
    assert longer.head is known.head
    assert list(longer.head.headers(longer.digits)) == [(b"host", b"x"), (b"content-length", b"10")]
    assert list(longer.head.lasting) == [(b"host", b"x")]
    assert longer.body == b"0123456789"


def test_a_large_head_is_never_read() -> None:
    """Uvicorn refuses targets beyond 65535 bytes; whether it is asked must not depend on others."""
    known = plain(GET, None)
    assert known is not None

    sent = GET.replace(b"/a", b"/a?" + b"q" * 70_000)

    assert plain(sent, None) is None
    assert plain(sent, known.head) is None


def test_white_space_behind_a_value_is_shown_alike() -> None:
    """A `Host` that matches a route must match it as well where the request comes in two pieces."""
    data = b"GET /a HTTP/1.1\r\nhost: x \r\n\r\n"
    reading = Reading(asyncio.new_event_loop())
    reading.data_received(data)
    reading.loop.close()

    request = plain(data, None)

    shown = [*reading.first[0].scope["headers"]]
    assert request is None or [*request.head.headers(request.digits)] == shown
