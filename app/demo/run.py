"""The four backends together, in this process, and the configuration that finds them."""

import asyncio
import json
import shlex
import socket
from collections.abc import Generator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import uvicorn
from starlette.types import ASGIApp

from app.demo import bank, parcels, pricing, records, shop

_HOST = "127.0.0.1"
_GRACE_SECONDS = 0.2

QUERY = """\
{
  getOrder(id: 7000000003) {
    status
    placedAt
    total
    customer {
      name
      account { iban balance }
    }
    parcels { id status carrier weightKg }
    lines {
      quantity
      unitPrice
      product { name }
      quote { total validUntil }
    }
  }
}
"""
"""A query that all four answer, each asked with what another said: REST, SOAP, gRPC and Lambda."""

GRAPH = Path(__file__).with_name("graph.graphql")
"""What joins them."""

_CONFIG = """\
upstreams:
  shop:
    openapi: {shop}/openapi.json
  parcels:
    grpc: {parcels}
  bank:
    soap: {bank}/bank?wsdl
  pricing:
    lambda: [{function}]
    region: {region}
    url: {pricing}
    types: {types}
    sign: false
schema:
  extend: {graph}
"""


def curl(url: str, query: str = QUERY) -> str:
    """The command line that sends the query to the GraphQL endpoint at that URL."""
    body = json.dumps({"query": " ".join(query.split())})
    return f"curl {shlex.quote(url)} -H 'content-type: application/json' -d {shlex.quote(body)}"


class Demo:
    """The four backends, each on a free port of its own, running while the block does.

    Every start begins with the same records. It leaves signals to whoever enters the block.
    """

    def __init__(self) -> None:
        self._running = AsyncExitStack()
        self._servers: list[uvicorn.Server] = []
        self.shop = self.bank = self.pricing = ""
        """Base URLs, e.g. `http://127.0.0.1:43117`; empty until the block is entered."""
        self.parcels = ""
        """The gRPC server's address, e.g. `127.0.0.1:43119`."""

    @property
    def config(self) -> str:
        """The text of a `splice.yaml` with these four upstreams."""
        return _CONFIG.format(
            shop=self.shop,
            parcels=self.parcels,
            bank=self.bank,
            pricing=self.pricing,
            function=pricing.FUNCTION,
            region=pricing.REGION,
            types=json.dumps(str(pricing.TYPES)),
            graph=json.dumps(str(GRAPH)),
        )

    async def __aenter__(self) -> Self:
        known = records.load()
        async with AsyncExitStack() as stack:
            tasks = await stack.enter_async_context(asyncio.TaskGroup())
            stack.callback(self._stop_http)
            self.shop = self._serve(shop.app(known), tasks)
            self.bank = self._serve(bank.app(known), tasks)
            self.pricing = self._serve(pricing.app(known), tasks)
            self.parcels = await _serve_grpc(known, stack)
            self._running = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Without the error: it would make the group cancel servers that are about to stop.
        await self._running.aclose()

    def _serve(self, app: ASGIApp, tasks: asyncio.TaskGroup) -> str:
        """The application's URL. Connections wait in the socket's queue until it is served."""
        listener = socket.create_server((_HOST, 0))
        server = _Server(
            uvicorn.Config(
                app, lifespan="off", ws="none", log_config=None, timeout_graceful_shutdown=1
            )
        )
        self._servers.append(server)
        tasks.create_task(server.serve(sockets=[listener]))
        return f"http://{_HOST}:{listener.getsockname()[1]}"

    def _stop_http(self) -> None:
        for server in self._servers:
            server.should_exit = True


async def _serve_grpc(known: records.Records, stack: AsyncExitStack) -> str:
    server = parcels.serving(known)
    port = server.add_insecure_port(f"{_HOST}:0")
    await server.start()
    stack.push_async_callback(server.stop, _GRACE_SECONDS)
    return f"{_HOST}:{port}"


class _Server(uvicorn.Server):
    """A server that leaves the process's signals alone."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield
