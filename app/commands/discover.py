"""`splice discover`: what each upstream offers, and everything that could not be exact, and why."""

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
from rich.console import Console
from rich.table import Table

from app.commands.samples import propose
from app.commands.sources import add_sources, config_of
from app.config import Config, Upstream
from app.events import Hub
from app.lock import locked, named
from app.scouting.here import discover
from schema.lock.model import Lock
from schema.maps import spelled
from schema.renamed import renamed
from upstreams.errors import DiscoveryError
from upstreams.model import Catalog, Remark

VERSION = 1
"""The version of the JSON shape, documented in the README."""

_SHOWN = 20


Found: TypeAlias = tuple[Upstream, Catalog | DiscoveryError, float]
"""An upstream, what came of it, and how many seconds it took."""


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments."""
    add_sources(parser)
    parser.add_argument("--json", action="store_true", help="machine-readable, on standard output")
    parser.add_argument(
        "--samples", nargs="+", type=Path, default=[], metavar="FILE",
        help="recorded inputs and outputs of the one --lambda, of which types are proposed",
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """1 when an upstream could not be discovered."""
    if arguments.samples:
        return propose(arguments.functions, arguments.samples)
    config = config_of(arguments)
    lock = locked(config)
    hub = Hub(config.server.events) if config.server.events else None
    found = asyncio.run(_all(config))
    names = _renamed(found, lock)
    if arguments.json:
        upstreams = [
            {
                **_report(*one),
                "renamed": [{"at": each.at, "reason": each.reason} for each in names[one[0].name]],
                "webhooks": _webhooks(hub, *one[:2]),
            }
            for one in found
        ]
        report = {"version": VERSION, "upstreams": upstreams}
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(report)).decode() + "\n")
    else:
        for one in found:
            _show(*one)
            _list(_console(), "renamed", [(each.at, each.reason) for each in names[one[0].name]])
            _show_webhooks(_webhooks(hub, *one[:2]))
    return int(any(isinstance(outcome, DiscoveryError) for _, outcome, _ in found))


def _renamed(found: Iterable[Found], lock: Lock) -> dict[str, list[Remark]]:
    """By upstream, where clients see other names than its description gives."""
    catalogs = {
        upstream.name: outcome for upstream, outcome, _ in found if isinstance(outcome, Catalog)
    }
    merged = named(catalogs, lock, {})
    return {
        upstream.name: list(renamed(merged, upstream.name)) if upstream.name in catalogs else []
        for upstream, _, _ in found
    }


async def _all(config: Config) -> list[Found]:
    timeout = config.discovery.timeout
    return await asyncio.gather(*(_one(one, timeout) for one in config.upstreams.values()))


async def _one(upstream: Upstream, timeout: float) -> Found:
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
        nothing |= {"assumed": [], "offers": [], "batches": [], "proposals": []}
        nothing |= {"sources": {}}
        empty = {**nothing, "types": 0, "seconds": round(seconds, 3)}
        return {**head, **empty, "problem": str(outcome)}
    return {
        **head,
        "functions": len(outcome.functions) + len(outcome.skipped),
        "mapped": len(outcome.functions),
        "skipped": [{"function": one.function, "reason": one.reason} for one in outcome.skipped],
        "degraded": [{"at": one.at, "reason": one.reason} for one in outcome.degraded],
        "assumed": [{"at": one.at, "reason": one.reason} for one in outcome.assumed],
        "offers": [{"function": one.at, "offer": one.reason} for one in outcome.offers],
        "batches": list(_batches(outcome)),
        "sources": _sources(outcome),
        "proposals": [{"at": one.at, "reason": one.reason} for one in outcome.proposals],
        "types": len(outcome.types),
        "seconds": round(seconds, 3),
        "problem": None,
    }


def _batches(catalog: Catalog) -> Iterator[dict[str, str]]:
    """The functions that answer for many keys, so that lists can be joined through them."""
    for one in catalog.functions:
        if one.batch:
            argument = ".".join(one.batch.argument)
            yield {"function": one.name, "argument": argument, "key": one.batch.key}


def _webhooks(
    hub: Hub | None, upstream: Upstream, outcome: Catalog | DiscoveryError
) -> list[dict[str, str]]:
    """The addresses to register with the backend by hand."""
    if hub is None or isinstance(outcome, DiscoveryError):
        return []
    addresses = {
        one.standing: hub.standing(upstream.name, one) for one in outcome.functions if one.standing
    }
    return [{"webhook": name, "url": url} for name, url in addresses.items()]


def _show_webhooks(webhooks: list[dict[str, str]]) -> None:
    """The addresses; never cut, as they would be useless."""
    console = Console(highlight=False, emoji=False, markup=False, soft_wrap=True)
    if webhooks:
        console.print("webhooks, to be registered with the backend:")
        for one in webhooks:
            console.print(f"  {one['webhook']}: {one['url']}")


def _show(upstream: Upstream, outcome: Catalog | DiscoveryError, seconds: float) -> None:
    if isinstance(outcome, DiscoveryError):
        Console(stderr=True).print(
            f"{upstream.name} ({upstream.kind}): {outcome}", markup=False, highlight=False
        )
        return
    console = _console()
    labels = {definition.key: definition.label for definition in outcome.types}
    table = Table(title=f"{upstream.name} ({upstream.kind})", title_justify="left")
    for column in ("function", "effect", "arguments", "returns"):
        table.add_column(column, overflow="fold")
    for function in outcome.functions:
        arguments = ", ".join(argument.name for argument in function.arguments)
        table.add_row(
            function.name, function.effect.value, arguments, spelled(function.returns, labels)
        )
    console.print(table)
    _list(console, "skipped", [(one.function, one.reason) for one in outcome.skipped])
    _list(console, "became JSON", [(one.at, one.reason) for one in outcome.degraded])
    _list(console, "assumed", [(one.at, one.reason) for one in outcome.assumed])
    _list(console, "offers", [(one.at, one.reason) for one in outcome.offers])
    _show_batches(console, outcome)
    _show_sources(console, outcome)
    _list(console, "joins proposed", [(one.at, one.reason) for one in outcome.proposals])
    console.print(
        f"{len(outcome.functions)} mapped, {len(outcome.skipped)} skipped, "
        f"{len(outcome.degraded)} became JSON, {len(outcome.types)} types, {seconds:.2f} s\n"
    )


def _show_batches(console: Console, catalog: Catalog) -> None:
    """`usable for joins: getUsers(ids) by id`"""
    found = [
        f"{one['function']}({one['argument']}) by {one['key'] or 'order'}"
        for one in _batches(catalog)
    ]
    if found:
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        console.print(f"usable for joins: {', '.join(found[:_SHOWN])}{more}")


def _console() -> Console:
    return Console(highlight=False, emoji=False, markup=False)


def _sources(catalog: Catalog) -> dict[str, int]:
    """How many functions each of several descriptions describes; none where there is but one."""
    places = (one.source.partition("#") for one in catalog.functions)
    return dict(Counter(place for place, mark, _ in places if place and mark))


def _show_sources(console: Console, catalog: Catalog) -> None:
    """`described by: types.graphql (2), API Gateway a1b2c3/prod (12)`"""
    if found := [f"{place} ({count})" for place, count in _sources(catalog).items()]:
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        console.print(f"described by: {', '.join(found[:_SHOWN])}{more}")


def _list(console: Console, title: str, rows: list[tuple[str, str]]) -> None:
    if not rows:
        return
    console.print(f"{title}:")
    for at, reason in rows[:_SHOWN]:
        console.print(f"  {at}: {reason}")
    if len(rows) > _SHOWN:
        console.print(f"  … and {len(rows) - _SHOWN} more (--json lists all)")
