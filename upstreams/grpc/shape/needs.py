"""What stands below a message, as `Client.call` gives it."""

from collections.abc import Mapping
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from upstreams.grpc.read import Readers
from upstreams.grpc.shape.fields import NULL, Expression, Fields
from upstreams.grpc.shape.source import Source
from upstreams.shape import Steps


class Needs:
    """Spells what is needed, selected or not."""

    def __init__(self, source: Source, readers: Readers, fields: Fields) -> None:
        self._source = source
        self._readers = readers
        self._fields = fields

    def of(self, message: Descriptor, steps: Steps, of: str) -> str:
        """What a message has at a path; None for nothing."""
        return self._below(message, steps, of).text

    def _below(self, message: Descriptor, steps: Steps, of: str) -> Expression:
        if not steps:
            return Expression(f"{self._source.name(self._readers.message(message))}({of})")
        field = self._fields.found(message, steps[0])
        if field is None:
            return NULL
        value = self._within(field, steps[1:], self._fields.attribute(field, of))
        return self._fields.where_set(field, of, value)

    def _within(self, field: FieldDescriptor, steps: Steps, value: str) -> Expression:
        held = field.message_type
        if steps and held and not field.is_repeated and self._readers.plain(held):
            return self._below(held, steps, value)
        convert = self._readers.field(field)
        text = value if convert is None else f"{self._source.name(convert)}({value})"
        if not steps:
            return Expression(text)
        return Expression(f"{self._source.name(_look(steps))}({text})")


def _look(steps: Steps) -> Any:
    """How that path is looked up in a plain value."""

    def look(value: Any) -> Any:
        for step in steps:
            value = value.get(step) if isinstance(value, Mapping) else None
        return value

    return look
