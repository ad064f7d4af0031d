"""Discoveries in another process, which ends when nothing is asked of it any more.

What descriptions take to be read is so never the server's: the libraries, the memory, and time in
which no request is answered. A description that brings its reader down, or has it hang, brings down
nothing else: what was asked of the same process is asked again, one at a time.
"""

import asyncio
import contextlib
import itertools
import logging
import os
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from app.config import Upstream
from app.scouting.catalogs import BROKEN
from app.scouting.here import Discover
from app.scouting.reports import BEGIN, LENGTH, Asked, Report
from upstreams.errors import DiscoveryError
from upstreams.model import Catalog, restore
from upstreams.registry import KINDS

log = logging.getLogger(__name__)

ENDED = "the process that read its description ended before it was done"
HUNG = "the process that read its description hung"
MORE_SECONDS = 10.0
"""What a scout may take beyond a time limit, which it keeps itself unless it hangs."""
IDLE_SECONDS = 1.0
"""How long a scout stays that has nothing to do."""

_decoder = msgspec.json.Decoder(Report)


@asynccontextmanager
async def away() -> AsyncIterator[Discover]:
    """What has another process discover, which does not outlive the block."""
    async with asyncio.TaskGroup() as tasks:
        scouts = _Scouts(tasks)
        try:
            yield scouts.discover
        finally:
            scouts.stop()


class _LostError(DiscoveryError):
    """A scout was lost of which several were asked; which of them it was is not known."""


class _Scouts:
    """Whom to ask: one for all, and one for those whose scout was lost."""

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self._tasks = tasks
        self._is_stopped = False
        self._for_all: _Scout | None = None
        self._for_one: _Scout | None = None
        self._turn = asyncio.Lock()

    async def discover(self, upstream: Upstream, timeout: float) -> Catalog:
        """As `Discover`; where a scout is lost, others may have to be waited for."""
        self._for_all = self._ready(self._for_all)
        try:
            report = await self._for_all.ask(upstream, timeout)
        except _LostError:
            async with self._turn:
                self._for_one = self._ready(self._for_one)
                report = await self._for_one.ask(upstream, timeout)
        if report.problem is not None:
            raise DiscoveryError(report.problem, at=report.place)
        return await asyncio.to_thread(_restored, upstream, bytes(report.catalog))

    def stop(self) -> None:
        """End both."""
        self._is_stopped = True
        for scout in (self._for_all, self._for_one):
            if scout is not None:
                scout.give_up(ENDED)

    def _ready(self, scout: "_Scout | None") -> "_Scout":
        if scout is not None and scout.takes_more:
            return scout
        if self._is_stopped:
            raise DiscoveryError(ENDED)
        return _Scout(self._tasks)


class _Scout:
    """One process, and who waits for its reports."""

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self.takes_more = True
        self._asked: asyncio.Queue[bytes | None] = asyncio.Queue()
        """What is yet to be said to it; None: there is no more."""
        self._waiting: dict[int, asyncio.Future[Report]] = {}
        self._numbers = itertools.count()
        self._idle: asyncio.TimerHandle | None = None
        self._running = tasks.create_task(self._run())
        self._running.add_done_callback(lambda _: self._lose(ENDED))

    async def ask(self, upstream: Upstream, timeout: float) -> Report:
        """What it says of an upstream. Raises `DiscoveryError` when it is lost."""
        number = next(self._numbers)
        asked = Asked(number, upstream.name, upstream.kind, upstream.settings, timeout)
        found: asyncio.Future[Report] = asyncio.get_running_loop().create_future()
        self._asked.put_nowait(pickle.dumps(asked))
        self._waiting[number] = found
        if self._idle is not None:
            self._idle.cancel()
        try:
            await asyncio.wait([found], timeout=timeout + MORE_SECONDS)
            if not found.done():
                self.give_up(HUNG)
            return found.result()
        finally:
            del self._waiting[number]
            if not self._waiting:
                self._idle = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._rest)

    def give_up(self, problem: str) -> None:
        """Whoever waits has waited in vain; the process ends."""
        self._lose(problem)
        self._running.cancel()

    def _lose(self, problem: str) -> None:
        self.takes_more = False
        kind = _LostError if len(self._waiting) > 1 else DiscoveryError
        for found in self._waiting.values():
            if not found.done():
                found.set_exception(kind(problem))

    def _rest(self) -> None:
        self.takes_more = False
        self._asked.put_nowait(None)

    async def _run(self) -> None:
        """Be there until there is no more to do."""
        try:
            async with _process() as process, asyncio.TaskGroup() as tasks:
                assert process.stdin  # noqa: S101 - piped, both of them
                assert process.stdout  # noqa: S101
                telling = tasks.create_task(self._tell(process.stdin))
                await self._hear(process.stdout)
                telling.cancel()
        except OSError as error:
            self._lose(f"no process could be started to read its description: {error.strerror}")
        except Exception:
            # What becomes of one process must not take the gateway with it.
            log.exception("scout broke")
            self._lose(BROKEN)

    async def _tell(self, stdin: asyncio.StreamWriter) -> None:
        # One that is gone already says so by saying nothing; uvloop raises the last of these then.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError, RuntimeError):
            while asked := await self._asked.get():
                stdin.write(asked)
                await stdin.drain()
            stdin.close()

    async def _hear(self, stdout: asyncio.StreamReader) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            # Whatever was printed before is no report.
            await stdout.readuntil(BEGIN)
            while True:
                (size,) = LENGTH.unpack(await stdout.readexactly(LENGTH.size))
                report = _decoder.decode(await stdout.readexactly(size))
                found = self._waiting.get(report.number)
                if found is not None and not found.done():
                    found.set_result(report)


@asynccontextmanager
async def _process() -> AsyncIterator[Process]:
    """One that discovers, until the block ends. Raises `OSError` where there can be none."""
    # The modules of this process, wherever they are from, and never those of the working folder.
    path = os.pathsep.join(str(one) or os.getcwd() for one in sys.path)
    level = logging.getLogger().getEffectiveLevel()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable or "python3", "-P", "-m", "app.scouting", str(level)),
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
        # As long as there is something left to read, asyncio's own loop waits for ever.
        await process.communicate()
        log.debug("scout ended", extra={"pid": process.pid, "status": process.returncode})


def _restored(upstream: Upstream, text: bytes) -> Catalog:
    try:
        return restore(text, KINDS[upstream.kind].catalog)
    except Exception as error:
        # As where it is discovered.
        log.exception("discovery broke", extra={"upstream": upstream.name})
        raise DiscoveryError(BROKEN) from error
