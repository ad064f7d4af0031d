"""How the harness's records become tables."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.bench.peers.aims import AIMS
from tests.bench.peers.records import (
    Answering,
    Calls,
    Figures,
    Run,
    Start,
    read,
    results,
    unanswered,
)
from tests.bench.peers.table import markdown, number


def run(peer: str = "splice", conns: int = 64, **figures: Any) -> Run:
    """An undisturbed run of Q3, but for what is said of it."""
    usual: dict[str, Any] = {"q": "Q3", "n": 1000, "rps": 100, "p50_ms": 1, "p99_ms": 3}
    usual |= {"cpu_per_1k": 2, "rss_mb": 50, "bad": 0, "err": 0}
    usual |= dict.fromkeys(("foreign_core0", "foreign_core1", "load_core", "steal"), 0)
    return Run(peer=peer, conns=conns, **usual | figures)


def figures(rate: float, cpu: float) -> Figures:
    return Figures(rate=rate, p50=2, p99=5, cpu=cpu, disturbed=False)


def answering(rate: float = 1000, cpu: float = 1.0, calls: int | None = 1) -> Answering:
    """How a peer answers, with the same figures over any number of connections."""
    return Answering(figures(rate, cpu), figures(rate, cpu), memory=80, calls=calls, bad=0)


def test_records_are_read_as_the_harness_writes_them(tmp_path: Path) -> None:
    """Line by line, whatever else is in them."""
    file = tmp_path / "results.jsonl"
    calls = {"kind": "calls", "peer": "hive", "q": "Q1", "upstream_requests": 2, "reply_bytes": 9}
    file.write_bytes(msgspec.json.encode(calls) + b"\n" + msgspec.json.encode(run()) + b"\n")

    assert read(file) == [Calls("hive", "Q1", 2), run()]


def test_the_median_of_the_runs_counts() -> None:
    """Of those over as many connections."""
    runs = [run(conns=1), *(run(rps=rate) for rate in (90, 300, 110))]

    found = results(runs)

    assert found["Q3", "splice"].many.rate == 110


def test_disturbed_runs_are_left_out() -> None:
    """As long as there are others."""
    runs = [run(conns=1), run(rps=90), run(rps=10, foreign_core0=0.4), run(rps=9, steal=0.2)]

    found = results(runs)["Q3", "splice"].many

    assert found.rate == 90
    assert not found.disturbed


def test_runs_that_are_all_disturbed_are_marked() -> None:
    """Their figures are there, for what they are worth."""
    found = results([run(conns=1, foreign_core1=0.2), run(rps=90)])["Q3", "splice"]

    assert found.one.disturbed
    assert not found.many.disturbed


def test_who_hardly_answers_is_named() -> None:
    """With many connections and short runs there may be nothing to count."""
    runs = [run("hive", conns=1), run("hive", n=2), run(conns=1), run()]

    assert [*results(runs)] == [("Q3", "splice")]
    assert [line.split(" gave")[0] for line in unanswered(runs)] == ["Q3: hive"]


def test_many_connections_leave_the_load_room() -> None:
    """Others may work beside the load, as long as it was not held up."""
    assert run(conns=64, foreign_core1=0.5, load_core=0.3).undisturbed
    assert not run(conns=64, foreign_core1=0.5, load_core=0.45).undisturbed


def test_peers_stand_beside_splice() -> None:
    """The fastest first, with what Splice gives and takes over each."""
    found = {("Q3", "splice"): answering(rate=1000, cpu=1), ("Q3", "hive"): answering(500, 4)}

    lines = [line for line in markdown(found) if line.startswith(("| **splice", "| hive"))]

    assert lines == [
        "| **splice** | 1,000 | 1,000 | 2.00 | 5.00 | 1.000 | 80.0 | 1 |  |  |",
        "| hive | 500 | 500 | 2.00 | 5.00 | 4.000 | 80.0 | 1 | 2.00x | 0.25x |",
    ]


def test_aims_say_where_splice_is_behind() -> None:
    """By what a whole core would answer; what was not measured is said, too."""
    found = {("Q3", "splice"): answering(cpu=0.5), ("Q3", "hive"): answering(cpu=1)}

    aims = [line for line in markdown(found) if line.startswith("| Q3")]

    assert aims == [
        "| Q3: req/s of a whole core (splice) | ≥ 8,000 | 2,000 | **behind** |",
        "| Q3: req/s of a whole core, over hive's | ≥ 10x | 2.00x | **behind** |",
    ]
    assert sum("not measured" in line for line in markdown(found)) == len(AIMS) - 4


def test_starts_are_shown() -> None:
    """The quickest first."""
    started = [Start("hive", 7.5, 7.1, 360), Start("splice", 2.0, 1.9, 100)]

    lines = [line for line in markdown({}, started) if line.startswith(("| splice", "| hive"))]

    assert lines == ["| splice | 2.00 | 1.90 | 100 |", "| hive | 7.50 | 7.10 | 360 |"]


@pytest.mark.parametrize(
    ("value", "text"), [(12345, "12,345"), (123.4, "123"), (12.34, "12.3"), (0.123, "0.12")]
)
def test_numbers_have_three_figures(value: float, text: str) -> None:
    """More would promise too much."""
    assert number(value) == text
