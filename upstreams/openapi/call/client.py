"""One upstream described by OpenAPI, called over HTTP."""

import copy
from collections.abc import AsyncGenerator, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, Self

from upstreams.encoding import ACCEPTED
from upstreams.errors import Unreachable
from upstreams.kind import Aside, Call
from upstreams.model import Function
from upstreams.openapi import styles
from upstreams.openapi.call.answers import Answers
from upstreams.openapi.call.auth import Auth, Proof
from upstreams.openapi.call.bodies import Written, written
from upstreams.openapi.call.events import Events
from upstreams.openapi.call.paging import Answered, Connection, Query, at_page
from upstreams.openapi.call.xml import Xml
from upstreams.openapi.inputs import Inputs
from upstreams.openapi.model import Binding, OpenApiCatalog, Paging, Settings, Where
from upstreams.transport import Headers, Line, Request, Response, Transport

_UNAUTHORIZED = 401


class OpenApiClient:
    """An open line to one upstream described by OpenAPI."""

    def __init__(self, name: str, settings: Settings, catalog: OpenApiCatalog) -> None:
        self._name = name
        self._settings = settings
        self._served = catalog.url
        self._inputs = Inputs(catalog)
        self._xml = Xml(catalog)
        self._answers = Answers(catalog, self._xml)
        self._events = Events(catalog, self._answers, settings.timeout)
        self._auth = Auth(settings, catalog)
        self._transport: Line = Transport.to(self._auth.line())

    def over(self, line: Line) -> Self:
        """The same client, whose requests are sent by another line."""
        other = copy.copy(self)
        other._transport = line  # noqa: SLF001 - its own kin
        return other

    async def call(self, call: Call) -> Any:
        """The function's value. Raises `CallError`.

        `Refused` carries the status; its `details` may have `retryAfter`, in seconds.
        """
        if call.function.binding.paging is not None:
            return await self._connection(call, call.function.binding.paging)
        proof = await self._auth.proof(call)
        request = self._request(call, proof)
        response = await self._send(request, proof, call.deadline)
        _note(call.aside, request, response, proof)
        return self._answers.value(response, call.function)

    async def _connection(self, call: Call, paging: Paging) -> Any:
        connection = Connection(call.function.name, paging, self._settings.max_response)
        found = await connection.value(call.arguments, partial(self._page, call))
        return self._answers.shown(found, call.function)

    async def _page(self, call: Call, query: Query) -> Answered:
        """The page of a list that query parameters name."""
        function: Function[Binding] = call.function
        proof = await self._auth.proof(call)
        asked = self._request(call, proof)
        there = replace(asked, url=at_page(asked.url, query))
        response = await self._send(there, proof, call.deadline)
        said = self._answers.said(response, function)
        return Answered(self._server(function.binding), asked.url, response, said)

    async def _send(self, request: Request, proof: Proof, deadline: float) -> Response:
        response = await self._transport.send(request, deadline)
        if response.status == _UNAUTHORIZED:
            proof.refused()
        return response

    def stream(self, call: Call) -> AsyncGenerator[Any, None]:
        """What the backend sends from now on; for a callback, once it is asked to."""
        return self._events.stream(call, self.call)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._transport.aclose()

    def _request(self, call: Call, proof: Proof) -> Request:
        binding: Binding = call.function.binding
        arguments = self._sent(call)
        given = [
            (one, arguments[one.argument])
            for one in binding.parameters
            if one.argument in arguments
        ]
        body = self._body(call, arguments, given)
        return Request(
            binding.method,
            self._url(binding, given, proof),
            self._headers(call, given, body, proof),
            body.content if body else None,
        )

    def _sent(self, call: Call) -> dict[str, Any]:
        """The arguments as the backend expects them."""
        types = {field.name: field.type for field in call.function.arguments}
        return {name: self._inputs.sent(types[name], one) for name, one in call.arguments.items()}

    def _body(self, call: Call, arguments: dict[str, Any], given: styles.Values) -> Written | None:
        body = call.function.binding.body
        if body is None:
            return None
        types = (one.type for one in call.function.arguments if one.name == body.argument)
        return written(body, next(types, None), arguments, _only(given, Where.FORM), self._xml)

    def _url(self, binding: Binding, given: styles.Values, proof: Proof) -> str:
        server = self._server(binding)
        path = styles.path(binding.path, _only(given, Where.PATH))
        mine = {one.name for one, _ in proof.query}
        asked = [one for one in _only(given, Where.QUERY) if one[0].name not in mine]
        query = styles.query([*asked, *proof.query])
        mark = ("&" if "?" in path else "?") if query else ""
        return f"{server.rstrip('/')}{path}{mark}{query}"

    def _server(self, binding: Binding) -> str:
        server = self._settings.url or binding.server or self._served
        if not server:
            raise Unreachable("the description names no address; set `url`", retryable=False)
        return server

    def _headers(
        self, call: Call, given: styles.Values, body: Written | None, proof: Proof
    ) -> Headers:
        """What is asked for and sent; the operator's headers outrank arguments, a client's both."""
        binding: Binding = call.function.binding
        found = {
            "accept": ("Accept", binding.accept),
            "accept-encoding": ("Accept-Encoding", ACCEPTED),
        }
        if body:
            found["content-type"] = ("Content-Type", body.media_type)
        for parameter, value in _only(given, Where.HEADER):
            if value is not None:
                found[parameter.name.lower()] = (parameter.name, styles.header(parameter, value))
        if cookies := styles.cookies(_only(given, Where.COOKIE)):
            found["cookie"] = ("Cookie", cookies)
        operator = (*proof.headers, *self._settings.headers.items())
        for name, value in (*operator, *call.headers.items()):
            found[name.lower()] = (name, styles.safe_header(name, value))
        for key, value in _lacking(proof, found.get("cookie", ("", ""))[1]):
            before = f"{found['cookie'][1]}; " if "cookie" in found else ""
            found["cookie"] = ("Cookie", f"{before}{key}={value}")
        if body and body.streamed:
            # Without it the body would be sent in chunks, which not every backend takes.
            found["content-length"] = ("Content-Length", str(body.size))
        return tuple(found.values())


def _lacking(proof: Proof, cookies: str) -> Iterator[tuple[str, str]]:
    """The cookies of a proof that are not carried already."""
    carried = {one.partition("=")[0].strip() for one in cookies.split(";")}
    for one in proof.cookies:
        yield from (pair for pair in styles.pairs(*one) if pair[0] not in carried)


def _only(given: styles.Values, where: Where) -> styles.Values:
    return [one for one in given if one[0].where is where]


def _note(aside: Aside, request: Request, response: Response, proof: Proof) -> None:
    """Keep what came beside the value; the URL without what proves who calls."""
    secret = styles.query(proof.query)
    aside.url = request.url.removesuffix(secret).rstrip("?&") if secret else request.url
    aside.method, aside.status = request.method, response.status
    aside.headers = {name.lower(): value for name, value in reversed(response.headers)}
