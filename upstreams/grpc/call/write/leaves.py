"""Pure: plain values, and protobuf's canonical JSON, as the leaves of messages."""

import binascii
import re
import struct
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import Any, TypeAlias

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor

from upstreams.errors import BadInput
from upstreams.grpc.model import DECIMAL

Path: TypeAlias = tuple[str | int, ...]
"""Where a value stands among the arguments."""

Fill: TypeAlias = Callable[[Any, Any, Path], None]
"""Writes a value into an empty message."""

Check: TypeAlias = Callable[[Any, Path], Any]
"""The value as protobuf takes it."""

MAX_DEPTH = 100
"""How many steps a value may be below its argument; protobuf's parsers accept as many messages."""

_FLOAT32 = struct.Struct("<f")
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,19}")
_SPECIAL = frozenset({"NaN", "Infinity", "-Infinity"})
_ISO_DURATION = re.compile(
    r"(-?)P(?=[0-9T])(?:([0-9]{1,6})W)?(?:([0-9]{1,7})D)?"
    r"(?:T(?=[0-9])(?:([0-9]{1,9})H)?(?:([0-9]{1,10})M)?(?:([0-9]{1,12}(?:\.[0-9]{1,9})?)S)?)?"
)


@dataclass(frozen=True, slots=True)
class Style:
    """How leaves are written."""

    checks: Mapping[int, Check]
    """By the type of a field."""
    numbers: bool
    """Whether the values of open enums may be numbers."""
    known: Mapping[str, Fill]
    """By the full name of a well-known message."""

    def check(self, field: FieldDescriptor) -> Check:
        """The check of one value of a field that holds no messages."""
        if field.enum_type:
            return _enum(field.enum_type, numbers=self.numbers and not field.enum_type.is_closed)
        return self.checks[field.type]


def place(path: Path) -> str:
    """`("input", "orders", 2, "id")` -> `input.orders[2].id`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def bad(path: Path, problem: str) -> BadInput:
    """The error for a value that does not fit, which says where it stands."""
    return BadInput(f"{place(path)}: {problem}")


def listed(values: Any, path: Path) -> Sequence[Any]:
    """The value, which must be a list."""
    if not isinstance(values, list | tuple):
        raise bad(path, "not a list")
    return values


def _integer(low: int, high: int) -> Check:
    def check(value: Any, path: Path) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise bad(path, "not an integer")
        if not low <= value <= high:
            raise bad(path, f"{value} is not between {low} and {high}")
        return value

    return check


def _double(value: Any, path: Path) -> float:
    if not isinstance(value, int | float | Decimal) or isinstance(value, bool):
        raise bad(path, "not a number")
    try:
        return float(value)
    except (OverflowError, ValueError) as error:
        raise bad(path, "not a number that a 64-bit float can be") from error


def _single_float(value: Any, path: Path) -> float:
    number = _double(value, path)
    try:
        _FLOAT32.pack(number)
    except OverflowError as error:
        raise bad(path, "too large for a 32-bit float") from error
    return number


def _boolean(value: Any, path: Path) -> bool:
    if not isinstance(value, bool):
        raise bad(path, "not a boolean")
    return value


def text(value: Any, path: Path) -> str:
    if not isinstance(value, str):
        raise bad(path, "not text")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise bad(path, "not text that UTF-8 can say") from error
    return value


def _bytes(value: Any, path: Path) -> bytes:
    if not isinstance(value, bytes):
        raise bad(path, "not bytes")
    return value


_INT32 = _integer(-(2**31), 2**31 - 1)
_INT64 = _integer(-(2**63), 2**63 - 1)
_UINT32 = _integer(0, 2**32 - 1)
_UINT64 = _integer(0, 2**64 - 1)
_INTEGERS = frozenset({_INT32, _INT64, _UINT32, _UINT64})

_CHECKS: Mapping[int, Check] = {
    FieldDescriptor.TYPE_BOOL: _boolean,
    FieldDescriptor.TYPE_BYTES: _bytes,
    FieldDescriptor.TYPE_DOUBLE: _double,
    FieldDescriptor.TYPE_FIXED32: _UINT32,
    FieldDescriptor.TYPE_FIXED64: _UINT64,
    FieldDescriptor.TYPE_FLOAT: _single_float,
    FieldDescriptor.TYPE_INT32: _INT32,
    FieldDescriptor.TYPE_INT64: _INT64,
    FieldDescriptor.TYPE_SFIXED32: _INT32,
    FieldDescriptor.TYPE_SFIXED64: _INT64,
    FieldDescriptor.TYPE_SINT32: _INT32,
    FieldDescriptor.TYPE_SINT64: _INT64,
    FieldDescriptor.TYPE_STRING: text,
    FieldDescriptor.TYPE_UINT32: _UINT32,
    FieldDescriptor.TYPE_UINT64: _UINT64,
}


def _enum(enum: EnumDescriptor, *, numbers: bool) -> Check:
    named = {value.name: value.number for value in enum.values}

    def check(value: Any, path: Path) -> int:
        if isinstance(value, str) and value in named:
            return named[value]
        if numbers and isinstance(value, int):
            return int(_INT32(value, path))
        raise bad(path, f"not a value of {enum.full_name}")

    return check


def key_check(field: FieldDescriptor) -> Check:
    """How the text of a map's key becomes the key."""
    if field.type == FieldDescriptor.TYPE_STRING:
        return text
    if field.type == FieldDescriptor.TYPE_BOOL:
        return _boolean_key
    check = _CHECKS[field.type]

    def integer_key(text: Any, path: Path) -> int:
        # One spelling for each number, so that no two texts are the same key.
        if not isinstance(text, str) or not _INTEGER.fullmatch(text):
            raise bad(path, "the keys of this map are integers")
        key: int = check(int(text), path)
        return key

    return integer_key


def _boolean_key(text: Any, path: Path) -> bool:
    if text not in ("true", "false"):
        raise bad(path, "the keys of this map are true and false")
    return bool(text == "true")


def _from_text(message: Any, value: Any, path: Path) -> None:
    try:
        message.FromJsonString(text(value, path))
    except ValueError as error:
        raise bad(path, f"not a {message.DESCRIPTOR.name}") from error


def _duration(message: Any, value: Any, path: Path) -> None:
    """Protobuf's `1.5s`, or ISO 8601's `PT1.5S` where it has no months or years."""
    iso = _ISO_DURATION.fullmatch(text(value, path))
    if iso is None:
        _from_text(message, value, path)
        return
    sign, *parts = iso.groups(default="")
    weeks, days, hours, minutes, seconds = (Decimal(part or 0) for part in parts)
    total = (((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + seconds
    _from_text(message, f"{sign}{total:f}s", path)


def _struct(message: Any, value: Any, path: Path) -> None:
    if not isinstance(value, Mapping):
        raise bad(path, "not a JSON object")
    for key, each in value.items():
        _json(message.fields[text(key, path)], each, (*path, key))


def _list(message: Any, value: Any, path: Path) -> None:
    for index, each in enumerate(listed(value, path)):
        _json(message.values.add(), each, (*path, index))


def _json(message: Any, value: Any, path: Path) -> None:
    if len(path) > MAX_DEPTH:
        raise bad(path, f"nested deeper than {MAX_DEPTH} levels")
    match value:
        case None:
            message.null_value = 0
        case bool():
            message.bool_value = value
        case str():
            message.string_value = text(value, path)
        case Mapping():
            message.struct_value.SetInParent()
            _struct(message.struct_value, value, path)
        case list() | tuple():
            message.list_value.SetInParent()
            _list(message.list_value, value, path)
        case _:
            message.number_value = _json_number(value, path)


def _json_number(value: Any, path: Path) -> float:
    number = _double(value, path)
    if not isfinite(number) or (isinstance(value, int) and number != value):
        raise bad(path, "google.protobuf.Value cannot hold this number exactly")
    return number


def _decimal(message: Any, value: Any, path: Path) -> None:
    if not isinstance(value, Decimal) or not value.is_finite():
        raise bad(path, "not a decimal number")
    message.value = str(value)


def _of_text(check: Check) -> Check:
    """A check that also takes numbers written as text, as canonical JSON does."""

    def read(value: Any, path: Path) -> Any:
        if isinstance(value, str) and _INTEGER.fullmatch(value):
            return check(int(value), path)
        return check(value, path)

    return read


def _special(check: Check) -> Check:
    """A check that also takes the floats that JSON has no numbers for, by their names."""

    def read(value: Any, path: Path) -> Any:
        special = isinstance(value, str) and value in _SPECIAL
        return float(value) if special else check(value, path)

    return read


def base64_bytes(value: Any, path: Path) -> bytes:
    """The bytes that a base64 text stands for."""
    try:
        return b64decode(text(value, path).encode(), validate=True)
    except binascii.Error as error:
        raise bad(path, "not base64") from error


_WELL_KNOWN: Mapping[str, Fill] = {
    "google.protobuf.Timestamp": _from_text,
    "google.protobuf.Duration": _duration,
    "google.protobuf.FieldMask": _from_text,
    "google.protobuf.Struct": _struct,
    "google.protobuf.Value": _json,
    "google.protobuf.ListValue": _list,
}
PLAIN = Style(_CHECKS, numbers=False, known={**_WELL_KNOWN, DECIMAL: _decimal})
CANONICAL = Style(
    {
        **{of_type: _of_text(check) for of_type, check in _CHECKS.items() if check in _INTEGERS},
        FieldDescriptor.TYPE_BOOL: _boolean,
        FieldDescriptor.TYPE_BYTES: base64_bytes,
        FieldDescriptor.TYPE_DOUBLE: _special(_double),
        FieldDescriptor.TYPE_FLOAT: _special(_single_float),
        FieldDescriptor.TYPE_STRING: text,
    },
    numbers=True,
    known=_WELL_KNOWN,
)
