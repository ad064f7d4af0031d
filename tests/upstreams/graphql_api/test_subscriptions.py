"""Subscriptions, over WebSockets and as server-sent events, to servers of several makers."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest
import websockets
from websockets.asyncio.server import ServerConnection

from tests.backends import graphql_api
from tests.backends.asgi import served
from tests.backends.graphql_api import Api
from tests.backends.process import LOOPBACK, free_port
from tests.backends.talk import hanging, saying, talking
from tests.upstreams.graphql_api.asking import Asking, asking, catalog
from upstreams.errors import CallError, Malformed, Refused, TimedOut, Unreachable
from upstreams.kind import Streams

TICKS = catalog("type Query { a: Int } type Subscription { ticks: Int! }")
PROTOCOL = websockets.Subprotocol("graphql-transport-ws")
WORD = {"word": "sesame"}


@pytest.fixture(scope="module")
def yoga() -> Iterator[str]:
    """GraphQL Yoga's API."""
    with graphql_api.yoga() as server:
        yield f"{server.url}/graphql"


@pytest.fixture(scope="module")
def graphql_ws() -> Iterator[str]:
    """The API of graphql-http and graphql-ws."""
    with graphql_api.graphql_ws() as server:
        yield f"{server.url}/graphql"


@asynccontextmanager
async def saying_by_socket(
    say: Callable[[ServerConnection], Awaitable[None]],
) -> AsyncIterator[str]:
    """A server that has agreed on the protocol, and goes on as it is told."""

    async def talk(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send('{"type":"connection_ack"}')
        await connection.recv()
        await say(connection)

    async with websockets.serve(talk, LOOPBACK, 0, subprotocols=[PROTOCOL]) as server:
        yield "ws://{}:{}".format(*next(iter(server.sockets)).getsockname())


async def failing(one: Asking, name: str = "ticks") -> CallError:
    """How a subscription ends that goes wrong."""
    with pytest.raises(CallError) as caught:
        async with asyncio.timeout(5):
            await one.heard(name)
    return caught.value


@pytest.mark.real
@pytest.mark.parametrize("way", ["auto", "sse"])
async def test_yoga_sends_events(yoga: str, way: str) -> None:
    """It takes no WebSockets, which `auto` finds out."""
    async with asking(yoga, subscriptions=way) as one:
        assert await one.heard("counted", to=3) == [0, 1, 2]
        assert await one.heard("added", "title", "added", "minutes") == [
            {"__typename": "Book", "title": "Book 1", "added": "2024-02-29T12:30:00Z"},
            {"__typename": "Film", "title": "Film f1", "added": None, "minutes": 90},
        ]


@pytest.mark.real
@pytest.mark.parametrize("way", ["auto", "websocket"])
async def test_graphql_ws_takes_sockets(graphql_ws: str, way: str) -> None:
    """After it has been told the word."""
    async with asking(graphql_ws, subscriptions=way, connectionInit=WORD) as one:
        assert await one.heard("counted", to=3) == [0, 1, 2]
        assert len(await one.heard("added", "title", "minutes")) == 2


@pytest.mark.real
async def test_graphql_ws_without_the_word(graphql_ws: str) -> None:
    """A refusal is no reason to try events."""
    async with asking(graphql_ws) as one:
        error = await failing(one, "forever")

    assert isinstance(error, Refused)
    assert (error.status, error.told) == (4403, "Forbidden")


@pytest.mark.real
@pytest.mark.parametrize("made", ["yoga", "graphql_ws"])
async def test_a_subscription_that_is_refused(made: str, request: pytest.FixtureRequest) -> None:
    """With the API's code, on both ways."""
    async with asking(request.getfixturevalue(made), connectionInit=WORD) as one:
        error = await failing(one, "broken")

    assert isinstance(error, Refused)
    assert (error.details, error.told) == ({"upstreamCode": "CLOSED"}, "not today")


@pytest.mark.real
@pytest.mark.parametrize("made", ["yoga", "graphql_ws"])
async def test_the_other_functions_of_real_servers(
    made: str, request: pytest.FixtureRequest
) -> None:
    """Inputs, `@oneOf`, scalars of their own, batches, errors."""
    async with asking(request.getfixturevalue(made)) as one:
        assert await one.ask("work", "title", which={"title": "Film f1"}) == {
            "__typename": "Film",
            "title": "Film f1",
        }
        assert await one.ask("books", "id", ids=["1", "none"]) == [None, {"id": "1"}]
        assert await one.ask("shelf", of={"any": [1]}) == {"any": [1]}
        with pytest.raises(Refused) as caught:
            await one.ask("forbidden")

    assert caught.value.details == {"upstreamCode": "FORBIDDEN"}


async def test_strawberry_is_listened_to() -> None:
    """Over a WebSocket."""
    async with served(Api()) as url, asking(url) as one:
        assert await one.heard("counted", to=3) == [0, 1, 2]
        assert await one.heard("added", "name") == [{"name": f"Customer {n}"} for n in range(3)]


async def test_who_goes_is_missed() -> None:
    """The backend stops when nobody listens any more."""
    api = Api()
    async with served(api) as url, asking(url) as one:
        assert await one.heard("forever", most=2) == [1, 1]

        async with asyncio.timeout(5):
            await api.left.wait()


async def test_subscriptions_elsewhere() -> None:
    """`subscriptionsUrl` is where they are."""
    nowhere = f"http://{LOOPBACK}:{free_port()}"
    async with served(Api()) as url, asking(url) as known:
        there = url.replace("http", "ws")
        async with asking(nowhere, known.catalog, subscriptionsUrl=there) as one:
            assert await one.heard("counted", to=2) == [0, 1]


async def test_pings_are_answered() -> None:
    """Or the backend would go."""

    async def say(connection: ServerConnection) -> None:
        await connection.send('{"type":"ping"}')
        heard = json.loads(await connection.recv())
        payload = {"data": {"ticks": 1 if heard == {"type": "pong"} else 0}}
        await connection.send(json.dumps({"id": "1", "type": "next", "payload": payload}))
        await connection.send('{"id":"1","type":"complete"}')

    async with saying_by_socket(say) as url, asking(url.replace("ws", "http"), TICKS) as one:
        assert await one.heard("ticks") == [1]


@pytest.mark.parametrize(
    ("frame", "error"),
    [
        ("no JSON", Malformed),
        ('{"id":"1","type":"next","payload":7}', Malformed),
        ('{"id":"1","type":"next","payload":{"data":{"ticks":"' + "x" * 5000 + '"}}}', Malformed),
        ('{"id":"1","type":"next","payload":{"errors":[{"message":"no"}]}}', Refused),
        ('{"id":"1","type":"error","payload":[{"message":"no"}]}', Refused),
        ('{"id":"1","type":"other"}', Unreachable),
    ],
)
async def test_what_backends_say_wrong_by_socket(frame: str, error: type[CallError]) -> None:
    """Each is one of ours; a connection that ends too soon is, too."""
    told = {"subscriptions": "websocket", "maxResponse": 1000}
    async with (
        saying_by_socket(lambda connection: connection.send(frame)) as url,
        asking(url.replace("ws", "http"), TICKS, **told) as one,
    ):
        assert type(await failing(one)) is error


@pytest.mark.parametrize("code", [4400, 4401, 4403, 4429])
async def test_close_codes_that_say_no(code: int) -> None:
    """The reason is the backend's words."""
    async with (
        saying_by_socket(lambda connection: connection.close(code, "because")) as url,
        asking(url.replace("ws", "http"), TICKS) as one,
    ):
        error = await failing(one)

    assert (type(error), error.status, error.told) == (Refused, code, "because")


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ('event: next\ndata: {"data":{"ticks":1}}\n\nevent: complete\n\n', [1]),
        (
            ': hello\r\n\r\nevent:next\r\ndata:{"data":\r\ndata: {"ticks":2}}\r\n\r\n'
            "event:complete\r\n\r\n",
            [2],
        ),
        (
            'data: {"data":{"ticks":3}}\r\revent: other\rdata: x\r\revent: complete\rdata:\r\r\n',
            [3],
        ),
    ],
)
async def test_events_are_read_as_they_are_written(body: str, found: list[Any]) -> None:
    """Comments, all ends of lines, data in several lines, names that nobody knows."""
    answer = saying("200 OK\r\ncontent-type: text/event-stream", body.encode())
    async with (
        talking(answer) as address,
        asking(f"http://{address}", TICKS, subscriptions="sse") as one,
    ):
        assert await one.heard("ticks") == found


@pytest.mark.parametrize(
    ("head", "body", "error"),
    [
        ("200 OK\r\ncontent-type: text/event-stream", b"data: {\n\n", Malformed),
        ("200 OK\r\ncontent-type: text/event-stream", b"data: " + b"x" * 5000, Malformed),
        ("200 OK\r\ncontent-type: text/event-stream", b"", Unreachable),
        ("200 OK\r\ncontent-type: application/json", b'{"errors":[{"message":"no"}]}', Refused),
        ("200 OK\r\ncontent-type: text/html", b"<html>", Malformed),
        ("403 No\r\ncontent-type: application/json", b'{"errors":[{"message":"no"}]}', Refused),
        ("404 No\r\ncontent-type: text/html", b"<html>", Refused),
    ],
)
async def test_what_backends_say_wrong_in_events(
    head: str, body: bytes, error: type[CallError]
) -> None:
    """Each is one of ours."""
    told = {"subscriptions": "sse", "maxResponse": 1000}
    async with (
        talking(saying(head, body)) as address,
        asking(f"http://{address}", TICKS, **told) as one,
    ):
        assert type(await failing(one)) is error


@pytest.mark.parametrize("way", ["websocket", "sse"])
async def test_a_backend_that_says_nothing(way: str) -> None:
    """It has as long as a call has."""
    async with (
        talking(hanging) as address,
        asking(f"http://{address}", TICKS, subscriptions=way, timeout=0.2) as one,
    ):
        assert isinstance(await failing(one), TimedOut)


@pytest.mark.parametrize("way", ["auto", "websocket", "sse"])
async def test_a_backend_that_is_not_there(way: str) -> None:
    """The error keeps the address to itself."""
    port = free_port()
    async with asking(f"http://{LOOPBACK}:{port}", TICKS, subscriptions=way) as one:
        error = await failing(one)

    assert type(error) is Unreachable
    assert error.retryable
    assert str(port) not in error.message


async def test_redirects_of_sockets_are_not_followed() -> None:
    """They could lead anywhere, with our headers."""
    async with talking(hanging) as elsewhere:
        head = f"302 Found\r\nlocation: http://{elsewhere}/"
        async with (
            talking(saying(head)) as address,
            asking(f"http://{address}", TICKS, subscriptions="websocket") as one,
        ):
            error = await failing(one)

    assert isinstance(error, Unreachable)
    assert not error.retryable


async def test_messages_wait_for_a_slow_listener() -> None:
    """Nothing is read ahead beyond a few."""
    sent = 0

    async def say(connection: ServerConnection) -> None:
        nonlocal sent
        message = json.dumps({"id": "1", "type": "next", "payload": {"data": {"ticks": 1}}})
        while True:
            await connection.send(message + " " * 100_000)
            sent += 1

    async with saying_by_socket(say) as url, asking(url.replace("ws", "http"), TICKS) as one:
        assert isinstance(one.client, Streams)
        async with aclosing(one.client.stream(one.call("ticks"))) as stream:
            await anext(stream)
            held = -1
            while held != sent:
                held = sent
                for _ in range(200):
                    await asyncio.sleep(0)

    assert sent < 2000
