"""One operation, answered: root fields call functions, every failure gets one face.

A root field's resolver turns arguments into the backend's values, asks the `Caller`, and shows what
came back. Whatever goes wrong becomes an error of the one model of DESIGN §5, at its path; the rest
of the answer arrives.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from graphql import (
    GraphQLArgument,
    GraphQLError,
    GraphQLNonNull,
    GraphQLResolveInfo,
    VariableNode,
)

from schema.merge import RootField
from schema.values import Change
from upstreams.errors import CallError
from upstreams.model import Function

log = logging.getLogger(__name__)

INVALID_RESPONSE = "UPSTREAM_INVALID_RESPONSE"
INTERNAL = "GRAPHQL_INTERNAL_ERROR"
BAD_INPUT = "BAD_USER_INPUT"


class Caller(Protocol):
    """Whoever holds the clients."""

    async def call(
        self, upstream: str, function: Function, arguments: Mapping[str, Any], request: "Request"
    ) -> Any:
        """The function's value. Raises `CallError`, with `told` only where it may be shown."""


@dataclass(slots=True)
class Request:
    """What one GraphQL request brings along, from start to end."""

    caller: Caller
    request_id: str
    deadline: float
    """The event loop's time by which the whole answer is due."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """The client's request headers, lower-case names."""
    writing: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once a mutation has begun: it is brought to its end, whether its client stays or not."""
    asked: dict[str | int, RootField] = field(default_factory=dict)
    """Which function each response key at the root was asked of."""


def root_resolver(
    root: RootField,
    arguments: Mapping[str, GraphQLArgument],
    takes: Mapping[str, Change],
    shows: Change | None,
) -> Callable[..., Any]:
    """The resolver of a root field.

    `takes` changes arguments, by the backend's names, into the backend's values; `shows` changes
    what came back.
    """
    defaulted = [
        (name, one.out_name)
        for name, one in arguments.items()
        if one.default is not None and not isinstance(one.type, GraphQLNonNull)
    ]

    async def resolve(_source: Any, info: GraphQLResolveInfo[Request], /, **given: Any) -> Any:
        request = info.context
        request.asked[info.path.key] = root
        for name, backend_name in defaulted:
            # What the backend assumes by itself is not sent: the documented default may be wrong.
            if not _given(name, info):
                given.pop(backend_name or name, None)
        try:
            value = await request.caller.call(
                root.upstream, root.function, _changed(given, takes), request
            )
        except CallError as error:
            failure = failed(error, root, request.request_id)
        except Exception as error:  # noqa: BLE001 - a mistake of ours: logged, never shown
            failure = broken(error, root, request.request_id)
        else:
            return value if shows is None or value is None else shows(value)
        # Outside the handler: the call's traceback would keep everything the call had read.
        raise failure

    return resolve


def _given(name: str, info: GraphQLResolveInfo[Request]) -> bool:
    """Whether the client wrote the argument, with a value or a variable that has one."""
    # Strawberry hands resolvers the coerced values themselves, graphql-core a container of them.
    variables = getattr(info.variable_values, "coerced", info.variable_values)
    for node in info.field_nodes[0].arguments or ():
        if node.name.value == name:
            value = node.value
            return not isinstance(value, VariableNode) or value.name.value in variables
    return False


def _changed(given: dict[str, Any], takes: Mapping[str, Change]) -> dict[str, Any]:
    for name, change in takes.items():
        if given.get(name) is not None:
            given[name] = change(given[name])
    return given


def failed(error: CallError, root: RootField, request_id: str) -> GraphQLError:
    """The error a client sees for a call that produced no value."""
    extensions: dict[str, Any] = {
        "code": error.code,
        "upstream": root.upstream,
        "function": root.function.name,
        "retryable": error.retryable,
        "requestId": request_id,
    }
    if error.status is not None:
        extensions["status"] = error.status
    extensions |= {key: value for key, value in error.details.items() if key not in extensions}
    if error.answer is not None:
        extensions["response"] = error.answer
    return GraphQLError(error.told or error.message, extensions=extensions)


def broken(error: Exception, root: RootField, request_id: str) -> GraphQLError:
    """The error a client sees when a call raised what it must not; the log has the rest."""
    origin = {"upstream": root.upstream, "function": root.function.name}
    log.error("call broke", exc_info=error, extra={**origin, "requestId": request_id})
    extensions = {"code": INTERNAL, **origin, "retryable": False, "requestId": request_id}
    return GraphQLError("internal error", extensions=extensions)


def presentable(error: GraphQLError, request: Request | None) -> GraphQLError:
    """The same error with a code of the model; what is not a client's business is kept back."""
    if "code" in (error.extensions or {}):
        return error
    request_id = {"requestId": request.request_id} if request else {}
    if not _from_data(error):
        log.error("execution broke", exc_info=error.original_error, extra=request_id)
        return _with(error, "internal error", {"code": INTERNAL, **request_id})
    root = request.asked.get(error.path[0]) if request and error.path else None
    if root is None:
        # Nothing was asked yet, so it is the variables or the arguments that are wrong.
        return _with(error, error.message, {"code": BAD_INPUT, **request_id})
    origin = {"upstream": root.upstream, "function": root.function.name}
    return _with(
        error,
        error.message,
        {"code": INVALID_RESPONSE, **origin, "retryable": False, **request_id},
    )


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
