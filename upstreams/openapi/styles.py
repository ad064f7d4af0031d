"""Values as text in URLs, headers and forms (OpenAPI 3.1.1 section 4.8.12.3, RFC 6570)."""

import base64
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias
from urllib.parse import quote

import msgspec

from upstreams.errors import BadInput
from upstreams.kind import File
from upstreams.openapi.model import Parameter, Style

_VARIABLE = re.compile(r"\{([^{}]+)\}")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_TRIPLET = re.compile(r"(%[0-9A-Fa-f]{2})")
_IN_PATHS = "/%:@!$&'()*+,;=~"
_RESERVED = ":/?@!$'()*,;"
"""What `allowReserved` leaves as it is; the rest would end a parameter or the query."""
_DELIMITERS = {Style.SPACE: " ", Style.PIPE: "|", Style.TAB: "\t"}
"""What stands between values where it is not a comma; in a URL, percent-encoded like any text."""
_NAMING_NOTHING = (Style.LABEL, Style.MATRIX)
"""Styles in which an empty text still leaves a mark in the path."""
_PLAIN = (str, int)
"""Classes of values that every style writes alike, on their own."""
_WIDEST = 400
"""A number with more places than this is written with an exponent."""

_HALF = "a text holds half a surrogate pair, which no encoding can carry"


def _in_json(value: object) -> bytes:
    if isinstance(value, File):
        return value.content
    raise NotImplementedError


_JSON = msgspec.json.Encoder(decimal_format="number", enc_hook=_in_json)

Pairs: TypeAlias = list[tuple[str, str]]
"""Percent-encoded keys and values."""
Values: TypeAlias = Sequence[tuple[Parameter, Any]]
Encode: TypeAlias = Callable[[str], str]


class Path:
    """The paths that a template and its parameters lead to."""

    __slots__ = ("_begin", "_parts")

    def __init__(self, template: str, parameters: Sequence[Parameter]) -> None:
        self._begin, others = _pieces(template)
        named = {one.name: one for one in parameters}
        self._parts = tuple((named.get(name), after) for name, after in others)

    def of(self, arguments: Mapping[str, Any]) -> str:
        """`/users/{id}` with `id` = `a/b` -> `/users/a%2Fb`

        Raises `BadInput` for a value that would lead to another path: nothing, `.` or `..`.
        """
        found = self._begin
        for parameter, after in self._parts:
            if parameter is not None and parameter.argument in arguments:
                found += _in_path(parameter, arguments[parameter.argument])
            found += after
        if "/." in found or found.startswith("."):
            _check_segments(found)
        return found


def _pieces(template: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """What is before the first variable; each variable's name and what is after it, encoded."""
    before, *others = _VARIABLE.split(template.partition("#")[0])
    safe = _IN_PATHS + "?"
    after = (quote(one, safe=safe) for one in others[1::2])
    return quote(before, safe=safe), tuple(zip(others[::2], after, strict=True))


def _check_segments(found: str) -> None:
    if any(segment in (".", "..") for segment in found.partition("?")[0].split("/")):
        raise BadInput("a value for the path must not be `.` or `..`")


def query(values: Values) -> str:
    """`color` = `["blue", "black"]` -> `color=blue&color=black`"""
    return "&".join(f"{key}={value}" for one in values for key, value in pairs(*one))


def form(pairs_of_body: Pairs) -> bytes:
    """The pairs as `application/x-www-form-urlencoded`."""
    return "&".join(f"{key}={value}" for key, value in pairs_of_body).encode()


def cookies(values: Values) -> str:
    """`id` = 7, `tag` = `a b` -> `id=7; tag=a%20b`"""
    return "; ".join(f"{key}={value}" for one in values for key, value in pairs(*one))


def header(parameter: Parameter, value: Any) -> str:
    """The value of a header. Raises `BadInput` when it would not stay one header."""
    if parameter.style is Style.JSON:
        return safe_header(parameter.name, _json(value))
    return safe_header(parameter.name, _delimited(parameter, _parts(parameter, value, str), str))


def safe_header(name: str, value: str) -> str:
    """The value itself. Raises `BadInput` when it holds a line break or another control."""
    if _CONTROL.search(value):
        raise BadInput(f"the header {name!r} must not contain line breaks or control characters")
    return value


def pairs(parameter: Parameter, value: Any) -> Pairs:
    """The encoded keys and values that a parameter adds to a query, a form or a cookie."""
    encode = _reserved if parameter.reserved else encoded
    name = encoded(parameter.name)
    if value.__class__ in _PLAIN and parameter.style is not Style.JSON:
        return [(name, encode(text(value)))]
    match parameter.style, value:
        case _, None:
            return []
        case Style.JSON, _:
            return [(name, encode(_json(value)))]
        case Style.DEEP, dict() | list():
            return list(_deep(name, value, encode))
        case _, dict() if parameter.explode:
            return [(encoded(key), encode(text(one))) for key, one in _defined(value)]
        case _, list() if parameter.explode:
            return [(name, one) for one in _items(parameter, value, encode)]
        case _, dict() | list():
            flat = msgspec.structs.replace(parameter, explode=False)
            parts = _parts(flat, value, encode)
            return [(name, _delimited(parameter, parts, encoded))] if parts else []
        case _:
            return [(name, encode(text(value)))]


def _deep(name: str, value: Any, encode: Encode) -> Iterator[tuple[str, str]]:
    """`filter` = `{"a": {"b": [1]}}` -> `filter[a][b][0]=1`, its brackets encoded."""
    below = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in below:
        inner = f"{name}%5B{encoded(str(key))}%5D"
        if isinstance(one, dict | list):
            yield from _deep(inner, one, encode)
        elif one is not None:
            yield inner, encode(text(one))


def _in_path(parameter: Parameter, value: Any) -> str:
    if parameter.style is Style.JSON:
        return encoded(_json(value))
    if parameter.style is Style.SIMPLE and value != "":
        if value.__class__ is int:
            return str(value)
        if value.__class__ is str:
            return encoded(value)
    parts = _parts(parameter, value, encoded)
    if not parts or (parts == [""] and parameter.style not in _NAMING_NOTHING):
        raise BadInput(f"the argument {parameter.argument!r} must not be empty: it is in the path")
    match parameter.style:
        case Style.LABEL:
            return "." + ("." if parameter.explode else ",").join(parts)
        case Style.MATRIX:
            return _matrix(parameter, value, parts)
        case _:
            return _delimited(parameter, parts, encoded)


def _matrix(parameter: Parameter, value: Any, parts: list[str]) -> str:
    """`;color=blue;color=black`; an empty value has no `=` (RFC 6570 section 3.2.7)."""
    name = encoded(parameter.name)
    if parameter.explode and isinstance(value, dict):
        return "".join(f";{part}".removesuffix("=") for part in parts)
    if parameter.explode or value == "":
        return "".join(f";{name}={part}".removesuffix("=") for part in parts)
    return f";{name}={','.join(parts)}"


def _delimited(parameter: Parameter, parts: list[str], encode: Encode) -> str:
    """The parts with what the style puts between them. Raises `BadInput` where one holds it.

    A comma is told apart in URLs by its encoding, and in a header by whoever reads it.
    """
    delimiter = _delimiter(parameter.style, encode)
    if parameter.style in _DELIMITERS or parameter.inner:
        return _joined(parameter, parts, delimiter)
    return delimiter.join(parts)


def _joined(parameter: Parameter, parts: list[str], delimiter: str) -> str:
    if any(delimiter in part for part in parts):
        raise BadInput(f"a value of {parameter.argument!r} holds what separates its values")
    return delimiter.join(parts)


def _delimiter(style: Style, encode: Encode) -> str:
    return encode(_DELIMITERS[style]) if style in _DELIMITERS else ","


def _parts(parameter: Parameter, value: Any, encode: Encode) -> list[str]:
    """The texts of a value: one for a leaf, none for null.

    `{"R": 100}` -> `["R=100"]` exploded, `["R", "100"]` otherwise; a list's texts either way.
    """
    match value:
        case None:
            return []
        case list():
            return _items(parameter, value, encode)
        case dict():
            both = [(encode(key), encode(text(one))) for key, one in _defined(value)]
            if parameter.explode:
                return [f"{key}={one}" for key, one in both]
            return [one for pair in both for one in pair]
        case _:
            return [encode(text(value))]


def _items(parameter: Parameter, value: list[Any], encode: Encode) -> list[str]:
    """The texts of a list's items; items that are lists have a delimiter of their own."""
    if not parameter.inner:
        return [encode(text(one)) for one in value if one is not None]
    style, *deeper = parameter.inner
    below = msgspec.structs.replace(parameter, style=style, inner=tuple(deeper))
    delimiter = _delimiter(style, encode)
    return [
        _joined(below, _parts(below, one, encode), delimiter) for one in value if one is not None
    ]


def _defined(value: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The members that are not null: null has no text (RFC 6570 section 3.2.1)."""
    return [(key, one) for key, one in value.items() if one is not None]


def text(value: Any) -> str:
    """A value as the text that stands for it: `True` -> `true`, `Decimal("1.10")` -> `1.10`"""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case Decimal() if value.is_finite():
            return str(value) if abs(value.adjusted()) > _WIDEST else format(value, "f")
        case float() if math.isfinite(value):
            return repr(value)
        case bytes():
            return base64.b64encode(value).decode()
        case File():
            return base64.b64encode(value.content).decode()
        case None:
            return ""
        case dict() | list():
            return _json(value)
        case _:
            raise BadInput("a value cannot be written as text")


def utf8(value: str) -> bytes:
    """The text's bytes. Raises `BadInput` for half a surrogate pair."""
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        raise BadInput(_HALF) from error


def encoded(value: str) -> str:
    """Everything but unreserved characters (RFC 3986 section 2.3) percent-encoded."""
    if value.isalnum() and value.isascii():
        return value
    return _quoted(value, "")


def _reserved(value: str) -> str:
    """Reserved characters and percent-encoded ones stay (RFC 6570 section 3.2.3)."""
    split = _TRIPLET.split(value)
    return "".join(one if index % 2 else _quoted(one, _RESERVED) for index, one in enumerate(split))


def _quoted(value: str, safe: str) -> str:
    try:
        return quote(value, safe=safe)
    except UnicodeEncodeError as error:
        raise BadInput(_HALF) from error


def _json(value: Any) -> str:
    return json_body(value).decode()


def json_body(value: Any) -> bytes:
    """The value as JSON, every digit kept, bytes in base64. Raises `BadInput`."""
    try:
        return _JSON.encode(value)
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError) as error:
        raise BadInput("a value cannot be written as JSON") from error
