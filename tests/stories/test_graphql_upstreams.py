"""GraphQL APIs as upstreams: asked, joined with others, and one gateway behind another."""

from pathlib import Path
from typing import Any

import pytest

from app.demo.run import QUERY, Demo
from tests.app.graphql.sockets import begin, connected, heard, subscribe
from tests.app.served import gateway
from tests.backends.asgi import served
from tests.backends.graphql_api import Api
from tests.backends.rest import NUMBER, TEXT, document, rest, success
from tests.backends.rest import json as gives

QUERIES: dict[str, tuple[str, Any]] = {
    "what is selected": (
        '{ customer(id: 7) { name born orders { id total } } none: customer(id: "none") { id } }',
        {
            "customer": {
                "name": "Customer 7",
                "born": "1990-01-02",
                "orders": [{"id": "7-0", "total": "1.10"}, {"id": "7-1", "total": "1.10"}],
            },
            "none": None,
        },
    ),
    "one field with different arguments": (
        """{ customer(id: 7) {
          first: orders(first: 1) { id }
          down: orders(first: 2, sort: DOWN) { id }
          down: orders(sort: DOWN, first: 2) { title }
          orders { __typename }
        } }""",
        {
            "customer": {
                "first": [{"id": "7-0"}],
                "down": [
                    {"id": "7-1", "title": "Order 7-1"},
                    {"id": "7-0", "title": "Order 7-0"},
                ],
                "orders": [{"__typename": "Order"}, {"__typename": "Order"}],
            }
        },
    ),
    "variables below the root": (
        """query ($n: Int, $by: Sort, $no: Boolean = false) { customer(id: 7) {
          a: orders(first: $n, sort: $by) { id }
          b: orders(first: $n) @include(if: $no) { id }
        } }""",
        {"customer": {"a": [{"id": "7-0"}]}},
    ),
    "members of unions and interfaces": (
        """{
          search { __typename ... on Order { title total } ... on Film { name: title minutes } }
          node { id ... on Film { minutes } }
        }""",
        {
            "search": [
                {"__typename": "Order", "title": "Order 1", "total": "1.10"},
                {"__typename": "Film", "name": None, "minutes": 90},
            ],
            "node": {"id": "2", "minutes": 90},
        },
    ),
    "a mutation": (
        'mutation { addCustomer(input: {name: "Ann"}) { name orders(first: 1) { id } } }',
        {"addCustomer": {"name": "Ann", "orders": [{"id": "9-0"}]}},
    ),
    "exact numbers": ('{ doubled(amount: "1.10") }', {"doubled": "2.20"}),
}


@pytest.mark.parametrize("case", QUERIES)
async def test_queries_are_passed_down(tmp_path: Path, case: str) -> None:
    """Below the root as at it."""
    query, expected = QUERIES[case]

    async with (
        served(Api()) as url,
        gateway(f"upstreams: {{crm: {{graphql: {url}/}}}}", tmp_path) as asking,
    ):
        body = await asking.query(query, {"n": 1, "by": "UP"} if "$n" in query else None)

    assert body == {"data": expected}


FAILING: dict[str, tuple[Any, list[list[str | int]], list[str]]] = {
    "{ one: customer(id: 7) { id hidden: secret } }": (
        {"one": {"id": "7", "hidden": None}},
        [["one", "hidden"]],
        ["customer"],
    ),
    "{ customers(ids: [1, 2]) { id secret } }": (
        {"customers": [{"id": "2", "secret": None}, {"id": "1", "secret": None}]},
        [["customers", 0, "secret"], ["customers", 1, "secret"]],
        ["customers"],
    ),
    "{ customer(id: 7) { orders { buyer { secret } } } }": (
        {"customer": {"orders": [{"buyer": {"secret": None}}, {"buyer": {"secret": None}}]}},
        [
            ["customer", "orders", 0, "buyer", "secret"],
            ["customer", "orders", 1, "buyer", "secret"],
        ],
        ["customer", "customer"],
    ),
    'mutation { addCustomer(input: {name: "Ann"}) { name secret } }': (
        {"addCustomer": {"name": "Ann", "secret": None}},
        [["addCustomer", "secret"]],
        [],
    ),
}


@pytest.mark.parametrize("query", FAILING)
async def test_an_error_inside_a_value_stands_at_its_place(tmp_path: Path, query: str) -> None:
    """The rest arrives, nothing is asked twice; the API's words are shown where settings say so."""
    data, places, asked = FAILING[query]
    api = Api()
    (tmp_path / "graph.graphql").write_text(
        """extend type Order {
          buyer: Customer @call(function: "crm.customer", args: {id: "7"})
        }"""
    )

    async with (
        served(api) as url,
        gateway(
            f"upstreams: {{crm: {{graphql: {url}/, showMessages: true}}}}\n"
            "schema: {extend: graph.graphql}",
            tmp_path,
        ) as asking,
    ):
        body = await asking.query(query)

    assert body["data"] == data
    assert [one["path"] for one in body["errors"]] == places
    assert body["errors"][0]["message"] == "the safe is behind the picture"
    assert body["errors"][0]["extensions"]["code"] == "UPSTREAM_ERROR"
    assert body["errors"][0]["extensions"]["upstream"] == "crm"
    assert "extensions" not in body
    assert [one for one in api.asked if one != "__schema"] == asked


async def test_an_event_tells_its_errors_at_their_places(tmp_path: Path) -> None:
    """The subscription goes on; without `showMessages` the API's words are kept back."""
    async with (
        served(Api()) as url,
        gateway(f"upstreams: {{crm: {{graphql: {url}/}}}}", tmp_path) as asking,
        connected(asking) as socket,
    ):
        await begin(socket)
        await subscribe(socket, "subscription { added { id secret } }")
        events = [await heard(socket) for _ in range(2)]

    assert [one["payload"]["data"]["added"]["id"] for one in events] == ["0", "1"]
    (error,) = events[1]["payload"]["errors"]
    assert error["path"] == ["added", "secret"]
    assert error["message"] == "the API refused"


async def test_arguments_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    """Before anything is asked."""
    async with (
        served(Api()) as url,
        gateway(f"upstreams: {{crm: {{graphql: {url}/}}}}", tmp_path) as asking,
    ):
        body = await asking.query('{ customer(id: 7) { orders(first: "many") { id } } }')
        given = await asking.query(
            "query ($n: Int!) { customer(id: 7) { orders(first: $n) { id } } }", {"n": "many"}
        )

    assert "data" not in body or body["data"] is None
    assert given["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


POSTS = document(
    {
        "/posts": {
            "get": {
                "operationId": "posts",
                "responses": success(
                    {"type": "array", "items": {"$ref": "#/components/schemas/Post"}}
                ),
            }
        }
    },
    Post={"type": "object", "required": ["id"], "properties": {"id": NUMBER, "by": TEXT}},
)
JOINS = """
extend type Post {
  author: Customer @call(function: "crm.customer", args: { id: "$parent.by" })
  another: Customer @call(function: "crm.customers", args: { ids: "$parents.by" })
}
extend type Customer {
  twin: Customer @call(function: "crm.customer", args: { id: "$parent.id" })
}
"""


async def test_a_rest_api_is_joined_with_a_graphql_api(tmp_path: Path) -> None:
    """In batches, because `customers(ids:)` answers for what `customer(id:)` does."""
    (tmp_path / "graph.graphql").write_text(JOINS)
    api = Api()
    posts = gives([{"id": n, "by": f"c{n % 3}"} for n in range(9)])

    async with rest(POSTS, posts=posts) as blog, served(api) as url:
        config = f"""
upstreams: {{blog: {{openapi: '{blog.description}'}}, crm: {{graphql: {url}/}}}}
schema: {{extend: ./graph.graphql}}
"""
        async with gateway(config, tmp_path) as asking:
            body = await asking.query(
                "{ posts { author { name twin { born } } another { orders(first: 1) { id } } } }"
            )

    assert "errors" not in body
    assert body["data"]["posts"][4] == {
        "author": {"name": "Customer c1", "twin": {"born": "1990-01-02"}},
        "another": {"orders": [{"id": "c1-0"}]},
    }
    assert api.asked.count("customers") == 3
    assert "customer" not in api.asked


async def test_a_subscription_is_passed_on(tmp_path: Path) -> None:
    """With what is selected of its messages."""
    async with (
        served(Api()) as url,
        gateway(f"upstreams: {{crm: {{graphql: {url}/}}}}", tmp_path) as asking,
        connected(asking) as socket,
    ):
        await begin(socket)
        await subscribe(socket, "subscription { added { name orders(first: 1) { id } } }")
        messages = [await heard(socket) for _ in range(4)]

    assert messages[0]["payload"]["data"] == {
        "added": {"name": "Customer 0", "orders": [{"id": "0-0"}]}
    }
    assert [one["type"] for one in messages] == ["next", "next", "next", "complete"]


async def test_one_gateway_is_an_upstream_of_another(tmp_path: Path) -> None:
    """Its query gives the same through both, joins, streams and all."""
    (tmp_path / "inner").mkdir()
    (tmp_path / "outer").mkdir()
    async with Demo() as demo, gateway(demo.config, tmp_path / "inner") as inner:
        there = f"{inner.http.base_url}/graphql"
        config = f"upstreams: {{demo: {{graphql: '{there}'}}}}"
        async with gateway(config, tmp_path / "outer") as outer, connected(outer) as socket:
            through_one, through_both = await inner.query(QUERY), await outer.query(QUERY)
            await begin(socket)
            stream = 'subscription { trackParcel(input: { id: "PX-301" }) { status place } }'
            await subscribe(socket, stream)
            first = await heard(socket)

    assert "errors" not in through_both
    assert through_both["data"] == through_one["data"]
    assert first["payload"]["data"]["trackParcel"]["status"]
