"""Discoveries in processes of their own: what they find, and what becomes of them."""

import asyncio
import contextlib
import os
import pickle
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from app.config import Upstream
from app.config.read import loads
from app.scouting import away as away_module
from app.scouting.away import ENDED, HUNG, away
from app.scouting.here import Discover, discover
from tests.app.passthrough.wire import Wire, backend
from tests.app.workers.processes import alive, children, serving, until
from tests.backends.process import LOOPBACK, free_port
from tests.backends.rest import TEXT, answering, rest
from tests.test_readme import blocks
from upstreams.errors import DiscoveryError
from upstreams.registry import KINDS

BACKENDS = Path(__file__).parents[2] / "backends"
SECONDS = 20.0


def upstream(location: str, kind: str = "openapi") -> Upstream:
    """One as a file configures it."""
    text = f"upstreams: {{one: {{{kind}: '{location}', queries: ['*']}}}}"
    return loads(text, BACKENDS / "splice.yaml", {}).upstreams["one"]


def scouts(pid: int) -> list[int]:
    """The processes that discover for that one."""
    return [
        child
        for child in children(pid)
        if b"app.scouting" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]


@dataclass(slots=True)
class Silent:
    """A backend that never says what it is."""

    url: str = ""
    asked: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, wire: Wire) -> None:
        await wire.head()
        self.asked.release()
        await wire.rest()
        self.gone.set()


@asynccontextmanager
async def silent() -> AsyncIterator[Silent]:
    one = Silent()
    async with backend(one) as to:
        one.url = f"{to.url}/openapi.json"
        yield one


async def test_what_is_found_is_what_would_be_found_here() -> None:
    """Of each kind, with what the settings say of it."""
    async with rest(answering(shop=TEXT)) as shop, away() as find:
        for one in (upstream(shop.description), upstream("soap_types.wsdl", "soap")):
            assert await find(one, SECONDS) == await discover(one, SECONDS)


def test_settings_travel() -> None:
    """Of every kind, as the README shows them."""
    kinds = set()
    for text in blocks("yaml"):
        names = set(re.findall(r"\$\{(\w+)\}", text))
        config = loads(text, Path("/somewhere/splice.yaml"), dict.fromkeys(names, "s" * 16))
        for one in config.upstreams.values():
            kinds.add(one.kind)
            assert pickle.loads(pickle.dumps(one.settings)) == one.settings  # noqa: S301 - its own

    assert kinds == set(KINDS)


async def test_a_failure_is_the_one_there_would_be_here() -> None:
    """With its message and its place."""
    one = upstream("nowhere.json")

    with pytest.raises(DiscoveryError) as here:
        await discover(one, SECONDS)
    async with away() as find:
        with pytest.raises(DiscoveryError) as there:
            await find(one, SECONDS)

    assert (there.value.message, there.value.at) == (here.value.message, here.value.at)
    assert here.value.at.endswith("nowhere.json")


async def test_time_is_limited() -> None:
    """A backend that never answers is given up."""
    async with silent() as one, away() as find:
        with pytest.raises(DiscoveryError, match=r"not discovered within 0\.5 s"):
            await find(upstream(one.url), 0.5)


def kill(number: int = signal.SIGKILL) -> None:
    """Send a signal to whatever discovers for this process."""
    for pid in scouts(os.getpid()):
        os.kill(pid, number)


async def outcome(find: Discover, location: str, seconds: float = SECONDS) -> int | str:
    """How many functions are found there, or why none."""
    try:
        return len((await find(upstream(location), seconds)).functions)
    except DiscoveryError as error:
        return str(error)


async def test_what_is_asked_at_a_time_is_found_by_one_process() -> None:
    """And one of them does not wait for another."""
    async with (
        silent() as never,
        rest(answering(shop=TEXT)) as shop,
        away() as find,
        asyncio.TaskGroup() as tasks,
    ):
        waiting = tasks.create_task(outcome(find, never.url))
        found = await outcome(find, shop.description)
        sent = scouts(os.getpid())
        is_waiting = not waiting.done()
        waiting.cancel()

    assert found == 1
    assert is_waiting
    assert len(sent) == 1


async def test_one_that_is_killed_has_failed() -> None:
    """The next one does what there is to do."""
    async with silent() as never, rest(answering(shop=TEXT)) as shop, away() as find:
        async with asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(outcome(find, never.url))
            await never.asked.acquire()
            kill()
        found = await outcome(find, shop.description)

    assert waiting.result() == ENDED
    assert found == 1


async def test_what_was_lost_with_another_is_read_again_by_itself() -> None:
    """One after the other, so that each has only itself to blame."""
    async with silent() as one, silent() as other, away() as find, asyncio.TaskGroup() as tasks:
        outcomes = [tasks.create_task(outcome(find, never.url)) for never in (one, other)]
        for never in (one, other):
            await never.asked.acquire()
        kill()
        sent = []
        for never in (one, other):
            await never.asked.acquire()
            sent.append(scouts(os.getpid()))
            kill()

    assert {each.result() for each in outcomes} == {ENDED}
    assert [len(each) for each in sent] == [1, 1]


async def test_what_hangs_with_another_is_read_again_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The other is found, also where it was asked later."""
    monkeypatch.setattr(away_module, "MORE_SECONDS", 0.5)
    async with (
        silent() as never,
        rest(answering(shop=TEXT)) as shop,
        away() as find,
        asyncio.TaskGroup() as tasks,
    ):
        waiting = tasks.create_task(outcome(find, never.url, 1.5))
        await never.asked.acquire()
        kill(signal.SIGSTOP)
        await asyncio.sleep(0)
        found = await outcome(find, shop.description)

    assert found == 1
    assert waiting.result() == "not discovered within 1.5 s"


async def test_many_that_are_lost_are_read_by_one_other() -> None:
    """As long as that one lives."""
    async with silent() as never, rest(answering(shop=TEXT)) as shop, away() as find:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(outcome(find, never.url, 1))
            await never.asked.acquire()
            lost = [tasks.create_task(outcome(find, shop.description)) for _ in range(20)]
            await asyncio.sleep(0)
            kill()
        sent = scouts(os.getpid())

    assert {each.result() for each in lost} == {1}
    assert len(sent) == 1


@pytest.mark.parametrize("many", [1, 50])
async def test_scouts_that_are_killed_at_any_time_end_one_discovery_each(many: int) -> None:
    """And never the next."""
    async with rest(answering(shop=TEXT)) as shop, away() as find:
        asked = []
        for number in range(5):
            async with asyncio.TaskGroup() as tasks:
                asked += [tasks.create_task(outcome(find, shop.description)) for _ in range(many)]
                await asyncio.sleep(number * 0.08)
                kill()
        found = await outcome(find, shop.description)

    assert {each.result() for each in asked} <= {1, ENDED}
    assert found == 1


async def test_one_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though it cannot say so."""
    monkeypatch.setattr(away_module, "MORE_SECONDS", 0.5)
    async with silent() as never, away() as find, asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(outcome(find, never.url, 1.5))
        await never.asked.acquire()
        sent = scouts(os.getpid())
        kill(signal.SIGSTOP)

    assert waiting.result() == HUNG
    assert not any(map(alive, sent))


async def test_one_with_nothing_to_do_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a moment in which it would have done more."""
    monkeypatch.setattr(away_module, "IDLE_SECONDS", 0.2)
    async with rest(answering(shop=TEXT)) as shop, away() as find:
        await outcome(find, shop.description)
        first = scouts(os.getpid())
        await outcome(find, shop.description)
        second = scouts(os.getpid())
        await until(lambda: not scouts(os.getpid()))
        again = await outcome(find, shop.description)

    assert first == second
    assert len(first) == 1
    assert again == 1


async def test_none_outlives_who_waits_for_it() -> None:
    """The end of the block is the end of what was begun in it."""
    async with silent() as never, asyncio.TaskGroup() as tasks, away() as find:
        waiting = tasks.create_task(outcome(find, never.url))
        await never.asked.acquire()
        sent = scouts(os.getpid())

    assert waiting.result() == ENDED
    assert len(sent) == 1
    assert not any(map(alive, sent))


async def test_none_outlives_a_gateway_that_is_killed(tmp_path: Path) -> None:
    """Though nobody could tell it."""
    async with silent() as never:
        config = f"upstreams: {{one: {{openapi: '{never.url}'}}}}"
        async with serving(tmp_path, config) as splice:
            await never.asked.acquire()
            (scout,) = scouts(splice.pid)
            splice.process.kill()
            await until(lambda: not alive(scout))


@pytest.mark.parametrize("closed", ["<&-", ">&-", "<&- >&-"])
async def test_a_gateway_without_standard_streams_discovers(tmp_path: Path, closed: str) -> None:
    """No connection is taken for one of them."""
    async with rest(answering(shop=TEXT)) as shop:
        (tmp_path / "splice.yaml").write_text(
            f"upstreams: {{shop: {{openapi: {shop.description}}}}}"
        )
        port = free_port()
        command = f"exec {sys.executable} -m app serve --port {port} {closed}"
        process = await asyncio.create_subprocess_exec(
            *("sh", "-c", command),
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(BACKENDS.parents[1])},
        )
        try:
            async with httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{port}") as http:
                await _until_ready(http)
        finally:
            process.terminate()
            await process.wait()


async def _until_ready(http: httpx.AsyncClient) -> None:
    """The test's own time limit bounds it."""
    while True:
        with contextlib.suppress(httpx.TransportError):
            if (await http.get("/readyz")).status_code == 200:
                return
        await asyncio.sleep(0.05)


async def test_what_is_printed_is_no_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even by what runs before the scout does."""
    (tmp_path / "sitecustomize.py").write_text("print('Hello', flush=True)")
    monkeypatch.syspath_prepend(tmp_path)
    async with rest(answering(shop=TEXT)) as shop, away() as find:
        found = await outcome(find, shop.description)

    assert found == 1


async def test_it_runs_the_gateways_modules_and_not_the_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many a project has a folder called `app`."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__init__.py").write_text("raise SystemExit('not this one')")
    monkeypatch.chdir(tmp_path)
    async with rest(answering(shop=TEXT)) as shop, away() as find:
        found = await find(upstream(shop.description), SECONDS)

    assert len(found.functions) == 1


async def test_where_there_can_be_no_process_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a failure like any other."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    async with away() as find:
        with pytest.raises(DiscoveryError, match="no process could be started"):
            await find(upstream("nowhere.json"), SECONDS)


async def test_a_gateway_imports_nothing_that_reads_descriptions(tmp_path: Path) -> None:
    """It answers without: that memory is not the server's."""
    program = (
        "import asyncio, sys; from pathlib import Path; from app.config.read import load;"
        "from app.commands import serve; from app.gateway import Gateway;"
        "from app.main import create_app; from app.scouting.away import away\n"
        "async def main():\n"
        "    config = load(Path('splice.yaml'))\n"
        "    gateway = Gateway(config, discovering=away); create_app(config, gateway=gateway)\n"
        "    async with gateway.running():\n"
        "        print((await gateway.current()).findings['shop'].state.value)\n"
        "asyncio.run(main())\n"
        "print([one for one in ('httpx', 'requests', 'zeep', 'rich') if one in sys.modules])"
    )
    async with rest(answering(shop=TEXT)) as shop:
        config = (
            f"upstreams: {{shop: {{openapi: '{shop.description}'}},"
            f" soap: {{soap: '{BACKENDS / 'soap_types.wsdl'}'}}}}"
        )
        (tmp_path / "splice.yaml").write_text(config)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", program),
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(BACKENDS.parents[1])},
            stdout=asyncio.subprocess.PIPE,
        )
        printed, _ = await process.communicate()

    assert printed == b"ready\n[]\n"
