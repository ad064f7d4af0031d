"""Holding the garbage collector back while much is made."""

import contextlib
import gc
import threading
import weakref
from collections.abc import Iterator

import pytest

from upstreams.bulk import bulk


class Knot:
    """An object that only the collector can free."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _thresholds() -> Iterator[None]:
    """Whatever a test does, the next one begins as usual."""
    usual = gc.get_threshold()
    yield
    gc.set_threshold(*usual)


def test_the_usual_thresholds_come_back() -> None:
    """Within a block the collector runs seldom, after it as before; also after an error."""
    gc.set_threshold(701, 11, 12)

    with contextlib.suppress(KeyError), bulk():
        within = gc.get_threshold()
        raise KeyError

    assert within > (100_000, 0, 0)
    assert gc.get_threshold() == (701, 11, 12)


def test_blocks_that_overlap() -> None:
    """Whichever of two blocks ends last brings the usual thresholds back."""
    gc.set_threshold(701, 11, 12)
    entered, leave = threading.Event(), threading.Event()

    def other() -> None:
        with bulk():
            entered.set()
            leave.wait(10)

    thread = threading.Thread(target=other)
    with bulk():
        thread.start()
        entered.wait(10)
    between = gc.get_threshold()
    leave.set()
    thread.join()

    assert between > (100_000, 0, 0)
    assert gc.get_threshold() == (701, 11, 12)


def test_memory_stays_bounded() -> None:
    """What refers to itself is still found, if later."""
    with bulk():
        first = weakref.ref(Knot())
        kept = [Knot() for _ in range(300_000)]

    assert first() is None
    assert len(kept) == 300_000
