"""The leaves of the schema: GraphQL scalars that lose nothing and accept nothing wrong.

64-bit and larger integers and decimals are written as strings, because clients that read JSON
numbers as doubles would round them (as protobuf's JSON does for the same reason). Dates, times and
other texts with a format are checked on their way in; on their way out they pass as the backend
wrote them, because a slightly wrong date is worth more to a client than null.
"""

import base64
import binascii
import datetime
import math
import re
import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, TypeAlias

from graphql import (
    FloatValueNode,
    GraphQLBoolean,
    GraphQLError,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLNamedType,
    GraphQLScalarType,
    GraphQLString,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    StringValueNode,
    ValueNode,
    value_from_ast_untyped,
)

from upstreams.kind import File
from upstreams.model import ScalarKind

Leaf: TypeAlias = Callable[[Any], Any]


class ExactFloat(float):
    """A JSON number with a fraction or exponent that remembers how it was written."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> "ExactFloat":
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __str__(self) -> str:
        return self.text


_INTEGER = re.compile(r"[+-]?[0-9]{1,4000}")
_DATE = re.compile(r"-?\d{4,}-\d{2}-\d{2}(Z|[+-]\d{2}:\d{2})?")
_TIME = re.compile(r"\d{2}:\d{2}:\d{2}(\.\d+)?(Z|z|[+-]\d{2}:\d{2})?")
_DATE_TIME = re.compile(
    r"-?\d{4,}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|z|[+-]\d{2}:?\d{2})"
)
_LOCAL_DATE_TIME = re.compile(
    r"-?\d{4,}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?(Z|z|[+-]\d{2}:\d{2})?"
)
_DURATION = re.compile(
    r"-?P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?|-?\d+(\.\d+)?s"
)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_URI = re.compile(r"[^\s<>\"{}|\\^`]*")
_SHOWN = 60
_MOST_DIGITS = 4000
"""The most digits a number may have once it is spelled out: 1e999999999 would be a gigabyte."""
_DEEPEST = 200
"""How many levels a JSON value may have; far below where recursion ends."""
_LEAVES = frozenset((str, int, bool, type(None)))
"""What JSON says as it is."""


def _wrong(kind: str, value: object) -> GraphQLError:
    return GraphQLError(f"{kind} cannot represent value: {_short(value)}")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _integer(kind: str, low: int | None, high: int | None) -> Leaf:
    def read(value: Any) -> int:
        number = _whole(value)
        if number is None or (low is not None and number < low):
            raise _wrong(kind, value)
        if high is not None and number > high:
            raise _wrong(kind, value)
        return number

    return read


def _whole(value: Any) -> int | None:
    match value:
        case bool():
            return None
        case int():
            return value
        case str() if _INTEGER.fullmatch(value):
            return int(value)
        case Decimal() if _bounded(value) and value == value.to_integral_value():
            return int(value)
        case float() if value.is_integer():
            return int(value)
    return None


class _Int(GraphQLScalarType):
    """GraphQL's `Int`, but for numbers such as 1e999999, which keep its own busy for minutes."""

    # Where graphql-core keeps the names nobody else may use, `Int` among them.
    reserved_types: Mapping[str, GraphQLNamedType] = MappingProxyType({})


def _int_out(value: Any) -> Any:
    if not isinstance(value, Decimal):
        return GraphQLInt.coerce_output_value(value)
    number = _whole(value)
    if number is None:
        raise _wrong("Int", value)
    return GraphQLInt.coerce_output_value(number)


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise _wrong("Decimal", value)
    try:
        number = Decimal(str(value) if isinstance(value, float) else value)
    except (InvalidOperation, ValueError):
        raise _wrong("Decimal", value) from None
    if not _bounded(number):
        raise _wrong("Decimal", value)
    return number


def _bounded(number: Decimal) -> bool:
    """Whether the number is finite and can be spelled out."""
    return number.is_finite() and abs(number.adjusted()) <= _MOST_DIGITS


def _matching(
    kind: str, pattern: re.Pattern[str], real: Callable[[str], Any] | None = None
) -> Leaf:
    """A text of that pattern which, where `real` is given, also names something that exists."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise _wrong(kind, value)
        if real is not None:
            try:
                real(value)
            except ValueError:
                raise _wrong(kind, value) from None
        return value

    return read


def _real_date(text: str) -> None:
    """Refuses 2024-02-30; years beyond Python's calendar pass as written."""
    year, month, day = re.match(r"(-?\d{4,})-(\d{2})-(\d{2})", text).groups()  # type: ignore[union-attr]  # the pattern was matched before
    datetime.date(int(year) if 0 < int(year) < 10000 else 2000, int(month), int(day))


def _uuid(value: Any) -> str:
    if isinstance(value, str):
        try:
            uuid.UUID(value)
        except ValueError:
            raise _wrong("UUID", value) from None
        return value
    raise _wrong("UUID", value)


def _text(kind: str) -> Leaf:
    def write(value: Any) -> str:
        match value:
            case str():
                return value
            case datetime.date() | datetime.time():
                return value.isoformat()
            case uuid.UUID():
                return str(value)
            case _:
                raise _wrong(kind, value)

    return write


def _bytes_in(value: Any) -> bytes:
    return _decoded("Bytes", value)


def _decoded(kind: str, value: Any) -> bytes:
    if isinstance(value, str):
        try:
            return base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            raise _wrong(kind, value) from None
    raise _wrong(kind, value)


def _bytes_out(value: Any) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, str):
        return value
    raise _wrong("Bytes", value)


def _file_in(value: Any) -> File:
    return value if isinstance(value, File) else File(_decoded("Upload", value))


def _void(value: Any) -> None:
    if value is not None:
        raise _wrong("Void", value)


def _text_of(read: Leaf) -> Leaf:
    def write(value: Any) -> str:
        number = read(value)
        return format(number, "f") if isinstance(number, Decimal) else str(number)

    return write


def _literal(read: Leaf, *nodes: type[ValueNode]) -> Callable[..., Any]:
    def coerce(node: ValueNode) -> Any:
        if isinstance(node, nodes):
            return read(node.value)  # type: ignore[attr-defined]  # every listed node has a value
        raise GraphQLError("a literal of another type is wanted here", node)

    return coerce


def _json(value: Any, depth: int = 0) -> Any:
    """The value as JSON can say it, every digit of its numbers kept, both ways."""
    # Leaves are told apart by look-up before any call: most values are leaves.
    match value:
        case _ if type(value) in _LEAVES:
            return value
        case dict() | list() | tuple() if depth == _DEEPEST:
            raise GraphQLError(f"JSON cannot have more than {_DEEPEST} levels")
        case dict():
            return {
                key if type(key) is str else _key(key): one
                if type(one) in _LEAVES
                else _json(one, depth + 1)
                for key, one in value.items()
            }
        case list() | tuple():
            return [one if type(one) in _LEAVES else _json(one, depth + 1) for one in value]
        case ExactFloat():
            return Decimal(value.text)
        case Decimal() if value.is_finite():
            return value
        case float() if math.isfinite(value):
            return value
        case bytes():
            return _bytes_out(value)
        case _:
            raise _wrong("JSON", value)


def _key(key: Any) -> str:
    """A key as JSON writes it: 7 -> "7", True -> "true"."""
    return "null" if key is None else str(key).lower()


def _json_literal(node: ValueNode) -> Any:
    """What the literal says, every digit of its numbers kept; the parser bounds its depth."""
    match node:
        case ObjectValueNode():
            return {field.name.value: _json_literal(field.value) for field in node.fields or ()}
        case ListValueNode():
            return [_json_literal(item) for item in node.values or ()]
        case FloatValueNode():
            return Decimal(node.value)
        case _:
            return value_from_ast_untyped(node)


def _scalar(
    kind: ScalarKind, description: str, read: Leaf, write: Leaf, *nodes: type[ValueNode]
) -> GraphQLScalarType:
    return GraphQLScalarType(
        kind.value,
        coerce_output_value=write,
        coerce_input_value=read,
        coerce_input_literal=_literal(read, *(nodes or (StringValueNode,))),
        description=description,
    )


def _formatted(kind: ScalarKind, description: str, read: Leaf) -> GraphQLScalarType:
    return _scalar(kind, description, read, _text(kind.value))


_UNSIGNED_INT = _integer("UnsignedInt", 0, 2**32 - 1)
_LONG = _integer("Long", -(2**63), 2**63 - 1)
_UNSIGNED = _integer("UnsignedLong", 0, 2**64 - 1)
_BIG = _integer("BigInt", None, None)
_NUMBERS = (IntValueNode, StringValueNode)

SCALARS: Mapping[ScalarKind, GraphQLScalarType] = {
    ScalarKind.STRING: GraphQLString,
    ScalarKind.INT: _Int(
        GraphQLInt.name,
        coerce_output_value=_int_out,
        coerce_input_value=GraphQLInt.coerce_input_value,
        coerce_input_literal=GraphQLInt.coerce_input_literal,
        value_to_literal=GraphQLInt.value_to_literal,
        description=GraphQLInt.description,
    ),
    ScalarKind.FLOAT: GraphQLFloat,
    ScalarKind.BOOLEAN: GraphQLBoolean,
    ScalarKind.ID: GraphQLID,
    ScalarKind.UNSIGNED_INT: _scalar(
        ScalarKind.UNSIGNED_INT,
        "An unsigned 32-bit integer.",
        _UNSIGNED_INT,
        _UNSIGNED_INT,
        IntValueNode,
    ),
    ScalarKind.LONG: _scalar(
        ScalarKind.LONG,
        "A signed 64-bit integer, written as a string.",
        _LONG,
        _text_of(_LONG),
        *_NUMBERS,
    ),
    ScalarKind.UNSIGNED_LONG: _scalar(
        ScalarKind.UNSIGNED_LONG,
        "An unsigned 64-bit integer, written as a string.",
        _UNSIGNED,
        _text_of(_UNSIGNED),
        *_NUMBERS,
    ),
    ScalarKind.BIG_INT: _scalar(
        ScalarKind.BIG_INT,
        "An integer without bounds, written as a string.",
        _BIG,
        _text_of(_BIG),
        *_NUMBERS,
    ),
    ScalarKind.DECIMAL: _scalar(
        ScalarKind.DECIMAL,
        "A decimal number with every digit kept, written as a string.",
        _decimal,
        _text_of(_decimal),
        *_NUMBERS,
        FloatValueNode,
    ),
    ScalarKind.DATE: _formatted(
        ScalarKind.DATE, "A date, `2024-02-29`.", _matching("Date", _DATE, _real_date)
    ),
    ScalarKind.TIME: _formatted(
        ScalarKind.TIME,
        "A time of day, `12:30:00`, with or without an offset.",
        _matching("Time", _TIME),
    ),
    ScalarKind.DATE_TIME: _formatted(
        ScalarKind.DATE_TIME,
        "A date and time with an offset (RFC 3339).",
        _matching("DateTime", _DATE_TIME, _real_date),
    ),
    ScalarKind.LOCAL_DATE_TIME: _formatted(
        ScalarKind.LOCAL_DATE_TIME,
        "A date and time, with or without an offset (ISO 8601).",
        _matching("LocalDateTime", _LOCAL_DATE_TIME, _real_date),
    ),
    ScalarKind.DURATION: _formatted(
        ScalarKind.DURATION,
        "A length of time: `P3DT4H` (ISO 8601) or seconds, `1.5s`.",
        _matching("Duration", _DURATION),
    ),
    ScalarKind.UUID: _formatted(ScalarKind.UUID, "A UUID (RFC 9562).", _uuid),
    ScalarKind.URI: _formatted(
        ScalarKind.URI, "A URI reference (RFC 3986).", _matching("URI", _URI)
    ),
    ScalarKind.EMAIL: _formatted(
        ScalarKind.EMAIL, "An e-mail address.", _matching("Email", _EMAIL)
    ),
    ScalarKind.BYTES: _scalar(
        ScalarKind.BYTES, "Binary content in base64 (RFC 4648 §4).", _bytes_in, _bytes_out
    ),
    ScalarKind.UPLOAD: _scalar(
        ScalarKind.UPLOAD,
        "A file: one of a GraphQL multipart request, or its content in base64.",
        _file_in,
        _bytes_out,
    ),
    ScalarKind.JSON: GraphQLScalarType(
        ScalarKind.JSON.value,
        coerce_output_value=_json,
        coerce_input_value=_json,
        coerce_input_literal=_json_literal,
        description="Any JSON value.",
    ),
    ScalarKind.VOID: _scalar(ScalarKind.VOID, "Nothing; the only value is null.", _void, _void),
}
