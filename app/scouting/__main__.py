"""A scout: discovers some upstreams, reports on each as it is found, and ends.

Its errand comes on standard input, which stays open for as long as somebody waits for the reports.
"""

import asyncio
import os
import pickle
import sys
import threading
from typing import BinaryIO

import msgspec

from app.scouting.catalogs import discovered
from app.scouting.reports import Asked, Errand, Report, framed, written
from app.telemetry import configure_logging
from upstreams.errors import DiscoveryError

_ORPHANED = 1


def main() -> None:
    """Run the errand."""
    # What a library prints is no report.
    reports = open(os.dup(1), "wb")  # noqa: SIM115 - it lives as long as the process
    os.dup2(2, 1)
    errand: Errand = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the process that began this one
    configure_logging(errand.level)
    threading.Thread(target=_end_when_nobody_waits, daemon=True).start()
    asyncio.run(_scout(errand, reports))
    # A thread that still reads a description whose time is up is not waited for.
    os._exit(0)


def _end_when_nobody_waits() -> None:
    sys.stdin.buffer.read()
    os._exit(_ORPHANED)


async def _scout(errand: Errand, reports: BinaryIO) -> None:
    finding = [_report(number, one) for number, one in enumerate(errand.upstreams)]
    for report in asyncio.as_completed(finding):
        await asyncio.to_thread(_write, reports, framed(await report))


def _write(reports: BinaryIO, report: bytes) -> None:
    reports.write(report)
    reports.flush()


async def _report(number: int, asked: Asked) -> Report:
    try:
        catalog = await discovered(asked.name, asked.kind, asked.settings, asked.timeout)
        text = await asyncio.to_thread(written, catalog)
    except DiscoveryError as error:
        return Report(number, problem=error.message, place=error.at)
    return Report(number, catalog=msgspec.Raw(text))


if __name__ == "__main__":
    main()
