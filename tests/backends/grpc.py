"""gRPC servers nobody here wrote: npm's grpc-js and reflection, mocking a descriptor set."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from tests import corpora
from tests.backends.process import NODE_HOME, Server, free_port, node, serve

Reflection = Literal["v1", "v1alpha"]


@contextmanager
def grpc_mock(descriptors: Path, reflection: Reflection = "v1") -> Iterator[Server]:
    """A server of every service in a descriptor set; `Server.text` has a line for each request.

    All fields of its answers are set, by the rule in `grpc_mock.js`.
    """
    port = free_port()
    command = node(NODE_HOME / "grpc_mock.js", str(descriptors), str(port), reflection)
    with serve(command, port=port) as server:
        yield server


@contextmanager
def lnd_mock(reflection: Reflection = "v1") -> Iterator[Server]:
    """A mock of LND, the Lightning node: 162 methods in 14 services."""
    with grpc_mock(corpora.spec("proto/lnd.binpb"), reflection) as server:
        yield server


@contextmanager
def ticks(descriptors: Path) -> Iterator[Server]:
    """A server of the streams in `ticks.proto`; `Server.text` says what becomes of each."""
    port = free_port()
    with serve(node(NODE_HOME / "grpc_ticks.js", str(descriptors), str(port)), port=port) as server:
        yield server


def events(server: Server, event: str) -> list[int]:
    """How much each stream of which that is told had sent by then."""
    lines = (json.loads(line) for line in server.text().splitlines())
    return [line["sent"] for line in lines if line["event"] == event]


async def stands_still(server: Server) -> int:
    """How much a stream had sent when nobody took any more of it."""
    last = -1
    while not (paused := events(server, "paused")) or paused[-1] != last:
        last = paused[-1] if paused else -1
        await asyncio.sleep(0.3)
    return last
