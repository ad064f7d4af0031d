"""The whole gateway under its server with uvloop, spoken to in bytes, over one backend."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.config.read import loads
from app.main import create_app
from tests.app.passthrough.wire import Wire, client, serving
from tests.backends.process import LOOPBACK
from tests.backends.rest import TEXT, Rest, document, rest, success

READY = "{ _gateway { upstreams { status } } }"


class Answer(NamedTuple):
    """One response."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def data(self) -> Any:
        """The JSON in the body."""
        return json.loads(self.body)

    def of(self, name: str) -> list[str]:
        """The values of that header."""
        return [value for key, value in self.headers if key == name]


async def answer(wire: Wire) -> Answer:
    """The next response on the line."""
    status, *lines = (await wire.head()).decode().rstrip("\r\n").split("\r\n")
    headers = [(name.lower(), value) for name, _, value in (line.partition(": ") for line in lines)]
    lengths = [value for name, value in headers if name == "content-length"]
    body = await wire.exactly(int(lengths[0])) if lengths else await _chunks(wire)
    return Answer(int(status.split(" ")[1]), headers, body)


async def _chunks(wire: Wire) -> bytes:
    body = b""
    while size := int(await wire.until(b"\r\n"), 16):
        body += (await wire.exactly(size + 2))[:-2]
    await wire.until(b"\r\n")
    return body


def said(query: str, **more: Any) -> bytes:
    """The body of a GraphQL request."""
    return json.dumps({"query": query, **more}).encode()


def post(body: bytes, *headers: str, path: str = "/graphql", version: str = "1.1") -> bytes:
    """A POST of JSON."""
    return head(*headers, f"Content-Length: {len(body)}", path=path, version=version) + body


def head(*headers: str, path: str = "/graphql", version: str = "1.1") -> bytes:
    """The head of a POST of JSON."""
    lines = (f"POST {path} HTTP/{version}", "Host: x", "Content-Type: application/json", *headers)
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def get(path: str, *headers: str) -> bytes:
    """A GET."""
    return "\r\n".join((f"GET {path} HTTP/1.1", "Host: x", *headers, "", "")).encode()


@dataclass(slots=True)
class Slow:
    """A function that answers once it is let, and notices when nobody waits any more."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, request: Request) -> Response:
        self.asked.set()
        async with asyncio.TaskGroup() as tasks:
            opened = tasks.create_task(self.opened.wait())
            leaving = tasks.create_task(self._leaving(request))
            await asyncio.wait([opened, leaving], return_when=asyncio.FIRST_COMPLETED)
            opened.cancel()
            leaving.cancel()
        return JSONResponse("slow")

    async def _leaving(self, request: Request) -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        self.left.set()


@dataclass(frozen=True, slots=True)
class Wired:
    """A gateway, and what is behind it."""

    port: int
    backend: Rest
    slow: Slow

    async def asked(self, request: bytes) -> Answer:
        """The response to a request of its own connection."""
        async with client(self.port) as wire:
            await wire.send(request)
            return await answer(wire)


async def echo(request: Request) -> Response:
    """What was asked."""
    return JSONResponse(request.query_params.get("text", ""))


async def headers(request: Request) -> Response:
    """The headers that came."""
    await request.body()
    return JSONResponse([(name.decode(), value.decode()) for name, value in request.headers.raw])


def _described() -> dict[str, Any]:
    text = {"name": "text", "in": "query", "schema": TEXT}
    said = success(TEXT)
    return document(
        {
            "/echo": {
                "get": {"operationId": "echo", "parameters": [text], "responses": said},
                "post": {"operationId": "write", "parameters": [text], "responses": said},
            },
            "/slow": {
                "get": {"operationId": "slow", "responses": said},
                "post": {"operationId": "change", "responses": said},
            },
        }
    )


@asynccontextmanager
async def wired(folder: Path, server: str = "", **settings: Any) -> AsyncIterator[Wired]:
    """A gateway whose settings of `server` are these; `settings` are uvicorn's."""
    slow = Slow()
    async with rest(_described(), echo=echo, slow=slow, headers=headers) as backend:
        text = f"""
upstreams: {{a: {{openapi: '{backend.description}'}}}}
routes: [{{match: {{path: /a/**}}, to: a, rewrite: {{strip: /a}}}}]
server: {{{server}}}
"""
        app = create_app(loads(text, folder / "splice.yaml", {}))
        async with serving(app, **settings) as port:
            one = Wired(port, backend, slow)
            async with httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{port}") as http:
                await http.post("/graphql", json={"query": READY})
                await http.get("/a/echo")
            backend.asked.clear()
            yield one
            slow.opened.set()
