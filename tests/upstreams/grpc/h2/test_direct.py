"""The way to one address: opened once, when it is needed, and again when it is lost."""

import asyncio
import gc
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import uvloop

from tests.backends.grpc_server import Context, serve
from tests.backends.process import LOOPBACK, free_port
from tests.backends.talk import hanging, talking
from tests.upstreams.grpc.asking import EVERYTHING, Upstream, connected
from tests.upstreams.grpc.certificates import self_signed
from tests.upstreams.grpc.h2.backend import CATALOG, Line, Nested, answering, backend
from tests.upstreams.grpc.protos import descriptors
from upstreams.errors import Unreachable
from upstreams.grpc.h2 import frames, host_and_port
from upstreams.grpc.h2.connection import Connection
from upstreams.grpc.model import LoadBalancing, Settings


@pytest.mark.parametrize(
    ("target", "meant"),
    [
        ("parcels:50051", ("parcels", 50051)),
        ("127.0.0.1:1", ("127.0.0.1", 1)),
        ("[::1]:1", ("::1", 1)),
        ("dns:///parcels:50051", None),
        ("ipv4:10.0.0.1:1,10.0.0.2:1", None),
        ("unix:/run/parcels.sock", None),
        ("parcels", None),
        ("::1:1", None),
        ("", None),
    ],
)
def test_plain_targets(target: str, meant: tuple[str, int] | None) -> None:
    """A host and a port; what names its own way of looking up is for grpc's core."""
    assert host_and_port(target) == meant


async def test_one_connection() -> None:
    """Calls that begin at once wait for the same one."""
    async with backend(answering) as upstream:
        values = await asyncio.gather(*(upstream.ask("GetThing") for _ in range(20)))

    assert {value["clear"] for value in values} == {0}


async def test_a_connection_that_is_closed_between_calls() -> None:
    """The next call is made over another, wherever it was when the backend said goodbye."""
    closed = asyncio.Event()

    async def closing(line: Line) -> None:
        number = await line.call()
        line.answer(number)
        line.send(frames.frame(frames.GOAWAY, 0, 0, number.to_bytes(4, "big") + bytes(4)))
        await line.close()
        closed.set()

    async with backend(closing, answering) as upstream:
        await upstream.ask("Getaway")
        await closed.wait()
        value = await upstream.ask("Getaway")

    assert value["clear"] == 1


async def test_nobody_there() -> None:
    """Calls fail at once, and as soon as there is somebody they do not."""
    port = free_port()
    settings = Settings(grpc=f"{LOOPBACK}:{port}", retries=0)
    async with connected(settings, CATALOG) as upstream:
        asked = (upstream.ask("GetThing") for _ in range(20))
        errors = await asyncio.gather(*asked, return_exceptions=True)
        async with serve(
            descriptors("everything"),
            {f"{EVERYTHING}/GetThing": telling},
            listen=f"{LOOPBACK}:{port}",
        ):
            value = await upstream.ask("GetThing")

    assert {type(error) for error in errors} == {Unreachable}
    assert "splice" in value["from"]


async def test_one_failure_for_all() -> None:
    """Calls that wait for a connection do not try one after the other."""
    tried = 0

    async def closing(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        nonlocal tried
        tried += 1

    async with (
        talking(closing) as address,
        connected(Settings(grpc=address, retries=0), CATALOG) as upstream,
    ):
        asked = (upstream.ask("GetThing") for _ in range(20))
        errors = await asyncio.gather(*asked, return_exceptions=True)

    assert {type(error) for error in errors} == {Unreachable}
    assert tried == 1


@pytest.mark.parametrize(
    ("balancing", "caller"),
    [(LoadBalancing.ROUND_ROBIN, "grpc-python-asyncio"), (LoadBalancing.PICK_FIRST, "splice")],
)
async def test_several_addresses(
    balancing: LoadBalancing, caller: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To spread calls over them is for grpc's core; any one of them can be had here."""
    _resolve(monkeypatch, "192.0.2.1" if balancing is LoadBalancing.ROUND_ROBIN else LOOPBACK)
    async with serve(descriptors("everything"), {f"{EVERYTHING}/GetThing": telling}) as address:
        settings = Settings(grpc=address.replace(LOOPBACK, "localhost"), load_balancing=balancing)
        async with connected(settings, CATALOG) as upstream:
            value = await upstream.ask("GetThing")

    assert caller in value["from"]


async def test_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it calls itself is one address, of which not all need to be listened on."""
    _resolve(monkeypatch, "127.0.0.9")
    async with serve(descriptors("everything"), {f"{EVERYTHING}/GetThing": telling}) as address:
        settings = Settings(grpc=address.replace(LOOPBACK, "localhost"))
        async with connected(settings, CATALOG) as upstream:
            value = await upstream.ask("GetThing")

    assert "splice" in value["from"]


async def test_tls_without_http_2(tmp_path: Path) -> None:
    """A backend that does not say that it speaks HTTP/2 is none."""
    key, certificate = self_signed()
    (tmp_path / "both.pem").write_bytes(key + certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "both.pem")
    server = await asyncio.start_server(hanging, LOOPBACK, 0, ssl=context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        settings = Settings(grpc=f"{LOOPBACK}:{port}", ca=str(tmp_path / "both.pem"), retries=0)
        async with connected(settings, CATALOG) as upstream:
            with pytest.raises(Unreachable):
                await upstream.ask("GetThing")


async def test_headers_of_any_size() -> None:
    """They go on in frames as large as the backend takes."""
    long = "x" * 40_000
    seen: list[str] = []

    async def script(line: Line) -> None:
        number, found = await line.head()
        seen.append(found["x-long"])
        await line.frame(frames.DATA)
        line.answer(number)
        await line.frame(frames.GOAWAY)

    async with backend(script) as upstream:
        await upstream.ask("GetThing", headers={"x-long": long})

    assert seen == [long]


async def telling(_: Any, context: Context) -> Any:
    """Who asks."""
    asked = dict(context.invocation_metadata() or ())
    return Nested(**{"from": str(asked["user-agent"])})


def _resolve(monkeypatch: pytest.MonkeyPatch, first: str) -> None:
    """Every host has that address, and loopback's."""

    async def getaddrinfo(_host: str, port: int, **_more: Any) -> list[Any]:
        found = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*found, (first, port)), (*found, (LOOPBACK, port))]

    loop = asyncio.get_running_loop()
    resolve = loop.getaddrinfo

    async def either(host: str, port: int, **more: Any) -> list[Any]:
        named = host == "localhost"
        return await (getaddrinfo(host, port) if named else resolve(host, port, **more))

    monkeypatch.setattr(loop, "getaddrinfo", either)


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_who_leaves_while_a_connection_is_made_leaves_nothing_behind(
    loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    """Whenever that is: nothing is kept that would look after itself again and again."""
    with asyncio.Runner(loop_factory=loop) as runner:
        left = runner.run(left_behind())

    assert left == 0


async def left_behind() -> int:
    """How many connections there are although nobody wants any."""
    async with talking(hanging) as address:
        settings = Settings(grpc=address, keep_alive=0.01, retries=0)
        async with connected(settings, CATALOG) as upstream:
            for turns in range(60):
                await left_after(turns // 4, upstream)
            await asyncio.sleep(0.1)  # ends are told of in their own time
            gc.collect()
            return sum(type(one) is Connection for one in gc.get_objects())


async def left_after(turns: int, upstream: Upstream) -> None:
    """Ask, and leave when the event loop has had that many turns."""
    asking = asyncio.get_running_loop().create_task(upstream.ask("GetThing"))
    for _ in range(turns):
        await asyncio.sleep(0)
    asking.cancel()
    await asyncio.wait([asking])
