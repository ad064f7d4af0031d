"""What gRPC's failures mean to us: the one place that knows its statuses."""

from collections.abc import Mapping

from grpc import StatusCode
from grpc.aio import AioRpcError

from upstreams.errors import CallError, Malformed, Refused, TimedOut, Unreachable
from upstreams.grpc.call.details import Asked, details
from upstreams.grpc.channel import NO_CHANNEL

_KINDS: Mapping[StatusCode, tuple[type[CallError], str]] = {
    StatusCode.UNAVAILABLE: (Unreachable, "the backend is not available"),
    StatusCode.DEADLINE_EXCEEDED: (TimedOut, "no answer in time"),
}
"""The statuses that are no refusal, and what is said of them."""
_RETRYABLE = frozenset({StatusCode.ABORTED, StatusCode.RESOURCE_EXHAUSTED})
_TOO_LARGE = "CLIENT: Received message larger than max"
"""How grpc's core says that it was the answer, and not the request, that was too large."""


def failure(error: AioRpcError, asked: Asked) -> CallError:
    """A failed RPC as ours, with what the backend told where it refused."""
    code, told = error.code(), error.details() or ""
    if code is StatusCode.RESOURCE_EXHAUSTED and _TOO_LARGE in told:
        return Malformed("the answer is larger than the limit", status=code.name)
    if code is StatusCode.INVALID_ARGUMENT and told.startswith(NO_CHANNEL):
        return Unreachable("no channel can be made of the settings", retryable=False)
    found = details(error.trailing_metadata() or (), asked)
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
