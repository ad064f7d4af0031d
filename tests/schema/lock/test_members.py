"""With a lock, what is below the root keeps its names, whatever comes beside it."""

from collections.abc import Iterable, Mapping

import msgspec
from graphql import GraphQLEnumType, GraphQLObjectType
from hypothesis import given
from hypothesis import strategies as st

from schema.build import build
from schema.lock import changes
from schema.lock.model import Lock, Place, Space
from schema.merge import merge
from tests.schema.catalogs import STRING, catalog, named, reading
from upstreams.model import (
    Catalog,
    EnumType,
    EnumValue,
    Field,
    InputType,
    Link,
    ObjectType,
)

ODD = st.text("ab-_.", min_size=1, max_size=3)


def fields(names: Iterable[str]) -> tuple[Field, ...]:
    """Texts of those names."""
    return tuple(Field(name, STRING) for name in names)


def offering(names: Iterable[str], links: tuple[Link, ...] = ()) -> Catalog:
    """An order that has members of those names, and is found by such arguments."""
    sorts = tuple(EnumValue(name, name) for name in names)
    lines = Field("lines", STRING, arguments=fields(names))
    order = ObjectType("Order", "Order", fields=(*fields(names), lines, Field("n", named("Sort"))))
    given, sort = (
        InputType("In", "In", fields=fields(names)),
        EnumType("Sort", "Sort", values=sorts),
    )
    found = catalog(reading("getOrder", named("Order"), *fields(names)), types=(order, given, sort))
    return msgspec.structs.replace(found, links=links)


def locked(one: Catalog) -> Lock:
    """The lock that keeps every name."""
    merged = merge({"a": one})
    return changes.kept(changes.given(merged), Lock(), ["a"], merged)


def names(one: Catalog, lock: Lock) -> Mapping[Place, str]:
    """What everything is called."""
    return changes.given(merge({"a": one}, lock=lock))


def test_names_that_graphql_does_not_allow_are_locked() -> None:
    """With what they became; others depend on nothing."""
    lock = locked(offering(["foo-bar", "plain"]))

    kept = {str(place): name for place, name in lock.names.items() if "foo-bar" in place.identity}
    assert kept == {
        "a arguments getOrder(foo-bar:)": "foo_bar",
        "a fields Order.foo-bar": "foo_bar",
        "a fields Order.lines(foo-bar:)": "foo_bar",
        "a fields In.foo-bar": "foo_bar",
        "a fields Sort.foo-bar": "foo_bar",
    }
    assert not [place for place in lock.names if "plain" in place.identity]


@given(st.lists(ODD, max_size=4, unique=True), st.lists(ODD, max_size=4, unique=True))
def test_siblings_that_come_or_go_rename_nothing(first: list[str], later: list[str]) -> None:
    """Fields, arguments at the root and below, and values of enums."""
    lock = locked(offering(first))

    after = names(offering([*later, *(one for one in first if one not in later)]), lock)

    assert lock.names.items() <= after.items()


def test_a_sibling_that_graphql_would_allow_does_not_take_the_name() -> None:
    """It is the newcomer that is marked, in the schema that clients see."""
    lock = locked(offering(["foo-bar"]))

    schema, _ = build({"a": offering(["foo_bar", "foo-bar"])}, lock=lock)

    sort, order = schema.get_type("Sort"), schema.get_type("Order")
    assert isinstance(sort, GraphQLEnumType)
    assert isinstance(order, GraphQLObjectType)
    assert sort.values["foo_bar"].value == "foo-bar"
    newcomer, known = list(order.fields)[:2]
    assert known == "foo_bar"
    assert newcomer.startswith("foo_bar_")


def test_links_keep_their_names() -> None:
    """A field or a link that comes later is called otherwise."""
    link = Link("Order", "buyer", "getOrder")
    lock = locked(offering([], (link,)))
    other = msgspec.structs.replace(link, origin="getOrder")

    after = names(offering(["buyer"], (other, link)), lock)

    assert after[Place("a", Space.LINKS, "Order.buyer")] == "buyer"
    schema, _ = build({"a": offering(["buyer"], (other, link))}, lock=lock)
    order = schema.get_type("Order")
    assert isinstance(order, GraphQLObjectType)
    assert {"buyer", "buyerLink"} < order.fields.keys()
    assert [name for name in order.fields if name.startswith("buyer_")]


def test_what_has_no_lock_is_called_by_its_own_name() -> None:
    """Nothing is noted on a catalog that nothing is kept for."""
    offered = offering(["foo-bar"])

    assert merge({"a": offered}, lock=Lock()).catalogs["a"] is offered
