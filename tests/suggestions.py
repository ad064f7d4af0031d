"""Every join that the corpora's descriptions suggest, each alone: `python -m tests.suggestions`."""

import argparse
import asyncio
import random
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
from graphql import build_schema

from schema.suggest import LEAST, suggest
from tests import corpora
from tests.scoreboard import CORPORA, descriptions
from upstreams.errors import DiscoveryError
from upstreams.model import Catalog

JUDGED = Path(__file__).with_name("schema") / "suggest" / "judged.json"
"""Suggestions that a person looked at, with the description they are from."""
_OWN = "type Query { _gateway: String }"
_MOST = 15
"""How many of one document are in a sample, so that no document outweighs the others."""


class Suggested(NamedTuple):
    """One suggestion, as it is told apart from others."""

    document: str
    """The file below the corpora."""
    type: str
    field: str
    """The field that would join, and what it gives."""
    call: str
    """The function, and what it is given."""


class Judged(NamedTuple):
    """What a person made of a suggestion."""

    suggested: Suggested
    right: bool
    why: str = ""
    """What is wrong with it."""


def suggested(least: float = LEAST, documents: frozenset[str] | None = None) -> Iterator[Suggested]:
    """Those of every document that can be read, or of the named ones."""
    for kind in CORPORA:
        for file in descriptions(kind):
            document = str(file.relative_to(corpora.SPECS))
            if documents is None or document in documents:
                yield from _suggested(document, file, kind, least)


def judged() -> list[Judged]:
    """All that were looked at."""
    return msgspec.json.decode(JUDGED.read_bytes(), type=list[Judged])


def _suggested(document: str, file: Path, kind: str, least: float) -> Iterator[Suggested]:
    try:
        catalog = asyncio.run(_discovered(file, kind))
    except DiscoveryError:
        return
    for one in suggest({"it": catalog}, build_schema(_OWN), least=least):
        call = f"{one.calls.removeprefix('it.')}({one.argument}: {one.value})"
        yield Suggested(document, one.on.name, f"{one.name}: {one.gives}", call)


async def _discovered(file: Path, kind: str) -> Catalog:
    return await CORPORA[kind].discover(file)


def _sample(found: Iterable[Suggested], count: int) -> Sequence[Suggested]:
    """So many of them at random, the same on every run."""
    dice = random.Random(count)  # noqa: S311 - which are looked at is no secret
    documents: defaultdict[str, list[Suggested]] = defaultdict(list)
    for one in found:
        documents[one.document].append(one)
    few = [one for each in documents.values() for one in dice.sample(each, min(_MOST, len(each)))]
    return sorted(dice.sample(few, min(count, len(few))))


def main() -> None:
    """Print one suggestion a line as JSON, and how many there are on standard error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--min", type=float, default=LEAST, dest="least")
    parser.add_argument("--sample", type=int, help=f"print so many, {_MOST} of one document")
    asked = parser.parse_args()
    found = list(suggested(asked.least))
    shown = _sample(found, asked.sample) if asked.sample else found
    sys.stdout.writelines(f"{msgspec.json.encode(one).decode()}\n" for one in shown)
    documents = len({one.document for one in found})
    sys.stderr.write(f"{len(found)} joins suggested by {documents} documents\n")


if __name__ == "__main__":
    main()
