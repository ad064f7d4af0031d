"""Shapes, applied to what GraphQL is made of."""

from collections.abc import Mapping
from typing import TypeVar

from graphql import (
    ConstValueNode,
    GraphQLError,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputType,
    Undefined,
)
from graphql.utilities import coerce_input_literal
from msgspec.structs import replace

from schema.enums import Enum
from schema.links import LinkFields
from schema.shaping.shapes import PLAIN, MemberShape, TypeShape
from schema.shaping.showing import Showing
from upstreams.model import EnumType

FieldT = TypeVar("FieldT", bound=GraphQLField | GraphQLInputField)


def applied(field: FieldT, shape: MemberShape) -> FieldT:
    """The field with what is said of it."""
    field.description = shape.description or field.description
    field.deprecation_reason = shape.deprecated or field.deprecation_reason
    return field


def enum_of(name: str, definition: EnumType, shape: TypeShape) -> Enum:
    """The enum with the values that are shown."""
    if shape is PLAIN:
        return Enum(name, definition)
    values = dict(zip(Enum(name, definition).values, definition.values, strict=True))
    shown = (
        replace(
            values[one],
            name=given if one in shape.members else values[one].name,
            known_as="" if one in shape.members else values[one].known_as,
            description=said.description or values[one].description,
            deprecated=said.deprecated or values[one].deprecated,
        )
        for one, given, said in shape.shown(values)
    )
    description = shape.description or definition.description
    return Enum(name, replace(definition, values=tuple(shown), description=description))


def shown_links(
    links: Mapping[str, LinkFields], showings: Mapping[str, Showing]
) -> dict[str, LinkFields]:
    """The links of every upstream, without those that call what clients do not see."""
    return {
        upstream: {
            key: tuple(one for one in fields if showing.shows(one.function))
            for key, fields in found.items()
        }
        if (showing := showings.get(upstream))
        else found
        for upstream, found in links.items()
    }


def fits_default(node: ConstValueNode, of_type: GraphQLInputType) -> bool:
    """Whether a literal is one of the type."""
    try:
        return coerce_input_literal(node, of_type) is not Undefined
    except GraphQLError:
        return False
