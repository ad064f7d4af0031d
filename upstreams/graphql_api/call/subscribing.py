"""Subscriptions: the way their results come is chosen, once, where the settings leave it open."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from upstreams import tls
from upstreams.graphql_api.call import events, socket
from upstreams.graphql_api.call.asking import Asking, Question
from upstreams.graphql_api.model import Settings, Subscriptions
from upstreams.kind import Call
from upstreams.transport import Limits, Transport

_MOST = 4096
"""How many subscriptions by server-sent events there may be at once: each has a connection."""


class Subscribing:
    """The subscriptions of one upstream."""

    def __init__(self, settings: Settings, asking: Asking) -> None:
        self._settings = settings
        self._asking = asking
        self._way = settings.subscriptions
        # Calls must not wait for a connection because many listen.
        limits = Limits(max_response=settings.max_response, connections=_MOST)
        self._transport = Transport(limits, tls.files(settings))

    async def results(self, question: Question, call: Call) -> AsyncGenerator[bytes, None]:
        """Every execution result, as JSON, until the API has no more. Raises `CallError`."""
        if self._way is not Subscriptions.SSE:
            try:
                async with aclosing(self._by_socket(question, call)) as results:
                    async for one in results:
                        self._way = Subscriptions.WEBSOCKET
                        yield one
            except socket.Unspoken as error:
                if self._way is Subscriptions.WEBSOCKET or self._only_socket:
                    raise
                self._way = self._without_socket(error)
            else:
                return
        async with aclosing(self._by_events(question, call)) as results:
            async for one in results:
                yield one

    async def aclose(self) -> None:
        """Close every connection of server-sent events."""
        await self._transport.aclose()

    @property
    def _only_socket(self) -> bool:
        return self._asking.events.startswith("ws")

    def _without_socket(self, error: socket.Unspoken) -> Subscriptions:
        """What to try from now on; a refusal for now says nothing of the next time."""
        return self._way if error.retryable else Subscriptions.SSE

    def _by_socket(self, question: Question, call: Call) -> AsyncGenerator[bytes, None]:
        settings = self._settings
        opening = socket.Opening(
            self._asking.events,
            tuple(self._asking.handshake(call)),
            settings.connection_init,
            tls.files(settings),
            settings.timeout,
            settings.max_response,
        )
        return socket.results(opening, question.payload)

    def _by_events(self, question: Question, call: Call) -> AsyncGenerator[bytes, None]:
        request = self._asking.events_request(self._asking.events, question, call)
        settings = self._settings
        return events.results(self._transport, request, settings.timeout, settings.max_response)
