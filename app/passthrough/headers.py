"""What crosses the gateway: the headers meant for the other end, and where a request came from.

A header is end-to-end unless RFC 9110 §7.6.1 says it belongs to one connection. What a client
claims about the way it came is believed only of a trusted proxy; from anybody else it is replaced
by what the connection shows.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Header: TypeAlias = tuple[str, str]
"""A lower-case name and a value."""

HOP_BY_HOP = frozenset(
    {
        "connection",
        "http2-settings",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authentication-info",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers for one connection only. `Proxy-Status` is not among them (RFC 9209 §2)."""

_RAW_HOP_BY_HOP = frozenset(name.encode() for name in HOP_BY_HOP)

REPLACED = frozenset({"host", "expect", "proxy", "x-forwarded-for"})
"""Request headers that never cross as they came.

`Host` is the backend's, and `X-Forwarded-For` grows. `Expect: 100-continue` is answered by our own
server when the body is first read. `Proxy` means nothing in HTTP but becomes `HTTP_PROXY` in CGI.
"""

CLAIMS = frozenset(
    {
        "forwarded",
        "x-forwarded-host",
        "x-forwarded-port",
        "x-forwarded-prefix",
        "x-forwarded-proto",
        "x-forwarded-server",
        "x-forwarded-ssl",
        "x-real-ip",
    }
)
"""What only a trusted proxy may say about the way a request came."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from, as its connection shows."""

    address: str | None
    """The peer's IP address; None where there is none, e.g. on a Unix socket."""
    scheme: str
    host: str
    """The `Host` the client asked for, port included."""
    http_version: str
    trusted: bool = False
    """True when the peer is a proxy whose claims are believed."""


def end_to_end(headers: Sequence[Header], without: frozenset[str] = HOP_BY_HOP) -> list[Header]:
    """The headers for the other end, in their order, repetitions kept.

    `without` holds the names to leave out, `HOP_BY_HOP` among them; names that `Connection` lists
    are left out as well.
    """
    if options := connection_options(headers):
        without = without | options
    return [header for header in headers if header[0] not in without]


def end_to_end_raw(headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The same of an answer's headers, as they came: lower-case names, nothing decoded."""
    without = _RAW_HOP_BY_HOP
    if listed := [value for name, value in headers if name == b"connection"]:
        options = b",".join(listed).lower().split(b",")
        without = without | {option.strip() for option in options}
    return [header for header in headers if header[0] not in without]


def connection_options(headers: Iterable[Header]) -> frozenset[str]:
    """`Connection: close, X-Trace` -> `{"close", "x-trace"}`."""
    return frozenset(
        option.strip().lower()
        for name, value in headers
        if name == "connection"
        for option in value.split(",")
    )


def has_body(headers: Iterable[Header]) -> bool:
    """Whether a request with these headers has a body to forward (RFC 9112 §6.3)."""
    return any(
        name == "transfer-encoding" or (name == "content-length" and value != "0")
        for name, value in headers
    )


def provenance(headers: Sequence[Header], origin: Origin) -> Iterator[Header]:
    """What the gateway tells the backend about the way the request came.

    `X-Forwarded-For` is what came in with the peer appended. `X-Forwarded-Proto` and `-Host` are
    the connection's, unless a trusted proxy has set them. `Via` is RFC 9110 §7.6.3.
    """
    chain = [value for name, value in headers if name == "x-forwarded-for"]
    if origin.address is not None:
        chain.append(origin.address)
    if chain:
        yield "x-forwarded-for", ", ".join(chain)
    said = {name for name, _ in headers} if origin.trusted else ()
    if "x-forwarded-proto" not in said:
        yield "x-forwarded-proto", origin.scheme
    if origin.host and "x-forwarded-host" not in said:
        yield "x-forwarded-host", origin.host
    yield "via", f"{origin.http_version} splice"
