"""What one operation may keep others waiting, what a new one costs, and what a worker holds."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest
from rich.console import Console
from rich.table import Table

from app.demo.run import Demo
from tests import corpora
from tests.backends.process import Server, free_port, serve
from tests.bench.event_loop import Costs
from tests.memory import peak

pytestmark = [pytest.mark.bench, pytest.mark.timeout(120)]

LONG = 10.0
"""Milliseconds of the event loop that a list of ten thousand may take in all."""
NEW = 5.0
"""Milliseconds that an operation may cost once."""
HELD = 100
"""Megabytes that one worker may hold."""

MANY, ROUNDS = 64, 5
KINDS = """
upstreams:
  blog:
    openapi: {posts}/openapi.json
    url: {posts}
  parcels:
    grpc: {parcels}
  bank:
    soap: {bank}/bank?wsdl
discovery: {{ store: "" }}
"""
ALL_KINDS = """{
  latest { id userId title body }
  listParcels(input: { orderId: 7000000003 }) { parcels { id status } }
  getAccount(input: { customerId: 101 }) { holder balance }
}"""


@pytest.fixture(scope="module")
def posts() -> Iterator[Server]:
    """The backend of ten thousand posts."""
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.posts", str(port)]
    with serve(command, port=port, cwd=corpora.ROOT) as server:
        yield server


@pytest.fixture(scope="module")
def costs(posts: Server) -> Costs:
    """What operations take of the event loop."""
    command = [sys.executable, "-m", "tests.bench.event_loop", posts.url]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=corpora.ROOT)  # noqa: S603 - our own interpreter and module
    return msgspec.json.decode(printed.stdout, type=Costs)


def test_a_long_list(costs: Costs, capsys: pytest.CaptureFixture[str]) -> None:
    """Ten thousand items take little of the event loop, so that others hardly wait."""
    table = Table("10,000 items", "ms of CPU", "longest stretch, ms")
    for name, one in (("1 field", costs.narrow), ("4 fields", costs.wide)):
        table.add_row(name, f"{one.whole:.1f}", f"{one.longest:.1f}")

    with capsys.disabled():
        Console().print("", table)
    assert max(costs.narrow.whole, costs.wide.whole) <= LONG


def test_a_new_operation(costs: Costs, capsys: pytest.CaptureFixture[str]) -> None:
    """What an operation costs more the first time is soon repaid."""
    table = Table("an operation of two calls", "ms of CPU")
    table.add_row("the first time", f"{costs.first:.2f}")
    table.add_row("again", f"{costs.again:.2f}")

    with capsys.disabled():
        Console().print("", table)
    assert costs.first - costs.again <= NEW


async def test_the_memory_of_a_worker(posts: Server, tmp_path: Path) -> None:
    """One process over REST, gRPC and SOAP, asked by many at once, stays small."""
    config = tmp_path / "splice.yaml"
    port = free_port()
    command = [sys.executable, "-m", "app", "serve", str(config), "--port", str(port)]

    async with Demo() as demo:
        config.write_text(KINDS.format(posts=posts.url, parcels=demo.parcels, bank=demo.bank))
        with serve(command, port=port, cwd=corpora.ROOT) as gateway:
            await _asked_by_many(gateway.url)
            held = peak(gateway.pid) / 1e6

    assert held <= HELD


async def _asked_by_many(url: str) -> None:
    limits = httpx.Limits(max_connections=MANY)
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as client:
        for _ in range(ROUNDS):
            asking = (client.post("/graphql", json={"query": ALL_KINDS}) for _ in range(MANY))
            for answer in await asyncio.gather(*asking):
                assert "errors" not in answer.json()
