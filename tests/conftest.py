"""What all tests share: where the corpora are, and the one line that says when they are not."""

import pytest

from tests import corpora


def pytest_report_header(config: pytest.Config) -> str:
    """One visible line about the corpora."""
    return "corpora: found" if corpora.SPECS.is_dir() else f"corpora: {corpora.MISSING}"
