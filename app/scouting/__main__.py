"""A scout: discovers upstreams as it is asked to, and reports on each when that has ended.

`python -m app.scouting LEVEL` is asked on standard input, one pickle after the other, and ends when
that ends: then nobody waits for a report any more.
"""

import asyncio
import contextlib
import os
import pickle
import sys
import threading
from typing import BinaryIO

import msgspec

from app.scouting.catalogs import discovered
from app.scouting.reports import BEGIN, Asked, Report, framed, written
from app.telemetry import configure_logging
from upstreams.errors import DiscoveryError


def main() -> None:
    """Discover until nobody waits."""
    # What a library prints is no report.
    reports = open(os.dup(1), "wb")  # noqa: SIM115 - it lives as long as the process
    os.dup2(2, 1)
    _write(reports, BEGIN)
    configure_logging(int(sys.argv[1]))
    asyncio.run(_scout(reports))


async def _scout(reports: BinaryIO) -> None:
    asked: asyncio.Queue[Asked] = asyncio.Queue()
    listening = (asyncio.get_running_loop(), asked)
    threading.Thread(target=_listen, args=listening, daemon=True).start()
    reporting = asyncio.Lock()
    async with asyncio.TaskGroup() as tasks:
        while True:
            tasks.create_task(_report(await asked.get(), reports, reporting))


def _listen(loop: asyncio.AbstractEventLoop, asked: "asyncio.Queue[Asked]") -> None:
    try:
        with contextlib.suppress(EOFError):
            while True:
                one = pickle.load(sys.stdin.buffer)  # noqa: S301 - from who began this process
                loop.call_soon_threadsafe(asked.put_nowait, one)
    finally:
        # Not by the loop: whatever reads a large description now would be waited for.
        os._exit(0)


async def _report(asked: Asked, reports: BinaryIO, reporting: asyncio.Lock) -> None:
    report = framed(await _found(asked))
    async with reporting:
        await asyncio.to_thread(_write, reports, report)


async def _found(asked: Asked) -> Report:
    try:
        catalog = await discovered(asked.name, asked.kind, asked.settings, asked.timeout)
    except DiscoveryError as error:
        return Report(asked.number, problem=error.message, place=error.at)
    return Report(asked.number, catalog=msgspec.Raw(await asyncio.to_thread(written, catalog)))


def _write(reports: BinaryIO, report: bytes) -> None:
    reports.write(report)
    reports.flush()


if __name__ == "__main__":
    main()
