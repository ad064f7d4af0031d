"""`splice diff`: what clients notice of a change, before it is made."""

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from app.commands.diff.sides import Opened, named, opened
from app.config import Config, Problem
from app.graphql.documents import Trusted, trusted
from app.graphql.documents.judge import unfit
from schema.diff import NO_USES, Change, Severity, Side, compare, uses

VERSION = 1
"""Of the shape that `--json` writes."""


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments."""
    sources = "a configuration, a description, SDL (.graphql), or a stored catalog (.splice/*.json)"
    parser.add_argument("old", metavar="OLD", help=sources)
    parser.add_argument("new", metavar="NEW", help="the same")
    parser.add_argument(
        "--documents", action="append", default=[], metavar="MANIFEST",
        help="trusted documents, in place of those of the configuration",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="machine-readable, on standard output")


def run(arguments: argparse.Namespace) -> int:
    """1 when clients that worked would break."""
    old, new = asyncio.run(_opened(named(arguments.old), named(arguments.new)))
    documents = _documents(arguments.documents, old, new)
    met = uses((one.text for one in documents), old.side.schema) if documents else NO_USES
    changes = compare(old.side, new.side, met, only=new.config.documents.only)
    broken = list(_broken(documents, old, new))
    if arguments.json:
        report = msgspec.json.format(msgspec.json.encode(_report(changes, broken)))
        sys.stdout.write(f"{report.decode()}\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in _lines(changes, broken))
    return int(any(one.severity is Severity.BREAKING for one in changes))


async def _opened(old: Side | Config, new: Side | Config) -> tuple[Opened, Opened]:
    return await opened(old), await opened(new)


def _documents(manifests: Sequence[str], old: Opened, new: Opened) -> Sequence[Trusted]:
    """Those that are named, else what the configurations trust, the new one's first."""
    return trusted(manifests or new.config.documents.trusted or old.config.documents.trusted)


def _broken(documents: Sequence[Trusted], old: Opened, new: Opened) -> Iterator[Problem]:
    """What keeps documents from running that ran before."""
    most = new.config.server.max_tokens
    before = {one.at for one in unfit(documents, old.side.schema, most)}
    return (one for one in unfit(documents, new.side.schema, most) if one.at not in before)


def _counts(changes: Iterable[Change]) -> dict[str, int]:
    counts = Counter(one.severity for one in changes)
    return {severity.value: counts[severity] for severity in Severity}


def _report(changes: Sequence[Change], broken: Iterable[Problem]) -> dict[str, Any]:
    return {
        "version": VERSION,
        **_counts(changes),
        "changes": [
            {
                "severity": one.severity.value,
                "at": one.at,
                "reason": one.reason,
                "was": one.was or None,
                "now": one.now or None,
                "used": one.used,
            }
            for one in changes
        ],
        "documents": [{"at": one.at, "problem": one.message} for one in broken],
    }


def _lines(changes: Sequence[Change], broken: Sequence[Problem]) -> Iterator[str]:
    for one in changes:
        yield f"{one.severity.value}: {one}"
    yield from (f"trusted document breaks: {one}" for one in broken)
    yield ", ".join(f"{count} {name}" for name, count in _counts(changes).items())
