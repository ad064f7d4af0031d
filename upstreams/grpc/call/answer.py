"""What a backend answered: bytes, and what they say once somebody asks."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from upstreams.grpc.call.methods import Method


class Answer:
    """The message that ended an RPC, or the list of those that came; see `shape.Messages`."""

    def __init__(self, method: Method, received: bytes | Sequence[bytes]) -> None:
        self._method = method
        self._received = received

    @cached_property
    def message(self) -> Any:
        """Parsed, the message or the list of them. Raises `Malformed`."""
        if isinstance(self._received, bytes):
            return self._method.parsed(self._received)
        return [self._method.parsed(each) for each in self._received]

    def value(self) -> Any:
        """See `upstreams.shape.Answer`."""
        return self._value

    @cached_property
    def _value(self) -> Any:
        if isinstance(self._received, bytes):
            return self._method.value(self.message)
        return [self._method.value(each) for each in self.message]
