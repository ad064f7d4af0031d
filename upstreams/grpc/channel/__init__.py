"""The way to a gRPC backend: where it is, who it must be, and what a channel does by itself.

Read in this order: `service_config` (spreading and retries), `metadata` (what goes with a call).
"""

import re
import ssl
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import grpc
from grpc import aio

from upstreams import tls
from upstreams.grpc.channel.metadata import Metadata, Received, headers, metadata
from upstreams.grpc.channel.service_config import UnusableConfigError, service_config
from upstreams.grpc.model import Compression, Settings

__all__ = [
    "Metadata",
    "Received",
    "UnusableError",
    "Way",
    "headers",
    "metadata",
    "open_channel",
    "prepare",
]

_Option: TypeAlias = tuple[str, int | str]

_LONGEST_RECONNECT = 10_000
"""Milliseconds. grpc's own two minutes would leave a backend that is back unused for as long."""

NO_CHANNEL = "Failed to create channel"
"""How grpc's core begins to say, call by call, that the service config makes no sense to it."""

_COMPRESSIONS = {
    Compression.NONE: grpc.Compression.NoCompression,
    Compression.GZIP: grpc.Compression.Gzip,
    Compression.DEFLATE: grpc.Compression.Deflate,
}

_NAME = re.compile(r"(?![0-9.]+:)[^:/\[\]]+:[0-9]+")


class UnusableError(Exception):
    """A file that a channel needs cannot be used; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Way:
    """What a channel is told beside the settings: what is read from files."""

    credentials: grpc.ChannelCredentials | None
    """None for a channel without TLS."""
    service_config: str


def prepare(settings: Settings, reads: Collection[str] = ()) -> Way:
    """What `open_channel` needs. It reads files: not for the event loop.

    `reads` are the functions that may be tried again. Raises `UnusableError`.
    """
    try:
        credentials = _credentials(settings) if settings.secure else None
        return Way(credentials, service_config(settings, reads))
    except (tls.UnusableError, UnusableConfigError, OSError) as error:
        raise UnusableError(str(error)) from error


def open_channel(address: str, settings: Settings, way: Way, *, max_message: int) -> aio.Channel:
    """A channel to the backend, for the running loop; it connects when first used.

    A message larger than `max_message` bytes is not read.
    """
    options = tuple(_options(settings, way, max_message))
    compression = _COMPRESSIONS[settings.compression]
    if way.credentials is not None:
        return aio.secure_channel(target(address), way.credentials, options, compression)
    return aio.insecure_channel(target(address), options, compression)


def target(address: str) -> str:
    """`parcels:50051` -> `dns:///parcels:50051`: all addresses of a name, as they change.

    An IP address stays, and so does what names its own way of looking up.
    """
    return f"dns:///{address}" if _NAME.fullmatch(address) else address


def _options(settings: Settings, way: Way, max_message: int) -> Iterator[_Option]:
    yield "grpc.max_receive_message_length", max_message
    yield "grpc.max_send_message_length", -1  # `maxRequest` is kept before anything is sent
    yield "grpc.enable_http_proxy", 0
    yield "grpc.max_reconnect_backoff_ms", _LONGEST_RECONNECT
    yield "grpc.service_config", way.service_config
    if settings.keep_alive:
        yield "grpc.keepalive_time_ms", int(settings.keep_alive * 1000)
        yield "grpc.http2.max_pings_without_data", 0  # a stream may be silent for long
    if settings.server_name:
        yield "grpc.ssl_target_name_override", settings.server_name
        yield "grpc.default_authority", settings.server_name


def _credentials(settings: Settings) -> grpc.ChannelCredentials:
    """The files as grpc takes them, after the system's own TLS has looked at them.

    grpc would only log what is wrong with them, call by call.
    """
    tls.context(settings.ca, settings.certificate, settings.key)
    chain = _read(settings.certificate)
    return grpc.ssl_channel_credentials(
        root_certificates=_read(settings.ca or ssl.get_default_verify_paths().cafile),
        private_key=_read(settings.key) if settings.key else chain,
        certificate_chain=chain,
    )


def _read(path: str | None) -> bytes | None:
    return Path(path).read_bytes() if path else None
