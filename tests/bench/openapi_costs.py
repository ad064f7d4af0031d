"""What one OpenAPI document costs, in a process of its own, so that its peak memory is its own.

`python -m tests.bench.openapi_costs file DOCUMENT STORE` discovers, builds and stores;
`python -m tests.bench.openapi_costs store STORE` restores and builds. Prints one line of JSON.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from graphql import build_schema

from schema.build import build
from tests.memory import peak
from upstreams.model import restore, store
from upstreams.openapi.discover import discover
from upstreams.openapi.model import OpenApiCatalog, Settings


class Costs(msgspec.Struct):
    """Seconds of the clock for each stage, and the most memory there ever was."""

    seconds: dict[str, float] = {}
    megabytes: float = 0
    functions: int = 0
    types: int = 0

    @contextmanager
    def of(self, stage: str) -> Iterator[None]:
        """Note how long a stage takes."""
        began = time.perf_counter()
        yield
        self.seconds[stage] = time.perf_counter() - began


async def from_file(document: str, target: str) -> Costs:
    """A document as a catalog and a schema; the catalog is stored, too."""
    costs = Costs()
    with costs.of("discover"):
        catalog = await discover(Settings(openapi=document))
    _built(costs, catalog)
    with costs.of("store"):
        await asyncio.to_thread(Path(target).write_bytes, store(catalog))
    return costs


def from_store(stored: str) -> Costs:
    """A stored catalog as a schema."""
    costs = Costs()
    with costs.of("restore"):
        catalog = restore(Path(stored).read_bytes(), OpenApiCatalog)
    _built(costs, catalog)
    return costs


def _built(costs: Costs, catalog: OpenApiCatalog) -> None:
    own = build_schema("type Query { _gateway: String }")
    with costs.of("build"):
        build({"upstream": catalog}, own)
    costs.functions, costs.types = len(catalog.functions), len(catalog.types)
    costs.megabytes = peak() / 1e6


if __name__ == "__main__":
    _, way, *paths = sys.argv
    found = asyncio.run(from_file(*paths)) if way == "file" else from_store(*paths)
    sys.stdout.buffer.write(msgspec.json.encode(found))
