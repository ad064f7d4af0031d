"""Types, fields and values shown otherwise than the catalogs say, by SDL."""

from typing import Any

import pytest
from graphql import GraphQLObjectType, print_schema, print_type

from schema.build import Extensions, build, extended_of
from schema.extend.parse import parsed
from tests.schema.catalogs import (
    INT,
    STRING,
    Answers,
    ask,
    catalog,
    listed,
    named,
    reading,
    required,
)
from tests.schema.extend.shops import CRM, SHOP, built, lenient, problems
from upstreams.model import (
    Catalog,
    EnumType,
    EnumValue,
    Field,
    InputType,
    InterfaceType,
    ObjectType,
    UnionType,
)

JOIN = """extend type Order {
  customer: Customer @call(function: "crm.getCustomer", args: { id: "$parent.customerId" })
}
"""


def shown(sdl: str, name: str, shop: Catalog = SHOP, crm: Catalog = CRM) -> str:
    """One type of the schema, as clients see it."""
    return print_type(built(sdl, shop, crm).type_map[name])


async def data(sdl: str, text: str, shop: Catalog = SHOP, crm: Catalog = CRM) -> Any:
    """What clients get, by both paths."""
    answers = Answers(
        {
            "getOrder": lambda _: {"id": 1, "customerId": 7, "note": "n", "skus": ["s"]},
            "getCustomer": lambda given: {"id": given["id"], "name": "Ada"},
            "listCustomers": lambda given: [{"id": one, "name": "Ada"} for one in given["ids"]],
        }
    )
    result = await ask(built(sdl, shop, crm), answers, text)
    assert result.errors is None
    return result.data


async def test_a_type_gets_another_name() -> None:
    """Everywhere: where it is asked for, and in what a value says of itself."""
    sdl = 'extend type Order @rename(to: "PurchaseOrder")'

    answer = await data(sdl, "{ getOrder(id: 1) { __typename ... on PurchaseOrder { id } } }")

    assert answer == {"getOrder": {"__typename": "PurchaseOrder", "id": "1"}}
    assert "Order" not in built(sdl).type_map


async def test_a_field_gets_another_name() -> None:
    """Its value is still what the backend calls by its own."""
    sdl = 'extend type Order { note: String @rename(to: "remark") }'

    answer = await data(sdl, "{ getOrder(id: 1) { remark } }")

    assert answer == {"getOrder": {"remark": "n"}}


async def test_a_root_field_gets_another_name() -> None:
    """The function that it calls is the same."""
    sdl = 'extend type Query { getOrder(id: Long): Order @rename(to: "order") }'

    answer = await data(sdl, "{ order(id: 1) { id } }")

    assert answer == {"order": {"id": "1"}}


async def test_joins_keep_what_they_speak_of() -> None:
    """They know types and fields by the names these have without rules, shown or not."""
    sdl = """
    extend type Order @rename(to: "PurchaseOrder") { customerId: Long @hide }
    extend type Customer @rename(to: "Client") { name: String @rename(to: "title") }
    extend type Query { getCustomer(id: Long!): Customer @hide }
    """

    answer = await data(JOIN + sdl, "{ getOrder(id: 1) { customer { title } } }")

    assert answer == {"getOrder": {"customer": {"title": "Ada"}}}
    assert "customerId" not in shown(JOIN + sdl, "PurchaseOrder")


def test_a_hidden_type_takes_along_what_leads_to_it() -> None:
    """Each field is told."""
    sdl = "extend type Address @hide"
    schema = built(sdl)

    assert "Address" not in schema.type_map
    assert "address" not in print_type(schema.type_map["Customer"])
    assert extended_of(schema).notes == ("Customer.address is hidden: it leads to a hidden type",)


def test_a_join_to_a_hidden_type_is_not_shown() -> None:
    """As any other field that leads there."""
    sdl = JOIN + "extend type Customer @hide"

    assert "customer:" not in shown(sdl, "Order")


def test_what_is_said_of_a_field_is_shown() -> None:
    """A description, and why it should not be used any more."""
    sdl = """extend type Order {
      "What the customer wrote."
      note: String
      region: String @deprecated(reason: "Ask the customer.")
    }"""

    text = shown(sdl, "Order")

    assert '"""What the customer wrote."""\n  note: String' in text
    assert 'region: String @deprecated(reason: "Ask the customer.")' in text


def test_what_is_said_of_a_type_is_shown() -> None:
    """SDL has no place for the description of an extension, so there is a directive."""
    text = shown('extend type Order @describe(as: "What was bought.")', "Order")

    assert text.startswith('"""What was bought."""\ntype Order')


PAGED = catalog(
    reading("listOrders", listed(STRING), Field("limit", INT), Field("after", STRING)),
    reading("must", STRING, Field("limit", required(INT))),
)


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("{ listOrders }", {"limit": 20}),
        ("{ listOrders(limit: 3) }", {"limit": 3}),
        ("{ listOrders(limit: null) }", {"limit": None}),
        ('{ listOrders(after: "x") }', {"limit": 20, "after": "x"}),
        ("query ($l: Int) { listOrders(limit: $l) }", {"limit": 20}),
        ("{ must }", {"limit": 5}),
    ],
)
async def test_a_default_is_sent_where_a_client_says_nothing(
    asked: str, given: dict[str, Any]
) -> None:
    """It is the gateway's, not a word about what the backend does."""
    sdl = """extend type Query {
      listOrders(limit: Int = 20): [String]
      must(limit: Int = 5): String
    }"""
    calls = parsed([("x", sdl)])
    schema, _ = build({"shop": PAGED}, extensions=Extensions(calls))
    answers = Answers({"listOrders": lambda _: [], "must": lambda _: ""})

    result = await ask(schema, answers, asked)

    assert result.errors is None
    assert answers.calls == [("shop", asked.split("{ ")[1].split("(")[0].split()[0], given)]


STATE = EnumType(
    "State",
    "State",
    values=(EnumValue("open", "open"), EnumValue("shut", "shut"), EnumValue("odd", "odd")),
)
FILTER = InputType("Filter", "Filter", fields=(Field("state", named("State")), Field("q", STRING)))
STATES = catalog(
    reading("state", named("State"), Field("is", named("State"))),
    reading("find", STRING, Field("by", named("Filter"))),
    types=(STATE, FILTER),
)


async def stated(sdl: str, text: str, said: Any) -> Any:
    """The result over a backend that says one state, and what it was given."""
    schema, _ = build({"x": STATES}, extensions=Extensions(parsed([("x", sdl)])))
    assert extended_of(schema).problems == ()
    answers = Answers({"state": lambda _: said, "find": lambda _: "found"})
    result = await ask(schema, answers, text)
    return result, answers.calls


async def test_a_value_gets_another_name() -> None:
    """In and out; the backend knows it by its own."""
    sdl = 'extend enum State { open @rename(to: "OPEN") }'

    result, calls = await stated(sdl, "{ state(is: OPEN) }", "open")

    assert result.data == {"state": "OPEN"}
    assert calls == [("x", "state", {"is": "open"})]


async def test_a_hidden_value_is_an_error_where_it_comes() -> None:
    """Clients do not know it."""
    result, _ = await stated("extend enum State { odd @hide }", "{ state }", "odd")

    assert result.data == {"state": None}
    assert "cannot represent value: 'odd'" in result.errors[0].message


async def test_a_field_of_an_input_gets_another_name() -> None:
    """The backend is given it under its own."""
    sdl = 'extend input FilterInput { q: String @rename(to: "text") state: State @hide }'

    result, calls = await stated(sdl, '{ find(by: {text: "a"}) }', None)

    assert result.data == {"find": "found"}
    assert calls == [("x", "find", {"by": {"q": "a"}})]


def test_an_argument_of_a_hidden_type_is_not_shown() -> None:
    """A field that must have it is not, either."""
    sdl = "extend enum State @hide"
    schema, _ = build({"x": STATES}, extensions=Extensions(parsed([("x", sdl)])))

    query = schema.query_type
    assert query is not None
    assert list(query.fields) == ["find"]
    assert "state" not in print_type(schema.type_map["FilterInput"])


NODE = InterfaceType("Node", "Node", fields=(Field("id", STRING), Field("x", STRING)))
PET = ObjectType("Pet", "Pet", fields=NODE.fields, implements=("Node",))
CAT = ObjectType("Cat", "Cat", fields=(Field("id", STRING),))
ANY = UnionType("Any", "Any", members=("Pet", "Cat"))
NODES = catalog(
    reading("node", named("Node")), reading("any", named("Any")), types=(NODE, PET, CAT, ANY)
)


def extended(sdl: str) -> Any:
    """The schema over nodes."""
    return build({"x": NODES}, extensions=Extensions(parsed([("x", sdl)])))[0]


def test_a_field_of_an_interface_is_changed_in_all_that_have_it() -> None:
    """They must agree."""
    schema = extended('extend interface Node { id: String @rename(to: "key") x: String @hide }')

    assert list(schema.type_map["Pet"].fields) == ["key"]
    assert list(schema.type_map["Cat"].fields) == ["id"]


def test_an_interface_may_be_hidden() -> None:
    """Its objects are what they are without it."""
    schema = extended("extend interface Node @hide")

    assert "Node" not in schema.type_map
    assert print_type(schema.type_map["Pet"]).startswith("type Pet {")


def test_a_hidden_member_leaves_its_union() -> None:
    """A union without members is hidden, too."""
    less = extended("extend type Cat @hide")
    none = extended("extend type Cat @hide extend type Pet @hide")

    assert "union Any = Pet" in print_schema(less)
    assert "Any" not in none.type_map
    assert "Any is hidden: nothing of it is left" in extended_of(none).notes


def test_a_root_without_fields_is_none() -> None:
    """GraphQL wants a type to have fields."""
    schema = built("extend type Mutation { createOrder: Order @hide }")

    assert schema.mutation_type is None


@pytest.mark.parametrize(
    ("sdl", "problem"),
    [
        ("extend type Ordr @hide", "1:13: no type is called Ordr; did you mean Order?"),
        ("extend input Order @hide", "1:14: Order: write `extend type`"),
        (
            "extend type Order { nte: String @hide }",
            "1:21: Order has no field 'nte'; did you",
        ),
        ("extend type Order { note: Int @hide }", "1:27: the type is String, and stays so"),
        ('extend type Order @rename(to: "Customer")', "1:31: there is a type Customer already"),
        ('extend type Order @rename(to: "Query")', "1:31: there is a type Query already"),
        ('extend type Order @rename(to: "String")', "1:31: there is a type String already"),
        ('extend type Order { id: Long @rename(to: "note") }', "1:42: Order has a note already"),
        ("extend type Query @hide", "1:13: Query stays as it is; its fields may change"),
        ("extend type Query { gone: Int @hide }", "1:21: Query has no field 'gone'"),
        (
            "extend type Query { getOrder(x: Int = 1): Order }",
            "1:30: there is no argument 'x'",
        ),
        (
            'extend type Query { getOrder(id: Long = "x"): Order }',
            '1:41: "x" is none of the argument\'s type',
        ),
        (
            "extend type Order { note: String @hide } extend type Order { note: String @hide }",
            "1:62: Order.note is spoken of twice",
        ),
        (
            f"{JOIN} extend type Order {{ customer: Customer @hide }}",
            "4:22: customer is a join: say it where its @call is",
        ),
        ("extend input FilterInput { orderId: Long @hide }", "1:42: orderId must be given, so"),
        ("extend type Order { note: String }", "1:21: nothing is said of note"),
        (
            "extend type Order { note: String @hidden }",
            "1:34: there is no directive @hidden here",
        ),
        ('extend type Order { note: String @rename(as: "x") }', "1:42: @rename takes no 'as'"),
        ('extend type Order { note: String @rename(to: "a b") }', "1:46: 'a b' is no name"),
        ("extend type Order { note: String @rename }", '1:34: @rename needs a text: to: "…"'),
        ("extend type Order { note: String @hide @hide }", "1:40: @hide is written twice"),
        ("extend input FilterInput { kind: String = 1 }", "1:43: fields of inputs get no defaults"),
        ("extend union Any = Order", "1:14: an extension cannot add members to a union"),
    ],
)
def test_a_rule_that_cannot_be_followed(sdl: str, problem: str) -> None:
    """One sentence, at the place that is wrong."""
    (found,) = problems(sdl)

    assert found.startswith(f"graph.graphql:{problem}")


def test_what_an_interface_has_is_changed_there() -> None:
    """Or it would not be the same in all that have it."""
    schema = extended("extend type Pet { id: String @hide }")

    (problem,) = extended_of(schema).problems
    assert problem.message == "id is the interface Node's: say it there"


def test_one_value_at_least_is_seen() -> None:
    """An enum without values is none."""
    sdl = "extend enum State { open @hide shut @hide odd @hide }"
    schema, _ = build({"x": STATES}, extensions=Extensions(parsed([("x", sdl)])))

    (problem,) = extended_of(schema).problems
    assert problem.message == "State: one value at least must be seen"


def test_a_rule_for_what_may_come_waits() -> None:
    """An upstream that is not discovered yet may have it."""
    written = parsed([("x", "extend type Gone @hide extend type Query { gone: Int @hide }")])
    schema, _ = build({"shop": SHOP}, extensions=Extensions(written, ("shop", "crm")))

    assert extended_of(schema).problems == ()
    assert extended_of(schema).waiting == ("x:1:13", "x:1:44")


def test_a_rule_that_cannot_be_followed_spoils_nothing() -> None:
    """The schema is served as it would be without it."""
    schema = lenient("extend type Order { nte: String @hide note: String @hide }")

    order = schema.type_map["Order"]
    assert isinstance(order, GraphQLObjectType)
    assert "note" not in order.fields
