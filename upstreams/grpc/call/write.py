"""Pure: plain values as messages, by writers compiled once for each type of message.

Nothing is rounded, cut or guessed: a value that the field cannot hold is `BadInput`, and the
message says which argument it is.
"""

import re
import struct
from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from math import isfinite
from typing import Any, TypeAlias

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message

from upstreams.errors import BadInput
from upstreams.grpc.descriptors import choices, field_names, map_entry
from upstreams.grpc.model import ANY, JSON_VALUE, WRAPPERS

Path: TypeAlias = tuple[str | int, ...]
"""Where a value stands among the arguments."""

Fill: TypeAlias = Callable[[Any, Any, Path], None]
"""Writes a value into an empty message."""

_Check: TypeAlias = Callable[[Any, Path], Any]
"""The value as protobuf takes it."""

MAX_DEPTH = 100
"""How many steps a value may be below its argument; protobuf's parsers accept as many messages."""

_UNFIT = (
    *(json_format.Error, ArithmeticError, AttributeError, LookupError, RecursionError),
    *(TypeError, ValueError),
)
"""What protobuf's JSON parser raises for JSON that does not fit, beside its own error."""

_FLOAT32 = struct.Struct("<f")
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,19}")
_ISO_DURATION = re.compile(
    r"(-?)P(?=[0-9T])(?:([0-9]{1,6})W)?(?:([0-9]{1,7})D)?"
    r"(?:T(?=[0-9])(?:([0-9]{1,9})H)?(?:([0-9]{1,10})M)?(?:([0-9]{1,12}(?:\.[0-9]{1,9})?)S)?)?"
)


class Writers:
    """The writers of one pool's messages, each made when first needed."""

    def __init__(self, pool: DescriptorPool) -> None:
        self._pool = pool
        self._made: dict[str, Fill] = {}

    def message(self, message: Descriptor) -> Fill:
        """The writer of a message, which takes a mapping by field, or what a known type means."""
        name = message.full_name
        if name not in self._made:
            self._made[name] = self._known(message) or self._fields(message)
        return self._made[name]

    def _later(self, message: Descriptor) -> Fill:
        """The writer of a message within another, made when there is one: types can be endless."""
        made: Fill | None = None

        def fill(target: Message, value: Any, path: Path) -> None:
            nonlocal made
            made = made or self.message(message)
            made(target, value, path)

        return fill

    def _known(self, message: Descriptor) -> Fill | None:
        if message.full_name in WRAPPERS:
            return self._wrapped(message)
        return self._any if message.full_name == ANY else _KNOWN.get(message.full_name)

    def _any(self, message: Message, value: Any, path: Path) -> None:
        try:
            json_format.ParseDict(value, message, descriptor_pool=self._pool)
        except _UNFIT as error:
            raise _bad(path, "not a message of a known type, as JSON with its @type") from error

    def _wrapped(self, message: Descriptor) -> Fill:
        check = self._check(message.fields_by_name["value"])

        def fill(message: Any, value: Any, path: Path) -> None:
            message.value = check(value, path)

        return fill

    def _fields(self, message: Descriptor) -> Fill:
        names = field_names(message)
        fields = {names[field.number]: self._field(field) for field in message.fields}
        nulls = {names[each.number] for each in message.fields if _takes_null(each)}
        groups = [[names[each.number] for each in choice.fields] for choice in choices(message)]

        def fill(message: Message, value: Any, path: Path) -> None:
            if not isinstance(value, Mapping):
                raise _bad(path, "not an object")
            if len(path) > MAX_DEPTH:
                raise _bad(path, f"nested deeper than {MAX_DEPTH} levels")
            given = {key for key, each in value.items() if each is not None or key in nulls}
            for key in value:
                if key not in fields:
                    raise _bad((*path, key), "no such field")
                if key in given:
                    fields[key](message, value[key], (*path, key))
            _refuse_two(groups, given, path)

        return fill

    def _field(self, field: FieldDescriptor) -> Fill:
        """The writer of one field of a message."""
        if entry := map_entry(field):
            return self._map(field, *entry)
        return self._repeated(field) if field.is_repeated else self._single(field)

    def _single(self, field: FieldDescriptor) -> Fill:
        name = field.name
        if field.message_type:
            fill = self._later(field.message_type)

            def set_message(message: Any, value: Any, path: Path) -> None:
                held = getattr(message, name)
                held.SetInParent()
                fill(held, value, path)

            return set_message
        check = self._check(field)
        return lambda message, value, path: setattr(message, name, check(value, path))

    def _repeated(self, field: FieldDescriptor) -> Fill:
        name = field.name
        if field.message_type:
            fill = self._later(field.message_type)

            def add_messages(message: Any, values: Any, path: Path) -> None:
                held = getattr(message, name)
                for index, value in enumerate(_listed(values, path)):
                    fill(held.add(), value, (*path, index))

            return add_messages
        check = self._check(field)

        def add_values(message: Any, values: Any, path: Path) -> None:
            checked = (check(each, (*path, at)) for at, each in enumerate(_listed(values, path)))
            getattr(message, name).extend(checked)

        return add_values

    def _map(self, field: FieldDescriptor, key: FieldDescriptor, held: FieldDescriptor) -> Fill:
        name, key_of = field.name, _key(key)
        fill = self._later(held.message_type) if held.message_type else None
        check = None if held.message_type else self._check(held)

        def put(message: Any, values: Any, path: Path) -> None:
            entries = getattr(message, name)
            if not isinstance(values, Mapping):
                raise _bad(path, "not a map")
            for text, value in values.items():
                at = (*path, text)
                if fill:
                    fill(entries[key_of(text, at)], value, at)
                elif check:
                    entries[key_of(text, at)] = check(value, at)

        return put

    def _check(self, field: FieldDescriptor) -> _Check:
        return _enum(field.enum_type) if field.enum_type else _CHECKS[field.type]


def place(path: Path) -> str:
    """`("input", "orders", 2, "id")` -> `input.orders[2].id`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def _bad(path: Path, problem: str) -> BadInput:
    return BadInput(f"{place(path)}: {problem}")


def _takes_null(field: FieldDescriptor) -> bool:
    """Whether null is a value of the field, and not its absence."""
    message = field.message_type
    return message is not None and message.full_name == JSON_VALUE and not field.is_repeated


def _refuse_two(groups: Sequence[Sequence[str]], given: Collection[str], path: Path) -> None:
    for group in groups:
        chosen = [key for key in group if key in given]
        if len(chosen) > 1:
            raise _bad(path, f"only one of {', '.join(chosen)} can be given")


def _listed(values: Any, path: Path) -> Sequence[Any]:
    if not isinstance(values, list | tuple):
        raise _bad(path, "not a list")
    return values


def _integer(low: int, high: int) -> _Check:
    def check(value: Any, path: Path) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise _bad(path, "not an integer")
        if not low <= value <= high:
            raise _bad(path, f"{value} is not between {low} and {high}")
        return value

    return check


def _double(value: Any, path: Path) -> float:
    if not isinstance(value, int | float | Decimal) or isinstance(value, bool):
        raise _bad(path, "not a number")
    try:
        return float(value)
    except (OverflowError, ValueError) as error:
        raise _bad(path, "not a number that a 64-bit float can be") from error


def _single_float(value: Any, path: Path) -> float:
    number = _double(value, path)
    try:
        _FLOAT32.pack(number)
    except OverflowError as error:
        raise _bad(path, "too large for a 32-bit float") from error
    return number


def _boolean(value: Any, path: Path) -> bool:
    if not isinstance(value, bool):
        raise _bad(path, "not a boolean")
    return value


def _text(value: Any, path: Path) -> str:
    if not isinstance(value, str):
        raise _bad(path, "not text")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise _bad(path, "not text that UTF-8 can say") from error
    return value


def _bytes(value: Any, path: Path) -> bytes:
    if not isinstance(value, bytes):
        raise _bad(path, "not bytes")
    return value


_INT32 = _integer(-(2**31), 2**31 - 1)
_INT64 = _integer(-(2**63), 2**63 - 1)
_UINT32 = _integer(0, 2**32 - 1)
_UINT64 = _integer(0, 2**64 - 1)

_CHECKS: Mapping[int, _Check] = {
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
    FieldDescriptor.TYPE_STRING: _text,
    FieldDescriptor.TYPE_UINT32: _UINT32,
    FieldDescriptor.TYPE_UINT64: _UINT64,
}


def _enum(enum: EnumDescriptor) -> _Check:
    numbers = {value.name: value.number for value in enum.values}

    def check(value: Any, path: Path) -> int:
        if not isinstance(value, str) or value not in numbers:
            raise _bad(path, f"not a value of {enum.full_name}")
        return numbers[value]

    return check


def _key(field: FieldDescriptor) -> _Check:
    """How the text of a map's key becomes the key."""
    if field.type == FieldDescriptor.TYPE_STRING:
        return _text
    if field.type == FieldDescriptor.TYPE_BOOL:
        return _boolean_key
    check = _CHECKS[field.type]

    def integer_key(text: Any, path: Path) -> int:
        # One spelling for each number, so that no two texts are the same key.
        if not isinstance(text, str) or not _INTEGER.fullmatch(text):
            raise _bad(path, "the keys of this map are integers")
        key: int = check(int(text), path)
        return key

    return integer_key


def _boolean_key(text: Any, path: Path) -> bool:
    if text not in ("true", "false"):
        raise _bad(path, "the keys of this map are true and false")
    return bool(text == "true")


def _from_text(message: Any, value: Any, path: Path) -> None:
    try:
        message.FromJsonString(_text(value, path))
    except ValueError as error:
        raise _bad(path, f"not a {message.DESCRIPTOR.name}") from error


def _duration(message: Any, value: Any, path: Path) -> None:
    """Protobuf's `1.5s`, or ISO 8601's `PT1.5S` where it has no months or years."""
    iso = _ISO_DURATION.fullmatch(_text(value, path))
    if iso is None:
        _from_text(message, value, path)
        return
    sign, *parts = iso.groups(default="")
    weeks, days, hours, minutes, seconds = (Decimal(part or 0) for part in parts)
    total = (((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + seconds
    _from_text(message, f"{sign}{total:f}s", path)


def _struct(message: Any, value: Any, path: Path) -> None:
    if not isinstance(value, Mapping):
        raise _bad(path, "not a JSON object")
    for key, each in value.items():
        _json(message.fields[_text(key, path)], each, (*path, key))


def _list(message: Any, value: Any, path: Path) -> None:
    for index, each in enumerate(_listed(value, path)):
        _json(message.values.add(), each, (*path, index))


def _json(message: Any, value: Any, path: Path) -> None:
    if len(path) > MAX_DEPTH:
        raise _bad(path, f"nested deeper than {MAX_DEPTH} levels")
    match value:
        case None:
            message.null_value = 0
        case bool():
            message.bool_value = value
        case str():
            message.string_value = _text(value, path)
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
        raise _bad(path, "google.protobuf.Value cannot hold this number exactly")
    return number


_KNOWN: Mapping[str, Fill] = {
    "google.protobuf.Timestamp": _from_text,
    "google.protobuf.Duration": _duration,
    "google.protobuf.FieldMask": _from_text,
    "google.protobuf.Struct": _struct,
    "google.protobuf.Value": _json,
    "google.protobuf.ListValue": _list,
}
