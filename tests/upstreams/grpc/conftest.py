"""Servers that several tests talk to."""

from collections.abc import Iterator

import pytest

from tests.backends.grpc import lnd_mock
from tests.backends.process import Server


@pytest.fixture(scope="session", params=["v1", "v1alpha"])
def lnd(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A mock of LND by npm, with one version of reflection."""
    with lnd_mock(request.param) as server:
        yield server
