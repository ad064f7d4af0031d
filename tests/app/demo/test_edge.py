"""What the HTTP backends do alike at their edge."""

import httpx
import pytest

from app.demo.edge import MAX_BODY
from app.demo.run import Demo

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATHS = {
    "shop": "/orders",
    "bank": "/bank",
    "pricing": "/2015-03-31/functions/quote/invocations",
}


@pytest.mark.parametrize("backend", PATHS)
async def test_a_body_too_large(demo: Demo, backend: str) -> None:
    """No backend reads a body beyond the limit."""
    async with httpx.AsyncClient(base_url=getattr(demo, backend)) as client:
        answer = await client.post(PATHS[backend], content=bytes(MAX_BODY + 1))

    assert answer.status_code == 413


@pytest.mark.parametrize("backend", PATHS)
async def test_a_body_just_small_enough(demo: Demo, backend: str) -> None:
    """A body at the limit is read, and refused for what it says."""
    async with httpx.AsyncClient(base_url=getattr(demo, backend)) as client:
        answer = await client.post(PATHS[backend], content=b"?" * MAX_BODY)

    assert answer.status_code in (400, 500)
