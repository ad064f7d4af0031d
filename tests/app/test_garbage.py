"""What lives as long as a snapshot, and the garbage collector."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from app.garbage import set_aside


class Circle:
    """Something that only a collection can free."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _given_back() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_what_was_set_aside_is_not_looked_at() -> None:
    """A collection does not free it, for it does not come by."""
    circle = Circle()
    remembered = weakref.ref(circle)

    set_aside()
    del circle
    gc.collect()

    assert remembered() is not None


def test_what_has_become_garbage_is_freed_with_the_next() -> None:
    """Of the schemas that were replaced, none stays."""
    remembered = []
    for _ in range(3):
        circle = Circle()
        remembered.append(weakref.ref(circle))
        set_aside()
        del circle

    set_aside()

    assert [one() for one in remembered] == [None] * 3
