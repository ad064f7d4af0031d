"""The memory of texts that clients sent: bounded, the least recently used forgotten first."""

from hypothesis import given
from hypothesis import strategies as st

from app.graphql.documents.remembered import Remembered

KILOBYTE = "x" * 1000


def test_the_least_recently_used_is_forgotten_first() -> None:
    """Asking for a text keeps it."""
    remembered = Remembered(count=2)
    remembered.put("a", "A")
    remembered.put("b", "B")
    remembered.get("a")

    remembered.put("c", "C")

    assert [remembered.get(one) for one in "abc"] == ["A", None, "C"]


def test_as_many_are_forgotten_as_it_takes() -> None:
    """For a large one, several small ones."""
    remembered = Remembered(size=4000)
    for name in "abc":
        remembered.put(name, KILOBYTE)

    remembered.put("d", KILOBYTE * 3)

    assert [remembered.get(one) is not None for one in "abcd"] == [False, False, False, True]


def test_what_is_too_large_alone_pushes_nothing_out() -> None:
    """It is not remembered, and the others are."""
    remembered = Remembered(size=4000)
    remembered.put("a", "A")

    remembered.put("b", KILOBYTE * 4)

    assert (remembered.get("a"), remembered.get("b")) == ("A", None)


def test_a_text_takes_what_its_characters_take_in_memory() -> None:
    """Four bytes each, where one of them needs that."""
    remembered = Remembered(size=4000)

    remembered.put("a", KILOBYTE + "😀")

    assert remembered.get("a") is None


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.text(max_size=300))))
def test_it_never_holds_more_than_it_may(puts: list[tuple[str, str]]) -> None:
    """Neither in number nor in size, and the newest is there if it can be."""
    remembered = Remembered(count=3, size=1000)

    for name, text in puts:
        remembered.put(name, text)

    assert len(remembered) <= 3
    if puts and puts[-1][0] not in {name for name, _ in puts[:-1]}:
        assert remembered.get(puts[-1][0]) in (puts[-1][1], None)
