"""Pure: blocks of headers, without a table that would be kept (RFC 7541)."""

import base64
import binascii
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias
from urllib.parse import unquote

import hpack
from hpack.huffman_table import decode_huffman
from hpack.table import HeaderTable

from upstreams.grpc.h2.frames import COMPRESSION_ERROR, ENHANCE_YOUR_CALM, FaultError

Pairs: TypeAlias = tuple[tuple[str, str | bytes], ...]
"""Metadata; the values of keys in `-bin` are bytes."""

NO_TABLE: Final = b"\x20"
"""Begins the first block of a connection: our table has no room, whatever theirs could have."""
LARGEST: Final = 65_536
"""How many bytes headers may have, decoded."""

_REMEMBERED = 1024
"""The largest block that is remembered."""
_POST = b"\x83"
_SCHEMES = {False: b"\x86", True: b"\x87"}
_LITERAL, _NEVER = b"\x00", b"\x10"
_PATH, _AUTHORITY = b"\x04", b"\x01"
_SECRET = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key"})
"""What no one on the way may keep in a table either."""

_INDEXED, _KEPT, _NEW_SIZE = 0x80, 0x40, 0x20
"""How the representations of fields begin (RFC 7541 §6)."""
_SHIFTS = range(0, 28, 7)
"""Of the bytes that a number may go on for: 2**28 is more than any."""
_OVERHEAD = 32
"""What a field counts for beside its name and value (RFC 9113 §6.5.2)."""

_OF_HTTP = frozenset({"content-type", "te", "trailer"})
_OF_GRPC = frozenset(
    [
        *("grpc-status", "grpc-message", "grpc-encoding", "grpc-accept-encoding"),
        *("grpc-internal-encoding-request", "grpc-internal-stream-encoding-request"),
    ]
)
_TIMEOUT = b"\x00\x0cgrpc-timeout"
"""A field that is literal, and its name after that name's length."""


class Head(NamedTuple):
    """One block of headers, understood."""

    http_status: int
    """0 where there is none, as in trailers."""
    content_type: str
    encoding: str
    """How messages are compressed; empty for not at all."""
    status: int | None
    """gRPC's, in what ends a stream."""
    message: str
    metadata: Pairs


def request(path: str, authority: str, *, secure: bool) -> bytes:
    """The headers that all calls of a method share."""
    return b"".join(
        [
            *(_POST, _SCHEMES[secure]),
            *(_PATH, _text(path.encode()), _AUTHORITY, _text(authority.encode())),
            encoded(
                (
                    ("te", "trailers"),
                    ("content-type", "application/grpc"),
                    ("user-agent", "grpc-python-splice"),
                    ("grpc-accept-encoding", "identity,deflate,gzip"),
                )
            ),
        ]
    )


def encoded(pairs: Iterable[tuple[str, str | bytes]]) -> bytes:
    """Metadata as literals."""
    return b"".join(
        (_NEVER if key in _SECRET else _LITERAL)
        + _text(key.encode())
        + _text(value.encode() if isinstance(value, str) else base64.b64encode(value).rstrip(b"="))
        for key, value in pairs
    )


def timeout(seconds: float) -> bytes:
    """The header that tells a backend how long its caller waits."""
    milliseconds = max(1, int(min(seconds * 1000 + 1, 99_999_999)))
    return _TIMEOUT + _text(b"%dm" % milliseconds)


def decoded(block: bytes) -> Head:
    """What a block says. Raises `FaultError`."""
    return _remembered(block) if len(block) <= _REMEMBERED else _decoded(block)


def _decoded(block: bytes) -> Head:
    try:
        return _head(tuple(_fields(block)))
    except (IndexError, hpack.HPACKError) as error:
        raise FaultError(COMPRESSION_ERROR, "headers that cannot be read") from error


_remembered = lru_cache(maxsize=512)(_decoded)


def _fields(block: bytes) -> Iterator[tuple[str, bytes]]:
    """The fields in a block (RFC 7541 §6). Raises `IndexError`, `HPACKError` and `FaultError`."""
    at = size = 0
    while at < len(block):
        first = block[at]
        if first & 0xE0 == _NEW_SIZE:
            # We keep no table, whatever its size.
            _, at = _integer(block, at, 5)
            continue
        if first & _INDEXED:
            index, at = _integer(block, at, 7)
            name, value = _known(index)
        else:
            index, at = _integer(block, at, 6 if first & _KEPT else 4)
            name, at = (_known(index)[0], at) if index else _literal(block, at)
            value, at = _literal(block, at)
        size += len(name) + len(value) + _OVERHEAD
        if size > LARGEST:
            raise FaultError(ENHANCE_YOUR_CALM, "more headers than anyone needs")
        yield name.decode("latin-1"), value


def _known(index: int) -> tuple[bytes, bytes]:
    if not index:
        raise IndexError
    name, value = HeaderTable.STATIC_TABLE[index - 1]
    return name, value


def _integer(block: bytes, at: int, bits: int) -> tuple[int, int]:
    """A number that begins in the lowest bits of a byte, and where it ends (RFC 7541 §5.1)."""
    most = (1 << bits) - 1
    value = block[at] & most
    at += 1
    if value < most:
        return value, at
    for shift in _SHIFTS:
        more = block[at]
        at += 1
        value += (more & 0x7F) << shift
        if not more & 0x80:
            return value, at
    raise IndexError


def _literal(block: bytes, at: int) -> tuple[bytes, int]:
    """A text, and where it ends (RFC 7541 §5.2)."""
    shortened = block[at] & 0x80
    size, at = _integer(block, at, 7)
    end = at + size
    if end > len(block):
        raise IndexError
    text = block[at:end]
    return (_lengthened(text) if shortened else text), end


@lru_cache(maxsize=512)
def _lengthened(text: bytes) -> bytes:
    """What a text says that is in Huffman's code."""
    found: bytes = decode_huffman(text)
    return found


def _head(fields: Sequence[tuple[str, bytes]]) -> Head:
    # Of headers that may come once, the last counts, as in grpc's core.
    known = {name: str(value, "latin-1") for name, value in fields}
    return Head(
        http_status=_number(known.get(":status", "")) or 0,
        content_type=known.get("content-type", ""),
        encoding=known.get("grpc-encoding", "").replace("identity", ""),
        status=_number(known["grpc-status"], 2) if "grpc-status" in known else None,
        message=unquote(known.get("grpc-message", "")),
        metadata=tuple(
            (name, _value(name, value))
            for name, value in fields
            if name not in _OF_HTTP and name not in _OF_GRPC and not name.startswith(":")
        ),
    )


def _number(text: str, otherwise: int | None = None) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else otherwise


def _value(name: str, value: bytes) -> str | bytes:
    if not name.endswith("-bin"):
        return value.decode("latin-1")
    try:
        return b"".join(
            base64.b64decode(each + b"=" * (-len(each) % 4), validate=True)
            for each in (part.strip().rstrip(b"=") for part in value.split(b","))
        )
    except binascii.Error:
        return value.decode("latin-1")


def _text(value: bytes) -> bytes:
    """A text as it is, after its length (RFC 7541 §5.1, §5.2)."""
    size = len(value)
    if size < 0x7F:
        return bytes((size,)) + value
    more = bytearray((0x7F,))
    size -= 0x7F
    while size >= 0x80:
        more.append(size & 0x7F | 0x80)
        size >>= 7
    more.append(size)
    return bytes(more) + value
