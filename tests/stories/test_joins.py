"""Joins over HTTP, gRPC, SOAP and Lambda: what clients get, and what backends are asked for it."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.demo.run import Demo
from tests.app.graphql.sockets import begin, connected, heard, subscribe
from tests.app.served import gateway
from tests.backends.rest import document, rest, success
from tests.stories.test_four_kinds import Backends, backends, keys

__all__ = ["backends", "keys"]

NUMBER = {"type": "integer", "format": "int64"}
TEXT = {"type": "string"}
POST = {"type": "object", "required": ["id"], "properties": {"id": NUMBER, "userId": NUMBER}}
USER = {"type": "object", "required": ["id"], "properties": {"id": NUMBER, "name": TEXT}}
POSTS = [{"id": key, "userId": key % 10} for key in range(100)]


def function(name: str, answer: str, *, many: bool, by: Any = None) -> Any:
    """A GET that gives objects, or one, by the `id` in its query."""
    given = {"$ref": f"#/components/schemas/{answer}"}
    schema = {"type": "array", "items": given} if many else given
    parameters = [{"name": "id", "in": "query", "required": not many, "schema": by}] if by else []
    return {"get": {"operationId": name, "parameters": parameters, "responses": success(schema)}}


POSTS_API = document({"/posts": function("posts", "Post", many=True)}, Post=POST)
ONE = {"/user": function("user", "User", many=False, by=NUMBER)}
MANY = {"/users": function("users", "User", many=True, by={"type": "array", "items": NUMBER})}
EACH = 'function: "crm.user", args: { id: "$parent.userId" }'


async def posts(_: Request) -> Response:
    """All of them."""
    return JSONResponse(POSTS)


async def users(request: Request) -> Response:
    """Those with the numbers asked for, last one first."""
    wanted = sorted(map(int, request.query_params.getlist("id")), reverse=True)
    return JSONResponse([{"id": key, "name": f"user {key}"} for key in wanted])


async def user(request: Request) -> Response:
    """One of them."""
    key = int(request.query_params["id"])
    return JSONResponse({"id": key, "name": f"user {key}"})


@pytest.mark.parametrize(
    ("offered", "call", "users_asked"),
    [
        (MANY, 'function: "crm.users", args: { id: "$parents.userId" }, match: "id"', 1),
        (ONE | MANY, EACH, 1),
        (ONE, EACH, 10),
    ],
    ids=["batched", "batched by itself", "one by one"],
)
@pytest.mark.parametrize(
    "query",
    [
        "{ posts { id user { name } } }",
        "{ a: posts { id user { name } } posts { user { name id } id } }",
    ],
    ids=["one branch", "two branches"],
)
async def test_the_calls_that_a_list_of_a_hundred_takes(
    tmp_path: Path, offered: dict[str, Any], call: str, users_asked: int, query: str
) -> None:
    """With a function for many keys two in all, without one for each key; the same only once."""
    (tmp_path / "graph.graphql").write_text(f"extend type Post {{ user: User @call({call}) }}")

    async with (
        rest(POSTS_API, posts=posts) as blog,
        rest(document(offered, User=USER), users=users, user=user) as crm,
    ):
        config = f"""
upstreams: {{blog: {{openapi: '{blog.description}'}}, crm: {{openapi: '{crm.description}'}}}}
schema: {{extend: ./graph.graphql}}
"""
        async with gateway(config, tmp_path) as asking:
            body = await asking.query(query)

    assert "errors" not in body
    found = [one["user"]["name"] for one in body["data"]["posts"]]
    assert found == [f"user {key % 10}" for key in range(100)]
    assert (len(blog.asked), len(crm.asked)) == (1, users_asked)


async def test_one_customer_leads_through_all_four_backends(tmp_path: Path) -> None:
    """REST, SOAP, gRPC and Lambda, five levels deep, in the demo."""
    query = """{ getCustomer(id: 101) {
      account { transactions { amount order {
        total lines { quote { total } } parcels { id track { place } order { customer { name } } }
      } } }
    } }"""

    async with Demo() as demo, gateway(demo.config, tmp_path) as asking:
        body = await asking.query(query)

    assert "errors" not in body
    paid, first, second = body["data"]["getCustomer"]["account"]["transactions"]
    assert paid["order"] is None
    assert first["order"]["total"] == first["amount"].removeprefix("-") == "83.80"
    assert [one["quote"]["total"] for one in second["order"]["lines"]] == ["43.50", "47.00"]
    names = [one["order"]["customer"]["name"] for one in second["order"]["parcels"]]
    assert names == ["Ada Okafor", "Ada Okafor"]
    places = Counter(one["place"] for one in second["order"]["parcels"][0]["track"])
    assert places == Counter(["Hamburg", "Magdeburg"])


async def test_a_mutation_is_joined_in_the_demo(tmp_path: Path) -> None:
    """What was just placed."""
    mutation = """mutation {
      createOrder(input: {customerId: 102, lines: [{sku: "sencha", quantity: 2}]}) {
        customer { name account { holder } } lines { product { name } }
      }
    }"""

    async with Demo() as demo, gateway(demo.config, tmp_path) as asking:
        body = await asking.query(mutation)

    assert body == {
        "data": {
            "createOrder": {
                "customer": {"name": "Bruno Keller", "account": {"holder": "Bruno Keller"}},
                "lines": [{"product": {"name": "Sencha, first harvest"}}],
            }
        }
    }


TRACKED = """extend type ParcelEvent {
  parcel: Parcel @call(function: "parcels.GetParcel", args: { id: "$parent.parcelId" })
}"""


async def test_every_event_of_a_stream_is_joined_in_the_demo(tmp_path: Path) -> None:
    """From gRPC's to REST and on to SOAP, as it comes."""
    (tmp_path / "tracked.graphql").write_text(TRACKED)
    query = """subscription { trackParcel(input: {id: "PX-303"}) {
      place parcel { order { customer { account { holder } } } }
    } }"""

    async with Demo() as demo:
        config = re.sub(r"extend: (.*)", r"extend: [\1, ./tracked.graphql]", demo.config)
        async with gateway(config, tmp_path) as asking, connected(asking) as socket:
            await begin(socket)
            await subscribe(socket, query)
            events = [await heard(socket) for _ in range(2)]

    assert [one["type"] for one in events] == ["next", "next"]
    found = [one["payload"]["data"]["trackParcel"] for one in events]
    assert len({one["place"] for one in found}) == 2
    holders = [one["parcel"]["order"]["customer"]["account"]["holder"] for one in found]
    assert holders == ["Ada Okafor", "Ada Okafor"]


FOREIGN = """
extend type GetInfoResponse {
  titles: ArrayOfTitle
    @call(function: "hours.GetTitlesById", args: { TitleIds: { string: ["$parent.alias", "b"] } })
  price(of: String!): Float
    @call(function: "stocks.GetLastTradePrice", args: { tickerSymbol: "$args.of" })
  quote: JSON
    @call(function: "pricing.price-quote", args: { input: { sku: "$parent.alias", quantity: 2 } })
  faction: GetFaction
    @call(function: "space.get-faction", args: { factionSymbol: "of-{$parent.alias}" })
}
extend type Title {
  same: Title
    @call(
      function: "hours.GetTitlesById"
      args: { TitleIds: { string: "$parents.Id" } }
      match: "Id"
    )
}
"""


@pytest.mark.real
@pytest.mark.corpus
@pytest.mark.timeout(180)
async def test_backends_that_nobody_here_wrote(
    backends: Backends, keys: None, tmp_path: Path
) -> None:
    """From a gRPC node to SOAP twice, Lambda and REST, with what it said, and a list in one."""
    (tmp_path / "graph.graphql").write_text(FOREIGN)
    query = """{ getInfo {
      titles { Title { Id Value same { Value } } }
      price(of: "DIS") quote faction { data { symbol } }
    } }"""

    config = f"{backends.config()}schema: {{extend: ./graph.graphql}}\n"
    async with gateway(config, tmp_path) as asking:
        body = await asking.query(query)

    assert "errors" not in body
    found = body["data"]["getInfo"]
    assert [(one["Value"], one["same"]) for one in found["titles"]["Title"]] == [
        ("Title <alias-2>", {"Value": "Title <alias-2>"}),
        ("Title <b>", {"Value": "Title <b>"}),
    ]
    assert found["price"] == 3.0
    assert found["quote"]["sku"] == "alias-2"
    assert found["faction"]["data"]["symbol"]
