"""Events from backends to subscriptions, through the door at which backends knock."""

import asyncio
import gzip
import json
import logging
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.config import ConfigError
from app.config.model import Events
from app.config.read import loads
from app.events import Hub
from app.telemetry import JsonFormatter
from tests.app.calling import (
    ELSEWHERE,
    NEW_PET,
    ON_DATA,
    ON_PAID,
    SECRET,
    Calling,
    calling,
    data,
    described,
    path,
)
from tests.app.graphql.sockets import begin, connected, heard, subscribe
from tests.app.served import Asking
from tests.backends.asgi import served
from tests.backends.process import free_port, serve
from tests.backends.rest import rest
from upstreams.errors import Unreachable
from upstreams.kind import Event, Receipt
from upstreams.model import Effect, Flow, Function, Scalar, ScalarKind

FIELDS = '{ __type(name: "Query") { fields { name } } }'
JSON = Scalar(ScalarKind.JSON)
CALLBACK = Function("onData", "onData", Effect.WRITE, JSON, None, flow=Flow.EVENTS)
WEBHOOK = Function("newPet", "newPet", Effect.READ, JSON, None, flow=Flow.EVENTS, standing="newPet")


def standing(name: str = "newPet") -> str:
    """The address of a webhook of the upstream, as `splice discover` shows it."""
    hub = Hub(Events(url=ELSEWHERE, secret=SECRET))
    return hub.standing("shop", Function(name, name, Effect.READ, JSON, None, standing=name))


async def test_a_callback_feeds_a_subscription(tmp_path: Path) -> None:
    """The backend is told a signed address; what it says there arrives, and is acknowledged."""
    async with calling(tmp_path) as one, one.subscribed(ON_DATA) as socket:
        address = await one.address()

        answers = [await one.call(f"{address}/data", json={"value": n}) for n in (1, 2)]
        events = [await data(socket) for _ in range(2)]

    assert address.startswith(f"{ELSEWHERE}/events/shop/onData/")
    assert [answer.status_code for answer in answers] == [202, 202]
    assert events == [{"onData": {"value": 1}}, {"onData": {"value": 2}}]


async def test_an_address_within_a_body(tmp_path: Path) -> None:
    """It is put where the expression says; a client has no argument for it."""
    async with calling(tmp_path) as one, one.subscribed(ON_PAID) as socket:
        address = await one.address()

        answer = await one.call(address, json={"amount": 7})
        event = await data(socket)
        refused = await one.asking.query(
            'subscription { onPaid(input: {item: "a", notify: {url: "b"}}) { amount } }'
        )

    assert (answer.status_code, event) == (200, {"onPaid": {"amount": 7}})
    assert one.bodies == [{"item": "tea", "notify": {"retries": 2, "url": address}}]
    assert "unknown field 'url'" in refused["errors"][0]["message"]


async def test_server_sent_events(tmp_path: Path) -> None:
    """The same over HTTP."""
    accept = {"accept": "text/event-stream"}
    async with calling(tmp_path) as one:
        stream = one.asking.http.stream("POST", "/graphql", json={"query": ON_DATA}, headers=accept)
        async with stream as answer:
            await one.call(f"{await one.address()}/data", json={"value": 1})

            lines = answer.aiter_lines()
            found = [line async for line in _until(lines, "data: {")]

    assert found[-1] == 'data: {"data":{"onData":{"value":1}}}'


async def test_everybody_who_subscribes_hears_a_webhook(tmp_path: Path) -> None:
    """At one address that does not change; each request of it feeds its own field."""
    deleted = "subscription { newPetDelete { id } }"
    async with (
        calling(tmp_path) as one,
        one.subscribed(NEW_PET) as first,
        one.subscribed(NEW_PET) as second,
        one.subscribed(deleted) as third,
    ):
        await one.listening(standing())
        answer = await one.call(standing(), method="DELETE", params={"id": 7})

        events = [await data(socket) for socket in (first, second, third)]

    assert answer.status_code == 204
    assert events == [
        {"newPet": {"name": "nobody"}},
        {"newPet": {"name": "nobody"}},
        {"newPetDelete": {"id": 7}},
    ]


async def test_a_webhook_nobody_hears_is_taken(tmp_path: Path) -> None:
    """Its sender has done nothing wrong."""
    async with calling(tmp_path) as one:
        answer = await one.call(standing(), json={"name": "rex"})

    assert answer.status_code == 204


async def test_what_else_comes_to_the_address_of_a_callback(tmp_path: Path) -> None:
    """Another callback's request is acknowledged; what nothing declares is not there."""
    async with calling(tmp_path) as one, one.subscribed(ON_DATA) as socket:
        address = await one.address()

        ended = await one.call(f"{address}/end?x=1", json={"why": "over"})
        astray = await one.call(f"{address}/other", json={})
        got = await one.call(f"{address}/data", method="GET")
        await one.call(f"{address}/data?x=1", json={"value": 3})
        event = await data(socket)

    assert (ended.status_code, astray.status_code, got.status_code) == (200, 404, 404)
    assert event == {"onData": {"value": 3}}


async def test_unsubscribing_takes_the_address_away(tmp_path: Path) -> None:
    """What comes afterwards is not there."""
    async with calling(tmp_path) as one:
        async with one.subscribed(ON_DATA) as socket:
            address = await one.address()
            before = await one.call(f"{address}/data", json={"value": 1})
            await heard(socket)
            await socket.send('{"id": "1", "type": "complete"}')
            while (await one.call(f"{address}/data", json={"value": 2})).status_code != 404:
                pass

        after = await one.call(f"{address}/data", json={"value": 3})

    assert (before.status_code, after.status_code) == (202, 404)


async def test_a_refused_subscription_ends_with_the_refusal(tmp_path: Path) -> None:
    """What the backend says to the operation that asks is the error of the field."""
    description = described()
    description["paths"]["/streams"]["post"]["callbacks"]["onData"] = {
        "{$request.query.other}": {"post": {"responses": {"204": {"description": ""}}}}
    }
    parameters = description["paths"]["/streams"]["post"]["parameters"]
    parameters.append({"name": "other", "in": "query", "schema": {"type": "string"}})
    asking = 'subscription { onData(callbackUrl: "refused") }'
    async with calling(tmp_path, description) as one, one.subscribed(asking) as socket:
        message = await heard(socket)

    (error,) = message["payload"]["errors"]
    assert error["extensions"]["code"] == "UPSTREAM_ERROR"
    assert error["extensions"]["status"] == 500


WRONG: Mapping[str, Callable[[str], str]] = {
    "the signature": lambda url: f"{url[:-1]}{'A' if url[-1] != 'A' else 'B'}",
    "the token": lambda url: url.replace("/onData/", "/onData/x"),
    "the name": lambda url: url.replace("/onData/", "/onEnd/"),
    "the upstream": lambda url: url.replace("/shop/", "/bank/"),
    "no signature": lambda url: url.rpartition("/")[0],
    "letters of no alphabet": lambda url: f"{url[:-43]}{'é' * 43}",
    "nothing at all": lambda url: f"{url.partition('/events/')[0]}/events/",
}


@pytest.mark.parametrize("what", WRONG)
async def test_a_forged_address_is_not_there(tmp_path: Path, what: str) -> None:
    """Whatever is wrong with it, the answer is the same."""
    async with calling(tmp_path) as one, one.subscribed(ON_DATA):
        forged = WRONG[what](await one.address())

        answer = await one.call(forged, json={"value": 1})

    assert (answer.status_code, answer.content) == (404, b"")


async def test_a_body_that_cannot_be_read_is_refused_and_ends_nothing(tmp_path: Path) -> None:
    """Its sender is told at once, and the next one arrives."""
    async with calling(tmp_path) as one, one.subscribed(ON_DATA) as socket:
        address = f"{await one.address()}/data"

        broken = await one.call(address, content=b"{", headers={"content-type": "application/json"})
        foreign = await one.call(address, content=b"<a/>", headers={"content-type": "text/xml"})
        coded = await one.call(address, content=b"{}", headers={"content-encoding": "rot13"})
        await one.call(address, json={"value": 4})
        event = await data(socket)

    assert (broken.status_code, foreign.status_code, coded.status_code) == (400, 415, 415)
    assert event == {"onData": {"value": 4}}


async def test_a_body_may_be_compressed(tmp_path: Path) -> None:
    """Within the limit of what it unfolds to."""
    headers = {"content-encoding": "gzip", "content-type": "application/json"}
    async with calling(tmp_path, maxBody="1KiB") as one, one.subscribed(ON_DATA) as socket:
        address = f"{await one.address()}/data"

        bomb = await one.call(address, content=gzip.compress(b" " * 2000), headers=headers)
        await one.call(address, content=gzip.compress(b'{"value":5}'), headers=headers)
        event = await data(socket)

    assert bomb.status_code == 415
    assert event == {"onData": {"value": 5}}


async def test_a_body_over_the_limit_is_refused(tmp_path: Path) -> None:
    """By what arrives, not by what is announced."""
    async with calling(tmp_path, maxBody="1KiB") as one, one.subscribed(ON_DATA):
        address = f"{await one.address()}/data"

        answer = await one.call(address, json={"value": 1, "filling": "x" * 2000})

    assert answer.status_code == 413


async def test_a_body_that_does_not_come_is_not_waited_for(tmp_path: Path) -> None:
    """Its sender is told to be faster."""
    async with calling(tmp_path, timeout="100ms") as one, one.subscribed(ON_DATA):
        address = path(f"{await one.address()}/data").removeprefix("/base")

        status = await _half_sent(one, address)

    assert status == b"HTTP/1.1 408 Request Timeout\r\n"


async def test_a_full_queue_holds_the_sender_of_a_callback_back() -> None:
    """Until what waits is taken; nothing is lost."""
    async with serving(queue=2) as (hub, http), _open(hub, CALLBACK) as (url, messages):
        answers = [await http.post(url, json=n) for n in range(3)]
        first = await anext(messages)
        again = await http.post(url, json=3)
        rest = [await anext(messages) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200, 503]
    assert answers[2].headers["retry-after"] == "1"
    assert (first, again.status_code, rest) == (0, 200, [1, 3])


async def test_a_slow_listener_to_a_webhook_is_let_go_and_holds_up_nobody() -> None:
    """It gets what found room and then an error; another gets everything."""
    async with (
        serving(queue=2) as (hub, http),
        _open(hub, WEBHOOK) as (url, slow),
        _open(hub, WEBHOOK) as (_, quick),
    ):
        answers = []
        for n in range(3):
            answers.append((await http.post(url, json=n)).status_code)
            assert await anext(quick) == n
        kept = [await anext(slow) for _ in range(2)]
        with pytest.raises(Unreachable, match="faster than they were taken"):
            await anext(slow)

    assert (answers, kept) == ([200, 200, 200], [0, 1])


async def test_there_are_only_so_many_subscriptions() -> None:
    """The next one is told so; when one ends, there is room again."""
    async with serving(subscriptions=1) as (hub, _):
        async with _open(hub, CALLBACK):
            with pytest.raises(Unreachable, match="too many"):
                async with _open(hub, WEBHOOK):
                    pass
        async with _open(hub, WEBHOOK) as (url, _):
            assert url


async def test_requests_under_way_count_as_waiting() -> None:
    """So that no more bodies are held than events may wait."""
    async with serving(queue=1) as (hub, http), _open(hub, CALLBACK) as (url, messages):
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def slowly() -> AsyncIterator[bytes]:
            yield b"1"
            begun.set()
            await go_on.wait()

        async with asyncio.TaskGroup() as tasks:
            first = tasks.create_task(http.post(url, content=slowly()))
            await begun.wait()
            while (second := await http.post(url, json=2)).status_code != 503:
                await anext(messages)
            go_on.set()

    assert second.status_code == 503
    assert first.result().status_code == 200


@given(st.text(min_size=1), st.text(min_size=1))
def test_addresses_are_one_to_one_and_plain(one: str, other: str) -> None:
    """No name can pass for another, and none has characters that a proxy rewrites."""
    places = {name: urlsplit(standing(name)).path for name in (one, other)}

    assert len(set(places.values())) == len(places)
    assert all(re.fullmatch(r"/base/events/[\w~/-]+", place, re.ASCII) for place in places.values())


async def test_a_refresh_keeps_subscriptions(tmp_path: Path) -> None:
    """What was subscribed before the schema changed goes on afterwards."""
    async with (
        calling(tmp_path, every="50ms") as one,
        one.subscribed(ON_DATA) as line,
    ):
        address = await one.address()
        one.backend.document["paths"]["/new"] = {
            "get": {"operationId": "new", "responses": {"204": {"description": ""}}}
        }
        while "'new'" not in str(await one.asking.query(FIELDS)):
            pass

        await one.call(f"{address}/data", json={"value": 9})
        event = await data(line)

    assert event == {"onData": {"value": 9}}


async def test_nothing_of_an_event_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither its body nor where it was sent; that it was refused is."""
    caplog.set_level(logging.DEBUG, "app")
    async with calling(tmp_path) as one, one.subscribed(ON_DATA):
        address = await one.address()
        headers = {"content-type": "application/json"}

        await one.call(f"{address}/data", content=b"hunter2", headers=headers)

    said = [json.loads(JsonFormatter().format(record)) for record in caplog.records]
    (refused,) = [line for line in said if line["event"] == "refused event"]
    assert (refused["upstream"], refused["status"]) == ("shop", 400)
    assert not [line for line in said if "hunter2" in str(line) or address[-43:] in str(line)]


def test_events_without_a_place_to_arrive_are_a_mistake() -> None:
    """It is reported where they are asked for."""
    text = "upstreams:\n  shop:\n    openapi: ./shop.yaml\n    events: true\n"

    with pytest.raises(ConfigError) as error:
        loads(text, Path("/somewhere/splice.yaml"), {})

    assert str(error.value) == (
        "/somewhere/splice.yaml:4:13: events arrive nowhere; `server: events:` must be given"
    )


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{url: 'ftp://a', secret: sixteen-or-more!}", "url: an http"),
        ("{url: 'http://u:p@a', secret: sixteen-or-more!}", "url: an http"),
        ("{url: 'http://a', secret: short}", "secret: at least 16"),
        ("{url: 'http://a', secret: sixteen-or-more!, queue: 0}", "queue, subscriptions"),
        ("{url: 'http://a', secret: sixteen-or-more!, timeout: 0s}", "timeout"),
        ("{url: 'http://a'}", "secret must be given"),
    ],
)
def test_settings_that_cannot_be(written: str, said: str) -> None:
    """Each with its reason."""
    with pytest.raises(ConfigError) as error:
        loads(f"server: {{events: {written}}}", Path("splice.yaml"), {})

    assert said in str(error.value)
    assert "short}" not in str(error.value)


def test_events_want_one_process(tmp_path: Path) -> None:
    """Several would each get a part of them; `splice serve` says so and does not start."""
    file = tmp_path / "splice.yaml"
    file.write_text("server: {events: {url: 'http://a', secret: sixteen-or-more!}}")

    ended = _splice("serve", str(file), "--workers", "2")

    assert ended.returncode == 1
    assert ended.stderr == "--workers: events arrive in one process only: give 1\n"


def test_discover_shows_what_to_register(tmp_path: Path) -> None:
    """The address of each webhook, which is the same at every start."""
    (tmp_path / "shop.json").write_text(json.dumps(described()))
    file = tmp_path / "splice.yaml"
    events = f"{{url: '{ELSEWHERE}', secret: '{SECRET}'}}"
    file.write_text(
        f"upstreams: {{shop: {{openapi: ./shop.json, events: true}}}}\nserver: {{events: {events}}}"
    )

    shown = _splice("discover", str(file), "--json").stdout

    (report,) = json.loads(shown)["upstreams"]
    assert report["webhooks"] == [{"webhook": "newPet", "url": standing()}]


async def test_a_gateway_in_a_process_of_its_own(tmp_path: Path) -> None:
    """The backend calls exactly the address that `splice serve` tells it."""
    told: asyncio.Queue[str] = asyncio.Queue()

    async def streams(request: Request) -> Response:
        await told.put(request.query_params["callbackUrl"])
        return JSONResponse({}, 201)

    port = free_port()
    async with rest(described(), streams=streams) as backend:
        file = tmp_path / "splice.yaml"
        file.write_text(f"""
upstreams: {{shop: {{openapi: "{backend.description}", url: "{backend.url}", events: true}}}}
server: {{events: {{url: "http://127.0.0.1:{port}", secret: "{SECRET}"}}}}
""")
        command = [sys.executable, "-m", "app", "serve", str(file), "--port", str(port)]
        with serve(command, port=port) as gateway:
            http = httpx.AsyncClient(base_url=gateway.url)
            async with http, connected(Asking(http)) as socket:
                await begin(socket)
                await subscribe(socket, ON_DATA)
                answer = await http.post(f"{await told.get()}/data", json={"value": 1})
                event = await data(socket)

    assert (answer.status_code, event) == (202, {"onData": {"value": 1}})


def _counted(event: Event) -> Receipt:
    return Receipt(200, (json.loads(event.body),))


@asynccontextmanager
async def _open(hub: Hub, function: Function) -> AsyncIterator[tuple[str, AsyncIterator[Any]]]:
    """A subscription's address, and what arrives there."""
    mailbox = hub.mailbox("shop", function)
    assert mailbox is not None
    with mailbox.open(_counted) as messages:
        yield path(mailbox.url), messages


@asynccontextmanager
async def serving(**settings: int) -> AsyncIterator[tuple[Hub, httpx.AsyncClient]]:
    """A hub under a real server, for what no subscriber can be made to do."""
    hub = Hub(Events(url="http://gateway.example", secret=SECRET, **settings))
    app = Starlette(routes=[Route("/events/{rest:path}", hub)])
    async with served(app) as url, httpx.AsyncClient(base_url=url) as http:
        yield hub, http


async def _half_sent(one: Calling, target: str) -> bytes:
    """The status line for a request whose body never comes."""
    url = one.asking.http.base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    head = f"POST {target} HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n"
    writer.write(head.encode())
    line = await reader.readline()
    writer.close()
    return line


async def _until(lines: AsyncIterator[str], start: str) -> AsyncIterator[str]:
    """The lines up to the first that starts like this."""
    async for line in lines:
        yield line
        if line.startswith(start):
            return


def _splice(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
