"""Arguments as the event a function receives, and its answer as a value."""

import base64
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from upstreams.aws_lambda.model import Payload
from upstreams.aws_lambda.refusals import UNREADABLE
from upstreams.errors import BadInput, Malformed

MAX_PAYLOAD = 6 * 1024 * 1024
"""Bytes of one event (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)."""
MAX_ASYNCHRONOUS = 1024 * 1024
"""Bytes of one event that nobody waits for."""
MAX_CONTEXT = 3583
"""Characters of a client context, in base64."""

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_LIST_DECODER = msgspec.json.Decoder(list[msgspec.Raw])
_DECODER = msgspec.json.Decoder(float_hook=Decimal)


def event(payload: Payload, arguments: Mapping[str, Any]) -> bytes:
    """The event, as JSON; empty where there is none. Raises `BadInput`."""
    match payload:
        case Payload.ARGUMENTS:
            return encoded(dict(arguments))
        case Payload.INPUT:
            return encoded(arguments["input"]) if "input" in arguments else b""


def encoded(value: Any) -> bytes:
    """A value as JSON. Raises `BadInput`."""
    try:
        return _ENCODER.encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadInput("the arguments cannot be written as JSON") from error


def decoded(body: bytes) -> Any:
    """What a function answered; None for nothing. Raises `Malformed`."""
    if not body:
        return None
    try:
        return _DECODER.decode(body)
    except UNREADABLE as error:
        raise Malformed("the function's answer is not JSON") from error


def listed(events: Sequence[bytes]) -> bytes:
    """Several events as one; where there is nothing, a null."""
    return b"[%b]" % b",".join([one or b"null" for one in events])


def items(body: bytes) -> list[bytes]:
    """The texts of an answer that is a list. Raises `Malformed`."""
    try:
        return [bytes(one) for one in _LIST_DECODER.decode(body)]
    except UNREADABLE as error:
        raise Malformed("the function's answer is no list") from error


def within(body: bytes, most: int) -> bytes:
    """The event itself. Raises `BadInput` when Lambda would not accept it."""
    if len(body) > most:
        raise BadInput(f"the arguments take {len(body)} bytes; Lambda accepts {most}")
    return body


def context(custom: Mapping[str, str]) -> str:
    """The client context that tells a function of its caller; empty for nothing to tell.

    Raises `BadInput` when it is larger than Lambda accepts.
    """
    if not custom:
        return ""
    told = base64.b64encode(encoded({"custom": custom})).decode()
    if len(told) > MAX_CONTEXT:
        raise BadInput(f"the client context takes {len(told)} bytes; Lambda accepts {MAX_CONTEXT}")
    return told
