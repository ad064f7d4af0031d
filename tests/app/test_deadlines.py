"""However a backend keeps silent, its upstream's `timeout` ends the call."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.app.passthrough.wire import Conversation, Wire, backend
from tests.app.served import Asking, gateway
from tests.backends.rest import TEXT, document, success
from tests.upstreams.soap.documents import document_literal, element, sequence
from upstreams.grpc.h2 import frames

PREFACE = len(frames.PREFACE)
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n"
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"
UNLIMITED = frames.settings({})

PROTO = """
syntax = "proto3";
package clock;
message Said { string text = 1; }
service Clock {
  rpc One(Said) returns (Said);
  rpc Many(Said) returns (stream Said);
  rpc Sum(stream Said) returns (Said);
}
"""


async def silent(wire: Wire) -> None:
    """Take what comes."""
    await wire.rest()


async def begun(wire: Wire) -> None:
    """Answer with a head, and nothing after it."""
    await wire.send(HEAD)
    await wire.rest()


async def dripping(wire: Wire) -> None:
    """Answer with a head, and then byte by byte."""
    await wire.send(HEAD)
    while True:
        await wire.send(b" ")
        await asyncio.sleep(0.05)


def asked(then: Conversation, besides: bytes = b"nothing") -> Conversation:
    """That conversation once somebody has asked; what begins otherwise is not found."""

    async def conversation(wire: Wire) -> None:
        while (await wire.head()).startswith(besides):
            await wire.send(NOT_FOUND)
        await then(wire)

    return conversation


async def settled(wire: Wire) -> None:
    """Begin to speak HTTP/2, and say nothing more."""
    await wire.exactly(PREFACE)
    await wire.send(UNLIMITED)
    await wire.rest()


async def pinging(wire: Wire) -> None:
    """Speak HTTP/2, but never of the call."""
    await wire.exactly(PREFACE)
    await wire.send(UNLIMITED)
    while True:
        await wire.send(frames.frame(frames.PING, 0, 0, b"still me"))
        await asyncio.sleep(0.05)


HTTP = pytest.mark.parametrize("conversation", [silent, begun, dripping])
HTTP2 = pytest.mark.parametrize("conversation", [silent, settled, pinging])


@asynccontextmanager
async def upstream(
    folder: Path, conversation: Conversation, settings: str, **files: str
) -> AsyncIterator[Asking]:
    """A gateway over a backend that holds that conversation, and has 200 ms.

    In the settings, `{folder}` is where the files are, and `{to}` is where the backend is.
    """
    for name, text in files.items():
        (folder / name).write_text(text)
    async with backend(conversation) as to:
        there = settings.format(folder=folder, to=to.address.decode())
        config = f"upstreams: {{a: {{{there}, timeout: 200ms}}}}"
        async with gateway(config, folder) as asking:
            told = await asking.query("{ _gateway { upstreams { problem functions } } }")
            (one,) = told["data"]["_gateway"]["upstreams"]
            assert one["functions"], one
            yield asking


async def is_timed_out(asking: Asking, query: str) -> None:
    """Whether the gateway says so, long before any test gives up."""
    async with asyncio.timeout(10):
        body = await asking.query(query)
    codes = [one["extensions"]["code"] for one in body["errors"]]
    assert codes == ["UPSTREAM_TIMEOUT"], body


def listing(**more: Any) -> str:
    """A function that gives one text, and one that gives pages."""
    pages = [
        {"name": name, "in": "query", "schema": {"type": "integer"}} for name in ("page", "size")
    ]
    said = success({"type": "array", "items": TEXT})
    paths = {
        "/one": {"get": {"operationId": "one", "responses": success(TEXT), **more}},
        "/all": {"get": {"operationId": "all", "parameters": pages, "responses": said}},
    }
    return json.dumps(document(paths))


@HTTP
@pytest.mark.parametrize("paged", ["{ one }", "{ all { nodes } }"])
async def test_openapi(tmp_path: Path, conversation: Conversation, paged: str) -> None:
    """A call, and the pages of a list."""
    settings = "openapi: '{folder}/a.json', url: 'http://{to}', pages: {{all: {{by: page}}}}"
    async with upstream(tmp_path, asked(conversation), settings, **{"a.json": listing()}) as asking:
        await is_timed_out(asking, paged)


@HTTP
async def test_openapi_tokens(tmp_path: Path, conversation: Conversation) -> None:
    """Who gives tokens is waited for no longer than the backend."""
    described = json.loads(listing(security=[{"o": []}]))
    flow = {"tokenUrl": "https://elsewhere.test/token", "scopes": {}}
    described["components"]["securitySchemes"] = {
        "o": {"type": "oauth2", "flows": {"clientCredentials": flow}}
    }
    credential = "{{clientId: a, clientSecret: b, tokenUrl: 'http://{to}/token'}}"
    settings = "openapi: '{folder}/a.json', url: 'http://{to}', auth: {{o: " + credential + "}}"
    files = {"a.json": json.dumps(described)}
    async with upstream(tmp_path, asked(conversation), settings, **files) as asking:
        await is_timed_out(asking, "{ one }")


@HTTP
async def test_soap(tmp_path: Path, conversation: Conversation) -> None:
    """An envelope is answered in time, or not at all."""
    said = element("GetAccount", sequence("id xs:int"))
    wsdl = document_literal(said + element("GetAccountResponse", sequence("name xs:string")))
    settings = "soap: '{folder}/a.wsdl', url: 'http://{to}'"
    async with upstream(tmp_path, asked(conversation), settings, **{"a.wsdl": wsdl}) as asking:
        await is_timed_out(asking, "{ getAccount(input: {id: 1}) }")


@HTTP
async def test_graphql(tmp_path: Path, conversation: Conversation) -> None:
    """Another GraphQL API."""
    settings = "graphql: '{folder}/a.graphql', url: 'http://{to}'"
    files = {"a.graphql": "type Query { one: String }"}
    async with upstream(tmp_path, asked(conversation), settings, **files) as asking:
        await is_timed_out(asking, "{ one }")


@HTTP
async def test_lambda(tmp_path: Path, conversation: Conversation) -> None:
    """A function that is invoked."""
    settings = "lambda: [one], sign: false, url: 'http://{to}', types: '{folder}/a.graphql'"
    files = {"a.graphql": "type Query { one: String }"}
    async with upstream(tmp_path, asked(conversation, b"GET"), settings, **files) as asking:
        await is_timed_out(asking, "{ one }")


@HTTP2
@pytest.mark.parametrize("method", ["one", "many", "sum"])
async def test_grpc(tmp_path: Path, conversation: Conversation, method: str) -> None:
    """One message for one, many for one, and one for many."""
    given = '[{text: "a"}]' if method == "sum" else '{text: "a"}'
    settings = "grpc: '{to}', descriptors: '{folder}/a.proto', queries: '*'"
    async with upstream(tmp_path, conversation, settings, **{"a.proto": PROTO}) as asking:
        await is_timed_out(asking, f"{{ {method}(input: {given}) {{ text }} }}")
