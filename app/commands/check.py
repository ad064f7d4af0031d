"""`splice check`: the configuration against live or stored catalogs, problems with places."""

import argparse
import asyncio
import sys
from pathlib import Path

import msgspec

from app.commands.sources import loaded
from app.config import Config
from app.config.json_schema import json_schema
from app.gateway import Gateway


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
    if snapshot.ready:
        functions = sum(finding.functions for finding in snapshot.findings.values())
        sys.stdout.write(f"{len(snapshot.findings)} upstreams, {functions} functions: fine\n")
    return int(not snapshot.ready)
