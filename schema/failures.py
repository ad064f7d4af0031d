"""Whatever goes wrong as an error of the one model (DESIGN §5), at its path."""

import logging
from typing import Any

from graphql import GraphQLError

from schema.request import Origin, Request
from upstreams.errors import CallError, TimedOut, Unreachable
from upstreams.model import Effect

log = logging.getLogger(__name__)

INVALID_RESPONSE = "UPSTREAM_INVALID_RESPONSE"
INTERNAL = "GRAPHQL_INTERNAL_ERROR"
BAD_INPUT = "BAD_USER_INPUT"
TOO_MANY_CALLS = "GRAPHQL_TOO_MANY_CALLS"


def failed(error: CallError, origin: Origin, request_id: str) -> GraphQLError:
    """The error a client sees for a call that produced no value."""
    extensions: dict[str, Any] = {
        "code": error.code,
        **named(origin),
        "retryable": _retryable(error, origin),
        "requestId": request_id,
    }
    if error.status is not None:
        extensions["status"] = error.status
    extensions |= {key: value for key, value in error.details.items() if key not in extensions}
    if error.answer is not None:
        extensions["response"] = error.answer
    return GraphQLError(error.told or error.message, extensions=extensions)


def _retryable(error: CallError, origin: Origin) -> bool:
    """Whether to ask again may help, and does not do twice what may have been done already."""
    unknown = isinstance(error, TimedOut | Unreachable) and "retryAfter" not in error.details
    return error.retryable and not (unknown and origin.function.effect is Effect.WRITE)


def crowded(most: int, origin: Origin, request_id: str) -> GraphQLError:
    """The error a client sees for a call that is not made, as there were so many before it."""
    return GraphQLError(
        f"more than {most} calls would be needed for one answer",
        extensions={
            "code": TOO_MANY_CALLS,
            **named(origin),
            "retryable": False,
            "requestId": request_id,
        },
    )


def broken(error: Exception, origin: Origin, request_id: str) -> GraphQLError:
    """The error a client sees when a call raised what it must not; the log has the rest."""
    log.error("call broke", exc_info=error, extra={**named(origin), "requestId": request_id})
    extensions = {"code": INTERNAL, **named(origin), "retryable": False, "requestId": request_id}
    return GraphQLError("internal error", extensions=extensions)


def presentable(error: GraphQLError, request: Request | None) -> GraphQLError:
    """The same error with a code of the model; what is not a client's business is kept back."""
    if "code" in (error.extensions or {}):
        return error
    request_id = {"requestId": request.request_id} if request else {}
    original = error.original_error
    found = request.behind(tuple(error.path)) if request and error.path else None
    if request and found and isinstance(original, CallError):
        told = failed(original, found[1].origin, request.request_id)
        return _with(error, told.message, told.extensions or {})
    if not _from_data(error):
        log.error("execution broke", exc_info=error.original_error, extra=request_id)
        return _with(error, "internal error", {"code": INTERNAL, **request_id})
    if found is None:
        # Nothing was asked yet, so it is the variables or the arguments that are wrong.
        return _with(error, error.message, {"code": BAD_INPUT, **request_id})
    extensions = {
        "code": INVALID_RESPONSE,
        **named(found[1].origin),
        "retryable": False,
        **request_id,
    }
    return _with(error, error.message, extensions)


def named(origin: Origin) -> dict[str, Any]:
    """What clients are told of where something comes from."""
    return {"upstream": origin.upstream, "function": origin.function.name}


def _from_data(error: GraphQLError) -> bool:
    """Whether completing a value failed, rather than our own code: the data is not as promised."""
    original = error.original_error
    return (
        original is None
        or isinstance(original, GraphQLError)
        or (isinstance(original, TypeError) and str(original).startswith("Cannot return null"))
    )


def _with(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        original_error=error.original_error,
        extensions=extensions,
    )
