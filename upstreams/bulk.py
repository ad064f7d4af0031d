"""The garbage collector, held back while very much is made that stays.

A large description becomes hundreds of thousands of values, and then a schema of them. By default
the collector would look through all of them several times, for a fifth of the whole time.
"""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_SELDOM = (200_000, 20, 100)
"""Thresholds with which cycles are still found, so that memory stays bounded."""

_lock = threading.Lock()
_usual: list[tuple[int, int, int]] = []
"""The thresholds to go back to: one entry for each block that is being run."""


@contextmanager
def bulk() -> Iterator[None]:
    """While the block runs, the collector runs seldom. Blocks may overlap, in threads, too."""
    with _lock:
        _usual.append(_usual[0] if _usual else gc.get_threshold())
        gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        with _lock:
            usual = _usual.pop()
            if not _usual:
                gc.set_threshold(*usual)
