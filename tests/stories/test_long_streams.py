"""A stream of a hundred thousand messages, from a backend through the gateway to a slow client."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import websockets

from tests import corpora
from tests.backends.grpc import events, stands_still, ticks
from tests.backends.process import Server, free_port, serve
from tests.memory import peak
from tests.upstreams.grpc.protos import descriptors

pytestmark = pytest.mark.real

MESSAGES = 100_000
WATCH = "subscription { watch(input: {messages: %d, padding: 1000}) { number padding } }"


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Server]:
    """A server of streams by npm's grpc-js."""
    file = tmp_path / "ticks.binpb"
    file.write_bytes(descriptors("ticks").SerializeToString())
    with ticks(file) as server:
        yield server


@pytest.fixture
def gateway(backend: Server, tmp_path: Path) -> Iterator[Server]:
    """A gateway over it, in a process of its own."""
    config = tmp_path / "splice.yaml"
    config.write_text(f"upstreams: {{ticks: {{grpc: '{backend.address}'}}}}")
    port = free_port()
    command = [sys.executable, "-m", "app", "serve", str(config), "--port", str(port)]
    with serve(command, port=port, cwd=corpora.ROOT) as server:
        yield server


@pytest.mark.timeout(180)
async def test_a_slow_client(backend: Server, gateway: Server) -> None:
    """While it does not listen, the backend waits; then all comes, and little stays in memory."""
    async with subscribed(gateway, MESSAGES) as socket:
        await socket.recv()
        before = peak(gateway.pid)
        waiting = await stands_still(backend)
        numbers = [number async for number in heard(socket)]
    after = peak(gateway.pid)

    assert waiting < MESSAGES / 2
    assert numbers == list(range(2, MESSAGES + 1))
    assert after - before < 64 * 2**20


@pytest.mark.parametrize("farewell", ["unsubscribes", "closes", "vanishes"])
async def test_a_client_that_goes(backend: Server, gateway: Server, farewell: str) -> None:
    """However it goes, the backend's own event says within a second that the RPC is cancelled."""
    async with subscribed(gateway, 1_000_000_000) as socket:
        await socket.recv()
        match farewell:
            case "unsubscribes":
                await socket.send('{"id": "1", "type": "complete"}')
            case "closes":
                await socket.close()
            case _:
                socket.transport.abort()

        async with asyncio.timeout(1):
            while not events(backend, "cancelled"):  # noqa: ASYNC110 - another process's event
                await asyncio.sleep(0.01)


@asynccontextmanager
async def subscribed(gateway: Server, messages: int) -> AsyncIterator[websockets.ClientConnection]:
    """A line on which a stream of so many messages has been asked for."""
    protocol = websockets.Subprotocol("graphql-transport-ws")
    url = f"ws://{gateway.address}/graphql"
    # Compressed, a hundred thousand such messages would fit into the buffers on the way.
    plain = websockets.connect(
        url, subprotocols=[protocol], compression=None, max_queue=4, close_timeout=0.5
    )
    async with plain as socket:
        await socket.send('{"type": "connection_init"}')
        await socket.recv()
        payload = {"query": WATCH % messages}
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
        yield socket


async def heard(socket: websockets.ClientConnection) -> AsyncIterator[int]:
    """The number of each message, to the end."""
    async for text in socket:
        message = json.loads(text)
        if message["type"] == "complete":
            return
        yield int(message["payload"]["data"]["watch"]["number"])
