"""Reads that many clients ask for at the same time, shared where the upstream's settings say so."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.app.served import Asking, gateway
from tests.backends.rest import TEXT, Rest, document, rest, success

MANY = 5


class Gate:
    """A handler that answers everybody once enough have asked, or once it is opened."""

    def __init__(self, enough: int, status: int = 200) -> None:
        self._enough = enough
        self._status = status
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()
        self.asked = 0

    async def __call__(self, request: Request) -> Response:
        self.asked += 1
        self.reached.set()
        if self.asked == self._enough:
            self.opened.set()
        await self.opened.wait()
        who = request.headers.get("authorization", "nobody")
        return JSONResponse({"who": who}, self._status)


def described() -> dict[str, Any]:
    said = success({"type": "object", "properties": {"who": TEXT}})
    return document(
        {
            "/me": {
                "get": {"operationId": "me", "responses": said},
                "post": {"operationId": "change", "responses": said},
            }
        }
    )


@asynccontextmanager
async def served(
    folder: Path, gate: Gate, settings: str = "share: true"
) -> AsyncIterator[tuple[Asking, Rest]]:
    """A gateway over one backend whose answers wait at the gate."""
    async with rest(described(), me=gate, change=gate) as backend:
        config = f"upstreams: {{a: {{openapi: '{backend.description}', {settings}}}}}"
        async with gateway(config, folder) as asking:
            yield asking, backend


async def many(asking: Asking, text: str, **headers: str) -> list[dict[str, Any]]:
    async with asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(asking.query(text, headers=headers)) for _ in range(MANY)]
    return [one.result() for one in asked]


async def test_equal_reads_are_one_call(tmp_path: Path) -> None:
    """However many ask for it while it is under way."""
    gate = Gate(enough=2)
    async with served(tmp_path, gate) as (asking, _), asyncio.TaskGroup() as tasks:
        first = tasks.create_task(many(asking, "{ me { who } }"))
        other = tasks.create_task(asking.query("{ them: me { who } }", headers={"x": "1"}))
        tasks.create_task(_opened(gate, asking))

    assert gate.asked == 1
    assert [one["data"]["me"]["who"] for one in first.result()] == ["nobody"] * MANY
    assert other.result()["data"]["them"]["who"] == "nobody"


async def _opened(gate: Gate, asking: Asking) -> None:
    await gate.reached.wait()
    for _ in range(MANY):
        # What was sent before these has begun when they are answered.
        await asking.query("{ __typename }")
    gate.opened.set()


async def test_each_asks_for_itself_without_the_setting(tmp_path: Path) -> None:
    """Nothing is shared by default."""
    gate = Gate(enough=MANY)
    async with served(tmp_path, gate, "timeout: 10s") as (asking, _):
        await many(asking, "{ me { who } }")

    assert gate.asked == MANY


async def test_who_shows_something_else_gets_something_else(tmp_path: Path) -> None:
    """Forwarded headers are part of what is asked."""
    gate = Gate(enough=2)
    settings = "share: true, forward: [authorization]"
    async with served(tmp_path, gate, settings) as (asking, _), asyncio.TaskGroup() as tasks:
        a = tasks.create_task(many(asking, "{ me { who } }", authorization="a"))
        b = tasks.create_task(many(asking, "{ me { who } }", authorization="b"))

    assert gate.asked == 2
    assert {one["data"]["me"]["who"] for one in a.result()} == {"a"}
    assert {one["data"]["me"]["who"] for one in b.result()} == {"b"}


async def test_an_empty_header_is_not_none(tmp_path: Path) -> None:
    """Who sends one that says nothing is told apart from who sends none."""
    gate = Gate(enough=2)
    settings = "share: true, forward: [authorization]"
    async with served(tmp_path, gate, settings) as (asking, _), asyncio.TaskGroup() as tasks:
        empty = tasks.create_task(asking.query("{ me { who } }", headers={"authorization": ""}))
        none = tasks.create_task(asking.query("{ me { who } }"))

    assert empty.result()["data"]["me"]["who"] == ""
    assert none.result()["data"]["me"]["who"] == "nobody"


async def test_what_writes_is_never_shared(tmp_path: Path) -> None:
    """Every client's mutation is its own."""
    gate = Gate(enough=MANY)
    async with served(tmp_path, gate) as (asking, _):
        await many(asking, "mutation { change { who } }")

    assert gate.asked == MANY


async def test_a_failure_is_shared(tmp_path: Path) -> None:
    """Nobody asks a backend once more that has just failed."""
    gate = Gate(enough=MANY + 1, status=500)
    async with served(tmp_path, gate) as (asking, _), asyncio.TaskGroup() as tasks:
        asked = tasks.create_task(many(asking, "{ me { who } }"))
        tasks.create_task(_opened(gate, asking))

    assert gate.asked == 1
    assert {one["errors"][0]["extensions"]["status"] for one in asked.result()} == {500}
    assert len({one["errors"][0]["extensions"]["requestId"] for one in asked.result()}) == MANY


async def test_an_error_has_the_id_of_its_own_request(tmp_path: Path) -> None:
    """A failure is shared, what is said of it is not."""
    gate = Gate(enough=1)
    async with (
        served(tmp_path, gate, "share: true, url: 'http://127.0.0.1:1'") as (asking, _),
        asyncio.TaskGroup() as tasks,
    ):
        asked = {
            name: tasks.create_task(asking.query("{ me { who } }", headers={"x-request-id": name}))
            for name in ("one", "two")
        }

    for name, one in asked.items():
        (error,) = one.result()["errors"]
        assert error["extensions"]["requestId"] == name
