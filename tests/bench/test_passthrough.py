"""What passing a small answer through takes of the server's CPU.

`pytest tests/bench/test_passthrough.py -m bench -s` prints it: for requests that are all the same,
for requests to a path of their own each, and for requests with a head of their own each.
"""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from tests import corpora
from tests.backends.process import LOOPBACK, free_port, serve

CLIENTS, REQUESTS = 64, 200
MOST = 2000
"""Microseconds that no machine should need."""

CONFIG = """
upstreams: {{blog: {{openapi: '{url}/openapi.json', url: '{url}'}}}}
routes: [{{match: {{path: /rest/**}}, to: blog, rewrite: {{strip: /rest}}}}]
discovery: {{store: ""}}
"""


@pytest.mark.bench
@pytest.mark.timeout(120)
@pytest.mark.parametrize("target", ["/rest/posts/1", "/rest/posts/{number}"])
@pytest.mark.parametrize("traced", ["0af7651916cd43dd", "{number:016x}"])
async def test_the_cost_of_a_request(tmp_path: Path, target: str, traced: str) -> None:
    """Over kept connections, many at once."""
    backend_port, port = free_port(), free_port()
    config = tmp_path / "splice.yaml"
    config.write_text(CONFIG.format(url=f"http://{LOOPBACK}:{backend_port}"))
    posts = [sys.executable, "-m", "tests.bench.posts", str(backend_port)]
    gateway = [sys.executable, "-m", "app", "serve", str(config), "--port", str(port)]

    with (
        serve(posts, port=backend_port, cwd=corpora.ROOT),
        serve(gateway, port=port, cwd=corpora.ROOT) as server,
    ):
        await _asked(port, target, traced)
        before = _cpu(server.pid)
        await _asked(port, target, traced)
        cost = (_cpu(server.pid) - before) / (CLIENTS * REQUESTS) * 1e6

    print(f"{target} {traced}: {cost:.0f} µs of CPU")  # noqa: T201 - what it is for
    assert 0 < cost < MOST


async def _asked(port: int, target: str, traced: str) -> None:
    async with asyncio.TaskGroup() as tasks:
        for client in range(CLIENTS):
            tasks.create_task(_client(port, target, traced, client * REQUESTS))


async def _client(port: int, target: str, traced: str, first: int) -> None:
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    for number in range(first, first + REQUESTS):
        path, trace = target.format(number=number), traced.format(number=number)
        lines = f"GET {path} HTTP/1.1\r\nhost: {LOOPBACK}:{port}\r\nx-trace: {trace}\r\n\r\n"
        writer.write(lines.encode())
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        assert head.startswith(b"http/1.1 200 "), head
        await reader.readexactly(int(head.partition(b"content-length:")[2].split()[0]))
    writer.close()


def _cpu(pid: int) -> float:
    """Seconds that the process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
