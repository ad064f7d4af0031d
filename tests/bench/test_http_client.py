"""What one HTTP request to a backend costs, in CPU, with our client and with others."""

import subprocess
import sys
from importlib.util import find_spec

import pytest
from rich.console import Console
from rich.table import Table

from tests import corpora
from tests.backends.process import free_port, serve
from tests.bench.http_clients import CLIENTS

pytestmark = pytest.mark.bench

SIZES = (400, 22_000)
CONCURRENCIES = (1, 64)


@pytest.mark.timeout(300)
def test_the_cost_of_a_request(capsys: pytest.CaptureFixture[str]) -> None:
    """Every client that is installed gets its answers; what they cost is shown."""
    port = free_port()
    answering = [sys.executable, "-m", "tests.bench.http_answers", str(port)]
    installed = [name for name in CLIENTS if name.startswith("ours") or find_spec(name)]

    with serve(answering, port=port, cwd=corpora.ROOT) as server:
        costs = {name: _costs(name, server.url) for name in installed}

    with capsys.disabled():
        Console().print("", _table(costs))
    assert all(cost > 0 for row in costs.values() for cost in row)


def _costs(name: str, url: str) -> list[float]:
    return [_cost(name, f"{url}/{size}", many) for size in SIZES for many in CONCURRENCIES]


def _cost(name: str, url: str, concurrency: int) -> float:
    command = [sys.executable, "-m", "tests.bench.http_clients", name, url, str(concurrency)]
    ran = subprocess.run(command, check=True, capture_output=True, cwd=corpora.ROOT)  # noqa: S603 - our own interpreter and module
    return float(ran.stdout)


def _table(costs: dict[str, list[float]]) -> Table:
    heads = [f"{size} B, {many} at once" for size in SIZES for many in CONCURRENCIES]
    table = Table("µs of CPU per GET", *heads)
    for name, row in costs.items():
        table.add_row(name, *(f"{cost:.0f}" for cost in row))
    return table
