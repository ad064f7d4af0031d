"""Joins that are written down, answered one by one and many at once, by resolvers and by plans."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest

from tests.schema.catalogs import (
    JSON,
    LONG,
    STRING,
    Answers,
    ask,
    catalog,
    listed,
    named,
    reading,
    required,
    writing,
)
from tests.schema.extend.shops import CRM, ORDER, SHOP, built
from upstreams.errors import Refused, TimedOut
from upstreams.model import Batch, Field, InputType, MapOf, ObjectType

CUSTOMERS = {key: {"id": key, "name": f"c{key}", "region": "north"} for key in range(1, 200)}


def orders(count: int, *, customers: int) -> list[dict[str, Any]]:
    """So many orders of so many customers, in turn."""
    return [{"id": key, "customerId": key % customers + 1} for key in range(count)]


def answers(found: list[dict[str, Any]], **more: Callable[[Mapping[str, Any]], Any]) -> Answers:
    """The shop with these orders, and the customers."""

    def ours(asked: Mapping[str, Any]) -> list[dict[str, Any]]:
        wanted = asked.get("customerId")
        return [one for one in found if wanted is None or one["customerId"] in wanted]

    return Answers(
        {
            "listOrders": ours,
            "getOrder": lambda asked: found[asked["id"]],
            "getCustomer": lambda asked: CUSTOMERS[asked["id"]],
            "listCustomers": lambda asked: [CUSTOMERS[key] for key in asked["ids"]],
            **more,
        }
    )


def names(caller: Answers) -> list[str]:
    """The functions that were called."""
    return [name for _, name, _ in caller.calls]


SINGLE = """extend type Order {
  customer: Customer @call(function: "crm.getCustomer", args: { id: "$parent.customerId" })
}"""
BATCHED = """extend type Order {
  customer: Customer
    @call(function: "crm.listCustomers", args: { ids: "$parents.customerId" }, match: "id")
}"""
BACK = """extend type Customer {
  orders: [Order!]
    @call(function: "shop.listOrders", args: { customerId: "$parents.id" }, match: "customerId")
}"""
LISTED = "{ listOrders { id customer { name } } }"


async def test_a_list_of_a_hundred_takes_two_calls() -> None:
    """One for the list, one for all that its items ask for."""
    caller = answers(orders(100, customers=50))

    result = await ask(built(BATCHED), caller, LISTED)

    assert names(caller) == ["listOrders", "listCustomers"]
    assert caller.calls[1][2] == {"ids": [*range(1, 51)]}
    found = (result.data or {})["listOrders"]
    assert [one["customer"]["name"] for one in found] == [f"c{key % 50 + 1}" for key in range(100)]


async def test_without_a_batch_equal_keys_are_asked_once() -> None:
    """One call for the list, and one for each key."""
    caller = answers(orders(100, customers=7))

    await ask(built(SINGLE), caller, LISTED)

    assert names(caller) == ["listOrders", *["getCustomer"] * 7]


@pytest.mark.parametrize("sdl", [SINGLE, BATCHED])
async def test_two_branches_that_ask_for_the_same_ask_once(sdl: str) -> None:
    """Whatever else they select."""
    caller = answers(orders(3, customers=3))

    await ask(
        built(sdl),
        caller,
        "{ a: listOrders { customer { name } } b: listOrders { id customer { id } } }",
    )

    assert len(names(caller)) == len(set(map(str, caller.calls)))
    assert names(caller).count("listOrders") == 1


async def test_joins_lead_on_from_joins() -> None:
    """A list in a list in a list: one call for each level."""
    caller = answers(orders(20, customers=4))
    query = "{ listOrders { customer { orders { customer { orders { id } } } } } }"

    result = await ask(built(f"{BATCHED} {BACK}"), caller, query)

    assert result.errors is None
    assert names(caller)[:3] == ["listOrders", "listCustomers", "listOrders"]
    assert len(caller.calls) == 3
    first = (result.data or {})["listOrders"][0]["customer"]["orders"]
    assert [one["customer"]["orders"][0]["id"] for one in first] == ["0"] * 5


async def test_a_list_has_all_items_of_its_key_and_none_where_there_are_none() -> None:
    """One to many: in the order of the answer; nothing is an empty list."""
    caller = answers(
        [{"id": 1, "customerId": 2}, {"id": 2, "customerId": 1}, {"id": 3, "customerId": 2}],
    )
    query = "{ listCustomers(ids: [2, 3]) { orders { id } } }"

    result = await ask(built(BACK), caller, query)

    assert result.data == {
        "listCustomers": [{"orders": [{"id": "1"}, {"id": "3"}]}, {"orders": []}]
    }


async def test_one_object_is_the_first_of_its_key_and_null_where_there_is_none() -> None:
    """Items that answer no key, or a key again, are passed over."""
    given = [{"id": 2, "name": "no"}, {"id": 1, "name": "a"}, {"id": 1, "name": "b"}, {}, None]
    found = [{"id": 1, "customerId": 1}, {"id": 2, "customerId": 9}]
    caller = answers(found, listCustomers=lambda _: given)

    result = await ask(built(BATCHED), caller, LISTED)

    assert result.data == {
        "listOrders": [
            {"id": "1", "customer": {"name": "a"}},
            {"id": "2", "customer": None},
        ]
    }


@pytest.mark.parametrize("sdl", [SINGLE, BATCHED])
async def test_an_object_without_a_key_asks_for_nothing(sdl: str) -> None:
    """Its field is null, and no call is made for it."""
    caller = answers([{"id": 1, "customerId": None}, {"id": 2}])

    result = await ask(built(sdl), caller, LISTED)

    assert (result.data, result.errors) == (
        {"listOrders": [{"id": "1", "customer": None}, {"id": "2", "customer": None}]},
        None,
    )
    assert names(caller) == ["listOrders"]


async def test_as_many_keys_in_a_call_as_it_may_have() -> None:
    """Beyond that there are several calls."""
    sdl = BATCHED.replace('match: "id"', 'match: "id", batchSize: 4')
    caller = answers(orders(10, customers=10))

    await ask(built(sdl), caller, LISTED)

    assert [len(asked["ids"]) for _, name, asked in caller.calls[1:]] == [4, 4, 2]


async def test_a_failed_call_for_many_is_an_error_at_each_path() -> None:
    """Its keys are null; those of other calls arrive."""

    def some(asked: Mapping[str, Any]) -> Any:
        if 1 in asked["ids"]:
            raise TimedOut("no answer in time")
        return [CUSTOMERS[key] for key in asked["ids"]]

    sdl = BATCHED.replace('match: "id"', 'match: "id", batchSize: 2')
    caller = answers(orders(3, customers=3), listCustomers=some)

    result = await ask(built(sdl), caller, LISTED)

    found = (result.data or {})["listOrders"]
    assert [one["customer"] for one in found] == [None, None, {"name": "c3"}]
    errors = [(error.path, (error.extensions or {})["code"]) for error in result.errors or []]
    assert sorted(errors, key=str) == [
        (["listOrders", 0, "customer"], "UPSTREAM_TIMEOUT"),
        (["listOrders", 1, "customer"], "UPSTREAM_TIMEOUT"),
    ]


async def test_a_failed_call_for_one_spares_the_others() -> None:
    """Null with one error per path."""

    def one(asked: Mapping[str, Any]) -> Any:
        if asked["id"] == 1:
            raise Refused("the backend refused", status=404)
        return CUSTOMERS[asked["id"]]

    caller = answers(orders(4, customers=2), getCustomer=one)

    result = await ask(built(SINGLE), caller, LISTED)

    assert [error.path for error in result.errors or []] == [
        ["listOrders", 0, "customer"],
        ["listOrders", 2, "customer"],
    ]
    assert [one["customer"] for one in (result.data or {})["listOrders"]] == [
        *(None, {"name": "c2"}, None, {"name": "c2"})
    ]


@pytest.mark.parametrize("given", [{"id": 1}, "text", [{"id": 1}, 5]])
async def test_an_answer_for_many_that_is_no_list_of_objects(given: Any) -> None:
    """It is not what was promised."""
    caller = answers(orders(1, customers=1), listCustomers=lambda _: given)

    result = await ask(built(BATCHED), caller, LISTED)

    assert result.data == {"listOrders": [{"id": "0", "customer": None}]}
    (error,) = result.errors or []
    assert (error.extensions or {})["code"] == "UPSTREAM_INVALID_RESPONSE"


async def test_an_answer_for_many_that_is_null() -> None:
    """Nothing answers any key."""
    caller = answers(orders(1, customers=1), listCustomers=lambda _: None)

    result = await ask(built(BATCHED), caller, LISTED)

    assert (result.data, result.errors) == ({"listOrders": [{"id": "0", "customer": None}]}, None)


REGIONAL = """extend type Order {
  customer: Customer
    @call(
      function: "crm.regional"
      args: { ids: "$parents.customerId", regions: "$parents.region" }
      match: "id, region"
    )
}"""


async def test_keys_of_several_parts() -> None:
    """A list for each part, and an item is matched by all of them."""
    given = [{"id": 1, "name": "x", "region": "s"}, {"id": 1, "name": "y", "region": "n"}]
    found = [{"id": 1, "customerId": 1, "region": "n"}, {"id": 2, "customerId": 1, "region": "s"}]
    caller = answers(found, regional=lambda _: given)

    result = await ask(built(REGIONAL), caller, LISTED)

    assert caller.calls[1][2] == {"ids": [1, 1], "regions": ["n", "s"]}
    names = [one["customer"]["name"] for one in (result.data or {})["listOrders"]]
    assert names == ["y", "x"]


async def test_keys_as_objects_of_a_list() -> None:
    """An item written once stands for one of every key; several parts go in each."""
    ref = InputType("Ref", "Ref", fields=(Field("id", LONG), Field("area", STRING)))
    by = reading("by", listed(named("Customer")), Field("refs", listed(required(named("Ref")))))
    crm = catalog(*CRM.functions, by, types=(*CRM.types, ref))
    sdl = REGIONAL.replace(
        'args: { ids: "$parents.customerId", regions: "$parents.region" }',
        'args: { refs: [{ id: "$parents.customerId", area: "$parents.region" }] }',
    ).replace("regional", "by")
    found = [{"id": 1, "customerId": 7, "region": "n"}]
    caller = answers(found, by=lambda _: [{"id": 7, "name": "x", "region": "n"}])

    result = await ask(built(sdl, crm=crm), caller, LISTED)

    assert caller.calls[1][2] == {"refs": [{"id": 7, "area": "n"}]}
    assert result.data == {"listOrders": [{"id": "1", "customer": {"name": "x"}}]}


async def test_answers_in_the_order_of_the_keys() -> None:
    """`match: []` says that an item's place is its key's."""
    sdl = BATCHED.replace('match: "id"', "match: []")
    caller = answers(
        orders(3, customers=3),
        listCustomers=lambda asked: [None if key == 2 else {"name": key} for key in asked["ids"]],
    )

    result = await ask(built(sdl), caller, LISTED)

    found = [one["customer"] for one in (result.data or {})["listOrders"]]
    assert found == [{"name": "1"}, None, {"name": "3"}]


async def test_fewer_answers_than_keys_are_no_answers_in_order() -> None:
    """Nobody could tell whose is missing."""
    sdl = BATCHED.replace('match: "id"', "match: []")
    caller = answers(orders(2, customers=2), listCustomers=lambda _: [{"name": "who?"}])

    result = await ask(built(sdl), caller, LISTED)

    assert [one["customer"] for one in (result.data or {})["listOrders"]] == [None, None]
    assert [error.message for error in result.errors or []] == [
        "2 keys were asked for, 1 items came"
    ] * 2


async def test_the_keys_of_a_recognised_batch_need_no_match() -> None:
    """Discovery knows which field says whose an item is, and how many keys there may be."""
    batch = Batch(("ids",), "id", most=2)
    crm = catalog(*(_with(one, batch) for one in CRM.functions), types=CRM.types)
    caller = answers(orders(3, customers=3))

    await ask(built(BATCHED.replace(', match: "id"', ""), crm=crm), caller, LISTED)

    assert [asked for _, _, asked in caller.calls[1:]] == [{"ids": [1, 2]}, {"ids": [3]}]


def _with(function: Any, batch: Batch) -> Any:
    return type(function)(
        **{name: getattr(function, name) for name in function.__struct_fields__}
        | {"batch": batch if function.name == "listCustomers" else None}
    )


async def test_a_function_with_one_twin_for_many_keys_is_not_called() -> None:
    """A join that is written for one object takes one call for a list all the same."""
    crm = catalog(*(_with(one, Batch(("ids",), "id")) for one in CRM.functions), types=CRM.types)
    caller = answers(orders(9, customers=3))

    result = await ask(built(SINGLE, crm=crm), caller, LISTED)

    assert result.errors is None
    assert caller.calls[1:] == [("crm", "listCustomers", {"ids": [1, 2, 3]})]


async def test_the_twin_of_a_function_with_a_request_message() -> None:
    """As gRPC has them: the key is in a message, and the list in another."""
    one = InputType("One", "One", fields=(Field("name", STRING),))
    many = InputType(
        "Many", "Many", fields=(Field("parent", STRING), Field("names", listed(STRING)))
    )
    answer = ObjectType("All", "All", fields=(Field("found", listed(named("Customer"))),))
    crm = catalog(
        reading("Get", named("Customer"), Field("input", named("One"))),
        reading(
            "BatchGet",
            named("All"),
            Field("input", named("Many")),
            batch=Batch(("input", "names"), "name", ("found",)),
        ),
        types=(*CRM.types, one, many, answer),
    )
    sdl = """extend type Order {
      x: Customer @call(function: "crm.Get", args: { name: "$parent.note" })
    }"""
    found = [{"id": key, "note": f"n{key}"} for key in (1, 2)]
    caller = answers(found, BatchGet=lambda _: {"found": [{"name": "n2", "id": 7}]})

    result = await ask(built(sdl, crm=crm), caller, "{ listOrders { x { id } } }")

    assert result.data == {"listOrders": [{"x": None}, {"x": {"id": "7"}}]}
    assert caller.calls[1:] == [("crm", "BatchGet", {"input": {"names": ["n1", "n2"]}})]


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ((Field("limit", LONG),), "id"),
        ((Field("tenant", required(STRING)),), "id"),
        ((), "region"),
    ],
)
async def test_what_may_be_no_twin_is_not_called(more: tuple[Field, ...], key: str) -> None:
    """Answers may come in pages, something else must be given, or the key is another."""
    many = reading(
        "listCustomers",
        listed(required(named("Customer"))),
        Field("ids", listed(LONG)),
        *more,
        batch=Batch(("ids",), key),
    )
    crm = catalog(CRM.functions[0], many, types=CRM.types)
    caller = answers(orders(2, customers=2))

    await ask(built(SINGLE, crm=crm), caller, LISTED)

    assert names(caller) == ["listOrders", "getCustomer", "getCustomer"]


PARCELS = """extend type Order {
  parcels(last: Int = 5, kind: String): [Parcel!]
    @call(
      function: "crm.ListParcels"
      args: { order_id: "$parent.id", page_size: "$args.last", kind: "$args.kind" }
    )
}"""


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("", {"pageSize": 5}),
        ("(last: 2)", {"pageSize": 2}),
        ("(last: null)", {}),
        ('(kind: "x")', {"pageSize": 5, "kind": "x"}),
        ("(last: $n)", {"pageSize": 7}),
        ("(last: $none)", {"pageSize": 5}),
    ],
)
async def test_arguments_of_the_field_are_passed_on(said: str, sent: dict[str, Any]) -> None:
    """Under the names of the request message; a default is given, and what is null is not."""
    caller = answers(orders(1, customers=1), ListParcels=lambda _: {"parcels": [{"id": "p"}]})
    query = f"query ($n: Int, $none: Int) {{ getOrder(id: 0) {{ parcels{said} {{ id }} }} }}"

    result = await ask(built(PARCELS), caller, query, {"n": 7})

    assert result.data == {"getOrder": {"parcels": [{"id": "p"}]}}
    assert caller.calls[1][2] == {"input": {"orderId": 0, **sent}}


async def test_the_same_field_with_other_arguments_is_another_call() -> None:
    """Each as its alias asks."""
    caller = answers(
        orders(1, customers=1),
        ListParcels=lambda asked: {"parcels": [{"id": f"{asked['input']['pageSize']}"}]},
    )

    result = await ask(
        built(PARCELS), caller, "{ getOrder(id: 0) { a: parcels(last: 1) {id} b: parcels {id} } }"
    )

    assert result.data == {"getOrder": {"a": [{"id": "1"}], "b": [{"id": "5"}]}}


async def test_arguments_of_a_field_that_asks_for_many() -> None:
    """Every combination of arguments is a call of its own, for all its objects."""
    sdl = """extend type Order { customer(region: String = "n"): Customer
      @call(
        function: "crm.regional"
        args: { ids: "$parents.customerId", regions: ["$args.region"] }
        match: "id"
      ) }"""

    def regional(asked: Mapping[str, Any]) -> list[Any]:
        return [{"id": key, "name": f"{key}{asked['regions']}"} for key in asked["ids"]]

    caller = answers(orders(2, customers=2), regional=regional)
    query = '{ listOrders { a: customer { name } b: customer(region: "s") { name } } }'

    result = await ask(built(sdl), caller, query)

    assert (result.data or {})["listOrders"][1] == {
        "a": {"name": "2['n']"},
        "b": {"name": "2['s']"},
    }
    assert sorted(str(asked) for _, _, asked in caller.calls[1:]) == [
        "{'ids': [1, 2], 'regions': ['n']}",
        "{'ids': [1, 2], 'regions': ['s']}",
    ]


@pytest.mark.parametrize("sdl", [SINGLE, BATCHED])
async def test_below_a_mutation(sdl: str) -> None:
    """What a mutation gave is joined as well."""
    shop = catalog(
        *SHOP.functions[:2], writing("createOrders", listed(named("Order"))), types=(ORDER,)
    )
    caller = answers([], createOrders=lambda _: orders(3, customers=3))

    result = await ask(
        built(sdl, shop=shop), caller, "mutation { createOrders { customer { name } } }"
    )

    assert result.data == {"createOrders": [{"customer": {"name": f"c{key}"}} for key in (1, 2, 3)]}


async def test_values_of_every_sort() -> None:
    """Constants, texts made of values, nested inputs and lists go in as they are written."""
    inner = InputType("Inner", "Inner", fields=(Field("texts", listed(STRING)), Field("n", LONG)))
    any_ = reading(
        "any",
        STRING,
        Field("inner", required(named("Inner"))),
        Field("tags", MapOf(STRING)),
        Field("plain", STRING),
        Field("json", JSON),
        Field("inners", listed(named("Inner"))),
    )
    crm = catalog(*CRM.functions, any_, types=(*CRM.types, inner))
    sdl = """extend type Order { x: String @call(function: "crm.any", args: {
      inner: { texts: ["$parent.note", "no {$parent.id}-{$parent.note}!", "x"], n: 5 }
      tags: { a: "$parent.note", b: "c" }
      plain: "$$5"
      json: [{ a: ["$parent.id", null, 1.5] }]
      inners: { texts: "$parent.note" }
    }) }"""
    caller = answers([{"id": 3, "note": "n"}], any=str)

    result = await ask(built(sdl, crm=crm), caller, "{ listOrders { x } }")

    assert caller.calls[1][2] == {
        "inner": {"texts": ["n", "no 3-n!", "x"], "n": 5},
        "tags": {"a": "n", "b": "c"},
        "plain": "$5",
        "json": [{"a": [3, None, Decimal("1.5")]}],
        "inners": [{"texts": ["n"]}],
    }
    assert result.errors is None


async def test_a_result_that_is_written() -> None:
    """Where the rule would not find the value, a path does."""
    both = ObjectType("Both", "Both", fields=(Field("a", named("More")), Field("b", STRING)))
    more = ObjectType("More", "More", fields=(Field("c", STRING),))
    crm = catalog(*CRM.functions, reading("both", named("Both")), types=(*CRM.types, both, more))
    sdl = 'extend type Order { x: String @call(function: "crm.both", result: "a.c") }'
    caller = answers([{"id": 3}], both=lambda _: {"a": {"c": "found"}, "b": "not"})

    result = await ask(built(sdl, crm=crm), caller, "{ listOrders { x } }")

    assert result.data == {"listOrders": [{"x": "found"}]}


async def test_hidden_parts_are_not_shown() -> None:
    """Only what was selected is in the answer, whatever the joins needed."""
    caller = answers(orders(1, customers=1))

    result = await ask(built(BATCHED), caller, "{ listOrders { customer { name } } }")

    assert result.data == {"listOrders": [{"customer": {"name": "c1"}}]}
