"""How much freed memory is kept for what comes next, and when it is given back.

It speaks to the C library's allocator, where that is glibc's; others are left as they are.
"""

import ctypes
import os

_KEPT_BYTES = 16 * 1024 * 1024
_LARGE_BYTES = 8 * 1024 * 1024
"""From which size on memory is the system's, each time anew."""

# As malloc.h has them.
_TRIM_THRESHOLD = -1
_MMAP_THRESHOLD = -3

_library = ctypes.CDLL(None) if os.name == "posix" else None
_trim = getattr(_library, "malloc_trim", None)
_option = getattr(_library, "mallopt", None)


def keep() -> None:
    """Keep some of what is freed.

    An answer of some megabytes comes and goes in moments. Memory that the system took back and
    gives again is cleared page by page, which takes as long as reading the answer does.
    """
    if _option is not None:
        _option(_MMAP_THRESHOLD, _LARGE_BYTES)
        _option(_TRIM_THRESHOLD, _KEPT_BYTES)


def give_back() -> None:
    """Give back all that can be given back, once."""
    if _trim is not None:
        _trim(0)
