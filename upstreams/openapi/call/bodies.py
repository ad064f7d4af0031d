"""Arguments as the body of a request, in the media type the description chose."""

import re
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from upstreams.errors import BadInput
from upstreams.kind import File, Stored
from upstreams.model import TypeRef
from upstreams.openapi import styles
from upstreams.openapi.call.xml import Xml
from upstreams.openapi.model import Body, Form, Parameter, Part, Style, Where

_JSON = re.compile(r"[^/]+/(?:[^;]*\+)?json\b", re.IGNORECASE)
_BREAKS = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})
_OCTETS = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Written:
    """A body and its media type."""

    pieces: Sequence[bytes | Stored]
    media_type: str

    @property
    def streamed(self) -> bool:
        """Whether some of it is read while it is sent."""
        return not all(isinstance(one, bytes) for one in self.pieces)

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return sum(len(one) if isinstance(one, bytes) else one.size for one in self.pieces)

    @property
    def content(self) -> bytes | AsyncIterator[bytes]:
        """All of it at once, or as it is read."""
        held = [one for one in self.pieces if isinstance(one, bytes)]
        return self._read() if self.streamed else b"".join(held)

    async def _read(self) -> AsyncIterator[bytes]:
        for one in self.pieces:
            if isinstance(one, bytes):
                yield one
            else:
                async for piece in one.pieces():
                    yield piece


def written(
    body: Body, ref: TypeRef | None, arguments: Mapping[str, Any], given: styles.Values, xml: Xml
) -> Written | None:
    """The body of a request; None where nothing was given for it. Raises `BadInput`.

    `ref` is the type of the body's argument, `given` the parameters that are its fields.
    """
    if not given and body.argument not in arguments:
        return None
    value = arguments.get(body.argument)
    match body.form:
        case Form.URLENCODED:
            content = styles.form(list(_form_pairs(body, value, given)))
        case Form.MULTIPART:
            return _multipart(body, _fields(body, value, given))
        case Form.XML if body.markup is not None and ref is not None:
            content = xml.write(ref, body.markup, value)
        case Form.TEXT:
            content = styles.utf8(styles.text(value))
        case Form.BYTES if isinstance(value, File):
            return Written((value.kept,), _file_type(body, value, body.argument))
        case Form.BYTES:
            content = value if isinstance(value, bytes) else styles.utf8(styles.text(value))
        case _:
            content = styles.json_body(value)
    return Written((content,), body.media_type)


def _file_type(said: Body | Part, file: File, place: str) -> str:
    """What a file is sent as. Raises `BadInput` where it is not what is accepted."""
    if said.media_type and (not said.accepts or not file.media_type):
        return said.media_type
    own = file.media_type or _OCTETS
    if file.media_type and said.accepts and not any(_within(own, one) for one in said.accepts):
        raise BadInput(f"{place}: a file of {', '.join(said.accepts)} is wanted, not of {own}")
    return own


def _within(media_type: str, described: str) -> bool:
    """Whether a media type is the one described, or one of its range: `image/*`, `*/*`."""
    kind, _, subtype = media_type.partition(";")[0].strip().lower().partition("/")
    wanted, _, inner = described.partition(";")[0].strip().lower().partition("/")
    return wanted in ("*", kind) and inner in ("*", subtype)


def _form_pairs(body: Body, value: Any, given: styles.Values) -> Iterator[tuple[str, str]]:
    """The fields of a form, each in the style the description gives it or in the default one."""
    if not body.argument:
        for one in given:
            yield from styles.pairs(*one)
        return
    known = {field.name: field for field in body.fields}
    for name, one in _members(value).items():
        yield from styles.pairs(known.get(name) or _by_default(name, one), one)


def _members(value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise BadInput("a form has names and values; an object is wanted")
    return value


def _by_default(name: str, value: Any) -> Parameter:
    """An object is written as JSON, anything else as in a query (OpenAPI 3.1.1 section 4.8.15)."""
    style = Style.JSON if isinstance(value, dict) else Style.FORM
    return Parameter(name, Where.FORM, name, style, explode=True)


@dataclass(frozen=True, slots=True)
class _Field:
    """One part of a multipart body."""

    name: str
    content: bytes | Stored
    media_type: str = ""
    file_name: str = ""
    """Empty where it is no file."""
    headers: tuple[tuple[str, str], ...] = ()


def _fields(body: Body, value: Any, given: styles.Values) -> Iterator[_Field]:
    known = {part.name: part for part in body.parts}
    styled = {field.name: field for field in body.fields}
    pairs = [(one.name, one, it) for one, it in given] if not body.argument else []
    for name, parameter, one in (
        *pairs,
        *((name, styled.get(name), one) for name, one in _members(value).items()),
    ):
        part = known.get(name, Part(name))
        items = one if isinstance(one, list) else [one]
        if parameter is not None and not any(isinstance(item, bytes | File) for item in items):
            yield from (
                _Field(unquote(key), unquote(text).encode())
                for key, text in styles.pairs(parameter, one)
            )
        else:
            yield from (_field(part, item) for item in items if item is not None)


def _field(part: Part, value: Any) -> _Field:
    """A part whose media type is the described one, or what the value suggests (§4.8.14.4)."""
    if isinstance(value, bytes) and not part.encoded:
        value = File(value)
    if isinstance(value, File):
        media_type = _file_type(part, value, part.name)
        return _Field(part.name, value.kept, media_type, value.name or part.name, part.headers)
    media_type = part.media_type
    if isinstance(value, dict | list) or _JSON.match(media_type):
        media_type = media_type if _JSON.match(media_type) else "application/json"
        return _Field(part.name, styles.json_body(value), media_type, headers=part.headers)
    return _Field(part.name, styles.utf8(styles.text(value)), media_type, headers=part.headers)


def _multipart(body: Body, fields: Iterator[_Field]) -> Written:
    """The parts between boundaries (RFC 7578); names are escaped as browsers do."""
    boundary = secrets.token_hex(16)
    pieces = [piece for field in fields for piece in _piece(boundary, field)]
    pieces.append(f"--{boundary}--\r\n".encode())
    return Written(pieces, f"{body.media_type}; boundary={boundary}")


def _piece(boundary: str, field: _Field) -> Iterator[bytes | Stored]:
    name = field.name.translate(_BREAKS)
    disposition = f'form-data; name="{name}"'
    if field.file_name:
        disposition += f'; filename="{field.file_name.translate(_BREAKS)}"'
    headers = [("Content-Disposition", disposition), *field.headers]
    if field.media_type:
        headers.append(("Content-Type", field.media_type))
    lines = "".join(f"{key}: {styles.safe_header(key, value)}\r\n" for key, value in headers)
    yield styles.utf8(f"--{boundary}\r\n{lines}\r\n")
    yield field.content
    yield b"\r\n"
