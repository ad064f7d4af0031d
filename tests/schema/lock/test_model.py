"""With a lock, a name belongs to what it names, whatever else there is."""

from collections.abc import Mapping

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from schema.lock import changes
from schema.lock.model import Lock, Place, Space
from schema.merge import Merged, merge
from tests.schema.catalogs import STRING, catalog, mapped, reading, writing
from upstreams.model import Catalog, Effect, Flow, InputType, ObjectType

SHOP = catalog(
    reading("transfer", STRING),
    writing("createOrder", STRING),
    reading("tags", mapped(STRING)),
    types=(ObjectType("Address", "Address"), InputType("Address:in", "Address")),
)
BANK = catalog(
    reading("transfer", STRING),
    reading("labels", mapped(STRING)),
    types=(ObjectType("Address", "Address"),),
)
ALONE = {"shop": SHOP}


def locked(catalogs: Mapping[str, Catalog], lock: Lock | None = None) -> Lock:
    """The lock that keeps the names of those catalogs."""
    merged = merge(catalogs, lock=lock or Lock())
    return changes.kept(changes.given(merged), Lock(), catalogs, merged)


def names(merged: Merged, upstream: str) -> dict[Place, str]:
    """What the things of one upstream are called."""
    return {
        place: name for place, name in changes.given(merged).items() if place.upstream == upstream
    }


def test_an_upstream_before_takes_no_name() -> None:
    """What was there keeps every name, though the new one comes first in the file."""
    lock = locked(ALONE)

    together = merge({"bank": BANK, **ALONE}, lock=lock)

    assert names(together, "shop") == names(merge(ALONE), "shop")
    assert together.type_names["bank"] == {"Address": "BankAddress"}
    assert "bankTransfer" in {root.name for root in together.root_fields}


def test_the_entry_of_a_map_keeps_its_name_whoever_has_it_first() -> None:
    """It is one type for all upstreams."""
    lock = locked(ALONE)

    together = merge({"bank": BANK, **ALONE}, lock=lock)

    assert together.entry_name("shop", STRING, going_in=False) == "StringEntry"


def test_an_upstream_that_is_not_there_keeps_its_names() -> None:
    """One that is down while another is new finds its names when it is back."""
    lock = locked(ALONE)

    without = merge({"bank": BANK}, lock=lock)

    assert without.type_names["bank"] == {"Address": "BankAddress"}
    assert {root.name for root in without.root_fields} == {"bankTransfer", "labels"}


def test_what_vanished_keeps_its_name() -> None:
    """Another function does not get it, before the lock is written anew."""
    lock = locked(ALONE)
    later = {"shop": catalog(reading("other", STRING, label="transfer"))}

    merged = merge(later, lock=lock)
    again = merge(later, lock=locked(later))

    assert [root.name for root in merged.root_fields] == ["shopTransfer"]
    assert [root.name for root in again.root_fields] == ["transfer"]


def test_a_function_that_moves_keeps_its_name() -> None:
    """One that writes now is called in Mutation what it was called in Query."""
    lock = Lock({Place("shop", Space.QUERY, "transfer"): "move"})
    moved = msgspec.structs.replace(SHOP.functions[0], effect=Effect.WRITE)

    merged = merge({"shop": catalog(moved)}, lock=lock)

    assert [(root.root.value, root.name) for root in merged.root_fields] == [("Mutation", "move")]


def test_a_stream_has_a_name_for_each_root() -> None:
    """A field of Query and one of Subscription, each kept for itself."""
    ticks = reading("ticks", STRING, flow=Flow.SERVER_STREAM)
    query, subscription = Space.QUERY, Space.SUBSCRIPTION
    lock = Lock({Place("a", query, "ticks"): "all", Place("a", subscription, "ticks"): "each"})

    merged = merge({"a": catalog(ticks)}, lock=lock)

    assert [root.name for root in merged.root_fields] == ["all", "each"]


def test_a_name_that_the_gateway_needs_is_not_kept() -> None:
    """Its own come first; the change is one that can be told."""
    lock = Lock({Place("shop", Space.TYPES, "Address"): "Gateway"})

    merged = merge(ALONE, types_taken=("Gateway",), lock=lock)

    assert merged.type_names["shop"]["Address"] == "Address"
    (change,) = changes.changes(lock.names, changes.given(merged))
    assert (change.old, change.new) == ("Gateway", "Address")


@given(st.permutations([("shop", SHOP), ("bank", BANK), ("late", SHOP)]), st.integers(0, 3))
def test_no_order_and_no_absence_renames_anything(
    order: list[tuple[str, Catalog]], present: int
) -> None:
    """With everything locked, names do not depend on what is there, nor in which order."""
    lock = locked({"shop": SHOP, "bank": BANK, "late": SHOP})

    merged = merge(dict(order[:present]), lock=lock)

    assert changes.given(merged).items() <= lock.names.items()


def test_types_that_are_one_for_all_are_locked_once() -> None:
    """By their label, for no upstream."""
    page = ObjectType("PageInfo", "PageInfo", shared=True)
    one = {"a": catalog(types=(page,)), "b": catalog(types=(page,))}

    lock = locked(one)

    assert lock.names == {Place("", Space.TYPES, "PageInfo"): "PageInfo"}
    assert merge(one, lock=lock).type_names == {
        "a": {"PageInfo": "PageInfo"},
        "b": {"PageInfo": "PageInfo"},
    }
