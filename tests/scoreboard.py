"""How well real descriptions translate: `python -m tests.scoreboard KIND`."""

import argparse
import asyncio
import re
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
from graphql import build_schema
from rich.console import Console
from rich.table import Table

from schema.build import SchemaError, build
from tests import corpora
from tests.memory import peak
from upstreams import grpc, openapi, soap
from upstreams.errors import DiscoveryError
from upstreams.grpc.model import Settings as GrpcSettings
from upstreams.model import Catalog, Remark
from upstreams.openapi.model import Settings as OpenApiSettings
from upstreams.soap.model import Settings as SoapSettings

_NAMES = re.compile(r"'[^']*'|\S*#\S*|\d+|[\w.-]+(, [\w.-]+)* (and \d+ more )?(?=cannot be told)")


@dataclass(frozen=True, slots=True)
class Corpus:
    """The descriptions of one kind."""

    title: str
    globs: tuple[str, ...]
    discover: Callable[[Path], Awaitable[Catalog]]
    parts: frozenset[str] = frozenset()
    """Names of folders whose files are parts of descriptions, and none themselves."""


CORPORA: Mapping[str, Corpus] = {
    "openapi": Corpus(
        "OpenAPI",
        ("openapi/**/*.json", "openapi/**/*.yaml"),
        lambda file: openapi.KIND.discover(OpenApiSettings(openapi=str(file))),
        frozenset({"schemas"}),
    ),
    "grpc": Corpus(
        "gRPC",
        ("proto/*.binpb",),
        lambda file: grpc.KIND.discover(GrpcSettings(grpc=str(file))),
    ),
    "soap": Corpus(
        "SOAP",
        ("wsdl/**/*.wsdl",),
        lambda file: soap.KIND.discover(SoapSettings(soap=str(file))),
        frozenset({"childs"}),
    ),
}


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one description."""

    file: Path
    catalog: Catalog | None
    """None where the description is refused."""
    problems: tuple[str, ...] = ()
    """Why it is refused, or makes no valid schema."""
    seconds: float = 0
    """Of processor time, from the file to the schema."""


def descriptions(kind: str = "openapi") -> list[Path]:
    """Every file of a kind's corpus that is a whole description."""
    corpus = CORPORA[kind]
    found = [file for glob in corpus.globs for file in corpora.specs(glob)]
    return [file for file in found if file.parent.name not in corpus.parts]


def measured(file: Path, kind: str = "openapi") -> Row:
    """What becomes of one description, and what it costs."""
    began = time.process_time()
    try:
        catalog = asyncio.run(_discovered(file, kind))
    except DiscoveryError as error:
        return Row(file, None, (str(error),), time.process_time() - began)
    try:
        build({"upstream": catalog}, build_schema("type Query { _gateway: String }"))
    except SchemaError as error:
        return Row(file, catalog, error.problems, time.process_time() - began)
    return Row(file, catalog, (), time.process_time() - began)


async def _discovered(file: Path, kind: str) -> Catalog:
    return await CORPORA[kind].discover(file)


def report(rows: Iterable[Row], kind: str = "openapi") -> Iterator[Table]:
    """The scoreboard's tables."""
    rows = list(rows)
    catalogs = [row.catalog for row in rows if row.catalog]
    yield _totals(rows, catalogs, CORPORA[kind].title)
    yield _counted("skipped", (one.reason for found in catalogs for one in found.skipped))
    yield _counted("became JSON", _reasons(found.degraded for found in catalogs))
    yield _counted("assumed", _reasons(found.assumed for found in catalogs))
    yield _counted("not valid", (problem for row in rows for problem in row.problems))


def _reasons(remarks: Iterable[Iterable[Remark]]) -> Iterator[str]:
    return (remark.reason for found in remarks for remark in found)


def _totals(rows: list[Row], catalogs: list[Catalog], title: str) -> Table:
    mapped = sum(len(one.functions) for one in catalogs)
    skipped = sum(len(one.skipped) for one in catalogs)
    size = sum(row.file.stat().st_size for row in rows) / 1e6
    seconds = sum(row.seconds for row in rows)
    table = Table(title=title, show_header=False)
    for name, count in (
        ("descriptions", f"{len(rows)} ({size:.1f} MB)"),
        ("valid schemas", f"{sum(not row.problems for row in rows)}"),
        ("functions mapped", f"{mapped}"),
        ("functions skipped", f"{skipped}"),
        ("types", f"{sum(len(one.types) for one in catalogs)}"),
        ("places that became JSON", f"{sum(len(one.degraded) for one in catalogs)}"),
        ("assumptions", f"{sum(len(one.assumed) for one in catalogs)}"),
        ("processor seconds", f"{seconds:.1f} ({seconds / size:.2f} per MB)" if size else "0"),
        ("peak memory", f"{peak() / 1e6:.0f} MB"),
    ):
        table.add_row(name, count)
    return table


def _counted(title: str, reasons: Iterable[str], most: int = 15) -> Table:
    """How often each reason is given, whatever names and numbers are in it."""
    counts = Counter(_NAMES.sub("…", reason) for reason in reasons)
    table = Table("count", "reason", title=f"{title}: {counts.total()}")
    for reason, count in counts.most_common(most):
        table.add_row(str(count), reason)
    return table


def main() -> None:
    """Print the scoreboard; exit 1 where a description makes no valid schema."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=[*CORPORA])
    parser.add_argument("--json", action="store_true", help="one line per description")
    asked = parser.parse_args()
    rows = [measured(file, asked.kind) for file in descriptions(asked.kind)]
    if asked.json:
        sys.stdout.writelines(f"{_line(row)}\n" for row in rows)
    else:
        console = Console(width=120)
        for table in report(rows, asked.kind):
            console.print(table)
    sys.exit(any(row.problems for row in rows))


def _line(row: Row) -> str:
    found = row.catalog
    return msgspec.json.encode(
        {
            "file": str(row.file.relative_to(corpora.SPECS)),
            "bytes": row.file.stat().st_size,
            "functions": len(found.functions) if found else 0,
            "skipped": [one.reason for one in found.skipped] if found else [],
            "degraded": [(one.at, one.reason) for one in found.degraded] if found else [],
            "problems": row.problems,
            "seconds": round(row.seconds, 4),
        }
    ).decode()


if __name__ == "__main__":
    main()
