"""Joins that cannot work, refused with their place and what would do."""

from typing import Any

import pytest
from graphql import print_schema
from msgspec.structs import replace

from schema.build import Extensions, build, extended_of
from schema.extend.parse import parsed
from schema.join import MAX_CALLS
from schema.shaping.showing import Showing
from tests.schema.catalogs import LONG, STRING, Answers, ask, catalog, named, reading
from tests.schema.extend.shops import ADDRESS, CRM, CUSTOMER, ORDER, SHOP, built, lenient, problems
from upstreams.model import (
    Batch,
    ByTag,
    Catalog,
    EnumType,
    EnumValue,
    Field,
    InterfaceType,
    Listing,
    ObjectType,
)


def order(field: str) -> str:
    """An extension of Order."""
    return f"extend type Order {{ {field} }}"


LIST = 'a: Customer @call(function: "crm.listCustomers", args: {ids: %s)'
GET = 'a: Customer @call(function: "crm.getCustomer", args: {id: %s})'


@pytest.mark.parametrize(
    ("sdl", "problem"),
    [
        (GET.replace("Customer @", "Custmer @") % 1, "no type is called Custmer; did you mean Cus"),
        ('a: Order @call(function: "crm")', 'function: "upstream.function" is wanted'),
        ('a: Order @call(function: "cr.a")', "no upstream is called 'cr'; did you mean crm?"),
        (
            'a: Order @call(function: "crm.getCustomr")',
            "crm has no function called 'getCustomr'; did you mean getCustomer?",
        ),
        ('a: Order @call(function: "shop.createOrder")', "shop.createOrder writes, or gives no"),
        (GET.replace("a: Customer", "a: Order") % 1, "crm.getCustomer gives Customer, not Order"),
        (GET.replace("a: Customer", "a: [Customer]") % 1, "crm.getCustomer gives Customer, not [C"),
        (
            'a: [Customer!] @call(function: "crm.findCustomers")',
            "crm.findCustomers may give null h",
        ),
        ('a: Customer @call(function: "crm.getCustomer")', "crm.getCustomer needs id too"),
        ('a: [Parcel!] @call(function: "crm.ListParcels")', "crm.ListParcels needs input too"),
        (
            'a: [Parcel!] @call(function: "crm.ListParcels", args: {pageSize: 1})',
            "Filter needs orderId too",
        ),
        (
            'a: Customer @call(function: "crm.getCustomer", args: {id: 1, ix: 2})',
            "crm.getCustomer takes no 'ix', but id; did you mean id?",
        ),
        (
            'a: Customer @call(function: "crm.getCustomer", args: {id: 1, ID: 2})',
            "'ID' is given twice",
        ),
        (GET % '"x"', '"x" does not fit Long!'),
        (GET % "{x: 1}", "an object does not fit Long!"),
        (GET % '"$parent.note"', "$parent.note, String, does not fit Long!"),
        (GET % '"$parent.skus"', "$parent.skus, [String!], does not fit Long!"),
        (GET % '"$parent.nte"', "Order has no field 'nte' of its own backend; did you mean note?"),
        (GET % '"$parent.id.x"', "Long has no fields to look into, so there is no 'x'"),
        (GET % '"$parnt.id"', "'$parnt.id' is none of $parent.…, $parents.…, $args.…, $headers.…"),
        (GET % '"$parent"', "'$parent' is none of"),
        (GET % '"$args.x"', "the field has no argument 'x'"),
        (GET % '"$headers.x"', "$headers.x, String, does not fit Long!"),
        (GET % '"c-{$parent.id}"', "a text does not fit Long!"),
        (GET % '"$parents.id"', "Long! takes one value; $parents gives a list for many objects"),
        (
            'a(x: Long): Customer @call(function: "crm.getCustomer", args: {id: "$args.x"})',
            "x may be missing, which it must not: give it a default, or a `!`",
        ),
        (
            'a(x: Long = "y"): Order @call(function: "shop.getOrder", args: {id: "$args.x"})',
            '"y" does not fit Long',
        ),
        (
            'a(x: Order): Order @call(function: "shop.getOrder", args: {id: "$args.x"})',
            "Order is no type of arguments",
        ),
        (
            'a(x: Long): Order @call(function: "shop.getOrder", args: {id: 1})',
            "x is not passed on: nothing in args is $args.x",
        ),
        (
            'a(x: Long! x: Long!): Order @call(function: "shop.getOrder", args: {id: "$args.x"})',
            "'x' is there twice",
        ),
        (GET % '"{$parent.skus}"', "$parent.skus, [String!], does not fit Long!"),
        (GET % '"{$parent.id} "', "a text does not fit Long!"),
        (
            LIST % '"$parents.id"}',
            "match: which field of Customer says which key it answers?",
        ),
        (
            LIST % '"$parents.id"} match: "nam"',
            "Customer has no field 'nam' of its own backend; did you mean name?",
        ),
        (
            LIST % '"$parents.id"} match: "name"',
            "match: name is String, the key Long",
        ),
        (
            LIST % '"$parents.id"} match: "id, name"',
            "match: 1 keys are passed on, 2 named",
        ),
        (
            'a: Customer @call(function: "crm.regional", match: "id",'
            ' args: {ids: "$parents.id", regions: "$parent.region"})',
            "a call is for one object or for many: $parent or $parents",
        ),
        (
            LIST % '"$parents.skus"} match: "id"',
            "$parents.skus, [String!], does not fit Long",
        ),
        (
            GET.replace(")", ', match: "id")') % 1,
            "match: there are no keys, as nothing is $parents",
        ),
        (GET.replace(")", ", batchSize: 3)") % 1, "batchSize: there are no keys, as nothing is $p"),
        (GET.replace("a:", "id:") % 1, "Order has a field id already"),
        (f"{GET % 1} {GET % 2}", "Order has a field a already"),
    ],
)
def test_a_join_that_cannot_work(sdl: str, problem: str) -> None:
    """One sentence, at the place that is wrong."""
    found = problems(order(sdl))

    assert [one.split(": ", 1)[1][: len(problem)] for one in found] == [problem]
    assert all(one.startswith("graph.graphql:1:") for one in found)


@pytest.mark.parametrize(
    ("sdl", "problem"),
    [
        ('extend type Ordr { a: Order @call(function: "a.b") }', "no type is called Ordr; did you"),
        (
            'extend interface Order { a: Order @call(function: "a.b") }',
            "Order: write `extend type`",
        ),
        (
            'extend type FilterInput { a: Order @call(function: "a.b") }',
            "FilterInput has no fields",
        ),
    ],
)
def test_a_type_that_cannot_be_extended(sdl: str, problem: str) -> None:
    """Objects and interfaces of the upstreams can."""
    (found,) = problems(sdl)

    assert problem in found


def test_the_place_is_that_of_what_is_wrong() -> None:
    """File, line and column lead into an editor."""
    found = problems(
        f'extend type Order {{\n  {GET % "1"}\n  b: Int\n    @call(function: "x.y")\n}}'
    )

    assert found == ["graph.graphql:4:21: no upstream is called 'x'"]


def test_a_join_of_a_join_is_put_on_its_type() -> None:
    """What another join gives cannot be passed on; the field belongs on the type it gives."""
    found = problems(
        order(
            f"{GET % '1'} b: [Customer] "
            '@call(function: "crm.findCustomers", args: {region: "$parent.a.region"})'
        )
    )

    assert [one.split(": ", 1)[1] for one in found] == [
        "a is a join itself: put this field on Customer, which it gives"
    ]


def test_fields_with_several_of_a_type_need_a_result() -> None:
    """Where the rule finds two, `result` says which."""
    both = ObjectType("Both", "Both", fields=(Field("a", STRING), Field("b", STRING)))
    crm = catalog(*CRM.functions, reading("both", named("Both")), types=(*CRM.types, both))

    found = problems(order('x: String @call(function: "crm.both")'), crm=crm)

    assert found == ["graph.graphql:1:24: crm.both gives several String; `result:` one of a, b"]


def test_more_keys_than_a_call_may_have() -> None:
    """What the description says is the most."""
    batch = Batch(("ids",), "id", most=50)
    crm = catalog(replace(CRM.functions[1], batch=batch), types=CRM.types)
    call = 'a: Customer @call(function: "crm.listCustomers", args: {ids: "$parents.id"}'

    found = problems(order(f"{call}, batchSize: 51) b: {call[3:]}, batchSize: 50)"), crm=crm)

    assert found == ["graph.graphql:1:98: batchSize: the function takes 50 keys at most"]


def test_a_join_to_what_is_not_discovered_yet_is_left_out() -> None:
    """It is there once the upstream is, and nothing is wrong with it."""
    calls = parsed([("g.graphql", order(GET % '"$parent.customerId"'))])

    schema, _ = build({"shop": SHOP}, extensions=Extensions(calls, ("shop", "crm")))

    extended = extended_of(schema)
    assert (extended.problems, extended.waiting) == ((), ("g.graphql:1:21",))
    assert "a: " not in print_schema(schema)


async def test_a_join_that_cannot_work_any_more_says_so() -> None:
    """Its field stays, null with an error that names what is missing; the rest arrives."""
    sdl = order(GET % '"$parent.customerId"')
    without = catalog(*CRM.functions[1:], types=CRM.types)
    caller = Answers({"getOrder": lambda _: {"id": 1, "customerId": 2}})

    result = await ask(lenient(sdl, crm=without), caller, "{ getOrder(id: 1) { id a { id } } }")

    assert result.data == {"getOrder": {"id": "1", "a": None}}
    (error,) = result.errors or []
    assert error.message.startswith("crm has no function called 'getCustomer'")
    assert error.path == ["getOrder", "a"]
    assert (error.extensions or {})["upstream"] == "crm"


def test_joins_of_an_interface_stand_on_its_objects() -> None:
    """Every object that implements it has the field."""
    thing = InterfaceType(
        "Thing", "Thing", fields=(Field("id", LONG),), resolution=ByTag("t", (("o", "Order"),))
    )
    one = ObjectType("Box", "Box", fields=(Field("id", LONG),), implements=("Thing",))
    shop = catalog(*SHOP.functions, reading("thing", named("Thing")), types=(ORDER, thing, one))

    schema = built(f"extend interface Thing {{ {GET % '1'} }}", shop=shop)

    assert print_schema(schema).count("  a: Customer") == 2


@pytest.mark.parametrize(
    ("source", "target", "found"),
    [(("a",), ("a", "b"), 0), (("a", "b"), ("a",), 1), (("a",), (1,), 1)],
)
def test_an_enum_fits_one_with_its_values(
    source: tuple[Any, ...], target: tuple[Any, ...], found: int
) -> None:
    """What counts is what stands for them at the backends."""
    given = ObjectType("Order", "Order", fields=(Field("given", named("Given")),))
    shop = catalog(SHOP.functions[1], types=(given, enum("Given", *source)))
    wanted = reading("by", named("Customer"), Field("wanted", named("Wanted")))
    crm = catalog(wanted, types=(CUSTOMER, ADDRESS, enum("Wanted", *target)))
    sdl = order('a: Customer @call(function: "crm.by", args: {wanted: "$parent.given"})')

    assert len(problems(sdl, shop=shop, crm=crm)) == found


def enum(name: str, *values: Any) -> EnumType:
    """An enum of these values."""
    return EnumType(name, name, values=tuple(EnumValue(f"V{one}", one) for one in values))


def test_a_field_is_described_and_deprecated_as_others_are() -> None:
    """Its arguments too are described; a reason may be left out."""
    call = '@call(function: "crm.getCustomer", args: {id: 1})'
    said = call.replace("1", '"$args.x"')
    sdl = f"""
      "Who." a("Which." x: Int = 3): Customer {said} @deprecated(reason: "old")
      b: Customer {call} @deprecated
    """

    sdl = print_schema(built(order(sdl)))

    assert (
        """
  \"\"\"Who.\"\"\"
  a(
    \"\"\"Which.\"\"\"
    x: Int = 3
  ): Customer @deprecated(reason: "old")
  b: Customer @deprecated
"""
        in sdl
    )


BY_KEY = GET % '"$parent.customerId"'


def long(most: int) -> Catalog:
    """The shop, whose list of orders may have so many."""
    first, *others = SHOP.functions
    lists = (Listing("Order", most),)
    return catalog(replace(first, lists=lists), *others, types=SHOP.types)


def test_a_call_for_each_of_a_list_that_may_be_too_long() -> None:
    """Where the function is written, with what would do."""
    found = problems(order(BY_KEY), shop=long(MAX_CALLS + 1))

    assert found == [
        "graph.graphql:1:49: shop.listOrders may give 1001 times Order, each of which is a call,"
        " and no more than 1000 are made for one answer: ask for all at once ($parents),"
        " or raise `schema: maxCalls:`"
    ]


@pytest.mark.parametrize(
    ("field", "most"),
    [
        (BY_KEY, MAX_CALLS),
        ('a: [Customer] @call(function: "crm.findCustomers")', MAX_CALLS + 1),
        (LIST % '"$parents.customerId"}, match: "id"', MAX_CALLS + 1),
    ],
)
def test_few_calls_for_a_long_list(field: str, most: int) -> None:
    """As many as may be made, the same for all, or one for many."""
    assert problems(order(field), shop=long(most)) == []


def test_a_function_that_clients_do_not_see_gives_them_no_long_list() -> None:
    """Nobody could ask for it."""
    calls = parsed([("graph.graphql", order(BY_KEY))])
    catalogs = {"shop": long(MAX_CALLS + 1), "crm": CRM}
    showings = {"shop": Showing(hide=("listOrders",))}

    schema, _ = build(catalogs, extensions=Extensions(calls, showings=showings))

    assert extended_of(schema).problems == ()
