"""Pure: messages as plain values, by readers compiled once for each type of message."""

import struct
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from operator import attrgetter
from typing import Any, TypeAlias

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, Message

from upstreams.grpc.descriptors import enum_names, field_names, map_entry
from upstreams.grpc.model import ANY, WRAPPERS

Read: TypeAlias = Callable[[Any], Any]
"""What stands for a value of a message's field outside."""

_Converted: TypeAlias = tuple[str, str, Read]
"""A field's key, its attribute, and how the one becomes the value of the other."""

_FLOAT32 = struct.Struct("<f")
_EXACT = 2**53
"""Below it every integer is a double of its own."""


class Readers:
    """The readers of one pool's messages, each made when first needed."""

    def __init__(self, pool: DescriptorPool) -> None:
        self._pool = pool
        self._made: dict[str, Read] = {}

    def message(self, message: Descriptor) -> Read:
        """The reader of a message: a dict, or for a well-known type the value it means.

        A field that was not set is absent where the message knows, else has its default. An open
        enum's number that has no name is given as the number.
        """
        name = message.full_name
        if name not in self._made:
            self._made[name] = self._known(message) or self._fields(message)
        return self._made[name]

    def _later(self, message: Descriptor) -> Read:
        """The reader of a message within another, made when there is one: types can be endless."""
        made: Read | None = None

        def read(value: Any) -> Any:
            nonlocal made
            made = made or self.message(message)
            return made(value)

        return read

    def _known(self, message: Descriptor) -> Read | None:
        if message.full_name in WRAPPERS:
            return self._wrapped(message)
        return self._any if message.full_name == ANY else _KNOWN.get(message.full_name)

    def _any(self, message: Message) -> Any:
        """The message inside as protobuf's JSON has it; of an unknown type, its bytes as base64."""
        try:
            return json_format.MessageToDict(message, descriptor_pool=self._pool)
        except (TypeError, DecodeError, json_format.Error):
            packed: Any = message
            return {"@type": packed.type_url, "value": b64encode(packed.value).decode()}

    def _wrapped(self, message: Descriptor) -> Read:
        convert = self._one(message.fields_by_name["value"]) or _as_it_is
        return lambda wrapper: convert(wrapper.value)

    def _fields(self, message: Descriptor) -> Read:
        names = field_names(message)
        plain, converted, tracked = {}, [], []
        for field in message.fields:
            key = names[field.number]
            convert = self._field(field)
            if field.has_presence:
                tracked.append((key, field.name, convert or _as_it_is))
            elif convert:
                converted.append((key, field.name, convert))
            else:
                plain[key] = field.name
        return _reader(_plain(plain), converted, tracked)

    def _field(self, field: FieldDescriptor) -> Read | None:
        """How a field's attribute becomes its value; None where it is the value."""
        if entry := map_entry(field):
            key, value = entry
            return _map(self._one(value) or _as_it_is, key.type)
        convert = self._one(field)
        if not field.is_repeated:
            return convert
        return list if convert is None else lambda values: [convert(each) for each in values]

    def _one(self, field: FieldDescriptor) -> Read | None:
        if field.message_type:
            return self._known(field.message_type) or self._later(field.message_type)
        if field.enum_type:
            names = enum_names(field.enum_type)
            return lambda number: names.get(number, number)
        return _shortest if field.type == FieldDescriptor.TYPE_FLOAT else None


def _reader(
    plain: Read, converted: Sequence[_Converted], tracked: Sequence[_Converted]
) -> Callable[[Message], dict[str, Any]]:
    def read(message: Message) -> dict[str, Any]:
        value: dict[str, Any] = plain(message)
        for key, name, convert in converted:
            value[key] = convert(getattr(message, name))
        for key, name, convert in tracked:
            if message.HasField(name):
                value[key] = convert(getattr(message, name))
        return value

    return read


def _plain(names: Mapping[str, str]) -> Callable[[Message], dict[str, Any]]:
    """The fields whose attribute is the value, all fetched in one step."""
    keys = tuple(names)
    if len(keys) > 1:
        get = attrgetter(*names.values())
        return lambda message: dict(zip(keys, get(message), strict=True))
    return lambda message: {key: getattr(message, name) for key, name in names.items()}


def _map(convert: Read, key_type: int) -> Read:
    if key_type == FieldDescriptor.TYPE_STRING:
        return lambda entries: {key: convert(each) for key, each in entries.items()}
    if key_type == FieldDescriptor.TYPE_BOOL:
        return lambda entries: {
            "true" if key else "false": convert(each) for key, each in entries.items()
        }
    return lambda entries: {str(key): convert(each) for key, each in entries.items()}


def _as_it_is(value: Any) -> Any:
    return value


def _shortest(value: float) -> float:
    """The number with the fewest digits that is the same 32-bit float: 0.1, not 0.10000000149."""
    if not isfinite(value):
        return value
    exact = _FLOAT32.pack(value)
    shorter = (float(f"{value:.{digits}g}") for digits in (6, 7, 8))
    return next((each for each in shorter if _FLOAT32.pack(each) == exact), float(f"{value:.9g}"))


def _json_text(message: Any) -> str:
    text: str = message.ToJsonString()
    return text


def _mask(message: Any) -> str:
    try:
        return _json_text(message)
    except ValueError:  # a path that has no form in lowerCamelCase
        return ",".join(message.paths)


def _struct(message: Any) -> dict[str, Any]:
    return {key: _value(each) for key, each in message.fields.items()}


def _list(message: Any) -> list[Any]:
    return [_value(each) for each in message.values]


def _value(message: Any) -> Any:
    match message.WhichOneof("kind"):
        case "struct_value":
            return _struct(message.struct_value)
        case "list_value":
            return _list(message.list_value)
        case "number_value":
            return _number(message.number_value)
        case "string_value":
            return message.string_value
        case "bool_value":
            return message.bool_value
        case _:
            return None


def _number(value: float) -> int | float:
    if not isfinite(value):
        raise ValueError("a google.protobuf.Value holds a number that JSON cannot say")
    if not value.is_integer() or abs(value) >= _EXACT or str(value) == "-0.0":
        return value
    return int(value)


_KNOWN: Mapping[str, Read] = {
    "google.protobuf.Timestamp": _json_text,
    "google.protobuf.Duration": _json_text,
    "google.protobuf.FieldMask": _mask,
    "google.protobuf.Struct": _struct,
    "google.protobuf.Value": _value,
    "google.protobuf.ListValue": _list,
}
