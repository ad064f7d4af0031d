"""Discoveries in another process, which ends when nothing is asked of it any more.

What descriptions take to be read is so never the server's: the libraries, the memory, and time in
which no request is answered. A description that brings its reader down brings down nothing else:
what was read beside it is read again, each by itself.
"""

import asyncio
import contextlib
import itertools
import logging
import os
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

import msgspec

from app.config import Upstream
from app.scouting.catalogs import BROKEN, discovered
from app.scouting.reports import LENGTH, Asked, Report
from upstreams.errors import DiscoveryError
from upstreams.model import Catalog, restore
from upstreams.registry import KINDS

log = logging.getLogger(__name__)

Discover: TypeAlias = Callable[[Upstream, float], Awaitable[Catalog]]
"""An upstream's catalog, within so many seconds; raises `DiscoveryError`."""

ENDED = "the process that read its description ended before it was done"
HUNG = "the process that read its description hung"
MORE_SECONDS = 10.0
"""What a scout may take beyond a time limit, which it keeps itself unless it hangs."""
IDLE_SECONDS = 1.0
"""How long a scout stays that has nothing to do."""

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
    """Discoveries in another process, which does not outlive the block."""
    async with asyncio.TaskGroup() as tasks:
        scouts = _Scouts(tasks)
        try:
            yield scouts.discover
        finally:
            scouts.stop()


class _LostError(DiscoveryError):
    """A process ended that read several descriptions; which of them it was is not known."""


class _Scouts:
    """Whom to ask: one for all, but for those whose scout was lost."""

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self._tasks = tasks
        self._running: set[asyncio.Task[None]] = set()
        self._is_stopped = False
        self._scout: _Scout | None = None
        self._alone = asyncio.Lock()

    async def discover(self, upstream: Upstream, timeout: float) -> Catalog:
        """As `Discover`."""
        if self._scout is None or not self._scout.takes_more:
            self._scout = self._send()
        try:
            report = await self._scout.ask(upstream, timeout)
        except _LostError:
            # One at a time, as one of them takes more than there is.
            async with self._alone:
                report = await self._send().ask(upstream, timeout)
        if report.problem is not None:
            raise DiscoveryError(report.problem, at=report.place)
        return await asyncio.to_thread(_restored, upstream, bytes(report.catalog))

    def stop(self) -> None:
        """End all of them."""
        self._is_stopped = True
        for running in self._running:
            running.cancel()

    def _send(self) -> "_Scout":
        if self._is_stopped:
            raise DiscoveryError(ENDED)
        scout = _Scout()
        running = self._tasks.create_task(scout.run())
        scout.give_up = running.cancel
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        running.add_done_callback(scout.ended)
        return scout


class _Scout:
    """One process, and who waits for its reports."""

    def __init__(self) -> None:
        self.takes_more = True
        self.give_up: Callable[[], object] = lambda: None
        self._asked: asyncio.Queue[bytes | None] = asyncio.Queue()
        """What is yet to be said to it; None: there is no more."""
        self._problem = ENDED
        self._waiting: dict[int, asyncio.Future[Report]] = {}
        self._numbers = itertools.count()

    async def ask(self, upstream: Upstream, timeout: float) -> Report:
        """What it says of an upstream. Raises `DiscoveryError` when it is lost."""
        number = next(self._numbers)
        asked = Asked(number, upstream.name, upstream.kind, upstream.settings, timeout)
        self._asked.put_nowait(pickle.dumps(asked))
        found: asyncio.Future[Report] = asyncio.get_running_loop().create_future()
        self._waiting[number] = found
        try:
            async with asyncio.timeout(timeout + MORE_SECONDS):
                return await found
        except TimeoutError as error:
            self.give_up()
            raise DiscoveryError(HUNG) from error
        finally:
            del self._waiting[number]
            if not self._waiting:
                asyncio.get_running_loop().call_later(IDLE_SECONDS, self._rest)

    async def run(self) -> None:
        """Be there until there is no more to do."""
        try:
            async with _process() as process, asyncio.TaskGroup() as tasks:
                assert process.stdin  # noqa: S101 - piped, both of them
                assert process.stdout  # noqa: S101
                telling = tasks.create_task(self._tell(process.stdin))
                await self._hear(process.stdout)
                telling.cancel()
        except OSError as error:
            said = error.strerror
            self._problem = f"no process could be started to read its description: {said}"

    def ended(self, _: object) -> None:
        """It is not there any more."""
        self.takes_more = False
        kind = _LostError if len(self._waiting) > 1 else DiscoveryError
        for found in self._waiting.values():
            if not found.done():
                found.set_exception(kind(self._problem))

    async def _tell(self, stdin: asyncio.StreamWriter) -> None:
        # One that is gone already says so by saying nothing.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            while asked := await self._asked.get():
                stdin.write(asked)
                await stdin.drain()
            stdin.close()

    async def _hear(self, stdout: asyncio.StreamReader) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                (size,) = LENGTH.unpack(await stdout.readexactly(LENGTH.size))
                report = _decoder.decode(await stdout.readexactly(size))
                found = self._waiting.get(report.number)
                if found is not None and not found.done():
                    found.set_result(report)

    def _rest(self) -> None:
        if not self._waiting:
            self.takes_more = False
            self._asked.put_nowait(None)


@asynccontextmanager
async def _process() -> AsyncIterator[Process]:
    """One that discovers, until the block ends. Raises `OSError` where there can be none."""
    # The modules of this process, wherever they are from, and never those of the working folder.
    path = os.pathsep.join(one or os.getcwd() for one in sys.path)
    level = logging.getLevelName(logging.getLogger().getEffectiveLevel())
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "app.scouting", level),
        stdin=PIPE,
        stdout=PIPE,
        env={**os.environ, "PYTHONPATH": path},
        # What a terminal tells the gateway, it passes on itself.
        start_new_session=True,
    )
    try:
        yield process
    finally:
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
