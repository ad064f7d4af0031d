"""One upstream described by OpenAPI, called over HTTP."""

import copy
from collections.abc import AsyncGenerator
from functools import partial
from typing import Any, Self

import msgspec

from upstreams import json_shape
from upstreams.kind import Aside, Call, Explanation
from upstreams.model import Function
from upstreams.openapi import styles
from upstreams.openapi.call.answers import Answers
from upstreams.openapi.call.asking import Asking, Upstream
from upstreams.openapi.call.auth import NOTHING, Auth, Proof
from upstreams.openapi.call.events import Events
from upstreams.openapi.call.explained import concealed, explained
from upstreams.openapi.call.paging import Answered, Connection, Query, at_page
from upstreams.openapi.call.xml import Xml
from upstreams.openapi.inputs import Inputs
from upstreams.openapi.model import Binding, OpenApiCatalog, Paging, Settings
from upstreams.shape import Answer, Shape, Steps, Value, Wanted
from upstreams.transport import ByName, Line, Request, Response, Transport

_UNAUTHORIZED = 401


class OpenApiClient:
    """An open line to one upstream described by OpenAPI."""

    def __init__(self, name: str, settings: Settings, catalog: OpenApiCatalog) -> None:
        self._name = name
        self._settings = settings
        self._catalog = catalog
        xml = Xml(catalog)
        self._upstream = Upstream(settings, catalog.url, Inputs(catalog), xml)
        self._known: dict[str, Asking] = {}
        self._answers = Answers(catalog, xml)
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
        return (await self.fetch(call)).value()

    async def fetch(self, call: Call) -> Answer:
        """What the backend answered. Raises as `call`, but for what only reading it tells."""
        function: Function[Binding] = call.function
        if function.binding.paging is not None:
            return Value(await self._connection(call, function.binding.paging))
        proof = await self._auth.proof(call) if self._auth.is_asked_for(function) else NOTHING
        request = self._asking(function).request(call, proof)
        response = _heeded(await self._transport.send(request, call.deadline), proof)
        _note(call.aside, request, response, proof)
        return self._answers.answer(response, function)

    def shape(self, function: Function[Binding], wanted: Wanted, inside: Steps) -> Shape | None:
        """A reader of the function's answers; None where they are more than JSON as it comes."""
        if not self._answers.are_plain(function, wanted):
            return None
        return json_shape.shape(wanted, inside)

    async def _connection(self, call: Call, paging: Paging) -> Any:
        connection = Connection(call.function.name, paging, self._settings.max_response)
        found = await connection.value(call.arguments, partial(self._page, call))
        return self._answers.shown(found, call.function)

    async def _page(self, call: Call, query: Query) -> Answered:
        """The page of a list that query parameters name."""
        function: Function[Binding] = call.function
        proof = await self._auth.proof(call)
        asking = self._asking(function)
        asked = asking.request(call, proof)
        there = msgspec.structs.replace(asked, url=at_page(asked.url, query))
        response = _heeded(await self._transport.send(there, call.deadline), proof)
        said = self._answers.said(response, function)
        return Answered(asking.server, asked.url, response, said)

    def stream(self, call: Call) -> AsyncGenerator[Any, None]:
        """What the backend sends from now on; for a callback, once it is asked to."""
        return self._events.stream(call, self.call)

    async def explain(self, call: Call) -> Explanation:
        """As `upstreams.kind.Explains` says."""
        settings = concealed(self._settings)
        return await explained(OpenApiClient(self._name, settings, self._catalog), settings, call)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._transport.aclose()

    def _asking(self, function: Function[Binding]) -> Asking:
        known = self._known.get(function.name)
        if known is None or known.function is not function:
            known = self._known[function.name] = Asking(self._upstream, function)
        return known


def _heeded(response: Response, proof: Proof) -> Response:
    """An answer, once it is noted whether it refuses who asked."""
    if response.status == _UNAUTHORIZED:
        proof.refused()
    return response


def _note(aside: Aside, request: Request, response: Response, proof: Proof) -> None:
    """Keep what came beside the value; the URL without what proves who calls."""
    secret = styles.query(proof.query) if proof.query else ""
    aside.url = request.url.removesuffix(secret).rstrip("?&") if secret else request.url
    aside.method, aside.status = request.method, response.status
    aside.headers = ByName(response.headers)
