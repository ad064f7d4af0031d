"""Pure: how calls end, by what came of an answer.

See https://github.com/grpc/grpc/blob/master/doc/statuscodes.md and, for answers that are not
gRPC's, https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md.
"""

import struct
import zlib
from collections.abc import Mapping
from typing import Final, NamedTuple

from upstreams.grpc.h2 import frames
from upstreams.grpc.h2.heads import Head, Pairs

OK: Final = 0
CANCELLED: Final = 1
UNKNOWN: Final = 2
DEADLINE_EXCEEDED: Final = 4
PERMISSION_DENIED: Final = 7
RESOURCE_EXHAUSTED: Final = 8
UNIMPLEMENTED: Final = 12
INTERNAL: Final = 13
UNAVAILABLE: Final = 14
UNAUTHENTICATED: Final = 16

PREFIX = struct.Struct(">BI")
"""Of a message: whether it is compressed, and its size."""
TOO_LARGE = "CLIENT: Received message larger than max"
"""As grpc's core says it."""

_BY_HTTP: Mapping[int, int] = {
    400: INTERNAL,
    401: UNAUTHENTICATED,
    403: PERMISSION_DENIED,
    404: UNIMPLEMENTED,
    **dict.fromkeys((429, 502, 503, 504), UNAVAILABLE),
}
_BY_RESET: Mapping[int, int] = {
    frames.REFUSED_STREAM: UNAVAILABLE,
    frames.CANCEL: CANCELLED,
    frames.ENHANCE_YOUR_CALM: RESOURCE_EXHAUSTED,
    0xC: PERMISSION_DENIED,  # INADEQUATE_SECURITY
}
_FOLDED = {"gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


class Ended(NamedTuple):
    """How a call ended."""

    status: int
    details: str = ""
    message: bytes = b""
    """The answer, where the status is OK."""
    initial: Pairs = ()
    trailing: Pairs = ()
    seen: bool = True
    """False where the backend surely did nothing of what it was asked."""
    answered: bool = False
    """Whether an answer had begun."""


def unseen(details: str) -> Ended:
    """The end of a call that the backend did not look at."""
    return Ended(UNAVAILABLE, details, seen=False)


def reset(code: int) -> Ended:
    """The end of a call that the backend breaks off by RST_STREAM."""
    status = _BY_RESET.get(code, INTERNAL)
    return Ended(status, f"RST_STREAM with {code}", seen=code != frames.REFUSED_STREAM)


def foreign(head: Head) -> Ended | None:
    """The end of a call whose answer is not gRPC's; None where it is."""
    if head.http_status != 200:
        status = _BY_HTTP.get(head.http_status, UNKNOWN)
        return Ended(status, f"HTTP status {head.http_status}", trailing=head.metadata)
    if head.content_type.startswith("application/grpc"):
        return None
    return Ended(UNKNOWN, "an answer that is not gRPC's", trailing=head.metadata)


def ended(head: Head | None, trailers: Head, received: bytearray, limit: int) -> Ended:
    """The end of a call with trailers; without a head before them they are all that came."""
    if trailers.status is None:
        strange = foreign(trailers) if head is None else None
        return strange or Ended(UNKNOWN, "an answer without a status", trailing=trailers.metadata)
    message = b""
    if trailers.status == OK:
        found = _message(head.encoding if head else "", received, limit)
        if isinstance(found, Ended):
            return found
        message = found
    return Ended(
        trailers.status,
        trailers.message,
        message,
        head.metadata if head else (),
        trailers.metadata,
        answered=head is not None,
    )


def _message(encoding: str, received: bytearray, limit: int) -> bytes | Ended:
    """The one message of an answer; or how the call ends where it is not."""
    if not received:
        return Ended(UNIMPLEMENTED, "an answer without a message")
    if len(received) < PREFIX.size:
        return Ended(INTERNAL, "an answer that breaks off")
    compressed, size = PREFIX.unpack_from(received)
    if len(received) != PREFIX.size + size:
        return Ended(INTERNAL, "an answer that breaks off")
    message = bytes(memoryview(received)[PREFIX.size :])
    return _unfolded(encoding, message, limit) if compressed else message


def _unfolded(encoding: str, message: bytes, limit: int) -> bytes | Ended:
    if encoding not in _FOLDED:
        return Ended(INTERNAL, "a message that is compressed in no known way")
    unfolding = zlib.decompressobj(_FOLDED[encoding])
    try:
        unfolded = unfolding.decompress(message, limit + 1)
    except zlib.error:
        return Ended(INTERNAL, "a message that cannot be decompressed")
    if len(unfolded) > limit:
        return Ended(RESOURCE_EXHAUSTED, TOO_LARGE)
    return unfolded if unfolding.eof else Ended(INTERNAL, "a message that breaks off")
