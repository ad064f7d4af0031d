"""What a plan asks, and when it leaves the rest to the exact path."""

from collections.abc import Mapping
from typing import Any

import pytest
from graphql import GraphQLSchema, parse

from schema.build import build
from schema.plan.model import Unplannable
from schema.plan.plans import Plans
from schema.plan.run import Outcome, run
from schema.request import Request
from tests.schema.catalogs import (
    INT,
    Answers,
    ask,
    catalog,
    listed,
    mapped,
    named,
    reading,
    writing,
)
from tests.schema.extend.shops import ORDER, SHOP, built
from upstreams.model import Field, ObjectType

JOINED = """
extend type Order {
  customer: Customer
    @call(function: "crm.listCustomers", args: { ids: "$parents.customerId" }, match: "id")
}
extend type Customer {
  again: Customer @call(function: "crm.getCustomer", args: { id: "$parent.id" })
}
"""


async def planned(schema: GraphQLSchema, caller: Answers, text: str) -> Outcome:
    """The answer of the operation's plan. Raises `Unplannable`."""
    plan, variables = Plans(schema, parse(text)).operation(None).plan({})
    return await run(plan, Request(caller, "r1", float("inf")), variables)


async def test_what_nobody_asked_for_is_not_joined() -> None:
    """Of a batch, only the items that are handed back are looked at any further."""

    def customers(_: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [{"id": 1, "name": "first"}, {"id": 1, "name": "second"}, {"id": 99}]

    caller = Answers(
        {
            "listOrders": lambda _: [{"id": 7, "customerId": 1}],
            "listCustomers": customers,
            "getCustomer": lambda asked: {"id": asked["id"]},
        }
    )

    text = "{ listOrders { customer { name again { id } } } }"
    outcome = await planned(built(JOINED), caller, text)

    assert outcome.errors == []
    assert [asked for _, name, asked in caller.calls if name == "getCustomer"] == [{"id": 1}]


async def test_a_surprise_in_a_mutation_comes_before_its_next_write() -> None:
    """What depends on a write has to be asked, by whichever path, before the next is made."""
    shop = catalog(writing("createOrder", named("Order")), *SHOP.functions[:2], types=(ORDER,))
    caller = Answers({"createOrder": lambda _: {"id": None, "customerId": 1}})
    text = "mutation { a: createOrder { id } b: createOrder { id } }"

    with pytest.raises(Unplannable):
        await planned(built(JOINED, shop=shop), caller, text)

    assert [name for _, name, _ in caller.calls] == ["createOrder"]


async def test_the_keys_of_maps_whose_values_are_maps() -> None:
    """A value that is no map is an error on both paths, though only keys are selected."""
    holder = ObjectType("Holder", "Holder", fields=(Field("it", mapped(mapped(INT))),))
    schema, _ = build({"x": catalog(reading("all", listed(named("Holder"))), types=(holder,))})
    caller = Answers({"all": lambda _: [{"it": {"a": {}}}, {"it": {"a": "no map"}}]})

    result = await ask(schema, caller, "{ all { it { key } } }")

    assert result.data == {"all": [{"it": [{"key": "a"}]}, {"it": None}]}
    assert [error.path for error in result.errors or ()] == [["all", 1, "it"]]
