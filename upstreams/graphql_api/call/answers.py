"""Answers: the envelope of GraphQL over HTTP, and what the errors in it say."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from upstreams.errors import CallError, Malformed, Refused
from upstreams.graphql_api.call.placing import placed
from upstreams.json_shape import JsonAnswer
from upstreams.kind import Aside
from upstreams.shape import Answer, Value
from upstreams.transport import Response

_RETRYABLE = frozenset({408, 429, 502, 503, 504})
"""Statuses that say: not now (RFC 9110 section 15)."""
_BOM = b"\xef\xbb\xbf"
_NULL = b"null"
_CODE = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
_MOST_ERRORS = 1000
_LONGEST = 1000
"""How much of a text that an API says is kept."""
_DEEPEST = 100


class _Envelope(msgspec.Struct):
    """What an API answers (specification §7.1)."""

    data: dict[str, msgspec.Raw] | None = None
    errors: msgspec.Raw = msgspec.Raw(_NULL)


_ENVELOPE = msgspec.json.Decoder(_Envelope)
_EXACT = msgspec.json.Decoder(float_hook=Decimal)
_UNREADABLE = (msgspec.DecodeError, ArithmeticError, ValueError, RecursionError)


@dataclass(frozen=True, slots=True)
class Told:
    """An error that an API tells."""

    message: str
    code: str
    """`extensions.code`, empty where there is none."""
    path: tuple[str | int, ...]


class Reading:
    """Reads the answers to one question."""

    def __init__(self, field: str, renamed: Mapping[str, str], *, shows: bool) -> None:
        """`shows`: whether clients may see what the API says of errors."""
        self._field = field
        self._renamed = renamed
        self._shows = shows

    def answer(self, response: Response, aside: Aside) -> Answer:
        """What the API gives. Raises `CallError`."""
        try:
            return self.payload(response.body.removeprefix(_BOM), aside, _failing(response))
        except Malformed as error:
            if 200 <= response.status < 300:
                raise
            raise failure(response) from error

    def payload(self, body: bytes, aside: Aside, failing: Mapping[str, Any]) -> Answer:
        """What one execution result gives; `failing` is what is known of a failure around it.

        Raises `Refused` where the field is null because of an error, and `Malformed`.
        """
        try:
            envelope = _ENVELOPE.decode(body)
        except _UNREADABLE as error:
            raise Malformed("the answer is not GraphQL's") from error
        told = errors(bytes(envelope.errors))
        raw = (envelope.data or {}).get(self._field)
        text = _NULL if raw is None else bytes(raw)
        if text == _NULL and told:
            raise refused(told, failing)
        if raw is None:
            raise Malformed("the answer has neither data nor errors")
        if not told and not self._renamed:
            return JsonAnswer(text, _decoded)
        value = self._named(_decoded(text))
        return Value(self._explained(value, told, aside) if told else value)

    def _explained(self, value: Any, told: Sequence[Told], aside: Aside) -> Any:
        """The value in which errors say why something is null; those that do not, beside it."""
        lost = []
        for one in told:
            field, *path = (self._renamed.get(str(at), at) for at in one.path or ("",))
            error = refused((one,), {})
            if not self._shows:
                error.conceal()
            found = placed(value, path, error) if field == self._field else None
            if found is None:
                lost.append(self._shown(one))
            else:
                value = found
        if lost:
            aside.extensions = {"errors": lost}
        return value

    def _shown(self, told: Told) -> dict[str, Any]:
        """An error that makes nothing null."""
        shown: dict[str, Any] = {"path": list(told.path)}
        if told.code:
            shown["code"] = told.code
        if self._shows and told.message:
            shown["message"] = told.message
        return shown

    def _named(self, value: Any) -> Any:
        """The value under the names that were asked for."""
        if not self._renamed:
            return value
        match value:
            case dict():
                return {self._renamed.get(key, key): self._named(one) for key, one in value.items()}
            case list():
                return [self._named(one) for one in value]
            case _:
                return value


def errors(body: bytes) -> Sequence[Told]:
    """The errors of an envelope; what is none of GraphQL's counts, without words."""
    if body == _NULL:
        return ()
    try:
        told = msgspec.json.decode(body)
    except _UNREADABLE as error:
        raise Malformed("the answer's errors are not GraphQL's") from error
    return [_told(one) for one in told[:_MOST_ERRORS]] if isinstance(told, list) else [_told(told)]


def _told(one: object) -> Told:
    said: Mapping[str, Any] = one if isinstance(one, dict) else {}
    message, path = said.get("message"), said.get("path")
    extensions = said.get("extensions")
    code = extensions.get("code") if isinstance(extensions, dict) else None
    return Told(
        message[:_LONGEST] if isinstance(message, str) else "",
        code if isinstance(code, str) and _CODE.fullmatch(code) else "",
        tuple(at for at in path[:_DEEPEST] if isinstance(at, str | int))
        if isinstance(path, list)
        else (),
    )


def refused(told: Sequence[Told], failing: Mapping[str, Any]) -> Refused:
    """The error for a field that is null because of others."""
    code = next((one.code for one in told if one.code), "")
    words = "; ".join(dict.fromkeys(one.message for one in told if one.message))
    details = {**failing.get("details", {}), **({"upstreamCode": code} if code else {})}
    return Refused(
        f"the API refused with {code}" if code else "the API refused",
        **{**failing, "details": details},
        told=words[:_LONGEST] or None,
    )


def _failing(response: Response) -> dict[str, Any]:
    """What a status says of a failure: nothing, for a success."""
    status = response.status
    if 200 <= status < 300:
        return {}
    after = response.header("retry-after") or ""
    later = {"retryAfter": int(after)} if after.isdecimal() and len(after) < 10 else {}
    return {"status": status, "retryable": status in _RETRYABLE, "details": later}


def failure(response: Response) -> CallError:
    """The error for an answer whose status is no success."""
    failing = _failing(response)
    try:
        told = errors(bytes(_ENVELOPE.decode(response.body).errors))
    except (*_UNREADABLE, Malformed):
        told = ()
    if told:
        return refused(told, failing)
    return Refused(f"answered with status {response.status}", **failing)


def _decoded(text: bytes) -> Any:
    """The value of a JSON text, with every digit of its numbers."""
    try:
        return _EXACT.decode(text)
    except _UNREADABLE as error:
        raise Malformed("the answer is not JSON that can be read") from error
