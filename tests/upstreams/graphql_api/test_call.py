"""Calls to a running API: what is sent, and what becomes of the answer."""

import json
from collections.abc import AsyncIterator, Mapping
from decimal import Decimal
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from tests.backends.asgi import served
from tests.backends.graphql_api import Api
from tests.backends.talk import Stale, talking
from tests.upstreams.graphql_api.asking import Asking, asking, catalog
from upstreams import steps
from upstreams.errors import BadInput, CallError, Malformed, Refused, Unreachable
from upstreams.kind import Explains, Partial
from upstreams.shape import Shapes

TICKING = "type Query { a: Int } type Subscription { ticks(to: Int): Int }"
PLAIN = """
type Query {
  a(n: Long, amount: Decimal, many: [Big!], any: JSON, raw: Bytes): Thing
  b: Int
}
type Mutation { c: Int! }
type Thing { name: String! lives: Int! again(n: Long): Thing other: Either }
type Cat { name: String! lives: Int }
union Either = Cat | Thing
input Big { n: BigInt! }
scalar Long
scalar BigInt
scalar Decimal
scalar JSON
scalar Bytes
"""


class Fixed:
    """A server with one answer, which keeps what it was sent."""

    def __init__(self, answer: Response) -> None:
        self._answer = answer
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[Mapping[str, str]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        self.bodies.append(json.loads(await request.body()))
        self.headers.append(dict(request.headers))
        await self._answer(scope, receive, send)


@pytest.fixture
async def api() -> AsyncIterator[Asking]:
    """A client of a Strawberry API."""
    async with served(Api()) as url, asking(url) as one:
        yield one


async def answered(response: Response, name: str = "b", **arguments: Any) -> Any:
    """What a function gives when the API answers so."""
    async with served(Fixed(response)) as url, asking(url, catalog(PLAIN)) as one:
        return await one.ask(name, **arguments)


async def failed(response: Response, name: str = "b") -> CallError:
    """What goes wrong when the API answers so."""
    async with served(Fixed(response)) as url, asking(url, catalog(PLAIN)) as one:
        with pytest.raises(CallError) as caught:
            await one.ask(name)
    return caught.value


async def sent(*selection: str, name: str = "a", **arguments: Any) -> dict[str, Any]:
    """What goes out."""
    fixed = Fixed(JSONResponse({"data": {name: None}}))
    async with served(fixed) as url, asking(url, catalog(PLAIN)) as one:
        await one.ask(name, *selection, **arguments)
    return fixed.bodies[0]


async def test_only_what_is_selected_comes(api: Asking) -> None:
    """And below it only what is selected there."""
    assert await api.ask("customer", "name", "orders.id", id="7") == {
        "name": "Customer 7",
        "orders": [{"id": "7-0"}, {"id": "7-1"}],
    }


async def test_a_field_is_asked_twice_with_different_arguments(api: Asking) -> None:
    """Each value stands under the key of its step."""
    one = steps.written("orders", "orders_1", {"first": 1})
    down = steps.written("orders", "orders_2", {"first": 2, "sort": "DOWN"})

    assert await api.ask("customer", f"{one}.id", f"{down}.id", id="7") == {
        "orders_1": [{"id": "7-0"}],
        "orders_2": [{"id": "7-1"}, {"id": "7-0"}],
    }


async def test_members_of_a_union_say_which_they_are(api: Asking) -> None:
    """A field of two types comes under the one name that it was asked by."""
    found = await api.ask("search", "title", "minutes", "total")

    assert found == [
        {"__typename": "Order", "title": "Order 1", "total": "1.10"},
        {"__typename": "Film", "title": None, "minutes": 90},
    ]


async def test_queries_are_asked_again() -> None:
    """Where a connection turns out to be closed, over another."""
    backend = Stale(b'{"data": {"b": 1}}', "application/json")

    async with talking(backend) as address, asking(f"http://{address}", catalog(PLAIN)) as one:
        found = [await one.ask("b") for _ in range(2)]

    assert (found, len(backend.bodies)) == ([1, 1], 3)


async def test_mutations_are_not_asked_again() -> None:
    """The API may have acted on what it took before it closed the connection."""
    backend = Stale(b'{"data": {"c": 1}}', "application/json")

    async with talking(backend) as address, asking(f"http://{address}", catalog(PLAIN)) as one:
        await one.ask("c")
        with pytest.raises(Unreachable, match="without an answer"):
            await one.ask("c")

    assert len(backend.bodies) == 2


async def test_mutations_take_inputs(api: Asking) -> None:
    """As objects."""
    found = await api.ask("addCustomer", "name", "born", input={"name": "Ann"})

    assert found == {"name": "Ann", "born": "2000-01-01"}


async def test_headers_of_settings_and_clients(api: Asking) -> None:
    """A client's outrank the operator's, as with every kind."""
    async with served(Api()) as url, asking(url, headers={"X-A": "1", "X-B": "1"}) as one:
        call = one.call("headers", headers={"x-b": "2"}, names=["x-a", "x-b", "user-agent"])
        assert await one.client.call(call) == ["1", "2", ""]


async def test_numbers_that_readers_would_round_are_texts() -> None:
    """Others are numbers, which every API takes."""
    body = await sent(
        n=2**53, amount=Decimal("1.10"), many=[{"n": 2**70}, {"n": 5}], any={"n": 2**60}, raw=b"\0"
    )

    assert body["variables"] == {
        "n": "9007199254740992",
        "amount": "1.10",
        "many": [{"n": "1180591620717411303424"}, {"n": 5}],
        "any": {"n": 2**60},
        "raw": "AA==",
    }
    assert (await sent(n=7, amount=Decimal("1.5")))["variables"] == {"n": 7, "amount": 1.5}


async def test_null_is_not_absence() -> None:
    """What was not given is not mentioned."""
    body = await sent("name", n=None)

    assert body == {"query": "query a($n: Long) { a(n: $n) { name } }", "variables": {"n": None}}


async def test_arguments_below_the_root_are_written_as_those_of_the_root() -> None:
    """Long integers as text."""
    step = steps.written("again", "again_1", {"n": 2**60})

    body = await sent(f"{step}.name")

    assert body["query"] == "query a($_0: Long) { a { again_1: again(n: $_0) { name } } }"
    assert body["variables"] == {"_0": str(2**60)}


@pytest.mark.parametrize("value", ["\ud800", {"a": object()}])
async def test_what_json_cannot_say_is_not_sent(value: Any) -> None:
    """Half a character, for one."""
    async with asking("http://127.0.0.1:1/", catalog(PLAIN)) as one:
        with pytest.raises(BadInput):
            await one.ask("a", any=value)


async def test_a_field_that_is_null_for_a_reason_is_an_error() -> None:
    """With the API's own code, and its words for those who may see them."""
    errors = [
        {"message": "only for members", "path": ["b"], "extensions": {"code": "FORBIDDEN"}},
        {"message": "and not today"},
    ]

    error = await failed(JSONResponse({"data": {"b": None}, "errors": errors}))

    assert isinstance(error, Refused)
    assert error.message == "the API refused with FORBIDDEN"
    assert error.details == {"upstreamCode": "FORBIDDEN"}
    assert error.told == "only for members; and not today"
    assert not error.retryable


async def test_null_without_a_reason_is_null() -> None:
    """There was nothing."""
    assert await answered(JSONResponse({"data": {"b": None}})) is None


@pytest.mark.parametrize(
    ("path", "data"),
    [
        (["a", "name"], {"name": "x"}),
        (["a", "other", 0], {"name": None}),
        (["b"], {"name": None}),
        ([], {"name": None}),
        (["a", 0], {"name": None}),
    ],
)
@pytest.mark.parametrize("told", [{}, {"showMessages": True}])
async def test_errors_that_make_nothing_null_are_told_beside_the_value(
    told: dict[str, bool], path: list[Any], data: dict[str, Any]
) -> None:
    """Where they are and their codes; their words only where the settings show them."""
    error = {"message": "secret", "path": path, "extensions": {"code": "NO", "at": "x"}}
    fixed = Fixed(JSONResponse({"data": {"a": data}, "errors": [error]}))
    async with served(fixed) as url, asking(url, catalog(PLAIN), **told) as one:
        call = one.call("a", "name")
        value = await one.client.call(call)

    assert value == data
    shown = {"path": path, "code": "NO", **({"message": "secret"} if told else {})}
    assert call.aside.extensions == {"errors": [shown]}


@pytest.mark.parametrize(("told", "words"), [({}, None), ({"showMessages": True}, "secret")])
async def test_errors_stand_where_they_made_something_null(
    told: dict[str, bool], words: str | None
) -> None:
    """At the null that is nearest to the root; a second one at the same place is told beside it."""
    error = {"message": "secret", "path": ["a", "name", 0], "extensions": {"code": "NO"}}
    again = {"message": "again", "path": ["a", "name"]}
    fixed = Fixed(JSONResponse({"data": {"a": {"name": None}}, "errors": [error, again]}))
    async with served(fixed) as url, asking(url, catalog(PLAIN), **told) as one:
        call = one.call("a", "name")
        value = await one.client.call(call)

    assert isinstance(value, Partial)
    assert value == {"name": None}
    assert value.failures["name"].told == words
    assert value.failures["name"].details == {"upstreamCode": "NO"}
    assert [one["path"] for one in call.aside.extensions["errors"]] == [["a", "name"]]


@pytest.mark.parametrize(
    "errors", ["no", 7, {"message": "no"}, ["no"], [{"message": 7, "path": "x", "extensions": []}]]
)
async def test_errors_that_are_none_of_graphql_are_errors(errors: Any) -> None:
    """Whatever they look like."""
    error = await failed(JSONResponse({"errors": errors}))

    assert isinstance(error, Refused)
    assert error.message == "the API refused"


@pytest.mark.parametrize(
    ("response", "status", "after"),
    [
        (PlainTextResponse("busy", 503, {"retry-after": "7"}), 503, {"retryAfter": 7}),
        (JSONResponse({"errors": ["x"]}, 429, {"retry-after": "7"}), 429, {"retryAfter": 7}),
        (JSONResponse({"error": "x"}, 400), 400, {}),
    ],
)
async def test_statuses_that_are_no_success(
    response: Response, status: int, after: dict[str, int]
) -> None:
    """They say more than the errors that come with them."""
    error = await failed(response)

    assert isinstance(error, Refused)
    assert (error.status, error.retryable) == (status, bool(after))
    assert error.details == after


@pytest.mark.parametrize(
    "response",
    [
        PlainTextResponse("<html>"),
        PlainTextResponse(""),
        JSONResponse({}),
        JSONResponse({"data": {}}),
        JSONResponse({"data": [1]}),
        JSONResponse([]),
        PlainTextResponse('{"data": {"b": ' + "[" * 100_000),
        Response(b'{"data": {"b": "\xff"}}'),
    ],
)
async def test_answers_that_are_none(response: Response) -> None:
    """The message is ours; nothing of the answer is in it."""
    assert isinstance(await failed(response), Malformed)


async def test_an_answer_that_is_too_large() -> None:
    """It is not read to its end."""
    large = JSONResponse({"data": {"b": "x" * 5000}})
    async with (
        served(Fixed(large)) as url,
        asking(url, catalog(PLAIN), maxResponse=1000) as one,
    ):
        with pytest.raises(Malformed, match="limit of 1000"):
            await one.ask("b")


async def test_digits_are_kept() -> None:
    """Of numbers that are read as values."""
    found = await answered(PlainTextResponse('{"data": {"b": 1.10}}'))

    assert str(found) == "1.10"


async def test_an_answer_is_handed_out_as_it_came() -> None:
    """Plans read its text themselves."""
    response = PlainTextResponse('{"data": {"a": {"name":  "x"}}, "extensions": {"cost": 1}}')
    async with served(Fixed(response)) as url, asking(url, catalog(PLAIN)) as one:
        assert isinstance(one.client, Shapes)
        answer = await one.client.fetch(one.call("a", "name"))

    assert getattr(answer, "body", None) == b'{"name":  "x"}'


async def test_what_came_beside_an_answer_is_noted(api: Asking) -> None:
    """For links, and for logs."""
    call = api.call("customer", "name", id="1")

    await api.client.call(call)

    assert call.aside.method == "POST"
    assert call.aside.status == 200
    assert call.aside.headers["content-type"] == "application/json"


async def test_a_schema_alone_cannot_be_called() -> None:
    """The error says what is missing."""
    async with asking("/some/schema.graphql", catalog(PLAIN)) as one:
        with pytest.raises(Unreachable, match="set `url`") as caught:
            await one.ask("b")

    assert not caught.value.retryable


async def test_a_call_is_explained() -> None:
    """As a command, in which no secret stands."""
    told = {"headers": {"authorization": "Bearer abc", "x-key": "abc"}}
    async with asking("http://127.0.0.1:1/graphql", catalog(PLAIN), **told) as one:
        assert isinstance(one.client, Explains)
        explained = await one.client.explain(one.call("a", "name", n=7))

    assert explained.words[0] == "curl"
    assert "http://127.0.0.1:1/graphql" in explained.words
    assert (
        '{"query":"query a($n: Long) { a(n: $n) { name } }","variables":{"n":7}}' in explained.words
    )
    assert "abc" not in " ".join(explained.words)


@pytest.mark.parametrize("way", ["websocket", "auto"])
async def test_a_subscription_over_a_websocket_is_explained(way: str) -> None:
    """As what opens the line, and what is said then; `curl` cannot speak it."""
    told = {
        "subscriptions": way,
        "subscriptionsUrl": "wss://ann:abc@127.0.0.1:1/events",
        "headers": {"x-key": "abc"},
        "connectionInit": {"token": "abc"},
    }
    async with asking("http://127.0.0.1:1/graphql", catalog(TICKING), **told) as one:
        assert isinstance(one.client, Explains)
        explained = await one.client.explain(one.call("ticks", to=3))

    assert explained.words == (
        *("websocat", "--protocol", "graphql-transport-ws", "-H", "x-key: ***"),
        "wss://***@127.0.0.1:1/events",
    )
    said = '{"query":"subscription ticks($to: Int) { ticks(to: $to) }","variables":{"to":3}}'
    assert f'"type":"subscribe","payload":{said}' in explained.note
    assert "abc" not in explained.note
