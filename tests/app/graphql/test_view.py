"""GraphQL over HTTP and WebSocket, by the specifications, through a real server."""

import asyncio
import json as jsonlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import websockets
from starlette.requests import Request
from starlette.responses import Response

from tests.app.graphql.sockets import answered, begin, connected, subscribe
from tests.app.served import Asking, gateway
from tests.backends.process import node
from tests.backends.rest import TEXT, Rest, answering, document, json, rest, success

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


class Slow:
    """A backend's function that never answers, and notices when nobody waits any more."""

    def __init__(self) -> None:
        self.entered, self.left = asyncio.Event(), asyncio.Event()

    async def __call__(self, request: Request) -> Response:
        self.entered.set()
        while (await request.receive())["type"] != "http.disconnect":
            pass
        self.left.set()
        return Response()


@asynccontextmanager
async def slowly(folder: Path, more: str = "") -> AsyncIterator[tuple[Slow, Rest, Asking]]:
    """A gateway over a backend with one function that is slow."""
    slow = Slow()
    async with (
        rest(answering(slow=TEXT, fast=TEXT), slow=slow, fast=json("fast")) as backend,
        gateway(
            f"upstreams: {{a: {{openapi: '{backend.description}'}}}}\n{more}", folder
        ) as asking,
    ):
        yield slow, backend, asking


class Two:
    """Two writes of a backend; the first takes until its client is gone."""

    def __init__(self) -> None:
        self.entered, self.gone, self.done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def first(self, _: Request) -> Response:
        self.entered.set()
        await self.gone.wait()
        return Response(b'"1"', media_type="application/json")

    async def second(self, _: Request) -> Response:
        self.done.set()
        return Response(b'"2"', media_type="application/json")


@asynccontextmanager
async def writing(folder: Path) -> AsyncIterator[tuple[Two, Asking]]:
    """A gateway over a backend with two functions that write."""
    two = Two()
    described = answering(first=TEXT, second=TEXT)
    async with (
        rest(described, first=two.first, second=two.second) as backend,
        gateway(
            f"upstreams: {{a: {{openapi: '{backend.description}', mutations: '*'}}}}", folder
        ) as asking,
    ):
        yield two, asking


async def test_a_client_that_goes_takes_its_calls_with_it(tmp_path: Path) -> None:
    """The backend sees the connection close while it still works on the answer."""
    async with slowly(tmp_path) as (slow, _, asking), asyncio.TaskGroup() as tasks:
        asked = tasks.create_task(asking.query("{ slow }"))
        await slow.entered.wait()
        asked.cancel()

        await slow.left.wait()


async def test_a_mutation_that_has_begun_is_brought_to_its_end(tmp_path: Path) -> None:
    """Its client goes during the first of two writes; the second is made all the same."""
    async with writing(tmp_path) as (two, asking), asyncio.TaskGroup() as tasks:
        asked = tasks.create_task(asking.query("mutation { first second }"))
        await two.entered.wait()
        asked.cancel()
        await asyncio.wait([asked])
        two.gone.set()

        await two.done.wait()


async def test_so_is_one_over_a_websocket(tmp_path: Path) -> None:
    """The line closes during the first of two writes; the second is made all the same."""
    async with writing(tmp_path) as (two, asking):
        async with connected(asking) as socket:
            await begin(socket)
            await subscribe(socket, "mutation { first second }")
            await two.entered.wait()
        two.gone.set()

        await two.done.wait()


async def test_a_websocket_that_closes_takes_its_calls_with_it(tmp_path: Path) -> None:
    """As with a request over HTTP."""
    async with slowly(tmp_path) as (slow, _, asking):
        async with connected(asking) as socket:
            await begin(socket)
            await subscribe(socket, "{ slow }")
            await slow.entered.wait()

        await slow.left.wait()


async def test_every_operation_of_a_websocket_has_its_own_time(tmp_path: Path) -> None:
    """The deadline counts from the operation, not from the connection."""
    async with (
        slowly(tmp_path, "server: {timeout: 300ms}") as (_, _, asking),
        connected(asking) as socket,
    ):
        await begin(socket)
        late = await answered(socket, "{ slow }")
        soon = await answered(socket, "{ fast }")

    assert late["payload"]["errors"][0]["extensions"]["code"] == "UPSTREAM_TIMEOUT"
    assert soon["payload"] == {"data": {"fast": "fast"}}


async def test_a_websocket_follows_the_schema(tmp_path: Path) -> None:
    """A line that was open before a refresh is served what is there after it."""
    async with (
        slowly(tmp_path, "discovery: {every: 50ms}") as (_, backend, asking),
        connected(asking) as socket,
    ):
        await begin(socket)
        before = await answered(socket, "{ fast }")
        backend.document = answering(slow=TEXT)
        while (after := await answered(socket, "{ fast }"))["type"] == "next":
            pass

    assert before["payload"] == {"data": {"fast": "fast"}}
    assert after["payload"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_a_request_runs_on_the_snapshot_of_when_it_is_complete(tmp_path: Path) -> None:
    """While its body was on its way, the schema and the lines behind it were replaced."""
    body = b'{"query": "{ new }"}'
    head = f"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"

    async with slowly(tmp_path, "discovery: {every: 50ms}") as (_, backend, asking):
        url = asking.http.base_url
        reader, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(f"{head}Content-Type: application/json\r\n\r\n".encode())
        await asking.query("{ fast }")
        backend.document = document(
            {"/fast": {"get": {"operationId": "new", "responses": success(TEXT)}}}
        )
        while "errors" in await asking.query("{ new }"):
            pass
        writer.write(body)
        status = await reader.readline()
        answer = await reader.readuntil(b"}}")
        writer.close()

    assert status == b"HTTP/1.1 200 OK\r\n"
    assert answer.endswith(b'{"data":{"new":"fast"}}')


async def test_a_body_that_does_not_arrive_is_given_up(tmp_path: Path) -> None:
    """It may take as long as an operation."""
    async with slowly(tmp_path, "server: {timeout: 200ms}") as (_, _, asking):
        url = asking.http.base_url
        reader, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
        status = await reader.readline()
        writer.close()

    assert status.startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize(
    "message",
    [
        "5",
        "[1]",
        "{",
        "{}",
        '{"type": ["a"]}',
        '{"type": "subscribe", "id": ["x"], "payload": {"query": "{ numbers }"}}',
        '{"type": "subscribe", "id": "1", "payload": "x"}',
        '{"type": "subscribe", "id": "1", "payload": {"query": 7}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ numbers }", "variables": [1]}}',
        b"\x00",
    ],
)
async def test_what_is_no_message_closes_the_line(
    asking: Asking, message: str | bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """By the protocol's code, and without a trace in the log."""
    async with connected(asking) as socket:
        await begin(socket)
        await socket.send(message)
        with pytest.raises(websockets.ConnectionClosed):
            await socket.recv()

    assert socket.close_code == 4400
    assert [record for record in caplog.records if record.exc_info] == []


async def test_a_frame_may_be_as_large_as_a_body(asking: Asking) -> None:
    """A larger one closes the line before it is read to its end."""
    async with connected(asking) as socket:
        await begin(socket)
        await socket.send("x" * 20_000)
        with pytest.raises(websockets.ConnectionClosed):
            await socket.recv()

    assert socket.close_code == 1009


async def test_a_line_on_which_nothing_is_said_is_closed(tmp_path: Path) -> None:
    """`connection_init` may take as long as an operation."""
    async with (
        slowly(tmp_path, "server: {timeout: 200ms}") as (_, _, asking),
        connected(asking) as socket,
    ):
        with pytest.raises(websockets.ConnectionClosed):
            await socket.recv()

    assert socket.close_code == 4408


@pytest.mark.parametrize(
    "media_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", None],
)
async def test_what_a_foreign_page_may_send_is_refused(
    asking: Asking, media_type: str | None
) -> None:
    """A browser sends these without asking first, with the cookies of whoever looks at the page."""
    headers = {} if media_type is None else {"content-type": media_type}

    answer = await asking.http.post(
        "/graphql", content=b'{"query": "{ numbers }"}', headers=headers
    )

    assert answer.status_code == 400
    assert "data" not in answer.json()


async def test_one_of_several_operations_must_be_named(asking: Asking) -> None:
    """None is run on a guess (specification §6.1)."""
    both = "query A { a: numbers } query B { b: numbers }"

    unnamed = await asking.query(both)
    named = await asking.http.post("/graphql", json={"query": both, "operationName": "B"})

    assert "data" not in unnamed
    assert unnamed["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert list(named.json()["data"]) == ["b"]


async def test_other_methods_are_told_which_there_are(asking: Asking) -> None:
    """RFC 9110 §15.5.6."""
    answer = await asking.http.put("/graphql")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


async def test_no_variables_may_be_said_in_a_get(asking: Asking) -> None:
    """`variables=null` is what clients make of nothing."""
    answer = await asking.http.get(
        "/graphql", params={"query": "{ numbers }", "variables": "null", "extensions": "null"}
    )

    assert answer.status_code == 200


async def test_a_number_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    """At once, also where a whole number was promised, and the other fields arrive."""

    async def huge(_: Request) -> Response:
        return Response(b"1e999999999", media_type="application/json")

    kinds = {"int": {"type": "integer"}, "long": {"type": "integer", "format": "int64"}}
    async with (
        rest(answering(**kinds, fast=TEXT), int=huge, long=huge, fast=json("fast")) as backend,
        gateway(f"upstreams: {{a: {{openapi: '{backend.description}'}}}}", tmp_path) as asking,
    ):
        body = await asking.query("{ int long fast }")

    assert body["data"] == {"int": None, "long": None, "fast": "fast"}
    codes = [error["extensions"]["code"] for error in body["errors"]]
    assert codes == ["UPSTREAM_INVALID_RESPONSE"] * 2
