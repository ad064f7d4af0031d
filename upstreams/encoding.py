"""Content codings of HTTP (RFC 9110 §8.4.1), undone within a limit.

A coded body that is broken off, foreign, or unfolds beyond the limit is `Malformed`.
"""

import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import brotli

from upstreams.errors import Malformed

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ACCEPTED = "gzip, deflate, br, zstd"
"""What a request may say it accepts."""

_GZIP = 16 + zlib.MAX_WBITS
_PIECE = 1024 * 1024


class _Decoder(Protocol):
    """What zlib and zstd agree on."""

    eof: bool
    unused_data: bytes

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def decoded(body: bytes, codings: str, limit: int) -> bytes:
    """The content of a body under a `Content-Encoding` such as `gzip` or `deflate, br`.

    Raises `Malformed`, also when the content has more than `limit` bytes.
    """
    for coding in reversed([one.strip().lower() for one in codings.split(",") if one.strip()]):
        undo = _CODINGS.get(coding)
        if undo is None:
            raise Malformed(f"the answer is in an encoding that is not known: {coding:.40}")
        body = undo(body, limit)
    return body


def _identity(body: bytes, _limit: int) -> bytes:
    return body


def _gunzipped(body: bytes, limit: int) -> bytes:
    return _unfolded(body, limit, lambda: zlib.decompressobj(_GZIP))


def _inflated(body: bytes, limit: int) -> bytes:
    """`deflate` means a zlib stream; some servers send a bare one (RFC 9110 §8.4.1.2)."""
    try:
        return _unfolded(body, limit, zlib.decompressobj)
    except Malformed:
        if body[0] & 0x0F == zlib.DEFLATED and int.from_bytes(body[:2], "big") % 31 == 0:
            raise
    return _unfolded(body, limit, lambda: zlib.decompressobj(-zlib.MAX_WBITS))


def _unzstd(body: bytes, limit: int) -> bytes:
    return _unfolded(body, limit, zstd.ZstdDecompressor)


def _unfolded(body: bytes, limit: int, decoder: Callable[[], Any]) -> bytes:
    """The content of every member; gzip and zstd may have several in a row."""
    pieces: list[bytes] = []
    size = 0
    while body:
        one: _Decoder = decoder()
        for piece in _pieces(one, body):
            size += len(piece)
            if size > limit:
                raise _too_large(limit)
            pieces.append(piece)
        body = one.unused_data
    return b"".join(pieces)


def _pieces(one: _Decoder, body: bytes) -> Iterator[bytes]:
    """The content of one member, a piece at a time, so that a bomb is noticed early."""
    while not one.eof:
        try:
            piece = one.decompress(body, _PIECE)
        except (zlib.error, zstd.ZstdError) as error:
            raise Malformed("the answer is not in the encoding it names") from error
        # zlib hands back what it has not read yet, zstd keeps it.
        body = getattr(one, "unconsumed_tail", b"")
        if not piece and not body and not one.eof:
            raise Malformed("the answer broke off inside its encoding")
        yield piece


def _unbrotlied(body: bytes, limit: int) -> bytes:
    if not body:
        return b""
    decoder = brotli.Decompressor()
    try:
        content = bytes(decoder.process(body, output_buffer_limit=limit + 1))
        if len(content) > limit or not decoder.can_accept_more_data():
            raise _too_large(limit)
    except brotli.error as error:
        raise Malformed("the answer is not in the encoding it names") from error
    if not decoder.is_finished():
        raise Malformed("the answer broke off inside its encoding")
    return content


def _too_large(limit: int) -> Malformed:
    return Malformed(f"the answer is larger than the limit of {limit} bytes")


_CODINGS: Mapping[str, Callable[[bytes, int], bytes]] = {
    "identity": _identity,
    "gzip": _gunzipped,
    "x-gzip": _gunzipped,
    "deflate": _inflated,
    "br": _unbrotlied,
    "zstd": _unzstd,
}
