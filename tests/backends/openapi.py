"""HTTP backends: some that nobody here wrote, and one that says what it is told."""

import asyncio
import json
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

from tests.backends.process import LOOPBACK, NODE_HOME, Server, free_port, node, node_package, serve

JUPYTER_TOKEN = "splice-test-token"


@contextmanager
def prism(document: Path) -> Iterator[Server]:
    """Prism answering with the document's examples, and refusing what does not fit it."""
    port = free_port()
    script = node_package("@stoplight/prism-cli", "prism")
    command = node(script, "mock", "--host", LOOPBACK, "--port", str(port), str(document))
    with serve(command, port=port) as server:
        yield server


@contextmanager
def prisms() -> Iterator[Server]:
    """Prism for any number of documents; what to ask it is told in `prism_many.js`."""
    port = free_port()
    with serve(node(NODE_HOME / "prism_many.js", str(port)), port=port) as server:
        yield server


@contextmanager
def json_server(records: Mapping[str, object]) -> Iterator[Server]:
    """A json-server with a list of records under each name, paged by `Link` headers."""
    port = free_port()
    script = node_package("json-server", "json-server")
    with TemporaryDirectory(prefix="splice-json-server-") as home:
        file = Path(home) / "records.json"
        file.write_text(json.dumps(records))
        command = node(script, "--quiet", "--host", LOOPBACK, "--port", str(port), str(file))
        with serve(command, port=port, cwd=Path(home)) as server:
            yield server


@contextmanager
def jupyter() -> Iterator[Server]:
    """A Jupyter server over an empty folder, its document at `/api/spec.yaml`.

    It wants the header `Authorization: token <JUPYTER_TOKEN>`.
    """
    port = free_port()
    with TemporaryDirectory(prefix="splice-jupyter-") as home:
        command = [
            *(sys.executable, "-m", "jupyter_server", "--allow-root", "--no-browser"),
            f"--ServerApp.ip={LOOPBACK}",
            f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={home}",
            f"--IdentityProvider.token={JUPYTER_TOKEN}",
        ]
        env = {"HOME": home, "JUPYTER_PLATFORM_DIRS": "1", "JUPYTER_NO_CONFIG": "1"}
        with serve(command, port=port, env=env, cwd=Path(home)) as server:
            yield server


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came in."""

    method: str
    target: str
    """Path and query, exactly as sent."""
    headers: list[tuple[str, str]]
    """Names in lower case."""
    body: bytes
    _reader: asyncio.StreamReader = field(repr=False)

    async def gone(self) -> None:
        """Return once the client has closed its end."""
        await self._reader.read()

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)


Reply: TypeAlias = Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Answering:
    """A loopback server, and what it has been asked."""

    port: int
    asked: list[Asked] = field(default_factory=list)
    scheme: str = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{LOOPBACK}:{self.port}"


@asynccontextmanager
async def answering(reply: Reply, tls: ssl.SSLContext | None = None) -> AsyncIterator[Answering]:
    """A server that answers every request as told, byte for byte, and then closes."""

    async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asked = await _asked(reader)
            known.asked.append(asked)
            await reply(asked, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client left first, which some tests are about
        finally:
            writer.close()

    server = await asyncio.start_server(serve_one, LOOPBACK, 0, ssl=tls)
    known = Answering(server.sockets[0].getsockname()[1], scheme="https" if tls else "http")
    async with server:
        yield known


async def _asked(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ", 2)
    pairs = [line.partition(":") for line in lines]
    headers = [(name.lower(), value.strip()) for name, _, value in pairs]
    length = next((value for name, value in headers if name == "content-length"), "0")
    return Asked(method, target, headers, await reader.readexactly(int(length)), reader)


def fixed(body: bytes, status: int = 200, *headers: tuple[str, str]) -> Reply:
    """The same answer to every request."""
    named = [*headers, ("content-length", str(len(body)))]
    lines = "".join(f"{name}: {value}\r\n" for name, value in named)
    whole = f"HTTP/1.1 {status} Told\r\n{lines}\r\n".encode() + body

    async def reply(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(whole)

    return reply


def told(value: object, status: int = 200) -> Reply:
    """The same JSON value to every request."""
    return fixed(json.dumps(value).encode(), status, ("content-type", "application/json"))
