"""`_entities` by a plan: as graphql-core answers it, and with no more calls."""

from collections.abc import Mapping
from typing import Any

import pytest
from graphql import GraphQLSchema, parse

from schema.plan.build import fetches
from schema.plan.model import Plan, Unplannable
from schema.plan.plans import Plans
from schema.plan.run import Outcome, run
from schema.request import Request
from tests.schema.catalogs import Answers, ask
from tests.schema.federation.subgraphs import built
from upstreams.errors import Refused

ENTITIES = """
maxRepresentations: 9
entities:
  Customer: { key: id, function: crm.listCustomers, args: { ids: $parents.id }, match: id }
  Order: { key: id, function: shop.getOrder, args: { id: $parent.id } }
"""
JOIN = """
extend type Order {
  customer: Customer
    @call(function: "crm.listCustomers", args: { ids: "$parents.customerId" }, match: "id")
}
"""
ORDERS = "query ($these: [_Any!]!) { _entities(representations: $these) { ... on Order { id } } }"


def customers(arguments: Mapping[str, Any]) -> Any:
    """Those asked for, but for number 404."""
    return [{"id": one, "name": f"c{one}"} for one in arguments["ids"] if one != 404]


def order(arguments: Mapping[str, Any]) -> Any:
    """The order of a number, but for number 404."""
    if arguments["id"] == 404:
        raise Refused("there is none", status=404)
    return {"id": arguments["id"], "note": "n", "customerId": arguments["id"] + 100}


def refused(_: Mapping[str, Any]) -> Any:
    """Nothing."""
    raise Refused("not now", status=503)


def answers() -> Answers:
    return Answers(
        {"listCustomers": customers, "getOrder": order, "listOrders": lambda _: [order({"id": 5})]}
    )


def ordered(*keys: Any) -> list[dict[str, Any]]:
    """The representations of orders."""
    return [{"__typename": "Order", "id": key} for key in keys]


async def planned(schema: GraphQLSchema, caller: Answers, text: str, **variables: Any) -> Outcome:
    """What the operation's plan gives, as the exact path does. Raises `Unplannable`."""
    await ask(schema, answers(), text, variables)
    plan, coerced = Plans(schema, parse(text)).operation(None).plan(variables)
    return await run(plan, Request(caller, "r1", float("inf")), coerced)


async def test_entities_stand_beside_all_that_plans_answer() -> None:
    """Twice, of several types, in variables and literals, with fragments and joins below."""
    text = """
query ($these: [_Any!]!, $id: Long!, $named: Boolean!) {
  first: _entities(representations: $these) { __typename ...Ordered ... on Customer { id } }
  __typename
  listOrders { id }
  second: _entities(representations: [{ __typename: "Customer", id: $id }, { __typename: "Order", id: 2 }]) {
    ... on _Entity { ... on Customer { called: name @include(if: $named) } }
  }
  none: _entities(representations: []) { __typename }
}
fragment Ordered on Order { id customer { name } }
"""  # noqa: E501 - as a router writes it
    these = [*ordered(1), {"__typename": "Customer", "id": "404"}, *ordered("2")]
    caller = answers()

    outcome = await planned(built(ENTITIES, JOIN), caller, text, these=these, id=7, named=True)

    assert outcome.errors == []
    assert outcome.data == {
        "first": [
            {"__typename": "Order", "id": "1", "customer": {"name": "c101"}},
            None,
            {"__typename": "Order", "id": "2", "customer": {"name": "c102"}},
        ],
        "__typename": "Query",
        "listOrders": [{"id": "5"}],
        "second": [{"called": "c7"}, {}],
        "none": [],
    }
    called = sorted((name, next(iter(said.values()), None)) for _, name, said in caller.calls)
    assert called == [
        ("getOrder", 1),
        ("getOrder", 2),
        ("listCustomers", [7]),
        ("listCustomers", [101, 102]),
        ("listCustomers", [404]),
        ("listOrders", None),
    ]


async def test_a_call_that_fails_is_told_at_each_of_its_paths() -> None:
    """Under the response key, with the index of each."""
    text = ORDERS.replace("_entities", "them: _entities")

    outcome = await planned(built(ENTITIES), answers(), text, these=ordered(404, 1, 404))

    assert outcome.data == {"them": [None, {"id": "1"}, None]}
    assert [error.path for error in outcome.errors] == [["them", 0], ["them", 2]]


async def test_a_join_below_that_fails_is_told_below_the_index() -> None:
    """As below any object."""
    caller = Answers({"getOrder": order, "listCustomers": refused})

    outcome = await planned(
        built(ENTITIES, JOIN),
        caller,
        ORDERS.replace("{ id }", "{ customer { id } }"),
        these=ordered(1, 2),
    )

    assert outcome.data == {"_entities": [{"customer": None}, {"customer": None}]}
    paths = [error.path for error in outcome.errors]
    assert paths == [["_entities", 0, "customer"], ["_entities", 1, "customer"]]


async def test_what_another_field_asks_for_too_is_asked_for_once() -> None:
    """By a root field, and by entities under another key."""
    text = """
query ($these: [_Any!]!) {
  getOrder(id: 1) { note }
  a: _entities(representations: $these) { ... on Order { id } }
  b: _entities(representations: $these) { ... on Order { note } }
}"""
    caller = answers()

    await planned(built(ENTITIES), caller, text, these=ordered(1, "1"))

    assert caller.calls == [("shop", "getOrder", {"id": 1})]


@pytest.mark.parametrize(
    "these",
    [
        [*ordered(1), {"__typename": "Odrer", "id": 1}],
        [*ordered(1), {"__typename": "Order"}],
        ordered(1, "x"),
        [*ordered(1), 7],
        ordered(*range(10)),
    ],
    ids=["an unknown type", "no key", "a key of another type", "no object", "too many"],
)
async def test_what_is_wrong_is_left_to_the_exact_path(these: list[Any]) -> None:
    """Which tells what; nothing is asked before."""
    caller = answers()

    with pytest.raises(Unplannable, match="representations"):
        await planned(built(ENTITIES), caller, ORDERS, these=these)

    assert caller.calls == []


async def test_what_is_no_object_is_left_to_the_exact_path() -> None:
    """As everywhere."""
    caller = Answers({"getOrder": lambda _: "no object"})

    with pytest.raises(Unplannable, match="surprise"):
        await planned(built(ENTITIES), caller, ORDERS, these=ordered(1))


def test_what_gives_entities_is_among_the_fetches_of_a_plan() -> None:
    """With what is joined below: by them is told whether an operation may be shared."""
    text = ORDERS.replace("{ id }", "{ customer { id } }")

    plan: Plan
    plan, _ = Plans(built(ENTITIES, JOIN), parse(text)).operation(None).plan({"these": []})

    called = sorted(one.origin.function.name for one in fetches(plan.roots))
    assert called == ["getOrder", "listCustomers", "listCustomers"]
    assert not any(one.alone for one in fetches(plan.roots))


async def test_a_fragment_that_was_left_out_counts_where_it_is_not() -> None:
    """Directives are looked at before a fragment counts as seen (specification §6.3.2)."""
    text = """
query ($these: [_Any!]!, $no: Boolean!) {
  _entities(representations: $these) { ...Noted @include(if: $no) ...Noted }
}
fragment Noted on Order { id note }"""

    outcome = await planned(built(ENTITIES), answers(), text, these=ordered(1), no=False)

    assert outcome.data == {"_entities": [{"id": "1", "note": "n"}]}
