"""An environment for AWS that is the same on every machine, and the servers that start slowly."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backends import aws_lambda
from tests.backends.process import Server


@pytest.fixture(autouse=True)
def _no_account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No credentials, no region, no profile, no metadata service."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch, _no_account: None) -> None:
    """Credentials in the environment."""
    for name, value in aws_lambda.KEYS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module")
def offline() -> Iterator[Server]:
    """serverless-offline with the functions of tests/backends/node/lambda."""
    with aws_lambda.serverless_offline() as server:
        yield server
