"""Texts that clients sent once, by their hash."""

import sys
from collections import OrderedDict

_COUNT = 10_000
_SIZE = 16 * 1024 * 1024


class Remembered:
    """A bounded number of texts; the one that was not asked for the longest is forgotten first."""

    def __init__(self, *, count: int = _COUNT, size: int = _SIZE) -> None:
        """`size` is how many bytes of memory the texts may take in all."""
        self._count = count
        self._size = size
        self._taken = 0
        self._texts: OrderedDict[str, str] = OrderedDict()

    def __len__(self) -> int:
        return len(self._texts)

    def get(self, digest: str) -> str | None:
        """The text of that hash."""
        text = self._texts.get(digest)
        if text is not None:
            self._texts.move_to_end(digest)
        return text

    def put(self, digest: str, text: str) -> None:
        """Remember a text, unless it alone is too large."""
        if sys.getsizeof(text) > self._size or digest in self._texts:
            return
        self._texts[digest] = text
        self._taken += sys.getsizeof(text)
        while self._taken > self._size or len(self._texts) > self._count:
            _, forgotten = self._texts.popitem(last=False)
            self._taken -= sys.getsizeof(forgotten)
