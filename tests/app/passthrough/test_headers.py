"""Which headers cross the gateway, and what it adds to them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.passthrough.headers import (
    HOP_BY_HOP,
    Origin,
    connection_options,
    end_to_end,
    end_to_end_lines,
    has_body,
    provenance,
)
from tests.app.passthrough.wire import HEAD_END

NAMES = st.one_of(
    st.sampled_from([*HOP_BY_HOP, b"cookie", b"x-a", b"x-b", b"proxy-status"]),
    st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1).map(str.encode),
)
VALUES = st.one_of(st.sampled_from([b"close, X-A", b"x-b,,", b" Cookie ,te", b""]), st.binary())
HEADERS = st.lists(st.tuples(NAMES, VALUES))


@given(HEADERS)
def test_no_hop_by_hop_header_crosses(headers: list[tuple[bytes, bytes]]) -> None:
    """Neither the known ones nor those Connection names; all others do, in their order."""
    kept = end_to_end(headers)

    gone = HOP_BY_HOP | connection_options(headers)
    assert not {name for name, _ in kept} & gone
    assert kept == [header for header in headers if header[0] not in gone]


@given(HEADERS)
def test_what_crosses_once_crosses_again(headers: list[tuple[bytes, bytes]]) -> None:
    """Filtering twice is filtering once."""
    kept = end_to_end(headers)

    assert end_to_end(kept) == kept


LINE_NAMES = st.sampled_from([*HOP_BY_HOP, b"Connection", b"TE", b"x-te", b"ETag", b"date"])
LINE_VALUES = st.sampled_from([b"close", b"Keep-Alive", b"x", b" a\tb ", b"", b"\xfc", b"etag: te"])


@given(st.lists(st.tuples(LINE_NAMES, LINE_VALUES)))
def test_lines_cross_as_headers_do(headers: list[tuple[bytes, bytes]]) -> None:
    """Unless Connection names one of them, which is left to others."""
    lines = b"".join([b"\r\n%b: %b" % header for header in headers])
    pairs = [(name.lower(), value) for name, value in headers]

    kept = end_to_end_lines(lines + HEAD_END)

    if connection_options(pairs) <= {b"", b"close", b"keep-alive"}:
        crossing = [one for one in headers if (one[0].lower(), one[1]) in end_to_end(pairs)]
        assert kept == b"".join([b"\r\n%b: %b" % header for header in crossing]) + HEAD_END
    else:
        assert kept is None


@pytest.mark.parametrize("control", [b"\0", b"\x01", b"\x7f", b"\r", b"\n", b"\x0b"])
def test_lines_with_control_characters_do_not_cross(control: bytes) -> None:
    """A tab is none of them."""
    assert end_to_end_lines(b"\r\na: b" + control + b"c" + HEAD_END) is None
    assert end_to_end_lines(b"\r\na: b\tc" + HEAD_END) == b"\r\na: b\tc" + HEAD_END


def test_connection_options_are_read_from_every_line() -> None:
    """Options are separated by commas and lines, in any case."""
    headers = [(b"connection", b"close, X-Trace"), (b"x", b"y"), (b"connection", b"TE")]

    assert connection_options(headers) == {b"close", b"x-trace", b"te"}


def test_a_body_is_announced_by_length_or_coding() -> None:
    """Without a length or a transfer coding there is no body; a length of zero is none either."""
    assert has_body([(b"content-length", b"1")])
    assert has_body([(b"transfer-encoding", b"chunked")])
    assert not has_body([(b"content-length", b"0"), (b"content-type", b"text/plain")])


def test_a_peer_without_an_address_adds_none() -> None:
    """On a Unix socket the chain of addresses is told on as it came."""
    origin = Origin(None, b"http", b"", b"1.0")

    told = provenance([(b"x-forwarded-for", b"203.0.113.7")], origin)

    assert told == [
        (b"x-forwarded-for", b"203.0.113.7"),
        (b"x-forwarded-proto", b"http"),
        (b"via", b"1.0 splice"),
    ]
