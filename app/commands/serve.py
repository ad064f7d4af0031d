"""`splice serve`: the gateway, until it is told to stop."""

import argparse
import os
from pathlib import Path
from typing import Any

import uvicorn

from app import memory, workers
from app.commands.numbers import number, port
from app.commands.sources import loaded
from app.config import Config, ConfigError, Problem
from app.garbage import set_aside
from app.gateway import Gateway
from app.main import create_app
from app.scouting.away import away
from app.server import HttpProtocol
from app.telemetry import configure_logging

MOST_WORKERS = 1024
_STANDARD_ERROR = 2
GRACE_SECONDS = 10
"""How long requests in flight may take once the gateway was told to stop."""


SERVER: dict[str, Any] = {
    "http": HttpProtocol,
    "log_config": None,
    "access_log": False,
    # Both are set in `main`, where a backend's own are not doubled.
    "server_header": False,
    "date_header": False,
    # Pass-through judges the peer itself; uvicorn would hide it behind what a client claims.
    "proxy_headers": False,
    "timeout_graceful_shutdown": GRACE_SECONDS,
    "lifespan": "on",
}


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments."""
    parser.add_argument("config", nargs="?", type=Path, default=None, metavar="CONFIG")
    parser.add_argument("--host", default=None, help="the address to listen on")
    parser.add_argument("--port", type=port, default=None, help="the port to listen on")
    parser.add_argument(
        "--workers",
        type=number(1, MOST_WORKERS),
        default=1,
        help="processes, sharing what is built (default: 1)",
    )
    parser.add_argument(
        "--log-level", default="info", choices=("debug", "info", "warning", "error")
    )


def run(arguments: argparse.Namespace) -> int:
    """0 once every request in flight has ended."""
    config = loaded(arguments.config, host=arguments.host, port=arguments.port)
    if arguments.workers > 1:
        _check(config)
    configure_logging(arguments.log_level)
    _open_standard()
    memory.keep()
    if arguments.workers > 1:
        workers.serve(config, arguments.workers, lambda app: uvicorn.Config(app, **_server(config)))
    else:
        app = create_app(config, gateway=Gateway(config, discovering=away, renewed=set_aside))
        uvicorn.run(app, **_server(config))
    return 0


def _open_standard() -> None:
    """Have the first three descriptors open, which no connection is to be given."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= _STANDARD_ERROR:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)


def _check(config: Config) -> None:
    """Raises `ConfigError` where there cannot be several workers."""
    if config.server.events:
        raise ConfigError([Problem("--workers", "events arrive in one process only: give 1")])
    if not workers.can_fork():
        raise ConfigError([Problem("--workers", workers.NO_FORK)])


def _server(config: Config) -> dict[str, Any]:
    """What uvicorn is told."""
    server = config.server
    return SERVER | {"host": server.host, "port": server.port, "ws_max_size": server.max_body}
