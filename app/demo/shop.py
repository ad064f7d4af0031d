"""The shop: a REST API over products, customers and orders, described by `shop.openapi.yaml`."""

import datetime as dt
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
import yaml
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.demo.edge import body
from app.demo.records import (
    Category,
    Customer,
    Line,
    Order,
    OrderStatus,
    Product,
    Quantity,
    Record,
    Records,
)

DESCRIPTION = Path(__file__).with_name("shop.openapi.yaml")

Limit = Annotated[int, msgspec.Meta(ge=1, le=100)]
Answered = TypeVar("Answered")


class ProductFilter(Record, frozen=True):
    """Which products a client asks for."""

    category: Category | None = None
    tag: str | None = None
    in_stock: bool | None = None
    limit: Limit = 20

    def admits(self, product: Product) -> bool:
        return (
            self.category in (None, product.category)
            and (self.tag is None or self.tag in product.tags)
            and self.in_stock in (None, product.stock > 0)
        )


class OrderFilter(Record, frozen=True):
    """Which orders a client asks for."""

    customer_id: tuple[int, ...] = ()
    status: OrderStatus | None = None
    placed_after: dt.date | None = None
    limit: Limit = 20

    def admits(self, order: Order) -> bool:
        return (
            (not self.customer_id or order.customer_id in self.customer_id)
            and self.status in (None, order.status)
            and (self.placed_after is None or order.placed_at.date() > self.placed_after)
        )


class NewLine(Record, frozen=True):
    """So many of one product, not yet priced."""

    sku: str
    quantity: Quantity = 1


class NewOrder(Record, frozen=True):
    """What a client orders."""

    customer_id: int
    lines: Annotated[tuple[NewLine, ...], msgspec.Meta(min_length=1, max_length=50)]
    note: str | None = None


class Problem(Record, frozen=True):
    """What went wrong (RFC 9457)."""

    title: str
    status: int
    detail: str


class Shop:
    """The shop's own records, and its answers. Orders come and go; the rest stays."""

    def __init__(self, records: Records) -> None:
        self._products = {product.sku: product for product in records.products}
        self._customers = {customer.id: customer for customer in records.customers}
        self._orders = {order.id: order for order in records.orders}
        self._description = _json(yaml.safe_load(DESCRIPTION.read_bytes()))

    def routes(self) -> list[Route]:
        return [
            Route("/openapi.json", self.describe),
            Route("/products", self.list_products),
            Route("/products/{sku}", self.get_product),
            Route("/customers", self.list_customers),
            Route("/customers/{id:int}", self.get_customer),
            Route("/orders", self.list_orders, methods=["GET"]),
            Route("/orders", self.create_order, methods=["POST"]),
            Route("/orders/{id:int}", self.get_order, methods=["GET"]),
            Route("/orders/{id:int}", self.delete_order, methods=["DELETE"]),
        ]

    async def describe(self, _: Request) -> Response:
        return Response(self._description, media_type="application/json")

    async def list_products(self, request: Request) -> Response:
        wanted = msgspec.convert(dict(request.query_params), ProductFilter, strict=False)
        found = [product for product in self._products.values() if wanted.admits(product)]
        return _answer(found[: wanted.limit])

    async def get_product(self, request: Request) -> Response:
        sku = request.path_params["sku"]
        return _answer(_known(self._products.get(sku), f"no product {sku}"))

    async def list_customers(self, _: Request) -> Response:
        return _answer(list(self._customers.values()))

    async def get_customer(self, request: Request) -> Response:
        return _answer(self._customer(request.path_params["id"]))

    async def list_orders(self, request: Request) -> Response:
        query = request.query_params
        asked = dict(query) | {"customerId": query.getlist("customerId")}
        wanted = msgspec.convert(asked, OrderFilter, strict=False)
        found = [order for order in self._orders.values() if wanted.admits(order)]
        return _answer(found[: wanted.limit])

    async def get_order(self, request: Request) -> Response:
        return _answer(self._order(request.path_params["id"]))

    async def create_order(self, request: Request) -> Response:
        new = msgspec.json.decode(await body(request), type=NewOrder)
        order = self._placed(new)
        self._orders[order.id] = order
        location = {"location": f"/orders/{order.id}"}
        return _answer(order, status=HTTPStatus.CREATED, headers=location)

    async def delete_order(self, request: Request) -> Response:
        order = self._order(request.path_params["id"])
        if order.status in (OrderStatus.SHIPPED, OrderStatus.DELIVERED):
            raise HTTPException(HTTPStatus.CONFLICT, f"order {order.id} has left the warehouse")
        del self._orders[order.id]
        return Response(status_code=HTTPStatus.NO_CONTENT)

    def _placed(self, new: NewOrder) -> Order:
        customer = self._customer(new.customer_id)
        lines = tuple(self._line(line) for line in new.lines)
        return Order(
            id=max(self._orders, default=7_000_000_000) + 1,
            customer_id=customer.id,
            status=OrderStatus.PLACED,
            placed_at=dt.datetime.now(dt.UTC),
            lines=lines,
            total=sum((line.unit_price * line.quantity for line in lines), Decimal("0.00")),
            currency="EUR",
            shipping_address=customer.address,
            note=new.note,
        )

    def _line(self, line: NewLine) -> Line:
        product = _known(self._products.get(line.sku), f"no product {line.sku}")
        return Line(product.sku, line.quantity, product.price)

    def _customer(self, number: int) -> Customer:
        return _known(self._customers.get(number), f"no customer {number}")

    def _order(self, number: int) -> Order:
        return _known(self._orders.get(number), f"no order {number}")


def app(records: Records) -> Starlette:
    """The shop as an ASGI application, with orders of its own."""
    return Starlette(
        routes=Shop(records).routes(),
        exception_handlers={HTTPException: _refusal, msgspec.DecodeError: _misunderstanding},
    )


def _known(found: Answered | None, otherwise: str) -> Answered:
    if found is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, otherwise)
    return found


def _answer(
    value: object, *, status: int = HTTPStatus.OK, headers: dict[str, str] | None = None
) -> Response:
    return Response(_json(value), status, headers, "application/json")


async def _refusal(_: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return _problem(error.status_code, error.detail)


async def _misunderstanding(_: Request, error: Exception) -> Response:
    """Whether the query or the body: what msgspec says names the place."""
    return _problem(HTTPStatus.BAD_REQUEST, str(error))


def _problem(status: int, detail: str) -> Response:
    problem = Problem(HTTPStatus(status).phrase, status, detail)
    return Response(_json(problem), status, media_type="application/problem+json")


def _json(value: object) -> bytes:
    return msgspec.json.encode(value)
