"""The commands, run as a user runs them: as processes."""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.backends.process import LOOPBACK, free_port
from tests.backends.rest import TEXT, Rest, answering, document, rest, success
from tests.backends.rest import json as gives

SPLICE = (sys.executable, "-m", "app")
ROOT = Path(__file__).parents[2]


async def splice(*words: str, cwd: Path) -> tuple[int, str, str]:
    """The command's status and what it wrote."""
    process = await _start(*words, cwd=cwd)
    output, errors = await process.communicate()
    return process.returncode or 0, output.decode(), errors.decode()


async def _start(*words: str, cwd: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *SPLICE, *words, cwd=cwd, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


@asynccontextmanager
async def project(folder: Path) -> AsyncIterator[Rest]:
    """A folder with a splice.yaml over one running backend."""
    async with rest(answering(hello=TEXT), hello=gives("hi")) as backend:
        (folder / "splice.yaml").write_text(
            f"upstreams: {{a: {{openapi: '{backend.description}'}}}}"
        )
        yield backend


@asynccontextmanager
async def serving(folder: Path, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """`splice serve` in that folder, told to stop at the end of the block."""
    process = await _start("serve", "--port", str(port), cwd=folder)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), 15)


async def test_discover_prints_the_documented_shape(tmp_path: Path) -> None:
    """`--json` on standard output, for pipes."""
    async with project(tmp_path):
        status, output, _ = await splice("discover", "--json", cwd=tmp_path)

    (upstream,) = json.loads(output)["upstreams"]
    assert status == 0
    assert upstream.pop("seconds") >= 0
    assert upstream == {
        "name": "a",
        "kind": "openapi",
        "functions": 1,
        "mapped": 1,
        "skipped": [],
        "degraded": [],
        "assumed": upstream["assumed"],
        "offers": [],
        "proposals": [],
        "renamed": [],
        "batches": [],
        "sources": {},
        "types": 0,
        "problem": None,
        "webhooks": [],
    }


async def test_discover_reports_what_is_not_there(tmp_path: Path) -> None:
    """Status 1 and a sentence; the shape stays the same."""
    nowhere = f"http://{LOOPBACK}:{free_port()}/openapi.json"

    status, output, _ = await splice("discover", "--json", "--openapi", nowhere, cwd=tmp_path)

    (upstream,) = json.loads(output)["upstreams"]
    assert status == 1
    assert (upstream["functions"], upstream["mapped"]) == (0, 0)
    assert "cannot be fetched" in upstream["problem"]


async def test_discover_is_readable_by_people(tmp_path: Path) -> None:
    """A table of functions, and a line that counts."""
    async with project(tmp_path):
        status, output, _ = await splice("discover", cwd=tmp_path)

    assert status == 0
    assert "hello" in output
    assert "1 mapped, 0 skipped" in output


async def test_discover_tells_what_lists_can_be_joined_through(tmp_path: Path) -> None:
    """Functions that answer for many keys are named, for people and in the documented shape."""
    ids = {"name": "ids", "in": "query", "schema": {"type": "array", "items": TEXT}}
    users = {"type": "array", "items": {"type": "object", "properties": {"id": TEXT}}}
    get = {"operationId": "getUsers", "parameters": [ids], "responses": success(users)}
    (tmp_path / "users.json").write_text(json.dumps(document({"/users": {"get": get}})))

    told = await splice("discover", "--json", "--openapi", "users.json", cwd=tmp_path)
    shown = await splice("discover", "--openapi", "users.json", cwd=tmp_path)

    (upstream,) = json.loads(told[1])["upstreams"]
    assert upstream["batches"] == [{"function": "getUsers", "argument": "ids", "key": "id"}]
    assert "usable for joins: getUsers(ids) by id" in shown[1]


async def test_schema_prints_sdl(tmp_path: Path) -> None:
    """From a configuration, or from flags without one."""
    async with project(tmp_path) as backend:
        status, output, _ = await splice("schema", cwd=tmp_path)
        flagged = await splice("schema", "--openapi", backend.description, cwd=tmp_path / "..")

    assert status == 0
    assert "hello: String" in output
    assert flagged[1] == output


async def test_query_answers_in_process(tmp_path: Path) -> None:
    """The response on standard output; status 1 when it has errors."""
    query = "query ($s: Boolean!) { hello @skip(if: $s) }"
    async with project(tmp_path):
        good = await splice("query", query, "--variables", '{"s": false}', cwd=tmp_path)
        bad = await splice("query", "splice.yaml", "{ nothing }", cwd=tmp_path)

    assert (good[0], json.loads(good[1])) == (0, {"data": {"hello": "hi"}})
    assert bad[0] == 1
    assert json.loads(bad[1])["errors"]


async def test_check_says_that_all_is_fine(tmp_path: Path) -> None:
    """Status 0 and one line."""
    async with project(tmp_path):
        status, output, _ = await splice("check", cwd=tmp_path)

    assert (status, output) == (0, "1 upstream, 1 function: fine\n")


async def test_check_knows_settings_that_mean_nothing(tmp_path: Path) -> None:
    """A glob without a function and a credential without a scheme are mistakes."""
    async with rest(answering(hello=TEXT)) as backend:
        (tmp_path / "splice.yaml").write_text(
            f"upstreams: {{a: {{openapi: '{backend.description}', mutations: 'send*',"
            " auth: {nobody: {token: t}}}}"
        )
        status, output, _ = await splice("check", cwd=tmp_path)

    assert status == 1
    assert sorted(output.splitlines()) == [
        "a: auth: no security scheme is called 'nobody'; it is never sent",
        "a: mutations: no function is called 'send*'",
    ]


async def test_check_says_what_is_wrong_and_where(tmp_path: Path) -> None:
    """Every mistake of the file, with line and column, on standard error; status 1."""
    (tmp_path / "splice.yaml").write_text("upstreams: {a: {openapi: x, timout: 5s}}\nserve: {}\n")

    status, _, errors = await splice("check", cwd=tmp_path)

    assert status == 1
    assert errors.splitlines() == [
        "splice.yaml:1:29: unknown key 'timout'; did you mean 'timeout'?",
        "splice.yaml:2:1: unknown key 'serve'; did you mean 'server'?",
    ]


@pytest.mark.parametrize("command", ["serve", "discover", "schema", "check"])
async def test_without_a_configuration_there_is_one_clear_line(
    tmp_path: Path, command: str
) -> None:
    """The file that was looked for is named."""
    status, _, errors = await splice(command, cwd=tmp_path)

    assert (status, errors) == (1, "splice.yaml: No such file or directory\n")


async def test_serve_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    """On the port it is given, and SIGTERM ends it cleanly."""
    port = free_port()
    async with (
        project(tmp_path),
        httpx.AsyncClient(timeout=10) as http,
        serving(tmp_path, port) as process,
    ):
        body = await first_answer(http, f"http://{LOOPBACK}:{port}/graphql", "{ hello }")

    assert body == {"data": {"hello": "hi"}}
    assert process.returncode in (0, -signal.SIGTERM)


async def test_serve_stops_at_once_while_a_discovery_hangs(tmp_path: Path) -> None:
    """It is alive and not ready meanwhile, and does not wait for the backend to stop."""

    async def never(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await stopped.wait()
        writer.close()

    stopped, port = asyncio.Event(), free_port()
    silent = await asyncio.start_server(never, LOOPBACK, 0)
    hanging = silent.sockets[0].getsockname()[1]
    (tmp_path / "splice.yaml").write_text(f"upstreams: {{a: {{grpc: '{LOOPBACK}:{hanging}'}}}}")

    async with httpx.AsyncClient(timeout=10, base_url=f"http://{LOOPBACK}:{port}") as http:
        process = await _start("serve", "--port", str(port), cwd=tmp_path)
        statuses = [await first_status(http, path) for path in ("/healthz", "/readyz")]
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), 3)
    stopped.set()
    silent.close()

    assert statuses == [200, 503]


async def test_serve_ends_what_it_began(tmp_path: Path) -> None:
    """A request in flight is answered after SIGTERM; only then does the process end."""
    entered, leave, port = asyncio.Event(), asyncio.Event(), free_port()

    async def slow(_: Request) -> Response:
        entered.set()
        await leave.wait()
        return JSONResponse("slow")

    async with (
        rest(answering(slow=TEXT), slow=slow) as backend,
        httpx.AsyncClient(timeout=10) as http,
        asyncio.TaskGroup() as tasks,
    ):
        config = f"upstreams: {{a: {{openapi: '{backend.description}'}}}}"
        (tmp_path / "splice.yaml").write_text(config)
        process = await _start("serve", "--port", str(port), cwd=tmp_path)
        url = f"http://{LOOPBACK}:{port}/graphql"
        asked = tasks.create_task(first_answer(http, url, "{ slow }"))
        await entered.wait()
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        while b"Waiting for connections to close" not in await process.stderr.readline():
            pass
        leave.set()
        await asyncio.wait_for(process.communicate(), 10)

    assert asked.result() == {"data": {"slow": "slow"}}


@pytest.mark.parametrize("flag", ["--workers=0", "--workers=two", "--port=65536", "--port=-1"])
async def test_numbers_that_cannot_be_meant_are_refused(tmp_path: Path, flag: str) -> None:
    """Usage, status 2, and which numbers there are."""
    status, _, errors = await splice("serve", flag, cwd=tmp_path)

    assert status == 2
    assert "a number from" in errors


async def test_query_says_when_there_is_no_such_operation(tmp_path: Path) -> None:
    """One line and status 1, not a trace."""
    async with project(tmp_path):
        named = await splice("query", "{ hello }", "--operation", "B", cwd=tmp_path)
        empty = await splice("query", "", cwd=tmp_path)

    assert named == (1, "", "there is no operation called B\n")
    assert empty == (1, "", "there is no operation\n")


@pytest.mark.timeout(60)
async def test_the_demo_answers_its_own_query_and_stops(tmp_path: Path) -> None:
    """It prints an address and a query that all four backends answer; Ctrl-C ends it."""
    process = await _start("demo", "--port", "0", cwd=tmp_path)
    assert process.stdout is not None
    printed = ""
    while "Ctrl-C" not in printed:
        printed += (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
    url = re.findall(r"http://[^ \n]*/graphql", printed)[0]
    query = printed.partition("One query over all four:")[2].partition("curl")[0]
    async with httpx.AsyncClient(timeout=20) as http:
        body = await first_answer(http, url, query)
    process.send_signal(signal.SIGINT)
    await asyncio.wait_for(process.communicate(), 10)

    assert "errors" not in body
    order = body["data"]["getOrder"]
    assert order["customer"]["account"]["iban"]
    assert order["parcels"]
    assert all(line["quote"]["total"] for line in order["lines"])
    assert process.returncode == 0


async def first_status(http: httpx.AsyncClient, path: str) -> int:
    """The status of a server that may still be starting."""
    while True:
        try:
            return (await http.get(path)).status_code
        except httpx.ConnectError:
            await asyncio.sleep(0.05)


async def first_answer(http: httpx.AsyncClient, url: str, query: str) -> dict[str, Any]:
    """The response of a server that may still be starting."""
    while True:
        try:
            answer = await http.post(url, json={"query": query})
        except httpx.ConnectError:
            await asyncio.sleep(0.05)
            continue
        body: dict[str, Any] = answer.json()
        return body


async def test_types_are_proposed_from_samples(tmp_path: Path) -> None:
    """`--samples` takes JSON, lists of it and lines of it, and writes SDL; nothing is asked."""
    (tmp_path / "one.json").write_text('{"input": {"sku": "tea"}, "output": {"total": 1}}')
    (tmp_path / "many.jsonl").write_text(
        '{"input": {"sku": "rope"}, "output": {"total": 2}}\n{"input": {"sku": "x"}}\n'
    )

    status, output, _ = await splice(
        *("discover", "--lambda", "price-quote", "--samples", "one.json", "many.jsonl"),
        cwd=tmp_path,
    )

    assert status == 0
    assert output == (
        "type Mutation {\n"
        '  priceQuote(sku: String!): PriceQuote @lambda(name: "price-quote")\n'
        "}\n\n"
        "type PriceQuote {\n  total: Int!\n}\n"
    )


@pytest.mark.parametrize(
    ("words", "content", "told"),
    [
        (("--lambda", "a", "--lambda", "b"), "{}", "samples are of one function"),
        (("--lambda", "a"), '{"a": 1}', "each sample is an object such as"),
        (("--lambda", "a"), '{"input": {}}\n{nonsense}', "samples.json:2: not JSON"),
        (("--lambda", "a"), "[]", "there is no sample in it"),
    ],
)
async def test_samples_that_are_none_are_told(
    words: tuple[str, ...], content: str, told: str, tmp_path: Path
) -> None:
    """Status 1, and what is wrong where."""
    (tmp_path / "samples.json").write_text(content)

    status, output, errors = await splice(
        "discover", *words, "--samples", "samples.json", cwd=tmp_path
    )

    assert (status, output) == (1, "")
    assert told in errors
