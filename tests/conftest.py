"""What all tests share: where the corpora are, a line that says when they are not, the order."""

import pytest

from tests import corpora

LATER = ("corpus", "real", "browser", "bench")
"""Marks of tests that wait until the fast ones have spoken, in this order."""


def pytest_report_header(config: pytest.Config) -> str:
    """One visible line about the corpora."""
    return "corpora: found" if corpora.SPECS.is_dir() else f"corpora: {corpora.MISSING}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Fast before slow; nothing is left out but what measures, unless it is asked for.

    A busy machine makes every measure miss its aim, and tells nothing by it.
    """
    items.sort(key=_slowness)
    if "bench" in config.option.markexpr:
        return
    measuring = [one for one in items if one.get_closest_marker("bench")]
    if measuring:
        items[:] = items[: len(items) - len(measuring)]
        config.hook.pytest_deselected(items=measuring)


def _slowness(item: pytest.Item) -> int:
    marks = {mark.name for mark in item.iter_markers()}
    return max((LATER.index(mark) + 1 for mark in marks if mark in LATER), default=0)
