"""One discovery of some upstreams, in a process of its own."""

import asyncio
import os

from app.config import Config
from app.discovery import find
from app.store import Store
from app.workers.channel import Channel
from app.workers.messages import told
from app.workers.scouts import Lasts

_ORPHANED = 1


def scout(channel: Channel, config: Config, store: Store, lasts: Lasts) -> None:
    """Discover the upstreams of which those are the last findings, and tell each as it is found."""
    asyncio.run(_scout(channel, config, store, lasts))


async def _scout(channel: Channel, config: Config, store: Store, lasts: Lasts) -> None:
    timeout = config.discovery.timeout
    finding = [find(config.upstreams[name], store, timeout, last) for name, last in lasts.items()]
    known = {name: last.catalog for name, last in lasts.items() if last}
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(_end_with_parent(channel))
        for found in asyncio.as_completed(finding):
            await channel.tell(told([await found], known))
        waiting.cancel()


async def _end_with_parent(channel: Channel) -> None:
    async for _ in channel.told():
        pass
    # Not by an exception: a thread that reads a large description would be waited for.
    os._exit(_ORPHANED)
