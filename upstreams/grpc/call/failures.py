"""What gRPC's failures mean to us: the one place that knows its statuses."""

from collections.abc import Iterable, Iterator
from typing import Any

from google.protobuf.message import DecodeError

# Typed, but published without the marker that says so.
from google.rpc import error_details_pb2, status_pb2  # type: ignore[import-untyped]
from grpc import StatusCode
from grpc.aio import AioRpcError

from upstreams.errors import CallError, Malformed, Refused, TimedOut, Unreachable

_RETRYABLE = frozenset({StatusCode.ABORTED, StatusCode.RESOURCE_EXHAUSTED})
_TOO_LARGE = "CLIENT: Received message larger than max"
"""How grpc's core says that it was the answer, and not the request, that was too large."""

_STATUS_DETAILS = "grpc-status-details-bin"
_KNOWN = (error_details_pb2.ErrorInfo, error_details_pb2.RetryInfo, error_details_pb2.BadRequest)


def failure(error: AioRpcError) -> CallError:
    """A failed RPC as ours, with what the backend told where it refused."""
    code, told = error.code(), error.details() or ""
    # The words of these two are mostly grpc's own, which tell internal addresses.
    if code is StatusCode.DEADLINE_EXCEEDED:
        return TimedOut("no answer in time", status=code.name)
    if code is StatusCode.UNAVAILABLE:
        return Unreachable("the backend is not available", status=code.name)
    if code is StatusCode.RESOURCE_EXHAUSTED and _TOO_LARGE in told:
        return Malformed("the answer is larger than the limit", status=code.name)
    attached = tuple(_attached(error))
    return Refused(
        f"the backend refused the call: {code.name}",
        status=code.name,
        retryable=code in _RETRYABLE,
        told="\n".join((told, *_sentences(attached))),
        details=dict(_typed(attached)),
    )


def _attached(error: AioRpcError) -> Iterator[Any]:
    """What the backend attached by the model of google.rpc, unpacked as far as we know it."""
    trailer = dict(error.trailing_metadata() or ()).get(_STATUS_DETAILS)
    if not isinstance(trailer, bytes):
        return
    try:
        for packed in status_pb2.Status.FromString(trailer).details:
            for known in _KNOWN:
                if packed.Is(known.DESCRIPTOR):
                    yield known.FromString(packed.value)
    except DecodeError:
        return


def _typed(attached: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    """Names and numbers: what is safe to show to anybody."""
    for detail in attached:
        match detail:
            case error_details_pb2.ErrorInfo():
                yield "reason", detail.reason
                yield "domain", detail.domain
            case error_details_pb2.RetryInfo():
                delay = detail.retry_delay
                yield "retryAfterSeconds", delay.seconds + delay.nanos / 1e9
            case error_details_pb2.BadRequest():
                yield "fields", [violation.field for violation in detail.field_violations]
            case _:
                pass


def _sentences(attached: Iterable[Any]) -> Iterator[str]:
    """What the backend says in words about the fields it did not accept."""
    for detail in attached:
        if isinstance(detail, error_details_pb2.BadRequest):
            for violation in detail.field_violations:
                yield f"{violation.field}: {violation.description}"
