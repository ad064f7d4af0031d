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
"""Microseconds that a call may cost over its request."""


@pytest.mark.timeout(120)
def test_the_overhead_of_a_call(capsys: pytest.CaptureFixture[str]) -> None:
    """A call, with its signature, costs little over the bare request."""
    port = free_port()
    answering = [sys.executable, "-m", "tests.bench.lambda_answers", str(port)]

    with serve(answering, port=port, cwd=corpora.ROOT) as server:
        costs = _costs(server.url)

    with capsys.disabled():
        Console().print("", _table(costs))
    assert costs.call - costs.bare <= ALLOWED
    assert costs.signature < costs.botocore


def _costs(url: str) -> Costs:
    command = [sys.executable, "-m", "tests.bench.lambda_overhead", url]
    env = {**os.environ, **KEYS}
    printed = subprocess.run(command, check=True, capture_output=True, cwd=corpora.ROOT, env=env)  # noqa: S603 - our own interpreter and module
    return msgspec.json.decode(printed.stdout, type=Costs)


def _table(costs: Costs) -> Table:
    table = Table("Lambda", "µs of CPU", "over the request")
    for name, cost in (
        ("the request alone", costs.bare),
        ("the client's call", costs.call),
        ("the GraphQL field", costs.field),
    ):
        table.add_row(name, f"{cost:.0f}", f"{cost - costs.bare:.0f}")
    table.add_row("of which a signature", f"{costs.signature:.0f}", "")
    table.add_row("the same by botocore", f"{costs.botocore:.0f}", "")
    return table
