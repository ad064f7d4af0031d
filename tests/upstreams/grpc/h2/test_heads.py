"""Blocks of headers: what other encoders write is read, and the other way round."""

import string
from contextlib import suppress

import hpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from upstreams.grpc.h2.frames import FaultError
from upstreams.grpc.h2.heads import LARGEST, decoded, encoded, timeout

NAMES = st.text(string.ascii_lowercase + string.digits + "_.", min_size=1, max_size=20).filter(
    lambda name: not name.startswith("grpc") and not name.endswith("-bin") and name != "te"
)
TEXTS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=200)
FIELDS = st.lists(st.tuples(NAMES, TEXTS), max_size=8)


@given(FIELDS, st.booleans())
def test_what_others_encode(fields: list[tuple[str, str]], shortened: bool) -> None:  # noqa: FBT001 - drawn
    """Whatever form an encoder without a table chooses, the fields are the same."""
    encoder = hpack.Encoder()
    encoder.header_table_size = 0

    block = encoder.encode(fields, huffman=shortened)

    assert decoded(block).metadata == tuple(
        (name, value) for name, value in fields if name != "trailer"
    )


@given(FIELDS)
def test_what_others_decode(fields: list[tuple[str, str]]) -> None:
    """What is encoded here is read by others."""
    found = hpack.Decoder().decode(encoded(fields), raw=True)

    assert [(str(name, "ascii"), str(value, "ascii")) for name, value in found] == fields


@given(st.binary(max_size=60))
def test_whatever_comes(block: bytes) -> None:
    """A block that makes no sense is a fault, and nothing else."""
    with suppress(FaultError):
        decoded(block)


@pytest.mark.parametrize(
    ("block", "problem"),
    [
        (b"\xbe", "cannot be read"),  # the first of a table that there is not
        (b"\x80", "cannot be read"),
        (b"\x00\x7f\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "cannot be read"),
        (b"\x00\x05ab", "cannot be read"),
        (b"\x00\x81\x00\x00", "cannot be read"),
        (b"\x90" * (LARGEST // 40), "more headers than anyone needs"),
    ],
)
def test_faults(block: bytes, problem: str) -> None:
    """An index, a number or a text that cannot be, and a small block of many large fields."""
    with pytest.raises(FaultError, match=problem):
        decoded(block)


@pytest.mark.parametrize("value", ["AP8=", "AP8", "AA,/w", "AA== , /w=="])
def test_binary_metadata(value: str) -> None:
    """It is base64, padded or not, in one piece or several."""
    found = decoded(hpack.Encoder().encode([("a-bin", value)], huffman=False))

    assert found.metadata == (("a-bin", b"\x00\xff"),)


def test_binary_metadata_that_is_none() -> None:
    """It stays the text that it is."""
    assert decoded(encoded((("a-bin", "%%"),))).metadata == (("a-bin", "%%"),)


@pytest.mark.parametrize(
    ("status", "meant"), [("0", 0), ("16", 16), ("-1", 2), ("x", 2), ("9999", 2), ("\u0663", 2)]
)
def test_statuses(status: str, meant: int) -> None:
    """What is no number is a status that nobody knows."""
    assert decoded(encoded((("grpc-status", status),))).status == meant


def test_a_message_in_percents() -> None:
    """It is UTF-8; what is not stays readable."""
    assert decoded(encoded((("grpc-message", "m%C3%A9%ff%"),))).message == "mé\ufffd%"


@pytest.mark.parametrize(
    ("seconds", "text"), [(1.5, b"1501m"), (-1, b"1m"), (0.0001, b"1m"), (1e9, b"99999999m")]
)
def test_timeouts(seconds: float, text: bytes) -> None:
    """A timeout has at most eight digits, and is never nothing."""
    assert timeout(seconds).endswith(text)
