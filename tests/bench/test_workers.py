"""Memory of workers over a schema of 2,000 types, at work.

`pytest tests/bench/test_workers.py -m bench -s` prints it.
"""

from pathlib import Path

import pytest

from tests.app.workers.memory import introspect, operate, started
from tests.app.workers.processes import private_bytes, resident_bytes

TYPES, OPERATIONS = 2000, 300
MIB = 2**20


@pytest.mark.bench
@pytest.mark.timeout(180)
@pytest.mark.parametrize("workers", [1, 3])
async def test_memory(tmp_path: Path, workers: int) -> None:
    """Each of several workers has 40 MB of its own at most, until it is introspected."""
    async with started(tmp_path, TYPES, workers) as (url, pids):
        _report("begun", pids)
        await operate(url, pids, OPERATIONS)
        _report(f"after {OPERATIONS} operations", pids)
        private = max(map(private_bytes, pids))
        await introspect(url, pids)
        _report("introspected", pids)

    assert workers == 1 or private <= 40e6


def _report(when: str, pids: list[int]) -> None:
    for pid in pids:
        resident, private = resident_bytes(pid) / MIB, private_bytes(pid) / MIB
        print(f"{len(pids)} workers, {when}: resident {resident:.1f} MiB, private {private:.1f}")  # noqa: T201 - what it is for
