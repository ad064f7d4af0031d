"""Types and fields whose names are checked at one go."""

from collections.abc import Callable
from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLError,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    validate_schema,
)

from schema.checked import EnumOf, FieldOf, InputObject, Interface, Object

Make = Callable[[str], Any]
"""Something of that name, made and asked for what is in it."""

PAIRS: dict[str, tuple[Make, Make]] = {
    "object": (lambda name: Object(name, {}), lambda name: GraphQLObjectType(name, {})),
    "field": (
        lambda name: list(Object("A", {name: GraphQLField(GraphQLString)}).fields),
        lambda name: list(GraphQLObjectType("A", {name: GraphQLField(GraphQLString)}).fields),
    ),
    "interface": (
        lambda name: list(Interface("A", {name: GraphQLField(GraphQLString)}).fields),
        lambda name: list(GraphQLInterfaceType("A", {name: GraphQLField(GraphQLString)}).fields),
    ),
    "input": (
        lambda name: list(InputObject("A", {name: GraphQLInputField(GraphQLString)}).fields),
        lambda name: list(
            GraphQLInputObjectType("A", {name: GraphQLInputField(GraphQLString)}).fields
        ),
    ),
    "argument": (
        lambda name: list(FieldOf(GraphQLString, {name: GraphQLArgument(GraphQLString)}).args),
        lambda name: list(GraphQLField(GraphQLString, {name: GraphQLArgument(GraphQLString)}).args),
    ),
    "enum": (
        lambda name: list(EnumOf("A", {name: GraphQLEnumValue(1)}).values),
        lambda name: list(GraphQLEnumType("A", {name: GraphQLEnumValue(1)}).values),
    ),
}


@pytest.mark.parametrize("what", PAIRS)
@pytest.mark.parametrize("name", ["", "a-b", "1a", "é", "a\n", "\uff41", "true", "__a", "_", "a1"])
def test_what_is_allowed(what: str, name: str) -> None:
    """What graphql-core refuses is refused with its words, what it allows is kept as it is."""
    outcomes = []
    for make in PAIRS[what]:
        try:
            outcomes.append(str(make(name)))
        except GraphQLError as error:
            outcomes.append(error.message)

    ours, theirs = outcomes
    assert ours == theirs


def test_a_reserved_name_is_noticed() -> None:
    """What begins with two underscores is for the validation of the whole schema to refuse."""
    query = Object("Query", {"__a": FieldOf(GraphQLString)})

    (problem,) = validate_schema(GraphQLSchema(query))

    assert "must not begin with '__'" in problem.message
