"""GraphQL over HTTP and WebSocket, by the specifications, through a real server."""

import asyncio
import json as jsonlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import websockets
from starlette.requests import Request
from starlette.responses import Response

from tests.app.served import Asking, gateway
from tests.backends.process import node
from tests.backends.rest import TEXT, answering, document, rest, success

RESPONSE = "application/graphql-response+json"
AUDIT = Path(__file__).parents[2] / "backends" / "node" / "audit.mjs"


async def exact(_: Request) -> Response:
    """Numbers that a double cannot hold."""
    return Response(b'{"price":1.10,"big":1180591620717411303424}', media_type="application/json")


@pytest.fixture
async def asking(tmp_path: Path) -> AsyncIterator[Asking]:
    """A gateway over one backend with numbers that are hard to keep."""
    async with (
        rest(answering(numbers={}), numbers=exact) as backend,
        gateway(
            f"upstreams: {{a: {{openapi: '{backend.description}'}}}}\nserver: {{maxBody: 10KiB}}",
            tmp_path,
        ) as asking,
    ):
        yield asking


@pytest.mark.real
async def test_the_specifications_own_audit_finds_nothing(asking: Asking) -> None:
    """npm graphql-http's audit: 61 of 61."""
    process = await asyncio.create_subprocess_exec(
        *node(AUDIT, f"{asking.http.base_url}/graphql"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()

    assert output.decode().splitlines() == ["61 of 61"]


async def test_json_keeps_every_digit(asking: Asking) -> None:
    """What a backend wrote as 1.10 and 2^70 is what the client reads."""
    answer = await asking.http.post("/graphql", json={"query": "{ numbers }"})

    assert answer.text == '{"data":{"numbers":{"price":1.10,"big":1180591620717411303424}}}'


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query ($a: Int!) { _gateway { version @skip(if: $a) } }", "GRAPHQL_VALIDATION_FAILED"),
        ("query ($a: Boolean!) { _gateway { version @skip(if: $a) } }", "BAD_USER_INPUT"),
    ],
)
async def test_what_could_not_run_has_a_code_and_no_data(
    asking: Asking, query: str, code: str
) -> None:
    """400 for the newer media type, 200 for plain JSON; in both no `data` at all."""
    new = await asking.http.post("/graphql", json={"query": query}, headers={"accept": RESPONSE})
    old = await asking.http.post("/graphql", json={"query": query})

    assert (new.status_code, old.status_code) == (400, 200)
    assert new.headers["content-type"] == f"{RESPONSE}; charset=utf-8"
    assert "data" not in new.json()
    assert [error["extensions"]["code"] for error in new.json()["errors"]] == [code]
    assert old.json()["errors"][0]["extensions"]["code"] == code


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'"text"', 400),
        (b"{}", 400),
        (b'{"query": 7}', 400),
        (b'{"query": "{ a }", "variables": "x"}', 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 413),
        (b"[" * 9_000, 400),
        (b'{"query": "' + b"a" * 20_000 + b'"}', 413),
    ],
)
async def test_what_is_no_request_is_refused_in_json(
    asking: Asking, body: bytes, status: int
) -> None:
    """Broken, foreign, too deep, too large: a GraphQL error body, never a stack trace."""
    answer = await asking.http.post(
        "/graphql", content=body, headers={"content-type": "application/json"}
    )

    assert answer.status_code == status
    assert answer.json()["errors"][0]["extensions"]["code"] == "GRAPHQL_BAD_REQUEST"


async def test_an_operation_name_that_is_not_there_is_refused_in_json(asking: Asking) -> None:
    """The reason is readable by a client that expects JSON."""
    answer = await asking.http.post(
        "/graphql", json={"query": "query A { numbers }", "operationName": "B"}
    )

    assert answer.status_code == 400
    assert "B" in answer.json()["errors"][0]["message"]


async def test_a_mutation_by_get_is_refused(tmp_path: Path) -> None:
    """GET is for reading, and nothing was called."""
    paths = {"/add": {"post": {"operationId": "add", "responses": success(TEXT)}}}
    async with (
        rest(document(paths), add=exact) as backend,
        gateway(f"upstreams: {{a: {{openapi: '{backend.description}'}}}}", tmp_path) as asking,
    ):
        answer = await asking.http.get("/graphql", params={"query": "mutation { add }"})

    assert answer.status_code in (400, 405)
    assert backend.asked == []


async def test_a_request_id_is_kept_or_made(asking: Asking) -> None:
    """Errors carry the client's own id where it is fit to be shown, else a new one."""
    query = "query ($a: Boolean!) { numbers @skip(if: $a) }"

    kept = await asking.query(query, headers={"x-request-id": "abc-1"})
    made = await asking.query(query, headers={"x-request-id": "<script>"})

    assert kept["errors"][0]["extensions"]["requestId"] == "abc-1"
    assert len(made["errors"][0]["extensions"]["requestId"]) == 32


async def test_queries_run_over_a_websocket(asking: Asking) -> None:
    """graphql-transport-ws, in text frames."""
    url = f"ws://{asking.http.base_url.netloc.decode()}/graphql"
    async with websockets.connect(
        url, subprotocols=[websockets.Subprotocol("graphql-transport-ws")]
    ) as socket:
        await socket.send(jsonlib.dumps({"type": "connection_init"}))
        ack = await socket.recv()
        await socket.send(
            jsonlib.dumps({"id": "1", "type": "subscribe", "payload": {"query": "{ numbers }"}})
        )
        data, complete = await socket.recv(), await socket.recv()

    assert isinstance(data, str)
    assert jsonlib.loads(ack) == {"type": "connection_ack"}
    assert '"numbers":{"price":1.10' in data
    assert jsonlib.loads(complete) == {"id": "1", "type": "complete"}


async def test_introspection_works(asking: Asking) -> None:
    """Tools find the schema."""
    body = await asking.query("{ __schema { queryType { fields { name } } } }")

    names = [field["name"] for field in body["data"]["__schema"]["queryType"]["fields"]]
    assert names == ["numbers", "_gateway"]


async def test_a_browser_gets_the_explorer_and_a_client_an_error(asking: Asking) -> None:
    """GET without a query: HTML for who prefers it, a GraphQL error for others."""
    page = await asking.http.get("/graphql", headers={"accept": "text/html,*/*;q=0.8"})
    client = await asking.http.get("/graphql", headers={"accept": "application/json"})

    assert page.headers["content-type"].startswith("text/html")
    assert client.status_code == 400
    assert client.json()["errors"]


async def test_every_answer_has_one_date(asking: Asking) -> None:
    """Ours is added where there is none."""
    answer = await asking.http.get("/healthz")

    assert len(answer.headers.get_list("date")) == 1
