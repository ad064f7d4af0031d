"""What composition is told of a schema."""

import pytest
from graphql import parse
from msgspec.structs import replace

from schema.federation.sdl import subgraph_sdl
from schema.shaping.showing import Showing
from tests.schema.catalogs import INT, STRING, catalog, listed, mapped, named, reading
from tests.schema.extend.shops import SHOP
from tests.schema.federation.subgraphs import built, problems
from upstreams.model import ByTag, EnumType, EnumValue, Field, InputType, InterfaceType, ObjectType


def line(sdl: str, start: str) -> str:
    """The line that begins so."""
    return next(one.strip() for one in sdl.splitlines() if one.strip().startswith(start))


def test_keys_are_told() -> None:
    """Each with its fields as they are meant, and whether it can be asked for."""
    sdl = subgraph_sdl(
        built(
            """
entities:
  Order:
    - { key: "id", function: shop.getOrder, args: { id: $parent.id } }
    - { key: " region  customerId " }
  Customer: { key: "id address{city}" }
"""
        )
    )

    assert line(sdl, "type Order") == (
        'type Order @key(fields: "id") @key(fields: "region customerId", resolvable: false) {'
    )
    assert 'type Customer @key(fields: "id address { city }", resolvable: false) {' in sdl
    assert line(sdl, "extend schema").endswith('federation/v2.3", import: ["@key"])')


def test_what_is_about_this_gateway_alone_is_left_out() -> None:
    """So that two of them may be subgraphs of one supergraph."""
    sdl = subgraph_sdl(
        built("entities: {Order: {key: id, function: shop.getOrder, args: {id: $parent.id}}}")
    )

    assert "getOrder(id: Long!): Order" in sdl
    for name in ("_gateway", "Gateway", "_entities", "_service", "_Any", "_Entity", "@defer"):
        assert name not in sdl


def test_an_entity_that_no_field_leads_to_is_told() -> None:
    """Other subgraphs lead to it."""
    alone = replace(SHOP, functions=tuple(one for one in SHOP.functions if one.name == "getOrder"))
    settings = "entities: {Order: {key: id, function: shop.getOrder, args: {id: $parent.id}}}"

    sdl = subgraph_sdl(built(settings, shop=alone, showings={"shop": Showing(hide=("getOrder",))}))

    assert 'type Order @key(fields: "id") {' in sdl
    assert "getOrder" not in sdl


def test_marks_are_told_of_types_and_fields() -> None:
    """By globs; a star goes no further than a dot."""
    sdl = subgraph_sdl(
        built(
            """
shareable: [Address, "Customer.n*", Query.getOrder]
inaccessible: [FilterInput, "Order.*", Page]
"""
        )
    )

    assert "type Address @shareable {" in sdl
    assert "  name: String @shareable\n" in sdl
    assert "  getOrder(id: Long!): Order @shareable\n" in sdl
    assert "input FilterInput @inaccessible {" in sdl
    assert "type Page @inaccessible {" in sdl
    assert "type Order {" in sdl
    assert "  customerId: Long @inaccessible\n" in sdl
    assert 'import: ["@shareable", "@inaccessible"]' in sdl


THINGS = catalog(
    reading(
        "thing",
        named("Thing"),
        Field("size", named("Size"), "How large {\n it is."),
        Field("by", named("By")),
    ),
    reading("nodes", listed(named("Node"))),
    types=(
        EnumType("Size", "Size", values=(EnumValue("SMALL", "SMALL", "", "too small"),)),
        InputType("By", "By", fields=(Field("a", INT), Field("b", STRING)), one_of=True),
        InterfaceType(
            "Node",
            "Node",
            fields=(Field("id", STRING),),
            resolution=ByTag("kind", (("thing", "Thing"), ("other", "Other"))),
        ),
        ObjectType(
            "Thing",
            "Thing",
            "A thing {\n with a brace.",
            fields=(
                Field("id", STRING, "Its id."),
                Field("old", STRING, "", "use `id`"),
                Field("labels", mapped(STRING)),
            ),
            implements=("Node",),
        ),
        ObjectType("Other", "Other", fields=(Field("id", STRING),), implements=("Node",)),
    ),
)


def test_everything_else_is_told_as_clients_are_told_it() -> None:
    """Descriptions, deprecations, interfaces and what has them, and definitions of directives."""
    sdl = subgraph_sdl(built("inaccessible: [Size, Thing]", shop=THINGS))

    parse(sdl)
    assert '"""\nA thing {\n with a brace.\n"""\ntype Thing implements Node @inaccessible {' in sdl
    assert 'old: String @deprecated(reason: "use `id`")' in sdl
    assert 'SMALL @deprecated(reason: "too small")' in sdl
    assert "enum Size @inaccessible {" in sdl
    assert "type Other implements Node {" in sdl
    assert "input ByInput @oneOf {" in sdl
    assert "directive @oneOf on INPUT_OBJECT" in sdl


def test_types_that_every_gateway_makes_alike_are_shareable_by_themselves() -> None:
    """Nobody could name them in settings without knowing how maps are shown."""
    sdl = subgraph_sdl(built("{}", shop=THINGS))

    assert "type StringEntry @shareable {" in sdl


@pytest.mark.parametrize(
    ("showing", "field"),
    [
        (Showing(prefix="shop"), "type ShopOrder"),
        (Showing(namespace="sales"), "type SalesQuery"),
    ],
    ids=["prefix", "namespace"],
)
def test_names_are_those_that_clients_see(showing: Showing, field: str) -> None:
    """In settings as in the SDL."""
    name = "ShopOrder" if showing.prefix else "Order"
    settings = (
        f"entities: {{{name}: {{key: id, function: shop.getOrder, args: {{id: $parent.id}}}}}}"
    )

    sdl = subgraph_sdl(built(settings, showings={"shop": showing}))

    assert f'type {name} @key(fields: "id") {{' in sdl
    assert field in sdl


def test_a_hidden_field_is_no_key() -> None:
    """And so is not told."""
    found = problems("entities: {Order: {key: id}}", "extend type Order { id: Long @hide }")

    assert found == ["4:29: key: Order has no field 'id' of its backend"]
