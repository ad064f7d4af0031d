"""Documented defaults, as GraphQL can say them.

A description gives a default as the backend's value in JSON; clients are shown what they would have
to write for the same. A default that is wrong, or that GraphQL cannot write, is not shown as one.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec
from graphql import ConstValueNode, GraphQLError, GraphQLInputType, Undefined, parse_const_value
from graphql.language import print_ast
from graphql.type import GraphQLDefaultInput
from graphql.utilities import coerce_input_literal, value_to_literal

from schema.scalars import ExactFloat
from upstreams.model import Field

Spoken: TypeAlias = Callable[[Any], Any]
"""From the backend's value to what a client writes."""

_DECODER = msgspec.json.Decoder(float_hook=ExactFloat)


def default(field: Field, of_type: GraphQLInputType, spoken: Spoken) -> GraphQLDefaultInput | None:
    """The field's default for an argument of that type; None when there is none to be shown.

    `spoken` raises `GraphQLError` for a value that does not fit.
    """
    if field.default is None:
        return None
    try:
        literal = _literal(field.default, of_type, spoken)
    except (msgspec.DecodeError, GraphQLError, RecursionError):
        return None
    return None if literal is None else GraphQLDefaultInput(literal=literal)


def _literal(text: str, of_type: GraphQLInputType, spoken: Spoken) -> ConstValueNode | None:
    value = _DECODER.decode(text)
    literal = value_to_literal(spoken(value), of_type)
    if literal is None:
        return None
    # A key such as `x-y` makes a literal that is not GraphQL, so what is printed is read again.
    written = parse_const_value(print_ast(literal))
    return None if coerce_input_literal(written, of_type) is Undefined else written
