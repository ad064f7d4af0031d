"""Signature Version 4: the proof of who sends a request, over exactly what is sent.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from hmac import digest
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from upstreams.transport import Request

_ALGORITHM = "AWS4-HMAC-SHA256"
_S3 = "s3"
_BLOCK = 64
"""Bytes that SHA-256 takes in at a time (RFC 2104 §2)."""
_HEADS = 256
"""Of how many requests what is signed but the body is kept for the rest of a second."""
_DEFAULT_PORTS = {"http": 80, "https": 443}
_OURS = frozenset(
    ("authorization", "date", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token")
)
"""Headers that are said by the signature alone; what others say of them is left out."""
_UNSIGNED = frozenset(
    (
        *("baggage", "connection", "expect", "keep-alive", "proxy-authenticate"),
        *("proxy-authorization", "te", "traceparent", "tracestate", "trailer"),
        *("transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id"),
    )
)
"""Headers that a proxy on the way may change."""


@dataclass(frozen=True, slots=True)
class Keys:
    """A consistent set of AWS credentials."""

    access: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)
    """Of temporary credentials; empty for lasting ones."""


class _Head(NamedTuple):
    """What all signatures of one second share whose requests differ in their bodies alone."""

    canonical: str
    """The canonical request, but for the hash of the body."""
    headers: tuple[tuple[str, str], ...]
    proof: str
    """The value of the header that is the proof, but for the signature."""


class _Key:
    """The key of one day: an HMAC whose halves have seen it already (RFC 2104 §4)."""

    def __init__(self, secret: str, scope: str) -> None:
        key = f"AWS4{secret}".encode()
        for part in scope.split("/"):
            key = digest(key, part.encode(), "sha256")
        block = key.ljust(_BLOCK, b"\0")
        self._inner = sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = sha256(bytes(byte ^ 0x5C for byte in block))

    def signature(self, text: str) -> str:
        """What only those who have the key can make of a text."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(text.encode())
        outer.update(inner.digest())
        return outer.hexdigest()


@dataclass(frozen=True, slots=True)
class _Moment:
    """What every signature of one second shares."""

    second: int
    text: str
    """`20150830T123600Z`."""
    scope: str
    key: _Key = field(repr=False)
    heads: dict[tuple[object, ...], _Head] = field(default_factory=dict, repr=False)
    """What was signed before, by all that is signed but the time and the body."""


class Signer:
    """Signs requests to one service in one region; usable by several threads at once."""

    def __init__(self, keys: Keys, region: str, service: str) -> None:
        self.keys = keys
        self._region = region
        self._service = service
        self._moment: _Moment | None = None

    def sign(self, request: Request, now: float) -> Request:
        """The request with its proof; `now` is in seconds since the epoch.

        Its body is bytes or nothing, and no header comes twice.
        """
        method, url, body = request.method, request.url, request.body
        assert body is None or isinstance(body, bytes)  # noqa: S101 - our own callers
        moment = self._at(int(now))
        hashed = sha256(body or b"").hexdigest()
        said = hashed if self._service == _S3 else ""
        known = (method, url, tuple(request.headers), said)
        head = moment.heads.get(known) or self._head(moment, *known)
        digested = sha256(f"{head.canonical}{hashed}".encode()).hexdigest()
        to_sign = f"{_ALGORITHM}\n{moment.text}\n{moment.scope}\n{digested}"
        proof = ("Authorization", head.proof + moment.key.signature(to_sign))
        return Request(method, url, (*head.headers, proof), body, request.repeatable)

    def _head(
        self, moment: _Moment, method: str, url: str, told: tuple[tuple[str, str], ...], hashed: str
    ) -> _Head:
        """What is signed but the body, of which only S3 is told the hash in a header."""
        target = _target(url)
        kept = [one for one in told if one[0].lower() not in _OURS]
        headers = (*kept, *self._added(moment, hashed))
        names, lines = _canonical(headers, target.host)
        # Every service but S3 has paths encoded a second time.
        path = target.path if self._service == _S3 else target.encoded
        canonical = f"{method}\n{path}\n{target.query}\n{lines}\n{names}\n"
        proof = f"{_ALGORITHM} Credential={self.keys.access}/{moment.scope}, SignedHeaders={names}"
        head = _Head(canonical, headers, f"{proof}, Signature=")
        if len(moment.heads) < _HEADS:
            moment.heads[method, url, told, hashed] = head
        return head

    def _added(self, moment: _Moment, hashed: str) -> Iterator[tuple[str, str]]:
        """The headers that are signed beside the request's own."""
        yield "X-Amz-Date", moment.text
        if self.keys.token:
            yield "X-Amz-Security-Token", self.keys.token
        if hashed:
            yield "X-Amz-Content-SHA256", hashed

    def _at(self, second: int) -> _Moment:
        known = self._moment
        if known is not None and known.second == second:
            return known
        text = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(second))
        scope = f"{text[:8]}/{self._region}/{self._service}/aws4_request"
        if known is not None and known.scope == scope:
            key = known.key
        else:
            key = _Key(self.keys.secret, scope)
        self._moment = moment = _Moment(second, text, scope, key)
        return moment


def _canonical(headers: tuple[tuple[str, str], ...], host: str) -> tuple[str, str]:
    """The names of the signed headers, and the headers, one a line."""
    signed = {"host": host}
    for name, value in headers:
        lower = name.lower()
        if lower not in _UNSIGNED:
            signed[lower] = " ".join(value.split())
    names = sorted(signed)
    return ";".join(names), "".join([f"{name}:{signed[name]}\n" for name in names])


@dataclass(frozen=True, slots=True)
class _Target:
    """Where a request goes, as it is signed."""

    host: str
    path: str
    encoded: str
    """The path without detours, encoded once more."""
    query: str


@lru_cache(maxsize=1024)
def _target(url: str) -> _Target:
    """An upstream has few URLs, so each is taken apart once."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2].lower()
    if parts.port == _DEFAULT_PORTS.get(parts.scheme):
        host = host.rpartition(":")[0]
    pairs = (pair.partition("=") for pair in parts.query.split("&")) if parts.query else ()
    query = "&".join(f"{name}={value}" for name, value in sorted((one[0], one[2]) for one in pairs))
    return _Target(host, parts.path or "/", quote(_normal(parts.path), safe="/~"), query)


def _normal(path: str) -> str:
    """`/a//./b/../c/` -> `/a/c/` (RFC 3986 §5.2.4; AWS takes slashes in a row for one)."""
    found: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del found[-1:]
        elif segment not in ("", "."):
            found.append(segment)
    last = "/" if found and path.endswith("/") else ""
    return f"/{'/'.join(found)}{last}"
