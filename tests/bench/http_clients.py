"""The CPU that GET requests take with one HTTP client, in microseconds.

`python -m tests.bench.http_clients CLIENT URL CONCURRENCY` prints the figure.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from importlib import import_module
from typing import TypeAlias

import uvloop

CALLS = 6000
WARMING = 500
SECONDS = 30.0

HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip, br", "X-Key": "abc"}

Get: TypeAlias = Callable[[str], Awaitable[bytes]]


@asynccontextmanager
async def _ours() -> AsyncIterator[Get]:
    from upstreams.transport import Request, Transport

    loop, headers = asyncio.get_running_loop(), tuple(HEADERS.items())

    async def get(url: str) -> bytes:
        request = Request("GET", url, headers)
        return (await transport.send(request, loop.time() + SECONDS)).body

    async with aclosing(Transport()) as transport:
        yield get


@asynccontextmanager
async def _ours_streamed() -> AsyncIterator[Get]:
    from upstreams.transport import Request, Transport

    loop, headers = asyncio.get_running_loop(), tuple(HEADERS.items())

    async def get(url: str) -> bytes:
        request = Request("GET", url, headers)
        async with transport.stream(request, loop.time() + SECONDS) as answer:
            return b"".join([piece async for piece in answer.body])

    async with aclosing(Transport()) as transport:
        yield get


@asynccontextmanager
async def _aiohttp() -> AsyncIterator[Get]:
    import aiohttp

    async def get(url: str) -> bytes:
        async with session.get(url, headers=HEADERS) as answer:
            return await answer.read()

    connector = aiohttp.TCPConnector(limit=256)
    async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as session:
        yield get


@asynccontextmanager
async def _pyreqwest() -> AsyncIterator[Get]:
    # It is none of our dependencies, so nothing is known of its types.
    builder = import_module("pyreqwest.client").ClientBuilder()

    async def get(url: str) -> bytes:
        answer = await client.get(url).headers(HEADERS).build().send()
        return bytes(await answer.bytes())

    async with builder.max_connections(256).build() as client:
        yield get


CLIENTS: Mapping[str, Callable[[], AbstractAsyncContextManager[Get]]] = {
    "ours": _ours,
    "ours, streamed": _ours_streamed,
    "aiohttp": _aiohttp,
    "pyreqwest": _pyreqwest,
}


async def main(name: str, url: str, concurrency: int) -> float:
    """Microseconds of this process's CPU for each of many calls."""

    async def several(get: Get, count: int) -> None:
        for _ in range(count):
            await get(url)

    async def all_of(get: Get, count: int) -> None:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(concurrency):
                tasks.create_task(several(get, count // concurrency))

    async with CLIENTS[name]() as get:
        await all_of(get, WARMING)
        before = time.process_time()
        await all_of(get, CALLS)
        return (time.process_time() - before) / (CALLS // concurrency * concurrency) * 1e6


if __name__ == "__main__":
    sys.stdout.write(f"{uvloop.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]))):.1f}")
