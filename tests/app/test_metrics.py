"""`/metrics` over real servers, read as Prometheus reads it."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as openmetrics_families,
)
from prometheus_client.parser import text_string_to_metric_families

from app.version import VERSION
from tests.app.served import Asking, gateway
from tests.app.test_cli import splice
from tests.app.test_gate import NEW, backend, config
from tests.app.workers.processes import serving

METRICS = "server: {metrics: true}\n"
STATE = 'splice_upstream_state{kind="openapi",state="%s",upstream="a"}'
HELD = 'splice_upstream_held_changes{upstream="a"}'


async def scraped(asking: Asking) -> dict[str, float]:
    """Every sample by its name and labels, those of workers aside."""
    answer = await asking.http.get("/metrics")
    samples = (
        sample
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    )
    return {f"{one.name}{{{_labels(one.labels)}}}": one.value for one in samples}


def _labels(labels: dict[str, str]) -> str:
    return ",".join(
        f'{name}="{value}"' for name, value in sorted(labels.items()) if name != "worker"
    )


async def until(asking: Asking, holds: Callable[[dict[str, float]], object]) -> dict[str, float]:
    """The samples once that is so; the test's own time limit bounds it."""
    while not holds(samples := await scraped(asking)):
        pass
    return samples


async def test_every_upstream_tells_how_it_stands(tmp_path: Path) -> None:
    """Its state among all there are, how much it offers, and since when; and the gateway itself."""
    async with backend() as one, gateway(config(one, METRICS), tmp_path) as asking:
        await asking.query("{ hello }")
        samples = await scraped(asking)

    assert [samples[STATE % state] for state in ("ready", "stored", "held", "unavailable")] == [
        1,
        0,
        0,
        0,
    ]
    assert samples['splice_upstream_functions{upstream="a"}'] == 2
    assert samples['splice_upstream_refreshed_timestamp_seconds{upstream="a"}'] > 1e9
    assert samples[HELD] == 0
    assert samples[f'splice_build_info{{version="{VERSION}"}}'] == 1


async def test_a_change_that_is_held_back_appears_and_goes_away(tmp_path: Path) -> None:
    """Held, it is a number of changes and a state; approved, neither."""
    async with backend() as one:
        (tmp_path / "splice.yaml").write_text(config(one, METRICS))
        async with gateway(config(one, METRICS), tmp_path) as asking:
            await asking.query("{ hello }")
            one.document = NEW
            held = await until(asking, lambda samples: samples[HELD])
            await splice("approve", "a", cwd=tmp_path)
            approved = await until(asking, lambda samples: not samples[HELD])

    assert (held[HELD], held[STATE % "held"], held[STATE % "ready"]) == (1, 1, 0)
    assert (approved[STATE % "held"], approved[STATE % "ready"]) == (0, 1)
    assert approved['splice_upstream_functions{upstream="a"}'] == 1


async def test_operations_are_counted_by_how_they_are_answered(tmp_path: Path) -> None:
    """Those of a plan, and the others by the reason."""
    async with backend() as one, gateway(config(one, METRICS), tmp_path) as asking:
        for _ in range(3):
            await asking.query("{ hello }")
        await asking.query("{ __typename __schema { queryType { name } } }")
        samples = await scraped(asking)

    counts = {name: value for name, value in samples.items() if "operations_total" in name}
    assert counts['splice_operations_total{path="planned"}'] == 3
    assert sum(counts.values()) == 4


@pytest.mark.timeout(120)
async def test_each_worker_counts_for_itself(tmp_path: Path) -> None:
    """Whichever is asked tells its own counts, under its own name; together they are right."""
    counts: dict[str, float] = {}
    async with (
        backend() as one,
        serving(tmp_path, config(one, METRICS), "--workers", "2") as gateway,
    ):
        workers = await gateway.steady()
        for _ in range(8):
            await gateway.query("{ hello }")
        while sum(counts.values()) < 8:
            counts |= await _counts(gateway.url)

    assert sum(counts.values()) == 8
    assert set(counts) <= {str(pid) for pid in workers}


async def _counts(url: str) -> dict[str, float]:
    """How many operations ran by a plan, by the worker that a new connection leads to."""
    async with httpx.AsyncClient(timeout=20) as http:
        answer = await http.get(f"{url}/metrics")
    (family,) = (
        one
        for one in text_string_to_metric_families(answer.text)
        if one.name == "splice_operations"
    )
    planned = (one for one in family.samples if one.labels["path"] == "planned")
    return {one.labels["worker"]: one.value for one in planned}


async def test_open_metrics_for_whoever_asks(tmp_path: Path) -> None:
    """The same in the other format, as newer Prometheus servers prefer it."""
    accept = {"accept": "application/openmetrics-text; version=1.0.0"}
    async with gateway(f"upstreams: {{}}\n{METRICS}", tmp_path) as asking:
        answer = await asking.http.get("/metrics", headers=accept)

    families = list(openmetrics_families(answer.text))  # type: ignore[no-untyped-call]  # it has no types
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert "splice_build" in {one.name for one in families}


async def test_nothing_but_reading_them(tmp_path: Path) -> None:
    """GET and HEAD; any other method is for a route to take."""
    async with gateway(f"upstreams: {{}}\n{METRICS}", tmp_path) as asking:
        head = await asking.http.head("/metrics")
        post = await asking.http.post("/metrics")

    assert (head.status_code, head.content) == (200, b"")
    assert post.status_code == 404


async def test_without_the_setting_there_are_none(tmp_path: Path) -> None:
    """The path is not the gateway's."""
    async with gateway("upstreams: {}", tmp_path) as asking:
        answer = await asking.http.get("/metrics")

    assert answer.status_code == 404


async def test_without_the_setting_nothing_is_imported(tmp_path: Path) -> None:
    """What writes metrics costs a start only where it is used."""
    program = (
        "import sys; from pathlib import Path; from app.config.read import loads;"
        "from app.main import create_app;"
        "create_app(loads('upstreams: {}', Path('splice.yaml'), {}));"
        "print([name for name in sys.modules if 'prometheus' in name])"
    )
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE
    )

    printed, _ = await running.communicate()

    assert printed == b"[]\n"
