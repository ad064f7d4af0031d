"""Which headers cross the gateway, and what it adds to them."""

from hypothesis import given
from hypothesis import strategies as st

from app.passthrough.headers import (
    HOP_BY_HOP,
    Origin,
    connection_options,
    end_to_end,
    end_to_end_raw,
    has_body,
    provenance,
)

NAMES = st.one_of(
    st.sampled_from([*HOP_BY_HOP, "cookie", "x-a", "x-b", "proxy-status"]),
    st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1),
)
VALUES = st.one_of(st.sampled_from(["close, X-A", "x-b,,", " Cookie ,te", ""]), st.text())
HEADERS = st.lists(st.tuples(NAMES, VALUES))


@given(HEADERS)
def test_no_hop_by_hop_header_crosses(headers: list[tuple[str, str]]) -> None:
    """Neither the known ones nor those Connection names; all others do, in their order."""
    kept = end_to_end(headers)

    gone = HOP_BY_HOP | connection_options(headers)
    assert not {name for name, _ in kept} & gone
    assert kept == [header for header in headers if header[0] not in gone]


@given(HEADERS)
def test_what_crosses_once_crosses_again(headers: list[tuple[str, str]]) -> None:
    """Filtering twice is filtering once."""
    kept = end_to_end(headers)

    assert end_to_end(kept) == kept


@given(HEADERS)
def test_an_answers_headers_cross_alike(headers: list[tuple[str, str]]) -> None:
    """What stays of headers does not depend on whether they have been decoded."""
    kept = end_to_end_raw([(name.encode(), value.encode()) for name, value in headers])

    assert kept == [(name.encode(), value.encode()) for name, value in end_to_end(headers)]


def test_connection_options_are_read_from_every_line() -> None:
    """Options are separated by commas and lines, in any case."""
    headers = [("connection", "close, X-Trace"), ("x", "y"), ("connection", "TE")]

    assert connection_options(headers) == {"close", "x-trace", "te"}


def test_a_body_is_announced_by_length_or_coding() -> None:
    """Without a length or a transfer coding there is no body; a length of zero is none either."""
    assert has_body([("content-length", "1")])
    assert has_body([("transfer-encoding", "chunked")])
    assert not has_body([("content-length", "0"), ("content-type", "text/plain")])


def test_a_peer_without_an_address_adds_none() -> None:
    """On a Unix socket the chain of addresses is told on as it came."""
    origin = Origin(None, "http", "", "1.0")

    told = list(provenance([("x-forwarded-for", "203.0.113.7")], origin))

    assert told == [
        ("x-forwarded-for", "203.0.113.7"),
        ("x-forwarded-proto", "http"),
        ("via", "1.0 splice"),
    ]
