"""How a backend says it is, by the health service of gRPC where it has one.

See https://github.com/grpc/grpc/blob/master/doc/health-checking.md.
"""

import asyncio
from collections.abc import Mapping

from google.protobuf.message import DecodeError
from google.protobuf.wrappers_pb2 import Int32Value
from grpc import StatusCode, aio

from upstreams.errors import CallError
from upstreams.grpc.call.line import Line
from upstreams.grpc.channel import metadata
from upstreams.kind import Health

_CHECK = "/grpc.health.v1.Health/Check"
_WHOLE_SERVER = b""
"""A `HealthCheckRequest` that names no service."""
_SECONDS = 2.0
"""How long the backend may take to answer."""
_FRESH = 5.0
"""For how many seconds an answer holds."""

_SAID = {1: Health.SERVING, 2: Health.NOT_SERVING}
_MEANT = {
    StatusCode.UNAVAILABLE: Health.UNREACHABLE,
    StatusCode.DEADLINE_EXCEEDED: Health.UNREACHABLE,
}


class Checkup:
    """Asks a backend how it is: once at a time, and not again while the answer is fresh."""

    def __init__(self, line: Line, headers: Mapping[str, str]) -> None:
        self._line = line
        self._headers = headers
        self._asking = asyncio.Lock()
        self._known = Health.UNKNOWN
        self._until = 0.0

    async def health(self) -> Health:
        """As `kind.Healths` says."""
        loop = asyncio.get_running_loop()
        async with self._asking:
            if loop.time() >= self._until:
                self._known = await self._asked()
                self._until = loop.time() + _FRESH
            return self._known

    async def _asked(self) -> Health:
        try:
            channel = await self._line.channel()
            check: aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(_CHECK)
            answer = await check(_WHOLE_SERVER, timeout=_SECONDS, metadata=metadata(self._headers))
            # On the wire a `HealthCheckResponse` is the same: the status is its first field.
            return _SAID.get(Int32Value.FromString(answer).value, Health.UNKNOWN)
        except aio.AioRpcError as error:
            return _MEANT.get(error.code(), Health.UNKNOWN)
        except (CallError, aio.UsageError, DecodeError):
            return Health.UNKNOWN
