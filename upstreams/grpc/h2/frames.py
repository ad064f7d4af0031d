"""Pure: frames of HTTP/2 as they are on the wire (RFC 9113 §4, §6, §7)."""

import struct
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
LARGEST: Final = 16_384
"""The largest payload that we take, which is the least that may be allowed."""
MOST: Final = 2**31 - 1
"""The largest window, and the last stream."""
WINDOW: Final = 65_535
"""Every window, until it is said otherwise."""

DATA: Final = 0
HEADERS: Final = 1
PRIORITY: Final = 2
RST_STREAM: Final = 3
SETTINGS: Final = 4
PUSH_PROMISE: Final = 5
PING: Final = 6
GOAWAY: Final = 7
WINDOW_UPDATE: Final = 8
CONTINUATION: Final = 9

ACK: Final = 0x1
END_STREAM: Final = 0x1
END_HEADERS: Final = 0x4
PADDED: Final = 0x8
WITH_PRIORITY: Final = 0x20

HEADER_TABLE_SIZE: Final = 1
ENABLE_PUSH: Final = 2
MAX_CONCURRENT_STREAMS: Final = 3
INITIAL_WINDOW_SIZE: Final = 4
MAX_FRAME_SIZE: Final = 5
MAX_HEADER_LIST_SIZE: Final = 6

NO_ERROR: Final = 0
PROTOCOL_ERROR: Final = 1
INTERNAL_ERROR: Final = 2
FLOW_CONTROL_ERROR: Final = 3
FRAME_SIZE_ERROR: Final = 6
REFUSED_STREAM: Final = 7
CANCEL: Final = 8
COMPRESSION_ERROR: Final = 9
ENHANCE_YOUR_CALM: Final = 11

Frame: TypeAlias = tuple[int, int, int, bytes]
"""Its type, its flags, its stream (0: the connection), its payload."""

_HEAD = struct.Struct(">HBBBI")
_SETTING = struct.Struct(">HI")
_NUMBER = struct.Struct(">I")


class FaultError(Exception):
    """The other side does not speak HTTP/2 as it should: the connection is of no more use."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """A frame; the payload must be as small as the other side wants."""
    size = len(payload)
    return _HEAD.pack(size >> 8, size & 0xFF, kind, flags, stream) + payload


def settings(given: Mapping[int, int]) -> bytes:
    """A SETTINGS frame."""
    pairs = (_SETTING.pack(name, value) for name, value in given.items())
    return frame(SETTINGS, 0, 0, b"".join(pairs))


def settings_in(payload: bytes) -> Iterator[tuple[int, int]]:
    """What a SETTINGS frame says. Raises `FaultError`."""
    if len(payload) % _SETTING.size:
        raise FaultError(FRAME_SIZE_ERROR, "a SETTINGS frame of no whole settings")
    return _SETTING.iter_unpack(payload)


def window_update(stream: int, by: int) -> bytes:
    """A WINDOW_UPDATE frame."""
    return frame(WINDOW_UPDATE, 0, stream, _NUMBER.pack(by))


def reset(stream: int, code: int) -> bytes:
    """A RST_STREAM frame."""
    return frame(RST_STREAM, 0, stream, _NUMBER.pack(code))


def goaway(code: int) -> bytes:
    """A GOAWAY frame; no stream was ever taken from the other side."""
    return frame(GOAWAY, 0, 0, struct.pack(">II", 0, code))


def number(payload: bytes, at: int = 0) -> int:
    """A 32-bit number in a payload. Raises `FaultError`."""
    if len(payload) < at + _NUMBER.size:
        raise FaultError(FRAME_SIZE_ERROR, "a frame that is too small")
    found: int = _NUMBER.unpack_from(payload, at)[0]
    return found


def unpadded(flags: int, payload: bytes) -> bytes:
    """The payload without its padding. Raises `FaultError`."""
    if not flags & PADDED:
        return payload
    if not payload or payload[0] >= len(payload):
        raise FaultError(PROTOCOL_ERROR, "more padding than payload")
    return payload[1 : len(payload) - payload[0]]


class Splitter:
    """Makes frames of bytes as they come."""

    def __init__(self, largest: int = LARGEST) -> None:
        """`largest` is what the other side was allowed."""
        self._largest = largest
        self._rest = b""

    def frames(self, data: bytes) -> Iterator[Frame]:
        """The frames that are complete with these bytes. Raises `FaultError`."""
        data = self._rest + data if self._rest else data
        at, end = 0, len(data)
        while end - at >= _HEAD.size:
            high, low, kind, flags, stream = _HEAD.unpack_from(data, at)
            size = high << 8 | low
            if size > self._largest:
                raise FaultError(FRAME_SIZE_ERROR, "a frame larger than was allowed")
            begin = at + _HEAD.size
            if begin + size > end:
                break
            at = begin + size
            yield kind, flags, stream & MOST, data[begin:at]
        self._rest = data[at:]
