"""What the server does around answers that are given in one step."""

import asyncio

import uvicorn

from app.passthrough.forward import PassThrough, Target
from app.passthrough.table import RouteTable
from app.server import HttpProtocol
from tests.app.passthrough.wire import EVERYTHING, Wire, ask, backend, client, get
from tests.backends.asgi import served
from tests.backends.process import LOOPBACK
from upstreams.transport import Transport

DATED = b"HTTP/1.1 200 OK\r\ndate: yesterday\r\ncontent-length: 2\r\n\r\nok"
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
        config = uvicorn.Config(
            app, http=HttpProtocol, lifespan="off", port=0, log_config=None, access_log=False
        )
        server = uvicorn.Server(config)
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
