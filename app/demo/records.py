"""What the demo's company knows: the records of `records.yaml`, typed.

The four backends keep them apart, as companies do. Three keys join them: a product's `sku`, a
customer's `id` (`customerId` elsewhere) and an order's `id` (`orderId` elsewhere).
"""

import datetime as dt
import enum
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import msgspec
import yaml

_FILE = Path(__file__).with_name("records.yaml")

Quantity = Annotated[int, msgspec.Meta(ge=1, le=10_000)]


class Record(msgspec.Struct, frozen=True, rename="camel"):
    """The base of every record: frozen, with camelCase names outside Python."""


class Category(enum.Enum):
    """What kind of thing a product is."""

    TEA = "tea"
    WARE = "ware"
    TOOL = "tool"


class Product(Record, frozen=True):
    """Something the shop sells."""

    sku: str
    name: str
    description: str
    category: Category
    price: Decimal
    currency: str
    stock: int
    weight_grams: int
    released_on: dt.date
    tags: tuple[str, ...] = ()


class Address(Record, frozen=True):
    """Where somebody lives."""

    street: str
    city: str
    postcode: str
    country: str


class Customer(Record, frozen=True):
    """Somebody who buys."""

    id: int
    name: str
    email: str
    since: dt.date
    newsletter: bool
    address: Address


class OrderStatus(enum.Enum):
    """How far an order has come."""

    PLACED = "placed"
    PAID = "paid"
    SHIPPED = "shipped"
    DELIVERED = "delivered"


class Line(Record, frozen=True):
    """So many of one product, at the price of the day."""

    sku: str
    quantity: Quantity
    unit_price: Decimal


class Order(Record, frozen=True):
    """What one customer bought at once."""

    id: int
    customer_id: int
    status: OrderStatus
    placed_at: dt.datetime
    lines: tuple[Line, ...]
    total: Decimal
    currency: str
    shipping_address: Address
    deliver_by: dt.date | None = None
    note: str | None = None


class ParcelStatus(enum.Enum):
    """Where a parcel is on its way."""

    PACKED = "PARCEL_STATUS_PACKED"
    IN_TRANSIT = "PARCEL_STATUS_IN_TRANSIT"
    DELIVERED = "PARCEL_STATUS_DELIVERED"


class ParcelItem(Record, frozen=True):
    """So many of one product in a parcel."""

    sku: str
    quantity: Quantity


class ParcelEvent(Record, frozen=True):
    """Something that happened to a parcel."""

    parcel_id: str
    status: ParcelStatus
    place: str
    happened_at: dt.datetime


class Parcel(Record, frozen=True):
    """What left the warehouse in one box. Its status is that of its last event."""

    id: str
    order_id: int
    status: ParcelStatus
    carrier: str
    weight_kg: float
    items: tuple[ParcelItem, ...]


class Account(Record, frozen=True):
    """A customer's account with the bank. Its balance is the sum of its transactions."""

    iban: str
    customer_id: int
    holder: str
    opened_on: dt.date
    currency: str


class TransactionKind(enum.Enum):
    """How money moved."""

    DEPOSIT = "Deposit"
    PAYMENT = "Payment"
    TRANSFER = "Transfer"


class Transaction(Record, frozen=True):
    """Money that came into an account, or left it when the amount is negative."""

    id: int
    iban: str
    booked_at: dt.datetime
    kind: TransactionKind
    amount: Decimal
    currency: str
    counterparty: str
    reference: str | None = None
    order_id: int | None = None


class Records(Record, frozen=True):
    """Everything, as it is when the demo starts."""

    products: tuple[Product, ...]
    customers: tuple[Customer, ...]
    orders: tuple[Order, ...]
    parcels: tuple[Parcel, ...]
    parcel_events: tuple[ParcelEvent, ...]
    accounts: tuple[Account, ...]
    transactions: tuple[Transaction, ...]


def load() -> Records:
    """The records of the file beside this one."""
    return msgspec.convert(yaml.safe_load(_FILE.read_bytes()), type=Records)
