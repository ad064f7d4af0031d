"""What it costs to make a schema of an OpenAPI document: of a very large one, and per megabyte."""

import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import msgspec
import pytest
from rich.console import Console
from rich.table import Table

from tests import corpora, scoreboard
from tests.backends.process import NODE_HOME
from tests.bench.openapi_costs import Costs

pytestmark = pytest.mark.bench

GITHUB = NODE_HOME / "node_modules/@octokit/openapi/generated/api.github.com.json"
"""13 MB and more than 1,200 operations; of the npm package `@octokit/openapi`."""

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)


def _costs(*arguments: str) -> Costs:
    command = [sys.executable, "-m", "tests.bench.openapi_costs", *arguments]
    printed = subprocess.run(command, check=True, capture_output=True, cwd=corpora.ROOT).stdout  # noqa: S603 - our own interpreter and module
    return msgspec.json.decode(printed, type=Costs)


@pytest.mark.timeout(120)
def test_a_very_large_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """GitHub's whole API becomes a schema, from its document and from the stored catalog."""
    if not GITHUB.exists():
        pytest.skip("npm's @octokit/openapi is not installed in tests/backends/node")
    stored = str(tmp_path / "catalog.json")

    fresh = _costs("file", str(GITHUB), stored)
    again = _costs("store", stored)

    with capsys.disabled():
        Console().print("", _table({"from the document": fresh, "from the store": again}))
    assert fresh.functions > 1200
    assert (again.functions, again.types) == (fresh.functions, fresh.types)


def _table(costs: dict[str, Costs]) -> Table:
    table = Table("GitHub", "stages", "seconds", "peak MB", "functions", "types")
    for way, one in costs.items():
        stages = ", ".join(f"{stage} {seconds:.2f}" for stage, seconds in one.seconds.items())
        total = sum(seconds for stage, seconds in one.seconds.items() if stage != "store")
        counts = (str(one.functions), str(one.types))
        table.add_row(way, stages, f"{total:.2f}", f"{one.megabytes:.0f}", *counts)
    return table


@pytest.mark.corpus
@pytest.mark.timeout(300)
def test_the_cost_per_megabyte(capsys: pytest.CaptureFixture[str]) -> None:
    """Every document of the corpus is measured, and GitHub's; what a megabyte costs stays level."""
    corpora.spec("openapi")
    files = [*scoreboard.descriptions(), *([GITHUB] if GITHUB.exists() else [])]
    rows: defaultdict[int, list[scoreboard.Row]] = defaultdict(list)

    for file in files:
        size = file.stat().st_size
        rows[sum(size > limit for limit in SIZES)].append(scoreboard.measured(file))

    with capsys.disabled():
        Console().print("", _by_size(rows))
    *_, large, largest = (_per_megabyte(found) for _, found in sorted(rows.items()))
    assert largest < 2 * large


def _by_size(rows: dict[int, list[scoreboard.Row]]) -> Table:
    table = Table("size", "documents", "MB", "seconds", "seconds per MB")
    names = (*(f"up to {limit // 1000} kB" for limit in SIZES), "larger")
    for index, found in sorted(rows.items()):
        megabytes, seconds = _megabytes(found), sum(row.seconds for row in found)
        figures = (f"{megabytes:.2f}", f"{seconds:.2f}", f"{_per_megabyte(found):.2f}")
        table.add_row(names[index], str(len(found)), *figures)
    return table


def _per_megabyte(rows: list[scoreboard.Row]) -> float:
    return sum(row.seconds for row in rows) / _megabytes(rows)


def _megabytes(rows: list[scoreboard.Row]) -> float:
    return sum(row.file.stat().st_size for row in rows) / 1e6
