"""Leaves as clients see them: as they are, as digits, or by way of the readers of `Client.call`."""

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from upstreams.grpc.messages import enum_names
from upstreams.grpc.model import JSON_VALUE, MEANINGS, WRAPPERS
from upstreams.grpc.read import Readers
from upstreams.grpc.read.leaves import as_it_is
from upstreams.grpc.shape.fields import Expression, UnsuitedError
from upstreams.grpc.shape.source import Source
from upstreams.model import ScalarKind
from upstreams.shape import Leaf, Surprise

_F = FieldDescriptor
_AS_THEY_ARE: Mapping[ScalarKind | None, frozenset[int]] = {
    ScalarKind.BOOLEAN: frozenset({_F.TYPE_BOOL}),
    ScalarKind.INT: frozenset({_F.TYPE_INT32, _F.TYPE_SINT32, _F.TYPE_SFIXED32}),
    ScalarKind.UNSIGNED_INT: frozenset({_F.TYPE_UINT32, _F.TYPE_FIXED32}),
    ScalarKind.STRING: frozenset({_F.TYPE_STRING}),
}
"""The fields whose attribute is what clients see, by what clients take it for."""
_DIGITS: Mapping[ScalarKind | None, frozenset[int]] = {
    ScalarKind.LONG: frozenset({_F.TYPE_INT64, _F.TYPE_SINT64, _F.TYPE_SFIXED64}),
    ScalarKind.UNSIGNED_LONG: frozenset({_F.TYPE_UINT64, _F.TYPE_FIXED64}),
}
"""Those whose attribute's digits are."""
_FLOATS = frozenset({_F.TYPE_DOUBLE, _F.TYPE_FLOAT})
_TEXTS = frozenset({ScalarKind.STRING, ScalarKind.DATE_TIME, ScalarKind.DURATION})
"""What clients see as `Client.call` gives it, if that is a text."""


class Leaves:
    """Spells leaves."""

    def __init__(self, source: Source, readers: Readers) -> None:
        self._source = source
        self._readers = readers
        self._finite = ""

    def of_field(self, field: FieldDescriptor, leaf: Leaf, value: str) -> Expression:
        """One value of a field that holds no message."""
        if field.enum_type:
            return Expression(f"{self._source.name(_shown(field.enum_type, leaf))}[{value}]")
        convert = self._readers.value(field)
        if leaf.kind is ScalarKind.FLOAT and field.type in _FLOATS:
            return Expression(f"{self._finitely()}({self._by(convert, value)})")
        if field.type in _AS_THEY_ARE.get(leaf.kind, ()):
            return Expression(self._by(convert, value))
        if convert is None and field.type in _DIGITS.get(leaf.kind, ()):
            return Expression(f'f"{{{value}}}"')
        return Expression(self._by(_written(convert or as_it_is, leaf), value))

    def of_message(self, message: Descriptor, leaf: Leaf, value: str) -> Expression:
        """A message that means one leaf. Raises `UnsuitedError` for others."""
        if message.full_name in WRAPPERS:
            return self.of_field(message.fields_by_name["value"], leaf, f"{value}.value")
        convert = self._readers.known(message)
        if convert is None:
            raise UnsuitedError
        if leaf.kind not in _TEXTS or leaf.kind is not MEANINGS[message.full_name]:
            convert = _written(convert, leaf)
        return Expression(self._by(convert, value), nullable=message.full_name == JSON_VALUE)

    def of_key(self, field: FieldDescriptor, leaf: Leaf, key: str) -> Expression:
        """A key of a map. Raises `UnsuitedError` where it is not shown as a text."""
        if leaf.kind is not ScalarKind.STRING:
            raise UnsuitedError
        if field.type == FieldDescriptor.TYPE_STRING:
            return Expression(key if self._readers.checked(field) else self._by(_text, key))
        if field.type == FieldDescriptor.TYPE_BOOL:
            return Expression(f'("true" if {key} else "false")')
        return Expression(f'f"{{{key}}}"')

    def of_many(self, field: FieldDescriptor, leaf: Leaf, value: str) -> Expression:
        """All of a field that holds many, as one leaf: a map shown as JSON."""
        return Expression(self._by(_written(self._readers.field(field) or as_it_is, leaf), value))

    def _by(self, convert: Callable[[Any], Any] | None, value: str) -> str:
        return value if convert is None else f"{self._source.name(convert)}({value})"

    def _finitely(self) -> str:
        self._finite = self._finite or self._source.name(_finite)
        return self._finite


def _shown(enum: EnumDescriptor, leaf: Leaf) -> Mapping[int, str]:
    """What clients see for each number."""
    if leaf.names is None:
        raise UnsuitedError
    named = enum_names(enum)
    return {number: leaf.names[name] for number, name in named.items() if name in leaf.names}


def _written(convert: Callable[[Any], Any], leaf: Leaf) -> Callable[[Any], Any]:
    def write(value: Any) -> Any:
        found = convert(value)
        return None if found is None else _write(leaf, found)

    return write


def _write(leaf: Leaf, value: Any) -> Any:
    try:
        return leaf.write(value)
    except Exception as error:  # whatever a scalar raises is how it says no
        raise Surprise("a value that is not of its type") from error


def _text(key: str | bytes) -> str:
    if isinstance(key, str):
        return key
    raise Surprise("a key that is no text")


def _finite(value: float) -> float:
    if isfinite(value):
        return value
    raise Surprise("a number that JSON cannot say")
