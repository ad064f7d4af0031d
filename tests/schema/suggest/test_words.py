"""What names say: their words, nouns and keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.suggest.words import (
    Key,
    Words,
    ends,
    function_noun,
    key,
    owner,
    plural,
    singular,
    type_noun,
    words,
)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("customerID", ("customer", "id")),
        ("order_line-items", ("order", "line", "items")),
        ("HTTPServer2", ("http", "server", "2")),
        ("userIDs", ("user", "ids")),
        ("größe", ("gr", "e")),
    ],
)
def test_words(name: str, found: Words) -> None:
    """Case and separators part words."""
    assert words(name) == found


@pytest.mark.parametrize(
    ("many", "one"),
    [
        ("categories", "category"),
        ("addresses", "address"),
        ("boxes", "box"),
        ("orders", "order"),
        ("people", "person"),
        ("status", "status"),
        ("series", "series"),
    ],
)
def test_singular(many: str, one: str) -> None:
    """One of many; what has no other form stays."""
    assert singular(many) == one


@given(st.sampled_from(["order", "box", "category", "address", "key", "class", "batch"]))
def test_plural_is_undone(word: str) -> None:
    """Many of one thing are one thing again."""
    assert singular(plural(word)) == word


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("customerId", Key(("customer",), "id")),
        ("customer_uuid", Key(("customer",), "id")),
        ("id", Key((), "id")),
        ("sku", Key(("sku",), "")),
        ("productIds", Key(("product",), "id")),
        ("billingAccountNumber", Key(("billing", "account"), "number")),
    ],
)
def test_keys(name: str, found: Key) -> None:
    """A key is a thing's, and of a sort."""
    assert key(name) == found


@pytest.mark.parametrize(
    ("label", "found"),
    [
        ("CustomerResponse", ("customer",)),
        ("customer_dto", ("customer",)),
        ("Customers", ("customer",)),
        ("Response", ("response",)),
        ("v1Customer", ("customer",)),
    ],
)
def test_types_are_of_something(label: str, found: Words) -> None:
    """What is around a type's noun is taken off, unless nothing is left."""
    assert type_noun(label) == found


@pytest.mark.parametrize(
    ("label", "found"),
    [
        ("getCustomerById", ("customer",)),
        ("get-an-album", ("album",)),
        ("drive.files.get", ("drive", "file")),
        ("ListParcels", ("parcel",)),
        ("customerDetails", ("customer",)),
    ],
)
def test_functions_give_something(label: str, found: Words) -> None:
    """Verbs and what comes after `by` say how, not what."""
    assert function_noun(label) == found


def test_paths_say_whose_a_key_is() -> None:
    """What stands before an argument, and what a path ends in."""
    source = "#/paths/~1v1~1customers~1{id}~1open-orders/get"

    assert owner(source, "id") == ("customer",)
    assert ends(source) == ("open", "orders")
    assert owner("acme.v1.Shop.GetOrder", "id") == ()
