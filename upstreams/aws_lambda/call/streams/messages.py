"""The chunks of a streamed answer as messages, by what the function says it sends.

| declared as       | content type                            | a message is                     |
|-------------------|-----------------------------------------|----------------------------------|
| Bytes             | any                                     | a chunk                          |
| String            | any but the streams of events and lines | a chunk, as text                 |
| anything          | x-ndjson, jsonl, json-lines, json-seq   | the JSON of a line               |
|                   | text/event-stream                       | the data of an event             |
|                   | application/json, +json                 | the whole, as JSON               |
|                   | text/*                                  | a chunk, as text                 |
|                   | none that says anything                 | the JSON of a line where the     |
|                   |                                         | first begins with `{` or `[`,    |
|                   |                                         | otherwise a chunk, as text       |
"""

import codecs
import re
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from typing import Any, TypeAlias

import msgspec

from upstreams.aws_lambda.refusals import UNREADABLE, refusal_by_url
from upstreams.errors import Malformed
from upstreams.model import Scalar, ScalarKind, TypeRef, nullable
from upstreams.transport import Response

PRELUDE = "application/vnd.awslambda.http-integration-response"
"""The content type of an answer that begins with an HTTP status and headers, as JSON."""
_AFTER_PRELUDE = b"\0" * 8
_MAX_PRELUDE = 64 * 1024

_LINES = re.compile(r"application/(x-)?(ndjson|jsonl|jsonlines|json-lines|json-seq)")
_JSON = re.compile(r"application/json|.*\+json")
_NOTHING_SAID = ("", "application/octet-stream", "application/vnd.amazon.eventstream", PRELUDE)
_DECODER = msgspec.json.Decoder(float_hook=Decimal)

Chunks: TypeAlias = AsyncIterator[bytes]
_Reader: TypeAlias = Callable[[Chunks, int], AsyncIterator[Any]]


async def messages(
    chunks: Chunks, content_type: str, item: TypeRef, most: int
) -> AsyncIterator[Any]:
    """The messages, each of the type `item` and of at most `most` bytes. Raises `CallError`."""
    chunks, media_type = await _begun(chunks, content_type)
    async for message in _reader(media_type, nullable(item))(chunks, most):
        yield message


def _reader(media_type: str, item: TypeRef) -> _Reader:
    if item == Scalar(ScalarKind.BYTES):
        return _bytes
    if _LINES.fullmatch(media_type):
        return _json_lines
    if media_type == "text/event-stream":
        return _events
    if item == Scalar(ScalarKind.STRING) or media_type.startswith("text/"):
        return _texts
    if _JSON.fullmatch(media_type):
        return _whole
    return _guessed if media_type in _NOTHING_SAID else _texts


async def _begun(chunks: Chunks, content_type: str) -> tuple[Chunks, str]:
    """The content, and its media type, which may stand before it."""
    media_type = _essence(content_type)
    if media_type not in _NOTHING_SAID:
        return chunks, media_type
    if media_type == PRELUDE:
        first = await _first(chunks, lambda held: _AFTER_PRELUDE in held, _MAX_PRELUDE)
    else:
        first = await _first(chunks, bool, 1)
    head, mark, rest = first.partition(_AFTER_PRELUDE)
    if not (mark and head.startswith(b"{")):
        return _after(first, chunks), media_type
    return _after(rest, chunks), _said(head)


class _Prelude(msgspec.Struct):
    status: int = msgspec.field(name="statusCode", default=200)
    headers: dict[str, Any] = {}


def _said(head: bytes) -> str:
    """The media type that a prelude names. Raises `Refused` for a status that is a failure."""
    try:
        prelude = msgspec.json.decode(head, type=_Prelude)
    except UNREADABLE as error:
        raise Malformed("what the streamed answer begins with cannot be read") from error
    if not 200 <= prelude.status < 300:
        raise refusal_by_url(Response(prelude.status, (), b""))
    named = (value for name, value in prelude.headers.items() if name.lower() == "content-type")
    return _essence(str(next(named, "")))


def _essence(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


async def _first(chunks: Chunks, enough: Callable[[bytes], object], most: int) -> bytes:
    """What comes first, until it is enough, has `most` bytes, or nothing more comes."""
    held = b""
    while not enough(held) and len(held) < most:
        more = await anext(chunks, None)
        if more is None:
            break
        held += more
    return held


async def _after(first: bytes, chunks: Chunks) -> AsyncIterator[bytes]:
    if first:
        yield first
    async for chunk in chunks:
        yield chunk


async def _bytes(chunks: Chunks, _most: int) -> AsyncIterator[bytes]:
    async for chunk in chunks:
        if chunk:
            yield chunk


async def _texts(chunks: Chunks, _most: int) -> AsyncIterator[str]:
    """A letter that two chunks share goes with the second."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        async for chunk in chunks:
            if text := decoder.decode(chunk):
                yield text
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise Malformed("the streamed answer is not UTF-8 text") from error


async def _guessed(chunks: Chunks, most: int) -> AsyncIterator[Any]:
    first = await _first(chunks, bytes.strip, most)
    read = _json_lines if first.lstrip()[:1] in (b"{", b"[") else _texts
    async for message in read(_after(first, chunks), most):
        yield message


async def _whole(chunks: Chunks, most: int) -> AsyncIterator[Any]:
    held = bytearray()
    async for chunk in chunks:
        held += chunk
        if len(held) > most:
            raise _too_large(most)
    if held.strip():
        yield _value(bytes(held))


async def _json_lines(chunks: Chunks, most: int) -> AsyncIterator[Any]:
    async for line in _lines(chunks, most):
        # json-seq begins each with a record separator (RFC 7464).
        if text := line.strip(b"\x1e \t\r"):
            yield _value(text)


async def _events(chunks: Chunks, most: int) -> AsyncIterator[Any]:
    """The data of server-sent events, as JSON where it is any.

    https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
    """
    held: list[bytes] = []
    size = 0
    async for line in _lines(chunks, most):
        field, _, value = line.rstrip(b"\r").partition(b":")
        if field == b"data":
            held.append(value.removeprefix(b" "))
            size += len(value)
        if size > most:
            raise _too_large(most)
        if not line.rstrip(b"\r") and held:
            yield _value_or_text(b"\n".join(held))
            held, size = [], 0


async def _lines(chunks: Chunks, most: int) -> AsyncIterator[bytes]:
    """The lines, each of at most `most` bytes; the last may lack its end."""
    held = bytearray()
    async for chunk in chunks:
        *ended, rest = chunk.split(b"\n")
        for line in ended:
            yield bytes(held + line)
            held.clear()
        held += rest
        if len(held) > most:
            raise _too_large(most)
    if held:
        yield bytes(held)


def _value(text: bytes) -> Any:
    try:
        return _DECODER.decode(text)
    except UNREADABLE as error:
        raise Malformed("a message of the streamed answer is not JSON") from error


def _value_or_text(text: bytes) -> Any:
    try:
        return _DECODER.decode(text)
    except UNREADABLE:
        return text.decode(errors="replace")


def _too_large(most: int) -> Malformed:
    return Malformed(f"a message of the answer is larger than the limit of {most} bytes")
