"""Several workers: what they share, and what happens when one, or all, or their parent ends."""

import asyncio
import os
import signal
from pathlib import Path

import httpx
import pytest

from app.demo.run import QUERY, Demo
from tests.app.workers.backend import backend
from tests.app.workers.processes import (
    DISCOVERED_ONCE,
    alive,
    internet_sockets,
    serving,
    stopped,
    threads,
    until,
)
from tests.backends.rest import TEXT, answering

HELLO = {"data": {"hello": "hi"}}

pytestmark = pytest.mark.timeout(120)


async def test_every_worker_answers_on_the_one_port(tmp_path: Path) -> None:
    """Whichever of them takes a connection, also where the others take none."""
    async with backend() as one, serving(tmp_path, one.upstream, "--workers", "3") as gateway:
        workers = await gateway.steady()
        answers = []
        for worker in workers:
            with stopped([pid for pid in workers if pid != worker]):
                answers.append(await gateway.query("{ hello }"))

    assert len(workers) == 3
    assert answers == [HELLO] * 3


async def test_an_upstream_is_discovered_once_for_all_workers(tmp_path: Path) -> None:
    """And not again by one that takes a lost one's place."""
    async with backend() as one, serving(tmp_path, one.upstream, "--workers", "3") as gateway:
        lost, *_ = workers = await gateway.steady()
        os.kill(lost, signal.SIGKILL)
        await until(lambda: len(set(gateway.workers()) | set(workers)) == 4)
        answer = await gateway.query("{ hello }")

    assert answer == HELLO
    assert one.descriptions == 1


async def test_the_parent_has_no_thread_and_no_connection(tmp_path: Path) -> None:
    """Neither would survive a fork; only who was forked speaks to backends, of any kind."""
    async with Demo() as demo, serving(tmp_path, demo.config, "--workers", "2") as gateway:
        workers = await gateway.steady()
        body = await gateway.query(QUERY)
        before = threads(gateway.pid), internet_sockets(gateway.pid)
        os.kill(workers[0], signal.SIGKILL)
        await until(lambda: len(set(gateway.workers()) - set(workers)) == 1)
        after = threads(gateway.pid), internet_sockets(gateway.pid)

    assert "errors" not in body
    assert before == after == (1, 1)


async def test_a_lost_worker_takes_no_request_of_others_with_it(tmp_path: Path) -> None:
    """Those of another worker are answered, new ones too, and another takes its place."""
    async with (
        backend() as one,
        serving(tmp_path, one.upstream, "--workers", "2") as gateway,
        asyncio.TaskGroup() as tasks,
    ):
        kept, lost = await gateway.steady()
        with stopped([lost]):
            asked = tasks.create_task(gateway.query("{ slow }"))
            await one.entered.acquire()
        with stopped([kept]):
            failing = tasks.create_task(_failing(gateway.query("{ slow }")))
            await one.entered.acquire()
            os.kill(lost, signal.SIGKILL)
            failed = await failing
        answers = [await gateway.query("{ hello }") for _ in range(20)]
        await until(lambda: len(gateway.workers()) == 2)
        one.leave.set()

    assert failed
    assert answers == [HELLO] * 20
    assert asked.result() == {"data": {"slow": "slow"}}


async def test_workers_that_end_at_once_are_replaced_ever_later(tmp_path: Path) -> None:
    """The first at once; the log says which ended how, and when the next one comes."""
    async with backend() as one, serving(tmp_path, one.upstream, "--workers", "2") as gateway:
        await gateway.steady()
        for lost in range(1, 4):
            await until(lambda: len(gateway.workers()) == 2)
            os.kill(gateway.workers()[0], signal.SIGKILL)
            await until(lambda: len(gateway.log("worker lost")) == lost)  # noqa: B023 - awaited
        lines = gateway.log("worker lost")

    waits = [line["replaced_in"] for line in lines]
    assert {line["status"] for line in lines} == {-signal.SIGKILL}
    assert waits[0] == 0
    assert waits[0] < waits[1] <= 1
    assert 1 <= waits[2] <= 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_what_was_begun_is_ended(tmp_path: Path, number: signal.Signals) -> None:
    """Told to stop, it answers what was asked; then every process is gone."""
    async with (
        backend() as one,
        serving(tmp_path, one.upstream, "--workers", "2") as gateway,
        asyncio.TaskGroup() as tasks,
    ):
        workers = await gateway.steady()
        asked = tasks.create_task(gateway.query("{ slow }"))
        await one.entered.acquire()
        # As a terminal does: all processes get it.
        os.killpg(gateway.pid, number) if number == signal.SIGINT else os.kill(gateway.pid, number)
        await until(lambda: gateway.log("Waiting for connections to close. (CTRL+C to force quit)"))
        one.leave.set()
        status = await gateway.ended()

    assert asked.result() == {"data": {"slow": "slow"}}
    assert status == 0
    assert not any(map(alive, workers))


async def test_workers_end_with_their_parent(tmp_path: Path) -> None:
    """Also when it could not tell them."""
    async with backend() as one, serving(tmp_path, one.upstream, "--workers", "2") as gateway:
        workers = await gateway.steady()
        os.kill(gateway.pid, signal.SIGKILL)
        async with asyncio.timeout(5):
            await until(lambda: not any(map(alive, workers)))

    assert len(workers) == 2


async def test_a_scout_ends_with_its_parent(tmp_path: Path) -> None:
    """Although what it reads does not end."""
    async with backend() as one:
        one.describing.clear()
        async with serving(tmp_path, one.upstream, "--workers", "2") as gateway:
            await until(lambda: one.descriptions)
            scouts = gateway.scouts()
            os.kill(gateway.pid, signal.SIGKILL)
            async with asyncio.timeout(5):
                await until(lambda: not any(map(alive, scouts)))

    assert len(scouts) == 1


async def test_a_changed_description_is_rolled_in(tmp_path: Path) -> None:
    """Other workers take over, and no request of clients that keep asking fails."""
    async with backend() as one:
        config = one.upstream + "discovery: {every: 200ms}"
        async with (
            serving(tmp_path, config, "--workers", "2") as gateway,
            asyncio.TaskGroup() as tasks,
        ):
            before = await gateway.steady()
            stop = asyncio.Event()
            asking = [tasks.create_task(_asking(gateway.url, stop)) for _ in range(8)]
            for number in range(3):
                name = f"new{number}"
                one.document = answering(hello=TEXT, **{name: TEXT})
                await _until_known(gateway.url, name)
            await until(lambda: not any(map(alive, before)))
            stop.set()

    answers = [answer for task in asking for answer in task.result()]
    assert len(answers) > 100
    assert [answer for answer in answers if answer != HELLO] == []


async def test_what_is_found_unchanged_is_told_to_the_workers(tmp_path: Path) -> None:
    """Each knows when the catalog was last discovered, and none is replaced for that."""
    refreshed = "{ _gateway { upstreams { refreshedAt } } }"
    async with backend() as one:
        config = one.upstream + "discovery: {every: 200ms}"
        async with serving(tmp_path, config, "--workers", "2") as gateway:
            first, second = workers = await gateway.steady()
            for worker, other in ((first, second), (second, first)):
                with stopped([other]):
                    early = await gateway.query(refreshed)
                    seen = one.descriptions
                    await until(lambda: one.descriptions > seen + 1)  # noqa: B023 - awaited
                    late = await gateway.query(refreshed)
                assert early != late, worker
            after = gateway.workers()

    assert after == workers


async def test_sighup_discovers_at_once(tmp_path: Path) -> None:
    """What has changed is rolled in."""
    async with (
        backend() as one,
        serving(tmp_path, one.upstream + DISCOVERED_ONCE, "--workers", "2") as gateway,
    ):
        await gateway.steady()
        one.document = answering(hello=TEXT, new=TEXT)
        os.kill(gateway.pid, signal.SIGHUP)
        await _until_known(gateway.url, "new")

    assert one.descriptions == 2


async def test_requests_wait_for_the_first_snapshot(tmp_path: Path) -> None:
    """The gateway lives and is not ready until then; who asked before is answered."""
    async with backend() as one:
        one.describing.clear()
        async with (
            serving(tmp_path, one.upstream, "--workers", "2") as gateway,
            asyncio.TaskGroup() as tasks,
        ):
            statuses = [await gateway.status(path) for path in ("/healthz", "/readyz")]
            asked = tasks.create_task(gateway.query("{ hello }"))
            await until(lambda: one.descriptions)
            one.describing.set()
            answer = await asked
            ready = await gateway.status("/readyz")

    assert statuses == [200, 503]
    assert answer == HELLO
    assert ready == 200


async def test_it_stops_at_once_while_a_discovery_hangs(tmp_path: Path) -> None:
    """It does not wait for the backend."""
    async with backend() as one:
        one.describing.clear()
        async with serving(tmp_path, one.upstream, "--workers", "2") as gateway:
            await until(lambda: one.descriptions)
            os.kill(gateway.pid, signal.SIGTERM)
            async with asyncio.timeout(3):
                status = await gateway.ended()

    assert status == 0


async def test_a_scout_that_is_lost_is_a_failed_discovery(tmp_path: Path) -> None:
    """It is told as such, and tried again."""
    problem = "{ _gateway { upstreams { status problem } } }"
    async with backend() as one:
        one.describing.clear()
        async with serving(tmp_path, one.upstream, "--workers", "2") as gateway:
            await until(lambda: one.descriptions)
            (scout,) = gateway.scouts()
            os.kill(scout, signal.SIGKILL)
            told = await gateway.query(problem)
            one.describing.set()
            await _until_known(gateway.url, "hello")

    assert told["data"]["_gateway"]["upstreams"] == [
        {
            "status": "UNAVAILABLE",
            "problem": "the process that read its description ended before it was done",
        }
    ]


async def test_a_restart_needs_no_upstream_to_be_alive(tmp_path: Path) -> None:
    """The catalogs that workers were given are stored, too."""
    status = "{ _gateway { upstreams { status functions } } }"
    async with (
        backend() as one,
        serving(tmp_path, one.upstream, "--workers", "2") as gateway,
    ):
        await gateway.steady()
    async with serving(tmp_path, one.upstream, "--workers", "2") as gateway:
        told = await gateway.query(status)

    assert told["data"]["_gateway"]["upstreams"] == [{"status": "STORED", "functions": 2}]


async def _failing(asked: object) -> bool:
    """Whether a request breaks off."""
    try:
        await asked  # type: ignore[misc]  # a coroutine
    except httpx.TransportError:
        return True
    return False


async def _asking(url: str, stop: asyncio.Event) -> list[object]:
    """What one client is answered that asks again and again on the connection it has."""
    answers: list[object] = []
    async with httpx.AsyncClient(timeout=20) as http:
        while not stop.is_set():
            try:
                answer = await http.post(f"{url}/graphql", json={"query": "{ hello }"})
                answers.append(answer.json())
            except httpx.TransportError as error:
                answers.append(repr(error))
    return answers


async def _until_known(url: str, field: str) -> None:
    """Wait until clients that connect anew can ask for the field."""
    while True:
        async with httpx.AsyncClient(timeout=20) as http:
            answer = await http.post(f"{url}/graphql", json={"query": f"{{ {field} }}"})
        if "errors" not in answer.json():
            return
        await asyncio.sleep(0.05)
