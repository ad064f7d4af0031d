"""Where there cannot be several workers, it is said before anything begins."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.workers.processes import ROOT

SERVE = "from app.cli import main; main(['serve', '--port', '0', '--workers', '2'])"


@pytest.mark.parametrize(
    "system", ["import os; del os.fork", "import sys; sys.platform = 'darwin'"]
)
def test_without_a_safe_fork_there_is_one_clear_line(tmp_path: Path, system: str) -> None:
    """Status 1, and what to do instead."""
    (tmp_path / "splice.yaml").write_text("upstreams: {}")

    ended = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", f"{system}; {SERVE}"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        "--workers: several processes share what was forked, which is safe on Linux only: give 1\n"
    )
