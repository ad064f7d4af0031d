"""The outward HTTP edge: one narrow `send`, shared by every kind that speaks HTTP.

Behind it sits aiohttp, measured at a tenth of httpx's CPU per call under concurrency. Nothing
outside this file knows that. Redirects are never followed, cookies never kept, bodies never read
past their limit, and a request is sent exactly as given: its URL is already percent-encoded.
"""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import aiohttp
from yarl import URL

from upstreams.encoding import decoded
from upstreams.errors import BadInput, CallError, Malformed, TimedOut, Unreachable

Headers = Sequence[tuple[str, str]]

_CHUNK = 64 * 1024
_BROKEN_OFF = (
    aiohttp.http_exceptions.ContentLengthError,
    aiohttp.http_exceptions.TransferEncodingError,
)
_MAX_HEADERS = 512
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


@dataclass(frozen=True, slots=True)
class Limits:
    """What one upstream may take of us."""

    max_response: int = 16 * 1024 * 1024
    connections: int = 256
    """How many at once; further calls wait for one, within their deadline."""
    idle_seconds: float = 30.0


class Transport:
    """A pool of connections to one upstream, opened when first used."""

    def __init__(self, limits: Limits | None = None, tls: ssl.SSLContext | None = None) -> None:
        self._limits = limits or Limits()
        self._tls = tls
        self._session: aiohttp.ClientSession | None = None

    async def send(self, request: Request, deadline: float) -> Response:
        """The whole answer, whatever its status.

        Raises `TimedOut` past the deadline (event loop time), `Unreachable` when the connection
        fails or ends early, `Malformed` when the body is too large or wrongly encoded, and
        `BadInput` when the request cannot be put on the wire.
        """
        with _our_errors():
            async with (
                asyncio.timeout_at(deadline),
                self._opened().request(
                    request.method,
                    URL(request.url, encoded=True),
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
                answer = await self._opened().request(
                    request.method,
                    URL(request.url, encoded=True),
                    headers=list(request.headers),
                    data=body if body is None or isinstance(body, bytes) else _head_first(body),
                    allow_redirects=False,
                )
        try:
            yield Streamed(answer.status, _headers(answer), _pieces(answer))
        finally:
            answer.close()

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

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = self._open()
        return self._session

    def _open(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=self._limits.connections,
            keepalive_timeout=self._limits.idle_seconds,
            ssl=self._tls or True,
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
    except aiohttp.ClientConnectorCertificateError as error:
        raise Unreachable("the backend's certificate was not accepted", retryable=False) from error
    except aiohttp.ClientConnectorError as error:
        # The error's own text has the address; a negative number is a failed look-up of the name.
        number = error.os_error.errno or 0
        reason = os.strerror(number) if number > 0 else "the host was not found"
        raise Unreachable(f"no connection: {reason}") from error
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


def _broken(error: aiohttp.ClientPayloadError) -> CallError:
    if isinstance(error.__cause__, _BROKEN_OFF):
        return Unreachable("the connection broke before the answer was complete")
    return Malformed("the answer is not in the encoding it names")
