"""What AWS means when it answers without the function's value, by class; its sentences stay out.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus

import msgspec

from upstreams.errors import BadInput, CallError, Malformed, Refused, TimedOut
from upstreams.transport import Response

MAX_TYPE, MAX_TOLD = 200, 2000
"""Characters of a function's own error type and message that are kept."""
UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding raises for a body that is not the JSON it should be."""

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9.]{0,99}")
_CODE = re.compile(
    rb"<Code>([A-Za-z][A-Za-z0-9.]{0,99})</Code>"
    rb'|"__type"\s*:\s*"(?:[^"#]*#)?([A-Za-z][A-Za-z0-9.]{0,99})"'
)
_SECONDS = re.compile(r"[0-9]{1,6}")
_PASSING = (429, 500, 503, 504)
"""Statuses after which the same request may do."""
_TIMED_OUT = re.compile(r"Task timed out after [0-9.]+ seconds")


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What an error of AWS is to the caller."""

    says: str
    error: type[CallError] = Refused
    passing: bool = False
    """Whether the same call may do later."""


_THROTTLED = _Meaning("it is called more often than AWS allows", passing=True)
_UNKNOWN = _Meaning("there is no such function, version or alias")
_DENIED = _Meaning("we are not allowed to call it")
_UNPROVEN = _Meaning("the AWS credentials or the signature were not accepted")
_TOO_LARGE = _Meaning("the arguments are larger than Lambda accepts", BadInput)
_NOT_READY = _Meaning("it is being changed or started; try again", passing=True)
_NO_KEY = _Meaning("its KMS key cannot be used")
_NO_NETWORK = _Meaning("its network in the VPC cannot be used")
_NETWORK_SOON = _Meaning("its network in the VPC is not ready yet", passing=True)
_NO_FILES = _Meaning("its file system cannot be mounted")
_FILES_LATE = _Meaning("its file system was not mounted in time", TimedOut)
_START_LATE = _Meaning("it did not start in time", TimedOut)
_BROKEN = _Meaning("it is deployed so that it cannot run")
_AWS_FAILED = _Meaning("Lambda itself failed", passing=True)

_MEANINGS: Mapping[str, _Meaning] = {
    name: meaning
    for meaning, names in (
        (_THROTTLED, "TooManyRequestsException ThrottlingException Throttling"),
        (_UNKNOWN, "ResourceNotFoundException"),
        (_DENIED, "AccessDeniedException AccessDenied"),
        (
            _UNPROVEN,
            "InvalidSignatureException IncompleteSignatureException ExpiredTokenException "
            "UnrecognizedClientException MissingAuthenticationTokenException",
        ),
        (_TOO_LARGE, "RequestTooLargeException SerializedRequestEntityTooLargeException"),
        (
            _NOT_READY,
            "ResourceConflictException ResourceNotReadyException SnapStartNotReadyException",
        ),
        (
            _NO_KEY,
            "KMSAccessDeniedException KMSDisabledException KMSInvalidStateException "
            "KMSNotFoundException",
        ),
        (
            _NO_NETWORK,
            "EC2AccessDeniedException EC2UnexpectedException InvalidSecurityGroupIDException "
            "InvalidSubnetIDException",
        ),
        (
            _NETWORK_SOON,
            "EC2ThrottledException ENILimitReachedException ENINotReadyException "
            "SubnetIPAddressLimitReachedException",
        ),
        (
            _NO_FILES,
            "EFSIOException EFSMountFailureException EFSMountConnectivityException "
            "S3FilesMountFailureException S3FilesMountConnectivityException",
        ),
        (_FILES_LATE, "EFSMountTimeoutException S3FilesMountTimeoutException"),
        (_START_LATE, "SnapStartTimeoutException"),
        (
            _BROKEN,
            "InvalidRuntimeException InvalidZipFileException NoPublishedVersionException "
            "SnapStartException SnapStartRegenerationFailureException RecursiveInvocationException",
        ),
        (_AWS_FAILED, "ServiceException"),
    )
    for name in names.split()
}
"""By AWS's own word for it."""

_FUNCTION_MEANINGS: Mapping[str, _Meaning] = {
    "Sandbox.Timedout": _Meaning("the function ran out of its own time", TimedOut),
    "Function.ResponseSizeTooLarge": _Meaning("the answer is larger than Lambda lets", Malformed),
}
"""By the type of a failure that the Lambda runtime itself reports in a function's place."""


def refusal(response: Response) -> CallError:
    """What an answer without a 2xx status means."""
    named = error_type(response)
    meaning = _MEANINGS.get(named)
    status = f"the Lambda API answered {response.status} {named}".rstrip()
    kind = meaning.error if meaning else Refused
    return kind(
        f"{status}: {meaning.says}" if meaning else status,
        status=named or response.status,
        retryable=(meaning.passing or kind is TimedOut) if meaning else response.status in _PASSING,
        details=dict(_details(response, named)),
    )


def refusal_by_url(response: Response) -> CallError:
    """What an HTTP function of any provider means by an answer without a 2xx status."""
    return Refused(
        f"the function answered {response.status}",
        status=response.status,
        retryable=response.status in _PASSING or response.status == HTTPStatus.BAD_GATEWAY,
        told=_text(response) or None,
        details=dict(_details(response, "")),
    )


def _text(response: Response) -> str:
    """What such an answer says, where a person could read it."""
    readable = response.media_type == "text/plain" or response.media_type.endswith("json")
    return response.body[: 4 * MAX_TOLD].decode(errors="replace")[:MAX_TOLD] if readable else ""


def is_throttled(error: CallError) -> bool:
    """Whether the function was not begun, because too much is asked at once."""
    return error.details.get("httpStatus") == HTTPStatus.TOO_MANY_REQUESTS


class Failure(msgspec.Struct):
    """What a runtime reports of an error; its stack trace is not even read."""

    error_type: str | None = msgspec.field(name="errorType", default=None)
    message: str | None = msgspec.field(name="errorMessage", default=None)


def failure(failed: str, body: bytes) -> CallError:
    """A function that answered with an error, which AWS reports inside HTTP 200.

    `failed` is `Handled` or `Unhandled`.
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-sync.html
    """
    try:
        told = msgspec.json.decode(body, type=Failure)
    except UNREADABLE:
        told = Failure()
    return failed_with(told, failed)


def failed_with(told: Failure, otherwise: str) -> CallError:
    """A function's failure; `otherwise` is its type where it names none."""
    message = told.message or ""
    error_type = told.error_type or otherwise
    if not told.error_type and _TIMED_OUT.search(message):
        error_type = "Sandbox.Timedout"
    meaning = _FUNCTION_MEANINGS.get(error_type, _Meaning("the function failed"))
    return meaning.error(
        meaning.says,
        status=error_type[:MAX_TYPE],
        told=message[:MAX_TOLD] or None,
        details={"errorType": error_type[:MAX_TYPE]},
    )


def error_type(response: Response) -> str:
    """`x-amzn-errortype: ResourceNotFoundException:http://…` -> `ResourceNotFoundException`.

    S3 and SSM say it in their bodies alone.
    """
    named = _WORD.match(response.header("x-amzn-errortype") or "")
    if named:
        return named.group()
    code = _CODE.search(response.body[: 4 * MAX_TOLD])
    return (code[1] or code[2]).decode() if code else ""


def _details(response: Response, error_type: str) -> Iterator[tuple[str, str | int]]:
    yield "httpStatus", response.status
    if error_type:
        yield "errorType", error_type
    if response.status == HTTPStatus.TOO_MANY_REQUESTS and (reason := _reason(response)):
        yield "reason", reason
    if _SECONDS.fullmatch(after := response.header("retry-after") or ""):
        yield "retryAfter", int(after)


class _Throttled(msgspec.Struct):
    reason: str = msgspec.field(name="Reason", default="")


def _reason(response: Response) -> str:
    """Why AWS throttles, e.g. `ReservedFunctionConcurrentInvocationLimitExceeded`."""
    try:
        told = msgspec.json.decode(response.body, type=_Throttled).reason
    except UNREADABLE:
        return ""
    return told if _WORD.fullmatch(told) else ""
