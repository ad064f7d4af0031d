"""The leaves of JSON Schema: types and formats as scalars."""

import re
from decimal import Decimal

from upstreams.json_schema.reading import Schema
from upstreams.model import ScalarKind

STRING_FORMATS = {
    "base64": ScalarKind.BYTES,
    "bigint": ScalarKind.BIG_INT,
    "binary": ScalarKind.BYTES,
    "byte": ScalarKind.BYTES,
    "date": ScalarKind.DATE,
    "date-time": ScalarKind.DATE_TIME,
    "date-time-local": ScalarKind.LOCAL_DATE_TIME,
    "decimal": ScalarKind.DECIMAL,
    "decimal128": ScalarKind.DECIMAL,
    "duration": ScalarKind.DURATION,
    "email": ScalarKind.EMAIL,
    "guid": ScalarKind.UUID,
    "idn-email": ScalarKind.EMAIL,
    "int32": ScalarKind.INT,
    "int64": ScalarKind.LONG,
    "iri": ScalarKind.URI,
    "iri-reference": ScalarKind.URI,
    "local-date-time": ScalarKind.LOCAL_DATE_TIME,
    "time": ScalarKind.TIME,
    "uint32": ScalarKind.LONG,
    "uint64": ScalarKind.UNSIGNED_LONG,
    "uri": ScalarKind.URI,
    "uri-reference": ScalarKind.URI,
    "url": ScalarKind.URI,
    "uuid": ScalarKind.UUID,
}
INTEGER_FORMATS = {
    "bigint": ScalarKind.BIG_INT,
    "int16": ScalarKind.INT,
    "int32": ScalarKind.INT,
    "int64": ScalarKind.LONG,
    "int8": ScalarKind.INT,
    "long": ScalarKind.LONG,
    "uint16": ScalarKind.INT,
    "uint32": ScalarKind.LONG,
    "uint64": ScalarKind.UNSIGNED_LONG,
    "uint8": ScalarKind.INT,
    "unix-time": ScalarKind.LONG,
    "unixtime": ScalarKind.LONG,
}
NUMBER_FORMATS = {
    "bigdecimal": ScalarKind.DECIMAL,
    "bigint": ScalarKind.BIG_INT,
    "decimal": ScalarKind.DECIMAL,
    "decimal128": ScalarKind.DECIMAL,
    "int32": ScalarKind.INT,
    "int64": ScalarKind.LONG,
    "uint32": ScalarKind.LONG,
    "uint64": ScalarKind.UNSIGNED_LONG,
}
NUMERIC = frozenset(
    {
        ScalarKind.BIG_INT,
        ScalarKind.DECIMAL,
        ScalarKind.FLOAT,
        ScalarKind.INT,
        ScalarKind.LONG,
        ScalarKind.UNSIGNED_LONG,
    }
)
"""What stands in JSON as a number; every other scalar but Boolean and JSON stands there as text."""

WRITTEN = {
    ScalarKind.BIG_INT: {"type": "integer", "format": "bigint"},
    ScalarKind.BOOLEAN: {"type": "boolean"},
    ScalarKind.DECIMAL: {"type": "number", "format": "decimal"},
    ScalarKind.FLOAT: {"type": "number"},
    ScalarKind.INT: {"type": "integer"},
    ScalarKind.LONG: {"type": "integer", "format": "int64"},
    ScalarKind.STRING: {"type": "string"},
    ScalarKind.UNSIGNED_LONG: {"type": "integer", "format": "uint64"},
    ScalarKind.VOID: {"type": "null"},
}
"""The schemas of leaves that hold others without loss."""

_TEXTUAL = re.compile(r"text/.*|[^;]*[/+](json|xml|yaml|javascript)\b.*", re.IGNORECASE)
"""Media types of content that a text can be."""

_WIDTH = (ScalarKind.INT, ScalarKind.LONG, ScalarKind.UNSIGNED_LONG, ScalarKind.BIG_INT)
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "default", "example")

MISSPELT = {
    "bool": "boolean",
    "date": "string",
    "datetime": "string",
    "dict": "object",
    "double": "number",
    "float": "number",
    "int": "integer",
    "int32": "integer",
    "int64": "integer",
    "list": "array",
    "long": "integer",
    "map": "object",
    "str": "string",
    "text": "string",
    "uuid": "string",
}
"""What people write for a type, and what they mean."""

HINTS = {
    "contentMediaType": "string",
    "format": "string",
    "maxLength": "string",
    "maximum": "number",
    "minLength": "string",
    "minimum": "number",
    "pattern": "string",
}
"""Keywords that only make sense for one type, where none is named."""


def scalar(kind: str, schema: Schema) -> ScalarKind | None:
    """The leaf for a type's name, e.g. `string`; None when it is no leaf."""
    place = schema.first("format")
    written = place.value if place and isinstance(place.value, str) else ""
    match kind:
        case "string":
            return _text(written, schema)
        case "integer":
            return INTEGER_FORMATS.get(written) or _wide_enough(schema)
        case "number":
            return NUMBER_FORMATS.get(written, ScalarKind.FLOAT)
        case "boolean":
            return ScalarKind.BOOLEAN
        case "file":
            return ScalarKind.BYTES
        case _:
            return None


def _text(written: str, schema: Schema) -> ScalarKind:
    encoding = schema.first("contentEncoding")
    if encoding and encoding.value == "base64":
        return ScalarKind.BYTES
    return STRING_FORMATS.get(written, ScalarKind.STRING)


def is_file(kind: str, schema: Schema) -> bool:
    """Whether a value going in is raw content: a file, where it is not inside other content."""
    if kind != "string" or schema.first("contentEncoding"):
        return kind == "file"
    form, content = schema.first("format"), schema.first("contentMediaType")
    if form and form.value == "binary":
        return True
    if content is None or not isinstance(content.value, str):
        return False
    # Raw content has no type in OpenAPI 3.1; with one, it is a file where it cannot be a text.
    return not schema.kinds or not _TEXTUAL.fullmatch(content.value)


def _wide_enough(schema: Schema) -> ScalarKind:
    """`Int`, unless a bound or an example says that the numbers exceed 32 bits."""
    found = [schema.first(key) for key in _BOUNDS]
    return max((_width(place.value) for place in found if place), default=_WIDTH[0], key=_rank)


def _width(value: object) -> ScalarKind:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return ScalarKind.INT
    if -(2**31) <= value < 2**31:
        return ScalarKind.INT
    if -(2**63) <= value < 2**63:
        return ScalarKind.LONG
    return ScalarKind.UNSIGNED_LONG if 0 <= value < 2**64 else ScalarKind.BIG_INT


def _rank(kind: ScalarKind) -> int:
    return _WIDTH.index(kind)


def common(kinds: set[ScalarKind]) -> ScalarKind | None:
    """The leaf that holds the values of all these without loss; None when JSON tells them apart."""
    if ScalarKind.JSON in kinds:
        return None
    if len(kinds) == 1:
        return next(iter(kinds))
    if kinds <= set(_WIDTH):
        return max(kinds, key=_rank)
    if kinds == {ScalarKind.BYTES, ScalarKind.UPLOAD}:
        return ScalarKind.UPLOAD
    if kinds == {ScalarKind.INT, ScalarKind.FLOAT}:
        return ScalarKind.FLOAT
    if kinds <= NUMERIC:
        return ScalarKind.DECIMAL
    if not kinds & (NUMERIC | {ScalarKind.BOOLEAN}):
        return ScalarKind.STRING
    return None
