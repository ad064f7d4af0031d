"""Discoveries in processes of their own, each of which ends with what it was sent for.

What descriptions take to be read is so never the server's: the libraries, the memory, and time in
which no request is answered. A description that brings its reader down brings down nothing else.
"""

import asyncio
import contextlib
import logging
import os
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from app.config import Upstream
from app.scouting.catalogs import BROKEN, discovered
from app.scouting.reports import LENGTH, Asked, Errand, Report
from upstreams.errors import DiscoveryError
from upstreams.model import Catalog, restore
from upstreams.registry import KINDS

log = logging.getLogger(__name__)

Discover: TypeAlias = Callable[[Upstream, float], Awaitable[Catalog]]
"""An upstream's catalog, within so many seconds; raises `DiscoveryError`."""

ENDED = "the process that read its description ended before it was done"
MORE_SECONDS = 10.0
"""What a scout may take beyond its time limits, which it keeps itself unless it hangs."""
_GATHER_SECONDS = 0.01
"""How long the first of some upstreams waits for the others, which go the same way."""

_decoder = msgspec.json.Decoder(Report)


async def discover(upstream: Upstream, timeout: float) -> Catalog:
    """The catalog, discovered in this process."""
    return await discovered(upstream.name, upstream.kind, upstream.settings, timeout)


@asynccontextmanager
async def here() -> AsyncIterator[Discover]:
    """Discoveries in this process."""
    yield discover


@asynccontextmanager
async def away() -> AsyncIterator[Discover]:
    """Discoveries in other processes, which are ended when the block is."""
    scouts = _Scouts()
    async with asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(scouts.run())
        try:
            yield scouts.discover
        finally:
            sending.cancel()


@dataclass(frozen=True, slots=True)
class _Waiting:
    """One who waits for a catalog."""

    upstream: Upstream
    timeout: float
    found: asyncio.Future[Report]


class _Scouts:
    """Sends a process for all that is asked at a time."""

    def __init__(self) -> None:
        self._waiting: list[_Waiting] = []
        self._asked = asyncio.Event()

    async def discover(self, upstream: Upstream, timeout: float) -> Catalog:
        """As `Discover`."""
        found: asyncio.Future[Report] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(upstream, timeout, found))
        self._asked.set()
        report = await found
        if report.problem is not None:
            raise DiscoveryError(report.problem, at=report.place)
        return await asyncio.to_thread(_restored, upstream, bytes(report.catalog))

    async def run(self) -> None:
        """Send scouts until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while await self._asked.wait():
                await asyncio.sleep(_GATHER_SECONDS)
                self._asked.clear()
                waiting, self._waiting = self._waiting, []
                tasks.create_task(_sent(waiting))


async def _sent(waiting: Sequence[_Waiting]) -> None:
    """Have one process discover what is waited for."""
    problem = ENDED
    try:
        async with asyncio.timeout(max(one.timeout for one in waiting) + MORE_SECONDS):
            await _heard(waiting)
    except TimeoutError:
        problem = "the process that read its description hung"
    except OSError as error:
        problem = f"no process could be started to read its description: {error.strerror}"
    finally:
        for number, one in enumerate(waiting):
            _tell(one, Report(number, problem=problem))


async def _heard(waiting: Sequence[_Waiting]) -> None:
    asked = (
        Asked(one.upstream.name, one.upstream.kind, one.upstream.settings, one.timeout)
        for one in waiting
    )
    level = logging.getLevelName(logging.getLogger().getEffectiveLevel())
    async with _scout(Errand(tuple(asked), level)) as said:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                (size,) = LENGTH.unpack(await said.readexactly(LENGTH.size))
                report = _decoder.decode(await said.readexactly(size))
                _tell(waiting[report.number], report)


def _tell(waiting: _Waiting, report: Report) -> None:
    if not waiting.found.done():
        waiting.found.set_result(report)


@asynccontextmanager
async def _scout(errand: Errand) -> AsyncIterator[asyncio.StreamReader]:
    """What a process says that runs the errand; it does not outlive the block.

    Raises `OSError` where there can be none.
    """
    # The modules of this process, wherever they are from, and never those of the working folder.
    path = os.pathsep.join(one or os.getcwd() for one in sys.path)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "app.scouting"),
        stdin=PIPE,
        stdout=PIPE,
        env={**os.environ, "PYTHONPATH": path},
        # What a terminal tells the gateway, it passes on itself.
        start_new_session=True,
    )
    try:
        yield await _begun(process, pickle.dumps(errand))
    finally:
        await _ended(process)


async def _begun(process: Process, errand: bytes) -> asyncio.StreamReader:
    assert process.stdin  # noqa: S101 - piped, both of them
    assert process.stdout  # noqa: S101
    # One that is gone already says so by saying nothing.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(errand)
        await process.stdin.drain()
    return process.stdout


async def _ended(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        if process.returncode is None:
            process.kill()
    status = await process.wait()
    log.debug("scout ended", extra={"pid": process.pid, "status": status})


def _restored(upstream: Upstream, text: bytes) -> Catalog:
    try:
        return restore(text, KINDS[upstream.kind].catalog)
    except msgspec.MsgspecError as error:
        log.exception("discovery broke", extra={"upstream": upstream.name})
        raise DiscoveryError(BROKEN) from error
