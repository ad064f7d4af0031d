"""Discovering one upstream: with a time limit, the user's overrides, and a memory on disk."""

import asyncio
import dataclasses
import logging
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase

import msgspec

from app.config import Upstream
from app.status import State
from app.store import Store
from schema.diff.model import Change
from upstreams.errors import DiscoveryError
from upstreams.kind import Settings
from upstreams.model import Catalog, Effect, Function, Link, Remark
from upstreams.registry import KINDS

log = logging.getLogger(__name__)

BACKOFF_SECONDS = 1.0
BACKOFF_MOST_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known of one upstream after a discovery, successful or not."""

    upstream: Upstream
    state: State
    catalog: Catalog | None = None
    refreshed_at: datetime | None = None
    problem: str | None = None
    """Why the newest discovery failed: fit for clients, without the place."""
    place: str = ""
    """Where in the description, or which description, for whoever runs the gateway."""
    held: tuple[Change, ...] = ()
    """What the newest description would break, where another catalog is served for that."""

    @property
    def functions(self) -> int:
        """How many functions it offers."""
        return len(self.catalog.functions) if self.catalog else 0


async def discover(upstream: Upstream, timeout: float) -> Catalog:
    """The upstream's catalog, effects as its settings say.

    Raises `DiscoveryError`, also when the time is up or the kind itself is at fault.
    """
    kind = KINDS[upstream.kind]
    try:
        async with asyncio.timeout(timeout):
            catalog: Catalog = await kind.discover(upstream.settings)
    except DiscoveryError:
        raise
    except TimeoutError as error:
        raise DiscoveryError(f"not discovered within {timeout:g} s") from error
    except Exception as error:
        # A mistake in one kind must not take the other upstreams, or the gateway, with it.
        log.exception("discovery broke", extra={"upstream": upstream.name})
        raise DiscoveryError(
            "the gateway failed to read its description; its log says how"
        ) from error
    return _overridden(catalog, upstream.settings)


async def find(upstream: Upstream, store: Store, timeout: float, last: Finding | None) -> Finding:
    """The newest finding; where discovery fails, the last good catalog with the problem beside it.

    `last` is the finding so far, None before the first one, when the store is asked instead.
    """
    try:
        catalog = await discover(upstream, timeout)
    except DiscoveryError as error:
        log.warning("discovery failed", extra={"upstream": upstream.name, "problem": str(error)})
        return await asyncio.to_thread(fallen_back, upstream, store, error, last)
    log.info(
        "discovered upstream",
        extra={"upstream": upstream.name, "functions": len(catalog.functions)},
    )
    return Finding(upstream, State.READY, catalog, datetime.now(UTC))


def stored(upstream: Upstream, store: Store, error: DiscoveryError) -> Finding:
    """What the store knows of the upstream. It blocks: call it in a thread."""
    kept = store.load(upstream)
    if kept is None:
        return Finding(upstream, State.UNAVAILABLE, problem=error.message, place=error.at)
    return Finding(upstream, State.STORED, kept[0], kept[1], error.message, error.at)


def fallen_back(
    upstream: Upstream, store: Store, error: DiscoveryError, last: Finding | None
) -> Finding:
    """What is known where a discovery failed: the last finding, or what is stored. It blocks."""
    if last is None:
        return stored(upstream, store, error)
    state = State.STORED if last.catalog else State.UNAVAILABLE
    return dataclasses.replace(last, state=state, problem=error.message, place=error.at)


async def keep(finding: Finding, store: Store) -> None:
    """As `save`, in a thread."""
    await asyncio.to_thread(save, finding, store)


def save(finding: Finding, store: Store) -> None:
    """Store the catalog of a successful finding, once it is known that it can be served.

    It blocks.
    """
    if finding.state is not State.READY or finding.catalog is None:
        return
    upstream = finding.upstream
    try:
        store.save(upstream, finding.catalog)
    except (OSError, UnicodeEncodeError) as error:
        log.warning("catalog not stored", extra={"upstream": upstream.name, "problem": str(error)})


def pause(failures: int, every: float) -> float:
    """Seconds until the next discovery: `every`, or after failures ever longer, with jitter."""
    if failures == 0:
        return every * random.uniform(0.9, 1.1)  # noqa: S311 - jitter
    longest = min(BACKOFF_SECONDS * 2.0 ** min(failures - 1, 10), BACKOFF_MOST_SECONDS)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - jitter


SETTING = "setting "
"""How the place of a remark begins that is about a setting: a mistake of its writer."""


def _overridden(catalog: Catalog, settings: Settings) -> Catalog:
    """The catalog with the effects the user gives by glob."""
    if not settings.queries and not settings.mutations:
        return catalog
    functions = tuple(_with_effect(function, settings) for function in catalog.functions)
    writing = {one.name for one in functions if one.effect is Effect.WRITE}
    dropped = [link for link in catalog.links if link.function in writing]
    return msgspec.structs.replace(
        catalog,
        functions=functions,
        links=tuple(link for link in catalog.links if link not in dropped),
        assumed=(
            *catalog.assumed,
            *map(_no_link, dropped),
            *_unused(catalog, "queries", settings.queries),
            *_unused(catalog, "mutations", settings.mutations),
        ),
    )


def _unused(catalog: Catalog, setting: str, globs: Iterable[str]) -> Iterator[Remark]:
    for glob in globs:
        if not any(_named(function, glob) for function in catalog.functions):
            yield Remark(f"{SETTING}{setting}", f"no function is called {glob!r}")


def _no_link(link: Link) -> Remark:
    reason = f"the link {link.name} is no field: by the settings, {link.function} writes"
    return Remark(link.source, reason)


def _with_effect(function: Function, settings: Settings) -> Function:
    for globs, effect in ((settings.mutations, Effect.WRITE), (settings.queries, Effect.READ)):
        if any(_named(function, glob) for glob in globs):
            return msgspec.structs.replace(function, effect=effect)
    return function


def _named(function: Function, glob: str) -> bool:
    return fnmatchcase(function.name, glob) or fnmatchcase(function.label, glob)
