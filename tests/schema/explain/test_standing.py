"""Values that stand for what is not known: of the right type, and found again in a text."""

import pytest
from graphql import GraphQLList, build_schema
from hypothesis import given
from hypothesis import strategies as st

from schema.explain.model import Assumed
from schema.explain.standing import StandIns, braced
from schema.scalars import SCALARS
from upstreams.model import ScalarKind

UNTOLD = {ScalarKind.BOOLEAN, ScalarKind.VOID}
"""Kinds of which no value tells itself apart from others."""
KINDS = [one for one in ScalarKind if one not in UNTOLD]
SCHEMA = build_schema(
    """
    input Order { id: Int!, note: String, lines: [Line!]!, open: Boolean! }
    input Line { sku: ID! }
    input Key @oneOf { id: Int, name: String }
    enum Status { OPEN CLOSED }
    """
)


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_is_one_of_its_type(kind: ScalarKind) -> None:
    """What clients say goes in; what backends say comes out and in again."""
    scalar = SCALARS[kind]
    standing = StandIns("")

    said = standing.said(scalar, "$a")
    told = standing.value(scalar, "$a")

    scalar.coerce_input_value(said)
    if kind is not ScalarKind.UPLOAD:
        scalar.coerce_input_value(scalar.coerce_output_value(told))
    assert standing.replaced(f"<{told}>") == "<$a>"


@given(st.lists(st.sampled_from(KINDS)))
def test_values_are_told_apart(kinds: list[ScalarKind]) -> None:
    """However many there are, each is replaced by its own label."""
    standing = StandIns("")
    values = [standing.value(SCALARS[one], f"a.{place}") for place, one in enumerate(kinds)]

    shown = standing.replaced(" ".join(map(str, values)))

    assert shown == " ".join(f"{{a.{place}}}" for place in range(len(kinds)))


def test_the_same_stands_for_the_same() -> None:
    """So that equal calls are seen to be equal."""
    standing = StandIns("")

    values = [standing.value(SCALARS[ScalarKind.INT], "a.id") for _ in range(2)]

    assert values[0] == values[1]


def test_values_differ_from_what_is_known() -> None:
    """A number that stands in the operation is not taken."""
    known = str(StandIns("").value(SCALARS[ScalarKind.INT], "a"))

    other = StandIns(f"{{ get(id: {known}) }}")
    other.value(SCALARS[ScalarKind.INT], "a")

    assert other.replaced(known) == known


def test_objects_have_what_they_must_have() -> None:
    """Of one that must have exactly one field, the first."""
    standing = StandIns("")

    order = standing.said(SCHEMA.type_map["Order"], "$order")
    key = standing.said(SCHEMA.type_map["Key"], "$key")

    assert set(order) == {"id", "lines", "open"}
    assert standing.replaced(str(order["id"])) == "$order.id"
    assert standing.replaced(order["lines"][0]["sku"]) == "$order.lines.sku"
    assert set(key) == {"id"}


def test_what_cannot_be_replaced_is_told() -> None:
    """A Boolean, and a value of an enum."""
    standing = StandIns("")
    standing.said(SCHEMA.type_map["Status"], "$status")
    standing.value(GraphQLList(SCALARS[ScalarKind.BOOLEAN]), "a.open")
    standing.value(SCALARS[ScalarKind.INT], "a.id")
    standing.replaced(str(standing.value(SCALARS[ScalarKind.INT], "a.id")))
    standing.beside("headers.x")

    assert list(standing.assumed()) == [Assumed("$status", "OPEN"), Assumed("a.open", True)]


def test_labels_are_safe_within_quotes() -> None:
    """Whatever a backend calls its fields."""
    assert braced("a[].it's; $(x)`") == "{a[].it_s_ $_x__}"
    assert braced("$id") == "$id"
