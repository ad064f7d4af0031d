"""How often calls are made, as a formula and as a number."""

import pytest

from schema.explain.model import Calls


@pytest.mark.parametrize(
    ("calls", "formula", "most"),
    [
        (Calls(), "1", 1),
        (Calls(times=10), "10", 10),
        (Calls("a[].id", sizes=(None,)), "distinct(a[].id)", 7),
        (Calls("a[].id", sizes=(3,)), "distinct(a[].id)", 3),
        (Calls("a[].b[].id", sizes=(3, None)), "distinct(a[].b[].id)", 21),
        (Calls("a[].id", shared=False, sizes=(None,)), "each(a[].id)", 7),
        (Calls("a[].id", sizes=(101,), batch=100), "ceil(distinct(a[].id) / 100)", 2),
        (Calls("a[].id", sizes=(0,), batch=100), "ceil(distinct(a[].id) / 100)", 0),
        (Calls("a[].id", sizes=(3,), times=10), "10 * distinct(a[].id)", 30),
        (Calls("a[].id", sizes=(3,), limit=2), "distinct(a[].id)", 2),
        (Calls("a[].id", sizes=(3,), limit=2, times=10), "10 * distinct(a[].id)", 20),
    ],
)
def test_counts(calls: Calls, formula: str, most: int) -> None:
    """Where lists of unknown size have at most seven items."""
    assert (calls.formula, calls.most(7)) == (formula, most)


def test_what_nobody_knows_is_no_number() -> None:
    """One list of unknown size is enough."""
    assert Calls("a[].b[].id", sizes=(3, None)).most(None) is None
