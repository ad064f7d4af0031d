"""Joins where values come bit by bit: events, interfaces, headers, and many calls at once."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from graphql import parse, subscribe
from msgspec.structs import replace

from schema.build import Extensions, build
from schema.extend.parse import parsed
from schema.request import Asked, Request
from tests.schema.catalogs import (
    LONG,
    STRING,
    Answers,
    ask,
    catalog,
    listed,
    named,
    reading,
    required,
)
from tests.schema.extend.shops import CRM, ORDER, SHOP, built
from tests.schema.joins.test_called import BATCHED, LISTED, SINGLE, answers, names, orders
from upstreams.model import ByTag, Field, Flow, InterfaceType, ObjectType
from upstreams.shape import Value


async def test_a_header_of_the_request_is_passed_on() -> None:
    """Whatever its case; without it an argument that need not be given is left out."""
    sdl = """extend type Order { customers: [Customer]
      @call(function: "crm.findCustomers", args: { region: "$headers.X-Tenant" }) }"""
    caller = answers(orders(1, customers=1), findCustomers=lambda _: [])
    query = "{ listOrders { customers { id } } }"

    await ask(built(sdl), caller, query, headers={"x-tenant": "north"})
    await ask(built(sdl), caller, query)

    assert [asked for _, name, asked in caller.calls if name == "findCustomers"] == [
        {"region": "north"},
        {},
    ]


async def test_a_header_that_must_be_sent() -> None:
    """Without it there is no call, and an error says what is missing."""
    sdl = """extend type Order { customer: Customer
      @call(function: "crm.of", args: { tenant: "$headers.x-tenant" }) }"""
    crm = catalog(
        reading("of", named("Customer"), Field("tenant", required(STRING))), types=CRM.types
    )
    caller = answers(orders(1, customers=1))

    result = await ask(built(sdl, crm=crm), caller, LISTED)

    assert names(caller) == ["listOrders"]
    (error,) = result.errors or []
    assert error.message == "the header x-tenant must be given"
    assert (error.extensions or {})["code"] == "BAD_USER_INPUT"


async def test_items_of_an_interface_are_joined_together() -> None:
    """One call for objects of different types."""
    thing = InterfaceType(
        "Thing",
        "Thing",
        fields=(Field("customerId", LONG),),
        resolution=ByTag("t", (("o", "Order"), ("b", "Box"))),
    )
    both = tuple(
        ObjectType(key, key, fields=(Field("customerId", LONG),), implements=("Thing",))
        for key in ("Order", "Box")
    )
    shop = catalog(reading("things", listed(named("Thing"))), types=(thing, *both))
    sdl = BATCHED.replace("extend type Order", "extend interface Thing")
    caller = answers(
        [], things=lambda _: [{"t": "o", "customerId": 1}, {"t": "b", "customerId": 2}]
    )

    result = await ask(built(sdl, shop=shop), caller, "{ things { customer { name } } }")

    assert names(caller) == ["things", "listCustomers"]
    assert result.data == {"things": [{"customer": {"name": "c1"}}, {"customer": {"name": "c2"}}]}


async def test_every_event_of_a_subscription_is_joined() -> None:
    """Anew, as what was read for one may have changed by the next."""
    placed = reading("placed", listed(required(named("Order"))), flow=Flow.SERVER_STREAM)
    shop = catalog(placed, types=(ORDER,))
    caller = answers([], placed=lambda _: orders(2, customers=1))
    request = Request(caller, "r", 0.0)

    stream = subscribe(
        built(BATCHED, shop=shop),
        parse("subscription { placed { id customer { name } } }"),
        context_value=request,
    )

    assert isinstance(stream, AsyncIterator)
    assert [event.data async for event in stream] == [
        {"placed": {"id": "0", "customer": {"name": "c1"}}},
        {"placed": {"id": "1", "customer": {"name": "c1"}}},
    ]
    assert names(caller) == ["placed", "listCustomers", "listCustomers"]


class Selected(Answers):
    """Answers that note what is selected of each."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        super().__init__(table)
        self.selections: list[tuple[str, ...]] = []

    async def fetch(self, asked: Asked, request: Request) -> Value:
        self.selections.append(asked.selection)
        return await super().fetch(asked, request)


async def test_backends_that_select_are_told_what_a_join_needs() -> None:
    """Of the parent what is passed on; of a batch where its items are, and whose they are."""
    page = ObjectType("Found", "Found", fields=(Field("all", listed(named("Customer"))),))
    shop = catalog(replace(SHOP.functions[0], selective=True), types=(ORDER,))
    find = reading("find", named("Found"), Field("ids", listed(LONG)), selective=True)
    crm = catalog(find, types=(*CRM.types, page))
    caller = Selected(
        {
            "listOrders": lambda _: orders(1, customers=1),
            "find": lambda _: {"all": [{"id": 1, "name": "c1"}]},
        }
    )

    result = await ask(
        built(BATCHED.replace("listCustomers", "find"), shop=shop, crm=crm), caller, LISTED
    )

    assert result.data == {"listOrders": [{"id": "0", "customer": {"name": "c1"}}]}
    assert caller.selections == [("id", "customerId"), ("all.name", "all.id")]


class Crowded(Answers):
    """Answers that take their time, and count how many are waited for at once."""

    most = 0

    def __init__(self, table: Mapping[str, Any]) -> None:
        super().__init__(table)
        self._now = 0

    async def fetch(self, asked: Asked, request: Request) -> Value:
        self._now += 1
        self.most = max(self.most, self._now)
        for _ in range(5):
            await asyncio.sleep(0)
        self._now -= 1
        return await super().fetch(asked, request)


async def test_so_many_calls_at_once_and_no_more() -> None:
    """A list of a hundred keys does not flood its upstream."""
    table = {
        "listOrders": lambda _: orders(100, customers=100),
        "getCustomer": lambda asked: {"name": f"c{asked['id']}"},
    }
    caller = Crowded(table)

    result = await ask(built(SINGLE), caller, LISTED)

    assert result.errors is None
    assert (len(caller.calls), caller.most) == (101, 32)


def test_an_extension_of_what_is_not_there_makes_no_schema_invalid() -> None:
    """Whatever is extended, the schema over the upstreams is built."""
    schema, _ = build({"shop": SHOP}, extensions=Extensions(parsed([("x", BATCHED)])))

    assert "Order" in schema.type_map
