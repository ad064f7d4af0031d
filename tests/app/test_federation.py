"""A gateway that is a subgraph: its settings, its commands, and what a router asks of it."""

import json as texts
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.config import ConfigError
from app.config.read import loads
from app.gateway import Gateway
from tests.app.graphql.documents.manifests import apollo
from tests.app.served import gateway
from tests.app.test_cli import splice
from tests.app.test_gate import held, until
from tests.backends.rest import TEXT, Rest, document, rest, success

PARAMETERS = [{"name": "id", "in": "query", "required": True, "schema": TEXT}]


def api(**properties: Any) -> dict[str, Any]:
    """A document of one function, which gives a thing that has those."""
    thing = {"type": "object", "properties": properties}
    given = {"$ref": "#/components/schemas/Thing"}
    operation = {
        "operationId": "thing",
        "parameters": PARAMETERS,
        "responses": success(given),
    }
    return document({"/thing": {"get": operation}}, Thing=thing)


API = api(id=TEXT, code=TEXT, name=TEXT)
BY_ID = "{ key: id, function: a.thing, args: { id: $parent.id } }"
BY_CODE = "{ key: code, function: a.thing, args: { id: $parent.code } }"
ENTITIES = """query ($these: [_Any!]!) {
  _entities(representations: $these) { ... on Thing { id name } }
}"""
THESE = {"these": [{"__typename": "Thing", "id": one} for one in ("x", "y", "x")]}


async def thing(request: Request) -> Response:
    """The one asked for."""
    key = request.query_params["id"]
    return JSONResponse({"id": key, "code": key, "name": f"thing {key}"})


@asynccontextmanager
async def backend() -> AsyncIterator[Rest]:
    """A backend with things."""
    async with rest(API, thing=thing) as one:
        yield one


def config(one: Rest, keys: str = BY_ID, more: str = "") -> str:
    """A gateway over it, whose things have those keys."""
    return f"""
upstreams: {{a: {{openapi: '{one.description}'}}}}
schema:
  federation:
    entities:
      Thing: {keys}
{more}"""


async def test_entities_are_given_over_http(tmp_path: Path) -> None:
    """In their order, equal ones by one call; `_gateway` counts the operation as planned."""
    async with backend() as one, gateway(config(one), tmp_path) as asking:
        body = await asking.query(ENTITIES, THESE)
        counted = await asking.query("{ _gateway { paths { reason count } } }")

    assert body == {
        "data": {"_entities": [{"id": key, "name": f"thing {key}"} for key in ("x", "y", "x")]}
    }
    assert sorted(one.asked) == ["GET /thing?id=x", "GET /thing?id=y"]
    assert {"reason": "planned", "count": 1} in counted["data"]["_gateway"]["paths"]


async def test_the_calls_for_entities_are_explained(tmp_path: Path) -> None:
    """As many as are made at worst: each key once."""
    these = {"these": [{"__typename": "Thing", "id": one} for one in ("x", "y", "z")]}

    async with backend() as one:
        (tmp_path / "splice.yaml").write_text(config(one))
        words = ("explain", ENTITIES, "--json", "--variables", texts.dumps(these))
        _, output, _ = await splice(*words, cwd=tmp_path)
        async with gateway(config(one), tmp_path) as asking:
            await asking.query(ENTITIES, these)

    told = texts.loads(output)
    (step,) = told["steps"]
    assert (told["path"], told["reason"]) == ("plan", None)
    assert (step["at"], step["function"]) == ("_entities[].Thing by id", "thing")
    assert step["command"].endswith("/thing?id={_entities[].id}'")
    assert told["calls"] == {"formula": "distinct(_entities[].id)", "most": len(one.asked)}


async def test_without_variables_lists_of_entities_have_no_size(tmp_path: Path) -> None:
    """`--items` says what is to be counted with."""
    async with backend() as one:
        (tmp_path / "splice.yaml").write_text(config(one))
        _, output, _ = await splice("explain", ENTITIES, "--items", "7", cwd=tmp_path)

    assert "calls: distinct(_entities[].id), at most 7" in output


async def test_the_command_prints_what_the_service_tells(tmp_path: Path) -> None:
    """So that composition needs no running gateway."""
    async with backend() as one:
        (tmp_path / "splice.yaml").write_text(config(one))
        status, output, _ = await splice("schema", "--federation", cwd=tmp_path)
        _, plain, _ = await splice("schema", cwd=tmp_path)
        async with gateway(config(one), tmp_path) as asking:
            body = await asking.query("{ _service { sdl } }")

    assert status == 0
    assert output == body["data"]["_service"]["sdl"]
    assert 'type Thing @key(fields: "id") {' in output
    assert "@key" not in plain


async def test_the_command_says_where_there_is_no_subgraph(tmp_path: Path) -> None:
    """Rather than to print what nobody could compose."""
    async with backend() as one:
        (tmp_path / "splice.yaml").write_text(f"upstreams: {{a: {{openapi: '{one.description}'}}}}")
        status, output, errors = await splice("schema", "--federation", cwd=tmp_path)

    assert (status, output) == (1, "")
    assert errors == "no subgraph: `schema: federation:` must be given\n"


async def test_mistakes_are_told_by_check_with_their_place(tmp_path: Path) -> None:
    """What of the settings upstreams alone can prove wrong."""
    wrong = "{ key: idd, function: a.thing, args: { id: $parent.id } }"

    async with backend() as one:
        (tmp_path / "splice.yaml").write_text(config(one, wrong))
        status, output, _ = await splice("check", cwd=tmp_path)

    message = "key: Thing has no field 'idd' of its backend; did you mean id?"
    assert (status, output) == (1, f"splice.yaml:6:21: {message}\n")


async def test_a_gateway_does_not_start_with_a_key_that_cannot_work(tmp_path: Path) -> None:
    """As with joins."""
    wrong = "{ key: id, function: a.nothing, args: { id: $parent.id } }"

    async with backend() as one:
        read = loads(config(one, wrong), tmp_path / "splice.yaml", {})
        with pytest.raises(ConfigError, match="a has no function called 'nothing'"):
            async with Gateway(read).running():
                pass


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("{ key: id, functon: a.thing }", "unknown key 'functon'; did you mean 'function'?"),
        ("{ function: a.thing }", "key must be given"),
        ("{ key: [id] }", "a text is wanted here"),
        ("id", "settings are wanted here: key, function, args, match, batchSize, result"),
    ],
)
def test_mistakes_are_told_when_the_file_is_read(
    tmp_path: Path, written: str, message: str
) -> None:
    """What needs no upstream to be known."""
    with pytest.raises(ConfigError) as caught:
        loads(config(Rest(API), written), tmp_path / "splice.yaml", {})

    assert [one.message for one in caught.value.problems] == [message]


async def test_trusted_documents_count_for_routers_too(tmp_path: Path) -> None:
    """With `only`, a router is answered what stands in a manifest, and nothing else."""
    (tmp_path / "router.json").write_text(texts.dumps(apollo(Things=ENTITIES)))
    more = "documents: { trusted: [router.json], only: true }"

    async with backend() as one, gateway(config(one, more=more), tmp_path) as asking:
        known = await asking.query(ENTITIES, THESE)
        unknown = await asking.query(ENTITIES.replace("name", "code"), THESE)

    assert len(known["data"]["_entities"]) == 3
    assert "data" not in unknown


async def test_a_changed_key_is_a_breaking_change(tmp_path: Path) -> None:
    """Clients cannot tell, but composition, and other subgraphs."""
    async with backend() as one:
        (tmp_path / "old.yaml").write_text(config(one, more="    shareable: Thing"))
        (tmp_path / "new.yaml").write_text(config(one, BY_CODE))
        status, output, _ = await splice("diff", "old.yaml", "new.yaml", cwd=tmp_path)

    assert status == 1
    assert output.splitlines() == [
        'breaking: Thing @key(fields: "id"): the key is gone',
        "breaking: Thing @shareable: other subgraphs may not give it any more",
        'safe: Thing @key(fields: "code"): the key is new',
        "2 breaking, 0 dangerous, 1 safe",
    ]


async def test_a_description_that_loses_a_key_is_held_back(tmp_path: Path) -> None:
    """What was served goes on being served."""
    more = "discovery: { every: 50ms, breaking: hold }"

    async with backend() as one, gateway(config(one, more=more), tmp_path) as asking:
        await until(asking, lambda status: status["functions"])
        one.document = api(code=TEXT, name=TEXT)
        status = await until(asking, held)
        body = await asking.query(ENTITIES, THESE)

    reasons = {change["path"]: change["reason"] for change in status["held"]}
    assert reasons['Thing @key(fields: "id")'] == "the key is gone"
    assert "errors" not in body
