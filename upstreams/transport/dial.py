"""A new connection: the name resolved, the addresses looked at, the first that answers taken."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from upstreams import tls
from upstreams.addresses import is_metadata
from upstreams.errors import BadInput, TimedOut, Unreachable
from upstreams.transport.connection import Connection
from upstreams.transport.failures import forbidden, unconnected
from upstreams.transport.outgoing import Origin

_HEAD_START = 0.25
"""Seconds an address has before the next is tried as well (RFC 8305 §8)."""

_Address: TypeAlias = tuple[str | int | bytes, ...]
_Found: TypeAlias = tuple[socket.AddressFamily, _Address]


class Dialler:
    """The way to new connections: what TLS is told, and where nobody may be led."""

    def __init__(self, files: tls.Files, *, link_local: bool) -> None:
        self._files = files
        self._link_local = link_local
        self._context: ssl.SSLContext | None = None

    async def dial(self, origin: Origin, make: Callable[[], Connection]) -> Connection:
        """A connection to that origin. Raises `CallError`."""
        if origin.is_metadata and not self._link_local:
            raise forbidden()
        try:
            return await self._dialled(origin, make)
        except TimeoutError as error:  # the system's own patience
            raise TimedOut("no answer in time") from error
        except OSError as error:
            raise unconnected(error) from error
        except UnicodeError as error:
            raise BadInput("the request cannot be put on the wire: its URL or a header") from error

    async def _dialled(self, origin: Origin, make: Callable[[], Connection]) -> Connection:
        context = await self._made() if origin.secure or self._files != tls.NONE else None
        line = await connected(await self._resolved(origin))
        name = origin.host if origin.secure else None
        loop, connection = asyncio.get_running_loop(), make()
        try:
            await loop.create_connection(
                lambda: connection,
                sock=line,
                ssl=context if origin.secure else None,
                server_hostname=name,
            )
        except BaseException:
            line.close()
            connection.forsake()
            raise
        return connection

    async def _made(self) -> ssl.SSLContext:
        """What TLS is told, read once; files that cannot be used are an error for any URL."""
        if self._context is None:
            try:
                self._context = await asyncio.to_thread(self._files.context)
            except tls.UnusableError as error:
                raise Unreachable(str(error), retryable=False) from error
            self._context.set_alpn_protocols(["http/1.1"])
        return self._context

    async def _resolved(self, origin: Origin) -> list[_Found]:
        """Where the host is. Raises `Unreachable` where that must not be called."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
        if not self._link_local and any(is_metadata(str(address[0])) for *_, address in found):
            raise forbidden()
        return [(family, address) for family, _, _, _, address in found]


async def connected(found: Sequence[_Found]) -> socket.socket:
    """A socket connected to the first address that answers (RFC 8305 §5). Raises `OSError`."""
    failed: list[OSError] = []
    line = None
    try:
        async with asyncio.TaskGroup() as tasks:
            line = await _raced(found, tasks, failed)
    except BaseException:
        if line is not None:
            line.close()
        raise
    if line is None:
        raise failed[0]
    return line


async def _raced(
    found: Sequence[_Found], tasks: asyncio.TaskGroup, failed: list[OSError]
) -> socket.socket | None:
    ahead = list(reversed(found))
    trying: set[asyncio.Task[socket.socket | OSError]] = set()
    while ahead or trying:
        if ahead:
            trying.add(tasks.create_task(_tried(*ahead.pop())))
        try:
            done, trying = await asyncio.wait(
                trying, timeout=_HEAD_START if ahead else None, return_when=asyncio.FIRST_COMPLETED
            )
        except asyncio.CancelledError:
            _give_up(trying, ())
            raise
        results = [task.result() for task in done]
        failed += [one for one in results if isinstance(one, OSError)]
        if lines := [one for one in results if isinstance(one, socket.socket)]:
            _give_up(trying, lines[1:])
            return lines[0]
    return None


def _give_up(trying: Iterable[asyncio.Task[Any]], late: Iterable[socket.socket]) -> None:
    for task in trying:
        task.cancel()
        # One that has just connected is not cancelled any more.
        task.add_done_callback(_close)
    for line in late:
        line.close()


def _close(task: asyncio.Task[socket.socket | OSError]) -> None:
    if task.cancelled() or task.exception() is not None:
        return
    if isinstance(line := task.result(), socket.socket):
        line.close()


async def _tried(family: socket.AddressFamily, address: _Address) -> socket.socket | OSError:
    """A connected socket, or why there is none: one failure must not end the other attempts."""
    try:
        line = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:  # a family this machine does not have
        return error
    try:
        line.setblocking(False)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(line, address)
    except OSError as error:
        line.close()
        return error
    except BaseException:
        line.close()
        raise
    return line
