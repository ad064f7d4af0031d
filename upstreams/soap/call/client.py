"""An open line to one SOAP backend: build, send, read."""

import asyncio
from typing import Any

from upstreams.errors import Unreachable
from upstreams.kind import Call
from upstreams.soap.call.answers import Answers
from upstreams.soap.call.envelopes import Envelopes, action_headers
from upstreams.soap.call.security import basic
from upstreams.soap.model import Binding, Settings, SoapCatalog
from upstreams.soap.xml import Values
from upstreams.transport import Request, Transport

_LARGE = 64 * 1024
"""Bytes from which an answer is read in a thread, so that other calls are not held up."""


class SoapClient:
    """An open line to one SOAP backend."""

    def __init__(self, settings: Settings, catalog: SoapCatalog) -> None:
        self._url = settings.url
        own = {name.lower(): value for name, value in settings.headers.items()}
        self._headers = {**basic(settings.auth), **own}
        values = Values(catalog.wire)
        self._envelopes = Envelopes(settings, values)
        self._answers = Answers(values, settings.max_response)
        self._transport = Transport.to(settings)

    async def call(self, call: Call) -> Any:
        """The value in the answer's Body, or `Refused` with what its Fault says."""
        await self._envelopes.ready()
        response = await self._transport.send(self._request(call), call.deadline)
        if len(response.body) < _LARGE:
            return self._answers.value(response, call)
        return await asyncio.to_thread(self._answers.value, response, call)

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
        headers = {**action_headers(binding), **call.headers, **self._headers}
        body = self._envelopes.written(call, address)
        return Request("POST", address, tuple(headers.items()), body)
