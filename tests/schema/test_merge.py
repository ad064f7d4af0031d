"""Merging: one name for everything, and names that do not move."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from schema.merge import Merged, merge
from tests.schema.catalogs import STRING, catalog, listed, mapped, reading, required, writing
from upstreams.model import Catalog, InputType, ObjectType


def names_of(merged: Merged, upstream: str) -> dict[str, str]:
    return {
        root.function.name: root.name for root in merged.root_fields if root.upstream == upstream
    }


SHOP = catalog(
    reading("transfer", STRING),
    writing("createOrder", STRING),
    types=(ObjectType("Address", "Address"), InputType("Address:in", "Address")),
)
BANK = catalog(
    reading("transfer", STRING),
    writing("transfer-out", STRING),
    types=(ObjectType("Address", "Address"), InputType("Address:in", "Address")),
)


def test_the_first_upstream_keeps_the_short_name() -> None:
    """A later one is qualified with its upstream: field `bankTransfer`, type `BankAddress`."""
    merged = merge({"shop": SHOP, "bank": BANK})

    assert names_of(merged, "shop") == {"transfer": "transfer", "createOrder": "createOrder"}
    assert names_of(merged, "bank") == {"transfer": "bankTransfer", "transfer-out": "transferOut"}
    assert merged.type_names == {
        "shop": {"Address": "Address", "Address:in": "AddressInput"},
        "bank": {"Address": "BankAddress", "Address:in": "BankAddressInput"},
    }


def test_queries_and_mutations_do_not_collide() -> None:
    """The same name may stand once in Query and once in Mutation."""
    merged = merge({"a": catalog(reading("sync", STRING)), "b": catalog(writing("sync", STRING))})

    assert [root.name for root in merged.root_fields] == ["sync", "sync"]


def test_within_an_upstream_the_scope_qualifies() -> None:
    """Two services with a method of one name: the scope tells them apart, never a number."""
    merged = merge(
        {
            "ln": catalog(
                reading("lnrpc.Lightning/ListUnspent", STRING, label="ListUnspent"),
                reading(
                    "walletrpc.WalletKit/ListUnspent",
                    STRING,
                    label="ListUnspent",
                    scope=("WalletKit", "walletrpc"),
                ),
            )
        }
    )

    assert sorted(names_of(merged, "ln").values()) == ["listUnspent", "walletKitListUnspent"]


def test_reserved_names_are_not_given_to_types() -> None:
    """A backend's type called Query, String or Long is qualified like any other collision."""
    merged = merge(
        {"x": catalog(types=tuple(ObjectType(n, n) for n in ("Query", "String", "Long", "link")))}
    )

    assert set(merged.type_names["x"].values()) == {"XQuery", "XString", "XLong", "Link"}


@given(st.permutations(SHOP.functions), st.permutations(SHOP.types))
def test_reordering_a_description_renames_nothing(
    functions: list[object], types: list[object]
) -> None:
    """Names depend on what is there, not on the order it is written in."""
    shuffled: Catalog = msgspec.structs.replace(
        SHOP, functions=tuple(functions), types=tuple(types)
    )

    before, after = merge({"shop": SHOP, "bank": BANK}), merge({"shop": shuffled, "bank": BANK})

    assert before.type_names == after.type_names
    assert names_of(before, "shop") == names_of(after, "shop")
    assert names_of(before, "bank") == names_of(after, "bank")


def test_adding_an_upstream_at_the_end_renames_nothing() -> None:
    """Whoever was there keeps every name."""
    alone, together = merge({"shop": SHOP}), merge({"shop": SHOP, "bank": BANK})

    assert names_of(alone, "shop") == names_of(together, "shop")
    assert alone.type_names.items() <= together.type_names.items()


def test_the_entries_of_maps_are_named_like_types() -> None:
    """By what they hold, in the order of the upstreams: a later type does not take the name."""
    alone = merge({"a": catalog(reading("tags", mapped(STRING)))})
    together = merge(
        {
            "a": catalog(reading("tags", mapped(STRING))),
            "b": catalog(types=(ObjectType("StringEntry", "StringEntry"),)),
        }
    )

    assert alone.entry_name("a", STRING, going_in=False) == "StringEntry"
    assert together.entry_name("a", STRING, going_in=False) == "StringEntry"
    assert together.type_names["b"] == {"StringEntry": "BStringEntry"}


def test_entries_that_differ_in_null_are_told_apart() -> None:
    """Two maps of texts, one of which may hold null, are two types with a name each."""
    held = (STRING, required(STRING), listed(STRING), mapped(STRING))
    merged = merge({"a": catalog(*(reading(f"f{n}", mapped(one)) for n, one in enumerate(held)))})

    names = [merged.entry_name("a", one, going_in=False) for one in held]
    assert names == ["StringEntry", "RequiredStringEntry", "StringListEntry", "StringMapEntry"]
