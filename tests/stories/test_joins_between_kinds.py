"""Joins from every kind to every other, over backends nobody here wrote, call by call.

What is counted is what arrived at the backends; `splice explain` has to have said as much before.
"""

import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

import pytest

from tests.app.served import gateway
from tests.app.test_cli import splice
from tests.backends.aws_lambda import KEYS, REGION, serverless_offline
from tests.backends.grpc import lnd_mock
from tests.backends.openapi import json_server
from tests.backends.process import Server
from tests.backends.relay import Relay, relay
from tests.backends.rest import NUMBER, TEXT, document, success
from tests.backends.soap import TIMESHEETS, node_soap

pytestmark = [pytest.mark.real, pytest.mark.corpus, pytest.mark.timeout(180)]

AUTHORS = 10
POSTS = [{"id": key, "userId": key % AUTHORS + 1} for key in range(1, 101)]
NODES = ("node1_pub-4", "pub_key-2", "other")
"""What the gRPC mock's nodes are called, by its rule, and one that it never speaks of."""
USERS = [
    {"id": key, "name": f"user {key}", "node": NODES[min(key - 1, 2)]}
    for key in range(1, AUTHORS + 1)
]
POST = {"type": "object", "properties": {"id": NUMBER, "userId": NUMBER}}
USER = {"type": "object", "properties": {"id": NUMBER, "name": TEXT, "node": TEXT}}


def _listing(name: str, of: str, **by: Any) -> dict[str, Any]:
    items = {"type": "array", "items": {"$ref": f"#/components/schemas/{of}"}}
    parameters = [
        {"name": key, "in": "query", "schema": {"type": "array", "items": one}}
        for key, one in by.items()
    ]
    return {"get": {"operationId": name, "parameters": parameters, "responses": success(items)}}


BLOG = document(
    {
        "/posts": _listing("posts", "Post", userId=NUMBER),
        "/users": _listing("users", "User", id=TEXT, node=TEXT),
    },
    Post=POST,
    User=USER,
)
TYPES = """
type Query { priceQuote(sku: String, quantity: Int): Quote @lambda(name: "price-quote") }
type Quote { sku: String quantity: Int total: Float }
"""
GRAPH = """
extend type Post {
  author: User @call(function: "blog.users", args: { id: "$parents.userId" }, match: "id")
  heading: Title
    @call(
      function: "hours.GetTitlesById"
      args: { TitleIds: { string: "$parents.userId" } }
      match: "Id"
    )
  channel: ChannelEdge
    @call(function: "lightning.lnrpc.Lightning/GetChanInfo", args: { chan_id: "$parent.userId" })
  price: Quote
    @call(function: "pricing.price-quote", args: { sku: "rope", quantity: "$parent.userId" })
}
extend type User {
  price: Quote @call(function: "pricing.price-quote", args: { sku: "$parent.name" })
}
extend type Title {
  user: User @call(function: "blog.users", args: { id: "$parents.Id" }, match: "id")
  node: NodeInfo
    @call(function: "lightning.lnrpc.Lightning/GetNodeInfo", args: { pub_key: "$parent.Id" })
  price: Quote @call(function: "pricing.price-quote", args: { sku: "$parent.Value", quantity: 1 })
}
extend type ChannelEdge {
  owner: User @call(function: "blog.users", args: { node: "$parents.node1Pub" }, match: "node")
  heading: Title
    @call(
      function: "hours.GetTitlesById"
      args: { TitleIds: { string: "$parents.chanPoint" } }
      match: "Id"
    )
  price: Quote @call(function: "pricing.price-quote", args: { sku: "$parent.node2Pub" })
}
extend type Quote {
  posts: [Post!]
    @call(function: "blog.posts", args: { userId: "$parents.quantity" }, match: "userId")
  heading: Title
    @call(
      function: "hours.GetTitlesById"
      args: { TitleIds: { string: "$parents.quantity" } }
    )
  channel: ChannelEdge
    @call(function: "lightning.lnrpc.Lightning/GetChanInfo", args: { chan_id: "$parent.quantity" })
}
"""


@dataclass(frozen=True, slots=True)
class Four:
    """One running backend of each kind."""

    blog: Server
    lightning: Server
    hours: Server
    pricing: Server


@pytest.fixture(scope="module")
def four() -> Iterator[Four]:
    """All of them, started together."""
    records = {"posts": POSTS, "users": USERS}
    starting = (json_server(records), lnd_mock(), node_soap(), serverless_offline())
    with ExitStack() as stack, ThreadPoolExecutor(len(starting)) as threads:
        yield Four(*threads.map(stack.enter_context, starting))


@dataclass(frozen=True, slots=True)
class Counted:
    """The backends, with something between that sees what reaches them."""

    backends: Four
    relays: dict[str, Relay]
    before: int

    def calls(self) -> Counter[str]:
        """How many each was asked."""
        marks = {
            "blog": b"GET /",
            "hours": f"POST {TIMESHEETS} ".encode(),
            "pricing": b"/invocations ",
        }
        found = {name: self.relays[name].sent.count(mark) for name, mark in marks.items()}
        asked = len(self.backends.lightning.text().splitlines()) - self.before
        return +Counter(found | {"lightning": asked})


@asynccontextmanager
async def counted(four: Four, folder: Path) -> AsyncIterator[Counted]:
    """A configuration over them in the folder, and their calls from here on."""
    (folder / "blog.json").write_text(json.dumps(BLOG))
    (folder / "types.graphql").write_text(TYPES)
    (folder / "graph.graphql").write_text(GRAPH)
    async with (
        relay(four.blog.address) as blog,
        relay(four.hours.address) as hours,
        relay(four.pricing.address) as pricing,
    ):
        (folder / "splice.yaml").write_text(f"""
upstreams:
  blog: {{ openapi: ./blog.json, url: 'http://{blog.address}' }}
  lightning: {{ grpc: '{four.lightning.address}' }}
  hours:
    soap: '{four.hours.url}{TIMESHEETS}?wsdl'
    url: 'http://{hours.address}{TIMESHEETS}'
  pricing:
    lambda: [price-quote]
    region: {REGION}
    types: ./types.graphql
    url: 'http://{pricing.address}'
schema: {{ extend: ./graph.graphql }}
""")
        relays = {"blog": blog, "hours": hours, "pricing": pricing}
        yield Counted(four, relays, len(four.lightning.text().splitlines()))


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials in the environment, where the AWS chain finds them."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)


THERE_AND_BACK = """
{ users { name } posts { heading { user { name } node { totalCapacity } } } }
"""
TWO_BRANCHES = """
{
  a: posts { price { heading { Id } } }
  b: posts { id price { total heading { Value user { name } } } }
}
"""
FROM_SOAP = """
{ getTitlesById(input: {TitleIds: {string: ["1", "2", "3"]}}) {
  Title { user { name } node { numChannels } price { sku } }
} }
"""
FROM_GRPC = """
{ getNodeInfo(input: {pubKey: "x"}) {
  channels { owner { name } heading { Id } price { sku } }
} }
"""
FROM_LAMBDA = """
{ priceQuote(sku: "rope", quantity: 7) {
  posts { id } heading { Id } channel { capacity }
} }
"""


@pytest.mark.parametrize(
    ("query", "items", "distinct", "calls"),
    [
        ("{ posts { author { name } } }", 100, 10, {"blog": 2}),
        ("{ posts { heading { Value } } }", 100, 10, {"blog": 1, "hours": 1}),
        ("{ posts { channel { capacity } } }", 100, 10, {"blog": 1, "lightning": 10}),
        ("{ posts { price { total } } }", 100, 10, {"blog": 1, "pricing": 10}),
        ("{ users { price { total } } }", 10, 10, {"blog": 1, "pricing": 10}),
        (FROM_SOAP, 3, 3, {"hours": 1, "blog": 1, "lightning": 3, "pricing": 3}),
        (FROM_GRPC, 2, 1, {"lightning": 1, "blog": 1, "hours": 1, "pricing": 1}),
        (FROM_LAMBDA, 1, 1, {"pricing": 1, "blog": 1, "hours": 1, "lightning": 1}),
        (TWO_BRANCHES, 100, 10, {"blog": 2, "pricing": 10, "hours": 1}),
        (THERE_AND_BACK, 100, 10, {"blog": 3, "hours": 1, "lightning": 10}),
    ],
    ids=[
        *("REST in one call", "SOAP in one call", "gRPC for each", "Lambda for each"),
        *("the worst case", "from SOAP", "from gRPC, twice the same", "from Lambda"),
        *("two branches that ask for the same", "there and back"),
    ],
)
async def test_the_calls_that_arrive(
    four: Four,
    tmp_path: Path,
    query: str,
    items: int,
    distinct: int,
    calls: dict[str, int],
) -> None:
    """At each backend just as many as told; the worst case is where all items differ."""
    async with counted(four, tmp_path) as seen:
        told = await explained(tmp_path, query, items)
        before = seen.calls()
        body = await asked(tmp_path, query)
        found = seen.calls()

    assert "errors" not in body
    assert not before
    assert found == calls
    assert of_each(told["steps"], distinct) == calls
    assert told["calls"]["most"] == of_each(told["steps"], items).total()


@pytest.mark.parametrize("query", [FROM_SOAP, TWO_BRANCHES, THERE_AND_BACK])
async def test_no_more_calls_than_told(four: Four, tmp_path: Path, query: str) -> None:
    """Also where graphql-core asks for the keys of each answer as it comes."""
    async with counted(four, tmp_path) as seen:
        told = await explained(tmp_path, query, 100)
        body = await asked(tmp_path, query)
        found = seen.calls()

    assert "errors" not in body
    assert found <= of_each(told["steps"], 10)


async def test_what_arrives(four: Four, tmp_path: Path) -> None:
    """Each value where it belongs, four kinds deep."""
    query = """{ posts(userId: [3]) {
      price { quantity heading { Value user { name } node {
        channels { owner { name } heading { Id } }
      } } }
      channel { price { sku } }
    } }"""

    async with counted(four, tmp_path):
        body = await asked(tmp_path, query)

    assert "errors" not in body
    first, *others = body["data"]["posts"]
    channel = {"owner": {"name": "user 1"}, "heading": {"Id": "chan_point-2"}}
    assert others == [first] * 9
    assert first == {
        "price": {
            "quantity": 3,
            "heading": {
                "Value": "Title <3>",
                "user": {"name": "user 3"},
                "node": {"channels": [channel, channel]},
            },
        },
        "channel": {"price": {"sku": "node2_pub-5"}},
    }


async def asked(folder: Path, query: str) -> dict[str, Any]:
    """What the gateway answers."""
    config = (folder / "splice.yaml").read_text()
    async with gateway(config, folder) as asking:
        return await asking.query(query)


async def explained(folder: Path, query: str, items: int) -> dict[str, Any]:
    """What is told of the query, where lists have at most so many items."""
    status, output, _ = await splice("explain", query, "--json", "--items", f"{items}", cwd=folder)
    assert status == 0
    told: dict[str, Any] = json.loads(output)
    return told


def of_each(steps: list[dict[str, Any]], distinct: int) -> Counter[str]:
    """The calls of each upstream, where there are so many distinct keys everywhere."""
    found: Counter[str] = Counter()
    for one in steps:
        if one["sameAs"] is None:
            found[one["upstream"]] += reckoned(one["calls"]["formula"], distinct)
        found += of_each(one["steps"], distinct)
    return found


def reckoned(formula: str, distinct: int) -> int:
    """What comes out of `1`, `distinct(posts[].userId)` and `ceil(distinct(…) / 100)`."""
    known = re.sub(r"distinct\([^()]*\)", str(distinct), formula)
    found = re.fullmatch(r"(\d+)|ceil\((\d+) / (\d+)\)", known)
    assert found, formula
    return int(found[1]) if found[1] else ceil(int(found[2]) / int(found[3]))
