"""What a backend answered, parsed but not yet read."""

from typing import Any

from upstreams.soap.model import Message
from upstreams.soap.xml import Element, Values
from upstreams.soap.xml.compiled_reader import Nils, may_be_nil

_UNREAD = object()
_SMALL = 2048
"""Bytes below which an answer is small."""


class Answered:
    """The Body of an envelope that is no refusal."""

    def __init__(
        self,
        values: Values,
        message: Message | None,
        body: Element | None,
        selection: tuple[str, ...] = (),
        size: int = 0,
    ) -> None:
        """Without a message, or without a Body, nothing was promised or came."""
        self.body = body
        self.size = size
        """How many bytes the whole answer had."""
        self._values = values
        self._message = message
        self._selection = selection
        self._value: Any = _UNREAD

    @property
    def nils(self) -> Nils:
        """Whether anything in it may be nil; of a small answer, to look would take longer."""
        return self.size < _SMALL or (self.body is not None and may_be_nil(self.body))

    def value(self) -> Any:
        """As `upstreams.shape.Answer` says: what is selected of it, or all."""
        if self._value is _UNREAD:
            self._value = self._read()
        return self._value

    def _read(self) -> Any:
        if self.body is None or self._message is None:
            return None
        return self._values.read(self.body, self._message, self._selection)
