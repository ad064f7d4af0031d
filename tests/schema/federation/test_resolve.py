"""`_entities` and `_service`, asked as a router asks."""

from collections.abc import Mapping
from typing import Any

import pytest
from graphql import GraphQLSchema
from msgspec.structs import replace

from schema.federation.sdl import subgraph_sdl
from schema.request import Asked, Request
from tests.schema.catalogs import INT, JSON, STRING, Answers, ask, catalog, listed, named, reading
from tests.schema.extend.shops import CRM, SHOP
from tests.schema.federation.subgraphs import built
from upstreams.errors import Refused
from upstreams.model import (
    Batch,
    Catalog,
    EnumType,
    EnumValue,
    Field,
    ObjectType,
    Scalar,
    ScalarKind,
)
from upstreams.shape import Value

BOTH = """
entities:
  Customer: { key: id, function: crm.listCustomers, args: { ids: $parents.id }, match: id }
  Order: { key: id, function: shop.getOrder, args: { id: $parent.id } }
  Address: { key: city }
"""
QUERY = """
query ($these: [_Any!]!) {
  _entities(representations: $these) { __typename ... on Customer { id name } ...Ordered }
}
fragment Ordered on Order { id note }
"""


def selecting(selection: str) -> str:
    """A query for that of each entity."""
    return f"query ($these: [_Any!]!) {{ _entities(representations: $these) {{ {selection} }} }}"


def customers(arguments: Mapping[str, Any]) -> Any:
    """Those asked for, the last first, but for number 404."""
    return [{"id": one, "name": f"c{one}"} for one in reversed(arguments["ids"]) if one != 404]


def order(arguments: Mapping[str, Any]) -> Any:
    """The order of a number, but for number 404."""
    if arguments["id"] == 404:
        raise Refused("there is none", status=404)
    return {"id": arguments["id"], "note": f"n{arguments['id']}"}


def answers() -> Answers:
    return Answers({"listCustomers": customers, "getOrder": order})


async def entities(
    schema: GraphQLSchema, caller: Answers, *these: Any, query: str = QUERY
) -> tuple[list[Any], list[tuple[str, list[Any]]]]:
    """What is given for representations, and the errors with their paths."""
    result = await ask(schema, caller, query, {"these": list(these)})
    errors = [(one.message, list(one.path or ())) for one in result.errors or ()]
    assert all((one.extensions or {}).get("code") for one in result.errors or ())
    return (result.data or {}).get("_entities", []), errors


async def test_entities_come_in_the_order_of_their_representations() -> None:
    """Several types at once; what does not exist is null without an error."""
    found, errors = await entities(
        built(BOTH),
        answers(),
        {"__typename": "Customer", "id": "7"},
        {"__typename": "Order", "id": 1},
        {"__typename": "Customer", "id": 404},
        {"__typename": "Customer", "id": 8, "name": "what another subgraph says counts nothing"},
    )

    assert found == [
        {"__typename": "Customer", "id": "7", "name": "c7"},
        {"__typename": "Order", "id": "1", "note": "n1"},
        None,
        {"__typename": "Customer", "id": "8", "name": "c8"},
    ]
    assert errors == []


async def test_equal_keys_are_asked_for_once_and_batches_in_one_call() -> None:
    """However they are written: a `Long` may be a text or a number."""
    caller = answers()
    these = [{"__typename": "Customer", "id": one} for one in (7, "8", "7", 7)]
    ordered = [{"__typename": "Order", "id": one} for one in (1, "1", 2)]

    await entities(built(BOTH), caller, *these, *ordered)

    assert sorted(caller.calls, key=str) == [
        ("crm", "listCustomers", {"ids": [7, 8]}),
        ("shop", "getOrder", {"id": 1}),
        ("shop", "getOrder", {"id": 2}),
    ]


WRONG: Mapping[str, tuple[Any, str]] = {
    "an unknown type": ({"__typename": "Odrer"}, "'Odrer' cannot be asked for here; did you mean"),
    "a type without a function": ({"__typename": "Address", "city": "x"}, "'Address' cannot be"),
    "no type": ({"id": 1}, "__typename must say which type is meant"),
    "a type that is no text": ({"__typename": ["Order"]}, "__typename must say"),
    "a long type": ({"__typename": "x" * 100_000}, "'xxxx"),
    "no object": (3, "an object is wanted, a number came"),
    "no key": ({"__typename": "Order"}, "Order is asked for by 'id', which is not there"),
    "a null key": ({"__typename": "Order", "id": None}, "Order is asked for by 'id', which is"),
    "a key of another type": ({"__typename": "Order", "id": "x"}, "id: Long cannot represent"),
    "an object for a key": ({"__typename": "Order", "id": {"id": 1}}, "id: an object is no key"),
}


@pytest.mark.parametrize("case", WRONG)
async def test_a_representation_that_is_wrong_is_an_error_at_its_place(case: str) -> None:
    """The others arrive."""
    representation, message = WRONG[case]

    found, errors = await entities(
        built(BOTH), answers(), representation, {"__typename": "Order", "id": 1}
    )

    assert found == [None, {"__typename": "Order", "id": "1", "note": "n1"}]
    ((told, path),) = errors
    assert told.startswith(message)
    assert len(told) < 200
    assert path == ["_entities", 0]


async def test_a_hostile_depth_is_an_error_at_its_place() -> None:
    """Of a key; what is no key is not even looked at."""
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]

    found, errors = await entities(
        built(BOTH),
        answers(),
        {"__typename": "Order", "id": deep},
        {"__typename": "Order", "id": 1, "more": deep},
    )

    assert found[1]["id"] == "1"
    assert errors == [("id: a list is no key", ["_entities", 0])]


async def test_a_call_that_fails_is_an_error_at_each_of_its_paths() -> None:
    """Of all that were asked for by it."""
    missing = {"__typename": "Order", "id": 404}

    found, errors = await entities(
        built(BOTH), answers(), missing, {"__typename": "Order", "id": 1}, missing
    )

    assert [one and one["id"] for one in found] == [None, "1", None]
    assert [path for _, path in errors] == [["_entities", 0], ["_entities", 2]]


async def test_there_are_not_more_than_the_settings_allow() -> None:
    """More are refused before anything is asked."""
    caller = answers()
    these = [{"__typename": "Order", "id": one} for one in range(3)]

    found, errors = await entities(built(f"{BOTH}maxRepresentations: 2"), caller, *these)

    assert found == []
    assert errors == [("3 objects are asked for, 2 at most", ["_entities"])]
    assert caller.calls == []


async def test_a_batch_twin_is_used_by_itself() -> None:
    """As of a join: `listCustomers(ids:)` answers for what `getCustomer(id:)` does."""
    batch = Batch(("ids",), "id")
    functions = tuple(
        replace(one, batch=batch) if one.name == "listCustomers" else one for one in CRM.functions
    )
    settings = "entities: {Customer: {key: id, function: crm.getCustomer, args: {id: $parent.id}}}"
    caller = answers()

    found, _ = await entities(
        built(settings, crm=replace(CRM, functions=functions)),
        caller,
        *({"__typename": "Customer", "id": one} for one in (7, 8)),
        query=selecting("... on Customer { id }"),
    )

    assert found == [{"id": "7"}, {"id": "8"}]
    assert caller.calls == [("crm", "listCustomers", {"ids": [7, 8]})]


async def test_keys_are_tried_in_their_order() -> None:
    """The first that is there whole says what is asked."""
    settings = """
entities:
  Customer:
    - { key: id region, function: crm.regional,
        args: { regions: $parents.region, ids: $parents.id }, match: [region, id] }
    - { key: id, function: crm.listCustomers, args: { ids: $parents.id }, match: id }
"""
    caller = Answers(
        {
            "listCustomers": customers,
            "regional": lambda said: [
                {"id": one, "region": region, "name": "both"}
                for one, region in zip(said["ids"], said["regions"], strict=True)
            ],
        }
    )

    found, errors = await entities(
        built(settings),
        caller,
        {"__typename": "Customer", "id": 7, "region": "eu"},
        {"__typename": "Customer", "id": 8},
    )

    assert errors == []
    assert [one["name"] for one in found] == ["both", "c8"]


async def test_arguments_are_written_in_yaml_as_in_sdl() -> None:
    """Texts with parts of the key in them, numbers, lists; an enum's value is a text."""
    kind = EnumType("Kind", "Kind", values=(EnumValue("big-one", "big-one", ""),))
    asked = reading(
        "find",
        named("Thing"),
        Field("text", STRING),
        Field("number", INT),
        Field("flag", Scalar(ScalarKind.BOOLEAN)),
        Field("share", Scalar(ScalarKind.FLOAT)),
        Field("list", listed(INT)),
        Field("kind", named("Kind")),
        Field("any", JSON),
    )
    thing = ObjectType("Thing", "Thing", fields=(Field("sku", STRING),))
    settings = """
entities:
  Thing:
    key: sku
    function: shop.find
    args:
      text: "no {$parent.sku}!"
      number: 7
      flag: true
      share: 0.5
      list: [1, 2]
      kind: big_one
      any: { sku: $parent.sku, of: [null, $$plain] }
"""
    caller = Answers({"find": lambda _: {"sku": "tea"}})

    found, errors = await entities(
        built(settings, shop=catalog(asked, types=(kind, thing))),
        caller,
        {"__typename": "Thing", "sku": "x"},
        query=selecting("... on Thing { sku }"),
    )

    assert (found, errors) == ([{"sku": "tea"}], [])
    ((_, _, said),) = caller.calls
    assert said == {
        "text": "no x!",
        "number": 7,
        "flag": True,
        "share": 0.5,
        "list": [1, 2],
        "kind": "big-one",
        "any": {"sku": "x", "of": [None, "$plain"]},
    }


async def test_a_key_below_the_object_and_an_enum_are_passed_on_as_the_backend_has_them() -> None:
    """By the names that clients see, which rules may have given."""
    state = EnumType("State", "State", values=(EnumValue("is-open", "is-open", ""),))
    shop = ObjectType(
        "Shop", "Shop", fields=(Field("shop-no", INT), Field("state", named("State")))
    )
    thing = ObjectType("Thing", "Thing", fields=(Field("sku", STRING), Field("in", named("Shop"))))
    asked = reading("thing", named("Thing"), Field("no", INT), Field("state", named("State")))
    things = catalog(asked, reading("all", listed(named("Thing"))), types=(state, shop, thing))
    sdl = """
extend type Thing @rename(to: "Item") { in: Shop @rename(to: "soldIn") }
extend type Shop { shop_no: Int @rename(to: "number") }
"""
    settings = """
entities:
  Item:
    key: soldIn { number state }
    function: shop.thing
    args: { no: $parent.soldIn.number, state: $parent.soldIn.state }
"""
    caller = Answers({"thing": lambda _: {"sku": "tea"}})

    found, errors = await entities(
        built(settings, sdl, shop=things),
        caller,
        {"__typename": "Item", "soldIn": {"number": 3, "state": "is_open"}},
        query=selecting("... on Item { sku }"),
    )

    assert (found, errors) == ([{"sku": "tea"}], [])
    assert caller.calls == [("shop", "thing", {"no": 3, "state": "is-open"})]


def of_things(upstream: str, key: str, state: str) -> Catalog:
    """An upstream with things of its own words."""
    states = EnumType("State", "State", values=(EnumValue(state, state, ""),))
    fields = (Field(key, INT), Field("state", named("State")))
    thing = ObjectType("Thing", "Thing", fields=fields)
    given = Field("no", INT), Field("state", named("State"))
    return catalog(reading(f"{upstream}Thing", named("Thing"), *given), types=(states, thing))


@pytest.mark.parametrize(("upstream", "state"), [("shop", "is-open"), ("crm", "is.open")])
async def test_a_merged_type_is_asked_of_the_upstream_that_settings_name(
    upstream: str, state: str
) -> None:
    """In that upstream's words, both ways."""
    shop, crm = of_things("shop", "id", "is-open"), of_things("crm", "the_id", "is.open")
    sdl = """
extend type Thing @merge(with: ["CrmThing"])
extend enum State @merge(with: ["CrmState"])
extend type CrmThing { the_id: Int @rename(to: "id") }
"""
    settings = f"""
entities:
  Thing:
    key: id state
    function: {upstream}.{upstream}Thing
    args: {{ no: $parent.id, state: $parent.state }}
"""
    caller = Answers(
        {
            "shopThing": lambda said: {"id": said["no"], "state": said["state"]},
            "crmThing": lambda said: {"the_id": said["no"], "state": said["state"]},
        }
    )
    said = {"__typename": "Thing", "id": 3, "state": "is_open"}

    found, errors = await entities(
        built(settings, sdl, shop=shop, crm=crm),
        caller,
        said,
        query=selecting("... on Thing { id state }"),
    )

    assert (found, errors) == ([{"id": 3, "state": "is_open"}], [])
    assert caller.calls == [(upstream, f"{upstream}Thing", {"no": 3, "state": state})]


async def test_a_backend_is_asked_for_what_is_selected_of_its_type_alone() -> None:
    """Where that is its business: what is selected of other types is not passed down."""
    functions = tuple(replace(one, selective=True) for one in SHOP.functions)
    caller = _Selections({"listCustomers": customers, "getOrder": order})

    await entities(
        built(BOTH, shop=replace(SHOP, functions=functions)),
        caller,
        {"__typename": "Order", "id": 1},
        {"__typename": "Customer", "id": 1},
    )

    assert caller.selections["getOrder"] == ("id", "note")


class _Selections(Answers):
    """Keeps what is selected of each function's answer."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        super().__init__(answers)
        self.selections: dict[str, tuple[str, ...]] = {}

    async def fetch(self, asked: Asked, request: Request) -> Value:
        self.selections[asked.origin.function.name] = asked.selection
        return await super().fetch(asked, request)


async def test_joins_go_on_from_entities() -> None:
    """Batched over all of them."""
    sdl = """
extend type Order {
  customer: Customer
    @call(function: "crm.listCustomers", args: { ids: "$parents.customerId" }, match: "id")
}
"""
    caller = Answers(
        {
            "listCustomers": customers,
            "getOrder": lambda said: {"id": said["id"], "customerId": said["id"] + 100},
        }
    )
    found, _ = await entities(
        built(BOTH, sdl),
        caller,
        *({"__typename": "Order", "id": one} for one in (1, 2)),
        query=selecting("... on Order { customer { name } }"),
    )

    assert found == [{"customer": {"name": "c101"}}, {"customer": {"name": "c102"}}]
    assert ("crm", "listCustomers", {"ids": [101, 102]}) in caller.calls


async def test_representations_may_be_written_in_the_document() -> None:
    """With variables in them, too."""
    query = """query ($id: Long) {
      _entities(
        representations: [{ __typename: "Order", id: $id }, { __typename: "Order", id: 2 }]
      ) { ... on Order { note } }
    }"""

    result = await ask(built(BOTH), answers(), query, {"id": 1})

    assert (result.errors, result.data) == (None, {"_entities": [{"note": "n1"}, {"note": "n2"}]})


async def test_service_tells_the_sdl() -> None:
    """The same that `splice schema --federation` prints."""
    schema = built(BOTH)

    result = await ask(schema, answers(), "{ _service { sdl } }")

    assert result.data == {"_service": {"sdl": subgraph_sdl(schema)}}


async def test_without_an_entity_that_can_be_asked_for_there_is_no_such_field() -> None:
    """A subgraph may have value types alone (the specification leaves `_entities` out then)."""
    schema = built("entities: {Address: {key: city}}")

    assert schema.query_type is not None
    assert "_entities" not in schema.query_type.fields
    assert "_service" in schema.query_type.fields
