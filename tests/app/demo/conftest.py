"""The demo, running once per test file."""

from collections.abc import AsyncIterator

import pytest_asyncio

from app.demo.run import Demo


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo() -> AsyncIterator[Demo]:
    async with Demo() as running:
        yield running
