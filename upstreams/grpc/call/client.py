"""One backend as the gateway sees it: calls, streams, and how it is."""

import asyncio
import math
from collections.abc import AsyncGenerator
from typing import Any

from upstreams.errors import Malformed, TimedOut
from upstreams.grpc.call.health import Checkup
from upstreams.grpc.call.line import Line
from upstreams.grpc.call.methods import Method, Methods, Sent, Single, Stream
from upstreams.grpc.channel import headers, metadata
from upstreams.grpc.model import Binding, Settings, Wire
from upstreams.kind import Aside, Call, Health
from upstreams.model import Catalog, Effect

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
        method = self._methods.of(call.function)
        sent = self._sent(method, call)
        channel = await self._line.channel()
        with self._line.our_errors(method.asked(sent), call.aside) as ending:
            if method.many_out:
                stream = ending.of(method.stream(channel, sent))
                return [method.value(each) for each in await self._several(stream, call.aside)]
            single = ending.of(method.single(channel, sent))
            return method.value(await _one(single, call.aside))

    async def stream(self, call: Call) -> AsyncGenerator[Any, None]:
        """The messages as they come; see `kind.Streams`."""
        method = self._methods.of(call.function)
        sent = self._sent(method, call)
        channel = await self._line.channel()
        with self._line.our_errors(method.asked(sent), call.aside) as ending:
            rpc = ending.of(method.stream(channel, sent))
            try:
                async for message in rpc:
                    yield method.value(message)
                await _note(rpc, call.aside)
            finally:
                rpc.cancel()

    async def health(self) -> Health:
        """What the backend's health service says; see `kind.Healths`."""
        return await self._checkup.health()

    async def aclose(self) -> None:
        """Close the channel; calls in flight fail."""
        await self._line.aclose()

    def _sent(self, method: Method, call: Call) -> Sent:
        call.aside.url = method.path
        remaining = call.deadline - asyncio.get_running_loop().time()
        if remaining <= 0:
            raise TimedOut("no time was left to call")
        return Sent(
            requests=tuple(method.requests(call)),
            metadata=metadata({**call.headers, **self._headers}),
            seconds=None if math.isinf(remaining) else remaining,
        )

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
