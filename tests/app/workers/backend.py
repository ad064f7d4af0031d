"""A REST backend that counts how often it is described, and waits where it is told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.backends.asgi import served
from tests.backends.rest import TEXT, answering


@dataclass(slots=True)
class Backend:
    """Where it is, what it says of itself, and gates that are open unless a test closes them."""

    url: str = ""
    document: dict[str, Any] = field(default_factory=lambda: answering(hello=TEXT, slow=TEXT))
    descriptions: int = 0
    """How often it was asked for its description."""
    entered: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    """Released by each request for `slow`."""
    leave: asyncio.Event = field(default_factory=asyncio.Event)
    """Lets them be answered."""
    describing: asyncio.Event = field(default_factory=asyncio.Event)
    """Lets it be described."""

    @property
    def upstream(self) -> str:
        """A configuration of this one upstream."""
        return f"upstreams: {{a: {{openapi: '{self.url}/openapi.json'}}}}\n"


@asynccontextmanager
async def backend() -> AsyncIterator[Backend]:
    """The backend, listening until the block ends."""
    one = Backend()
    one.describing.set()

    async def described(_: Request) -> Response:
        one.descriptions += 1
        await one.describing.wait()
        return JSONResponse(one.document)

    async def slow(_: Request) -> Response:
        one.entered.release()
        await one.leave.wait()
        return JSONResponse("slow")

    async def quick(_: Request) -> Response:
        return JSONResponse("hi")

    routes = [
        Route("/openapi.json", described),
        Route("/slow", slow),
        Route("/{any}", quick),
    ]
    async with served(Starlette(routes=routes)) as one.url:
        try:
            yield one
        finally:
            one.describing.set()
            one.leave.set()
