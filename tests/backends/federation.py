"""What is around a subgraph: another subgraph, composition, and a gateway, all by npm."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from tests.backends.process import (
    LOOPBACK,
    NODE_HOME,
    Server,
    free_port,
    node,
    node_package,
    serve,
)

_SDL = "{ _service { sdl } }"


@contextmanager
def reviews() -> Iterator[Server]:
    """A subgraph that extends `Order` and has a `User` of its own."""
    port = free_port()
    script = node(NODE_HOME / "federation_reviews.mjs")
    with serve(script, port=port, env={"PORT": str(port)}) as server:
        yield server


def sdl_of(url: str) -> str:
    """What a subgraph says of itself."""
    answer = httpx.post(url, json={"query": _SDL}, timeout=20)
    sdl: str = answer.json()["data"]["_service"]["sdl"]
    return sdl


def composed(**subgraphs: tuple[str, str]) -> dict[str, Any]:
    """What composition says of subgraphs, each by its URL and its SDL."""
    services = [
        {"name": name, "url": url, "typeDefs": sdl} for name, (url, sdl) in subgraphs.items()
    ]
    ended = subprocess.run(  # noqa: S603 - the tests' own command
        node(NODE_HOME / "federation_compose.mjs"),
        input=json.dumps(services).encode(),
        capture_output=True,
        check=False,
        timeout=25,
    )
    assert ended.returncode == 0, ended.stderr.decode()
    said: dict[str, Any] = json.loads(ended.stdout)
    return said


@contextmanager
def hive(supergraph: str) -> Iterator[str]:
    """Hive Gateway over a supergraph, and where it listens."""
    port = free_port()
    script = node(node_package("@graphql-hive/gateway", "hive-gateway"))
    with TemporaryDirectory(prefix="splice-supergraph-") as folder:
        file = Path(folder) / "supergraph.graphql"
        file.write_text(supergraph)
        words = ["supergraph", str(file), "--host", LOOPBACK, "--port", str(port)]
        with serve([*script, *words], port=port, cwd=Path(folder)) as server:
            yield f"{server.url}/graphql"
