"""Unary calls made by ourselves, where the way to the backend is plain; see `upstreams.grpc.h2`."""

import asyncio
import ssl
from collections.abc import Collection

from upstreams import tls
from upstreams.grpc.call.retries import Retries
from upstreams.grpc.channel import Metadata
from upstreams.grpc.h2 import PROTOCOL, Direct, Ended, Place, Terms, Trust, encoded, host_and_port
from upstreams.grpc.model import Compression, LoadBalancing, Settings


class Unary:
    """Makes unary calls, those that read again while the backend is not available."""

    def __init__(self, direct: Direct, reads: Collection[str], retries: int) -> None:
        self._direct = direct
        self._reads = frozenset(f"/{read}" for read in reads)
        self._retries = Retries(retries)
        self._never = Retries(0)

    async def ask(self, path: str, message: bytes, metadata: Metadata, deadline: float) -> Ended:
        """Make a call. Raises `SeveralError` and `tls.UnusableError`."""
        loop = asyncio.get_running_loop()
        retries = self._retries if path in self._reads else self._never
        block = encoded(metadata)
        attempts = 0
        while True:
            again = encoded((("grpc-previous-rpc-attempts", str(attempts)),)) if attempts else b""
            ended = await self._direct.ask(path, block + again, message, deadline)
            attempts += 1
            pause = retries.pause(ended, attempts)
            if pause is None or self._direct.closed or loop.time() + pause >= deadline:
                return ended
            await asyncio.sleep(pause)

    def close(self) -> None:
        """Close every connection; calls end."""
        self._direct.close()


def unary(settings: Settings, reads: Collection[str]) -> Unary | None:
    """Unary calls as the settings want them; None where they want more than the plain way.

    It needs a running loop.
    """
    address = host_and_port(settings.backend or "")
    usual = settings.service_config is None and settings.compression is Compression.NONE
    if address is None or not usual:
        return None
    place = Place(
        *address,
        settings.server_name,
        _trust(settings) if settings.secure else None,
        any=settings.load_balancing is LoadBalancing.PICK_FIRST,
    )
    terms = Terms(settings.max_response, settings.keep_alive)
    return Unary(Direct(place, terms), reads, settings.retries)


def _trust(settings: Settings) -> Trust:
    async def trust() -> ssl.SSLContext:
        return await asyncio.to_thread(
            tls.context, settings.ca, settings.certificate, settings.key, (PROTOCOL,)
        )

    return trust
