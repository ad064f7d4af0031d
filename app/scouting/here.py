"""Discoveries in this process."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

from app.config import Upstream
from app.scouting.catalogs import discovered
from upstreams.model import Catalog

Discover: TypeAlias = Callable[[Upstream, float], Awaitable[Catalog]]
"""An upstream's catalog, read within so many seconds; raises `DiscoveryError`."""


async def discover(upstream: Upstream, timeout: float) -> Catalog:
    """As `Discover`."""
    return await discovered(upstream.name, upstream.kind, upstream.settings, timeout)


@asynccontextmanager
async def here() -> AsyncIterator[Discover]:
    """What discovers."""
    yield discover
