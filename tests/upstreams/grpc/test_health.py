"""How a backend says it is, by gRPC's own health service."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from grpc import aio

# Typed, but published without the marker that says so.
from grpc_health.v1 import health, health_pb2, health_pb2_grpc  # type: ignore[import-untyped]

from tests.backends.process import LOOPBACK, free_port
from tests.backends.talk import hanging, talking
from tests.upstreams.grpc.asking import connected
from tests.upstreams.grpc.protos import descriptors
from upstreams.grpc.model import Settings
from upstreams.grpc.translate import translate
from upstreams.kind import Health, Healths

STATUS = health_pb2.HealthCheckResponse
CATALOG = translate(descriptors("everything"))


class Asked(health.aio.HealthServicer):  # type: ignore[misc]  # it has no types
    """grpc's own health service, counting."""

    def __init__(self) -> None:
        super().__init__()
        self.times = 0

    async def Check(self, request: Any, context: Any) -> Any:  # noqa: N802 - the method's name
        """Answer as grpc does."""
        self.times += 1
        return await super().Check(request, context)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (STATUS.SERVING, Health.SERVING),
        (STATUS.NOT_SERVING, Health.NOT_SERVING),
        (STATUS.UNKNOWN, Health.UNKNOWN),
    ],
)
async def test_what_a_backend_says(status: int, said: Health) -> None:
    """Its own word for the whole server."""
    service = Asked()
    await service.set("", status)

    async with serving(service) as address:
        assert await health_of(address) is said


async def test_a_backend_without_the_service() -> None:
    """It has no way to say."""
    async with serving(None) as address:
        assert await health_of(address) is Health.UNKNOWN


async def test_nobody_there() -> None:
    """A backend that cannot be reached says so by that."""
    assert await health_of(f"{LOOPBACK}:{free_port()}") is Health.UNREACHABLE


async def test_a_backend_that_says_nothing() -> None:
    """It is not waited for longer than a few seconds."""
    async with talking(hanging) as address, asyncio.timeout(5):
        assert await health_of(address) is Health.UNREACHABLE


async def test_only_a_description() -> None:
    """Where there is no backend, nobody says anything."""
    assert await health_of("everything.binpb") is Health.UNKNOWN


async def test_many_ask_at_once() -> None:
    """The backend is asked once, and its answer holds for a while."""
    service = Asked()

    async with serving(service) as address, connected(Settings(grpc=address), CATALOG) as line:
        client = line.client
        assert isinstance(client, Healths)
        said = await asyncio.gather(*(client.health() for _ in range(20)))
        said.append(await client.health())

    assert set(said) == {Health.SERVING}
    assert service.times == 1


async def health_of(address: str) -> Health:
    """What the client of a backend says of it."""
    async with connected(Settings(grpc=address), CATALOG) as line:
        assert isinstance(line.client, Healths)
        return await line.client.health()


@asynccontextmanager
async def serving(service: Asked | None) -> AsyncIterator[str]:
    """The address of a server with that health service, or with none."""
    server = aio.server()
    if service is not None:
        health_pb2_grpc.add_HealthServicer_to_server(service, server)
    port = server.add_insecure_port(f"{LOOPBACK}:0")
    await server.start()
    try:
        yield f"{LOOPBACK}:{port}"
    finally:
        await server.stop(None)
