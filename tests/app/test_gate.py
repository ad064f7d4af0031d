"""Descriptions that would break clients: held back, told, approved, over real servers."""

import json as texts
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from app.config import ConfigError
from app.config.read import loads
from tests.app.served import Asking, gateway
from tests.app.test_cli import splice
from tests.backends.rest import TEXT, Rest, answering, json, rest

STATUS = "{ _gateway { upstreams { status problem functions held { path reason } } } }"
OLD, NEW = answering(hello=TEXT, bye=TEXT), answering(hello=TEXT)
SAFE = answering(hello=TEXT, bye=TEXT, more=TEXT)
GONE = {"path": "Query.bye", "reason": "the field is gone (String -> nothing)"}


@asynccontextmanager
async def backend(document: dict[str, Any] = OLD) -> AsyncIterator[Rest]:
    """A backend that says hello and bye, and describes itself so at first."""
    async with rest(document, hello=json("hi"), bye=json("bye"), more=json("more")) as one:
        yield one


def config(one: Rest, more: str = "") -> str:
    """Over that backend, with breaking changes held back."""
    return (
        f"upstreams: {{a: {{openapi: '{one.description}'}}}}\n"
        f"discovery: {{every: 50ms, breaking: hold}}\n{more}"
    )


async def upstream(asking: Asking) -> dict[str, Any]:
    """What the gateway says of its one upstream."""
    body = await asking.query(STATUS)
    status: dict[str, Any] = body["data"]["_gateway"]["upstreams"][0]
    return status


async def until(asking: Asking, holds: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """What the gateway says once that is so; the test's own time limit bounds it."""
    while not holds(status := await upstream(asking)):
        pass
    return status


def held(status: dict[str, Any]) -> bool:
    """Whether something is held back."""
    return bool(status["held"])


async def test_a_breaking_change_is_held_back(tmp_path: Path) -> None:
    """What was served goes on being served; `_gateway` and `/readyz` say what is held, and why."""
    async with backend() as one, gateway(config(one), tmp_path) as asking:
        before = await upstream(asking)
        one.document = NEW
        status = await until(asking, held)
        body = await asking.query("{ hello bye }")
        ready = await asking.http.get("/readyz")

    assert before["held"] == []
    assert (status["status"], status["functions"], status["held"]) == ("HELD", 2, [GONE])
    assert "1 change that breaks clients" in status["problem"]
    assert body == {"data": {"hello": "hi", "bye": "bye"}}
    assert ready.status_code == 200
    assert ready.json()["upstreams"]["a"]["held"] == [GONE]


async def test_it_is_logged_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """However often the upstream is discovered; another change is told again."""
    async with backend() as one, gateway(config(one), tmp_path) as asking:
        await upstream(asking)
        one.document = NEW
        await until(asking, held)
        one.document = answering(bye=TEXT)
        await until(asking, lambda status: status["held"] not in ([], [GONE]))

    lines = [line for line in caplog.records if line.message == "breaking change held back"]
    assert [vars(line)["first"] for line in lines] == [
        "Query.bye: the field is gone (String -> nothing)",
        "Query.hello: the field is gone (String -> nothing)",
    ]


async def test_a_change_that_breaks_nobody_is_served(tmp_path: Path) -> None:
    """At once, as without the gate."""
    async with backend() as one, gateway(config(one), tmp_path) as asking:
        await upstream(asking)
        one.document = SAFE
        status = await until(asking, lambda status: status["functions"] == 3)

    assert (status["status"], status["held"]) == ("READY", [])


async def test_a_description_that_is_mended_is_served(tmp_path: Path) -> None:
    """Nothing is held back any more, and there is nothing left to approve."""
    async with backend() as one, gateway(config(one), tmp_path) as asking:
        await upstream(asking)
        one.document = NEW
        await until(asking, held)
        one.document = OLD
        status = await until(asking, lambda status: not held(status))
        while (tmp_path / ".splice" / "held" / "a.json").exists():
            await upstream(asking)

    assert status["status"] == "READY"


async def test_a_restart_does_not_let_it_in(tmp_path: Path) -> None:
    """What was accepted last is in the store."""
    async with backend() as one:
        async with gateway(config(one), tmp_path) as asking:
            await upstream(asking)
            one.document = NEW
        async with gateway(config(one), tmp_path) as asking:
            status = await upstream(asking)
            body = await asking.query("{ bye }")

    assert (status["status"], status["held"]) == ("HELD", [GONE])
    assert body == {"data": {"bye": "bye"}}


async def test_a_check_does_not_let_it_in(tmp_path: Path) -> None:
    """Commands use the same store; they tell what is held back."""
    async with backend() as one:
        (tmp_path / "splice.yaml").write_text(config(one))
        await splice("check", cwd=tmp_path)
        one.document = NEW
        told = await splice("check", cwd=tmp_path)
        async with gateway(config(one), tmp_path) as asking:
            status = await upstream(asking)

    assert "1 change that breaks clients, and is held back" in told[1]
    assert status["held"] == [GONE]


async def test_the_first_description_is_never_held(tmp_path: Path) -> None:
    """There is nothing that it could break."""
    async with backend(NEW) as one, gateway(config(one), tmp_path) as asking:
        status = await upstream(asking)

    assert (status["status"], status["held"]) == ("READY", [])


async def test_what_is_approved_is_served_at_the_next_refresh(tmp_path: Path) -> None:
    """And stays served after a restart; the approval is used up."""
    async with backend() as one:
        (tmp_path / "splice.yaml").write_text(config(one))
        async with gateway(config(one), tmp_path) as asking:
            await upstream(asking)
            one.document = NEW
            await until(asking, held)
            approved = await splice("approve", "a", cwd=tmp_path)
            await until(asking, lambda status: not held(status))
            again = await asking.query("{ bye }")
            while (tmp_path / ".splice" / "approved" / "a.json").exists():
                await upstream(asking)
        async with gateway(config(one), tmp_path) as asking:
            after = await upstream(asking)

    assert approved[0] == 0
    assert "Query.bye: the field is gone" in approved[1]
    assert again["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert (after["status"], after["held"]) == ("READY", [])


async def test_an_approval_is_of_one_description(tmp_path: Path) -> None:
    """What changes after it is held back again."""
    async with backend() as one:
        (tmp_path / "splice.yaml").write_text(config(one))
        async with gateway(config(one), tmp_path) as asking:
            await upstream(asking)
            one.document = NEW
            await until(asking, held)
        await splice("approve", cwd=tmp_path)
        one.document = answering(bye=TEXT)
        async with gateway(config(one), tmp_path) as asking:
            status = await upstream(asking)

    assert [change["path"] for change in status["held"]] == ["Query.hello"]


async def test_there_is_nothing_to_approve(tmp_path: Path) -> None:
    """Said of all, and a failure of one that is named; a name that is not there has a hint."""
    async with backend() as one:
        (tmp_path / "splice.yaml").write_text(config(one).replace("a:", "alpha:"))
        of_all = await splice("approve", cwd=tmp_path)
        of_one = await splice("approve", "splice.yaml", "alpha", cwd=tmp_path)
        of_none = await splice("approve", "alpa", cwd=tmp_path)

    assert of_all[:2] == (0, "all upstreams: nothing is held back\n")
    assert of_one[:2] == (1, "alpha: nothing is held back\n")
    assert of_none[0] == 1
    assert "did you mean 'alpha'?" in of_none[2]


async def test_a_backend_that_goes_down_lets_nothing_in(tmp_path: Path) -> None:
    """What was accepted is served, not what was found last."""
    async with backend() as one, gateway(config(one), tmp_path) as asking:
        await upstream(asking)
        one.document = NEW
        await until(asking, held)
        one.document = {"not": "a description"}
        status = await until(asking, lambda status: status["status"] == "STORED")
        body = await asking.query("{ bye }")

    assert status["held"] == [GONE]
    assert body == {"data": {"bye": "bye"}}


@pytest.mark.parametrize(("document", "expected"), [("{ hello }", "READY"), ("{ bye }", "HELD")])
async def test_where_only_trusted_documents_run_they_decide(
    tmp_path: Path, document: str, expected: str
) -> None:
    """A field that none of them asks for may go."""
    (tmp_path / "manifest.json").write_text(texts.dumps({"one": document, "two": STATUS}))
    more = "documents: {trusted: [manifest.json], only: true}"
    async with backend() as one:
        async with gateway(config(one, more), tmp_path) as asking:
            assert (await upstream(asking))["functions"] == 2
        one.document = NEW
        async with gateway(config(one, more), tmp_path) as asking:
            status = await upstream(asking)

    assert status["status"] == expected


async def test_without_the_setting_everything_is_served(tmp_path: Path) -> None:
    """As backends have it."""
    async with backend() as one:
        accepting = config(one).replace("breaking: hold", "breaking: accept")
        async with gateway(accepting, tmp_path) as asking:
            await upstream(asking)
            one.document = NEW
            status = await until(asking, lambda status: status["functions"] == 1)

    assert (status["status"], status["held"]) == ("READY", [])


def test_holding_needs_a_store(tmp_path: Path) -> None:
    """Otherwise a restart would let everything in."""
    text = 'upstreams: {}\ndiscovery: {breaking: hold, store: ""}'

    with pytest.raises(ConfigError, match="`hold` needs a `store`"):
        loads(text, tmp_path / "splice.yaml", {})
