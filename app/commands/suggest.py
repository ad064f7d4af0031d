"""`splice suggest`: joins that the upstreams' descriptions suggest, as SDL to paste."""

import argparse
import asyncio
import math
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from app.commands.schema import tell
from app.commands.sources import add_sources, config_of
from app.config import Config
from app.extensions import extensions
from app.gateway import Gateway
from app.snapshot import Snapshot
from app.status import own_schema
from schema.suggest import LEAST, Candidate, sdl, suggest

VERSION = 1
"""The version of the JSON shape, documented in the README."""


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments."""
    add_sources(parser)
    parser.add_argument("--json", action="store_true", help="machine-readable, on standard output")
    parser.add_argument(
        "--min", type=_confidence, default=LEAST, dest="least", metavar="CONFIDENCE",
        help=f"how sure a suggestion is at least, from 0 to 1 (default: {LEAST})",
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """1 when an upstream could not be read."""
    config = config_of(arguments)
    return asyncio.run(_run(config, arguments.least, as_json=arguments.json))


async def _run(config: Config, least: float, *, as_json: bool) -> int:
    gateway = Gateway(config)
    await gateway.once()
    snapshot = gateway.snapshot
    await gateway.aclose()
    found = suggest(snapshot.catalogs, own_schema(), extensions(config), gateway.lock, least)
    sys.stdout.write(_json(found) if as_json else sdl(found))
    tell(snapshot)
    sys.stderr.write(f"{_counted(found, snapshot)}\n")
    return int(not snapshot.ready)


def _json(found: Sequence[Candidate]) -> str:
    report = {"version": VERSION, "suggestions": [_report(one) for one in found]}
    return msgspec.json.format(msgspec.json.encode(report)).decode() + "\n"


def _report(one: Candidate) -> dict[str, Any]:
    return {
        "upstream": one.on.upstream,
        "type": one.on.name,
        "field": one.name,
        "gives": one.gives,
        "function": one.calls,
        "arguments": {one.argument: one.value},
        "batched": one.many_keys,
        "match": one.match,
        "confidence": one.confidence,
        "evidence": [each.says for each in one.evidence if each.weight > 0],
        "against": [each.says for each in one.evidence if each.weight <= 0],
    }


def _counted(found: Sequence[Candidate], snapshot: Snapshot) -> str:
    """`14 joins suggested for 8 types, 7 of them between upstreams`"""
    types = Counter(one.on for one in found)
    between = sum(one.calls.partition(".")[0] != one.on.upstream for one in found)
    joined = len(snapshot.joins.fields)
    there = f"; {joined} types have joins already" if joined else ""
    counts = f"{len(found)} joins suggested for {len(types)} types"
    return f"{counts}, {between} of them between upstreams{there}"


def _confidence(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("a number from 0 to 1 is wanted")
    return value
