"""What an operation takes of the event loop: the whole application but the server around it.

`python -m tests.bench.event_loop URL` asks for the posts of the backend at that URL, and prints the
CPU of this thread as one line of JSON.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from statistics import median

import msgspec
import uvloop
from starlette.types import ASGIApp, Message

from app import memory
from app.config.read import loads
from app.gateway import Gateway
from app.main import create_app

ROUNDS = 7
TEXTS = 60

CONFIG = """
upstreams:
  blog:
    openapi: %s/openapi.json
    url: %s
discovery: { store: "" }
"""
NARROW = "{ posts { title } }"
WIDE = "{ posts { id userId title body } }"
NEW = "query New%d($id: Int!) { one: post(id: $id) { id title } other: post(id: 2) { ...All } }"
ALL = " fragment All on Post { id userId title body }"


class Listed(msgspec.Struct):
    """One list of ten thousand; milliseconds, medians."""

    whole: float
    """In all, from the request to the last byte of the answer."""
    longest: float
    """The longest stretch in which nothing else had its turn."""


class Costs(msgspec.Struct):
    """Of lists and operations; milliseconds, medians."""

    narrow: Listed
    wide: Listed
    first: float
    """An operation whose text was never seen."""
    again: float
    """The same text once more."""


async def measured(url: str) -> Costs:
    """The costs, one operation after the other."""
    async with _application(url) as app:
        narrow, wide = await _listed(app, NARROW), await _listed(app, WIDE)
        firsts, agains = [], []
        for number in range(TEXTS):
            body = msgspec.json.encode({"query": NEW % number + ALL, "variables": {"id": number}})
            firsts.append(await _taken(app, body))
            agains.append(await _taken(app, body))
    # The first texts open connections and fill caches.
    return Costs(narrow, wide, median(firsts[5:]), median(agains[5:]))


@asynccontextmanager
async def _application(url: str) -> AsyncIterator[ASGIApp]:
    config = loads(CONFIG % (url, url), Path("splice.yaml"), {})
    # As `splice serve` does.
    memory.keep()
    gateway = Gateway(config)
    async with gateway.running():
        yield create_app(config, gateway=gateway)


async def _listed(app: ASGIApp, query: str) -> Listed:
    body = msgspec.json.encode({"query": query})
    whole = [await _taken(app, body) for _ in range(ROUNDS)]
    longest = [await _longest(app, body) for _ in range(ROUNDS)]
    return Listed(median(whole[1:]), median(longest[1:]))


async def _taken(app: ASGIApp, body: bytes) -> float:
    began = time.thread_time()
    await _ask(app, body)
    return (time.thread_time() - began) * 1000


async def _longest(app: ASGIApp, body: bytes) -> float:
    """Beside the operation somebody else wants a turn again and again."""
    turns = [time.thread_time()]

    async def take_turns() -> None:
        while True:
            turns.append(time.thread_time())
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as tasks:
        others = tasks.create_task(take_turns())
        await _ask(app, body)
        # What came last may have gone on until here.
        turns.append(time.thread_time())
        others.cancel()
    return max(late - soon for soon, late in pairwise(turns)) * 1000


async def _ask(app: ASGIApp, body: bytes) -> None:
    """Raises `AssertionError` where the answer has errors."""
    arriving: asyncio.Queue[Message] = asyncio.Queue()
    arriving.put_nowait({"type": "http.request", "body": body, "more_body": False})
    pieces: list[bytes] = []

    async def send(message: Message) -> None:
        pieces.append(message.get("body", b""))

    await app(dict(_SCOPE), arriving.get, send)
    assert b'"errors"' not in (answer := b"".join(pieces))[:200], answer[:1000]


_SCOPE = {
    "type": "http",
    "asgi": {"version": "3.0"},
    "http_version": "1.1",
    "method": "POST",
    "scheme": "http",
    "path": "/graphql",
    "raw_path": b"/graphql",
    "query_string": b"",
    "root_path": "",
    "headers": [(b"host", b"gateway"), (b"content-type", b"application/json")],
    "client": ("127.0.0.1", 40000),
    "server": ("127.0.0.1", 4000),
}

if __name__ == "__main__":
    costs = uvloop.run(measured(sys.argv[1]))
    sys.stdout.write(msgspec.json.encode(costs).decode())
