"""`splice serve --workers` as a user runs it, and its processes as Linux shows them."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.backends.process import LOOPBACK, free_port

ROOT = Path(__file__).parents[3]

DISCOVERED_ONCE = "discovery: {every: 0s}"


@dataclass(slots=True)
class Serving:
    """A running `splice serve`."""

    process: asyncio.subprocess.Process
    port: int
    output: Path

    @property
    def pid(self) -> int:
        """Of the parent."""
        return self.process.pid

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def log(self, event: str) -> list[dict[str, Any]]:
        """The lines of that event."""
        lines = map(json.loads, self.output.read_text().splitlines())
        return [line for line in lines if line["event"] == event]

    def workers(self) -> list[int]:
        """Its children that listen."""
        listening = _inodes("0A", self.port)
        return [pid for pid in children(self.pid) if listening & sockets(pid)]

    def scouts(self) -> list[int]:
        """Its children that do not."""
        return [pid for pid in children(self.pid) if pid not in self.workers()]

    async def steady(self) -> list[int]:
        """Its workers, once the first snapshot is served and who waited for it is gone."""
        await until(lambda: self.log("worker ended"))
        return self.workers()

    async def query(self, text: str, http: httpx.AsyncClient | None = None) -> dict[str, Any]:
        """The response of one operation, on a connection of its own unless a client is given."""
        if http is None:
            async with httpx.AsyncClient(timeout=20) as fresh:
                return await self.query(text, fresh)
        answer = await http.post(f"{self.url}/graphql", json={"query": text})
        body: dict[str, Any] = answer.json()
        return body

    async def status(self, path: str) -> int:
        """The status of a page."""
        async with httpx.AsyncClient(timeout=20) as http:
            return (await http.get(f"{self.url}{path}")).status_code

    async def ended(self) -> int:
        """The exit status, once it has one."""
        return await asyncio.wait_for(self.process.wait(), 20)


@asynccontextmanager
async def serving(folder: Path, config: str, *words: str) -> AsyncIterator[Serving]:
    """The gateway, once it listens; it is gone at the end of the block, and its children too."""
    (folder / "splice.yaml").write_text(config)
    port, output = free_port(), folder / "output.txt"
    with output.open("wb") as sink:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app", "serve", "--port", str(port), *words),
            cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=asyncio.subprocess.DEVNULL, stdout=sink, stderr=sink, start_new_session=True,
        )  # fmt: skip
    running = Serving(process, port, output)
    try:
        await until(lambda: _inodes("0A", port))
        yield running
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def until(holds: Callable[[], object]) -> None:
    """Wait for other processes; the test's own time limit bounds it."""
    while not holds():  # noqa: ASYNC110 - another process's state
        await asyncio.sleep(0.02)


@contextmanager
def stopped(pids: list[int]) -> Iterator[None]:
    """Those processes take no part until the block ends."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def children(pid: int) -> list[int]:
    """The processes that it forked and that live."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [child for child in map(int, listed) if alive(child)]


def alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and was not asked for its status does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def threads(pid: int) -> int:
    """How many the process has."""
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def sockets(pid: int) -> set[int]:
    """The inodes of the sockets the process has open."""
    return {
        int(target[len("socket:[") : -1])
        for target in _descriptors(pid)
        if target.startswith("socket:[")
    }


def internet_sockets(pid: int) -> int:
    """How many connections and listeners the process has open."""
    return len(sockets(pid) & _inodes())


def private_bytes(pid: int) -> int:
    """The memory that is the process's alone."""
    return _memory(pid, "Private_")


def resident_bytes(pid: int) -> int:
    """The memory that the process has, shared or not."""
    return _memory(pid, "Rss:")


def _memory(pid: int, row: str) -> int:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in rollup if line.startswith(row)) * 1024


def _descriptors(pid: int) -> Iterator[str]:
    with suppress(FileNotFoundError, ProcessLookupError):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):
                yield os.readlink(descriptor)


def _inodes(state: str = "", port: int | None = None) -> set[int]:
    """Of internet sockets: all, or those in a state of /proc/net/tcp, or on a local port."""
    rows = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
    ]
    return {
        int(row[9])
        for row in rows
        if row[3].startswith(state) and (port is None or int(row[1].rpartition(":")[2], 16) == port)
    }
