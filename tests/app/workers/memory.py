"""A gateway over a large schema, and work for each of its processes."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from graphql import get_introspection_query

from tests.app.workers.processes import serving, stopped
from tests.backends.rest import NUMBER, TEXT, document, success


def described(types: int) -> dict[str, Any]:
    """A document of that many object types, each with ten fields and an operation that gives it."""
    paths = {
        f"/t{one}": {"get": {"operationId": f"t{one}", "responses": success(_ref(one))}}
        for one in range(types)
    }
    schemas = {f"T{one}": _schema(one, types) for one in range(types)}
    return document(paths, **schemas)


@asynccontextmanager
async def started(folder: Path, types: int, workers: int) -> AsyncIterator[tuple[str, list[int]]]:
    """Where the gateway is, and the processes that serve, all of them ready."""
    (folder / "large.json").write_text(json.dumps(described(types)))
    config = "upstreams: {a: {openapi: large.json, url: 'http://127.0.0.1:9'}}"
    async with serving(folder, config, "--workers", str(workers)) as gateway:
        if workers > 1:
            yield gateway.url, await gateway.steady()
        else:
            await gateway.query("{ __typename }")
            yield gateway.url, [gateway.pid]


async def operate(url: str, pids: list[int], operations: int) -> None:
    """Have each of the processes run that many different operations."""
    texts = [f"{{ t{one} {{ id next {{ f1 f2 next {{ id }} }} }} }}" for one in range(operations)]
    await _ask_each(url, pids, texts)


async def introspect(url: str, pids: list[int]) -> None:
    """Have each of the processes tell its whole schema once."""
    await _ask_each(url, pids, [get_introspection_query()])


async def _ask_each(url: str, pids: list[int], texts: Sequence[str]) -> None:
    for pid in pids:
        with stopped([other for other in pids if other != pid]):
            async with httpx.AsyncClient(base_url=url, timeout=120) as http:
                for text in texts:
                    await http.post("/graphql", json={"query": text})


def _schema(one: int, types: int) -> dict[str, Any]:
    fields = {f"f{number}": TEXT for number in range(8)}
    return {
        "type": "object",
        "properties": {"id": NUMBER, "next": _ref((one * 7 + 1) % types), **fields},
    }


def _ref(one: int) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/T{one}"}
