"""The `Date` of answers, written once a second (RFC 9110 §6.6.1)."""

import time
from email.utils import formatdate


class _Clock:
    def __init__(self) -> None:
        self._second = 0
        self._date = b""

    def __call__(self) -> bytes:
        """The date of now as a header's value."""
        second = int(time.time())
        if second != self._second:
            self._second, self._date = second, formatdate(second, usegmt=True).encode()
        return self._date


date = _Clock()
