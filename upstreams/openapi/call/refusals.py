"""Answers that are no success: what went wrong, what the backend says of it, and what is typed."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from upstreams.errors import Refused
from upstreams.openapi.model import Outline, Refusal
from upstreams.transport import Response

RETRYABLE = frozenset({408, 429, 502, 503, 504})
"""Statuses that say: not now (RFC 9110 section 15)."""

_BOM = b"\xef\xbb\xbf"
_TOLD = ("detail", "message", "title", "error_description", "error", "errors", "msg", "reason")
_LONGEST = 1000
"""How much of a text that a backend says is kept."""
_MOST = 20
"""How many items of a list that a backend says are kept."""
_LARGEST = 16 * 1024
"""How large, as JSON, the declared part of an answer may be; a larger one is left out."""
_EXACT = msgspec.json.Decoder(float_hook=Decimal)
_KINDS: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float, Decimal),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def declared(status: int, among: Iterable[str]) -> str | None:
    """The declared status that covers one: itself, its class or `default`, in this order."""
    known = set(among)
    ways = (str(status), f"{status // 100}XX", "default")
    return next((one for one in ways if one in known), None)


def refusal(
    response: Response, refusals: Sequence[Refusal], outlines: Mapping[str, Outline]
) -> Refused:
    """The error for an answer that is no success.

    What its JSON says in words is `told`; what the description declares of it for that status is
    `answer`.
    """
    status = response.status
    said = spoken(response)
    told = _told(response, said)
    return Refused(
        f"answered with status {status}",
        status=status,
        retryable=status in RETRYABLE,
        told=told[:_LONGEST] if told else None,
        answer=_typed(status, said, refusals, outlines),
        details=_later(response),
    )


def _later(response: Response) -> dict[str, Any]:
    after = response.header("retry-after") or ""
    return {"retryAfter": int(after)} if after.isdecimal() and len(after) < 10 else {}


def spoken(response: Response) -> Any:
    """The body as JSON; None when it is not."""
    try:
        return _EXACT.decode(response.body.removeprefix(_BOM))
    except (msgspec.DecodeError, ArithmeticError, ValueError, RecursionError):
        return None


def _typed(
    status: int, said: Any, refusals: Sequence[Refusal], outlines: Mapping[str, Outline]
) -> Any:
    known = {one.status: one.outline for one in refusals}
    outline = outlines.get(known.get(declared(status, known) or "", ""))
    if outline is None or said is None or not _fits(outline, said):
        return None
    found = _outlined(outline, said)
    return found if len(msgspec.json.encode(found)) <= _LARGEST else None


def _fits(outline: Outline, said: Any) -> bool:
    if not outline.kinds:
        return bool(outline.members or outline.items)
    if isinstance(said, bool):
        return "boolean" in outline.kinds
    return any(isinstance(said, _KINDS.get(kind, ())) for kind in outline.kinds)


def _outlined(outline: Outline, said: Any) -> Any:
    """The declared parts of a value, each shortened to its limit."""
    match said:
        case dict():
            members = ((name, one) for name, one in outline.members if name in said)
            return {n: _outlined(one, said[n]) for n, one in members if _fits(one, said[n])}
        case list() if outline.items is not None:
            items = outline.items
            return [_outlined(items, one) for one in said[:_MOST] if _fits(items, one)]
        case list():
            return []
        case str():
            return said[:_LONGEST]
        case Decimal():
            return float(said)
        case int() if abs(said) >= 2**63:
            return str(said)
        case _:
            return said


def _told(response: Response, said: Any) -> str | None:
    """What the backend says is wrong: problem details (RFC 9457), a message, or plain text."""
    if response.media_type == "text/plain":
        return response.body[: 4 * _LONGEST].decode(errors="replace").strip() or None
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
