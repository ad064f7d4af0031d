"""What AWS's refusals and functions' failures mean to a caller."""

import botocore.session
import pytest

from upstreams.aws_lambda import refusals
from upstreams.aws_lambda.refusals import failure, refusal
from upstreams.errors import BadInput, CallError, Malformed, Refused, TimedOut
from upstreams.transport import Response


@pytest.mark.parametrize(
    ("status", "name", "kind", "retryable"),
    [
        (404, "ResourceNotFoundException", Refused, False),
        (403, "AccessDeniedException", Refused, False),
        (403, "InvalidSignatureException", Refused, False),
        (413, "RequestTooLargeException", BadInput, False),
        (429, "TooManyRequestsException", Refused, True),
        (409, "ResourceConflictException", Refused, True),
        (500, "ServiceException", Refused, True),
        (502, "KMSDisabledException", Refused, False),
        (502, "EC2ThrottledException", Refused, True),
        (502, "ENINotReadyException", Refused, True),
        (502, "InvalidSubnetIDException", Refused, False),
        (408, "EFSMountTimeoutException", TimedOut, True),
        (408, "SnapStartTimeoutException", TimedOut, True),
        (400, "NeverHeardOfException", Refused, False),
        (503, "", Refused, True),
    ],
)
def test_refusals_of_aws_are_told_by_class(
    status: int,
    name: str,
    kind: type[CallError],
    retryable: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """The error's type becomes the status, with what AWS appends to it cut off."""
    told = (("x-amzn-ErrorType", f"{name}:http://x/"),) if name else ()

    error = refusal(Response(status, told, b'{"Message": "secret"}'))

    assert (type(error), error.status, error.retryable) == (kind, name or status, retryable)
    assert "secret" not in f"{error!r} {vars(error)}"


@pytest.mark.parametrize(
    "body",
    [
        b'<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>secret</Message></Error>',
        b'{"__type": "AccessDenied", "message": "secret"}',
        b'{"__type":"com.amazonaws.ssm#AccessDenied"}',
    ],
)
def test_some_apis_name_their_errors_in_the_body(body: bytes) -> None:
    """S3 and SSM have no header for it."""
    error = refusal(Response(400, (), body))

    assert (error.status, "not allowed" in error.message) == ("AccessDenied", True)
    assert "secret" not in f"{error!r} {vars(error)}"


def test_every_error_of_the_api_has_a_class() -> None:
    """What AWS's own model lists for an invocation is known here, but for questions of form."""
    service = botocore.session.Session().get_service_model("lambda")
    shapes = service.operation_model("Invoke").error_shapes

    unknown = {shape.name for shape in shapes} - set(refusals._MEANINGS)

    assert unknown == {
        *("CodeArtifactUserDeletedException", "CodeArtifactUserFailedException"),
        *("CodeArtifactUserPendingException", "DurableExecutionAlreadyStartedException"),
        *("InvalidParameterValueException", "InvalidRequestContentException"),
        *("ModeNotSupportedException", "RuntimeAliasDeletedException"),
        *("RuntimeVersionDeletedException", "ServiceQuotaExceededException"),
        "UnsupportedMediaTypeException",
    }


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (
            b'{"errorType": "Sandbox.Timedout", "errorMessage": "RequestId: 7 Error: Task timed "}',
            TimedOut,
            "Sandbox.Timedout",
        ),
        (
            b'{"errorMessage": "2026-11-22T23:59:58Z 5b6a Task timed out after 3.00 seconds"}',
            TimedOut,
            "Sandbox.Timedout",
        ),
        (
            b'{"errorType": "Function.ResponseSizeTooLarge", "errorMessage": "Response payload '
            b'size exceeded maximum allowed payload size (6291556 bytes)."}',
            Malformed,
            "Function.ResponseSizeTooLarge",
        ),
        (b'{"errorType": "Runtime.OutOfMemory"}', Refused, "Runtime.OutOfMemory"),
    ],
)
def test_failures_of_the_runtime_are_told_by_class(
    body: bytes, kind: type[CallError], status: str
) -> None:
    """What the runtime reports in a function's place is more than a failed function."""
    error = failure("Unhandled", body)

    assert (type(error), error.status) == (kind, status)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"Reason": 7}', b'{"Reason": "a b <script>"}'])
def test_only_a_word_is_a_reason(body: bytes) -> None:
    """What stands where AWS's reason should be is not passed on unless it looks like one."""
    error = refusal(Response(429, (("Retry-After", "soon"),), body))

    assert error.details == {"httpStatus": 429}
    assert error.retryable


def test_a_wait_without_measure_is_left_out() -> None:
    """`Retry-After` counts seconds, in a number one could wait for."""
    error = refusal(Response(429, (("Retry-After", "9" * 5000),), b"[" * 100_000))

    assert error.details == {"httpStatus": 429}
