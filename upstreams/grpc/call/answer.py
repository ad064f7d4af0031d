"""What a backend answered: bytes, and what they say once somebody asks."""

from collections.abc import Callable, Sequence
from typing import Any

from upstreams.grpc.call.methods import Method

_UNREAD = object()


class Answer:
    """The message that ended an RPC, or the list of those that came; see `shape.Messages`."""

    __slots__ = ("_message", "_method", "_received", "_value")

    def __init__(self, method: Method, received: bytes | Sequence[bytes]) -> None:
        self._method = method
        self._received = received
        self._message: Any = _UNREAD
        self._value: Any = _UNREAD

    @property
    def message(self) -> Any:
        """Parsed, the message or the list of them. Raises `Malformed`."""
        if self._message is _UNREAD:
            self._message = self._each(self._method.parsed, self._received)
        return self._message

    def value(self) -> Any:
        """See `upstreams.shape.Answer`."""
        if self._value is _UNREAD:
            self._value = self._each(self._method.value, self.message)
        return self._value

    def _each(self, read: Callable[[Any], Any], of: Any) -> Any:
        return read(of) if isinstance(self._received, bytes) else [read(one) for one in of]
