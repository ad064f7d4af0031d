"""What a further worker costs, beside a process of its own."""

from pathlib import Path

import pytest

from tests.app.workers.memory import started
from tests.app.workers.processes import private_bytes


@pytest.mark.timeout(120)
async def test_workers_share_what_was_built_before_the_fork(tmp_path: Path) -> None:
    """Of its own, each begins with far less than a lone process."""
    async with started(tmp_path, types=1000, workers=1) as (_, pids):
        (lone,) = map(private_bytes, pids)
    async with started(tmp_path, types=1000, workers=2) as (_, pids):
        shared = [private_bytes(pid) for pid in pids]

    assert len(shared) == 2
    assert max(shared) < lone / 2
