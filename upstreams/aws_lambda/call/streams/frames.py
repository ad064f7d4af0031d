"""The event stream that InvokeWithResponseStream answers with.

https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html
https://smithy.io/2.0/aws/amazon-eventstream.html
"""

import struct
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from zlib import crc32

import msgspec

from upstreams.aws_lambda.refusals import MAX_TYPE, UNREADABLE, Failure, failed_with
from upstreams.errors import Malformed, Refused, Unreachable

_PRELUDE = struct.Struct("!III")
"""The length of a frame, that of its headers, and the check of both."""
_CHECK = struct.Struct("!I")
_MAX_HEADERS = 128 * 1024
_FIXED = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""Bytes of a header's value, by its type."""
_BYTES, _STRING = 6, 7


@dataclass(frozen=True, slots=True)
class Frame:
    """One message of an event stream."""

    headers: Mapping[str, str]
    """Those that are text."""
    payload: bytes


async def payloads(pieces: AsyncIterator[bytes], most: int) -> AsyncIterator[bytes]:
    """The chunks of a function's answer, each of at most so many bytes.

    Raises `CallError`: the function's own failure, and a stream that ends without saying so.
    """
    async for frame in frames(pieces, most):
        if frame.headers.get(":message-type") != "event":
            raise _exception(frame.headers)
        kind = frame.headers.get(":event-type")
        if kind == "PayloadChunk":
            yield frame.payload
        elif kind == "InvokeComplete":
            _completed(frame.payload)
            return
    raise Unreachable("the answer broke off")


async def frames(pieces: AsyncIterator[bytes], most: int) -> AsyncIterator[Frame]:
    """The frames of a stream that comes in pieces of any size; `most` is for a payload.

    Raises `Malformed` for what is no such stream, `Unreachable` when it ends within a frame.
    """
    held = bytearray()
    async for piece in pieces:
        held += piece
        while (size := _size(held, most)) and len(held) >= size:
            yield _frame(bytes(held[:size]))
            del held[:size]
    if held:
        raise Unreachable("the answer broke off")


def _size(held: bytearray, most: int) -> int:
    """How many bytes the first frame has; 0 where that is not known yet."""
    if len(held) < _PRELUDE.size:
        return 0
    size, headers, check = _PRELUDE.unpack_from(held)
    if crc32(held[:8]) != check:
        raise Malformed("the answer is not the event stream it should be")
    payload = size - headers - _PRELUDE.size - _CHECK.size
    if headers > _MAX_HEADERS or payload < 0:
        raise Malformed("the answer is not the event stream it should be")
    if payload > most:
        raise Malformed(f"a chunk of the answer is larger than the limit of {most} bytes")
    return int(size)


def _frame(whole: bytes) -> Frame:
    (check,) = _CHECK.unpack_from(whole, len(whole) - _CHECK.size)
    if crc32(whole[: -_CHECK.size]) != check:
        raise Malformed("a chunk of the answer was damaged on its way")
    _, headers, _ = _PRELUDE.unpack_from(whole)
    begin = _PRELUDE.size + headers
    try:
        named = dict(_headers(whole[_PRELUDE.size : begin]))
    except (IndexError, KeyError, UnicodeDecodeError, struct.error) as error:
        raise Malformed("the answer is not the event stream it should be") from error
    return Frame(named, whole[begin : -_CHECK.size])


def _headers(block: bytes) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(block):
        begin, at = at + 1, at + 1 + block[at]
        name, kind = block[begin:at].decode(), block[at]
        at += 1
        if kind in (_BYTES, _STRING):
            (size,) = struct.unpack_from("!H", block, at)
            at += 2
        else:
            size = _FIXED[kind]
        value, at = block[at : at + size], at + size
        if kind == _STRING:
            yield name, value.decode()


class _Completed(msgspec.Struct):
    code: str | None = msgspec.field(name="ErrorCode", default=None)
    details: str | None = msgspec.field(name="ErrorDetails", default=None)


def _completed(payload: bytes) -> None:
    """Raises what the function failed with, if it did."""
    try:
        told = msgspec.json.decode(payload or b"{}", type=_Completed)
    except UNREADABLE as error:
        raise Malformed("the end of the answer cannot be read") from error
    if told.code:
        raise failed_with(_failure(told.code, told.details or ""), told.code)


def _failure(code: str, details: str) -> Failure:
    """The details are the runtime's own report, as JSON, or a sentence."""
    try:
        told = msgspec.json.decode(details, type=Failure)
    except UNREADABLE:
        return Failure(code, details)
    return Failure(told.error_type or code, told.message)


def _exception(headers: Mapping[str, str]) -> Refused:
    """AWS's own failure in the middle of a stream."""
    named = headers.get(":exception-type") or headers.get(":error-code") or "unknown"
    return Refused(
        "Lambda ended the answer with an error of its own",
        status=named[:MAX_TYPE],
        retryable=True,
        details={"errorType": named[:MAX_TYPE]},
    )
