"""Calling a function over HTTP: its arguments as a request, the answer as a value."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from upstreams.errors import Malformed, Refused, Unreachable
from upstreams.kind import Call
from upstreams.openapi import styles
from upstreams.openapi.inputs import Inputs
from upstreams.openapi.model import (
    Binding,
    Body,
    Form,
    OpenApiCatalog,
    Parameter,
    Settings,
    Style,
    Where,
)
from upstreams.transport import Headers, Limits, Request, Response, Transport

RETRYABLE = frozenset({408, 429, 502, 503, 504})
"""Statuses that say: not now (RFC 9110 section 15)."""

_BOM = b"\xef\xbb\xbf"
_TOLD = ("detail", "message", "title", "error_description", "error", "errors", "msg", "reason")
_LONGEST = 1000
"""How much of what a backend says is kept."""

_EXACT = msgspec.json.Decoder(float_hook=Decimal)


class OpenApiClient:
    """An open line to one upstream described by OpenAPI."""

    def __init__(self, name: str, settings: Settings, catalog: OpenApiCatalog) -> None:
        self._name = name
        self._settings = settings
        self._served = catalog.url
        self._inputs = Inputs(catalog)
        self._transport = Transport(Limits(max_response=settings.max_response))

    async def call(self, call: Call) -> Any:
        """The function's value. Raises `CallError`.

        `Refused` carries the status; its `details` may have `retryAfter`, in seconds.
        """
        request = self._request(call)
        response = await self._transport.send(request, call.deadline)
        return _value(response, call.function.binding)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._transport.aclose()

    def _request(self, call: Call) -> Request:
        binding: Binding = call.function.binding
        arguments = self._sent(call)
        given = [
            (one, arguments[one.argument])
            for one in binding.parameters
            if one.argument in arguments
        ]
        return Request(
            binding.method,
            self._url(binding, given),
            self._headers(call, given),
            _body(binding.body, arguments, given),
        )

    def _sent(self, call: Call) -> dict[str, Any]:
        """The arguments as the backend expects them."""
        types = {field.name: field.type for field in call.function.arguments}
        return {name: self._inputs.sent(types[name], one) for name, one in call.arguments.items()}

    def _url(self, binding: Binding, given: styles.Values) -> str:
        server = self._settings.url or binding.server or self._served
        if not server:
            raise Unreachable("the description names no address; set `url`", retryable=False)
        path = styles.path(binding.path, _only(given, Where.PATH))
        query = styles.query(_only(given, Where.QUERY))
        mark = ("&" if "?" in path else "?") if query else ""
        return f"{server.rstrip('/')}{path}{mark}{query}"

    def _headers(self, call: Call, given: styles.Values) -> Headers:
        """What is asked for and sent; the operator's headers outrank arguments, a client's both."""
        binding: Binding = call.function.binding
        found = {"accept": ("Accept", binding.accept)}
        if binding.body and _has_body(binding.body, call.arguments, given):
            found["content-type"] = ("Content-Type", binding.body.media_type)
        for parameter, value in _only(given, Where.HEADER):
            if value is not None:
                found[parameter.name.lower()] = (parameter.name, styles.header(parameter, value))
        if cookies := styles.cookies(_only(given, Where.COOKIE)):
            found["cookie"] = ("Cookie", cookies)
        for name, value in (*self._settings.headers.items(), *call.headers.items()):
            found[name.lower()] = (name, styles.safe_header(name, value))
        return tuple(found.values())


def _only(given: styles.Values, where: Where) -> styles.Values:
    return [one for one in given if one[0].where is where]


def _has_body(body: Body, arguments: Mapping[str, Any], given: styles.Values) -> bool:
    return body.argument in arguments or bool(_only(given, Where.FORM))


def _body(body: Body | None, arguments: Mapping[str, Any], given: styles.Values) -> bytes | None:
    if body is None or not _has_body(body, arguments, given):
        return None
    value = arguments.get(body.argument)
    match body.form:
        case Form.URLENCODED if not body.argument:
            return styles.form(
                [pair for one in _only(given, Where.FORM) for pair in styles.pairs(*one)]
            )
        case Form.URLENCODED:
            return styles.form(_form_pairs(body, value or {}))
        case Form.TEXT:
            return styles.text(value).encode()
        case Form.BYTES:
            return value if isinstance(value, bytes) else None
        case _:
            return styles.json_body(value)


def _form_pairs(body: Body, value: Mapping[str, Any]) -> styles.Pairs:
    """The fields of a form, each in the style the description gives it or in the default one."""
    known = {field.name: field for field in body.fields}
    return [
        pair
        for name, one in value.items()
        for pair in styles.pairs(known.get(name) or _by_default(name, one), one)
    ]


def _by_default(name: str, value: Any) -> Parameter:
    """An object is written as JSON, anything else as in a query (OpenAPI 3.1.1 section 4.8.15)."""
    style = Style.JSON if isinstance(value, dict) else Style.FORM
    return Parameter(name, Where.FORM, name, style, explode=True)


def _value(response: Response, binding: Binding) -> Any:
    if not 200 <= response.status < 300:
        raise _refusal(response)
    match binding.answer:
        case Form.NONE:
            return None
        case Form.BYTES:
            return response.body
        case Form.TEXT:
            return _text(response)
        case _:
            return _json(response)


def _text(response: Response) -> str:
    """The body as text, in the charset it names or else UTF-8."""
    content_type = response.header("content-type") or ""
    charset = content_type.lower().partition("charset=")[2].partition(";")[0].strip(' "')
    try:
        return response.body.decode(charset or "utf-8-sig")
    except (LookupError, UnicodeDecodeError) as error:
        raise Malformed("the answer is not text in the charset it names") from error


def _json(response: Response) -> Any:
    """The body's value with every digit of its numbers; None for an empty body."""
    body = response.body.removeprefix(_BOM)
    if not body.strip():
        return None
    try:
        return _EXACT.decode(body)
    except (msgspec.DecodeError, ArithmeticError, ValueError, RecursionError) as error:
        raise Malformed(f"the answer is not JSON, but {_looks_like(response)}") from error


def _looks_like(response: Response) -> str:
    start = response.body.lstrip()[:1]
    if start == b"<":
        return "HTML or XML"
    if start in (b"{", b"["):
        return "broken JSON"
    return response.media_type or "something without a content type"


def _refusal(response: Response) -> Refused:
    status = response.status
    told = _told(response)
    after = response.header("retry-after") or ""
    details = {"retryAfter": int(after)} if after.isdecimal() and len(after) < 10 else {}
    return Refused(
        f"answered with status {status}",
        status=status,
        retryable=status in RETRYABLE,
        told=told[:_LONGEST] if told else None,
        details=details,
    )


def _told(response: Response) -> str | None:
    """What the backend says is wrong: problem details (RFC 9457), a message, or plain text."""
    if response.media_type == "text/plain":
        return response.body[: 4 * _LONGEST].decode(errors="replace").strip() or None
    try:
        said = _EXACT.decode(response.body.removeprefix(_BOM))
    except (msgspec.DecodeError, ArithmeticError, ValueError, RecursionError):
        return None
    return _sentence(said, depth=3)


def _sentence(said: Any, *, depth: int) -> str | None:
    """The first text where messages usually stand."""
    if isinstance(said, str):
        return said.strip() or None
    if depth == 0:
        return None
    if isinstance(said, list):
        return next(filter(None, (_sentence(one, depth=depth - 1) for one in said[:3])), None)
    if isinstance(said, dict):
        found = (_sentence(said[key], depth=depth - 1) for key in _TOLD if key in said)
        return next(filter(None, found), None)
    return None
