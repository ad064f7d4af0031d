"""What is kept, what is new, what is gone."""

from schema.lock.changes import changes, given, kept, missing
from schema.lock.model import Lock, Place, Space
from schema.merge import merge
from tests.schema.catalogs import STRING, catalog, reading

A = catalog(reading("one", STRING))
ONE, TWO = Place("a", Space.QUERY, "one"), Place("b", Space.QUERY, "two")


def test_an_upstream_that_is_down_keeps_what_was_locked() -> None:
    """It is configured, and will be back."""
    merged = merge({"a": A})

    lock = kept(given(merged), Lock({TWO: "two"}), ["a", "b"], merged)

    assert lock.names == {ONE: "one", TWO: "two"}


def test_an_upstream_that_is_configured_no_more_loses_its_names() -> None:
    """Whoever writes the lock decided so."""
    merged = merge({"a": A})

    lock = kept(given(merged), Lock({TWO: "two"}), ["a"], merged)

    assert lock.names == {ONE: "one"}


def test_a_name_that_differs_is_told_with_both() -> None:
    """What is in one alone is no change of a name."""
    (change,) = changes({ONE: "one", TWO: "two"}, {ONE: "first"})

    assert (change.place, change.old, change.new) == (ONE, "one", "first")


def test_what_is_missing_is_told_in_order() -> None:
    """By upstream, then by what is named."""
    assert missing({TWO: "two", ONE: "one"}, {}) == [ONE, TWO]
