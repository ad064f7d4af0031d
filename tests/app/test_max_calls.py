"""`schema: maxCalls:` through the whole gateway: at the check, and where calls are counted."""

from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.config import ConfigError
from app.config.read import loads
from app.graphql.schema import EXACT
from tests.app.served import gateway
from tests.app.test_cli import splice
from tests.app.test_extensions import BY_ID, ITEM, JOIN
from tests.backends.rest import document, json, rest, success

FOUND = [{"id": number, "owner": number + 10} for number in range(4)]
REF = {"$ref": "#/components/schemas/Item"}


def items(most: int) -> dict[str, Any]:
    """A description of a list of so many items at most, and of a function that gives one."""
    listed = success({"type": "array", "items": REF, "maxItems": most})
    paths = {
        "/all": {"get": {"operationId": "all", "responses": listed}},
        "/one": {"get": {"operationId": "one", "responses": success(REF), **BY_ID}},
    }
    return document(paths, Item=ITEM)


def config(description: str, most: int) -> str:
    """With a join for each item, of which there may be so many."""
    return (
        f"upstreams: {{a: {{openapi: '{description}'}}}}\n"
        f"schema: {{extend: ./graph.graphql, maxCalls: {most}}}\n"
    )


async def one(request: Request) -> Response:
    """The item that is asked for."""
    return JSONResponse({"id": int(request.query_params["id"])})


async def test_check_refuses_a_call_for_each_of_too_many(tmp_path: Path) -> None:
    """With its place, and what would do; as soon as so many may be made, it is content."""
    (tmp_path / "graph.graphql").write_text(f"\n{JOIN % 'one'}")
    async with rest(items(5000), one=one) as backend:
        (tmp_path / "splice.yaml").write_text(config(backend.description, 1000))
        refused = await splice("check", cwd=tmp_path)
        (tmp_path / "splice.yaml").write_text(config(backend.description, 5000))
        allowed = await splice("check", cwd=tmp_path)

    assert refused[0] == 1
    assert refused[1].startswith("graph.graphql:2:47: a.all may give 5000 times Item, each of")
    assert allowed[:2] == (0, "1 upstream, 2 functions: fine\n")


@pytest.mark.parametrize("exact", ["0", "1"])
async def test_no_more_calls_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exact: str
) -> None:
    """Neither by a plan nor by the exact path; what the first keys ask for arrives."""
    monkeypatch.setenv(EXACT, exact)
    (tmp_path / "graph.graphql").write_text(JOIN % "one")
    async with (
        rest(items(2), all=json(FOUND), one=one) as backend,
        gateway(config(backend.description, 2), tmp_path) as asking,
    ):
        body = await asking.query("{ all { id boss { id } } }")

    assert sorted(backend.asked) == ["GET /all", "GET /one?id=10", "GET /one?id=11"]
    assert [one["boss"] for one in body["data"]["all"]] == [{"id": 10}, {"id": 11}, None, None]
    assert [error["path"] for error in body["errors"]] == [["all", 2, "boss"], ["all", 3, "boss"]]
    assert {error["extensions"]["code"] for error in body["errors"]} == {"GRAPHQL_TOO_MANY_CALLS"}


async def test_explain_tells_no_more(tmp_path: Path) -> None:
    """The worst case is as many as are made."""
    (tmp_path / "graph.graphql").write_text(JOIN % "one")
    async with rest(items(2), all=json(FOUND), one=one) as backend:
        (tmp_path / "splice.yaml").write_text(config(backend.description, 2))
        _, told, _ = await splice(
            "explain", "{ all { boss { id } } }", "--items", "50", cwd=tmp_path
        )

    assert "calls: 1 + distinct(all[].owner), at most 3\n" in told


def test_a_join_makes_at_least_one_call(tmp_path: Path) -> None:
    """Fewer would be none at all."""
    with pytest.raises(ConfigError, match="maxCalls: a join makes at least one call"):
        loads("schema: {maxCalls: 0}", tmp_path / "splice.yaml", {})
