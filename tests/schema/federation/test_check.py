"""Settings of a subgraph, checked against what the upstreams offer."""

import pytest

from schema.build import build, extended_of
from schema.federation.sdl import subgraph_of
from tests.schema.extend.shops import CRM
from tests.schema.federation.subgraphs import extending, lenient, problems

WRONG = {
    "entities: {Odrer: {key: id}}": "4:16: no type is called Odrer; did you mean Order?",
    "entities: {FilterInput: {key: orderId}}": (
        "4:16: FilterInput is no object with fields, and only those have keys"
    ),
    "entities: {Order: {key: idd}}": (
        "4:29: key: Order has no field 'idd' of its backend; did you mean id?"
    ),
    "entities: {Order: {key: skus}}": "4:29: key: skus is [String!], which cannot be a key",
    "entities: {Order: {key: 'id { x }'}}": "4:29: key: id is Long!, without fields",
    "entities: {Customer: {key: address}}": ("4:32: key: which fields of address? `address { … }`"),
    "entities: {Customer: {key: 'address { town }'}}": (
        "4:32: key: Address has no field 'town' of its backend"
    ),
    "entities: {Order: {key: 'id id'}}": "4:29: key: id is named twice",
    "entities: {Order: {key: 'a: id'}}": "4:29: key: only fields make a key, as they are",
    "entities: {Order: {key: '... on Order { id }'}}": (
        "4:29: key: only fields make a key, as they are"
    ),
    "entities: {Order: {key: '}{'}}": (
        "4:29: key: a set of fields is wanted: `id`, `sku shop { id }`"
    ),
    "entities: {Order: [{key: id}, {key: id}]}": "4:41: key: id is a key already",
    "entities: {Order: {key: id, args: {id: $parent.id}}}": (
        "4:39: args: there is no function that it could be for"
    ),
    "entities: {Order: {key: id, function: shop.getOrdr, args: {id: $parent.id}}}": (
        "4:43: shop has no function called 'getOrdr'; did you mean getOrder?"
    ),
    "entities: {Order: {key: id, function: shoop.getOrder, args: {id: $parent.id}}}": (
        "4:43: no upstream is called 'shoop'; did you mean shop?"
    ),
    "entities: {Order: {key: id, function: getOrder}}": (
        '4:43: function: "upstream.function" is wanted'
    ),
    "entities: {Order: {key: id, function: shop.createOrder}}": (
        "4:43: shop.createOrder writes, or gives no single answer; a join reads"
        " (the upstream's `queries:` says what reads)"
    ),
    "entities: {Order: {key: id, function: crm.getCustomer, args: {id: $parent.id}}}": (
        "4:43: crm.getCustomer gives Customer, not Order"
    ),
    "entities: {Order: {key: id, function: shop.getOrder}}": ("4:43: shop.getOrder needs id too"),
    "entities: {Order: {key: id, function: shop.getOrder, args: $parent.id}}": (
        '4:64: args: an object is wanted, { id: "$parent.id" }'
    ),
    "entities: {Order: {key: id, function: shop.getOrder, args: {id: 1, nr: 2}}}": (
        "4:72: shop.getOrder takes no 'nr', but id"
    ),
    "entities: {Order: {key: id, function: shop.getOrder, args: {id: $parent.note}}}": (
        "4:69: note is not in the key 'id'"
    ),
    "entities: {Order: {key: note, function: shop.getOrder, args: {id: [$parent.note]}}}": (
        '4:71: ["$parent.note"] does not fit Long!'
    ),
    "entities: {Order: {key: id, function: shop.listOrders, args: {customerId: $parents.id}}}": (
        "4:43: match: which field of Order says which key it answers?"
    ),
    "entities: {Order: {key: id, function: shop.getOrder, args: {id: $parent.id}, match: id}}": (
        "4:89: match: there are no keys, as nothing is $parents.…"
    ),
    "shareable: Oder": (
        "4:16: shareable: there is no 'Oder' it could be said of; did you mean Order?"
    ),
    "shareable: [Order.idd]": (
        "4:17: shareable: there is no 'Order.idd' it could be said of; did you mean Order.id?"
    ),
    "shareable: FilterInput": "4:16: shareable: there is no 'FilterInput' it could be said of",
    "inaccessible: 'Order.x*'": (
        "4:19: inaccessible: there is no 'Order.x*' it could be said of; did you mean Order?"
    ),
}


@pytest.mark.parametrize("settings", WRONG)
def test_mistakes_are_told_with_their_place(settings: str) -> None:
    """What it is, where it is, and what may have been meant."""
    assert problems(settings) == [WRONG[settings]]


def test_one_mistake_does_not_hide_the_next() -> None:
    """Each key is judged by itself."""
    settings = "entities: {Odrer: {key: id}, Customer: [{key: idd}, {key: region, match: x}]}"

    assert len(problems(settings)) == 3


def test_a_key_that_has_lost_its_function_stays_and_gives_an_error() -> None:
    """So that a refresh does not take a key away that other subgraphs refer to."""
    schema = lenient("entities: {Order: {key: id, function: shop.gone, args: {id: $parent.id}}}")

    subgraph = subgraph_of(schema)
    assert subgraph is not None
    assert subgraph.entities["Order"].resolvable
    assert extended_of(schema).problems[0].upstream == "shop"


def test_a_type_that_is_not_discovered_yet_is_waited_for() -> None:
    """Neither it nor a glob is a mistake then."""
    extensions = extending("entities: {Order: {key: id}}\nshareable: Order")

    schema, _ = build({"crm": CRM}, None, extensions)

    assert extended_of(schema).problems == ()
    assert [one.rpartition("yaml")[2] for one in extended_of(schema).waiting] == [":4:16"]


def test_a_function_that_is_not_discovered_yet_is_waited_for() -> None:
    """The other keys of its type are there meanwhile."""
    settings = """
entities:
  Customer:
    - { key: id, function: crm.getCustomer, args: { id: $parent.id } }
    - { key: region, function: shop.anything, args: { region: $parent.region } }
"""

    schema, _ = build({"crm": CRM}, None, extending(settings))

    subgraph = subgraph_of(schema)
    assert subgraph is not None
    assert [str(one.key) for one in subgraph.entities["Customer"].keys] == ["id"]
    assert [one.rpartition("yaml")[2] for one in extended_of(schema).waiting] == [":8:18"]


def test_without_the_setting_nothing_is_another() -> None:
    """A schema that is no subgraph has neither the fields nor the types."""
    schema, _ = build({"crm": CRM})

    assert schema.query_type is not None
    assert subgraph_of(schema) is None
    assert not {"_entities", "_service"} & schema.query_type.fields.keys()
    assert not {"_Any", "_Entity", "_Service"} & schema.type_map.keys()
