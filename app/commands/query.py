"""`splice query`: one operation, answered in this process, without a server."""

import argparse
import asyncio
import json
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError

from app.commands.sources import loaded
from app.config import Config
from app.gateway import Gateway
from app.graphql.body import body_of, decode, encode
from schema.request import Request


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments."""
    parser.add_argument(
        "words", nargs="+", metavar="[CONFIG] QUERY", help="the operation's text, - for stdin"
    )
    parser.add_argument("--variables", type=variables, default=None, metavar="JSON")
    parser.add_argument("--operation", default=None, metavar="NAME")


def run(arguments: argparse.Namespace) -> int:
    """1 when the response has errors."""
    path, query = operation_of(arguments.words)
    return asyncio.run(_run(loaded(path), query, arguments.variables, arguments.operation))


def operation_of(words: Sequence[str]) -> tuple[Path | None, str]:
    """The configuration, if one is named, and the operation's text."""
    if len(words) > 2:
        raise SystemExit("a configuration and one query are wanted, not more")
    *config, text = words
    return Path(config[0]) if config else None, sys.stdin.read() if text == "-" else text


async def _run(config: Config, query: str, variables: Any, operation: str | None) -> int:
    gateway = Gateway(config)
    await gateway.once()
    try:
        snapshot = gateway.snapshot
        deadline = asyncio.get_running_loop().time() + config.server.timeout
        result = await snapshot.schema.execute(
            query,
            variable_values=variables,
            context_value=Request(snapshot, uuid.uuid4().hex, deadline),
            operation_name=operation,
        )
    except (MissingQueryError, CannotGetOperationTypeError):
        sys.stderr.write(f"there is no operation{f' called {operation}' if operation else ''}\n")
        return 1
    finally:
        await gateway.aclose()
    sys.stdout.write(encode(body_of(result)).decode() + "\n")
    return int(bool(result.errors))


def variables(text: str) -> dict[str, Any]:
    """The variables in a JSON text. Raises `argparse.ArgumentTypeError`."""
    try:
        value = decode(text)
    except json.JSONDecodeError as error:
        raise argparse.ArgumentTypeError(f"not JSON: {error.msg}") from error
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError("not a JSON object")
    return value
