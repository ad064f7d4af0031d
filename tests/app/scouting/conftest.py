"""As with connections: all of it under both event loops."""

from tests.upstreams.transport.conftest import pytest_asyncio_loop_factories

__all__ = ["pytest_asyncio_loop_factories"]
