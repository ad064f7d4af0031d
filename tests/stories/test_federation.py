"""Splice as one subgraph beside another that nobody here wrote, and a router over both."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.app.served import gateway
from tests.backends.federation import composed, hive, reviews, sdl_of
from tests.backends.rest import Rest, document, rest, success

pytestmark = [pytest.mark.real, pytest.mark.timeout(90)]

TEXT = {"type": "string"}
NUMBER = {"type": "integer", "format": "int64"}
REALM = {"type": "object", "required": ["name"], "properties": {"name": TEXT}}
ORDER = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": NUMBER, "status": TEXT},
}
USER = {
    "type": "object",
    "required": ["login", "realm"],
    "properties": {
        "login": TEXT,
        "realm": {"$ref": "#/components/schemas/Realm"},
        "points": NUMBER,
    },
}


def reading(name: str, answer: str, *, many: bool, **parameters: Any) -> dict[str, Any]:
    """A GET that gives objects, or one, by what is in its query."""
    given = {"$ref": f"#/components/schemas/{answer}"}
    schema = {"type": "array", "items": given} if many else given
    taken = [{"name": one, "in": "query", "schema": of} for one, of in parameters.items()]
    return {"get": {"operationId": name, "parameters": taken, "responses": success(schema)}}


SHOP = document(
    {
        "/orders": reading("orders", "Order", many=True),
        "/ordersById": reading(
            "ordersById", "Order", many=True, id={"type": "array", "items": NUMBER}
        ),
        "/user": reading("user", "User", many=False, login=TEXT, realm=TEXT),
    },
    Order=ORDER,
    User=USER,
    Realm=REALM,
)


async def orders(_: Request) -> Response:
    """All there are."""
    return JSONResponse([{"id": key, "status": f"status {key}"} for key in range(3)])


async def orders_by_id(request: Request) -> Response:
    """Those with the numbers asked for, last one first; there is no order 3."""
    wanted = sorted((int(one) for one in request.query_params.getlist("id")), reverse=True)
    return JSONResponse([{"id": key, "status": f"status {key}"} for key in wanted if key != 3])


async def user(request: Request) -> Response:
    """One of them."""
    login, realm = request.query_params["login"], request.query_params["realm"]
    return JSONResponse({"login": login, "realm": {"name": realm}, "points": len(login) * 10})


USERS = ["GET /user?login=ann&realm=eu", "GET /user?login=bob&realm=eu"]
"""Two of them, each asked for once."""

CONFIG = """
upstreams: {{shop: {{openapi: '{description}'}}}}
schema:
  federation:
    entities:
      Order: {{ key: id, function: shop.ordersById, args: {{ id: $parents.id }}, match: id }}
      User:
        key: login realm {{ name }}
        function: shop.user
        args: {{ login: $parent.login, realm: $parent.realm.name }}
    shareable: Realm
"""


@dataclass(frozen=True, slots=True)
class Supergraph:
    """A router, and what is behind it."""

    url: str
    shop: Rest
    said: dict[str, Any]
    """What composition said."""

    async def query(self, text: str) -> dict[str, Any]:
        """The router's response."""
        async with httpx.AsyncClient(timeout=30) as http:
            answer = await http.post(self.url, json={"query": text})
        body: dict[str, Any] = answer.json()
        return body


@asynccontextmanager
async def supergraph(folder: Path) -> AsyncIterator[Supergraph]:
    """Both subgraphs, composed and served until the block ends."""
    async with AsyncExitStack() as stack:
        shop = await stack.enter_async_context(
            rest(SHOP, orders=orders, ordersById=orders_by_id, user=user)
        )
        ours = await stack.enter_async_context(
            gateway(CONFIG.format(description=shop.description), folder)
        )
        theirs = stack.enter_context(reviews())
        urls = {"splice": f"{ours.http.base_url}/graphql", "reviews": f"{theirs.url}/graphql"}
        told = {name: (url, await asyncio.to_thread(sdl_of, url)) for name, url in urls.items()}
        said = composed(**told)
        router = stack.enter_context(hive(said["supergraph"]))
        yield Supergraph(router, shop, said)


async def test_a_router_asks_both_subgraphs(tmp_path: Path) -> None:
    """Composition finds nothing wrong; a query goes from either one to the other.

    What is asked of our backend is counted: a list of keys is one call, others one for each key.
    """
    async with supergraph(tmp_path) as graph:
        from_ours = await graph.query("{ orders { id status reviews { text author { points } } } }")
        asked_from_ours = list(graph.shop.asked)
        graph.shop.asked.clear()
        from_theirs = await graph.query(
            "{ latest(first: 8) { order { id status } author { login bio points } } }"
        )

    assert (graph.said["guild"], graph.said["apollo"]) == ([], [])
    assert not [one for one in graph.said["hints"] if one.startswith(("ERROR", "WARN"))]
    assert from_ours == {
        "data": {
            "orders": [
                {
                    "id": str(key),
                    "status": f"status {key}",
                    "reviews": [{"text": f"of order {key}", "author": {"points": "30"}}],
                }
                for key in range(3)
            ]
        }
    }
    assert sorted(asked_from_ours) == ["GET /orders", *USERS]
    latest = from_theirs["data"]["latest"]
    assert "errors" not in from_theirs
    assert [one["order"]["status"] for one in latest] == [
        *("status 0", "status 1", "status 2", None),
        *("status 0", "status 1", "status 2", None),
    ]
    assert latest[0]["author"] == {"login": "bob", "bio": "bio of bob", "points": "30"}
    assert sorted(graph.shop.asked) == ["GET /ordersById?id=0&id=1&id=2&id=3", *USERS]
