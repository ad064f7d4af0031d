"""`splice check`: the configuration against live or stored catalogs, problems with places."""

import argparse
import asyncio
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from app.commands import locking
from app.commands.sources import loaded
from app.config import Config, Problem
from app.config.json_schema import json_schema
from app.gateway import Gateway
from app.graphql.documents import Trusted, trusted
from app.graphql.documents.judge import unfit
from app.scouting.catalogs import SETTING
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
    parser.add_argument(
        "--lock", action="store_true", help="keep every name there is, in splice.lock"
    )


def run(arguments: argparse.Namespace) -> int:
    """1 when something is wrong."""
    if arguments.json_schema:
        schema = msgspec.json.format(msgspec.json.encode(json_schema()))
        sys.stdout.write(schema.decode() + "\n")
        return 0
    return asyncio.run(_run(loaded(arguments.config), locks=arguments.lock))


async def _run(config: Config, *, locks: bool) -> int:
    documents = trusted(config.documents.trusted)
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
    sys.stdout.writelines(f"{one}\n" for one in snapshot.joins.notes)
    cannot = [*map(str, snapshot.joins.problems), *map(str, snapshot.joins.vain)]
    cannot += map(str, _unfit(documents, config, snapshot))
    cannot += (locking.keep if locks else locking.judge)(config, snapshot, gateway.lock)
    sys.stdout.writelines(f"{one}\n" for one in cannot)
    fine = snapshot.ready and not any(mistakes) and not cannot
    if fine:
        sys.stdout.write(f"{_summary(snapshot, documents)}: fine\n")
    return int(not fine)


def _unfit(
    documents: Sequence[Trusted], config: Config, snapshot: Snapshot
) -> Iterator[Problem | str]:
    """What keeps trusted documents from running, once there is all they may ask for."""
    if snapshot.ready:
        yield from unfit(documents, snapshot.schema.core, config.server.max_tokens)
    elif documents:
        yield "trusted documents: not tried, as an upstream is missing"


def _summary(snapshot: Snapshot, documents: Sequence[Trusted]) -> str:
    """`1 upstream, 9 functions, 2 trusted documents`"""
    functions = sum(finding.functions for finding in snapshot.findings.values())
    counts = {"upstream": len(snapshot.findings), "function": functions}
    if documents:
        counts["trusted document"] = len(documents)
    return ", ".join(_counted(count, noun) for noun, count in counts.items())


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
