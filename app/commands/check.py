"""`splice check`: the configuration against live or stored catalogs, problems with places."""

import argparse
import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from app.commands.sources import loaded
from app.config import Config
from app.config.json_schema import json_schema
from app.discovery import SETTING
from app.gateway import Gateway
from app.snapshot import Snapshot
from upstreams.model import Remark

CREDENTIALS = "auth"
"""The place of remarks about credentials that are wanted and not given: calls may fail for it."""


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments."""
    parser.add_argument("config", nargs="?", type=Path, default=None, metavar="CONFIG")
    parser.add_argument(
        "--json-schema", action="store_true", help="print the JSON Schema of the file, for editors"
    )


def run(arguments: argparse.Namespace) -> int:
    """1 when something is wrong."""
    if arguments.json_schema:
        schema = msgspec.json.format(msgspec.json.encode(json_schema()))
        sys.stdout.write(schema.decode() + "\n")
        return 0
    return asyncio.run(_run(loaded(arguments.config)))


async def _run(config: Config) -> int:
    gateway = Gateway(config)
    await gateway.once()
    snapshot = gateway.snapshot
    await gateway.aclose()
    for name, finding in snapshot.findings.items():
        if finding.problem:
            served = "; its stored catalog is served" if finding.catalog else ""
            at = f"{finding.place}: " if finding.place else ""
            sys.stdout.write(f"{name}: {at}{finding.problem}{served}\n")
    mistakes = [_said(name, one) for name, one in _remarks(snapshot)]
    if snapshot.ready and not any(mistakes):
        functions = sum(finding.functions for finding in snapshot.findings.values())
        upstreams = _counted(len(snapshot.findings), "upstream")
        sys.stdout.write(f"{upstreams}, {_counted(functions, 'function')}: fine\n")
    return int(not snapshot.ready or any(mistakes))


def _remarks(snapshot: Snapshot) -> Iterator[tuple[str, Remark]]:
    for name, finding in snapshot.findings.items():
        yield from ((name, one) for one in (finding.catalog.assumed if finding.catalog else ()))


def _said(name: str, remark: Remark) -> bool:
    """Whether a remark is about a mistake in a setting; that, and what lacks one, is printed."""
    mistaken = remark.at.startswith(SETTING)
    if mistaken or remark.at == CREDENTIALS:
        at = remark.at.removeprefix(SETTING)
        sys.stdout.write(f"{name}: {at}: {remark.reason}\n")
    return mistaken


def _counted(count: int, noun: str) -> str:
    """`1 upstream`, `2 upstreams`"""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
