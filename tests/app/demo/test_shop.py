"""The shop, asked by an HTTP client that holds every answer against the shop's own description."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import validate
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from app.demo.run import Demo

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROOT = "urn:shop"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def document(demo: Demo) -> Any:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"{demo.shop}/openapi.json")).raise_for_status().json()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(demo: Demo, document: Any) -> AsyncIterator[httpx.AsyncClient]:
    registry = Registry().with_resource(ROOT, DRAFT202012.create_resource(document))

    async def conforms(response: httpx.Response) -> None:
        await response.aread()
        if pointer := described(document, response):
            schema = {"$ref": f"{ROOT}#{pointer}"}
            checker = FormatChecker()
            Draft202012Validator(schema, registry=registry, format_checker=checker).validate(
                response.json()
            )

    hooks = {"response": [conforms]}
    async with httpx.AsyncClient(base_url=demo.shop, event_hooks=hooks) as client:
        yield client


def described(document: Any, response: httpx.Response) -> str:
    """Where the description has the schema of this answer; empty for one without content."""
    path = next(template for template in document["paths"] if fits(template, response.url.path))
    method = response.request.method.lower()
    status = str(response.status_code)
    answer = document["paths"][path][method]["responses"][status]
    pointer = f"/paths/{escaped(path)}/{method}/responses/{status}"
    if "$ref" in answer:
        pointer = answer["$ref"].removeprefix("#")
        answer = document["components"]["responses"][pointer.rpartition("/")[2]]
    if "content" not in answer:
        assert response.content == b""
        return ""
    assert response.headers["content-type"] in answer["content"]
    return f"{pointer}/content/{escaped(response.headers['content-type'])}/schema"


def fits(template: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) is not None


def escaped(token: str) -> str:
    return token.replace("~", "~0").replace("/", "~1")


async def test_its_description_is_valid(document: Any) -> None:
    """The document is OpenAPI 3.1."""
    validate(document)

    assert document["openapi"].startswith("3.1")


async def test_its_operations(document: Any) -> None:
    """Every operation has a name to be called by."""
    operations = {
        operation["operationId"]
        for item in document["paths"].values()
        for method, operation in item.items()
        if method != "parameters"
    }

    assert operations == {
        "listProducts",
        "getProduct",
        "listCustomers",
        "getCustomer",
        "listOrders",
        "createOrder",
        "getOrder",
        "deleteOrder",
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["sencha", "assam", "kettle", "teapot", "cup", "scale"]),
        ("?category=tea", ["sencha", "assam"]),
        ("?tag=japan", ["sencha", "teapot"]),
        ("?inStock=false", ["cup"]),
        ("?category=ware&inStock=true", ["teapot"]),
        ("?limit=1", ["sencha"]),
    ],
)
async def test_products(shop: httpx.AsyncClient, query: str, found: list[str]) -> None:
    """Products are narrowed by kind, tag and stock."""
    answer = await shop.get(f"/products{query}")

    assert [product["sku"] for product in answer.json()] == found


async def test_a_product(shop: httpx.AsyncClient) -> None:
    """A price keeps its last zero."""
    answer = await shop.get("/products/sencha")

    assert answer.json()["price"] == "14.50"


async def test_customers(shop: httpx.AsyncClient) -> None:
    """All customers are listed, each also to be had alone."""
    listed = (await shop.get("/customers")).json()

    alone = [(await shop.get(f"/customers/{customer['id']}")).json() for customer in listed]

    assert len(listed) == 4
    assert alone == listed


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("customerId=103", [7000000004, 7000000007]),
        ("customerId=102&customerId=103", [7000000002, 7000000004, 7000000006, 7000000007]),
        ("customerId=101&status=shipped", [7000000003]),
        ("customerId=101&placedAfter=2026-05-11", [7000000008]),
        ("customerId=999", []),
    ],
)
async def test_orders(shop: httpx.AsyncClient, query: str, found: list[int]) -> None:
    """Orders are narrowed by any number of customers, by status and by day."""
    answer = await shop.get(f"/orders?{query}")

    assert [order["id"] for order in answer.json()] == found


async def test_an_order(shop: httpx.AsyncClient) -> None:
    """An order has its lines and the address it goes to."""
    order = (await shop.get("/orders/7000000003")).json()

    assert order["lines"][0] == {"sku": "sencha", "quantity": 3, "unitPrice": "14.50"}
    assert order["shippingAddress"]["city"] == "Leipzig"
    assert order["note"] == "Please ring twice."


async def test_an_order_is_placed(shop: httpx.AsyncClient) -> None:
    """A new order is priced, sent to the customer's address, and found where it says it is."""
    wanted = {"customerId": 104, "lines": [{"sku": "cup", "quantity": 3}, {"sku": "scale"}]}

    placed = await shop.post("/orders", json=wanted)

    assert placed.status_code == 201
    assert placed.json()["total"] == "60.24"
    assert placed.json()["shippingAddress"]["city"] == "Zaragoza"
    assert (await shop.get(placed.headers["location"])).json() == placed.json()


async def test_an_order_is_withdrawn(shop: httpx.AsyncClient) -> None:
    """A deleted order is gone."""
    wanted = {"customerId": 104, "lines": [{"sku": "assam"}]}
    place = (await shop.post("/orders", json=wanted)).headers["location"]

    withdrawn = await shop.delete(place)

    assert withdrawn.status_code == 204
    assert (await shop.get(place)).status_code == 404


async def test_a_shipped_order_stays(shop: httpx.AsyncClient) -> None:
    """What has left the warehouse cannot be withdrawn."""
    refused = await shop.delete("/orders/7000000003")

    assert refused.status_code == 409
    assert (await shop.get("/orders/7000000003")).status_code == 200


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("/products/coffee", "no product coffee"),
        ("/customers/7", "no customer 7"),
        ("/orders/7", "no order 7"),
        ("/orders/seven", "Not Found"),
    ],
)
async def test_what_there_is_not(shop: httpx.AsyncClient, path: str, detail: str) -> None:
    """What is not there is a problem of status 404."""
    answer = await shop.get(path)

    assert answer.json() == {"title": "Not Found", "status": 404, "detail": detail}


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"customerId": "Ada", "lines": [{"sku": "cup"}]}, "$.customerId"),
        ({"customerId": 101, "lines": []}, "$.lines"),
        ({"customerId": 101, "lines": [{"sku": "cup", "quantity": 0}]}, "$.lines[0].quantity"),
    ],
)
async def test_a_wrong_order(shop: httpx.AsyncClient, body: object, place: str) -> None:
    """A body that is not as described is a problem that names the place."""
    answer = await shop.post("/orders", json=body)

    assert answer.status_code == 400
    assert place in answer.json()["detail"]


async def test_a_wrong_filter(shop: httpx.AsyncClient) -> None:
    """A query that is not as described is a problem that names the parameter."""
    answer = await shop.get("/orders?status=lost")

    assert answer.status_code == 400
    assert "$.status" in answer.json()["detail"]
