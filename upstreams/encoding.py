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
    wrapped = (
        len(body) > 1 and body[0] & 0x0F == zlib.DEFLATED and not (body[0] << 8 | body[1]) % 31
    )
    bits = zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS
    return _unfolded(body, limit, lambda: zlib.decompressobj(bits))


def _unzstd(body: bytes, limit: int) -> bytes:
    return _unfolded(body, limit, zstd.ZstdDecompressor)


def _unfolded(body: bytes, limit: int, decoder: Callable[[], Any]) -> bytes:
    return b"".join(_members(body, limit, decoder)) if body else b""


def _members(body: bytes, limit: int, decoder: Callable[[], Any]) -> Iterator[bytes]:
    """The content of each member; gzip and zstd may have several in a row."""
    while body:
        one: _Decoder = decoder()
        try:
            piece = one.decompress(body, limit + 1)
        except (zlib.error, zstd.ZstdError) as error:
            raise Malformed("the answer is not in the encoding it names") from error
        limit -= len(piece)
        if limit < 0:
            raise _too_large()
        if not one.eof:
            raise Malformed("the answer broke off inside its encoding")
        yield piece
        body = one.unused_data


def _unbrotlied(body: bytes, limit: int) -> bytes:
    if not body:
        return b""
    decoder = brotli.Decompressor()
    try:
        content = bytes(decoder.process(body, output_buffer_limit=limit + 1))
        if len(content) > limit or not decoder.can_accept_more_data():
            raise _too_large()
    except brotli.error as error:
        raise Malformed("the answer is not in the encoding it names") from error
    if not decoder.is_finished():
        raise Malformed("the answer broke off inside its encoding")
    return content


def _too_large() -> Malformed:
    return Malformed("the answer unfolds to more than the limit")


_CODINGS: Mapping[str, Callable[[bytes, int], bytes]] = {
    "identity": _identity,
    "gzip": _gunzipped,
    "x-gzip": _gunzipped,
    "deflate": _inflated,
    "br": _unbrotlied,
    "zstd": _unzstd,
}
