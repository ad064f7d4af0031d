"""`splice serve`: the gateway, until it is told to stop."""

import argparse
import os
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette

from app.commands.numbers import number, port
from app.commands.sources import DEFAULT, loaded
from app.config import ConfigError, Problem
from app.main import create_app
from app.telemetry import configure_logging

_CONFIG = "SPLICE_CONFIG"
_LOG_LEVEL = "SPLICE_LOG_LEVEL"
"""How a worker process learns which file, and which level, its parent was given."""

MOST_WORKERS = 1024
GRACE_SECONDS = 10
"""How long requests in flight may take once the gateway was told to stop."""


SERVER: dict[str, Any] = {
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
        "--workers", type=number(1, MOST_WORKERS), default=1, help="processes (default: 1)"
    )
    parser.add_argument(
        "--log-level", default="info", choices=("debug", "info", "warning", "error")
    )


def run(arguments: argparse.Namespace) -> int:
    """0 once every request in flight has ended."""
    config = loaded(arguments.config, host=arguments.host, port=arguments.port)
    if arguments.workers > 1 and config.server.events:
        raise ConfigError([Problem("--workers", "events arrive in one process only: give 1")])
    configure_logging(arguments.log_level)
    os.environ[_CONFIG] = str((arguments.config or DEFAULT).resolve())
    os.environ[_LOG_LEVEL] = arguments.log_level
    uvicorn.run(
        "app.commands.serve:worker" if arguments.workers > 1 else create_app(config),
        factory=arguments.workers > 1,
        host=config.server.host,
        port=config.server.port,
        workers=arguments.workers,
        ws_max_size=config.server.max_body,
        **SERVER,
    )
    return 0


def worker() -> Starlette:
    """The application of one worker process."""
    configure_logging(os.environ[_LOG_LEVEL])
    return create_app(loaded(Path(os.environ[_CONFIG])))
