"""What crosses the gateway: the headers meant for the other end, and where a request came from.

A header is end-to-end unless RFC 9110 §7.6.1 says it belongs to one connection. What a client
claims about the way it came is believed only of a trusted proxy; from anybody else it is replaced
by what the connection shows, however it is spelt. Nothing is decoded.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

Header: TypeAlias = tuple[bytes, bytes]
"""A lower-case name and a value."""

HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"http2-settings",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authentication-info",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
"""Headers for one connection only. `Proxy-Status` is not among them (RFC 9209 §2)."""


def lines_of(names: Iterable[bytes]) -> re.Pattern[bytes]:
    """Finds the lines of headers of those names, each with the CRLF that begins it.

    `_` counts as `-`: to many a backend they are the same (RFC 3875 §4.1.18).
    """
    either = b"|".join(re.escape(name).replace(rb"\-", b"[-_]") for name in sorted(names))
    return re.compile(rb"\r\n(?:%b)[ \t]*:[^\r\n]*" % either, re.IGNORECASE)


_HOP_BY_HOP_LINE = lines_of(HOP_BY_HOP)
_CONNECTION_LINE = re.compile(rb"\r\nconnection[ \t]*:([^\r\n]*)", re.IGNORECASE)
_USUAL_OPTIONS = frozenset({b"", b"close", b"keep-alive"})
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n")

REPLACED = frozenset({b"host", b"expect", b"proxy", b"x-forwarded-for"})
"""Request headers that never cross as they came.

`Host` is the backend's, and `X-Forwarded-For` grows. `Expect: 100-continue` is answered by our own
server when the body is first read. `Proxy` means nothing in HTTP but becomes `HTTP_PROXY` in CGI.
"""

CLAIMS = frozenset(
    {
        b"forwarded",
        b"x-forwarded-host",
        b"x-forwarded-port",
        b"x-forwarded-prefix",
        b"x-forwarded-proto",
        b"x-forwarded-server",
        b"x-forwarded-ssl",
        b"x-real-ip",
    }
)
"""What only a trusted proxy may say about the way a request came."""

FORWARDED_FOR = re.compile(rb"\r\nx-forwarded-for:[ \t]*([^\r]*)", re.IGNORECASE)
"""Finds what there is of it in lines."""


class Origin(NamedTuple):
    """Where a request came from, as its connection shows."""

    address: bytes | None
    """The peer's IP address; None where there is none, e.g. on a Unix socket."""
    scheme: bytes
    host: bytes
    """The `Host` the client asked for, port included."""
    http_version: bytes
    trusted: bool = False
    """True when the peer is a proxy whose claims are believed."""


def end_to_end(headers: Sequence[Header], without: frozenset[bytes] = HOP_BY_HOP) -> list[Header]:
    """The headers for the other end, in their order, repetitions kept.

    `without` holds the names to leave out, `HOP_BY_HOP` among them; names that `Connection` lists
    are left out as well. `_` counts as `-`.
    """
    if options := connection_options(headers):
        without = without | options
    return [header for header in headers if header[0].replace(b"_", b"-") not in without]


def end_to_end_lines(lines: bytes) -> bytes | None:
    """As `end_to_end`, of lines that are each begun by CRLF, with the empty one that ends them.

    None where `Connection` names others than the usual options, or there is a control character.
    """
    listed = _CONNECTION_LINE.findall(lines)
    if any(option.strip().lower() not in _USUAL_OPTIONS for option in listed):
        return None
    kept = _HOP_BY_HOP_LINE.sub(b"", lines)
    return None if _CONTROL.search(kept) else kept


def connection_options(headers: Iterable[Header]) -> frozenset[bytes]:
    """`Connection: close, X-Trace` -> `{"close", "x-trace"}`."""
    listed = [value for name, value in headers if name == b"connection"]
    if not listed:
        return frozenset()
    return frozenset([option.strip() for option in b",".join(listed).lower().split(b",")])


def has_body(headers: Iterable[Header]) -> bool:
    """Whether a request with these headers has a body to forward (RFC 9112 §6.3)."""
    for name, value in headers:
        if name == b"transfer-encoding" or (name == b"content-length" and value != b"0"):
            return True
    return False


def provenance(headers: Sequence[Header], origin: Origin) -> list[Header]:
    """What the gateway tells the backend about the way the request came.

    `X-Forwarded-For` is what came in with the peer appended. `X-Forwarded-Proto` and `-Host` are
    the connection's, unless a trusted proxy has set them. `Via` is RFC 9110 §7.6.3.
    """
    told: list[Header] = []
    chain = [value for name, value in headers if name == b"x-forwarded-for"]
    if origin.address is not None:
        chain.append(origin.address)
    if chain:
        told.append((b"x-forwarded-for", b", ".join(chain)))
    said = {name for name, _ in headers} if origin.trusted else ()
    if b"x-forwarded-proto" not in said:
        told.append((b"x-forwarded-proto", origin.scheme))
    if origin.host and b"x-forwarded-host" not in said:
        told.append((b"x-forwarded-host", origin.host))
    told.append((b"via", b"%b splice" % origin.http_version))
    return told
