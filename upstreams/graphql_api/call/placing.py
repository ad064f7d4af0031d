"""Errors inside an answer: each stands where it made something null."""

from collections.abc import Sequence
from typing import Any

from upstreams.errors import CallError
from upstreams.kind import Partial


def placed(value: Any, path: Sequence[str | int], error: CallError) -> Any:
    """The value with the error at the first null on the path; None where there is none."""
    if not path:
        return None
    step, *further = path
    match value, step:
        case dict(), str() if step in value:
            return _in_object(value, step, further, error)
        case list(), int() if 0 <= step < len(value):
            inner = error if value[step] is None else placed(value[step], further, error)
            if inner is not None:
                value[step] = inner
                return value
    return None


def _in_object(
    value: dict[str, Any], step: str, further: Sequence[str | int], error: CallError
) -> Partial | None:
    found = value if isinstance(value, Partial) else Partial(value)
    if value[step] is None:
        return found if found.failures.setdefault(step, error) is error else None
    inner = placed(value[step], further, error)
    if inner is None:
        return None
    found[step] = inner
    return found
