"""The JSON of a GraphQL response, and the JSON of a request: every digit kept both ways."""

import json
from typing import Any

import msgspec
from strawberry.types import ExecutionResult

from schema.scalars import ExactFloat

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=ExactFloat)


def encode(body: object) -> bytes:
    """The value as JSON; half a character, which UTF-8 cannot say, as U+FFFD."""
    try:
        return _encoder.encode(body)
    except UnicodeEncodeError:
        return _encoder.encode(_whole(body))


def decode(text: str | bytes) -> object:
    """The value in a JSON text. Raises `json.JSONDecodeError`, as Strawberry expects."""
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise json.JSONDecodeError(str(error), "", 0) from error


def body_of(result: ExecutionResult) -> dict[str, Any]:
    """The response, without `data` where the request could not run (specification §7.1)."""
    body: dict[str, Any] = {}
    if not _could_not_run(result):
        body["data"] = result.data
    if result.errors:
        body["errors"] = [error.formatted for error in result.errors]
    if result.extensions:
        body["extensions"] = result.extensions
    return body


def _whole(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case dict():
            return {_whole(key): _whole(one) for key, one in value.items()}
        case list():
            return [_whole(one) for one in value]
        case msgspec.Struct():
            names = zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True)
            held = ((key, getattr(value, name)) for key, name in names)
            return {key: _whole(one) for key, one in held if one is not msgspec.UNSET}
        case _:
            return value


def _could_not_run(result: ExecutionResult) -> bool:
    errors = result.errors or ()
    return result.data is None and bool(errors) and not any(error.path for error in errors)
