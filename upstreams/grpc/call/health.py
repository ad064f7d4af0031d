"""How a backend says it is, by the health service of gRPC where it has one.

See https://github.com/grpc/grpc/blob/master/doc/health-checking.md.
"""

import asyncio
from collections.abc import Mapping

from google.protobuf.message import DecodeError
from google.protobuf.wrappers_pb2 import Int32Value

from upstreams.errors import CallError
from upstreams.grpc.call.line import Line
from upstreams.grpc.channel import metadata
from upstreams.grpc.h2.ending import DEADLINE_EXCEEDED, OK, UNAVAILABLE
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
    UNAVAILABLE: Health.UNREACHABLE,
    DEADLINE_EXCEEDED: Health.UNREACHABLE,
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
        deadline = asyncio.get_running_loop().time() + _SECONDS
        try:
            sent = metadata(self._headers)
            ended = await self._line.ask(_CHECK, _WHOLE_SERVER, sent, deadline)
            if ended.status != OK:
                return _MEANT.get(ended.status, Health.UNKNOWN)
            # On the wire a `HealthCheckResponse` is the same: the status is its first field.
            return _SAID.get(Int32Value.FromString(ended.message).value, Health.UNKNOWN)
        except (CallError, DecodeError):
            return Health.UNKNOWN
