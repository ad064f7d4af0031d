"""Answers as members of a union, each marked with the declared status it came with."""

from collections.abc import Sequence
from typing import Any

from upstreams.errors import Malformed
from upstreams.openapi.call.refusals import declared, spoken
from upstreams.openapi.model import TAG, Result
from upstreams.transport import Response


def united(result: Result, status: int, value: Any) -> dict[str, Any] | None:
    """What succeeded, marked as such. Raises `Malformed` when it is not the object promised."""
    if result.boxed:
        return {TAG: result.status, "status": status, "value": value}
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Malformed("an object was promised, something else came")
    return {**value, TAG: result.status}


def failed(results: Sequence[Result], response: Response) -> dict[str, Any] | None:
    """The declared failure that an answer is; None when it is none, or not in the declared form."""
    known = {one.status: one for one in results[1:]}
    result = known.get(declared(response.status, known) or "")
    value = spoken(response)
    if result is None or value is None or not (result.boxed or isinstance(value, dict)):
        return None
    return united(result, response.status, value)
