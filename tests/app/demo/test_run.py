"""The four backends together: started, found, stopped."""

import asyncio
import shlex
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import grpc
import httpx
import yaml
from graphql import parse

from app.demo.run import QUERY, Demo, curl
from tests.app.served import gateway
from tests.backends.process import LOOPBACK

SECONDS_TO_STOP = 2.0
REFLECTION = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"


def ports(demo: Demo) -> list[int]:
    https = (urlsplit(url).port for url in (demo.shop, demo.bank, demo.pricing))
    return [port for port in https if port] + [int(demo.parcels.rpartition(":")[2])]


def bind(port: int) -> None:
    """Fails as long as somebody listens there."""
    with socket.create_server((LOOPBACK, port)):
        pass


async def test_the_configuration() -> None:
    """The configuration names four upstreams, one of each kind, at the ports they are on."""
    async with Demo() as demo:
        upstreams = yaml.safe_load(demo.config)["upstreams"]

    assert {name: next(iter(entry)) for name, entry in upstreams.items()} == {
        "shop": "openapi",
        "parcels": "grpc",
        "bank": "soap",
        "pricing": "lambda",
    }
    assert upstreams["parcels"]["grpc"] == demo.parcels
    assert upstreams["pricing"]["url"] == demo.pricing


async def test_descriptions_are_where_the_configuration_says() -> None:
    """Each description can be read as soon as the block is entered."""
    async with Demo() as demo, httpx.AsyncClient() as client:
        upstreams = yaml.safe_load(demo.config)["upstreams"]
        openapi = await client.get(upstreams["shop"]["openapi"])
        wsdl = await client.get(upstreams["bank"]["soap"])

    assert openapi.json()["info"]["title"] == "Tea shop"
    assert "wsdl:definitions" in wsdl.text


def test_the_types_are_where_the_configuration_says() -> None:
    """The types of the Lambda function are a file, wherever the process was started."""
    pricing = yaml.safe_load(Demo().config)["upstreams"]["pricing"]

    assert Path(pricing["types"]).is_absolute()
    assert "quote(" in Path(pricing["types"]).read_text()


async def test_ports_are_released() -> None:
    """After the block nobody listens any more, and the ports are free."""
    async with Demo() as demo:
        taken = ports(demo)

    assert len(set(taken)) == 4
    for port in taken:
        bind(port)


async def test_no_task_is_left() -> None:
    """After the block there are no tasks but the ones from before."""
    before = asyncio.all_tasks()

    async with Demo():
        pass

    assert asyncio.all_tasks() == before


async def test_it_stops_with_clients_connected() -> None:
    """Idle connections and open streams do not hold it up."""
    async with httpx.AsyncClient() as client, asyncio.timeout(None) as limit:
        async with Demo() as demo:
            await client.get(f"{demo.shop}/products")
            channel = grpc.aio.insecure_channel(demo.parcels)
            stream: Any = channel.stream_stream(REFLECTION)()
            await stream.write(b"")
            await stream.read()
            limit.reschedule(asyncio.get_running_loop().time() + SECONDS_TO_STOP)
        await channel.close()


async def test_it_stops_when_its_task_is_cancelled() -> None:
    """Cancelling the task that runs it stops the servers in order."""
    running = asyncio.Event()
    taken: list[int] = []

    async def run() -> None:
        async with Demo() as demo:
            taken.extend(ports(demo))
            running.set()
            await asyncio.Event().wait()

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(run())
        await running.wait()
        task.cancel()

    assert task.cancelled()
    for port in taken:
        bind(port)


async def test_two_at_once() -> None:
    """Two demos are strangers: an order placed in one is not in the other."""
    async with Demo() as one, Demo() as other, httpx.AsyncClient() as client:
        wanted = {"customerId": 101, "lines": [{"sku": "cup"}]}
        placed = await client.post(f"{one.shop}/orders", json=wanted)
        found = await client.get(f"{other.shop}{placed.headers['location']}")

    assert found.status_code == 404


async def test_the_query_asks_all_four(tmp_path: Path) -> None:
    """One order leads to all the backends, and to nothing that is missing."""
    async with Demo() as demo, gateway(demo.config, tmp_path) as asking:
        body = await asking.query(QUERY)

    assert "errors" not in body
    order = body["data"]["getOrder"]
    assert order["customer"]["account"]["balance"] == "2225.70"
    assert len(order["parcels"]) == 2
    assert [line["quote"]["total"] for line in order["lines"]] == ["43.50", "47.00"]


def test_the_query_as_a_command() -> None:
    """A shell reads the command back as one URL, one header and one JSON body."""
    words = shlex.split(curl("http://127.0.0.1:4000/graphql"))

    body = yaml.safe_load(words[-1])
    assert words[:2] == ["curl", "http://127.0.0.1:4000/graphql"]
    assert parse(body["query"]).to_dict(locations=False) == parse(QUERY).to_dict(locations=False)
