"""How the fields of messages are spelled in Python."""

from collections.abc import Mapping
from keyword import iskeyword
from typing import NamedTuple

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from upstreams.grpc.messages import fields, names
from upstreams.grpc.shape.source import Source


class UnsuitedError(Exception):
    """What is wanted cannot be had of these messages, or not in this way."""


class Expression(NamedTuple):
    """What a value is, in Python."""

    text: str
    nullable: bool = False
    """Whether it may be None."""


NULL = Expression("None", nullable=True)


class Fields:
    """Spells fields."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._named: dict[str, Mapping[str, FieldDescriptor]] = {}

    def found(self, message: Descriptor, name: str) -> FieldDescriptor | None:
        """The field that has this name in the values of `Client.call`."""
        if message.full_name not in self._named:
            given = names(message)
            self._named[message.full_name] = {given[one.number]: one for one in fields(message)}
        return self._named[message.full_name].get(name)

    def attribute(self, field: FieldDescriptor, of: str) -> str:
        """What a message has in a field; for one that was not set, its default."""
        if field.is_extension:
            return f"{of}.Extensions[{self._source.name(field)}]"
        if field.name.isascii() and field.name.isidentifier() and not iskeyword(field.name):
            return f"{of}.{field.name}"
        return f"getattr({of}, {self._source.name(field.name)})"

    def is_set(self, field: FieldDescriptor, of: str) -> str:
        """Whether a message has a field; empty for fields that all messages have."""
        if field.is_repeated or field.is_required or not field.has_presence:
            return ""
        if field.is_extension:
            return f"{of}.HasExtension({self._source.name(field)})"
        return f"{of}.HasField({self._source.name(field.name)})"

    def where_set(self, field: FieldDescriptor, of: str, value: Expression) -> Expression:
        """The value, or null where the message does not have the field."""
        condition = self.is_set(field, of)
        if not condition:
            return value
        return Expression(f"({value.text} if {condition} else None)", nullable=True)
