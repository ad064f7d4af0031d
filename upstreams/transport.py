"""The outward HTTP edge: one narrow `send`, shared by every kind that speaks HTTP.

Behind it sits aiohttp, measured at a tenth of httpx's CPU per call under concurrency. Nothing
outside this file knows that. Redirects are never followed, cookies never kept, bodies never read
past their limit, and a request is sent exactly as given: its URL is already percent-encoded.
"""

import asyncio
import functools
import os
import socket
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Protocol, Self

import aiohttp
from aiohttp.abc import ResolveResult
from yarl import URL

from upstreams import tls
from upstreams.addresses import is_metadata
from upstreams.encoding import decoded
from upstreams.errors import BadInput, CallError, Malformed, TimedOut, Unreachable
from upstreams.kind import Settings

Headers = Sequence[tuple[str, str]]

_CHUNK = 64 * 1024
_BROKEN_OFF = (
    aiohttp.http_exceptions.ContentLengthError,
    aiohttp.http_exceptions.TransferEncodingError,
)
_MAX_HEADERS = 512
_NO_HOST = "the host was not found"
_QUIET = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request, ready to go."""

    method: str
    url: str
    """Absolute, percent-encoded; sent as it stands."""
    headers: Headers = ()
    body: bytes | AsyncIterator[bytes] | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP answer, read to its end and decoded from its content encoding."""

    status: int
    headers: Headers
    body: bytes

    def header(self, name: str) -> str | None:
        """The first header of that name, in any case."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    @property
    def media_type(self) -> str:
        """`application/json; charset=utf-8` -> `application/json`; empty when absent."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Streamed:
    """An HTTP answer whose body arrives as it is read, in the encoding the backend chose."""

    status: int
    headers: Headers
    body: AsyncIterator[bytes]


class Line(Protocol):
    """A way for requests to a backend, over HTTP or not."""

    async def send(self, request: Request, deadline: float) -> Response:
        """The whole answer, whatever its status. Raises `CallError`."""

    async def aclose(self) -> None:
        """Close every connection."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one upstream may take of us."""

    max_response: int = 16 * 1024 * 1024
    connections: int = 256
    """How many at once; further calls wait for one, within their deadline."""
    idle_seconds: float = 30.0


class Transport:
    """A pool of connections to one upstream, opened when first used."""

    def __init__(
        self,
        limits: Limits | None = None,
        files: tls.Files = tls.NONE,
        *,
        link_local: bool = True,
    ) -> None:
        """`link_local`: whether addresses may be called that no description should lead to."""
        self._limits = limits or Limits()
        self._files = files
        self._link_local = link_local
        self._session: aiohttp.ClientSession | None = None

    @classmethod
    def to(cls, settings: Settings) -> Self:
        """What the settings of an upstream say of the way to it."""
        limits = Limits(max_response=settings.max_response)
        return cls(limits, tls.files(settings), link_local=settings.reaches_link_local)

    async def send(self, request: Request, deadline: float) -> Response:
        """The whole answer, whatever its status.

        Raises `TimedOut` past the deadline (event loop time), `Unreachable` when the connection
        fails, ends early or has unusable files, `Malformed` when the body is too large or wrongly
        encoded, and `BadInput` when the request cannot be put on the wire.
        """
        with _our_errors():
            async with (
                asyncio.timeout_at(deadline),
                (await self._opened()).request(
                    request.method,
                    self._url(request),
                    headers=list(request.headers),
                    data=request.body,
                    allow_redirects=False,
                ) as answer,
            ):
                body = await self._body(answer)
        codings = answer.headers.get("content-encoding", "")
        if codings:
            body = decoded(body, codings, self._limits.max_response)
        return Response(answer.status, _headers(answer), body)

    @asynccontextmanager
    async def stream(self, request: Request, deadline: float | None) -> AsyncIterator[Streamed]:
        """The answer as soon as its head is there; leaving the block ends the exchange.

        The deadline is for the head: a body may take as long as it keeps coming; without one, the
        caller keeps the time. The request's head goes out before its body begins, so that a backend
        may answer first. Raises as `send`.
        """
        body = request.body
        with _our_errors():
            async with asyncio.timeout_at(deadline):
                session = await self._opened()
                answer = await session.request(
                    request.method,
                    self._url(request),
                    headers=list(request.headers),
                    data=body if body is None or isinstance(body, bytes) else _head_first(body),
                    allow_redirects=False,
                )
        try:
            yield Streamed(answer.status, _headers(answer), _pieces(answer))
        finally:
            answer.close()

    def _url(self, request: Request) -> URL:
        """Where a request goes. Raises `Unreachable` where it must not."""
        url = URL(request.url, encoded=True)
        # A name is looked at when it is resolved.
        if not self._link_local and _is_forbidden(url.host or ""):
            raise _forbidden()
        return url

    async def aclose(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _body(self, answer: aiohttp.ClientResponse) -> bytes:
        limit = self._limits.max_response
        announced = answer.content_length
        if announced is not None and announced > limit:
            answer.close()
            raise Malformed(f"the answer has {announced} bytes, more than the limit of {limit}")
        pieces: list[bytes] = []
        size = 0
        async for piece in answer.content.iter_chunked(_CHUNK):
            size += len(piece)
            if size > limit:
                answer.close()
                pieces.clear()  # the error's traceback would keep them
                raise Malformed(f"the answer is larger than the limit of {limit} bytes")
            pieces.append(piece)
        return b"".join(pieces)

    async def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            context = await asyncio.to_thread(self._files.context)
            # Meanwhile another call may have opened it.
            self._session = self._session or self._open(context)
        return self._session

    def _open(self, context: ssl.SSLContext) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=self._limits.connections,
            keepalive_timeout=self._limits.idle_seconds,
            ssl=context,
            resolver=None if self._link_local else _Guarded(),
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, connect=None),
            skip_auto_headers=_QUIET,
            # Ours has a limit, and tells a body that broke off from a whole one.
            auto_decompress=False,
            read_bufsize=_CHUNK,
            max_line_size=_CHUNK,
            max_field_size=_CHUNK,
            max_headers=_MAX_HEADERS,
        )


class _Guarded(aiohttp.ThreadedResolver):
    """Names are resolved, but not to addresses that no description may lead to."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Where the host is. Raises `Unreachable` where that must not be asked."""
        found = await super().resolve(host, port, family)
        if any(is_metadata(one["host"]) for one in found):
            raise _forbidden()
        return found


@functools.lru_cache
def _is_forbidden(host: str) -> bool:
    """Whether a URL's host is itself such an address."""
    try:
        return is_metadata(host)
    except ValueError:
        return False


def _forbidden() -> Unreachable:
    return Unreachable(
        "the description leads to a link-local or metadata address; only `url` may name one",
        retryable=False,
    )


async def _pieces(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    with _our_errors():
        async for piece in answer.content.iter_any():
            yield piece


async def _head_first(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    # aiohttp holds the head back until the first piece; an empty one puts nothing after it.
    yield b""
    async for piece in body:
        yield piece


def _headers(answer: aiohttp.ClientResponse) -> Headers:
    return [(key.decode("latin-1"), value.decode("latin-1")) for key, value in answer.raw_headers]


@contextmanager
def _our_errors() -> Iterator[None]:
    try:
        yield
    except CallError:
        raise
    except TimeoutError as error:
        raise TimedOut("no answer in time") from error
    except tls.UnusableError as error:
        raise Unreachable(str(error), retryable=False) from error
    except (ssl.SSLError, aiohttp.ClientOSError) as error:
        raise _unconnected(error) from error
    except aiohttp.ServerDisconnectedError as error:
        raise Unreachable("the backend closed the connection without an answer") from error
    except aiohttp.ClientPayloadError as error:
        raise _broken(error) from error
    except aiohttp.ClientResponseError as error:
        raise Malformed("the answer is not HTTP as we know it") from error
    except (aiohttp.InvalidURL, ValueError) as error:
        raise BadInput("the request cannot be put on the wire: its URL or a header") from error
    except (aiohttp.ClientError, OSError) as error:
        raise Unreachable("the connection broke") from error


def _unconnected(error: OSError) -> Unreachable:
    if wrong := tls.failure(error):
        return Unreachable(wrong, retryable=False)
    if not isinstance(error, aiohttp.ClientConnectorError):
        return Unreachable("the connection broke")
    # The error's own text has the address; a negative number is a failed look-up of the name.
    number = error.os_error.errno or 0
    return Unreachable(f"no connection: {os.strerror(number) if number > 0 else _NO_HOST}")


def _broken(error: aiohttp.ClientPayloadError) -> CallError:
    if isinstance(error.__cause__, _BROKEN_OFF):
        return Unreachable("the connection broke before the answer was complete")
    return Malformed("the answer is not in the encoding it names")
