"""A server of the test's own methods, discovered, and a client connected to it."""

import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from google.protobuf.descriptor_pb2 import FileDescriptorSet

from tests.backends.grpc_server import Behavior, Reflection, serve
from tests.upstreams.grpc.protos import descriptors
from upstreams.grpc import KIND
from upstreams.grpc.model import Binding, Settings, Wire
from upstreams.kind import Call, Client, Streams
from upstreams.model import Catalog, Function

EVERYTHING = "splice.test.v1.Everything"


@dataclass(frozen=True, slots=True)
class Upstream:
    """A discovered backend and the line to it."""

    settings: Settings
    catalog: Catalog[Binding, Wire]
    client: Client

    async def ask(
        self,
        name: str,
        given: Any = None,
        *,
        seconds: float = 10.0,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Call a function of the one service, or any by its full name."""
        return await self.client.call(self.made(name, given, seconds=seconds, headers=headers))

    def made(
        self,
        name: str,
        given: Any = None,
        *,
        seconds: float = 10.0,
        headers: Mapping[str, str] | None = None,
        selection: tuple[str, ...] = (),
    ) -> Call:
        """The call, not yet asked."""
        arguments = {} if given is None else {"input": given}
        deadline = asyncio.get_running_loop().time() + seconds
        return Call(
            self.function(name), arguments, deadline, headers=headers or {}, selection=selection
        )

    def stream(self, name: str, given: Any = None) -> AsyncGenerator[Any, None]:
        """The messages of a stream, without a deadline."""
        return self.streaming(self.made(name, given, seconds=math.inf))

    def streaming(self, call: Call) -> AsyncGenerator[Any, None]:
        """The messages of a stream."""
        assert isinstance(self.client, Streams)
        return self.client.stream(call)

    def function(self, name: str) -> Function[Binding]:
        full = name if "/" in name else f"{EVERYTHING}/{name}"
        return next(each for each in self.catalog.functions if each.name == full)


@asynccontextmanager
async def upstream(
    methods: Mapping[str, Behavior],
    described: FileDescriptorSet | None = None,
    **settings: Any,
) -> AsyncIterator[Upstream]:
    """A server of these methods, by their short or full names, and what comes of it."""
    full = {name if "/" in name else f"{EVERYTHING}/{name}": each for name, each in methods.items()}
    served = described or descriptors("everything")
    async with serve(served, full, Reflection()) as address:
        told = Settings(grpc=address, **settings)
        async with connected(told, await KIND.discover(told)) as line:
            yield line


@asynccontextmanager
async def connected(settings: Settings, catalog: Catalog[Binding, Wire]) -> AsyncIterator[Upstream]:
    """A client of a catalog, closed at the end."""
    client = KIND.connect("test", settings, catalog)
    try:
        yield Upstream(settings, catalog, client)
    finally:
        await client.aclose()
