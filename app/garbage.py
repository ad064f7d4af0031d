"""The garbage collector is kept from looking at what lives as long as a snapshot."""

import gc

from app import memory

_PATIENCE = 10_000
"""How many more objects there are before the next look: what requests hold goes away by itself."""


def set_aside() -> None:
    """Free what is garbage, and never look at the rest again until this is called again.

    A collection costs as much time as there is to look at, and writes to all of it, so that forked
    processes would not share it. It blocks for as long as one full collection takes.
    """
    # What was set aside before may have become garbage: a schema is a circle.
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(_PATIENCE, *gc.get_threshold()[1:])
    memory.give_back()
