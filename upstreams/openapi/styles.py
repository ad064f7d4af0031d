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
_WIDEST = 400
"""A number with more places than this is written with an exponent."""

_HALF = "a text holds half a surrogate pair, which no encoding can carry"

_JSON = msgspec.json.Encoder(decimal_format="number")

Pairs: TypeAlias = list[tuple[str, str]]
"""Percent-encoded keys and values."""
Values: TypeAlias = Sequence[tuple[Parameter, Any]]
Encode: TypeAlias = Callable[[str], str]


def path(template: str, values: Values) -> str:
    """`/users/{id}` with `id` = `a/b` -> `/users/a%2Fb`

    Raises `BadInput` for a value that would lead to another path: nothing, `.` or `..`.
    """
    texts = {parameter.name: _in_path(parameter, value) for parameter, value in values}
    literal = template.partition("#")[0]
    found = ""
    end = 0
    for variable in _VARIABLE.finditer(literal):
        found += quote(literal[end : variable.start()], safe=_IN_PATHS + "?")
        found += texts.get(variable[1], "")
        end = variable.end()
    found += quote(literal[end:], safe=_IN_PATHS + "?")
    if any(segment in (".", "..") for segment in found.partition("?")[0].split("/")):
        raise BadInput("a value for the path must not be `.` or `..`")
    return found


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
    delimiter = _DELIMITERS.get(parameter.style, ",")
    return safe_header(parameter.name, delimiter.join(_parts(parameter, value, str)))


def safe_header(name: str, value: str) -> str:
    """The value itself. Raises `BadInput` when it holds a line break or another control."""
    if _CONTROL.search(value):
        raise BadInput(f"the header {name!r} must not contain line breaks or control characters")
    return value


def pairs(parameter: Parameter, value: Any) -> Pairs:
    """The encoded keys and values that a parameter adds to a query, a form or a cookie."""
    encode = _reserved if parameter.reserved else encoded
    name = encoded(parameter.name)
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
            return [(name, encode(text(one))) for one in value if one is not None]
        case _, dict() | list():
            parts = _listed(value, explode=False, encode=encode)
            return [(name, _delimited(parameter, parts))] if parts else []
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
    parts = _parts(parameter, value, encoded)
    if not parts or (parts == [""] and parameter.style not in _NAMING_NOTHING):
        raise BadInput(f"the argument {parameter.argument!r} must not be empty: it is in the path")
    match parameter.style:
        case Style.LABEL:
            return "." + ("." if parameter.explode else ",").join(parts)
        case Style.MATRIX:
            return _matrix(parameter, value, parts)
        case _:
            return _delimited(parameter, parts)


def _matrix(parameter: Parameter, value: Any, parts: list[str]) -> str:
    """`;color=blue;color=black`; an empty value has no `=` (RFC 6570 section 3.2.7)."""
    name = encoded(parameter.name)
    if parameter.explode and isinstance(value, dict):
        return "".join(f";{part}".removesuffix("=") for part in parts)
    if parameter.explode or value == "":
        return "".join(f";{name}={part}".removesuffix("=") for part in parts)
    return f";{name}={','.join(parts)}"


def _delimited(parameter: Parameter, parts: list[str]) -> str:
    """The parts with what the style puts between them. Raises `BadInput` where one holds it."""
    if parameter.style not in _DELIMITERS:
        return ",".join(parts)
    delimiter = encoded(_DELIMITERS[parameter.style])
    if any(delimiter in part for part in parts):
        said = f"a value of {parameter.argument!r} holds what separates its values"
        raise BadInput(said)
    return delimiter.join(parts)


def _parts(parameter: Parameter, value: Any, encode: Encode) -> list[str]:
    """The texts of a value: one for a leaf, none for null."""
    if isinstance(value, dict | list):
        return _listed(value, explode=parameter.explode, encode=encode)
    return [] if value is None else [encode(text(value))]


def _listed(
    value: Mapping[str, Any] | Sequence[Any], *, explode: bool, encode: Encode
) -> list[str]:
    """`{"R": 100}` -> `["R=100"]` exploded, `["R", "100"]` otherwise; a list's texts either way."""
    if not isinstance(value, Mapping):
        return [encode(text(one)) for one in value if one is not None]
    both = [(encode(key), encode(text(one))) for key, one in _defined(value)]
    return (
        [f"{key}={one}" for key, one in both] if explode else [one for pair in both for one in pair]
    )


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
