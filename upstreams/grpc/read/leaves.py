"""Pure: the leaves of messages as plain values, and as protobuf's canonical JSON."""

import struct
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Any, TypeAlias

from google.protobuf.descriptor import FieldDescriptor

from upstreams.grpc.model import DECIMAL

Read: TypeAlias = Callable[[Any], Any]
"""What stands for a value of a message's field outside."""

_FLOAT32 = struct.Struct("<f")
_EXACT = 2**53
"""Below it every integer is a double of its own."""


@dataclass(frozen=True, slots=True)
class Style:
    """How leaves are written."""

    leaves: Mapping[int, Read]
    """By the type of a field, where its attribute is not the value."""
    known: Mapping[str, Read]
    """By the full name of a well-known message."""


def as_it_is(value: Any) -> Any:
    """The value itself."""
    return value


def escaped(value: str | bytes) -> str:
    """The text; of one that is not UTF-8, which proto2 allows, the wrong bytes as `\\xNN`."""
    return value if isinstance(value, str) else value.decode(errors="backslashreplace")


def _shortest(value: float) -> float:
    """The number with the fewest digits that is the same 32-bit float: 0.1, not 0.10000000149."""
    if not isfinite(value):
        return value
    exact = _FLOAT32.pack(value)
    shorter = (float(f"{value:.{digits}g}") for digits in (6, 7, 8))
    return next((each for each in shorter if _FLOAT32.pack(each) == exact), float(f"{value:.9g}"))


def _json_double(value: float) -> float | str:
    if isfinite(value):
        return value
    return {"inf": "Infinity", "-inf": "-Infinity"}.get(str(value), "NaN")


def _json_text(message: Any) -> str:
    text: str = message.ToJsonString()
    return text


def _mask(message: Any) -> str:
    try:
        return _json_text(message)
    except ValueError:  # a path that has no form in lowerCamelCase
        return ",".join(message.paths)


def _decimal(message: Any) -> Decimal | str:
    """The number, or the text that is none; google/type/decimal.proto says that none means 0."""
    text: str = message.value
    try:
        return Decimal(text or "0")
    except InvalidOperation:
        return text


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


_F = FieldDescriptor
_WELL_KNOWN: Mapping[str, Read] = {
    "google.protobuf.Timestamp": _json_text,
    "google.protobuf.Duration": _json_text,
    "google.protobuf.FieldMask": _mask,
    "google.protobuf.Struct": _struct,
    "google.protobuf.Value": _value,
    "google.protobuf.ListValue": _list,
}
PLAIN = Style({_F.TYPE_FLOAT: _shortest}, {**_WELL_KNOWN, DECIMAL: _decimal})
CANONICAL = Style(
    {
        **dict.fromkeys((_F.TYPE_INT64, _F.TYPE_SINT64, _F.TYPE_SFIXED64), str),
        **dict.fromkeys((_F.TYPE_UINT64, _F.TYPE_FIXED64), str),
        _F.TYPE_BYTES: lambda value: b64encode(value).decode(),
        _F.TYPE_DOUBLE: _json_double,
        _F.TYPE_FLOAT: lambda value: _json_double(_shortest(value)),
    },
    _WELL_KNOWN,
)
