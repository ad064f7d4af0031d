"""Joins through the whole gateway: refused at the start, kept when a backend changes, told."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from app.config import ConfigError
from app.config.read import loads
from app.demo.run import Demo
from app.gateway import Gateway
from tests.app.served import Asking, gateway
from tests.app.test_cli import splice
from tests.backends.process import LOOPBACK, free_port
from tests.backends.rest import document, json, rest, success

ITEM = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "integer"}, "owner": {"type": "integer"}},
}
JOIN = 'extend type Item { boss: Item @call(function: "a.%s", args: { id: "$parent.owner" }) }'
BY_ID = {
    "parameters": [{"name": "id", "in": "query", "required": True, "schema": {"type": "integer"}}]
}


def items(*names: str) -> dict[str, Any]:
    """A description of functions that give an item, each by its number."""
    given = success({"$ref": "#/components/schemas/Item"})
    paths = {
        f"/{name}": {"get": {"operationId": name, "responses": given, **BY_ID}} for name in names
    }
    return document(paths, Item=ITEM)


def config(description: str, more: str = "") -> str:
    """A configuration over one upstream, with joins beside it."""
    return (
        f"upstreams: {{a: {{openapi: '{description}'}}}}\n"
        f"schema: {{extend: ./graph.graphql}}\n{more}"
    )


async def refusal(text: str, folder: Path) -> ConfigError:
    """What keeps the gateway from starting."""
    running = Gateway(loads(text, folder / "splice.yaml", {})).running()
    with pytest.raises(ConfigError) as caught:
        async with running:
            pass
    return caught.value


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "graph.graphql: No such file or directory"),
        (b"\xff", "graph.graphql: not UTF-8: invalid start byte"),
        (b" " * (4 * 2**20 + 1), "graph.graphql: larger than 4MiB"),
        (b"extend", "graph.graphql:1:7: not SDL: Unexpected <EOF>."),
    ],
)
async def test_a_file_that_cannot_be_read(
    tmp_path: Path, content: bytes | None, problem: str
) -> None:
    """It is told before anything is discovered."""
    if content is not None:
        (tmp_path / "graph.graphql").write_bytes(content)

    with pytest.raises(ConfigError) as caught:
        Gateway(loads(config("http://127.0.0.1:1/x"), tmp_path / "splice.yaml", {}))

    assert [str(one) for one in caught.value.problems] == [problem]


async def test_wrong_joins_keep_the_gateway_from_starting(tmp_path: Path) -> None:
    """Every problem is told at once."""
    wrong = JOIN % "gone" + (JOIN % "one").replace("boss", "id")
    (tmp_path / "graph.graphql").write_text(wrong)

    async with rest(items("one"), one=json({})) as backend:
        error = await refusal(config(backend.description), tmp_path)

    assert [one.message for one in error.problems] == [
        "a has no function called 'gone'; did you mean one?",
        "Item has a field id already",
    ]


async def test_check_tells_wrong_joins(tmp_path: Path) -> None:
    """With file, line and column, and a status that stops a pipeline."""
    (tmp_path / "graph.graphql").write_text(f"\n{JOIN % 'gone'}")

    async with rest(items("one"), one=json({})) as backend:
        (tmp_path / "splice.yaml").write_text(config(backend.description))
        status, output, _ = await splice("check", cwd=tmp_path)
        printed, sdl, errors = await splice("schema", cwd=tmp_path)

    problem = "graph.graphql:2:47: a has no function called 'gone'; did you mean one?\n"
    assert (status, output) == (1, problem)
    assert printed == 1
    assert errors.endswith(problem)
    assert "boss: Item" in sdl


async def test_check_is_content_with_joins_that_work(tmp_path: Path) -> None:
    """Over the four backends of the demo."""
    async with Demo() as demo:
        (tmp_path / "splice.yaml").write_text(demo.config)
        status, output, _ = await splice("check", cwd=tmp_path)

    assert (status, output) == (0, "4 upstreams, 16 functions: fine\n")


async def test_joins_to_an_upstream_appear_when_it_is_discovered(tmp_path: Path) -> None:
    """Until then the rest is served without them."""
    (tmp_path / "graph.graphql").write_text(
        (JOIN % "two").replace('"a.', '"b.').replace("boss: Item", "boss: BItem")
    )
    described = items("one")

    async with (
        rest(described, one=json({"id": 1, "owner": 2})) as backend,
        rest(items("two"), two=json({"id": 2})) as late,
    ):
        whole, late.document = late.document, {"not": "a description"}
        text = config(backend.description).replace(
            "}}", f"}}, b: {{openapi: '{late.description}'}}}}"
        )
        async with gateway(text, tmp_path) as asking:
            before = await fields(asking)
            late.document = whole
            while "boss" not in await fields(asking):  # noqa: ASYNC110 - another server's state
                await asyncio.sleep(0.05)

    assert before == ["id", "owner"]


async def fields(asking: Asking) -> list[str]:
    """The fields of an item."""
    body = await asking.query('{ __type(name: "Item") { fields { name } } }')
    return [one["name"] for one in body["data"]["__type"]["fields"]]


async def test_a_function_that_vanishes_is_an_error_where_it_is_called(tmp_path: Path) -> None:
    """The rest arrives, and the upstream says which join cannot work any more."""
    (tmp_path / "graph.graphql").write_text(JOIN % "two")

    async with rest(items("one", "two"), one=json({"id": 1, "owner": 2}), two=json({})) as backend:
        text = config(backend.description, "discovery: {every: 50ms}")
        async with gateway(text, tmp_path) as asking:
            before = await asking.query("{ one(id: 1) { id boss { id } } }")
            backend.document = items("one")
            while (problem := await told(asking)) is None:  # noqa: ASYNC110 - another server's state
                await asyncio.sleep(0.05)
            after = await asking.query("{ one(id: 1) { id boss { id } } }")

    assert before["data"]["one"]["id"] == 1
    assert problem.startswith("a join cannot work: a has no function called 'two'")
    assert after["data"] == {"one": {"id": 1, "boss": None}}
    (error,) = after["errors"]
    assert error["path"] == ["one", "boss"]
    assert error["extensions"]["function"] == "two"


WRONG = """extend type Item {
  a: Item @call(function: "a.gone", args: { id: "$parent.owner" })
  b: Item @call(function: "a.one", args: { id: "$parent.name" })
  c: Item @call(function: "a.one")
  d: Item @call(function: "a.one", args: { id: "$parent.e.owner" })
  e: Item @call(function: "a.one", args: { id: "$parent.d.owner" })
  f: Item @call(function: "a.one", args: { id: "$parents.owner" }, match: "id")
  g: Item @call(function: "a.some", args: { ids: "$parents.owner" }, batchSize: 51)
}"""
"""No such function, a wrong type, an argument missing, a circle, no list to put many keys in, and
more than it takes."""


async def test_every_wrong_join_is_told_with_its_place(tmp_path: Path) -> None:
    """By `splice check`, all at once."""
    (tmp_path / "graph.graphql").write_text(WRONG)
    ids = {"type": "array", "maxItems": 50, "items": {"type": "integer"}}
    many = success({"type": "array", "items": {"$ref": "#/components/schemas/Item"}})
    description = items("one")
    description["components"]["schemas"]["Item"]["properties"] |= {"name": {"type": "string"}}
    description["paths"]["/items"] = {
        "get": {
            "operationId": "some",
            "parameters": [{"name": "ids", "in": "query", "schema": ids}],
            "responses": many,
        }
    }
    async with rest(description) as backend:
        (tmp_path / "splice.yaml").write_text(config(backend.description))
        status, output, errors = await splice("check", cwd=tmp_path)

    places = re.findall(r"graph\.graphql:(\d+):\d+: (.*)", output + errors)
    assert status == 1
    assert [(int(line), said.partition(":")[0]) for line, said in places] == [
        (2, "a has no function called 'gone'; did you mean one?"),
        (3, "$parent.name, String, does not fit Int!"),
        (4, "a.one needs id too"),
        (5, "e is a join itself"),
        (6, "d is a join itself"),
        (7, "Int! takes one value; $parents gives a list for many objects ($parent one)"),
        (8, "batchSize"),
    ]
    assert places[-1][1] == "batchSize: the function takes 50 keys at most"


async def test_a_rule_that_cannot_be_followed_any_more_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """As what it is: not every extension joins."""
    (tmp_path / "graph.graphql").write_text("extend type Item { owner: Int @hide }")
    without = items("one")
    without["components"]["schemas"]["Item"] = {**ITEM, "properties": {"id": {"type": "integer"}}}

    async with rest(items("one"), one=json({"id": 1})) as backend:
        text = config(backend.description, "discovery: {every: 50ms}")
        async with gateway(text, tmp_path):
            backend.document = without
            while not (lines := [one for one in caplog.records if "cannot work" in one.message]):  # noqa: ASYNC110 - another server's state
                await asyncio.sleep(0.05)

    assert lines[0].message == "extension cannot work"
    assert vars(lines[0])["at"] == "graph.graphql:1:20"


async def told(asking: Asking) -> str | None:
    """What the upstream says is wrong."""
    body = await asking.query("{ _gateway { upstreams { problem } } }")
    problem: str | None = body["data"]["_gateway"]["upstreams"][0]["problem"]
    return problem


def test_a_url_is_no_file_of_joins(tmp_path: Path) -> None:
    """They decide what is called, so they are kept beside the configuration."""
    text = "upstreams: {}\nschema: {extend: 'https://example.com/x.graphql'}"

    with pytest.raises(ConfigError, match="extend: a file is wanted, not a URL"):
        loads(text, tmp_path / "splice.yaml", {})


async def test_an_upstream_that_is_down_refuses_no_start(tmp_path: Path) -> None:
    """Its joins may be right, so nobody is told that they are not."""
    (tmp_path / "graph.graphql").write_text(JOIN % "one")

    async with gateway(config(f"http://{LOOPBACK}:{free_port()}/x"), tmp_path) as asking:
        statuses = await asking.statuses()

    assert statuses == {"a": "UNAVAILABLE"}
