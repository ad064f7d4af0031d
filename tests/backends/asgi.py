"""Serving an ASGI application under a real uvicorn, on loopback, until a block ends."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from tests.backends.process import LOOPBACK


@asynccontextmanager
async def served(app: ASGIApp, **settings: Any) -> AsyncIterator[str]:
    """The address of `app`, e.g. `http://127.0.0.1:43117`, once it has started.

    `settings` are uvicorn's; with a certificate among them it speaks TLS.
    """
    quiet = {"log_config": None, "log_level": "warning", "timeout_graceful_shutdown": 2}
    config = uvicorn.Config(app, **(quiet | settings))
    server = uvicorn.Server(config)
    with socket.create_server((LOOPBACK, 0)) as listening:
        # Asyncio does so itself, but not for a socket it is given: each answer would take 40 ms.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(server.serve([listening]))
            try:
                while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn has a flag
                    await asyncio.sleep(0.005)
                scheme = "https" if config.is_ssl else "http"
                yield "{}://{}:{}".format(scheme, *listening.getsockname())
            finally:
                server.should_exit = True
