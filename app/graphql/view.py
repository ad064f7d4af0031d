"""`/graphql`: Strawberry's ASGI view, with the media types and statuses of GraphQL over HTTP.

The specification (GraphQL over HTTP, §6) ties the status to the media type the client accepts:
`application/graphql-response+json` gets 4xx for a request that could not run, `application/json`
gets 200 for every well-formed request.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, TypeAlias, cast

from cross_web import AsyncHTTPRequestAdapter, HTTPException
from graphql import GraphQLError
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.http.base import BaseRequestProtocol
from strawberry.schema.base import BaseSchema
from strawberry.subscriptions import (
    GRAPHQL_SSE_PROTOCOL,
    GRAPHQL_TRANSPORT_WS_PROTOCOL,
    MULTIPART_SUBSCRIPTION_PROTOCOL,
)
from strawberry.types import ExecutionResult

from app.explorer.page import wants_html
from app.finishing import Finishing
from app.graphql.body import body_of, decode, encode
from app.graphql.current import BadRequest, CurrentSchema
from app.graphql.documents import BAD_REQUEST, DocumentError, Documents, MalformedError, named
from app.graphql.documents.named import IDS
from app.graphql.headers import JSON, Headers, accepted, request_id
from app.graphql.incremental import taken_by, without_empty
from app.graphql.leaving import unless_gone
from app.graphql.parts import arriving
from app.graphql.shortcut import Shortcut
from app.graphql.streams import Events, Parts, Streamed, parted
from app.graphql.uploads import Operation, UploadAdapter, Uploads, has_files
from app.graphql.websocket import TextWebSocketAdapter
from app.snapshot import Serving
from app.turn import Begun, Turn
from schema.request import Request

METHOD_NOT_ALLOWED = 405


class _Answer(Response):
    """The response being made, and the media type its client accepts."""

    media_type = JSON


_NAMING = ("query", "extensions", *IDS)
"""Parameters of a GET any of which makes it a GraphQL request."""

Page: TypeAlias = Callable[[HttpRequest], Awaitable[Response]]


class View(GraphQL[Request, None]):
    """GraphQL over the current snapshot."""

    request_adapter_class = UploadAdapter
    websocket_adapter_class = TextWebSocketAdapter
    stream_transport_classes_by_protocol = MappingProxyType(
        {GRAPHQL_SSE_PROTOCOL: Events, MULTIPART_SUBSCRIPTION_PROTOCOL: Parts}
    )

    def __init__(
        self,
        serving: Serving,
        finishing: Finishing,
        *,
        timeout: float,
        uploads: Uploads,
        documents: Documents,
        page: Page | None = None,
    ) -> None:
        """`timeout` is how many seconds a body, and then its operation, may take.

        `page` is what browsers are shown; without one they get an error.
        """
        self._current = serving.current
        self._timeout = timeout
        self._shortcut = Shortcut(
            serving, finishing, documents, timeout=timeout, max_body=uploads.max_body
        )
        self._uploads = uploads
        self._page = page
        self._schema = CurrentSchema(serving.current, timeout, finishing, documents)
        super().__init__(
            cast(BaseSchema, self._schema),
            graphql_ide="graphiql" if page else None,
            subscription_protocols=(
                GRAPHQL_TRANSPORT_WS_PROTOCOL,
                GRAPHQL_SSE_PROTOCOL,
                MULTIPART_SUBSCRIPTION_PROTOCOL,
            ),
            connection_init_wait_timeout=timedelta(seconds=timeout),
            multipart_uploads_enabled=True,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request or WebSocket connection.

        An answer that nobody waits for any more is not made: its calls are cancelled, but for
        those of a mutation that has begun.
        """
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        response = await self._response(scope, receive)
        if response is not None:
            await response(scope, receive, send)

    async def shortly(self, scope: Scope, receive: Receive, send: Send) -> Receive | None:
        """Answer an HTTP request if it is plain; else, how the same request is received anew."""
        try:
            return await self._shortcut(scope, receive, send)
        except TimeoutError:
            await _late(_accepted(HttpRequest(scope)))(scope, receive, send)
            return None

    def directly(self, turn: Turn) -> Begun | None:
        """Begin to answer a request in one step; None where it is not plain."""
        return self._shortcut.directly(turn)

    async def _response(self, scope: Scope, receive: Receive) -> Response | None:
        """The response; None once the client is gone."""
        accepted = _accepted(HttpRequest(scope))
        try:
            async with asyncio.timeout(self._timeout):
                request = await self._arrived(HttpRequest(scope), receive)
        except TimeoutError:
            return _late(accepted)
        except HTTPException as error:
            return refusal(error.status_code, error.reason, accepted)
        except ClientDisconnect:
            return None
        return await unless_gone(self._answer(request), receive)

    async def _arrived(self, request: HttpRequest, receive: Receive) -> HttpRequest:
        """The request once all of it is there. Raises `HTTPException` and `ClientDisconnect`."""
        if has_files(request):
            return await self._uploads.received(request, receive)
        pieces = arriving(request.headers, receive, self._uploads.max_body)
        body = b"".join([piece async for piece in pieces])
        return HttpRequest(request.scope, _replayed(body))

    async def _answer(self, request: HttpRequest) -> Response:
        try:
            return await self.run(request)
        except BadRequest as error:
            return _refused(error.error, error.status_code, _accepted(request))
        except HTTPException as error:
            return refusal(error.status_code, error.reason, _accepted(request))

    async def get_context(
        self,
        request: HttpRequest | WebSocket,
        response: Response | WebSocket,  # noqa: ARG002 - Strawberry's signature
    ) -> Request:
        """What the request brings along."""
        headers = Headers.of(request.scope["headers"])
        return Request(
            caller=await self._current(),
            request_id=request_id(headers),
            deadline=asyncio.get_running_loop().time() + self._timeout,
            headers=headers,
            incremental=taken_by(headers.get("accept", "")),
        )

    async def get_sub_response(self, request: HttpRequest | WebSocket) -> Response:
        """The response being made, which knows what the client accepts."""
        answer = await super().get_sub_response(request)
        answer.media_type = _accepted(request)
        return answer

    async def execute_operation(
        self,
        request: HttpRequest,
        request_adapter: AsyncHTTPRequestAdapter,
        request_data: GraphQLRequestData | list[GraphQLRequestData],
        context: Request,
        *more: Any,
        **others: Any,
    ) -> Any:
        """The result of a request: at once, or as a stream where its client wants nothing else."""
        if isinstance(request_data, GraphQLRequestData):
            try:
                request_data = await self._schema.plainly(request_data, context)
            except MalformedError as error:
                raise BadRequest(error) from error
            except DocumentError as error:
                return ExecutionResult(data=None, errors=[error])
        return await super().execute_operation(
            request, request_adapter, request_data, context, *more, **others
        )

    async def process_result(
        self,
        request: HttpRequest,  # noqa: ARG002 - Strawberry's signature
        result: ExecutionResult,
    ) -> GraphQLHTTPResponse:
        """The body; without `data` where the request could not run (specification §7.1)."""
        return body_of(result)  # type: ignore[return-value]  # `data` may be absent on purpose

    async def create_streaming_response(
        self,
        request: HttpRequest | WebSocket,  # noqa: ARG002 - Strawberry's signature
        stream: Callable[[], AsyncIterator[str]],
        sub_response: Response,  # noqa: ARG002 - Strawberry's signature
        headers: Mapping[str, str],
    ) -> Response:
        """The HTTP response of a subscription: events (SSE) or parts, as they come."""
        pieces = stream()
        return Streamed(parted(pieces) if headers == Parts().headers else pieces, headers)

    async def _process_stream_result(
        self, request: HttpRequest, value: Any, all_pending: list[Any]
    ) -> tuple[GraphQLHTTPResponse, list[Any]]:
        piece, pending = await super()._process_stream_result(request, value, all_pending)
        return without_empty(dict(piece)), pending  # type: ignore[return-value]  # as `process_result`

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
            headers=_headers_of(media_type, ran=ran),
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
            and all(request.query_params.get(name) is None for name in _NAMING)
            and wants_html(request.headers)
        )

    def parse_query_params(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters of a GET; `variables=null` is as good as none."""
        given = {name: value for name, value in params.items() if value != "null"}
        return named(super().parse_query_params(given))

    def parse_json(self, data: str | bytes) -> Any:
        """The value in a body or parameter; what is neither object nor list is no request."""
        value = super().parse_json(data)
        if not isinstance(value, dict | list):
            raise HTTPException(400, "The GraphQL request must be a JSON object")
        # Of all that is JSON in a request, only a body comes as bytes.
        return named(value) if isinstance(data, bytes) and isinstance(value, dict) else value

    async def parse_multipart(self, request: AsyncHTTPRequestAdapter) -> Operation:
        """The operation of a multipart request, its files in place."""
        return named(cast(UploadAdapter, request).operation)

    def decode_json(self, data: str | bytes) -> object:
        """The value, its numbers remembered as written."""
        return decode(data)

    def encode_json(self, data: object) -> bytes:
        """The bytes, decimals with every digit."""
        return encode(data)


def refusal(status: int, reason: str, media_type: str = JSON) -> Response:
    """A GraphQL error for a request that is no GraphQL request."""
    return _refused(GraphQLError(reason, extensions={"code": BAD_REQUEST}), status, media_type)


def _refused(error: GraphQLError, status: int, media_type: str) -> Response:
    headers = _headers_of(media_type, ran=False)
    if status == METHOD_NOT_ALLOWED:
        headers["allow"] = "GET, POST"
    return Response(encode({"errors": [error.formatted]}), status_code=status, headers=headers)


def _late(media_type: str) -> Response:
    return refusal(408, "the request body did not arrive in time", media_type)


def _headers_of(media_type: str, *, ran: bool) -> dict[str, str]:
    """A response's headers; what did not run may run the next time, so no cache is to keep it."""
    headers = {"content-type": f"{media_type}; charset=utf-8"}
    return headers if ran else {**headers, "cache-control": "no-store"}


def _accepted(request: HttpRequest | WebSocket) -> str:
    return accepted(Headers.of(request.scope["headers"]))


def _replayed(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
