"""`splice schema`: the SDL on standard output."""

import argparse
import asyncio
import sys

from app.commands.sources import add_sources, config_of
from app.config import Config
from app.gateway import Gateway
from app.snapshot import Snapshot
from schema.federation.sdl import subgraph_sdl


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments."""
    add_sources(parser)
    parser.add_argument(
        "--federation", action="store_true", help="what composition is told of this subgraph"
    )


def run(arguments: argparse.Namespace) -> int:
    """1 when an upstream or a join is missing from the schema."""
    config = config_of(arguments)
    if arguments.federation and config.schema.federation is None:
        sys.stderr.write("no subgraph: `schema: federation:` must be given\n")
        return 1
    return asyncio.run(_run(config, federated=arguments.federation))


async def _run(config: Config, *, federated: bool) -> int:
    gateway = Gateway(config)
    await gateway.once()
    snapshot = gateway.snapshot
    core = snapshot.schema.core
    sys.stdout.write(subgraph_sdl(core) if federated else snapshot.schema.as_str())
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
