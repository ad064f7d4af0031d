"""What a Lambda field costs over the HTTP request it becomes, in CPU."""

import os
import subprocess
import sys

import msgspec
import pytest
from rich.console import Console
from rich.table import Table

from tests import corpora
from tests.backends.aws_lambda import KEYS
from tests.backends.process import free_port, serve
from tests.bench.lambda_overhead import Costs

pytestmark = pytest.mark.bench

ALLOWED = 150.0
"""Microseconds that a field may cost over its request."""


@pytest.mark.timeout(120)
def test_the_overhead_of_a_field(capsys: pytest.CaptureFixture[str]) -> None:
    """A field, with its signature, costs little over the bare request."""
    port = free_port()
    answering = [sys.executable, "-m", "tests.bench.lambda_answers", str(port)]

    with serve(answering, port=port, cwd=corpora.ROOT) as server:
        costs = _costs(server.url)

    with capsys.disabled():
        Console().print("", _table(costs))
    # What disturbs a round is not what the gateway costs.
    assert costs.field.least - costs.bare.least <= ALLOWED
    assert costs.signature.least < costs.botocore.least


def _costs(url: str) -> Costs:
    command = [sys.executable, "-m", "tests.bench.lambda_overhead", url]
    env = {**os.environ, **KEYS}
    printed = subprocess.run(command, check=True, capture_output=True, cwd=corpora.ROOT, env=env)  # noqa: S603 - our own interpreter and module
    return msgspec.json.decode(printed.stdout, type=Costs)


def _table(costs: Costs) -> Table:
    table = Table("Lambda", "least µs of CPU", "median", "over the request", "median")
    for name, cost in (
        ("the request alone", costs.bare),
        ("the same by aiohttp", costs.aiohttp),
        ("the same by httpx", costs.httpx),
        ("the client's call", costs.call),
        ("the GraphQL field", costs.field),
    ):
        least, usual = cost.least - costs.bare.least, cost.median - costs.bare.median
        table.add_row(name, *(f"{one:.0f}" for one in (cost.least, cost.median, least, usual)))
    for name, cost in (
        ("of which a signature", costs.signature),
        ("the same by botocore", costs.botocore),
    ):
        table.add_row(name, f"{cost.least:.0f}", f"{cost.median:.0f}", "", "")
    return table
