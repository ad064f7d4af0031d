"""How an API's schema is obtained, and what is refused."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLError, build_schema, graphql_sync, introspection_from_schema
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from tests.backends.asgi import served
from tests.upstreams.graphql_api.asking import KIND, settings
from upstreams.errors import DiscoveryError
from upstreams.graphql_api.model import GraphqlCatalog

SDL = (
    'type Query { "Hello." hello(to: String = "you"): String  pick(by: [By!]): By } enum By { A B }'
)
SCHEMA = build_schema(SDL)


class Telling:
    """An API whose answers are made of what it is asked."""

    def __init__(self, answer: Callable[[Mapping[str, Any], Request], Response]) -> None:
        self.answer = answer
        self.asked: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = json.loads(await request.body() or b"{}")
        self.asked.append(body.get("query", request.method))
        await self.answer(body, request)(scope, receive, send)


def executed(body: Mapping[str, Any], _: Request) -> Response:
    """What graphql-core answers."""
    return JSONResponse(graphql_sync(SCHEMA, body["query"]).formatted)


def knowing_no(word: str) -> Callable[[Mapping[str, Any], Request], Response]:
    """An older API: it refuses what it has never heard of."""

    def answer(body: Mapping[str, Any], request: Request) -> Response:
        if word in body["query"]:
            error = GraphQLError(f"Cannot query field '{word}'")
            return JSONResponse({"errors": [error.formatted]}, 400)
        return executed(body, request)

    return answer


async def discovered(location: str | Path, **told: Any) -> GraphqlCatalog:
    """What is offered there."""
    found: GraphqlCatalog = await KIND.discover(settings(graphql=str(location), **told))
    return found


async def refused(location: str | Path) -> DiscoveryError:
    """Why nothing is."""
    with pytest.raises(DiscoveryError) as caught:
        await discovered(location)
    assert caught.value.at
    return caught.value


@pytest.fixture
async def api() -> AsyncIterator[str]:
    """An API that tells everything."""
    async with served(Telling(executed)) as url:
        yield url


async def test_an_api_is_asked_for_its_schema(api: str) -> None:
    """With all that the newest edition knows of it."""
    found = await discovered(api)

    assert [one.name for one in found.functions] == ["hello", "pick"]
    assert found.functions[0].arguments[0].default == '"you"'


@pytest.mark.parametrize(("word", "times"), [("isOneOf", 2), ("specifiedByURL", 3)])
async def test_older_apis_are_asked_for_less(word: str, times: int) -> None:
    """As long as they refuse what they do not know."""
    telling = Telling(knowing_no(word))
    async with served(telling) as url:
        found = await discovered(url)

    assert [one.name for one in found.functions] == ["hello", "pick"]
    assert len(telling.asked) == times


async def test_headers_go_along() -> None:
    """Schemas are often for those only who may call."""

    def answer(body: Mapping[str, Any], request: Request) -> Response:
        known = request.headers.get("x-key") == "k"
        return executed(body, request) if known else PlainTextResponse("who?", 401)

    async with served(Telling(answer)) as url:
        found = await discovered(url, headers={"X-Key": "k"})
        error = await refused(url)

    assert found.functions
    assert "see `headers`" in error.message


async def test_an_api_that_does_not_tell() -> None:
    """Its words are for whoever runs the gateway, with what to do about it."""
    said = {"errors": [{"message": "not for you"}], "data": None}
    async with served(Telling(lambda *_: JSONResponse(said))) as url:
        error = await refused(url)

    assert "`graphql: ./schema.graphql`" in error.message
    assert "not for you" in str(error)
    assert "not for you" not in error.message


@pytest.mark.parametrize(
    ("response", "told"),
    [
        (PlainTextResponse("<html>"), "not GraphQL"),
        (PlainTextResponse("no", 404), "no GraphQL API is there"),
        (RedirectResponse("https://elsewhere.example/graphql", 307), "https://elsewhere.example"),
        (JSONResponse([1]), "not GraphQL"),
        (JSONResponse({"data": {"__schema": {"types": 7}}}), "no introspection describes it"),
        (PlainTextResponse('{"data":' + "[" * 100_000), "not GraphQL"),
    ],
)
async def test_what_is_no_graphql_api(response: Response, told: str) -> None:
    """Each is said in a sentence."""
    async with served(Telling(lambda *_: response)) as url:
        error = await refused(url)

    assert told in error.message


async def test_hostile_names_are_refused() -> None:
    """A name is a name of GraphQL, or the whole schema is none."""
    told = json.loads(json.dumps(introspection_from_schema(SCHEMA)).replace("hello", "a { b }"))
    async with served(Telling(lambda *_: JSONResponse({"data": told}))) as url:
        error = await refused(url)

    assert "Names must only contain" in error.message


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("schema.graphql", SDL),
        ("schema.json", json.dumps({"data": introspection_from_schema(SCHEMA)})),
        ("told.json", json.dumps(introspection_from_schema(SCHEMA))),
    ],
)
async def test_a_schema_in_a_file(tmp_path: Path, api: str, name: str, text: str) -> None:
    """SDL, or what an introspection told: the catalog is the same, but for its places."""
    file = tmp_path / name
    file.write_text(text)

    assert await discovered(file) == await discovered(api)


async def test_a_schema_at_a_url() -> None:
    """Which its ending tells from an API."""
    telling = Telling(lambda *_: PlainTextResponse(SDL))
    async with served(telling) as url:
        found = await discovered(f"{url}/shop.graphqls")

    assert found.functions
    assert telling.asked == ["GET"]


async def test_federated_schemas_are_read(tmp_path: Path) -> None:
    """Directives that nobody declared say nothing to us."""
    file = tmp_path / "schema.graphql"
    file.write_text('type Query { a: T } type T @key(fields: "id") @key(fields: "x") { id: ID! }')

    assert [one.name for one in (await discovered(file)).functions] == ["a"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("type Query {\n  a: Absent\n}", "Unknown type 'Absent'. (2:6)"),
        ("type Query {", "Expected Name"),
        ("query { a }", "only types belong here"),
        ("type Query { a(b: Int!): Int } type Query { a: Int }", "only one type named 'Query'"),
        ("type T { a: Int }", "Query root type"),
        ("interface I { a: Int } type Query implements I { b: Int }", "a"),
        ("{", "it begins like JSON and is none"),
        ('{"a": 1}', "not the answer to an introspection"),
        ("type Query { a: " + "[" * 5000 + "Int" + "]" * 5000 + " }", ""),
        ("type Query { " + "".join(f"a{n}: Absent " for n in range(3000)) + "}", "Absent"),
    ],
)
async def test_what_is_no_schema(tmp_path: Path, text: str, told: str) -> None:
    """The first mistakes are told, with line and column, soon."""
    file = tmp_path / "schema.graphql"
    file.write_text(text)

    error = await refused(file)

    assert told in error.message
    assert len(error.message) < 1500


async def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """By its place."""
    error = await refused(tmp_path / "absent.graphql")

    assert error.at.endswith("absent.graphql")
