"""A request as it goes on the wire, or the reason why it cannot; pure.

What would change the meaning of a message (RFC 9112 §11.2) is refused here: line breaks, lengths
that are not the body's, codings of the transfer that are not ours.
"""

import functools
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from upstreams.addresses import is_metadata
from upstreams.errors import BadInput
from upstreams.transport.model import RawBlock, RawRequest, Request

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
"""Methods that may be asked again without harm (RFC 9110 §9.2.2)."""

_WITH_CONTENT = frozenset({"POST", "PUT", "PATCH"})
"""Methods whose backends expect to be told of a body, even of none (RFC 9110 §8.6)."""

# The first part may have a host in any script; `origin` looks at it more closely.
_URL = re.compile(r"(https?://[^\0- /?#\x7f]+)((?:[/?][!-~]*)?)", re.IGNORECASE)
_AUTHORITY = re.compile(
    r"(\[[0-9A-Fa-f:.]+(?:%25[\w.~-]+)?\]|[^@:\[\]]+)(?::([0-9]{0,5}))?", re.ASCII
)
_TARGET = re.compile(r"(?:/[!-~]*)?")
_TOKENS = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_RAW_TOKENS = re.compile(_TOKENS.pattern.encode())
_DIGITS = re.compile(r"[0-9]{1,18}", re.ASCII)

_MEMORABLE = 256
"""Characters of a URL up to which a request is remembered."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where connections lead."""

    base: str
    """As the URL has it, e.g. `http://Shop:8080`; origins are told apart by it."""
    secure: bool
    host: str
    port: int
    host_line: str
    """The header that says so."""
    is_metadata: bool
    """Whether the host is itself an address that no description may lead to."""


class Outgoing(NamedTuple):
    """A request on the wire."""

    origin: Origin
    method: str
    head: bytes
    """With the body behind it, where that is known and small."""
    body: bytes | AsyncIterator[bytes] | None
    """What follows the head."""
    length: int | None
    """How many bytes of body the head announces; None where the body goes out in chunks."""
    is_harmless: bool
    """Whether the backend may be asked once more."""

    @property
    def is_repeatable(self) -> bool:
        """Whether it can and may be sent once more."""
        return self.is_harmless and (self.body is None or isinstance(self.body, bytes))


def outgoing(request: Request) -> Outgoing:
    """The request as bytes. Raises `BadInput` for what no request can carry."""
    if request.body is None and len(request.url) <= _MEMORABLE:
        return _usual(request.method, request.url, tuple(request.headers), request.repeatable)
    return _made(request)


@functools.lru_cache(maxsize=128)
def _usual(
    method: str,
    url: str,
    headers: tuple[tuple[str, str], ...],
    repeatable: bool,  # noqa: FBT001 - keywords would be slower to look up
) -> Outgoing:
    """What is asked for often is written once. Raises `BadInput`."""
    return _made(Request(method, url, headers, None, repeatable))


def _made(request: Request) -> Outgoing:
    method, url, body = request.method, request.url, request.body
    split = _URL.fullmatch(url if "#" not in url else url.partition("#")[0])
    if split is None:
        raise _bad()
    base, target = split.groups()
    to, block = origin(base), _block(method, tuple(request.headers))
    length, framing = _framing(method, body, block.length)
    slash = "" if target.startswith("/") else "/"
    host = "" if block.names_host else to.host_line
    head = f"{method} {slash}{target} HTTP/1.1\r\n{host}{block.lines}{framing}\r\n"
    is_harmless = request.repeatable or method in IDEMPOTENT
    return Outgoing(to, method, head.encode(), body, length, is_harmless)


def raw_outgoing(request: RawRequest) -> Outgoing:
    """The same of a request that is told on. Raises `BadInput`."""
    to, prefix = _parted(request.base_url)
    target = request.target.partition("#")[0]
    if not _TARGET.fullmatch(target):
        raise _bad()
    method, _, _, block, body = request
    if not _TOKENS.fullmatch(method) or method == "CONNECT":
        raise _bad()
    length, framing = _framing(method, body, block.length)
    host = "" if block.names_host else to.host_line
    begin = f"{method} {prefix}{target} HTTP/1.1\r\n{host}{framing}"
    head = b"%b%b\r\n" % (begin.encode(), block.lines)
    return Outgoing(to, method, head, body, length, method in IDEMPOTENT)


@functools.lru_cache(maxsize=1024)
def _parted(base_url: str) -> tuple[Origin, str]:
    """`http://shop:8080/v1` -> where that is, and `/v1`. Raises `BadInput`."""
    split = _URL.fullmatch(base_url)
    if split is None:
        raise _bad()
    return origin(split[1]), split[2]


def raw_lines(headers: Sequence[tuple[bytes, bytes]]) -> bytes:
    """The lines of headers of which it is known that they are sound."""
    return b"".join([b"%b: %b\r\n" % header for header in headers])


def raw_block(headers: Sequence[tuple[bytes, bytes]]) -> RawBlock:
    """The lines of headers with lower-case names. Raises `BadInput`."""
    names = [name for name, _ in headers]
    if not all(names) or not _RAW_TOKENS.fullmatch(b"".join(names)):
        raise _bad()
    lines = raw_lines(headers)
    if lines.count(b"\r") != len(names) or lines.count(b"\n") != len(names) or b"\0" in lines:
        raise _bad()
    if b"transfer-encoding" in names:
        raise _bad()
    told = [value for name, value in headers if name == b"content-length"]
    return RawBlock(lines, b"host" in names, _length([one.decode("latin-1") for one in told]))


@functools.lru_cache(maxsize=1024)
def origin(base: str) -> Origin:
    """`http://shop:8080` -> where that is. Raises `BadInput`."""
    scheme, _, authority = base.partition("://")
    split = _AUTHORITY.fullmatch(authority)
    if split is None or int(split[2] or 0) > 0xFFFF:
        raise _bad()
    usual = 443 if scheme.lower() == "https" else 80
    port = int(split[2] or 0) or usual
    host = _in_ascii(split[1]).lower()
    bare = host.strip("[]").replace("%25", "%")
    said = host if port == usual else f"{host}:{port}"
    return Origin(base, usual == 443, bare, port, f"Host: {said}\r\n", _is_metadata(bare))


def _in_ascii(host: str) -> str:
    """`bücher.test` -> `xn--bcher-kva.test`. Raises `BadInput`."""
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode()
    except UnicodeError as error:
        raise _bad() from error


def _is_metadata(host: str) -> bool:
    try:
        return is_metadata(host)
    except ValueError:  # a name
        return False


class _Block(NamedTuple):
    """The lines of some headers, found sound."""

    lines: str
    names_host: bool
    length: int | None
    """What they say of the body's; None where they do not."""


@functools.lru_cache(maxsize=512)
def _block(method: str, headers: tuple[tuple[str, str], ...]) -> _Block:
    """The calls of one function hardly differ in their headers. Raises `BadInput`."""
    names = [name for name, _ in headers]
    if method == "CONNECT" or not all(names) or not _TOKENS.fullmatch(method + "".join(names)):
        raise _bad()
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers])
    if lines.count("\r") != len(names) or lines.count("\n") != len(names) or "\0" in lines:
        raise _bad()
    try:
        lines.encode()
    except UnicodeEncodeError as error:
        raise _bad() from error
    values = {name.lower(): value for name, value in headers}
    if "transfer-encoding" in values:
        raise _bad()
    told = [value for name, value in headers if name.lower() == "content-length"]
    return _Block(lines, "host" in values, _length(told))


def _length(told: Sequence[str]) -> int | None:
    if not told:
        return None
    if len(told) > 1 or not _DIGITS.fullmatch(told[0]):
        raise _bad()
    return int(told[0])


def _framing(
    method: str, body: bytes | AsyncIterator[bytes] | None, told: int | None
) -> tuple[int | None, str]:
    """How many bytes the body has, None where that is not known, and what is to be said of it.

    Raises `BadInput` when the caller has told another length.
    """
    if body is None or isinstance(body, bytes):
        length = len(body or b"")
        if told is not None and told != length:
            raise _bad()
        is_said = told is not None or (body is None and method not in _WITH_CONTENT)
        return length, "" if is_said else f"Content-Length: {length}\r\n"
    return told, "Transfer-Encoding: chunked\r\n" if told is None else ""


def _bad() -> BadInput:
    return BadInput("the request cannot be put on the wire: its URL or a header")
