"""What gRPC's failures mean to us: the one place that knows its statuses."""

from collections.abc import Mapping

from grpc import StatusCode
from grpc.aio import AioRpcError

from upstreams.errors import CallError, Malformed, Refused, TimedOut, Unreachable
from upstreams.grpc.call.details import Asked, details
from upstreams.grpc.channel import NO_CHANNEL
from upstreams.grpc.h2 import Ended
from upstreams.grpc.h2.ending import TOO_LARGE

_KINDS: Mapping[StatusCode, tuple[type[CallError], str]] = {
    StatusCode.UNAVAILABLE: (Unreachable, "the backend is not available"),
    StatusCode.DEADLINE_EXCEEDED: (TimedOut, "no answer in time"),
}
"""The statuses that are no refusal, and what is said of them."""
_RETRYABLE = frozenset({StatusCode.ABORTED, StatusCode.RESOURCE_EXHAUSTED})
_CODES: Mapping[int, StatusCode] = {code.value[0]: code for code in StatusCode}


def code_of(ended: Ended) -> StatusCode:
    """The status of an RPC by name; a number that has none is as good as unknown."""
    return _CODES.get(ended.status, StatusCode.UNKNOWN)


def ended_by(error: AioRpcError) -> Ended:
    """How an RPC ended of which grpcio tells."""
    return Ended(
        error.code().value[0],
        error.details() or "",
        initial=tuple(error.initial_metadata() or ()),
        trailing=tuple(error.trailing_metadata() or ()),
    )


def failure(ended: Ended, asked: Asked) -> CallError:
    """A failed RPC as ours, with what the backend told where it refused."""
    code, told = code_of(ended), ended.details
    if code is StatusCode.RESOURCE_EXHAUSTED and TOO_LARGE in told:
        return Malformed("the answer is larger than the limit", status=code.name)
    if code is StatusCode.INVALID_ARGUMENT and told.startswith(NO_CHANNEL):
        return Unreachable("no channel can be made of the settings", retryable=False)
    found = details(ended.trailing, asked)
    kind, message = _KINDS.get(code, (Refused, f"the backend refused the call: {code.name}"))
    # Without details, the words of `_KINDS` are mostly grpc's own, which tell internal addresses.
    its_own = kind is Refused or found.attached
    return kind(
        message,
        status=code.name,
        retryable=kind.retryable or code in _RETRYABLE or found.retryable,
        told=(told or None) if its_own else None,
        answer=found.told or None,
        details=found.typed,
    )
