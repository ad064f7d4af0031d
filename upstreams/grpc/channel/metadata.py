"""Headers as gRPC metadata, and metadata as headers."""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from upstreams.errors import BadInput

Metadata: TypeAlias = tuple[tuple[str, str | bytes], ...]
"""What goes out."""
Received: TypeAlias = Iterable[tuple[str, str | bytes]]
"""What came."""

_KEY = re.compile(r"[0-9a-z_.-]+")
_TEXT = re.compile(r"[\x20-\x7e]*")

_OURS = frozenset(
    [
        *("connection", "content-length", "content-type", "expect", "host", "keep-alive"),
        *("proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "user-agent"),
    ]
)
"""HTTP's own headers: they describe the exchange that carried them, not the call."""


def metadata(headers: Mapping[str, str]) -> Metadata:
    """The headers as gRPC metadata; those that are not a caller's to set are left out.

    The value of a key ending in `-bin` is base64 text. Raises `BadInput` for a value that cannot
    be sent, which is never shown.
    """
    return tuple(_pairs(headers))


def headers(*received: Received | None) -> dict[str, str]:
    """Metadata that came as text, by lower-case keys; binary values as base64.

    The values of a key that came several times are joined by commas, as gRPC has it.
    """
    joined: dict[str, str] = {}
    for part in received:
        for key, value in part or ():
            text = base64.b64encode(value).decode() if isinstance(value, bytes) else value
            joined[key] = f"{joined[key]},{text}" if key in joined else text
    return joined


def _pairs(headers: Mapping[str, str]) -> Iterator[tuple[str, str | bytes]]:
    for name, value in headers.items():
        key = name.lower()
        if not _KEY.fullmatch(key) or key.startswith("grpc-") or key in _OURS:
            continue
        if key.endswith("-bin"):
            yield key, _binary(key, value)
        elif _TEXT.fullmatch(value):
            yield key, value.strip(" ")
        else:
            raise BadInput(f"metadata {key}: only printable ASCII can be sent")


def _binary(key: str, value: str) -> bytes:
    unpadded = value.rstrip("=")
    try:
        return base64.b64decode(unpadded + "=" * (-len(unpadded) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput(f"metadata {key}: its value is not base64") from error
