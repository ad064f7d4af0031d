"""The door to real descriptions nobody here wrote, which lie beside the repository.

A stranger's clone has none: tests that need them are then skipped, each with this one reason, and
`tests/conftest.py` says so in one line. Under `CI=true` a missing corpus is a failure.
"""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SPECS = ROOT.parent / "shared" / "specs"
BENCH = ROOT.parent / "shared" / "bench"

MISSING = "the corpora are not here (they lie beside the repository, not in it)"


def spec(name: str) -> Path:
    """The corpus file or folder of that name, e.g. `proto/lnd/lnd.binpb`."""
    return _there(SPECS / name)


def bench(name: str) -> Path:
    """The benchmark fixture of that name, e.g. `fixtures/openapi.json`."""
    return _there(BENCH / name)


def specs(pattern: str) -> list[Path]:
    """All corpus files matching a glob, sorted; empty where there is no corpus."""
    found = sorted(SPECS.glob(pattern))
    if not found and os.environ.get("CI") == "true":
        raise FileNotFoundError(f"{MISSING}: {pattern}")
    return found


def _there(path: Path) -> Path:
    if path.exists():
        return path
    if os.environ.get("CI") == "true":
        pytest.fail(f"{MISSING}: {path.name}")
    pytest.skip(MISSING)
