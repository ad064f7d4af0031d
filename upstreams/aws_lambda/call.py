"""One invocation: arguments in, the function's answer out."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from upstreams.aws_lambda.api import UNREADABLE, Api, Ask, refusal
from upstreams.aws_lambda.model import Binding, Payload, Settings
from upstreams.errors import BadInput, Malformed, Refused
from upstreams.kind import Call
from upstreams.transport import Response

MAX_PAYLOAD = 6 * 1024 * 1024
"""Bytes of one event (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)."""
MAX_TYPE, MAX_TOLD = 200, 2000
"""Characters of a function's own error type and message that are kept."""

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_DECODER = msgspec.json.Decoder(float_hook=Decimal)


class LambdaClient:
    """An open line to the functions of one upstream."""

    def __init__(self, settings: Settings) -> None:
        self._api = Api(settings)

    async def call(self, call: Call) -> Any:
        """The function's answer, decoded; None when it is empty.

        Without credentials or a region to sign with, a call is `Unreachable`, not to be retried:
        no connection can be made until the operator acts.
        """
        ask = self._ask(call)
        response = await self._api.send(ask, call.deadline)
        return _value(response)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._api.aclose()

    def _ask(self, call: Call) -> Ask:
        binding = call.function.binding
        assert isinstance(binding, Binding)  # noqa: S101 - our own catalog, not input
        return Ask(
            "POST",
            ("functions", binding.function, "invocations"),
            query={"Qualifier": binding.qualifier} if binding.qualifier else {},
            headers={
                **call.headers,
                "content-type": "application/json",
                "x-amz-invocation-type": "RequestResponse",
            },
            body=_payload(binding.payload, call.arguments),
            region=binding.region,
        )


def _payload(payload: Payload, arguments: Mapping[str, Any]) -> bytes:
    event = _event(payload, arguments)
    if len(event) > MAX_PAYLOAD:
        raise BadInput(f"the arguments take {len(event)} bytes; Lambda accepts {MAX_PAYLOAD}")
    return event


def _event(payload: Payload, arguments: Mapping[str, Any]) -> bytes:
    match payload:
        case Payload.ARGUMENTS:
            return _encoded(dict(arguments))
        case Payload.INPUT:
            return _encoded(arguments["input"]) if "input" in arguments else b""


def _encoded(value: Any) -> bytes:
    try:
        return _ENCODER.encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadInput("the arguments cannot be written as JSON") from error


def _value(response: Response) -> Any:
    if not 200 <= response.status < 300:
        raise refusal(response)
    if failed := response.header("x-amz-function-error"):
        raise _failure(failed, response.body)
    return _decoded(response.body) if response.body else None


def _decoded(body: bytes) -> Any:
    try:
        return _DECODER.decode(body)
    except UNREADABLE as error:
        raise Malformed("the function's answer is not JSON") from error


class _Failure(msgspec.Struct):
    """What a runtime reports of an error; its stack trace is not even read."""

    error_type: str | None = msgspec.field(name="errorType", default=None)
    message: str | None = msgspec.field(name="errorMessage", default=None)


def _failure(failed: str, body: bytes) -> Refused:
    """A function that answered with an error, which AWS reports inside HTTP 200.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-sync.html
    """
    try:
        told = msgspec.json.decode(body, type=_Failure)
    except UNREADABLE:
        told = _Failure()
    error_type = (told.error_type or failed)[:MAX_TYPE]
    return Refused(
        "the function failed",
        status=error_type,
        told=told.message[:MAX_TOLD] if told.message else None,
        details={"errorType": error_type},
    )
