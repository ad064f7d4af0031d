"""Requests as bytes, and what no request can carry."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upstreams.errors import BadInput
from upstreams.transport import RawRequest, Request, raw_block, raw_outgoing
from upstreams.transport.outgoing import origin, outgoing


@pytest.mark.parametrize(
    ("url", "target", "host"),
    [
        ("http://shop", b"/", b"shop"),
        ("http://shop:80/a", b"/a", b"shop"),
        ("http://Shop.test:8080/a%2Fb/%2e?x=1&x=2#part", b"/a%2Fb/%2e?x=1&x=2", b"shop.test:8080"),
        ("HTTPS://shop:443?q", b"/?q", b"shop"),
        ("http://shop:/", b"/", b"shop"),
        ("http://[::1]:8080//a", b"//a", b"[::1]:8080"),
        ("http://bücher.test/", b"/", b"xn--bcher-kva.test"),
    ],
)
def test_target_and_host(url: str, target: bytes, host: bytes) -> None:
    """The target is sent as it stands; `Host` has a port only where it is not the usual one."""
    head = outgoing(Request("GET", url)).head

    assert head == b"GET %b HTTP/1.1\r\nHost: %b\r\n\r\n" % (target, host)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "shop",
        "/a",
        "ftp://shop/",
        "http://",
        "http:///a",
        "http://:80/",
        "http://shop:65536/",
        "http://shop:x/",
        "http://user:secret@shop/",
        "http://[::1/",
        "http://a[::1]/",
        "http://shop/a b",
        "http://shop/a\r\nx: y",
        "http://shop/\0",
        "http://shop/\x7f",
        "http://shop/é",
        "http://sh\nop/",
        "http://sh op/",
        f"http://{'ü' * 80}.test/",
        " http://shop/",
    ],
)
def test_no_url(url: str) -> None:
    """What is no absolute URL in ASCII is refused."""
    with pytest.raises(BadInput):
        outgoing(Request("GET", url))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://shop", ("shop", 80, False)),
        ("https://shop", ("shop", 443, True)),
        ("http://[fe80::1%25eth0]:1", ("fe80::1%eth0", 1, False)),
    ],
)
def test_where_connections_lead(url: str, said: tuple[str, int, bool]) -> None:
    """Host and port as a connection needs them."""
    to = origin(url)

    assert (to.host, to.port, to.secure) == said


@pytest.mark.parametrize(
    ("method", "body", "length"),
    [
        ("GET", None, b""),
        ("DELETE", None, b""),
        ("POST", None, b"Content-Length: 0\r\n"),
        ("GET", b"", b"Content-Length: 0\r\n"),
        ("POST", b"abc", b"Content-Length: 3\r\n"),
    ],
)
def test_what_is_said_of_the_body(method: str, body: bytes | None, length: bytes) -> None:
    """Its length, and that there is none where a body is expected (RFC 9110 §8.6)."""
    head = outgoing(Request(method, "http://shop", (), body)).head

    assert head == b"%b / HTTP/1.1\r\nHost: shop\r\n%b\r\n" % (method.encode(), length)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ([("content-length", "2")], b"abc"),
        ([("content-length", "2")], None),
        ([("content-length", "3"), ("Content-Length", "3")], b"abc"),
        ([("content-length", "+3")], b"abc"),
        ([("content-length", "٣")], b"abc"),
        ([("Transfer-Encoding", "chunked")], b"abc"),
        ([("transfer-encoding", "chunked")], None),
        ([("", "a")], None),
        ([("a b", "c")], None),
        ([("a:", "c")], None),
        ([("a\r\nb", "c")], None),
        ([("é", "c")], None),
        ([("a", "\ud800")], None),
        ([("a", "b\r\n")], None),
        ([("a", "b\nc: d")], None),
        ([("a", "b\rc")], None),
        ([("a", "b\0c")], None),
    ],
)
def test_no_headers(headers: list[tuple[str, str]], body: bytes | None) -> None:
    """What would end a line, or another message, is refused."""
    with pytest.raises(BadInput):
        outgoing(Request("POST", "http://shop", headers, body))


@pytest.mark.parametrize("method", ["", "GE T", "GET\r\n", "CONNECT", "GÉT"])
def test_no_method(method: str) -> None:
    """A method is a word, and none that changes what a connection is for."""
    with pytest.raises(BadInput):
        outgoing(Request(method, "http://shop"))


def test_the_callers_own() -> None:
    """A `Host` and a length that the caller gives are sent as given, and nothing beside them."""
    headers = [("host", "other"), ("content-length", "3"), ("x", "é")]

    head = outgoing(Request("PUT", "http://shop", headers, b"abc")).head

    expected = "PUT / HTTP/1.1\r\nhost: other\r\ncontent-length: 3\r\nx: é\r\n\r\n"
    assert head == expected.encode()


@given(st.text(), st.lists(st.tuples(st.text(), st.text())))
def test_one_request_stays_one(path: str, headers: list[tuple[str, str]]) -> None:
    """Whatever comes in, there is one head with one line per header, or none."""
    try:
        head = outgoing(Request("GET", f"http://shop/{path}", headers)).head
    except BadInput:
        return

    lines = head.split(b"\n")
    assert len(lines) <= len(headers) + 4
    assert all(line.endswith(b"\r") for line in lines[:-1])
    assert head.find(b"\r\n\r\n") == len(head) - 4


def test_what_is_told_on_goes_out_as_it_came() -> None:
    """Its headers undecoded, its target below the path of the base URL."""
    headers = ((b"x-name", b"J\xfcrgen"), (b"x-name", b"2"))

    sent = raw_outgoing(RawRequest("GET", "http://Shop:8080/v1", "/a%2Fb?c", raw_block(headers)))

    assert sent.head == (
        b"GET /v1/a%2Fb?c HTTP/1.1\r\nHost: shop:8080\r\nx-name: J\xfcrgen\r\nx-name: 2\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("target", "header"),
    [
        ("/a b", (b"x", b"y")),
        ("/a\r\nx: y", (b"x", b"y")),
        ("a", (b"x", b"y")),
        ("/", (b"x", b"y\r\nz: 1")),
        ("/", (b"x", b"y\n")),
        ("/", (b"x", b"\0")),
        ("/", (b"x y", b"z")),
        ("/", (b"", b"z")),
        ("/", (b"transfer-encoding", b"chunked")),
        ("/", (b"content-length", b"2")),
        ("/", (b"content-length", b"+0")),
    ],
)
def test_what_cannot_be_told_on(target: str, header: tuple[bytes, bytes]) -> None:
    """It would be another request, or more than one."""
    with pytest.raises(BadInput):
        raw_outgoing(RawRequest("GET", "http://shop", target, raw_block((header,))))
