"""`splice schema`: the SDL on standard output."""

import argparse
import asyncio
import sys

from app.commands.sources import add_sources, config_of
from app.config import Config
from app.gateway import Gateway
from app.snapshot import Snapshot


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments."""
    add_sources(parser)


def run(arguments: argparse.Namespace) -> int:
    """1 when an upstream or a join is missing from the schema."""
    return asyncio.run(_run(config_of(arguments)))


async def _run(config: Config) -> int:
    gateway = Gateway(config)
    await gateway.once()
    snapshot = gateway.snapshot
    sys.stdout.write(snapshot.schema.as_str())
    tell(snapshot)
    await gateway.aclose()
    return int(not snapshot.ready or bool(snapshot.joins.problems))


def tell(snapshot: Snapshot) -> None:
    """What is missing from the schema, on standard error."""
    for name, finding in snapshot.findings.items():
        if finding.problem:
            at = f"{finding.place}: " if finding.place else ""
            sys.stderr.write(f"{name}: {at}{finding.problem}\n")
    sys.stderr.writelines(f"{one}\n" for one in snapshot.joins.problems)
