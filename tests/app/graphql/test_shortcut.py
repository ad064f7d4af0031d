"""Plain requests answered by a plan: the same bytes as the long way gives, and soon given up."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import httpx
import pytest
import pytest_asyncio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.graphql.schema import EXACT
from tests.app.graphql.test_view import RESPONSE, slowly, writing
from tests.app.served import Asking, gateway
from tests.backends.rest import NUMBER, TEXT, document, rest, success
from tests.backends.rest import json as gives

JSON = {"content-type": "application/json"}
PET = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": NUMBER,
        "name": TEXT,
        "any": {},
        "owner": {"$ref": "#/components/schemas/Pet"},
    },
}
TOM = b'{"id": 1, "name": "Tom \\u2028", "any": [1.10, 1180591620717411303424]}'


def described() -> dict[str, Any]:
    """Functions that answer well, badly and not at all, that echo, and that write."""
    pet, said = success({"$ref": "#/components/schemas/Pet"}), success({})
    parameters = [
        {"name": name, "in": "query", "schema": schema}
        for name, schema in (("text", TEXT), ("n", NUMBER), ("sure", {"type": "boolean"}))
    ]
    paths = {
        "/pet": {"get": {"operationId": "pet", "responses": pet}},
        "/wrong": {"get": {"operationId": "wrong", "responses": pet}},
        "/refused": {"get": {"operationId": "refused", "responses": pet}},
        "/echo": {"get": {"operationId": "echo", "parameters": parameters, "responses": said}},
        "/greet": {"post": {"operationId": "greet", "responses": success(TEXT)}},
    }
    return document(paths, Pet=PET)


async def echo(request: Request) -> Response:
    """What was asked."""
    return JSONResponse(dict(request.query_params))


async def tom(_: Request) -> Response:
    """A pet with numbers that are hard to keep."""
    return Response(TOM, media_type="application/json")


class Both(NamedTuple):
    """Two gateways over one backend."""

    short: Asking
    """That takes the short way where it can."""
    long: Asking
    """That never does."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Both]:
    """The two."""
    handlers = {"pet": tom, "echo": echo, "greet": gives("hi")}
    handlers |= {"wrong": gives({"name": "no id"}), "refused": gives({}, 409)}
    async with rest(described(), **handlers) as backend:
        config = (
            f"upstreams: {{a: {{openapi: '{backend.description}'}}}}\nserver: {{maxBody: 4KiB}}"
        )
        async with gateway(config, tmp_path_factory.mktemp("short")) as short:
            await short.statuses()
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv(EXACT, "1")
                async with gateway(config, tmp_path_factory.mktemp("long")) as long:
                    await long.statuses()
                    yield Both(short, long)


def post(query: str, headers: dict[str, str] | None = None, **said: Any) -> httpx.Request:
    """A POST of JSON."""
    content = json.dumps({"query": query, **said}).encode()
    return sent(content, headers)


def sent(content: bytes, headers: dict[str, str] | None = None) -> httpx.Request:
    """A POST of these bytes."""
    return httpx.Request("POST", "http://x", content=content, headers={**JSON, **(headers or {})})


def get(headers: dict[str, str] | None = None, **said: str) -> httpx.Request:
    """A GET."""
    return httpx.Request("GET", f"http://x/?{urlencode(said)}", headers=headers)


PETS = "{ pet { n: name id any } }"
ECHO = "query ($t: String, $n: Int) { echo(text: $t, n: $n) }"
NEEDS = "query ($n: Int!) { echo(n: $n) }"
SEVERAL = "query A { a: echo(n: 1) } query B { b: echo(n: 2) }"
FLAGS = "query ($yes: Boolean = true) { pet { id @include(if: $yes) name @skip(if: $yes) } }"
BOM = b"\xef\xbb\xbf"

SHORT = {
    "plain": post(PETS),
    "several fields": post("{ pet { id } e: echo(n: 1) __typename }"),
    "accepts anything": post(PETS, {"accept": "*/*"}),
    "accepts JSON": post(PETS, {"accept": "application/json"}),
    "accepts the newer type": post(PETS, {"accept": RESPONSE}),
    "accepts both": post(PETS, {"accept": f"{RESPONSE}, application/json;q=0.9"}),
    "accepts HTML alone": post(PETS, {"accept": "text/html"}),
    "accepts pieces too": post(PETS, {"accept": "multipart/mixed, application/json"}),
    "UTF-8": post(PETS, {"content-type": "application/json; charset=utf-8"}),
    "variables": post(ECHO, variables={"t": "Größe", "n": 3}),
    "variables that are null": post(ECHO, variables={"t": None, "n": None}),
    "variables that are missing": post(ECHO, variables={}),
    "variables: null": post(ECHO, variables=None),
    "variables that nobody asked for": post(PETS, variables={"more": 1}),
    "extensions": post(PETS, extensions={"a": {"b": 1}}),
    "an operation by its name": post(SEVERAL, operationName="B"),
    "the only operation by its name": post("query A { pet { id } }", operationName="A"),
    "operationName: null": post("query A { pet { id } }", operationName=None),
    "more than the protocol knows": post(PETS, other=[1]),
    "directives": post(FLAGS),
    "directives with variables": post(FLAGS, variables={"yes": False}),
    "a mutation": post("mutation { greet }"),
    "a backend that refuses": post("{ refused { id } pet { id } }"),
    "GET": get(query=PETS),
    "GET with variables": get(query=ECHO, variables='{"t": "a b&c", "n": 1}'),
    "GET with extensions": get(query=PETS, extensions='{"a": 1}'),
    "GET by name": get(query=SEVERAL, operationName="A"),
    "GET that accepts the newer type": get({"accept": RESPONSE}, query=PETS),
}
LONG = {
    "another charset": post(PETS, {"content-type": "application/json; charset=latin-1"}),
    "another type": post(PETS, {"content-type": "text/plain"}),
    "GraphQL as text": sent(PETS.encode(), {"content-type": "application/graphql"}),
    "accepts pieces alone": post(PETS, {"accept": "image/png"}),
    "a variable that is missing": post(NEEDS),
    "a variable that is null": post(NEEDS, variables={"n": None}),
    "a variable that is wrong": post(NEEDS, variables={"n": "three"}),
    "variables that are a list": post(ECHO, variables=[1]),
    "variables that are a text": post(ECHO, variables="{}"),
    "extensions that are a list": post(PETS, extensions=[]),
    "several operations, none named": post(SEVERAL),
    "an operation that is not there": post(SEVERAL, operationName="C"),
    "an operation's name that is a number": post(SEVERAL, operationName=7),
    "no query": sent(b"{}"),
    "a query that is a number": post(7),  # type: ignore[arg-type]  # as a client might
    "an empty query": post(""),
    "what is not in the schema": post("{ nothing }"),
    "what is no GraphQL": post("{"),
    "a backend that breaks its promise": post("{ wrong { id name } }"),
    "introspection": post("{ __schema { queryType { name } } }"),
    "the gateway's own": post("{ _gateway { version } }"),
    "a text with half a character": sent(b'{"query": "{ echo(text: \\"\\ud800\\") }"}'),
    "a byte order mark": sent(BOM + b'{"query": "{ pet { id } }"}'),
    "no JSON": sent(b'{"query": '),
    "NaN": sent(b'{"query": "{ pet { id } }", "variables": {"n": NaN}}'),
    "no UTF-8": sent(b'{"query": "{ echo(text: \\"\xff\\") }"}'),
    "an array": sent(b'[{"query": "{ pet { id } }"}]'),
    "too deep": sent(b"[" * 3000),
    "nothing": sent(b""),
    "too large": post(PETS + " " * 5000),
    "GET of nothing": get(),
    "GET with variables that are no JSON": get(query=ECHO, variables="{"),
    "GET with variables that are a list": get(query=ECHO, variables="[1]"),
    "GET of a mutation": get(query="mutation { greet }"),
    "PUT": httpx.Request("PUT", "http://x", content=b"{}", headers=JSON),
}


async def planned(asking: Asking) -> int:
    """How many operations a plan has answered."""
    body = await asking.query("{ _gateway { paths { reason count } } }")
    return sum(
        one["count"] for one in body["data"]["_gateway"]["paths"] if one["reason"] == "planned"
    )


async def answered(asking: Asking, request: httpx.Request) -> tuple[int, dict[str, str], bytes]:
    """The whole answer, but for when it was made and by what."""
    url = asking.http.base_url.join("/graphql").copy_with(query=request.url.query or None)
    headers = {**request.headers, "x-request-id": "r-1", "host": url.netloc.decode()}
    answer = await asking.http.request(
        request.method, url, content=request.content, headers=headers
    )
    kept = {name: value for name, value in answer.headers.items() if name != "date"}
    return answer.status_code, kept, answer.content


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("request_", SHORT.values(), ids=SHORT)
async def test_the_short_way_gives_what_the_long_way_gives(
    both: Both, request_: httpx.Request
) -> None:
    """Status, headers and bytes are the same; and it was a plan's answer."""
    before = await planned(both.short)

    short = await answered(both.short, request_)
    long = await answered(both.long, request_)

    assert short == long
    assert short[0] == 200
    assert await planned(both.short) == before + 1


ONES = '{ a: echo(n: 1) b: echo(n: 2) c: echo(text: "1") d: echo(sure: true) pet { id } }'


@pytest.mark.asyncio(loop_scope="module")
async def test_what_is_asked_again_is_answered_the_same(both: Both) -> None:
    """However much else was asked meanwhile, of the same functions and of others."""
    asked = [*SHORT.values(), *LONG.values(), post(ONES)]
    others = [post(f"{{ echo(n: {number}) }}") for number in range(100)]
    expected = [await answered(both.long, one) for one in asked]

    for more in (others[:3], others, ()):
        assert [await answered(both.short, one) for one in asked] == expected
        for number, one in enumerate(more):
            _, _, body = await answered(both.short, one)
            assert json.loads(body) == {"data": {"echo": {"n": str(number)}}}


@pytest.mark.asyncio(loop_scope="module")
async def test_equal_requests_have_ids_of_their_own(both: Both) -> None:
    """Also where all their bytes are equal, over one connection."""
    asked = {"query": "{ refused { id } }"}
    answers = [await both.short.http.post("/graphql", json=asked) for _ in range(4)]

    ids = {one.json()["errors"][0]["extensions"]["requestId"] for one in answers}
    assert len(ids) == 4


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("request_", LONG.values(), ids=LONG)
async def test_what_is_not_for_the_short_way(both: Both, request_: httpx.Request) -> None:
    """It is answered, or refused, as if there were none."""
    short = await answered(both.short, request_)
    long = await answered(both.long, request_)

    assert short == long


@pytest.mark.asyncio(loop_scope="module")
async def test_an_error_has_the_requests_id(both: Both) -> None:
    """That of the client's own header, at the path of what failed; the rest is there."""
    answer = await both.short.http.post(
        "/graphql",
        json={"query": "{ no: refused { id } pet { id } }"},
        headers={"x-request-id": "mine-7"},
    )

    (error,) = answer.json()["errors"]
    assert answer.json()["data"] == {"no": None, "pet": {"id": 1}}
    assert error["path"] == ["no"]
    assert error["extensions"]["requestId"] == "mine-7"
    assert error["extensions"]["status"] == 409


async def test_a_surprise_asks_no_backend_twice(tmp_path: Path) -> None:
    """What is not as promised is completed by graphql-core over the answers that are there."""
    async with (
        rest(described(), wrong=gives({"name": "no id"}), pet=tom) as backend,
        gateway(f"upstreams: {{a: {{openapi: '{backend.description}'}}}}", tmp_path) as asking,
    ):
        body = await asking.query("{ wrong { id name } pet { id } }")

    assert body["data"] == {"wrong": None, "pet": {"id": 1}}
    assert [error["path"] for error in body["errors"]] == [["wrong", "id"]]
    assert sorted(backend.asked) == ["GET /pet", "GET /wrong"]


@pytest.mark.parametrize("begun", [b"", b'{"query":'])
async def test_a_body_that_does_not_arrive(tmp_path: Path, begun: bytes) -> None:
    """All of it is waited for as long as an operation may take."""
    head = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    async with slowly(tmp_path, "server: {timeout: 200ms}") as (_, _, asking):
        url = asking.http.base_url
        reader, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(head + b"Content-Length: 20\r\n\r\n" + begun)
        status = await reader.readline()
        writer.close()

    assert status.startswith(b"HTTP/1.1 408 ")


async def test_a_client_that_goes(tmp_path: Path) -> None:
    """Within a second the backend sees its connection close."""
    async with slowly(tmp_path) as (slow, _, asking), asyncio.TaskGroup() as tasks:
        asked = tasks.create_task(asking.query("{ slow fast }"))
        await slow.entered.wait()
        asked.cancel()

        async with asyncio.timeout(1):
            await slow.left.wait()


async def test_a_mutation_goes_on_without_its_client(tmp_path: Path) -> None:
    """Its second write is made after the client has gone during the first."""
    async with writing(tmp_path) as (two, asking), asyncio.TaskGroup() as tasks:
        asked = tasks.create_task(asking.query("mutation { first second }"))
        await two.entered.wait()
        asked.cancel()
        await asyncio.wait([asked])
        # The gateway has long seen that when it has answered somebody else.
        await asking.statuses()
        two.gone.set()

        async with asyncio.timeout(5):
            await two.done.wait()
