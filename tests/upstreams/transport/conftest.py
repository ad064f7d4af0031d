"""All of it under both event loops: Python's own, and the one the gateway runs in."""

import asyncio
from collections.abc import Callable, Mapping

import pytest
import uvloop


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """By name; each test runs once in each."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
