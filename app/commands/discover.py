"""`splice discover`: what each upstream offers, and everything that could not be exact, and why."""

import argparse
import asyncio
import sys
import time
from collections.abc import Mapping
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from app.commands.sources import add_sources, config_of
from app.config import Config, Upstream
from app.discovery import discover
from upstreams.errors import DiscoveryError
from upstreams.model import Catalog, ListOf, MapOf, Named, Required, Scalar, TypeRef

VERSION = 1
"""The version of the JSON shape, documented in the README."""

_SHOWN = 20


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments."""
    add_sources(parser)
    parser.add_argument("--json", action="store_true", help="machine-readable, on standard output")


def run(arguments: argparse.Namespace) -> int:
    """1 when an upstream could not be discovered."""
    config = config_of(arguments)
    found = asyncio.run(_all(config))
    if arguments.json:
        report = {"version": VERSION, "upstreams": [_report(*one) for one in found]}
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(report)).decode() + "\n")
    else:
        for one in found:
            _show(*one)
    return int(any(isinstance(outcome, DiscoveryError) for _, outcome, _ in found))


async def _all(config: Config) -> list[tuple[Upstream, Catalog | DiscoveryError, float]]:
    timeout = config.discovery.timeout
    return await asyncio.gather(*(_one(one, timeout) for one in config.upstreams.values()))


async def _one(
    upstream: Upstream, timeout: float
) -> tuple[Upstream, Catalog | DiscoveryError, float]:
    start = time.perf_counter()
    outcome: Catalog | DiscoveryError
    try:
        outcome = await discover(upstream, timeout)
    except DiscoveryError as error:
        outcome = error
    return upstream, outcome, time.perf_counter() - start


def _report(
    upstream: Upstream, outcome: Catalog | DiscoveryError, seconds: float
) -> dict[str, Any]:
    head = {"name": upstream.name, "kind": upstream.kind}
    if isinstance(outcome, DiscoveryError):
        nothing: dict[str, Any] = {"functions": 0, "mapped": 0, "skipped": [], "degraded": []}
        empty = {**nothing, "assumed": [], "types": 0, "seconds": round(seconds, 3)}
        return {**head, **empty, "problem": str(outcome)}
    return {
        **head,
        "functions": len(outcome.functions) + len(outcome.skipped),
        "mapped": len(outcome.functions),
        "skipped": [{"function": one.function, "reason": one.reason} for one in outcome.skipped],
        "degraded": [{"at": one.at, "reason": one.reason} for one in outcome.degraded],
        "assumed": [{"at": one.at, "reason": one.reason} for one in outcome.assumed],
        "types": len(outcome.types),
        "seconds": round(seconds, 3),
        "problem": None,
    }


def _show(upstream: Upstream, outcome: Catalog | DiscoveryError, seconds: float) -> None:
    if isinstance(outcome, DiscoveryError):
        Console(stderr=True).print(
            f"{upstream.name} ({upstream.kind}): {outcome}", markup=False, highlight=False
        )
        return
    console = Console(highlight=False, emoji=False, markup=False)
    labels = {definition.key: definition.label for definition in outcome.types}
    table = Table(title=f"{upstream.name} ({upstream.kind})", title_justify="left")
    for column in ("function", "effect", "arguments", "returns"):
        table.add_column(column, overflow="fold")
    for function in outcome.functions:
        arguments = ", ".join(argument.name for argument in function.arguments)
        table.add_row(
            function.name, function.effect.value, arguments, _shape(function.returns, labels)
        )
    console.print(table)
    _list(console, "skipped", [(one.function, one.reason) for one in outcome.skipped])
    _list(console, "became JSON", [(one.at, one.reason) for one in outcome.degraded])
    _list(console, "assumed", [(one.at, one.reason) for one in outcome.assumed])
    console.print(
        f"{len(outcome.functions)} mapped, {len(outcome.skipped)} skipped, "
        f"{len(outcome.degraded)} became JSON, {len(outcome.types)} types, {seconds:.2f} s\n"
    )


def _list(console: Console, title: str, rows: list[tuple[str, str]]) -> None:
    if not rows:
        return
    console.print(f"{title}:")
    for at, reason in rows[:_SHOWN]:
        console.print(f"  {at}: {reason}")
    if len(rows) > _SHOWN:
        console.print(f"  … and {len(rows) - _SHOWN} more (--json lists all)")


def _shape(ref: TypeRef, labels: Mapping[str, str]) -> str:
    """A reference as GraphQL would write it, by the description's names; maps in braces."""
    match ref:
        case Scalar(kind):
            return kind.value
        case Named(key):
            return labels[key]
        case ListOf(of):
            return f"[{_shape(of, labels)}]"
        case MapOf(of):
            return f"{{{_shape(of, labels)}}}"
        case Required(of):
            return f"{_shape(of, labels)}!"
