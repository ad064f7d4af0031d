"""Subscriptions over a WebSocket, by the protocol graphql-transport-ws; one connection for each."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import NoReturn

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidStatus,
    InvalidURI,
    WebSocketException,
)
from websockets.typing import Subprotocol

from upstreams import tls
from upstreams.errors import CallError, Malformed, Refused, TimedOut, Unreachable
from upstreams.graphql_api.call.answers import errors, refused
from upstreams.transport import Headers
from upstreams.transport.failures import unconnected

PROTOCOL = Subprotocol("graphql-transport-ws")

_ID = "1"
_PING_SECONDS = 20.0
"""How often a silent connection is tested, and how long the answer may take."""
_CLOSE_SECONDS = 1.0
_HELD = 16
"""How many messages wait to be taken before no more are read."""
_TOO_BIG = 1009
_UNSPOKEN_CODE = 4406
"""The backend speaks other protocols on WebSockets only."""
_REFUSALS = range(4400, 4500)
"""Close codes of the protocol that say no."""
_DENIED = (401, 403)
_NOT_NOW = (408, 429, 502, 503, 504)


class Unspoken(Unreachable):
    """There is no GraphQL over a WebSocket there."""


class _Message(msgspec.Struct):
    type: str
    id: str | None = None
    payload: msgspec.Raw = msgspec.Raw(b"null")


_DECODER = msgspec.json.Decoder(_Message)


@dataclass(frozen=True, slots=True)
class Opening:
    """How a connection is opened."""

    url: str
    headers: Headers
    init: Mapping[str, str]
    """What is said first."""
    files: tls.Files
    timeout: float
    """How many seconds it may take until the backend agrees."""
    max_message: int
    """Bytes."""


async def results(opening: Opening, payload: bytes) -> AsyncGenerator[bytes, None]:
    """Every execution result of one operation, as JSON. Raises `CallError`.

    Closing the generator completes the operation on the backend.
    """
    with _our_errors():
        async with _opened(opening) as connection:
            await connection.send(_written("subscribe", payload, _ID))
            ended = False
            try:
                async for message in _messages(connection):
                    match message.type:
                        case "next":
                            yield bytes(message.payload)
                        case "error":
                            ended = True
                            raise refused(errors(bytes(message.payload)), {})
                        case "complete":
                            ended = True
                            return
                        case _:
                            pass
            finally:
                if not ended:
                    await _leave(connection)
            raise Unreachable("the connection ended before the subscription did")


@asynccontextmanager
async def _opened(opening: Opening) -> AsyncIterator[ClientConnection]:
    """A connection on which both sides have agreed on the protocol."""
    context = await asyncio.to_thread(_context, opening)
    async with asyncio.timeout(opening.timeout) as limit:
        async with _Connect(
            address(opening.url),
            subprotocols=[PROTOCOL],
            additional_headers=list(opening.headers),
            user_agent_header=None,
            proxy=None,
            compression=None,
            ssl=context,
            open_timeout=None,
            ping_interval=_PING_SECONDS,
            ping_timeout=_PING_SECONDS,
            close_timeout=_CLOSE_SECONDS,
            max_size=opening.max_message,
            max_queue=_HELD,
        ) as connection:
            if connection.subprotocol != PROTOCOL:
                raise Unspoken("the backend does not speak graphql-transport-ws", retryable=False)
            said = msgspec.json.encode(opening.init) if opening.init else b""
            await connection.send(_written("connection_init", said))
            async for message in _messages(connection):
                if message.type == "connection_ack":
                    break
            limit.reschedule(None)
            yield connection


class _Connect(connect):
    """A connection that is opened where it is asked for, and nowhere else."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """Redirects could lead anywhere, with our headers."""
        return exc


def _context(opening: Opening) -> ssl.SSLContext | None:
    return opening.files.context() if address(opening.url).startswith("wss") else None


def address(url: str) -> str:
    """`https://crm.example/graphql` -> `wss://crm.example/graphql`"""
    return f"ws{url[4:]}" if url.startswith("http") else url


async def _messages(connection: ClientConnection) -> AsyncIterator[_Message]:
    """What the backend says, its pings answered. Raises `Malformed`."""
    async for frame in connection:
        try:
            message = _DECODER.decode(frame)
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            raise Malformed("a message is not one of graphql-transport-ws") from error
        if message.type == "ping":
            await connection.send('{"type":"pong"}')
        else:
            yield message


async def _leave(connection: ClientConnection) -> None:
    """Tell the backend that nobody listens any more, if it can still be told."""
    try:
        async with asyncio.timeout(_CLOSE_SECONDS):
            await connection.send(_written("complete", b"", _ID))
    except (TimeoutError, ConnectionClosed):
        return


def _written(kind: str, payload: bytes, identity: str | None = None) -> str:
    message: dict[str, str | msgspec.Raw] = {"type": kind}
    if identity is not None:
        message["id"] = identity
    if payload:
        message["payload"] = msgspec.Raw(payload)
    return msgspec.json.encode(message).decode()


@contextmanager
def _our_errors() -> Iterator[None]:
    """Turn what the client library and the loop raise into `CallError`s."""
    try:
        yield
    except TimeoutError as error:
        raise TimedOut("no answer in time") from error
    except InvalidStatus as error:
        raise _by_status(error.response.status_code) from error
    except ConnectionClosed as error:
        _raise_closed(error)
    except InvalidURI as error:
        raise Unreachable("its URL is none of a WebSocket", retryable=False) from error
    except InvalidHandshake as error:
        raise Unspoken("no WebSocket could be opened", retryable=False) from error
    except WebSocketException as error:
        raise Unreachable("the WebSocket broke") from error
    except tls.UnusableError as error:
        raise Unreachable("a file it needs cannot be used", retryable=False) from error
    except OSError as error:
        raise unconnected(error) from error


def _by_status(status: int) -> CallError:
    if status in _DENIED:
        return Refused(f"answered with status {status}", status=status)
    told = f"no WebSocket could be opened: answered with status {status}"
    return Unspoken(told, status=status, retryable=status in _NOT_NOW)


def _raise_closed(error: ConnectionClosed) -> NoReturn:
    """By the close code; its reason is the backend's words."""
    ours, theirs = error.sent, error.rcvd
    if ours is not None and ours.code == _TOO_BIG and not error.rcvd_then_sent:
        raise Malformed("a message is larger than `maxResponse` allows") from error
    code, reason = (theirs.code, theirs.reason) if theirs else (None, "")
    if code == _UNSPOKEN_CODE:
        raise Unspoken("the backend does not speak graphql-transport-ws", retryable=False)
    if code in _REFUSALS:
        raise Refused("the API refused the subscription", status=code, told=reason or None)
    raise Unreachable("the WebSocket was closed before the subscription ended") from error
