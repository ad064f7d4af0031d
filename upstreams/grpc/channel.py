"""The way to a gRPC backend: its channel, and the metadata that goes with every call."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping

import grpc
from grpc import aio

from upstreams.errors import BadInput
from upstreams.grpc.model import Settings

Metadata = tuple[tuple[str, str | bytes], ...]

_KEY = re.compile(r"[0-9a-z_.-]+")
_TEXT = re.compile(r"[\x20-\x7e]*")

_OURS = frozenset(
    [
        *("connection", "content-length", "content-type", "expect", "host", "keep-alive"),
        *("proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "user-agent"),
    ]
)
"""HTTP's own headers: they describe the exchange that carried them, not the call."""


def open_channel(settings: Settings, *, max_message: int) -> aio.Channel:
    """A channel to the backend, for the running loop; it connects when first used.

    A message larger than `max_message` bytes is not read.
    """
    options = (
        ("grpc.max_receive_message_length", max_message),
        ("grpc.max_send_message_length", -1),
        ("grpc.enable_http_proxy", 0),
    )
    if settings.tls:
        return aio.secure_channel(settings.grpc, grpc.ssl_channel_credentials(), options)
    return aio.insecure_channel(settings.grpc, options)


def metadata(headers: Mapping[str, str]) -> Metadata:
    """The headers as gRPC metadata; those that are not a caller's to set are left out.

    The value of a key ending in `-bin` is base64 text. Raises `BadInput` for a value that cannot
    be sent, which is never shown.
    """
    return tuple(_pairs(headers))


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
