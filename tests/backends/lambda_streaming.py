"""A Lambda API that streams, as AWS documents it: no emulator does.

https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html
https://smithy.io/2.0/aws/amazon-eventstream.html
"""

import asyncio
import json
import re
import struct
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias
from zlib import crc32

from aiohttp import web

from tests.backends.process import LOOPBACK

_PATH = re.compile(r"/2021-11-15/functions/(?P<name>[^/]+)/response-streaming-invocations")

Pieces: TypeAlias = Callable[[bytes], AsyncIterator[bytes]]
"""What a function writes to its stream for an event; `framed` is not part of it."""


def frame(headers: Mapping[str, str], payload: bytes = b"") -> bytes:
    """One message of an event stream; all headers are text."""
    block = b"".join(
        struct.pack("!B", len(name))
        + name.encode()
        + struct.pack("!BH", 7, len(value))
        + value.encode()
        for name, value in headers.items()
    )
    start = struct.pack("!II", 16 + len(block) + len(payload), len(block))
    start += struct.pack("!I", crc32(start))
    whole = start + block + payload
    return whole + struct.pack("!I", crc32(whole))


def chunk(payload: bytes) -> bytes:
    """A piece of the function's answer."""
    return frame(
        {
            ":message-type": "event",
            ":event-type": "PayloadChunk",
            ":content-type": "application/octet-stream",
        },
        payload,
    )


def complete(**told: str) -> bytes:
    """The end: `ErrorCode="…"` and `ErrorDetails="…"` when the function failed."""
    headers = {
        ":message-type": "event",
        ":event-type": "InvokeComplete",
        ":content-type": "application/json",
    }
    return frame(headers, json.dumps(told).encode())


@dataclass(slots=True)
class Streaming:
    """Where the API is, and how its functions were left."""

    url: str
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a client has gone before its answer ended."""
    events: list[bytes] = field(default_factory=list)


@asynccontextmanager
async def streaming(
    pieces: Pieces, content_type: str = "application/vnd.amazon.eventstream"
) -> AsyncIterator[Streaming]:
    """An API under which every function sends those bytes, piece by piece."""
    api = Streaming("")

    async def respond(request: web.BaseRequest) -> web.StreamResponse:
        if not _PATH.fullmatch(request.path):
            headers = {"x-amzn-errortype": "ResourceNotFoundException"}
            return web.json_response({"Type": "User"}, status=404, headers=headers)
        api.events.append(await request.read())
        answer = web.StreamResponse(
            headers={
                "content-type": content_type,
                "x-amz-executed-version": "7",
                "x-amzn-requestid": "3b0d6f5c",
            }
        )
        await answer.prepare(request)
        try:
            async for piece in pieces(api.events[-1]):
                await answer.write(piece)
        except (asyncio.CancelledError, ConnectionError):
            api.left.set()
            raise
        return answer

    server = web.Server(respond, handler_cancellation=True)
    runner = web.ServerRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, 0).start()
    host, port = runner.addresses[0][:2]
    api.url = f"http://{host}:{port}"
    try:
        yield api
    finally:
        await runner.cleanup()


def saying(*pieces: bytes) -> Pieces:
    """A function that always sends those bytes."""

    async def said(_: bytes) -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    return said


def chunks(*payloads: bytes) -> Pieces:
    """A function that writes those payloads and ends well."""
    return saying(*map(chunk, payloads), complete())


def cut(whole: bytes, every: int) -> Sequence[bytes]:
    """The same bytes in pieces of that size."""
    return [whole[at : at + every] for at in range(0, len(whole), every)]
