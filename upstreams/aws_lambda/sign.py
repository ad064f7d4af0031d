"""Signature Version 4: the proof of who sends a request, over exactly what is sent.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from hmac import digest
from urllib.parse import quote, urlsplit

from upstreams.transport import Request

_ALGORITHM = "AWS4-HMAC-SHA256"
_S3 = "s3"
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


@dataclass(frozen=True, slots=True)
class _Moment:
    """What every signature of one second shares."""

    second: int
    text: str
    """`20150830T123600Z`."""
    scope: str
    key: bytes = field(repr=False)


class Signer:
    """Signs requests to one service in one region; usable by several threads at once."""

    def __init__(self, keys: Keys, region: str, service: str) -> None:
        self._keys = keys
        self._region = region
        self._service = service
        self._moment = _Moment(-1, "", "", b"")

    def sign(self, request: Request, now: float) -> Request:
        """The request with its proof; `now` is in seconds since the epoch.

        Its body is bytes or nothing, and no header comes twice.
        """
        assert request.body is None or isinstance(request.body, bytes)  # noqa: S101 - our own callers
        moment = self._at(int(now))
        target = _target(request.url)
        hashed = sha256(request.body or b"").hexdigest()
        headers = [one for one in request.headers if one[0].lower() not in _OURS]
        headers += self._added(moment, hashed)
        names, lines = _canonical(headers, target.host)
        # Every service but S3 has paths encoded a second time.
        path = target.path if self._service == _S3 else target.encoded
        text = f"{request.method}\n{path}\n{target.query}\n{lines}\n{names}\n{hashed}"
        digested = sha256(text.encode()).hexdigest()
        to_sign = f"{_ALGORITHM}\n{moment.text}\n{moment.scope}\n{digested}"
        signature = digest(moment.key, to_sign.encode(), "sha256").hex()
        proof = f"Credential={self._keys.access}/{moment.scope}, SignedHeaders={names}"
        headers.append(("Authorization", f"{_ALGORITHM} {proof}, Signature={signature}"))
        return Request(request.method, request.url, tuple(headers), request.body)

    def _added(self, moment: _Moment, hashed: str) -> Iterator[tuple[str, str]]:
        """The headers that are signed beside the request's own."""
        yield "X-Amz-Date", moment.text
        if self._keys.token:
            yield "X-Amz-Security-Token", self._keys.token
        if self._service == _S3:
            yield "X-Amz-Content-SHA256", hashed

    def _at(self, second: int) -> _Moment:
        known = self._moment
        if known.second == second:
            return known
        text = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(second))
        scope = f"{text[:8]}/{self._region}/{self._service}/aws4_request"
        key = known.key if known.scope == scope else self._key(scope)
        self._moment = _Moment(second, text, scope, key)
        return self._moment

    def _key(self, scope: str) -> bytes:
        """The key of one day, which costs four digests."""
        key = f"AWS4{self._keys.secret}".encode()
        for part in scope.split("/"):
            key = digest(key, part.encode(), "sha256")
        return key


def _canonical(headers: list[tuple[str, str]], host: str) -> tuple[str, str]:
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
