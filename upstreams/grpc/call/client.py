"""One backend as the gateway sees it: calls, streams, and how it is."""

import asyncio
import math
from collections.abc import AsyncGenerator
from functools import cached_property
from typing import Any

from upstreams.errors import Malformed, TimedOut
from upstreams.grpc.call.answer import Answer
from upstreams.grpc.call.explained import explained
from upstreams.grpc.call.health import Checkup
from upstreams.grpc.call.line import Line, refusal
from upstreams.grpc.call.methods import Method, Methods, Sent, Single, Stream
from upstreams.grpc.channel import Metadata, headers, metadata
from upstreams.grpc.h2.ending import OK
from upstreams.grpc.model import Binding, Settings, Wire
from upstreams.grpc.shape import MessageShape
from upstreams.kind import Aside, Call, Explanation, Health
from upstreams.model import Catalog, Effect, Function
from upstreams.shape import Steps, Wanted

_OK = "OK"


class GrpcClient:
    """A line to one backend that answers calls and gives the messages of streams."""

    def __init__(self, settings: Settings, catalog: Catalog[Binding, Wire]) -> None:
        self._settings = settings
        self._headers = {name.lower(): value for name, value in settings.headers.items()}
        self._methods = Methods(settings, catalog)
        reads = (each.name for each in catalog.functions if each.effect is Effect.READ)
        self._line = Line(settings, tuple(reads))
        self._checkup = Checkup(self._line, self._headers)

    async def call(self, call: Call) -> Any:
        """The message that comes back, or the list of them; see `kind.Client`."""
        return (await self.fetch(call)).value()

    async def fetch(self, call: Call) -> Answer:
        """The same, not yet read; see `shape.Shapes`."""
        method = self._methods.of(call.function)
        sent = self._sent(method, call)
        if not method.many_in and not method.many_out:
            return Answer(method, await self._asked(method, sent, call))
        channel = await self._line.channel()
        with self._line.our_errors(method.asked(sent), call.aside) as ending:
            if method.many_out:
                stream = ending.of(method.stream(channel, sent))
                return Answer(method, await self._several(stream, call.aside))
            single = ending.of(method.single(channel, sent))
            return Answer(method, await _one(single, call.aside))

    def shape(
        self, function: Function[Binding], wanted: Wanted, inside: Steps
    ) -> MessageShape | None:
        """A reader of that function's answers; see `shape.Shapes`."""
        return self._methods.shape(function, wanted, inside)

    async def stream(self, call: Call) -> AsyncGenerator[Any, None]:
        """The messages as they come; see `kind.Streams`."""
        method = self._methods.of(call.function)
        sent = self._sent(method, call)
        channel = await self._line.channel()
        with self._line.our_errors(method.asked(sent), call.aside) as ending:
            rpc = ending.of(method.stream(channel, sent))
            try:
                async for message in rpc:
                    yield method.value(method.parsed(message))
                await _note(rpc, call.aside)
            finally:
                rpc.cancel()

    async def explain(self, call: Call) -> Explanation:
        """See `kind.Explains`."""
        return explained(self._methods.of(call.function), self._settings, call)

    async def health(self) -> Health:
        """What the backend's health service says; see `kind.Healths`."""
        return await self._checkup.health()

    async def aclose(self) -> None:
        """Close the channel; calls in flight fail."""
        await self._line.aclose()

    @cached_property
    def _always(self) -> Metadata:
        """What goes with calls that pass nothing on. Raises `BadInput`."""
        return metadata(self._headers)

    def _sent(self, method: Method, call: Call) -> Sent:
        call.aside.url = method.path
        remaining = call.deadline - asyncio.get_running_loop().time()
        if remaining <= 0:
            raise TimedOut("no time was left to call")
        return Sent(
            requests=tuple(method.requests(call)),
            metadata=metadata({**call.headers, **self._headers}) if call.headers else self._always,
            seconds=None if math.isinf(remaining) else remaining,
        )

    async def _asked(self, method: Method, sent: Sent, call: Call) -> bytes:
        """The message that answers one message."""
        ended = await self._line.ask(method.path, sent.requests[0], sent.metadata, call.deadline)
        if ended.status != OK:
            raise refusal(ended, method.asked(sent), call.aside)
        call.aside.status = _OK
        call.aside.headers = headers(ended.initial, ended.trailing)
        return ended.message

    async def _several(self, stream: Stream, aside: Aside) -> list[bytes]:
        """The messages of a stream, up to the limits; the RPC is over when this is."""
        limit = self._settings.max_response
        messages: list[bytes] = []
        size = 0
        try:
            async for message in stream:
                size += len(message)
                if size > limit:
                    raise Malformed(f"the stream is larger than the limit of {limit} bytes")
                messages.append(message)
                if len(messages) >= self._settings.max_messages:
                    # Not known to be all: to see whether more come could take forever.
                    aside.extensions = {"truncated": True, "messages": len(messages)}
                    aside.headers = headers(await stream.initial_metadata())
                    return messages
            await _note(stream, aside)
        finally:
            stream.cancel()
        return messages


async def _one(rpc: Single, aside: Aside) -> bytes:
    answer = await rpc
    await _note(rpc, aside)
    return answer


async def _note(rpc: Single | Stream, aside: Aside) -> None:
    """What came with an RPC that ended well."""
    aside.status = _OK
    aside.headers = headers(await rpc.initial_metadata(), await rpc.trailing_metadata())
