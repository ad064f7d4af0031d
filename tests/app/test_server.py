"""What the server does around answers that are given in one step."""

import asyncio
import contextlib
import gc
from pathlib import Path

import pytest
import uvicorn
import websockets
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from app.commands.serve import SERVER
from app.passthrough.forward import PassThrough, Target
from app.passthrough.table import RouteTable
from app.server import HttpProtocol
from app.turn import Begun, Turn
from tests.app.passthrough.wire import EVERYTHING, Wire, ask, backend, client, get, serving
from tests.app.wired import answer, post, said, wired
from tests.app.wired import get as asking
from tests.backends.asgi import served
from tests.backends.process import LOOPBACK
from upstreams.transport import Transport

DATED = b"HTTP/1.1 200 OK\r\ndate: yesterday\r\ncontent-length: 2\r\n\r\nok"
SOON = 0.2
"""Seconds after which idle connections are closed here."""
MANY = 10_000
"""More requests than come with what is read at a time."""
LATE = b"GET /late HTTP/1.1\r\nhost: gateway.test\r\n\r\n"


async def test_what_is_in_flight_is_answered_before_the_server_ends() -> None:
    """And its client is told that the connection ends with that answer."""
    asked, ending = asyncio.Event(), asyncio.Event()

    async def conversation(wire: Wire) -> None:
        while True:
            if b" /late " in await wire.head():
                asked.set()
                await ending.wait()
            await wire.send(DATED)

    async with backend(conversation) as to:
        target = Target(name="backend", base_url=to.url, transport=Transport())
        app = PassThrough(RouteTable(EVERYTHING), {"backend": target})
        settings = SERVER | {"lifespan": "off", "port": 0, "timeout_graceful_shutdown": 5}
        server = uvicorn.Server(uvicorn.Config(app, **settings))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(server.serve())
            while not server.started:  # noqa: ASYNC110 - uvicorn has a flag
                await asyncio.sleep(0.005)
            port = server.servers[0].sockets[0].getsockname()[1]
            await ask(port, get("/soon"))
            async with client(port) as wire:
                await wire.send(LATE)
                await asked.wait()
                server.should_exit = True
                while server.servers[0].is_serving():  # noqa: ASYNC110 - nor for this
                    await asyncio.sleep(0.005)
                ending.set()
                answer = await wire.rest()
        await target.transport.aclose()

    assert b"\r\nconnection: close\r\n" in answer
    assert answer.endswith(b"\r\n\r\nok")


async def test_too_many_requests_are_refused_as_uvicorn_does() -> None:
    """The application is not asked beyond `limit_concurrency`."""
    transport = Transport()
    target = Target(name="backend", base_url=f"http://{LOOPBACK}:9", transport=transport)
    app = PassThrough(RouteTable(EVERYTHING), {"backend": target})

    async with served(
        app, http=HttpProtocol, lifespan="off", limit_concurrency=1, access_log=False
    ) as url:
        answer = await ask(int(url.rpartition(":")[2]), get())

    assert answer.startswith(b"HTTP/1.1 503 ")


class Broken:
    """An application with a mistake in it."""

    def directly(self, turn: Turn) -> Begun | None:
        """Fails for some."""
        if turn.path == "/broken":
            raise LookupError("secret")
        return None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer anything else."""
        if scope["type"] == "lifespan":
            for event in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{event}.complete"})
            return
        headers = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"ok"})


@pytest.mark.parametrize("before", [b"", asking("/fine")])
async def test_a_mistake_of_ours_is_answered_as_one(
    caplog: pytest.LogCaptureFixture, before: bytes
) -> None:
    """With 500, as uvicorn does it; the log says more than the client hears."""
    async with serving(Broken()) as port, client(port) as wire:
        await wire.send(before + asking("/broken"))
        if before:
            assert (await answer(wire)).status == 200
        one = await answer(wire)
        rest = await wire.rest()

    assert (one.status, one.body, rest) == (500, b"Internal Server Error", b"")
    assert [str(record.exc_info[1]) for record in caplog.records if record.exc_info] == ["secret"]


async def test_an_idle_connection_is_closed_and_a_busy_one_is_not(tmp_path: Path) -> None:
    """Idle is where nothing is being answered."""
    async with (
        wired(tmp_path, timeout_keep_alive=SOON) as gateway,
        client(gateway.port) as busy,
        client(gateway.port) as idle,
    ):
        for wire in (busy, idle):
            await wire.send(post(said("{ __typename }")))
            await answer(wire)
        await busy.send(post(said("{ slow }")))
        async with asyncio.timeout(5):
            assert await idle.rest() == b""
        await asyncio.sleep(SOON)  # time itself is what is tested
        gateway.slow.opened.set()
        one = await answer(busy)

    assert one.data == {"data": {"slow": "slow"}}


async def test_what_comes_after_an_early_answer_keeps_no_connection_open(tmp_path: Path) -> None:
    """A request that was answered before its end may never end."""
    async with (
        wired(tmp_path, "timeout: 200ms", timeout_keep_alive=SOON) as gateway,
        client(gateway.port) as wire,
    ):
        await wire.send(post(b"{" + b" " * 50)[:-40])
        one = await answer(wire)
        await wire.send(b" ")
        async with asyncio.timeout(5):
            rest = await wire.rest()

    assert (one.status, rest) == (408, b"")


async def test_the_begin_of_a_request_keeps_no_connection_open(tmp_path: Path) -> None:
    """A second head that does not go on is not waited for any longer than one that never comes."""
    async with wired(tmp_path, timeout_keep_alive=SOON) as gateway, client(gateway.port) as wire:
        await wire.send(asking("/healthz"))
        await answer(wire)
        await wire.send(b"GET /heal")
        async with asyncio.timeout(5):
            rest = await wire.rest()

    assert rest == b""


async def test_a_websocket_is_not_closed_for_being_idle(tmp_path: Path) -> None:
    """What it was before does not count."""
    protocol = websockets.Subprotocol("graphql-transport-ws")
    async with wired(tmp_path, timeout_keep_alive=SOON) as gateway:
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        wire = Wire(reader, writer)
        await wire.send(asking("/healthz"))
        await answer(wire)
        sock = writer.get_extra_info("socket").dup()
        url = f"ws://127.0.0.1:{gateway.port}/graphql"
        async with websockets.connect(url, subprotocols=[protocol], sock=sock) as socket:
            await asyncio.sleep(SOON * 2)  # time itself is what is tested
            await socket.send('{"type": "connection_init"}')
            heard = await socket.recv()
        writer.close()

    assert heard == '{"type":"connection_ack"}'


async def test_who_never_reads_is_not_read_for_ever(tmp_path: Path) -> None:
    """However many requests are sent at once, few wait here for their turn."""
    async with wired(tmp_path) as gateway, client(gateway.port) as wire:
        wire.pause()
        await _send_all_it_takes(wire, asking("/healthz") * 2_000)
        waiting = sum(type(one) is RequestResponseCycle for one in gc.get_objects())
        wire.abort()
        healthy = await gateway.asked(asking("/healthz"))

    assert waiting < MANY
    assert healthy.status == 200


async def _send_all_it_takes(wire: Wire, again: bytes) -> None:
    with contextlib.suppress(TimeoutError):
        for _ in range(1_000):
            async with asyncio.timeout(1):
                await wire.send(again)
