"""What a function answers to API Gateway, as the HTTP answer it stands for."""

import base64
import binascii
from collections.abc import Iterator
from typing import Any

import msgspec

from upstreams.aws_lambda.model import Form
from upstreams.aws_lambda.refusals import UNREADABLE
from upstreams.errors import Malformed
from upstreams.transport import Response

_AFTER_HEAD = b"\0" * 8


class _Answer(msgspec.Struct):
    """What a function answers to API Gateway."""

    status: int | str | msgspec.UnsetType = msgspec.field(name="statusCode", default=msgspec.UNSET)
    headers: dict[str, Any] | None = None
    many: dict[str, list[Any]] | None = msgspec.field(name="multiValueHeaders", default=None)
    cookies: list[str] | None = None
    body: Any = None
    is_base64: bool | None = msgspec.field(name="isBase64Encoded", default=None)


def answered(body: bytes, form: Form) -> Response:
    """The HTTP answer that a function's answer stands for. Raises `Malformed`."""
    bare = form is Form.PROXY_2 and _bare(body)
    if bare:
        return bare
    try:
        answer = msgspec.json.decode(body, type=_Answer)
        status = int(answer.status) if answer.status is not msgspec.UNSET else 0
    except (*UNREADABLE, ValueError) as error:
        raise Malformed("the function's answer is none for API Gateway") from error
    if not 100 <= status <= 599:
        raise Malformed("the function's answer to API Gateway has no `statusCode`")
    return Response(status, tuple(_headers(answer, form)), _body(answer))


def streamed(body: bytes) -> Response:
    """The HTTP answer that a function streamed: its head as JSON, eight NULs, its body.

    Raises `Malformed`.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
    """
    head, mark, rest = body.partition(_AFTER_HEAD)
    if not mark:
        raise Malformed("the streamed answer does not begin as API Gateway wants it")
    try:
        answer = msgspec.json.decode(head, type=_Answer)
        status = 200 if answer.status is msgspec.UNSET else int(answer.status)
    except (*UNREADABLE, ValueError) as error:
        raise Malformed("what the streamed answer begins with cannot be read") from error
    # Format 2.0 names cookies apart, 1.0 repeats headers: a streamed head may do both.
    cookies = (("set-cookie", one) for one in answer.cookies or ())
    return Response(status, (*_headers(answer, Form.PROXY_1), *cookies), rest)


def _bare(body: bytes) -> Response | None:
    """An answer that is no HTTP answer: in format 2.0, the body of one."""
    try:
        value = msgspec.json.decode(body or b"null")
    except UNREADABLE as error:
        raise Malformed("the function's answer is not JSON") from error
    if isinstance(value, dict) and "statusCode" in value:
        return None
    # A text is the body itself; one that is no JSON stays the JSON it was.
    text = value.encode() if isinstance(value, str) and _is_json(value) else body or b"null"
    return Response(200, (("content-type", "application/json"),), text)


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text)
    except UNREADABLE:
        return False
    return True


def _headers(answer: _Answer, form: Form) -> Iterator[tuple[str, str]]:
    many = answer.many or {} if form is Form.PROXY_1 else {}
    repeated = {name.lower() for name in many}
    for name, value in (answer.headers or {}).items():
        if name.lower() not in repeated and value is not None:
            yield name, _written(value)
    for name, values in many.items():
        yield from ((name, _written(value)) for value in values)
    if form is Form.PROXY_2:
        yield from (("set-cookie", one) for one in answer.cookies or ())


def _written(value: Any) -> str:
    """`true` and numbers as JSON has them."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _body(answer: _Answer) -> bytes:
    if answer.body is None:
        return b""
    if not isinstance(answer.body, str):
        raise Malformed("the `body` of the function's answer to API Gateway is no text")
    if not answer.is_base64:
        return answer.body.encode(errors="surrogatepass")
    try:
        return base64.b64decode(answer.body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("the `body` of the function's answer is not base64") from error
