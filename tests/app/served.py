"""The whole gateway under a real server, and a client that asks it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from app.commands.serve import SERVER
from app.config.read import loads
from app.main import create_app
from tests.backends.asgi import served


class Asking:
    """A client of one running gateway."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def query(
        self,
        text: str,
        variables: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """The response of one operation."""
        answer = await self.http.post(
            "/graphql", json={"query": text, "variables": variables}, headers=headers
        )
        body: dict[str, Any] = answer.json()
        return body

    async def statuses(self) -> dict[str, str]:
        """Each upstream's status."""
        body = await self.query("{ _gateway { upstreams { name status } } }")
        return {one["name"]: one["status"] for one in body["data"]["_gateway"]["upstreams"]}


@asynccontextmanager
async def gateway(config: str, folder: Path, **environment: str) -> AsyncIterator[Asking]:
    """The gateway of that configuration, served until the block ends."""
    read = loads(config, folder / "splice.yaml", environment)
    app = create_app(read)
    settings = SERVER | {"timeout_graceful_shutdown": 2, "ws_max_size": read.server.max_body}
    async with served(app, **settings) as url, httpx.AsyncClient(base_url=url, timeout=20) as http:
        yield Asking(http)
