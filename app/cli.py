"""The command `splice`."""

import argparse
import sys
from collections.abc import Sequence
from types import ModuleType

from app.commands import check, demo, discover, query, schema, serve
from app.config import ConfigError
from app.status import VERSION

COMMANDS: dict[str, ModuleType] = {
    "demo": demo,
    "serve": serve,
    "discover": discover,
    "schema": schema,
    "query": query,
    "check": check,
}


def main(words: Sequence[str] | None = None) -> None:
    """Run one command and exit with its status: 0, 1 when it found something wrong, 2 for usage."""
    arguments = _parser().parse_args(words)
    try:
        status = arguments.run(arguments)
    except ConfigError as error:
        print(*error.problems, sep="\n", file=sys.stderr)
        status = 1
    except KeyboardInterrupt:
        status = 130
    raise SystemExit(status)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="splice", description="One GraphQL API over the backends you already have."
    )
    parser.add_argument("--version", action="version", version=f"splice {VERSION}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, module in COMMANDS.items():
        summary = (module.__doc__ or "").partition(": ")[2].strip()
        command = commands.add_parser(name, help=summary, description=summary)
        module.add(command)
        command.set_defaults(run=module.run)
    return parser
