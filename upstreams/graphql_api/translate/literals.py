"""Defaults of a schema as JSON text."""

import json

from graphql import (
    BooleanValueNode,
    EnumValueNode,
    FloatValueNode,
    GraphQLArgument,
    GraphQLInputField,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    StringValueNode,
    ValueNode,
)


def default(one: GraphQLArgument | GraphQLInputField) -> str | None:
    """What is assumed where nothing is given; None where nothing is."""
    if one.default is not None and one.default.literal is not None:
        return _json(one.default.literal)
    written = one.ast_node.default_value if one.ast_node else None
    return None if written is None else _json(written)


def _json(value: ValueNode) -> str:
    """A literal as JSON text, every digit kept: `1.10` -> `1.10`, `RED` -> `"RED"`."""
    match value:
        case IntValueNode() | FloatValueNode():
            return value.value
        case StringValueNode() | EnumValueNode() | BooleanValueNode():
            return json.dumps(value.value, ensure_ascii=False)
        case ListValueNode():
            return f"[{', '.join(_json(item) for item in value.values)}]"
        case ObjectValueNode():
            pairs = (f"{json.dumps(one.name.value)}: {_json(one.value)}" for one in value.fields)
            return f"{{{', '.join(pairs)}}}"
        case _:
            return "null"
