"""The JSON Schema of `splice.yaml`, made from the same annotations that read it, for editors."""

import dataclasses
import enum
import types
import typing
from collections.abc import Mapping
from typing import Annotated, Any, get_args, get_origin

from graphql import StringValueNode, ValueNode
from typing_extensions import Doc

from app.config.keys import keys, needed
from app.config.model import Config, Upstream
from schema.shaping.showing import Showing
from upstreams.kind import Unit
from upstreams.registry import KINDS

_PLAIN: Mapping[type, str] = {str: "string", bool: "boolean", int: "integer", float: "number"}
_VARIABLE = {"type": "string", "pattern": r"\$\{"}
"""What may stand for a number or boolean: an environment variable."""


def json_schema() -> dict[str, Any]:
    """The whole file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "splice.yaml",
        **_schema(Config),
    }


def _schema(wanted: Any) -> dict[str, Any]:
    if get_origin(wanted) is Annotated:
        return _annotated(wanted)
    if get_origin(wanted) in (typing.Union, types.UnionType):
        inner = next(one for one in get_args(wanted) if one is not type(None))
        return {"anyOf": [_schema(inner), {"type": "null"}]}
    if get_origin(wanted) is tuple:
        item = _schema(get_args(wanted)[0])
        return {"anyOf": [{"type": "array", "items": item}, item]}
    if get_origin(wanted) is not None:
        return {"type": "object", "additionalProperties": _schema(get_args(wanted)[1])}
    if wanted is Upstream:
        return {"oneOf": [_upstream(kind.settings) for kind in KINDS.values()]}
    if issubclass(wanted, ValueNode):
        # A value of any type, judged once it is known what takes it.
        return _plain(str) if wanted is StringValueNode else {}
    return _object(wanted) if dataclasses.is_dataclass(wanted) else _plain(wanted)


def _annotated(wanted: Any) -> dict[str, Any]:
    base, *marks = get_args(wanted)
    unit = next((mark for mark in marks if isinstance(mark, Unit)), None)
    schema = {"type": "string"} if unit else _schema(base)
    doc = next((mark.documentation for mark in marks if isinstance(mark, Doc)), None)
    return {"description": doc, **schema} if doc else schema


def _plain(wanted: type) -> dict[str, Any]:
    if issubclass(wanted, enum.Enum):
        return {"anyOf": [{"enum": [one.value for one in wanted]}, _VARIABLE]}
    schema = {"type": _PLAIN[wanted]}
    # Texts may be written as YAML numbers or booleans; the others may come from the environment.
    if wanted is str:
        return {"type": ["string", "number", "boolean"]}
    return {"anyOf": [schema, _VARIABLE]}


def _upstream(settings: Any) -> dict[str, Any]:
    """A kind's settings, and what the gateway makes of the upstream beside them."""
    known, showing = _object(settings), _object(Showing)
    return {**known, "properties": {**known["properties"], **showing["properties"]}}


def _object(settings: Any) -> dict[str, Any]:
    known = keys(settings)
    return {
        "type": "object",
        "properties": {key: _schema(annotation) for key, (_, annotation) in known.items()},
        "required": needed(settings),
        "additionalProperties": False,
    }
