"""Reading descriptions: one document from a file or a URL, under limits.

Used at discovery only, so it is built on httpx. A host's name is looked up once: the addresses that
were checked are the ones connected to. Link-local addresses and those where clouds keep metadata
are refused unless they are allowed, also when a redirect or a name leads there.
"""

import asyncio
import fnmatch
import json
import re
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

import httpx

from upstreams import tls
from upstreams.addresses import is_metadata
from upstreams.errors import DiscoveryError

MAX_BYTES = 64 * 1024 * 1024
MAX_REDIRECTS = 5
MAX_LINKS = 8
TIMEOUT_SECONDS = 30.0

_CHUNK = 64 * 1024
_CONNECT_SECONDS = 5.0
"""For one address of a host; the next one is tried after it."""
_PORTS = {"http": 80, "https": 443}
_REDIRECTS = (301, 302, 303, 307, 308)
_GZIP = ("gzip", "x-gzip")
_ACCEPTED = "application/json, application/yaml, */*;q=0.8"
_LINK = re.compile(r"<([^<>]*)>([^<]*)")
_REL = re.compile(r""";\s*rel\s*=\s*"?([^";,]*)""", re.IGNORECASE)
_DESCRIBING = frozenset({"service-desc", "api-catalog", "describedby"})


@dataclass(frozen=True, slots=True)
class Document:
    """The bytes of one document, and where they came from."""

    location: str
    """The absolute path, or the URL after redirects."""
    body: bytes
    media_type: str = ""
    charset: str = ""
    """As the answer's `Content-Type` names it."""
    links: tuple[str, ...] = ()
    """URLs that the answer's `Link` header says describe the service (RFC 8631)."""


class AnsweredError(DiscoveryError):
    """The host answered, and not with a document."""

    def __init__(self, status: int, url: str, links: tuple[str, ...] = ()) -> None:
        super().__init__(f"answered {status}", at=shown(url))
        self.status = status
        self.location = url
        self.links = links


@dataclass(frozen=True, slots=True)
class Reach:
    """Where documents may be read from."""

    origin: str = ""
    """A URL whose host may be asked; empty when any host may."""
    hosts: tuple[str, ...] = ()
    """Globs of further hosts, each with its port unless that is the usual one."""
    link_local: bool = False
    """Whether link-local addresses and those of cloud metadata may be asked."""

    def allows(self, url: str) -> bool:
        """Whether a URL's host may be asked, wherever its name leads."""
        host = _host(url)
        near = not self.origin or host == _host(self.origin)
        return near or any(fnmatch.fnmatchcase(host, glob.lower()) for glob in self.hosts)


ANYWHERE = Reach()


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


def same_origin(url: str, other: str) -> bool:
    """Whether two URLs have scheme, host and port in common."""
    scheme = url.partition(":")[0]
    return scheme == other.partition(":")[0] and _host(url) == _host(other)


def in_utf8(document: Document) -> bytes:
    """The document's text in UTF-8, whatever Unicode form or declared charset it came in.

    Bytes that are no text at all are given back as they are.
    """
    form: str = json.detect_encoding(document.body)
    if form in ("utf-8", "utf-8-sig"):
        form = document.charset
        if not form or _decodable(document.body, "utf-8"):
            return document.body
    return document.body.decode(form).encode() if _decodable(document.body, form) else document.body


def _decodable(body: bytes, form: str) -> bool:
    try:
        body.decode(form)
    except (LookupError, ValueError):
        return False
    return True


async def read(
    location: str,
    *,
    headers: Mapping[str, str] | None = None,
    files: tls.Files = tls.NONE,
    max_bytes: int = MAX_BYTES,
    timeout: float = TIMEOUT_SECONDS,
    reach: Reach = ANYWHERE,
) -> Document:
    """The document at a path, a `file:` URL or an http(s) URL.

    `headers` and our certificate are for the first host only: after a redirect to another one they
    are kept back. Raises `DiscoveryError` naming the place, `AnsweredError` where the host answered
    with an error.
    """
    if is_url(location):
        asking = _Asking(dict(headers or {}), files, max_bytes, reach)
        try:
            async with asyncio.timeout(timeout):
                return await _fetch(location, asking)
        except TimeoutError as error:
            raise DiscoveryError(f"no answer within {timeout:g} s", at=shown(location)) from error
    path = unquote(urlsplit(location).path) if location.startswith("file:") else location
    return await asyncio.to_thread(_read_file, path, max_bytes)


def _read_file(path: str, max_bytes: int) -> Document:
    # A pipe or a device may never end; reading it could not be given up.
    if Path(path).exists() and not Path(path).is_file():
        raise DiscoveryError("not a regular file", at=path)
    try:
        with Path(path).open("rb") as file:
            body = file.read(max_bytes + 1)
    except OSError as error:
        raise DiscoveryError(error.strerror or "cannot be read", at=path) from error
    if len(body) > max_bytes:
        raise _too_large(max_bytes, path)
    return Document(path, body)


@dataclass(frozen=True, slots=True)
class _Asking:
    """How hosts are asked for a document."""

    headers: Mapping[str, str]
    files: tls.Files
    max_bytes: int
    reach: Reach

    def stranger(self) -> "_Asking":
        """The same, without showing who asks."""
        return _Asking({}, self.files.unnamed(), self.max_bytes, self.reach)


async def _fetch(url: str, asking: _Asking) -> Document:
    for _ in range(MAX_REDIRECTS + 1):
        with _our_errors(url):
            answer = await _ask(url, asking)
        if isinstance(answer, Document):
            return answer
        if not same_origin(answer, url):
            asking = asking.stranger()
        url = answer
    raise DiscoveryError(f"more than {MAX_REDIRECTS} redirects", at=shown(url))


@contextmanager
def _our_errors(url: str) -> Iterator[None]:
    try:
        yield
    except tls.UnusableError as error:
        raise DiscoveryError(str(error), at=error.file) from error
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, ValueError, zlib.error) as error:
        wrong = tls.failure(error) or error
        raise DiscoveryError(f"cannot be fetched: {wrong}", at=shown(url)) from error


async def _ask(url: str, asking: _Asking) -> Document | str:
    """The document, or the URL it was redirected to."""
    if not asking.reach.allows(url):
        raise DiscoveryError("on another host than what refers to it; refused", at=shown(url))
    context = await asyncio.to_thread(asking.files.context)
    timeout = httpx.Timeout(None, connect=_CONNECT_SECONDS)  # `read` limits the rest
    async with httpx.AsyncClient(verify=context, timeout=timeout, trust_env=False) as http:
        return await _get(http, url, asking)


async def _get(http: httpx.AsyncClient, url: str, asking: _Asking) -> Document | str:
    request = http.build_request("GET", url, headers={"accept": _ACCEPTED})
    request.headers.update(asking.headers)
    request.headers["accept-encoding"] = "gzip"
    answer = await _send(http, request, await _addresses(request.url, asking.reach))
    try:
        if answer.status_code in _REDIRECTS and "location" in answer.headers:
            return _redirected(url, answer.headers["location"])
        links = tuple(_links(answer, url))
        if not answer.is_success:
            raise AnsweredError(answer.status_code, url, links)
        body = await _body(answer, url, asking.max_bytes)
        media_type, charset = _content_type(answer)
        return Document(url, body, media_type, charset, links)
    finally:
        await answer.aclose()


async def _send(
    http: httpx.AsyncClient, request: httpx.Request, addresses: list[str]
) -> httpx.Response:
    """The answer's head, from the first of the addresses that takes the connection.

    Host header, TLS name and certificate are the URL's own; only the connection has the address.
    """
    host = request.url.raw_host.decode("ascii")
    request.extensions = {**request.extensions, "sni_hostname": host}
    *others, last = (request.url.copy_with(host=address) for address in addresses)
    for url in others:
        request.url = url
        try:
            return await http.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            continue
    request.url = last
    return await http.send(request, stream=True)


async def _addresses(url: httpx.URL, reach: Reach) -> list[str]:
    """The addresses behind a URL's host, every one of them allowed."""
    if not url.host:
        raise DiscoveryError("the URL names no host", at=shown(str(url)))
    port = url.port or _PORTS[url.scheme]
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            url.host, port, type=socket.SOCK_STREAM
        )
    except (OSError, ValueError) as error:
        raise DiscoveryError(f"the host cannot be found: {error}", at=shown(str(url))) from error
    addresses = list(dict.fromkeys(str(address[0]) for *_, address in found))
    if not reach.link_local and any(map(is_metadata, addresses)):
        wrong = "a link-local address, or one of cloud metadata; refused"
        raise DiscoveryError(wrong, at=shown(str(url)))
    return addresses


async def _body(answer: httpx.Response, url: str, max_bytes: int) -> bytes:
    announced = answer.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > max_bytes:
        raise _too_large(max_bytes, url)
    body = bytearray()
    async for piece in _decoded(answer, max_bytes):
        body += piece
        if len(body) > max_bytes:
            raise _too_large(max_bytes, url)
    return bytes(body)


async def _decoded(answer: httpx.Response, max_bytes: int) -> AsyncIterator[bytes]:
    """The body's pieces out of the encoding that was asked for, none much over the limit."""
    encoding = answer.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("identity", ""):
        async for piece in answer.aiter_raw(_CHUNK):
            yield piece
        return
    if encoding not in _GZIP:
        raise ValueError(f"its encoding is {encoding[:40]!r}, and gzip was asked for")
    unpacking = zlib.decompressobj(wbits=31)
    async for piece in answer.aiter_raw(_CHUNK):
        yield unpacking.decompress(piece, max_bytes + 1)
    if not unpacking.eof or unpacking.unused_data.strip(b"\0"):
        raise ValueError("its compressed text does not end where the answer does")


def _too_large(max_bytes: int, location: str) -> DiscoveryError:
    return DiscoveryError(f"larger than the limit of {max_bytes} bytes", at=shown(location))


def _content_type(answer: httpx.Response) -> tuple[str, str]:
    """`text/html; charset=latin-1` -> `("text/html", "latin-1")`"""
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    return media_type, answer.charset_encoding or ""


def _links(answer: httpx.Response, url: str) -> Iterator[str]:
    """Where the `Link` headers say the service is described (RFC 8288 section 3)."""
    for target, parameters in _LINK.findall(answer.headers.get("link", "")[:_CHUNK])[:MAX_LINKS]:
        relations = _REL.search(parameters)
        if relations and _DESCRIBING & set(relations[1].lower().split()):
            yield urljoin(url, target)


def _redirected(url: str, target: str) -> str:
    try:
        location = urljoin(url, target)
    except ValueError:
        location = ""
    if not is_url(location):
        raise DiscoveryError("redirected to something that is not http(s)", at=shown(url))
    return location


def _host(url: str) -> str:
    """A URL's host in lower case, with its port unless that is the scheme's own."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    host = parts.netloc.rpartition("@")[2].lower()
    return host.removesuffix(f":{_PORTS.get(parts.scheme)}")
