"""Types of several upstreams, shown as one."""

from collections.abc import AsyncIterator, Callable, Mapping
from inspect import isawaitable
from typing import Any

import pytest
from graphql import GraphQLSchema, parse, print_schema, print_type, subscribe
from msgspec.structs import replace

from schema.build import Extensions, build, extended_of
from schema.extend.model import ExtensionError
from schema.extend.parse import parsed
from schema.plan.plans import Plans
from schema.plan.run import run
from schema.request import Request
from schema.shaping.showing import Merge
from tests.schema.catalogs import (
    INT,
    STRING,
    Answers,
    ask,
    catalog,
    listed,
    mapped,
    named,
    reading,
    required,
    writing,
)
from tests.test_readme import blocks
from upstreams.model import (
    ByShape,
    ByTag,
    Catalog,
    EnumType,
    EnumValue,
    Field,
    Flow,
    InputType,
    InterfaceType,
    ObjectType,
    Scalar,
    ScalarKind,
    TypeDef,
    TypeRef,
    UnionType,
)

ID = required(Scalar(ScalarKind.ID))


def obj(key: str, /, *implements: str, **fields: TypeRef) -> ObjectType:
    """An object of a catalog."""
    return ObjectType(
        key, key, fields=tuple(Field(*one) for one in fields.items()), implements=implements
    )


def enum(key: str, **values: Any) -> EnumType:
    """An enum of a catalog, values by name."""
    return EnumType(key, key, values=tuple(EnumValue(*one) for one in values.items()))


def upstream(*types: TypeDef, to: str, writes: bool = False) -> Catalog:
    """One that gives a customer, and several."""
    functions = [
        reading("getCustomer", named("Customer"), Field("id", ID), label=f"{to}Customer"),
        reading("listCustomers", listed(named("Customer")), label=f"{to}Customers"),
    ]
    if writes:
        functions.append(writing(f"{to}Write", named("Customer"), Field("input", named("Draft"))))
    return catalog(*functions, types=types)


CRM = upstream(
    obj("Customer", id=ID, name=STRING, state=named("State"), past=listed(named("State"))),
    enum("State", OPEN="o", SHUT="s"),
    to="crm",
)
SHOP = upstream(
    obj("Customer", id=ID, name=STRING, state=named("State"), past=listed(named("State"))),
    enum("State", OPEN=1, SHUT=2),
    to="shop",
)
BOTH = """
extend type Customer @merge(with: ["ShopCustomer"])
extend enum State @merge(with: "ShopState")
"""


def lenient(
    sdl: str = BOTH, crm: Catalog = CRM, shop: Catalog = SHOP, merge: Merge = Merge.SAID
) -> GraphQLSchema:
    """The schema over both, whatever is wrong with what is said of it."""
    written = parsed([("graph.graphql", sdl)])
    schema, _ = build(
        {"crm": crm, "shop": shop}, extensions=Extensions(written, ("crm", "shop"), merge=merge)
    )
    return schema


def built(*given: Any, **more: Any) -> GraphQLSchema:
    """The same where nothing is wrong."""
    schema = lenient(*given, **more)
    assert extended_of(schema).problems == ()
    return schema


def problems(sdl: str, **more: Any) -> list[str]:
    """What is wrong."""
    try:
        return [str(one) for one in extended_of(lenient(sdl, **more)).problems]
    except ExtensionError as error:
        return [str(one) for one in error.problems]


class Backends(Answers):
    """A caller that answers each upstream's functions from a table of its own."""

    def __init__(self, **answers: Mapping[str, Callable[[Mapping[str, Any]], Any]]) -> None:
        super().__init__({})
        self._by_upstream = answers

    def _said(self, asked: Any) -> Any:
        origin = asked.origin
        self.calls.append((origin.upstream, origin.function.name, dict(asked.arguments)))
        return self._by_upstream[origin.upstream][origin.function.name](asked.arguments)


CALLER = Backends(
    crm={
        "getCustomer": lambda given: {
            "id": given["id"],
            "name": "Ada",
            "state": "o",
            "past": ["s"],
        },
        "listCustomers": lambda _: [{"id": "c1", "state": "x"}, {"id": "c2", "past": ["o", "?"]}],
    },
    shop={
        "getCustomer": lambda given: {"id": given["id"], "name": "Bo", "state": 2, "past": [1, 2]},
        "listCustomers": lambda _: [{"id": "s1", "state": "OPEN"}, {"id": "s2", "past": [1, 3]}],
    },
)


async def data(schema: GraphQLSchema, text: str, caller: Answers = CALLER, **variables: Any) -> Any:
    """What clients get, by both paths."""
    result = await ask(schema, caller, text, variables)
    assert result.errors is None
    return result.data


def test_two_types_are_one() -> None:
    """The second's own name is gone, and nothing else is changed."""
    schema = built()

    assert "ShopCustomer" not in schema.type_map
    assert "ShopState" not in schema.type_map
    assert "shopCustomer(id: ID!): Customer" in print_schema(schema)


async def test_one_fragment_reads_both() -> None:
    """Each upstream's values of an enum are its own."""
    text = """
    { crmCustomer(id: 1) { ...C } shopCustomer(id: 2) { ...C } }
    fragment C on Customer { __typename id name state past }
    """

    answer = await data(built(), text)

    assert answer == {
        "crmCustomer": {
            "__typename": "Customer",
            "id": "1",
            "name": "Ada",
            "state": "OPEN",
            "past": ["SHUT"],
        },
        "shopCustomer": {
            "__typename": "Customer",
            "id": "2",
            "name": "Bo",
            "state": "SHUT",
            "past": ["OPEN", "SHUT"],
        },
    }


async def test_a_plan_reads_both() -> None:
    """Without a second look by the exact path."""
    schema, request = built(), Request(CALLER, "r1", float("inf"))
    document = parse("{ crmCustomer(id: 1) { state } shopCustomer(id: 2) { state } }")
    plan, variables = Plans(schema, document).operation(None).plan({})

    outcome = await run(plan, request, variables)

    assert outcome.data == {"crmCustomer": {"state": "OPEN"}, "shopCustomer": {"state": "SHUT"}}


async def test_a_value_that_one_enum_does_not_know_is_an_error_at_its_place() -> None:
    """A name is no backend's value, even where another backend has it."""
    text = "{ crmCustomers { state past } shopCustomers { state past } }"

    result = await ask(built(), CALLER, text)

    assert result.data == {
        "crmCustomers": [{"state": None, "past": None}, {"state": None, "past": ["OPEN", None]}],
        "shopCustomers": [{"state": None, "past": None}, {"state": None, "past": ["OPEN", None]}],
    }
    assert sorted((error.path or [], error.message) for error in result.errors or []) == [
        (["crmCustomers", 0, "state"], "Enum 'State' cannot represent value: 'x'"),
        (["crmCustomers", 1, "past", 1], "Enum 'State' cannot represent value: '?'"),
        (["shopCustomers", 0, "state"], "Enum 'State' cannot represent value: 'OPEN'"),
        (["shopCustomers", 1, "past", 1], "Enum 'State' cannot represent value: 3"),
    ]


RENAMED = upstream(
    obj("Customer", customer_id=ID, **{"full-name": STRING}, loyalty=INT),
    to="shop",
)
PLAIN = upstream(obj("Customer", id=ID, name=STRING), to="crm")
ALIGNED = """
extend type Customer @merge(with: "ShopCustomer") { name: String @rename(to: "called") }
extend type ShopCustomer {
  customer_id: ID @rename(to: "id")
  full_name: String @rename(to: "name")
  loyalty: Int @hide
}
"""
OTHERS = Backends(
    crm={"getCustomer": lambda given: {"id": given["id"], "name": "Ada"}},
    shop={
        "getCustomer": lambda given: {"customer_id": given["id"], "full-name": "Bo", "id": "no"},
        "listCustomers": lambda _: [{"customer_id": "7", "full-name": "Cy"}],
    },
)


async def test_fields_are_renamed_and_hidden_until_types_are_equal() -> None:
    """What is said of the one under its own name comes first; then rules are for both."""
    schema = built(ALIGNED, PLAIN, RENAMED)

    answer = await data(
        schema, "{ crmCustomer(id: 1) { id called } shopCustomer(id: 2) { id called } }", OTHERS
    )

    assert answer == {
        "crmCustomer": {"id": "1", "called": "Ada"},
        "shopCustomer": {"id": "2", "called": "Bo"},
    }
    assert print_type(schema.type_map["Customer"]).count(":") == 2


async def test_a_join_on_the_type_works_wherever_it_is_from() -> None:
    """It reads what each upstream calls the field, by the name that the type has for it."""
    sdl = (
        ALIGNED
        + """extend type Customer {
      twin: Customer @call(function: "crm.getCustomer", args: { id: "$parent.id" })
      other: ShopCustomer @call(function: "shop.getCustomer", args: { id: "$parent.name" })
      label: String @computed(value: "{$parent.name}-{$parent.id}")
    }"""
    )
    text = """{
      crmCustomer(id: 1) { label twin { id } other { id called label } }
      shopCustomer(id: 2) { label twin { id called } other { id } }
      shopCustomers { label twin { id label } }
    }"""

    answer = await data(built(sdl, PLAIN, RENAMED), text, OTHERS)

    assert answer == {
        "crmCustomer": {
            "label": "Ada-1",
            "twin": {"id": "1"},
            "other": {"id": "Ada", "called": "Bo", "label": "Bo-Ada"},
        },
        "shopCustomer": {
            "label": "Bo-2",
            "twin": {"id": "2", "called": "Ada"},
            "other": {"id": "Bo"},
        },
        "shopCustomers": [{"label": "Cy-7", "twin": {"id": "7", "label": "Ada-7"}}],
    }


async def test_a_join_takes_both_in_batches() -> None:
    """One call for those of each upstream, matched by its own key."""
    crm = replace(
        PLAIN,
        functions=(
            *PLAIN.functions,
            reading("byIds", listed(named("Customer")), Field("ids", listed(ID))),
        ),
    )
    sdl = (
        ALIGNED
        + """extend type Customer {
      same: Customer @call(function: "crm.byIds", args: { ids: "$parents.id" }, match: "id")
    }"""
    )
    caller = Backends(
        crm={
            "listCustomers": lambda _: [{"id": "1"}, {"id": "2"}],
            "byIds": lambda given: [{"id": one, "name": f"n{one}"} for one in given["ids"]],
        },
        shop={"listCustomers": lambda _: [{"customer_id": "3"}, {"customer_id": "4"}]},
    )
    text = "{ crmCustomers { same { called } } shopCustomers { same { called } } }"

    answer = await data(built(sdl, crm, RENAMED), text, caller)

    assert answer == {
        "crmCustomers": [{"same": {"called": "n1"}}, {"same": {"called": "n2"}}],
        "shopCustomers": [{"same": {"called": "n3"}}, {"same": {"called": "n4"}}],
    }


CYCLE = (
    obj("Customer", id=ID, orders=listed(named("Order"))),
    obj("Order", id=ID, customer=required(named("Customer"))),
)
OF_CYCLE = """
extend type Customer @merge(with: "ShopCustomer")
extend type Order @merge(with: "ShopOrder")
"""


def test_types_that_lead_to_each_other_merge_together() -> None:
    """Each is equal if the other is."""
    schema = built(OF_CYCLE, upstream(*CYCLE, to="crm"), upstream(*CYCLE, to="shop"))

    assert {"ShopCustomer", "ShopOrder"}.isdisjoint(schema.type_map)


def test_of_types_that_lead_to_each_other_all_are_equal_or_none() -> None:
    """The one that differs is told, and what leads to it."""
    customer, order = CYCLE
    more = replace(order, fields=(*order.fields, Field("note", STRING)))

    found = problems(
        OF_CYCLE, crm=upstream(*CYCLE, to="crm"), shop=upstream(customer, more, to="shop")
    )

    assert found == [
        "graph.graphql:2:35: ShopCustomer is not equal to Customer: field orders is [ShopOrder]"
        " in ShopCustomer, [Order] in Customer",
        "graph.graphql:3:32: ShopOrder is not equal to Order: field customer is ShopCustomer!"
        " in ShopOrder, Customer! in Order",
    ]


async def test_inputs_are_written_for_the_one_that_is_asked() -> None:
    """By its names of fields and its values of enums, however deep."""

    def drafts(name: str, state: EnumType) -> tuple[TypeDef, ...]:
        fields = (
            Field(name, STRING),
            Field("state", named("State")),
            Field("next", named("Draft")),
            Field("by", mapped(named("State"))),
        )
        draft = InputType("Draft", "Draft", fields=fields)
        return obj("Customer", id=ID), state, draft

    crm = upstream(*drafts("full-name", enum("State", OPEN="o", SHUT="s")), to="crm", writes=True)
    shop = upstream(*drafts("name", enum("State", OPEN=1, SHUT=2)), to="shop", writes=True)
    sdl = """
    extend type Customer @merge(with: "ShopCustomer")
    extend enum State @merge(with: "ShopState")
    extend input DraftInput @merge(with: "ShopDraftInput")
    extend input ShopDraftInput { name: String @rename(to: "full_name") }
    """
    caller = Backends(
        crm={"crmWrite": lambda _: {"id": 1}}, shop={"shopWrite": lambda _: {"id": 2}}
    )
    text = """mutation ($d: DraftInput) {
      crmWrite(input: $d) { id }
      shopWrite(input: $d) { id }
      again: shopWrite(input: { full_name: "b", next: { full_name: "c", state: OPEN } }) { id }
    }"""
    draft = {
        "full_name": "a",
        "state": "SHUT",
        "next": {"full_name": "b", "by": [{"key": "k", "value": "OPEN"}]},
    }

    await data(built(sdl, crm, shop), text, caller, d=draft)

    assert caller.calls == [
        (
            "crm",
            "crmWrite",
            {
                "input": {
                    "full-name": "a",
                    "state": "s",
                    "next": {"full-name": "b", "by": {"k": "o"}},
                }
            },
        ),
        (
            "shop",
            "shopWrite",
            {"input": {"name": "a", "state": 2, "next": {"name": "b", "by": {"k": 1}}}},
        ),
        ("shop", "shopWrite", {"input": {"name": "b", "next": {"name": "c", "state": 1}}}),
    ]


def kinds(tag: str, *more: ObjectType) -> tuple[TypeDef, ...]:
    """Objects behind an interface and a union, told apart by a tag of each upstream's own."""
    members = (("c", "Cat"), ("d", "Dog"), *((one.key, one.key) for one in more))
    shapes = ByShape((("Cat", (f"{tag}Cat",)), ("Dog", ())))
    fields = {"pets": listed(named("Pet")), "any": named("Any"), "by": mapped(named("Pet"))}
    return (
        InterfaceType("Pet", "Pet", fields=(Field("id", ID),), resolution=ByTag(tag, members)),
        obj("Cat", "Pet", id=ID, lives=INT),
        obj("Dog", "Pet", id=ID),
        UnionType("Any", "Any", members=("Cat", "Dog"), resolution=shapes),
        obj("Customer", id=ID, **fields),
        *more,
    )


PETS = """
extend interface Pet @merge(with: "ShopPet")
extend type Cat @merge(with: "ShopCat")
extend type Dog @merge(with: "ShopDog")
extend union Any @merge(with: "ShopAny")
extend type Customer @merge(with: "ShopCustomer")
"""


async def test_interfaces_and_unions_are_told_apart_as_each_upstream_does() -> None:
    """By its own tags and shapes, in lists and in maps; one may have types that no other has."""
    crm, shop = kinds("kind"), kinds("type", obj("Eel", "Pet", id=ID, volts=INT))
    schema = built(PETS, upstream(*crm, to="crm"), upstream(*shop, to="shop"))
    caller = Backends(
        crm={
            "getCustomer": lambda _: {
                "pets": [{"id": 1, "kind": "c", "lives": 9}, {"id": 2, "kind": "d"}],
                "any": {"id": 3, "kindCat": 1, "lives": 8},
                "by": {"k": {"id": 4, "kind": "c", "lives": 7}},
            }
        },
        shop={
            "getCustomer": lambda _: {
                "pets": [{"id": 1, "type": "d", "kind": "c"}, {"id": 2, "type": "Eel", "volts": 5}],
                "any": {"id": 3, "kindCat": 1},
                "by": {"k": {"id": 4, "type": "c", "lives": 6}},
            }
        },
    )
    text = """{ crmCustomer(id: 1) { ...C } shopCustomer(id: 1) { ...C } }
    fragment C on Customer {
      pets { __typename id ... on Cat { lives } ... on Eel { volts } }
      any { __typename ... on Pet { id } }
      by { key value { __typename ... on Cat { lives } } }
    }"""

    answer = await data(schema, text, caller)

    assert answer == {
        "crmCustomer": {
            "pets": [
                {"__typename": "Cat", "id": "1", "lives": 9},
                {"__typename": "Dog", "id": "2"},
            ],
            "any": {"__typename": "Cat", "id": "3"},
            "by": [{"key": "k", "value": {"__typename": "Cat", "lives": 7}}],
        },
        "shopCustomer": {
            "pets": [
                {"__typename": "Dog", "id": "1"},
                {"__typename": "Eel", "id": "2", "volts": 5},
            ],
            "any": {"__typename": "Dog", "id": "3"},
            "by": [{"key": "k", "value": {"__typename": "Cat", "lives": 6}}],
        },
    }
    assert "ShopPetEntry" not in schema.type_map


def test_all_that_is_equal_merges_by_one_setting() -> None:
    """It is told; what a rule speaks of under its own name stays apart."""
    address = obj("Address", city=STRING)
    crm = upstream(*CYCLE, address, enum("State", A="a"), to="crm")
    shop = upstream(*CYCLE, address, enum("State", A="a", B="b"), to="shop")
    extend = 'extend type ShopAddress { city: String @rename(to: "town") }'

    schema = built(extend, crm, shop, merge=Merge.EQUAL)

    assert extended_of(schema).notes == (
        "ShopCustomer is merged into Customer, which is equal",
        "ShopOrder is merged into Order, which is equal",
    )


async def test_what_is_selected_is_told_by_the_names_of_the_one_that_is_asked() -> None:
    """Where a backend wants to know what clients select of its answer."""
    crm, shop = (
        replace(one, functions=tuple(replace(f, selective=True) for f in one.functions))
        for one in (PLAIN, RENAMED)
    )
    asked: list[tuple[str, ...]] = []

    class Selecting(Backends):
        def _said(self, asking: Any) -> Any:
            asked.append(asking.selection)
            return super()._said(asking)

    caller = Selecting(**OTHERS._by_upstream)
    text = "{ crmCustomer(id: 1) { id called } shopCustomer(id: 2) { id called } }"

    await data(built(ALIGNED, crm, shop), text, caller)

    assert asked == [("id", "name"), ("customer_id", "full-name")]


@pytest.mark.parametrize(
    ("sdl", "problem"),
    [
        ('type Customer @merge(with: "ShopCostumer")', "1:35: no type is called ShopCostumer; did"),
        ('type Costumer @merge(with: "ShopCustomer")', "1:13: no type is called Costumer; did you"),
        ('type Customer @merge(with: "Customer")', "1:35: Customer is merged already"),
        ('type Customer @merge(with: "State")', "1:35: State is crm's, too: types of several"),
        (
            'type Customer @merge(with: "ShopState")',
            "1:35: ShopState is not equal to Customer: kind is enum in ShopState, type in Customer",
        ),
        (
            'type Customer @merge(with: "ShopCustomer")',
            "1:35: ShopCustomer is not equal to Customer: field state is ShopState in",
        ),
        ("type Customer @merge", '1:22: @merge needs names: with: ["…"]'),
        ("type Customer @merge(with: 1)", '1:22: @merge needs names: with: ["…"]'),
        ('type Customer @merge(to: "x")', "1:29: @merge takes no 'to'"),
        (
            'enum State @merge(with: "ShopState") extend enum ShopState @rename(to: "X")',
            "1:57: ShopState is merged into State: say it there",
        ),
        (
            'enum State @merge(with: "ShopState") extend enum ShopState { OPEN @hide }',
            "1:32: ShopState is not equal to State: ShopState has no value OPEN",
        ),
        (
            'type State @merge(with: "ShopState")',
            "1:13: State: write `extend enum`",
        ),
    ],
)
def test_what_cannot_merge_is_told(sdl: str, problem: str) -> None:
    """With its place, and the first thing that differs."""
    found = problems(f"extend {sdl}")

    assert [one.removeprefix("graph.graphql:")[: len(problem)] for one in found] == [problem]


def test_an_upstream_that_is_not_discovered_is_waited_for() -> None:
    """What there is has its name meanwhile, and the rule is no mistake."""
    written = parsed([("graph.graphql", BOTH)])
    schema, _ = build({"shop": SHOP}, extensions=Extensions(written, ("crm", "shop")))

    extended = extended_of(schema)

    assert (extended.problems, extended.waiting) == (
        (),
        ("graph.graphql:2:36", "graph.graphql:3:32"),
    )
    assert "Customer" in schema.type_map


def test_names_are_locked_as_they_would_be_without() -> None:
    """So that a rule that goes brings back the name that was there."""
    written = parsed([("graph.graphql", BOTH)])
    _, merged = build({"crm": CRM, "shop": SHOP}, extensions=Extensions(written))

    assert merged.type_names["shop"]["Customer"] == "Customer"
    assert merged.parts["ShopCustomer"] == ("shop", "Customer")


def test_what_the_readme_shows_works() -> None:
    """Word for word, over upstreams that have what it speaks of."""
    example = next(one for one in blocks("graphql") if "@merge" in one)
    state = enum("State", OPEN="o")
    crm = upstream(obj("Customer", id=ID, state=named("State")), state, to="crm")
    shop = upstream(
        obj("Customer", customer_id=ID, state=named("State"), loyaltyPoints=INT),
        obj("Order", id=ID, customerId=ID),
        state,
        to="shop",
    )
    orders = reading("listOrders", listed(named("Order")), Field("customerId", listed(ID)))

    schema = built(example, crm, replace(shop, functions=(*shop.functions, orders)))

    assert print_type(schema.type_map["Customer"]) == (
        "type Customer {\n  id: ID!\n  state: State\n  orders: [Order!]\n}"
    )


def test_arguments_of_fields_are_part_of_what_is_equal() -> None:
    """With what a backend assumes where they are not given."""

    def asking(default: str | None, to: str) -> Catalog:
        first = Field("first", INT, default=default)
        return upstream(
            ObjectType("Customer", "Customer", fields=(Field("name", STRING, arguments=(first,)),)),
            to=to,
        )

    sdl = 'extend type Customer @merge(with: "ShopCustomer")'

    assert problems(sdl, crm=asking("1", "crm"), shop=asking("1", "shop")) == []
    assert problems(sdl, crm=asking("1", "crm"), shop=asking(None, "shop")) == [
        "graph.graphql:1:35: ShopCustomer is not equal to Customer: argument first of name is Int"
        " in ShopCustomer, Int = 1 in Customer"
    ]


async def test_events_are_read_by_the_names_of_the_one_that_sends_them() -> None:
    """Each event, and what joins it."""
    crm, shop = (
        replace(
            one,
            functions=(
                *one.functions,
                replace(
                    reading(f"{name}Watch", listed(named("Customer"))), flow=Flow.SERVER_STREAM
                ),
            ),
        )
        for name, one in (("crm", CRM), ("shop", SHOP))
    )
    schema = built(BOTH, crm, shop)
    caller = Backends(shop={"shopWatch": lambda _: [{"id": 1, "state": 2}]})
    request = Request(caller, "r1", float("inf"))

    document = parse("subscription { shopWatch { id state } }")
    made = subscribe(schema, document, context_value=request)
    events = await made if isawaitable(made) else made

    assert isinstance(events, AsyncIterator)
    assert [event.data async for event in events] == [{"shopWatch": {"id": "1", "state": "SHUT"}}]
