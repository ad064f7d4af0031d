"""What gRPC's failures mean to us: the one place that knows its statuses."""

from collections.abc import Iterator, Mapping
from typing import Any

from google.protobuf.message import DecodeError

# Typed, but published without the marker that says so.
from google.rpc import error_details_pb2, status_pb2  # type: ignore[import-untyped]
from grpc import StatusCode
from grpc.aio import AioRpcError

from upstreams.errors import CallError, Malformed, Refused, TimedOut, Unreachable

_RETRYABLE = frozenset({StatusCode.ABORTED, StatusCode.RESOURCE_EXHAUSTED, StatusCode.UNAVAILABLE})
_TOO_LARGE = "CLIENT: Received message larger than max"
"""How grpc's core says that it was the answer, and not the request, that was too large."""

_STATUS_DETAILS = "grpc-status-details-bin"


def failure(error: AioRpcError) -> CallError:
    """A failed RPC as ours, with what the backend told."""
    code, told = error.code(), error.details() or ""
    if code is StatusCode.DEADLINE_EXCEEDED:
        return TimedOut("no answer in time", status=code.name, told=told)
    if code is StatusCode.UNAVAILABLE:
        return Unreachable("the backend is not available", status=code.name, told=told)
    if code is StatusCode.RESOURCE_EXHAUSTED and told.startswith(_TOO_LARGE):
        return Malformed("the answer is larger than the limit", status=code.name)
    return Refused(
        f"the backend refused the call: {code.name}",
        status=code.name,
        retryable=code in _RETRYABLE,
        told=told,
        details=_details(error),
    )


def _details(error: AioRpcError) -> Mapping[str, Any]:
    """What the backend attached by the model of google.rpc: names and numbers, no sentences."""
    attached = dict(error.trailing_metadata() or ()).get(_STATUS_DETAILS)
    if not isinstance(attached, bytes):
        return {}
    try:
        return dict(_typed(status_pb2.Status.FromString(attached)))
    except DecodeError:
        return {}


def _typed(status: Any) -> Iterator[tuple[str, Any]]:
    info = error_details_pb2.ErrorInfo()
    retry = error_details_pb2.RetryInfo()
    request = error_details_pb2.BadRequest()
    for detail in status.details:
        if detail.Unpack(info):
            yield "reason", info.reason
            yield "domain", info.domain
        elif detail.Unpack(retry):
            yield "retryAfterSeconds", retry.retry_delay.seconds + retry.retry_delay.nanos / 1e9
        elif detail.Unpack(request):
            yield "fields", [violation.field for violation in request.field_violations]
