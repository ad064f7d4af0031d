"""`splice demo`: four embedded backends and the gateway over them, until Ctrl-C."""

import argparse
import asyncio
import contextlib
import os
import socket
import sys
import tempfile
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from app.commands.numbers import port
from app.commands.serve import SERVER
from app.config.read import loads
from app.demo.run import QUERY, Demo, curl
from app.main import create_app
from app.telemetry import configure_logging

GRACE_SECONDS = 1


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments."""
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", type=port, default=4000, help="the port to listen on; 0: any")


def run(arguments: argparse.Namespace) -> int:
    """0 after Ctrl-C."""
    configure_logging("warning")
    with (
        tempfile.TemporaryDirectory(prefix="splice-demo-") as folder,
        contextlib.suppress(KeyboardInterrupt),
    ):
        asyncio.run(_serve(Path(folder), arguments.host, arguments.port))
    return 0


async def _serve(folder: Path, host: str, port: int) -> None:
    async with Demo() as demo:
        config = loads(demo.config, folder / "splice.yaml", os.environ)
        server = _Announced(create_app(config, default_query=QUERY), host, port)
        await server.serve()


class _Announced(uvicorn.Server):
    """A server that says where it is once it is there."""

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        settings = {**SERVER, "timeout_graceful_shutdown": GRACE_SECONDS}
        super().__init__(uvicorn.Config(app, host=host, port=port, **settings))

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then print the explorer's address, a query, and the same for the shell."""
        await super().startup(sockets)
        if self.should_exit:
            return
        host, port, *_ = self.servers[0].sockets[0].getsockname()
        url = f"http://{host}:{port}"
        sys.stdout.write(
            f"\nExplorer  {url}/\nGraphQL   {url}/graphql\n\nOne query over all four:\n\n{QUERY}\n"
            f"{curl(f'{url}/graphql')}\n\nCtrl-C stops everything.\n"
        )
        sys.stdout.flush()
