"""What a call of an OpenAPI function costs over sending its request."""

import time
from collections.abc import Mapping
from typing import Any, Final

import pytest
from rich.console import Console
from rich.table import Table

from tests.backends.rest import NUMBER, TEXT, document, success
from upstreams.kind import Call
from upstreams.openapi import carried, translated
from upstreams.openapi.model import Settings
from upstreams.transport import Request, Response

pytestmark = pytest.mark.bench

ALLOWED: Final = 40.0
"""Microseconds of CPU: several times what is measured on a quiet machine."""
ROUNDS, TIMES = 9, 2000
_ANSWER = success({"type": "object", "properties": {"id": NUMBER}})
_ID = {"name": "id", "in": "path", "required": True, "schema": NUMBER}
_QUERY = {"name": "q", "in": "query", "schema": TEXT}
_DOCUMENT = document(
    {
        "/posts": {"get": {"operationId": "posts", "responses": _ANSWER}},
        "/posts/{id}": {
            "get": {"operationId": "post", "parameters": [_ID], "responses": _ANSWER},
        },
        "/search": {
            "get": {"operationId": "search", "parameters": [_QUERY], "responses": _ANSWER},
        },
    }
)
ARGUMENTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "posts": {},
    "post": {"id": 7},
    "search": {"q": "a b"},
}


class _Echo:
    """A line at whose other end the answer is ready."""

    _answer = Response(200, (("content-type", "application/json"),), b'{"id": 7}')

    async def send(self, _request: Request, _deadline: float) -> Response:
        return self._answer

    async def aclose(self) -> None:
        """Nothing."""


async def test_the_overhead_of_a_call(capsys: pytest.CaptureFixture[str]) -> None:
    """A request is laid out and its answer taken in within microseconds."""
    catalog = translated(_DOCUMENT, "posts")
    settings = Settings(openapi="posts", url="http://127.0.0.1:1", headers={"x-key": "k"})
    client = carried("posts", settings, catalog).over(_Echo())
    functions = {one.name: one for one in catalog.functions}

    costs = {}
    for name, arguments in ARGUMENTS.items():
        call = Call(functions[name], arguments, 1e9)
        rounds = []
        for _ in range(ROUNDS):
            began = time.process_time()
            for _ in range(TIMES):
                await client.fetch(call)
            rounds.append((time.process_time() - began) / TIMES * 1e6)
        costs[name] = min(rounds)

    with capsys.disabled():
        Console().print("", _table(costs))
    assert max(costs.values()) < ALLOWED


def _table(costs: Mapping[str, float]) -> Table:
    table = Table("OpenAPI", "µs of CPU over the request")
    for name, cost in costs.items():
        table.add_row(name, f"{cost:.1f}")
    return table
