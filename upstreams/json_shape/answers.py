"""Answers of the kinds that speak JSON, as the text that is yet to be read."""

from collections.abc import Callable
from typing import Any

from upstreams.shape import Surprise

_UNREAD = object()


class JsonAnswer:
    """An answer whose JSON text is at hand: the value that it says is the function's."""

    __slots__ = ("_read", "_value", "body")

    def __init__(self, body: bytes, read: Callable[[bytes], Any]) -> None:
        """`read` gives the value of the body, or raises `Malformed`."""
        self.body = body
        self._read = read
        self._value: Any = _UNREAD

    def value(self) -> Any:
        """The value that the text says, read once. Raises `Malformed`."""
        if self._value is _UNREAD:
            self._value = self._read(self.body)
        return self._value


def check_encoding(body: bytes) -> None:
    """Refuses what is no UTF-8: of what it skips, a decoder looks at the syntax, not at that.

    A number that is skipped, and that nobody could read, harms nobody: one of thousands of digits,
    or with an exponent beyond 10**18. Raises `Surprise`.
    """
    if body.isascii():
        # As most texts are: this is seen ten times as fast.
        return
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise Surprise("the answer is not UTF-8") from error
