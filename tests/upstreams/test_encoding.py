"""Content codings: undone exactly, within a limit, or refused."""

import gzip
import zlib
from collections.abc import Callable

import brotli
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from upstreams.encoding import ACCEPTED, decoded
from upstreams.errors import Malformed

MIB = 1024 * 1024


def bare(content: bytes) -> bytes:
    """A deflate stream without zlib's wrapping."""
    folder = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return folder.compress(content) + folder.flush()


CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
}
EVERY = [*CODINGS.items(), ("deflate", bare), ("X-GZip", gzip.compress)]
NAMES = ["gzip", "deflate", "br", "zstd", "deflate-bare", "x-gzip"]


@pytest.mark.parametrize(("name", "encode"), EVERY, ids=NAMES)
@given(content=st.binary(max_size=2000))
def test_a_body_is_what_it_was(name: str, encode: Callable[[bytes], bytes], content: bytes) -> None:
    """Encoding and undoing gives the content, whatever it is."""
    assert decoded(encode(content), name, MIB) == content


@pytest.mark.parametrize(("name", "encode"), EVERY, ids=NAMES)
def test_a_body_that_breaks_off_is_malformed(name: str, encode: Callable[[bytes], bytes]) -> None:
    """Half of it is never taken for the whole."""
    whole = encode(bytes(range(256)) * 20)

    for cut in (1, len(whole) // 2, len(whole) - 1):
        with pytest.raises(Malformed):
            decoded(whole[:cut], name, MIB)


@pytest.mark.parametrize(("name", "encode"), EVERY, ids=NAMES)
def test_a_bomb_is_malformed(name: str, encode: Callable[[bytes], bytes]) -> None:
    """What unfolds beyond the limit is refused; what just fits is not."""
    bomb = encode(bytes(4 * MIB))

    with pytest.raises(Malformed, match="larger than the limit"):
        decoded(bomb, name, 4 * MIB - 1)
    assert len(decoded(bomb, name, 4 * MIB)) == 4 * MIB


@pytest.mark.parametrize("name", CODINGS)
def test_what_is_not_in_the_encoding_it_names_is_malformed(name: str) -> None:
    """Plain text under a coding's name."""
    with pytest.raises(Malformed):
        decoded(b'{"plain": "text"}', name, MIB)


def test_several_codings_are_undone_from_the_last() -> None:
    """In the reverse of the order they were applied in; identity changes nothing."""
    body = brotli.compress(gzip.compress(b"content"))

    assert decoded(body, "identity, gzip, br", MIB) == b"content"


def test_several_members_are_one_body() -> None:
    """Two gzip members in a row are one content (RFC 1952 §2.2)."""
    assert decoded(gzip.compress(b"one ") + gzip.compress(b"two"), "gzip", MIB) == b"one two"


def test_a_coding_nobody_knows_is_named() -> None:
    """The answer cannot be read, and the reason says why."""
    with pytest.raises(Malformed, match="not known: compress"):
        decoded(b"", "compress", MIB)


def test_what_is_accepted_can_be_undone() -> None:
    """Every coding a request offers is one we know."""
    assert {name.strip() for name in ACCEPTED.split(",")} == set(CODINGS)
