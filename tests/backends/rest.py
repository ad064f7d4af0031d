"""A REST backend of a test's own: an OpenAPI document and a handler for each operation."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.backends.asgi import served

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]

TEXT = {"type": "string"}
NUMBER = {"type": "integer"}


@dataclass(slots=True)
class Rest:
    """A running backend: where it is, what it says of itself, and what it was asked."""

    document: dict[str, Any]
    url: str = ""
    asked: list[str] = field(default_factory=list)
    """Method and target of every request but those for the document."""

    @property
    def description(self) -> str:
        """Where its OpenAPI document is."""
        return f"{self.url}/openapi.json"


def answering(**operations: Any) -> dict[str, Any]:
    """A document whose operations are all `GET /<id>`, each answering with the schema given."""
    return document(
        {
            f"/{name}": {"get": {"operationId": name, "responses": success(schema)}}
            for name, schema in operations.items()
        }
    )


def document(paths: Mapping[str, Any], **schemas: Any) -> dict[str, Any]:
    """An OpenAPI 3.1 document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "test", "version": "1"},
        "paths": dict(paths),
        "components": {"schemas": schemas},
    }


def success(schema: Any) -> dict[str, Any]:
    """The responses of an operation that gives JSON of that schema."""
    content = {"application/json": {"schema": schema}}
    return {"200": {"description": "fine", "content": content}}


def json(value: Any, status: int = 200) -> Handler:
    """A handler that always gives that value."""

    async def handle(_: Request) -> Response:
        return JSONResponse(value, status)

    return handle


@asynccontextmanager
async def rest(description: dict[str, Any], **handlers: Handler) -> AsyncIterator[Rest]:
    """The backend, listening until the block ends; `description` may be changed meanwhile."""
    backend = Rest(description)

    async def described(_: Request) -> Response:
        return JSONResponse(backend.document)

    def noted(handler: Handler) -> Handler:
        async def handle(request: Request) -> Response:
            target = request.scope["raw_path"].decode()
            query = request.scope["query_string"].decode()
            backend.asked.append(f"{request.method} {target}" + (f"?{query}" if query else ""))
            return await handler(request)

        return handle

    routes = [
        Route(f"/{name}", noted(handler), methods=["GET", "POST"])
        for name, handler in handlers.items()
    ]
    app = Starlette(routes=[Route("/openapi.json", described), *routes])
    async with served(app) as url:
        backend.url = url
        yield backend
