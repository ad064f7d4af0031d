"""Equal reads of one request are made once."""

from collections.abc import Mapping
from typing import Any

from schema.build import build
from tests.schema.catalogs import (
    LONG,
    STRING,
    Answers,
    ask,
    catalog,
    listed,
    named,
    reading,
    writing,
)
from upstreams.errors import Refused
from upstreams.model import Bound, Field, FromParent, Link, ObjectType

ORDER = ObjectType("Order", "Order", fields=(Field("id", LONG), Field("customerId", LONG)))
CUSTOMER = ObjectType("Customer", "Customer", fields=(Field("name", STRING),))
LINK = Link("Order", "customer", "customer", (Bound(("id",), FromParent(("customerId",))),))
ORDERS = [{"id": 1, "customerId": 7}, {"id": 2, "customerId": 7}, {"id": 3, "customerId": 8}]


def served() -> Any:
    one = catalog(
        reading("orders", listed(named("Order"))),
        reading("customer", named("Customer"), Field("id", LONG)),
        writing("order", named("Order")),
        types=(ORDER, CUSTOMER),
    )
    schema, _ = build({"x": type(one)(one.kind, one.functions, one.types, None, links=(LINK,))})
    return schema


def answers(**more: Any) -> Answers:
    return Answers(
        {
            "orders": lambda _: ORDERS,
            "order": lambda _: ORDERS[0],
            "customer": lambda asked: {"name": f"number {asked['id']}"},
            **more,
        }
    )


async def test_what_is_read_twice_is_asked_once() -> None:
    """Two orders of one customer: the customer is fetched once, and both have it."""
    caller = answers()

    result = await ask(served(), caller, "{ orders { customer { name } } }")

    names = [one["customer"]["name"] for one in (result.data or {})["orders"]]
    assert names == ["number 7", "number 7", "number 8"]
    assert [name for _, name, _ in caller.calls].count("customer") == 2


async def test_a_failure_is_an_error_at_each_place() -> None:
    """It is asked for once all the same."""

    def refused(_: Mapping[str, Any]) -> Any:
        raise Refused("no")

    caller = answers(customer=refused)

    result = await ask(served(), caller, "{ orders { id customer { name } } }")

    assert sorted(error.path or [] for error in result.errors or []) == [
        ["orders", index, "customer"] for index in range(3)
    ]
    assert [name for _, name, _ in caller.calls].count("customer") == 2


async def test_between_writes_everything_is_read_anew() -> None:
    """A write may have changed what was read before it."""
    caller = answers()

    await ask(
        served(),
        caller,
        "mutation { a: order { customer { name } } b: order { customer { name } } }",
    )

    assert [name for _, name, _ in caller.calls] == ["order", "customer", "order", "customer"]
