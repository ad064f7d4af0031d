"""Steps of selected paths, as text and back."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from upstreams.steps import Step, read, written

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner) | st.dictionaries(st.from_regex(r"[a-z.]+"), inner),
    max_leaves=5,
)
NAMES = st.from_regex(r"[_A-Za-z][_0-9A-Za-z]*", fullmatch=True)


def test_a_plain_name_is_itself() -> None:
    """Whatever it looks like: backends of other kinds have names of all sorts."""
    assert read("x-y:z") == Step("x-y:z", "x-y:z")


@given(NAMES, NAMES, st.dictionaries(NAMES, VALUES))
def test_arguments_come_back(name: str, key: str, arguments: dict[str, object]) -> None:
    """And are never taken for the next step."""
    step = written(name, key, arguments)

    assert "." not in step
    assert read(step) == Step(name, key, arguments)


def test_digits_are_kept() -> None:
    """1.10 is not 1.1."""
    step = read(written("a", "a_1", {"b": Decimal("1.10")}))

    assert str(step.arguments["b"]) == "1.10"
