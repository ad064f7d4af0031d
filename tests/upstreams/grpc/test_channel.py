"""Which headers become metadata, and how."""

import pytest

from upstreams.errors import BadInput
from upstreams.grpc.channel import metadata


@pytest.mark.parametrize(
    ("headers", "sent"),
    [
        ({"X-Key": "v"}, (("x-key", "v"),)),
        ({"trace.id_1": " v "}, (("trace.id_1", "v"),)),
        ({"t-bin": "AP8="}, (("t-bin", b"\x00\xff"),)),
        ({"t-bin": "AP8"}, (("t-bin", b"\x00\xff"),)),
        ({"t-bin": ""}, (("t-bin", b""),)),
        ({"grpc-timeout": "1S", "te": "trailers", "Content-Type": "x", ":path": "/"}, ()),
        ({"bad key": "v", "bad\r\nkey": "v", "": "v", "\u00e9": "v"}, ()),
    ],
)
def test_metadata(headers: dict[str, str], sent: tuple[tuple[str, str | bytes], ...]) -> None:
    """Keys are lower-case, `-bin` values base64; names that are not a caller's are left out."""
    assert metadata(headers) == sent


@pytest.mark.parametrize("headers", [{"t-bin": "%%"}, {"t-bin": "A"}, {"k": "a\nb"}])
def test_values_that_cannot_be_sent(headers: dict[str, str]) -> None:
    """A value that is no metadata is refused by its key."""
    with pytest.raises(BadInput, match=next(iter(headers))):
        metadata(headers)
