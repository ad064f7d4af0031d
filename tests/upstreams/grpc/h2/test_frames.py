"""Frames come in pieces of any size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upstreams.grpc.h2.frames import LARGEST, MOST, FaultError, Splitter, frame

FRAMES = st.lists(
    st.tuples(
        st.integers(0, 255), st.integers(0, 255), st.integers(0, MOST), st.binary(max_size=40)
    ),
    max_size=6,
)


@given(FRAMES, st.data())
def test_pieces(frames: list[tuple[int, int, int, bytes]], data: st.DataObject) -> None:
    """However the bytes are cut, the frames are the same."""
    whole = b"".join(frame(*each) for each in frames)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    splitter = Splitter()

    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    found = [one for piece in pieces for one in splitter.frames(piece)]

    assert found == frames


def test_a_frame_that_is_too_large() -> None:
    """It is a fault as soon as its size is known."""
    with pytest.raises(FaultError, match="larger than was allowed"):
        list(Splitter().frames(frame(0, 0, 1, bytes(LARGEST + 1))[:9]))
