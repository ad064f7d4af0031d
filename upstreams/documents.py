"""Reading descriptions: one document from a file or a URL, under limits.

Used at discovery only, so it is built on httpx. Link-local addresses (cloud metadata) are refused,
also when a redirect or a name leads there.
"""

import asyncio
import functools
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

import httpx

from upstreams.errors import DiscoveryError

MAX_BYTES = 64 * 1024 * 1024
MAX_REDIRECTS = 5
TIMEOUT_SECONDS = 30.0

_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Document:
    """The bytes of one document, and where they came from."""

    location: str
    """The absolute path, or the URL after redirects."""
    body: bytes
    media_type: str = ""


def is_url(location: str) -> bool:
    """`https://host/openapi.json` -> True, `/etc/openapi.json` -> False."""
    return location.startswith(("http://", "https://"))


def shown(location: str) -> str:
    """The location without credentials or query, fit for messages and logs."""
    if not is_url(location):
        return location
    try:
        parts = urlsplit(location)
    except ValueError:
        return "a URL that cannot be read"
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


async def read(
    location: str,
    *,
    headers: Mapping[str, str] | None = None,
    max_bytes: int = MAX_BYTES,
    timeout: float = TIMEOUT_SECONDS,
) -> Document:
    """The document at a path, a `file:` URL or an http(s) URL.

    `headers` go to the first host only: a redirect to another one does not carry them.
    Raises `DiscoveryError` naming the place.
    """
    if is_url(location):
        try:
            async with asyncio.timeout(timeout):
                return await _fetch(location, dict(headers or {}), max_bytes)
        except TimeoutError as error:
            raise DiscoveryError(f"no answer within {timeout:g} s", at=shown(location)) from error
    path = unquote(urlsplit(location).path) if location.startswith("file:") else location
    return await asyncio.to_thread(_read_file, path, max_bytes)


@functools.cache
def _tls() -> ssl.SSLContext:
    """One context for every read: making one costs more than most documents."""
    return httpx.create_ssl_context(trust_env=False)


def _read_file(path: str, max_bytes: int) -> Document:
    try:
        with Path(path).open("rb") as file:
            body = file.read(max_bytes + 1)
    except OSError as error:
        raise DiscoveryError(error.strerror or "cannot be read", at=path) from error
    if len(body) > max_bytes:
        raise DiscoveryError(f"larger than the limit of {max_bytes} bytes", at=path)
    return Document(path, body)


async def _fetch(url: str, headers: dict[str, str], max_bytes: int) -> Document:
    async with httpx.AsyncClient(verify=_tls(), timeout=None, trust_env=False) as http:  # noqa: S113 - `read` has the time limit
        for _ in range(MAX_REDIRECTS + 1):
            await _refuse_link_local(url)
            answer = await _get(http, url, headers, max_bytes)
            if isinstance(answer, Document):
                return answer
            if _origin(answer) != _origin(url):
                headers = {}
            url = answer
    raise DiscoveryError(f"more than {MAX_REDIRECTS} redirects", at=shown(url))


async def _get(
    http: httpx.AsyncClient, url: str, headers: dict[str, str], max_bytes: int
) -> Document | str:
    """The document, or the URL it was redirected to."""
    try:
        async with http.stream("GET", url, headers=headers) as answer:
            if answer.status_code in _REDIRECTS and "location" in answer.headers:
                return _redirected(url, answer.headers["location"])
            if not answer.is_success:
                raise DiscoveryError(f"answered {answer.status_code}", at=shown(url))
            body = bytearray()
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > max_bytes:
                    raise DiscoveryError(
                        f"larger than the limit of {max_bytes} bytes", at=shown(url)
                    )
            media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
            return Document(url, bytes(body), media_type)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise DiscoveryError(f"cannot be fetched: {error}", at=shown(url)) from error


def _redirected(url: str, target: str) -> str:
    try:
        location = urljoin(url, target)
    except ValueError:
        location = ""
    if not is_url(location):
        raise DiscoveryError("redirected to something that is not http(s)", at=shown(url))
    return location


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.rpartition("@")[2]


async def _refuse_link_local(url: str) -> None:
    try:
        parts = urlsplit(url)
        found = await asyncio.get_running_loop().getaddrinfo(
            parts.hostname, parts.port or 443, type=socket.SOCK_STREAM
        )
    except (OSError, ValueError) as error:
        raise DiscoveryError(f"the host cannot be found: {error}", at=shown(url)) from error
    for *_, address in found:
        if ipaddress.ip_address(str(address[0]).partition("%")[0]).is_link_local:
            raise DiscoveryError("a link-local address; refused", at=shown(url))
