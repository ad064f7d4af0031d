"""An open line to one SOAP backend: build, send, read."""

import asyncio
from typing import Any

from upstreams.errors import Unreachable
from upstreams.kind import Call, Explanation
from upstreams.model import Effect, Function
from upstreams.shape import Shape, Steps, Wanted
from upstreams.shell import curl
from upstreams.soap.call.answers import Answers
from upstreams.soap.call.envelopes import Envelopes, action_headers
from upstreams.soap.call.explained import concealed
from upstreams.soap.call.packages import packed
from upstreams.soap.model import Binding, Settings, SoapCatalog
from upstreams.soap.shape import Answered, shape_of
from upstreams.soap.xml import Values
from upstreams.transport import Headers, Request, Transport

_LARGE = 64 * 1024
"""Bytes from which an answer is read in a thread, so that other calls are not held up."""


class SoapClient:
    """An open line to one SOAP backend."""

    def __init__(self, settings: Settings, catalog: SoapCatalog) -> None:
        self._settings = settings
        self._catalog = catalog
        self._url = settings.url
        self._own = settings.own_headers
        self._ready: dict[str, tuple[Binding, Headers]] = {}
        self._values = Values(catalog.wire)
        self._envelopes = Envelopes(settings, self._values)
        self._answers = Answers(self._values, settings.max_response)
        self._transport = Transport.to(settings)

    async def call(self, call: Call) -> Any:
        """The value in the answer's Body, or `Refused` with what its Fault says."""
        answered = await self.fetch(call)
        if answered.size < _LARGE:
            return answered.value()
        return await asyncio.to_thread(answered.value)

    async def fetch(self, call: Call) -> Answered:
        """As `upstreams.shape.Shapes` says."""
        await self._envelopes.ready()
        response = await self._transport.send(self._request(call), call.deadline)
        if len(response.body) < _LARGE:
            return self._answers.answered(response, call)
        return await asyncio.to_thread(self._answers.answered, response, call)

    def shape(self, function: Function, wanted: Wanted, inside: Steps) -> Shape | None:
        """As `upstreams.shape.Shapes` says."""
        binding: Binding = function.binding
        return shape_of(self._values, binding.response, wanted, inside)

    async def explain(self, call: Call) -> Explanation:
        """As `upstreams.kind.Explains` says; what is signed is shown as it is before."""
        auth = self._settings.auth
        signs = auth is not None and auth.wsse is not None and auth.wsse.certificate is not None
        settings = concealed(self._settings)
        request = SoapClient(settings, self._catalog)._request(call)  # noqa: SLF001 - its own kin
        return Explanation(await curl(request, settings), "sent with a signature" if signs else "")

    async def aclose(self) -> None:
        """Close every connection."""
        await self._transport.aclose()

    def _request(self, call: Call) -> Request:
        binding: Binding = call.function.binding
        address = self._url or binding.address
        if not address:
            raise Unreachable(
                "the description gives no address: set the upstream's `url`", retryable=False
            )
        headers = self._headers(call.function)
        if call.headers:
            headers = tuple({**action_headers(binding), **call.headers, **self._own}.items())
        envelope = self._envelopes.written(call, address)
        is_read = call.function.effect is Effect.READ
        return packed(Request("POST", address, headers, envelope, repeatable=is_read), call)

    def _headers(self, function: Function) -> Headers:
        """Those of a call that passes none on, put together once for each function."""
        binding: Binding = function.binding
        known = self._ready.get(function.name)
        if known is None or known[0] is not binding:
            headers = tuple({**action_headers(binding), **self._own}.items())
            known = self._ready[function.name] = binding, headers
        return known[1]
