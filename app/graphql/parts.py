"""The parts of a `multipart/form-data` body (RFC 7578) as they arrive: large ones go to disk.

Where a part begins and ends is python-multipart's to say; how large its head may be, and what
becomes of hostile names and media types, is settled here.
"""

import asyncio
import os
import re
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import TypeAlias

from cross_web import HTTPException
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from upstreams.kind import File

FORM_DATA = "multipart/form-data"

_IN_MEMORY = 1024 * 1024
"""How many bytes of a part are held in memory; a larger one is moved to disk."""
_PIECE = 256 * 1024
_MOST_HEADERS = 8
_LONGEST_HEADER = 4096
_MEDIA_TYPE = re.compile(r"[!#$%&'*+.^_`|~\w-]+/[!#$%&'*+.^_`|~\w-]+(\s*;[ -~]*)?", re.ASCII)
_AS_THEY_ARE = (b"", b"7bit", b"8bit", b"binary")
"""Transfer encodings that change nothing; RFC 7578 §4.7 wants no other."""

_Found: TypeAlias = tuple["_Part", bytearray | None]
"""A part, and some of its content; None: there is no more of it."""


async def arriving(headers: Headers, receive: Receive, limit: int) -> AsyncIterator[bytes]:
    """A request's body piece by piece, as long as it stays within its limit.

    Raises `ClientDisconnect`, and `HTTPException` at once where the headers announce too much.
    """
    announced = headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise _too_large(limit)
    received, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        piece = message.get("body", b"")
        received, more = received + len(piece), message.get("more_body", False)
        if received > limit:
            raise _too_large(limit)
        yield piece


def _too_large(limit: int) -> HTTPException:
    return HTTPException(413, f"the request body is larger than the limit of {limit} bytes")


async def parts(
    content_type: str, body: AsyncIterator[bytes], most: int
) -> AsyncGenerator[tuple[str, File], None]:
    """The name and content of each part, once it is complete.

    Raises `HTTPException` for what is not multipart, and for more than `most` parts.
    """
    heard = _Heard(most)
    parser = _parser(content_type, heard)
    async for piece in body:
        with _our_errors():
            parser.write(piece)
        for part, content in heard.taken():
            if content is None:
                yield part.name, part.file()
            else:
                await part.write(content)
    if not heard.ended:
        raise HTTPException(400, "the multipart body has no end: its last boundary is missing")


def _parser(content_type: str, heard: "_Heard") -> MultipartParser:
    """What tells of the parts of a body of that media type."""
    _, options = parse_options_header(content_type)
    if not options.get(b"boundary"):
        raise HTTPException(400, f"the content type {FORM_DATA} needs a boundary")
    with _our_errors():
        return MultipartParser(
            options[b"boundary"],
            {
                "on_part_begin": heard.part_begin,
                "on_header_field": heard.header_field,
                "on_header_value": heard.header_value,
                "on_header_end": heard.header_end,
                "on_headers_finished": heard.headers_finished,
                "on_part_data": heard.part_data,
                "on_part_end": heard.part_end,
                "on_end": heard.end,
            },
            max_header_count=_MOST_HEADERS,
            max_header_size=_LONGEST_HEADER,
        )


@contextmanager
def _our_errors() -> Iterator[None]:
    try:
        yield
    except FormParserError as error:
        raise HTTPException(
            400, f"the body is not {FORM_DATA}, or a part's head is too large"
        ) from error


class _Heard:
    """What a parser has told of, in its own words."""

    # It does not know its parser, or the two would keep each other, and the parts, in memory.

    def __init__(self, most: int) -> None:
        self.ended = False
        self._most = most
        self._found: list[_Found] = []
        self._headers: dict[str, bytes] = {}
        self._name = self._value = b""

    def taken(self) -> list[_Found]:
        """What was found since the last time."""
        found, self._found = self._found, []
        return found

    def part_begin(self) -> None:
        self._headers = {}

    def header_field(self, piece: bytes, start: int, end: int) -> None:
        self._name += piece[start:end]

    def header_value(self, piece: bytes, start: int, end: int) -> None:
        self._value += piece[start:end]

    def header_end(self) -> None:
        self._headers[self._name.decode("latin-1").lower()] = self._value.strip()
        self._name = self._value = b""

    def headers_finished(self) -> None:
        if not self._most:
            raise HTTPException(400, "there are more parts than one request may have")
        self._most -= 1
        self._part = _Part(self._headers)

    def part_data(self, piece: bytes, start: int, end: int) -> None:
        part, content = self._found[-1] if self._found else (None, None)
        if content is None or part is not self._part:
            self._found.append((self._part, bytearray(piece[start:end])))
        else:
            content += piece[start:end]

    def part_end(self) -> None:
        self._found.append((self._part, None))

    def end(self) -> None:
        self.ended = True


class _Part:
    """One part while it arrives."""

    def __init__(self, headers: Mapping[str, bytes]) -> None:
        disposition, options = parse_options_header(headers.get("content-disposition"))
        if disposition != b"form-data" or b"name" not in options:
            raise HTTPException(400, "a part needs a Content-Disposition with its name")
        if headers.get("content-transfer-encoding", b"").lower() not in _AS_THEY_ARE:
            raise HTTPException(400, "a part must not have a Content-Transfer-Encoding")
        self.name = options[b"name"].decode("utf-8", "replace")
        self._file_name = _base(options.get(b"filename", b"").decode("utf-8", "replace"))
        self._media_type = headers.get("content-type", b"").decode("latin-1")
        if self._media_type and not _MEDIA_TYPE.fullmatch(self._media_type):
            raise HTTPException(400, f"the part {self.name!r:.60} has no proper Content-Type")
        self._held = bytearray()
        self._spool: Spool | None = None

    async def write(self, content: bytearray) -> None:
        """Keep what comes next."""
        if self._spool is None:
            self._held += content
            if len(self._held) <= _IN_MEMORY:
                return
            content, self._held = self._held, bytearray()
        try:
            if self._spool is None:
                self._spool = await asyncio.to_thread(Spool)
            await asyncio.to_thread(self._spool.append, content)
        except OSError as error:
            raise HTTPException(503, "there is no room for the file") from error

    def file(self) -> File:
        """The part as a whole."""
        kept = bytes(self._held) if self._spool is None else self._spool
        return File(kept, self._file_name, self._media_type)


def _base(name: str) -> str:
    """`../a\\b.txt` -> `b.txt`: folders are the sender's own affair (RFC 7578 §4.2)."""
    base = name.replace("\\", "/").rpartition("/")[2]
    return "" if base in (".", "..") else base


class Spool:
    """Bytes in a file without a name, which is gone with the last that refers to it."""

    def __init__(self) -> None:
        self.size = 0
        self._file = TemporaryFile(buffering=0)  # noqa: SIM115 - closed with the last reference
        weakref.finalize(self, self._file.close)

    def append(self, content: bytes | bytearray) -> None:
        """Write at the end. Blocks; raises `OSError` where there is no room."""
        rest = memoryview(content)
        while rest:
            rest = rest[self._file.write(rest) :]
        self.size += len(content)

    def whole(self) -> bytes:
        """All of it. Blocks."""
        return b"".join(map(self._read, range(0, self.size, _PIECE)))

    async def pieces(self) -> AsyncIterator[bytes]:
        """All of it bit by bit; several may read at once."""
        for start in range(0, self.size, _PIECE):
            yield await asyncio.to_thread(self._read, start)

    def _read(self, start: int) -> bytes:
        return os.pread(self._file.fileno(), _PIECE, start)
