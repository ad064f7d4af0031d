"""`/graphql`: Strawberry's ASGI view, with the media types and statuses of GraphQL over HTTP.

The specification (GraphQL over HTTP, §6) ties the status to the media type the client accepts:
`application/graphql-response+json` gets 4xx for a request that could not run, `application/json`
gets 200 for every well-formed request.
"""

import asyncio
import re
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from cross_web import HTTPException
from graphql import GraphQLError
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import ASGIWebSocketAdapter, GraphQL
from strawberry.http import GraphQLHTTPResponse
from strawberry.http.base import BaseRequestProtocol
from strawberry.schema.base import BaseSchema
from strawberry.types import ExecutionResult

from app.explorer.page import wants_html
from app.graphql.body import body_of, decode, encode
from app.snapshot import Snapshot
from schema.execute import Request

RESPONSE = "application/graphql-response+json"
JSON = "application/json"
BAD_REQUEST = "GRAPHQL_BAD_REQUEST"


class _Answer(Response):
    """The response being made, and the media type its client accepts."""

    media_type = JSON


class TextWebSocketAdapter(ASGIWebSocketAdapter):
    """Messages as text frames, which is what graphql-transport-ws wants."""

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Send one message."""
        await self.ws.send_text(encode(message).decode())


_REQUEST_ID = re.compile(r"[\w.:-]{1,128}", re.ASCII)

Page: TypeAlias = Callable[[HttpRequest], Awaitable[Response]]


class View(GraphQL[Request, None]):
    """GraphQL over the current snapshot."""

    websocket_adapter_class = TextWebSocketAdapter

    def __init__(
        self,
        current: Callable[[], Snapshot],
        *,
        timeout: float,
        max_body: int,
        page: Page | None = None,
    ) -> None:
        """`page` is what browsers are shown; without one they get an error."""
        self._current = current
        self._timeout = timeout
        self._max_body = max_body
        self._page = page
        super().__init__(current().schema, graphql_ide="graphiql" if page else None)

    @property
    def schema(self) -> BaseSchema:
        """The schema of the moment; a request reads it once."""
        return self._current().schema

    @schema.setter
    def schema(self, schema: BaseSchema) -> None:
        """Strawberry's constructor sets it; the snapshot is what counts."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request or WebSocket connection."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        request = HttpRequest(scope, _limited(receive, self._max_body))
        try:
            response = await self.run(request)
        except HTTPException as error:
            response = refusal(error.status_code, error.reason, _accepted(request))
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def get_context(
        self,
        request: HttpRequest | WebSocket,
        response: Response | WebSocket,  # noqa: ARG002 - Strawberry's signature
    ) -> Request:
        """What the request brings along."""
        headers = {
            key.decode("latin-1"): value.decode("latin-1")
            for key, value in request.scope["headers"]
        }
        return Request(
            caller=self._current(),
            request_id=_request_id(headers),
            deadline=asyncio.get_running_loop().time() + self._timeout,
            headers=headers,
        )

    async def get_sub_response(self, request: HttpRequest | WebSocket) -> Response:
        """The response being made, which knows what the client accepts."""
        answer = await super().get_sub_response(request)
        answer.media_type = _accepted(request)
        return answer

    async def process_result(
        self,
        request: HttpRequest,  # noqa: ARG002 - Strawberry's signature
        result: ExecutionResult,
    ) -> GraphQLHTTPResponse:
        """The body; without `data` where the request could not run (specification §7.1)."""
        return body_of(result)  # type: ignore[return-value]  # `data` may be absent on purpose

    def create_response(
        self,
        response_data: GraphQLHTTPResponse | list[GraphQLHTTPResponse],
        sub_response: Response,
    ) -> Response:
        """The HTTP response of one operation."""
        media_type = sub_response.media_type or JSON
        ran = isinstance(response_data, list) or "data" in response_data
        return Response(
            encode(response_data),
            status_code=sub_response.status_code or (200 if ran or media_type == JSON else 400),
            headers={"content-type": f"{media_type}; charset=utf-8"},
        )

    async def render_graphql_ide(self, request: HttpRequest) -> Response:
        """The explorer."""
        assert self._page is not None  # noqa: S101 - Strawberry asks only where there is one
        return await self._page(request)

    def should_render_graphql_ide(self, request: BaseRequestProtocol) -> bool:
        """Whether a browser came by, rather than a client with a query."""
        return (
            self._page is not None
            and request.method == "GET"
            and request.query_params.get("query") is None
            and wants_html(request.headers)
        )

    def parse_json(self, data: str | bytes) -> Any:
        """The value in a body or parameter; what is neither object nor list is no request."""
        value = super().parse_json(data)
        if not isinstance(value, dict | list):
            raise HTTPException(400, "The GraphQL request must be a JSON object")
        return value

    def decode_json(self, data: str | bytes) -> object:
        """The value, its numbers remembered as written."""
        return decode(data)

    def encode_json(self, data: object) -> bytes:
        """The bytes, decimals with every digit."""
        return encode(data)


def refusal(status: int, reason: str, media_type: str = JSON) -> Response:
    """A GraphQL error for a request that is no GraphQL request."""
    error = GraphQLError(reason, extensions={"code": BAD_REQUEST})
    return Response(
        encode({"errors": [error.formatted]}),
        status_code=status,
        headers={"content-type": f"{media_type}; charset=utf-8"},
    )


def _request_id(headers: Mapping[str, str]) -> str:
    """The client's, where it is fit for logs and answers; else a new one."""
    given = headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def _accepted(request: HttpRequest | WebSocket) -> str:
    """The media type to answer in: the newer one only for clients that name it."""
    return RESPONSE if RESPONSE in request.headers.get("accept", "") else JSON


def _limited(receive: Receive, limit: int) -> Receive:
    """The same messages, as long as the body stays within its limit."""
    size = 0

    async def limited() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > limit:
            raise HTTPException(413, f"the request body is larger than the limit of {limit} bytes")
        return message

    return limited
