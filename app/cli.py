"""The command `splice`."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from app.config import ConfigError
from app.version import VERSION

COMMANDS = {
    "demo": "four embedded backends and the gateway over them",
    "serve": "run the gateway",
    "discover": "what each upstream offers, and what could not be exact",
    "schema": "the SDL on standard output",
    "query": "one operation, answered in this process",
    "explain": "the calls an operation would make; none of them is made",
    "diff": "what a change of the configuration or of descriptions means for clients",
    "approve": "serve what the gateway holds back, as it would break clients",
    "suggest": "joins that the descriptions suggest, as SDL to paste",
    "check": "the configuration against live or stored catalogs",
}


def main(words: Sequence[str] | None = None) -> None:
    """Run one command and exit with its status: 0, 1 when it found something wrong, 2 for usage."""
    words = sys.argv[1:] if words is None else words
    arguments = _parser(words[0] if words else "").parse_args(words)
    try:
        status = arguments.run(arguments)
    except ConfigError as error:
        print(*error.problems, sep="\n", file=sys.stderr)
        status = 1
    except KeyboardInterrupt:
        status = 130
    raise SystemExit(status)


def _parser(wanted: str) -> argparse.ArgumentParser:
    """The whole parser; only the wanted command is imported, as some are slow to import."""
    parser = argparse.ArgumentParser(
        prog="splice", description="One GraphQL API over the backends you already have."
    )
    parser.add_argument("--version", action="version", version=f"splice {VERSION}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary)
        if name == wanted:
            module = import_module(f"app.commands.{name}")
            module.add(command)
            command.set_defaults(run=module.run)
    return parser
