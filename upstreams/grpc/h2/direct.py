"""Calls to one address: connections opened as they are needed, one at a time."""

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TypeAlias

from upstreams.grpc.h2 import heads
from upstreams.grpc.h2.connection import Connection
from upstreams.grpc.h2.ending import DEADLINE_EXCEEDED, UNAVAILABLE, Ended

Address: TypeAlias = tuple[str, int]
Trust: TypeAlias = Callable[[], Awaitable[ssl.SSLContext]]

_CONNECTING = 20.0
"""Seconds in which there is a connection, or none."""
_NONE = Ended(UNAVAILABLE, "no connection")
PROTOCOL = "h2"
"""What TLS is told that we speak (RFC 9113 §3.2)."""
_TARGET = re.compile(
    r"(?:(?P<bare>[^:/\[\]]+)|\[(?P<bracketed>[0-9a-fA-F:.]+)\]):(?P<port>[0-9]{1,5})"
)
_ATTEMPTS = 3
"""How often a call is made that the backend does not look at."""


class SeveralError(Exception):
    """The host has several addresses, over which somebody else has to spread the calls."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a backend is."""

    host: str
    port: int
    name: str | None = None
    """What the backend is called, and its certificate is for, where that is not the host."""
    trust: Trust | None = None
    """Gives what TLS needs to know, `PROTOCOL` among it; None for no TLS."""
    any: bool = False
    """Whether the first address that can be reached will do, where the host has several."""

    @property
    def authority(self) -> str:
        """What calls say they are for."""
        if self.name:
            return self.name
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def host_and_port(target: str) -> tuple[str, int] | None:
    """What `host:port` means, or `[host]:port`; None for ways of naming a backend beside them."""
    found = _TARGET.fullmatch(target)
    return (found["bare"] or found["bracketed"], int(found["port"])) if found else None


@dataclass(frozen=True, slots=True)
class Terms:
    """What connections are told."""

    limit: int
    """How many bytes an answer may have."""
    keep_alive: float
    """After how many seconds a silent connection is tested; 0 for never."""


class Direct:
    """Makes unary calls to one backend."""

    def __init__(self, place: Place, terms: Terms) -> None:
        self._place = place
        self._terms = terms
        self._connection: Connection | None = None
        self._older: list[Connection] = []
        self._connecting = asyncio.Lock()
        self._failures = 0
        self._heads: dict[str, bytes] = {}
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether no more calls are made."""
        return self._closed

    async def ask(self, path: str, metadata: bytes, message: bytes, deadline: float) -> Ended:
        """Make a call; the metadata is as `heads.encoded` has it. Raises `SeveralError`."""
        ended = Ended(UNAVAILABLE)
        for _ in range(_ATTEMPTS):
            connection = self._connection
            if connection is None or not connection.usable:
                opened = await self._connected(deadline)
                if isinstance(opened, Ended):
                    return opened
                connection = opened
            remaining = deadline - asyncio.get_running_loop().time()
            head = self._head(path) + metadata + heads.timeout(remaining)
            ended = await connection.ask(head, message, deadline)
            if ended.seen:
                break
        return ended

    def close(self) -> None:
        """Close every connection; calls end."""
        self._closed = True
        for each in (*self._older, self._connection):
            if each is not None:
                each.close()

    def _head(self, path: str) -> bytes:
        head = self._heads.get(path)
        if head is None:
            secure = self._place.trust is not None
            head = heads.request(path, self._place.authority, secure=secure)
            self._heads[path] = head
        return head

    async def _connected(self, deadline: float) -> Connection | Ended:
        """A connection that takes calls, or why there is none. Raises `SeveralError`."""
        failures = self._failures
        try:
            async with asyncio.timeout_at(deadline), self._connecting:
                if self._connection is not None and self._connection.usable:
                    return self._connection
                if self._failures == failures and not self._closed:
                    return await self._opened()
        except TimeoutError:
            return Ended(DEADLINE_EXCEEDED, "no connection in time")
        # Somebody else tried meanwhile, or there is nothing more to try.
        return _NONE

    async def _opened(self) -> Connection | Ended:
        try:
            async with asyncio.timeout(_CONNECTING):
                opened = await self._open()
        except OSError:
            opened = None
        if opened is None:
            self._failures += 1
            return _NONE
        if self._closed:
            opened.close()
        if self._connection is not None:
            self._older = [one for one in (*self._older, self._connection) if one.busy]
        self._connection = opened
        return opened

    async def _open(self) -> Connection | None:
        """A new connection; None where the other side speaks something else."""
        addresses = await _addresses(self._place)
        trust = await self._place.trust() if self._place.trust else None
        for address in addresses[:-1]:
            with suppress(OSError):
                return await self._open_to(address, trust)
        return await self._open_to(addresses[-1], trust)

    async def _open_to(self, address: Address, trust: ssl.SSLContext | None) -> Connection | None:
        place, terms = self._place, self._terms
        connection = Connection(terms.limit, terms.keep_alive)
        try:
            transport, _ = await asyncio.get_running_loop().create_connection(
                lambda: connection,
                *address,
                ssl=trust,
                server_hostname=(place.name or place.host) if trust else None,
            )
        except BaseException:
            connection.forsake()
            raise
        ready = False
        try:
            tls = transport.get_extra_info("ssl_object")
            speaks = tls is None or tls.selected_alpn_protocol() == PROTOCOL
            ready = speaks and await connection.ready()
        finally:
            if not ready:
                connection.close()
        return connection if ready else None


async def _addresses(place: Place) -> list[Address]:
    """The addresses of a host, any of which will do. Raises `SeveralError` and `OSError`."""
    found = await asyncio.get_running_loop().getaddrinfo(
        place.host, place.port, type=socket.SOCK_STREAM
    )
    addresses = list(dict.fromkeys((str(host), int(port)) for *_, (host, port, *_) in found))
    # Whatever this machine calls itself, it is one.
    here = all(ip_address(host.partition("%")[0]).is_loopback for host, _ in addresses)
    if len(addresses) > 1 and not here and not place.any:
        raise SeveralError
    return addresses
