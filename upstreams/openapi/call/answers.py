"""Answers as values, in the form that the description promised."""

from collections.abc import Callable
from decimal import Decimal
from functools import cached_property
from typing import Any

import msgspec

from upstreams.errors import Malformed
from upstreams.json_shape import JsonAnswer
from upstreams.model import Function, TypeRef
from upstreams.openapi.call.refusals import declared, refusal
from upstreams.openapi.call.rests import Rests
from upstreams.openapi.call.results import failed, united
from upstreams.openapi.call.xml import Xml
from upstreams.openapi.model import Binding, Form, OpenApiCatalog
from upstreams.shape import Answer, Value, Wanted
from upstreams.transport import Response

_NO_CONTENT = (204, 205)
"""Statuses that never have a body (RFC 9110 section 15.3)."""
_NO_JSON = (Form.NONE, Form.TEXT, Form.BYTES, Form.XML)
_BOM = b"\xef\xbb\xbf"
_EXACT = msgspec.json.Decoder(float_hook=Decimal)


class _Later:
    """An answer that is read once it is asked for its value."""

    def __init__(self, read: Callable[[], Any]) -> None:
        self._read = read

    def value(self) -> Any:
        """As `Answer` says."""
        return self._known

    @cached_property
    def _known(self) -> Any:
        return self._read()


class Answers:
    """Reads the answers of one catalog's functions."""

    def __init__(self, catalog: OpenApiCatalog, xml: Xml) -> None:
        self._outlines = dict(catalog.wire.outlines)
        self._xml = xml
        self._rests = Rests(catalog)

    def answer(self, response: Response, function: Function[Binding]) -> Answer:
        """What a successful answer says, as clients are shown it, once it is asked.

        Raises `Refused` for a status that is no success, and `Malformed` for an undeclared one.
        """
        binding = function.binding
        if binding.results:
            return Value(self.shown(self._united(response, function), function))
        has_value = self._has_value(response, binding)
        if binding.answer not in _NO_JSON:
            text = _text_of_json(response) if has_value else b"null"
            return JsonAnswer(text, lambda it: self.shown(_decoded(it, response), function))
        if not has_value:
            return Value(None)
        ref = function.returns
        return _Later(lambda: self.shown(self.read(response, binding.answer, ref), function))

    def are_plain(self, function: Function[Binding], wanted: Wanted) -> bool:
        """Whether what is wanted of a function's answers is in them as JSON, and as it is shown."""
        binding = function.binding
        if binding.paging is not None or binding.results or binding.answer in _NO_JSON:
            return False
        return not self._rests.concern(function.returns, wanted)

    def shown(self, value: Any, function: Function[Binding]) -> Any:
        """A value of a function as clients are shown it. Raises `Malformed` when it is too deep."""
        try:
            return self._rests.gathered(function.returns, value)
        except RecursionError as error:
            raise Malformed("the answer is nested too deeply") from error

    def _united(self, response: Response, function: Function[Binding]) -> Any:
        """The value, marked as what it is where failures are part of the answer."""
        results = function.binding.results
        if not results:
            return self.said(response, function)
        if 200 <= response.status < 300:
            return united(results[0], response.status, self.said(response, function))
        failure = failed(results, response)
        if failure is None:
            raise refusal(response, function.binding.refusals, self._outlines)
        return failure

    def said(self, response: Response, function: Function[Binding]) -> Any:
        """What a successful answer says.

        Raises `Refused` for a status that is no success, and `Malformed` for an undeclared one or a
        body that is not what was promised.
        """
        if not self._has_value(response, function.binding):
            return None
        return self.read(response, function.binding.answer, function.returns)

    def _has_value(self, response: Response, binding: Binding) -> bool:
        """Whether a success comes with a value. Raises as `said`, but for what the body tells."""
        if not 200 <= response.status < 300:
            raise refusal(response, binding.refusals, self._outlines)
        return response.status not in _NO_CONTENT and not _is_bodiless(response.status, binding)

    def read(self, response: Response, how: Form, ref: TypeRef) -> Any:
        """The value of that type that a body says. Raises `Malformed`."""
        match how:
            case Form.NONE:
                return None
            case Form.BYTES:
                return response.body
            case Form.TEXT:
                return _text(response)
            case Form.XML:
                return self._element(response, ref)
            case _:
                return _decoded(_text_of_json(response), response)

    def _element(self, response: Response, ref: TypeRef) -> Any:
        if not response.body.strip():
            return None
        return self._xml.read(ref, response.body, _charset(response))


def _is_bodiless(status: int, binding: Binding) -> bool:
    """Whether a success is declared to come with nothing. Raises `Malformed` when undeclared."""
    if not binding.successes and not binding.bodiless:
        return True
    if str(status) in binding.successes and not binding.bodiless:
        return False
    found = declared(status, (*binding.successes, *binding.bodiless))
    if found is None:
        raise Malformed(
            f"answered with status {status}, which the description does not declare", status=status
        )
    return found in binding.bodiless


def _charset(response: Response) -> str | None:
    content_type = response.header("content-type") or ""
    return content_type.lower().partition("charset=")[2].partition(";")[0].strip(" \"'") or None


def _text(response: Response) -> str:
    """The body as text, in the charset it names or else UTF-8."""
    try:
        return response.body.decode(_charset(response) or "utf-8-sig")
    except (LookupError, UnicodeDecodeError) as error:
        raise Malformed("the answer is not text in the charset it names") from error


def _text_of_json(response: Response) -> bytes:
    """The body; an empty one says null."""
    body = response.body.removeprefix(_BOM)
    return b"null" if not body or body.isspace() else body


def _decoded(text: bytes, response: Response) -> Any:
    """The value of an answer's JSON text, with every digit of its numbers."""
    try:
        return _EXACT.decode(text)
    except (msgspec.DecodeError, ArithmeticError, ValueError, RecursionError) as error:
        raise Malformed(f"the answer is not JSON, but {_looks_like(response)}") from error


def _looks_like(response: Response) -> str:
    start = response.body.lstrip()[:1]
    if start == b"<":
        return "HTML or XML"
    if start in (b"{", b"["):
        return "broken JSON"
    return response.media_type or "something without a content type"
