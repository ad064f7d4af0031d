"""Joins wherever objects may stand: lists of lists, maps, unions, and what other joins gave."""

from typing import Any

from tests.schema.catalogs import LONG, ask, catalog, listed, mapped, named, reading
from tests.schema.extend.shops import CRM, ORDER, SHOP, built
from tests.schema.joins.test_called import REGIONAL, answers, names
from upstreams.model import ByTag, Field, ObjectType, UnionType

CUSTOMER = (
    '{ customer: Customer @call(function: "crm.listCustomers", args: { ids: "$parents.by" },'
    ' match: "id") }'
)
PART = ObjectType("Part", "Part", fields=(Field("by", LONG),))


async def test_lists_of_lists() -> None:
    """Objects at any depth are asked for together; what is null there stays so."""
    order = ObjectType("Order", "Order", fields=(Field("parts", listed(listed(named("Part")))),))
    shop = catalog(reading("listOrders", listed(listed(named("Order")))), types=(order, PART))
    orders = [[{"parts": [[{"by": 1}, None], None]}, None], None, [{"parts": [[{"by": 2}]]}]]
    caller = answers([], listOrders=lambda _: orders)

    result = await ask(
        built(f"extend type Part {CUSTOMER}", shop=shop),
        caller,
        "{ listOrders { parts { customer { name } } } }",
    )

    one, two = ({"customer": {"name": name}} for name in ("c1", "c2"))
    assert result.data == {
        "listOrders": [[{"parts": [[one, None], None]}, None], None, [{"parts": [[two]]}]]
    }
    assert caller.calls[1:] == [("crm", "listCustomers", {"ids": [1, 2]})]


async def test_values_of_maps() -> None:
    """Those of all entries together."""
    order = ObjectType("Order", "Order", fields=(Field("parts", mapped(named("Part"))),))
    shop = catalog(reading("getOrder", named("Order")), types=(order, PART))
    parts = {"a": {"by": 1}, "b": {"by": 2}, "c": None}
    caller = answers([], getOrder=lambda _: {"parts": parts})

    result = await ask(
        built(f"extend type Part {CUSTOMER}", shop=shop),
        caller,
        "{ getOrder { parts { key value { customer { name } } } } }",
    )

    assert result.data == {
        "getOrder": {
            "parts": [
                {"key": "a", "value": {"customer": {"name": "c1"}}},
                {"key": "b", "value": {"customer": {"name": "c2"}}},
                {"key": "c", "value": None},
            ]
        }
    }
    assert names(caller) == ["getOrder", "listCustomers"]


async def test_members_of_a_union() -> None:
    """Each type's own join, with the keys of its objects alone."""
    box = ObjectType("Box", "Box", fields=(Field("by", LONG),))
    either = UnionType(
        "Either",
        "Either",
        members=("Part", "Box"),
        resolution=ByTag("t", (("p", "Part"), ("b", "Box"))),
    )
    shop = catalog(reading("things", listed(named("Either"))), types=(PART, box, either))
    found = [{"t": "p", "by": 1}, {"t": "b", "by": 2}, {"t": "p", "by": 3}]
    caller = answers([], things=lambda _: found)

    result = await ask(
        built(f"extend type Part {CUSTOMER} extend type Box {CUSTOMER}", shop=shop),
        caller,
        "{ things { ... on Part { customer { name } } ... on Box { customer { name } } } }",
    )

    assert result.data == {"things": [{"customer": {"name": f"c{key}"}} for key in (1, 2, 3)]}
    assert [asked["ids"] for _, _, asked in caller.calls[1:]] == [[1, 3], [2]]


async def test_a_join_that_gives_a_union() -> None:
    """What its members join leads on."""
    either = UnionType(
        "Either", "Either", members=("Part",), resolution=ByTag("t", (("p", "Part"),))
    )
    crm = catalog(
        reading("find", named("Either"), Field("id", LONG)), *CRM.functions,
        types=(*CRM.types, PART, either),
    )  # fmt: skip
    sdl = f"""
      extend type Order {{
        thing: Either @call(function: "crm.find", args: {{ id: "$parent.id" }})
      }}
      extend type Part {CUSTOMER}
    """
    caller = answers([{"id": 0}], find=lambda _: {"t": "p", "by": 5})

    result = await ask(
        built(sdl, shop=catalog(SHOP.functions[1], types=(ORDER,)), crm=crm),
        caller,
        "{ getOrder(id: 0) { thing { ... on Part { customer { name } } } } }",
    )

    assert result.data == {"getOrder": {"thing": {"customer": {"name": "c5"}}}}


async def test_a_key_of_which_a_part_is_null() -> None:
    """It is not asked for, and no item answers it."""
    found: list[dict[str, Any]] = [
        {"id": 1, "customerId": 1, "region": None},
        {"id": 2, "customerId": 1, "region": "s"},
        {"id": 3, "customerId": None, "region": "s"},
    ]
    given = [{"id": 1, "name": "x", "region": "s"}, {"id": 1, "name": "not", "region": None}]
    caller = answers(found, regional=lambda _: given)

    result = await ask(built(REGIONAL), caller, "{ listOrders { customer { name } } }")

    assert caller.calls[1:] == [("crm", "regional", {"ids": [1], "regions": ["s"]})]
    assert result.data == {
        "listOrders": [{"customer": None}, {"customer": {"name": "x"}}, {"customer": None}]
    }


async def test_a_join_that_leads_to_its_own_type() -> None:
    """As deep as the operation goes, and each object once."""
    sdl = """extend type Order {
      again: Order @call(function: "shop.getOrder", args: { id: "$parent.id" })
    }"""
    caller = answers([{"id": 0}])
    query = f"{{ getOrder(id: 0) {{ {'again { ' * 30} id {'} ' * 30} }} }}"

    result = await ask(built(sdl), caller, query)

    assert result.errors is None
    assert names(caller) == ["getOrder"]
