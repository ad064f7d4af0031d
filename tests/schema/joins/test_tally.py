"""Joins that would call too often: the first are answered, the others say so, on both paths."""

from typing import Any

from msgspec.structs import replace

from tests.schema.catalogs import ask
from tests.schema.extend.shops import SHOP, built
from tests.schema.joins.test_called import BACK, BATCHED, LISTED, SINGLE, answers, names, orders
from upstreams.model import Bound, FromParent, Link

TOO_MANY = {
    "code": "GRAPHQL_TOO_MANY_CALLS",
    "upstream": "crm",
    "function": "getCustomer",
    "retryable": False,
    "requestId": "r1",
}


def customers(found: Any) -> list[str | None]:
    """The names of the customers of all orders."""
    return [one["customer"] and one["customer"]["name"] for one in found["listOrders"]]


async def test_no_call_is_made_beyond_the_limit() -> None:
    """The first keys are answered; the fields of the others are null, each with its error."""
    caller = answers(orders(5, customers=5))

    result = await ask(built(SINGLE, max_calls=3), caller, LISTED)

    assert names(caller) == ["listOrders", *["getCustomer"] * 3]
    assert customers(result.data) == ["c1", "c2", "c3", None, None]
    assert [error.path for error in result.errors or ()] == [
        ["listOrders", 3, "customer"],
        ["listOrders", 4, "customer"],
    ]
    assert [error.extensions for error in result.errors or ()] == [TOO_MANY] * 2
    assert {error.message for error in result.errors or ()} == {
        "more than 3 calls would be needed for one answer"
    }


async def test_equal_keys_are_one_call() -> None:
    """However many objects have them, and whichever comes after the limit."""
    caller = answers(orders(20, customers=3))

    result = await ask(built(SINGLE, max_calls=3), caller, LISTED)

    assert result.errors is None
    assert names(caller) == ["listOrders", *["getCustomer"] * 3]


async def test_the_same_join_at_several_places_has_one_limit() -> None:
    """What one place has asked for, the other is given as well."""
    caller = answers(orders(4, customers=4))
    query = "{ a: listOrders { customer { name } } b: listOrders { customer { id name } } }"

    result = await ask(built(SINGLE, max_calls=2), caller, query)

    assert names(caller).count("getCustomer") == 2
    assert sorted(str(error.path) for error in result.errors or ()) == [
        "['a', 2, 'customer']",
        "['a', 3, 'customer']",
        "['b', 2, 'customer']",
        "['b', 3, 'customer']",
    ]


async def test_joins_below_joins_have_their_own_limit() -> None:
    """Of calls that are made for what other calls gave, too."""
    sdl = f"{SINGLE} {BACK}"
    caller = answers(orders(4, customers=4))
    query = "{ listOrders { customer { name orders { id customer { name } } } } }"

    result = await ask(built(sdl, max_calls=2), caller, query)

    assert names(caller).count("getCustomer") == 2
    assert [error.path for error in result.errors or ()] == [
        ["listOrders", 2, "customer"],
        ["listOrders", 3, "customer"],
    ]


async def test_batched_joins_have_no_such_limit() -> None:
    """They make few calls."""
    caller = answers(orders(50, customers=50))

    result = await ask(built(BATCHED, max_calls=1), caller, LISTED)

    assert result.errors is None


async def test_links_of_descriptions_have_it_too() -> None:
    """Nobody wrote them, and they call for each object all the same."""
    link = Link("Order", "buyer", "getOrder", (Bound(("id",), FromParent(("customerId",))),))
    shop = replace(SHOP, links=(link,))
    caller = answers(orders(4, customers=4), getOrder=lambda asked: {"id": asked["id"]})

    result = await ask(built("", shop=shop, max_calls=3), caller, "{ listOrders { buyer { id } } }")

    assert names(caller) == ["listOrders", *["getOrder"] * 3]
    assert [error.path for error in result.errors or ()] == [["listOrders", 3, "buyer"]]
