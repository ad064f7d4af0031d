"""What is known of one upstream, with a memory on disk, and when it is discovered again."""

import asyncio
import dataclasses
import logging
import math
import random
from dataclasses import dataclass
from datetime import UTC, datetime

from app.config import Upstream
from app.scouting.here import Discover, discover
from app.status import State
from app.store import Store
from schema.diff.model import Change
from upstreams.errors import DiscoveryError
from upstreams.model import Catalog

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


async def find(
    upstream: Upstream,
    store: Store,
    timeout: float,
    last: Finding | None,
    by: Discover = discover,
) -> Finding:
    """The newest finding; where discovery fails, the last good catalog with the problem beside it.

    `last` is the finding so far, None before the first one, when the store is asked instead.
    """
    try:
        catalog = await by(upstream, timeout)
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


class Pace:
    """When upstreams are discovered again: all at a time, at an even pace.

    What is asked at a time can be done by one process. Gateways of one configuration do not keep
    the same pace, so that backends are not asked by all of them at once.
    """

    def __init__(self, every: float, now: float) -> None:
        """`every`: seconds, more or less; 0 for never."""
        self._begun = now
        self._period = every * random.uniform(0.9, 1.1)  # noqa: S311 - jitter

    def due(self, failures: int, now: float) -> float:
        """When one is discovered next that has failed so many times in a row."""
        if failures:
            return now + backoff(failures)
        if not self._period:
            return math.inf
        periods = math.floor((now - self._begun) / self._period)
        return self._begun + (periods + 1) * self._period


def backoff(failures: int) -> float:
    """Seconds until the next attempt: after failures ever longer, with jitter."""
    if not failures:
        return 0.0
    longest = min(BACKOFF_SECONDS * 2.0 ** min(failures - 1, 10), BACKOFF_MOST_SECONDS)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - jitter
