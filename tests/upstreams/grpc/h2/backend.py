"""A gRPC backend that speaks HTTP/2 frame by frame, as a test wants it."""

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TypeAlias

import hpack

from tests.backends.talk import talking
from tests.upstreams.grpc.asking import Upstream, connected
from tests.upstreams.grpc.protos import descriptors, message
from upstreams.grpc.h2 import frames
from upstreams.grpc.h2.frames import Frame, Splitter
from upstreams.grpc.model import Settings
from upstreams.grpc.translate import translate

CATALOG = translate(descriptors("everything"))
Nested = message("splice.test.v1.Nested")

OK_HEAD = (
    (":status", "200"),
    ("content-type", "application/grpc+proto"),
    ("x-from", "here"),
)
OK_END = (("grpc-status", "0"),)


class Line:
    """One connection, as the backend has it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._splitter = Splitter()
        self._frames: list[Frame] = []
        self._decoder = hpack.Decoder()
        self.number = 0
        """Which of the backend's connections it is."""

    async def begin(self, settings: Mapping[int, int]) -> None:
        """What both sides say first."""
        assert await self._reader.readexactly(len(frames.PREFACE)) == frames.PREFACE
        self.send(frames.settings(settings))
        self._splitter = Splitter(settings.get(frames.MAX_FRAME_SIZE, frames.LARGEST))
        self._decoder.max_allowed_table_size = settings.get(frames.HEADER_TABLE_SIZE, 4096)

    def send(self, *sent: bytes) -> None:
        """Send frames, or whatever it is."""
        self._writer.write(b"".join(sent))

    async def close(self) -> None:
        """End the connection, once all is sent."""
        await self._writer.drain()
        self._writer.close()

    async def frame(self, *kinds: int) -> Frame:
        """The next frame of these kinds; others go unnoticed."""
        while True:
            while self._frames:
                found = self._frames.pop(0)
                if found[0] in kinds:
                    return found
            data = await self._reader.read(64 * 1024)
            if not data:
                raise ConnectionError
            self._frames.extend(self._splitter.frames(data))

    async def head(self) -> tuple[int, dict[str, str]]:
        """The stream of the next call, and its headers."""
        _, flags, number, payload = await self.frame(frames.HEADERS)
        while not flags & frames.END_HEADERS:
            _, flags, _, more = await self.frame(frames.CONTINUATION)
            payload += more
        fields = self._decoder.decode(payload, raw=True)
        return number, {str(name, "ascii"): str(value, "ascii") for name, value in fields}

    async def call(self) -> int:
        """The stream of the next call, once all of it is there."""
        number, _ = await self.head()
        while not (await self.frame(frames.DATA))[1] & frames.END_STREAM:
            pass
        return number

    def answer(self, number: int, content: bytes = b"", clear: int = 7) -> None:
        """Answer a call; by default with a message that has a number."""
        content = content or prefixed(Nested(clear=clear).SerializeToString())
        self.send(head(number), data(number, content), trailers(number))


Script: TypeAlias = Callable[[Line], Awaitable[None]]


def headers(number: int, *fields: tuple[str, str], flags: int = frames.END_HEADERS) -> bytes:
    """A HEADERS frame."""
    return frames.frame(frames.HEADERS, flags, number, block(*fields))


def block(*fields: tuple[str, str]) -> bytes:
    """A block of headers, by somebody else's encoder."""
    encoder = hpack.Encoder()
    encoder.header_table_size = 0
    encoded: bytes = encoder.encode(list(fields))
    return encoded


def head(number: int, *more: tuple[str, str]) -> bytes:
    """How an answer begins."""
    return headers(number, *OK_HEAD, *more)


def trailers(number: int, *fields: tuple[str, str]) -> bytes:
    """How an answer ends, by default well."""
    return headers(number, *(fields or OK_END), flags=frames.END_HEADERS | frames.END_STREAM)


def data(number: int, content: bytes, flags: int = 0) -> bytes:
    """A DATA frame."""
    return frames.frame(frames.DATA, flags, number, content)


def prefixed(content: bytes, *, compressed: bool = False) -> bytes:
    """A message as gRPC has it."""
    return struct.pack(">BI", compressed, len(content)) + content


@asynccontextmanager
async def backend(
    *scripts: Script, settings: Mapping[int, int] | None = None, **more: object
) -> AsyncIterator[Upstream]:
    """A client of a backend; each connection follows the next script, and all others the last."""
    count = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        line = Line(reader, writer)
        line.number = count
        count += 1
        await line.begin(settings or {})
        await scripts[min(line.number, len(scripts) - 1)](line)

    async with talking(talk) as address:
        told = Settings(grpc=address, **more)  # type: ignore[arg-type]  # a test says what it wants
        async with connected(told, CATALOG) as upstream:
            yield upstream


async def answering(line: Line) -> None:
    """Answer every call with the number of its connection."""
    while True:
        line.answer(await line.call(), clear=line.number)
