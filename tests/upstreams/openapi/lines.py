"""A line to a backend of a test's own: one function, its client, and what the backend was asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

from tests.backends.openapi import Answering, Reply, answering
from upstreams.json_schema import Documents
from upstreams.kind import Call, Client
from upstreams.openapi import KIND
from upstreams.openapi.model import OpenApiCatalog, Settings
from upstreams.openapi.translate import translate
from upstreams.shape import Answer, Shape, Shapes, Wanted

ANY = {"200": {"description": "", "content": {"application/json": {"schema": {}}}}}


def catalog(operation: Any, path: str = "/it", method: str = "get", **more: Any) -> OpenApiCatalog:
    """The catalog of one function called `it`, in a document of 3.0 unless `more` says else."""
    whole = {"operationId": "it", "responses": ANY, **operation}
    version = {} if "swagger" in more else {"openapi": "3.0.3"}
    return described({**version, "paths": {path: {method: whole}}, **more})


def described(document: Any) -> OpenApiCatalog:
    """The catalog of a document."""
    return translate(Documents({"": document}), "/doc.json")


class Line:
    """A client for one function, and the backend behind it."""

    def __init__(self, client: Client, found: OpenApiCatalog, backend: Answering) -> None:
        self._client = client
        self._function = found.functions[0]
        self.backend = backend

    async def ask(self, *, within: float = 5.0, headers: Any = None, **arguments: Any) -> Any:
        deadline = asyncio.get_running_loop().time() + within
        return await self._client.call(Call(self._function, arguments, deadline, headers or {}))

    async def fetch(self, **arguments: Any) -> Answer:
        assert isinstance(self._client, Shapes)
        deadline = asyncio.get_running_loop().time() + 5.0
        return await self._client.fetch(Call(self._function, arguments, deadline))

    def shape(self, wanted: Wanted) -> Shape | None:
        assert isinstance(self._client, Shapes)
        return self._client.shape(self._function, wanted, ())


@asynccontextmanager
async def line(
    reply: Reply, operation: Any = None, path: str = "/it", method: str = "get", **settings: Any
) -> AsyncIterator[Line]:
    """A line to a backend that replies as told."""
    async with lined(reply, catalog(operation or {}, path, method), **settings) as one:
        yield one


@asynccontextmanager
async def lined(reply: Reply, found: OpenApiCatalog, **settings: Any) -> AsyncIterator[Line]:
    """A line to the first function of a catalog."""
    async with answering(reply) as backend:
        told = Settings(openapi="", url=f"{backend.url}/v1/", **settings)
        client = KIND.connect("up", told, found)
        async with aclosing(client):
            yield Line(client, found, backend)
