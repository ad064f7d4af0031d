"""Arguments as a function's event, and its answers as values, where a call is not just that.

What is described in JSON Schema is laid out by the kind that understands it, which believes to
speak HTTP: a body is the event, the body of the answer the value.
"""

import math
from collections.abc import Mapping
from typing import Any, Protocol

from upstreams.aws_lambda.call.gateway import Gateway
from upstreams.aws_lambda.call.payload import decoded, encoded, event
from upstreams.aws_lambda.carried import Carried
from upstreams.aws_lambda.model import Payload
from upstreams.kind import Call
from upstreams.model import Function
from upstreams.transport import Request, Response

_JSON = (("content-type", "application/json"),)


class Layout(Protocol):
    """How the values of one function are written and read."""

    async def event(self, arguments: Mapping[str, Any]) -> bytes:
        """The event that arguments make. Raises `CallError`."""

    async def value(self, body: bytes) -> Any:
        """The value of an answer that is JSON, or nothing. Raises `Malformed`."""

    async def message(self, said: Any) -> Any:
        """The value of a message, of which is known what it says. Raises `Malformed`."""


class Plain:
    """The layout of what is described in SDL, or not at all."""

    def __init__(self, payload: Payload) -> None:
        self._payload = payload

    async def event(self, arguments: Mapping[str, Any]) -> bytes:
        """As `Layout` says."""
        return event(self._payload, arguments)

    async def value(self, body: bytes) -> Any:
        """As `Layout` says."""
        return decoded(body)

    async def message(self, said: Any) -> Any:
        """As `Layout` says."""
        return said


class Described:
    """The layout of what is described in JSON Schema."""

    def __init__(self, client: Carried, function: Function) -> None:
        """`function` is the client's own."""
        self._client = client
        self._function = function

    async def event(self, arguments: Mapping[str, Any]) -> bytes:
        """As `Layout` says."""
        body = (await _request(self._client, self._function, arguments)).body or b""
        assert isinstance(body, bytes)  # noqa: S101 - a JSON body is whole
        return body

    async def value(self, body: bytes) -> Any:
        """As `Layout` says."""
        line = _Answering(body)
        return (await self._client.over(line).fetch(Call(self._function, {}, math.inf))).value()

    async def message(self, said: Any) -> Any:
        """As `Layout` says; pieces of text and bytes are no JSON."""
        return said if isinstance(said, str | bytes) else await self.value(encoded(said))


class Proxied(Plain):
    """The layout of what API Gateway has in front, whose messages are as they come."""

    def __init__(self, client: Carried, function: Function, gateway: Gateway) -> None:
        """`function` is the client's own."""
        super().__init__(Payload.INPUT)
        self._client = client
        self._function = function
        self._gateway = gateway

    async def event(self, arguments: Mapping[str, Any]) -> bytes:
        """As `Layout` says."""
        return self._gateway.event(await _request(self._client, self._function, arguments))


async def _request(client: Carried, function: Function, arguments: Mapping[str, Any]) -> Request:
    """What the client would send. Raises `CallError`."""
    try:
        await client.over(_Taking()).fetch(Call(function, arguments, math.inf))
    except _Taken as taken:
        return taken.request
    raise LookupError("nothing would be sent")


class _Taken(Exception):  # noqa: N818 - nothing went wrong: it is how a request is handed out
    def __init__(self, request: Request) -> None:
        super().__init__()
        self.request = request


class _Taking:
    """A line that sends nothing, and hands out what was to be sent."""

    async def send(self, request: Request, deadline: float) -> Response:  # noqa: ARG002 - as `Line`
        """Raises `_Taken`."""
        raise _Taken(request)

    async def aclose(self) -> None:
        """Nothing: there is no connection."""


class _Answering:
    """A line that knows its answer beforehand."""

    def __init__(self, body: bytes) -> None:
        self._body = body or b"null"

    async def send(self, request: Request, deadline: float) -> Response:  # noqa: ARG002 - as `Line`
        """The answer."""
        return Response(200, _JSON, self._body)

    async def aclose(self) -> None:
        """Nothing: there is no connection."""
