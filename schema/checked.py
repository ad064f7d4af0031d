"""graphql-core's types and fields, their names checked at one go instead of letter by letter.

What is checked is the same (specification §2.1.9), and so are the errors. A large schema has tens
of thousands of names.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, TypeVar, cast

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    assert_enum_value_name,
    assert_name,
    resolve_thunk,
)

from schema.names import RESERVED_ENUM_VALUES, is_name

T = TypeVar("T")

_SHORTEST = "_"
"""The name that costs graphql-core the least to check; it stands in for the one checked here."""


class FieldOf(GraphQLField):
    """A field of an object or an interface, with or without arguments."""

    def __init__(
        self, type_: Any, args: Mapping[str, GraphQLArgument] | None = None, **more: Any
    ) -> None:
        super().__init__(type_, **more)
        self.args = _checked(args or {})


class _Named(GraphQLNamedType):
    """What all of them have: a name."""

    def __init__(self, name: str, *rest: Any, **more: Any) -> None:
        super().__init__(_SHORTEST, *rest, **more)
        self.name = _allowed(name)


class Object(_Named, GraphQLObjectType):
    """An object of fields."""

    @cached_property
    def fields(self) -> dict[str, GraphQLField]:
        return _checked(resolve_thunk(self._fields))


class Interface(_Named, GraphQLInterfaceType):
    """An interface of fields."""

    @cached_property
    def fields(self) -> dict[str, GraphQLField]:
        return _checked(resolve_thunk(self._fields))


class InputObject(_Named, GraphQLInputObjectType):
    """An input of fields."""

    @cached_property
    def fields(self) -> dict[str, GraphQLInputField]:
        return _checked(resolve_thunk(self._fields))


class EnumOf(_Named, GraphQLEnumType):
    """An enum of values, given as they are."""

    @cached_property
    def values(self) -> dict[str, GraphQLEnumValue]:
        values = cast(dict[str, GraphQLEnumValue], self._values)
        for name in values:
            if name in RESERVED_ENUM_VALUES or not is_name(name):
                assert_enum_value_name(name)
        return values


def _checked(named: Mapping[str, T]) -> dict[str, T]:
    return {_allowed(name): one for name, one in named.items()}


def _allowed(name: str) -> str:
    # What is reserved for introspection `assert_name` lets pass: `validate_schema` is to say that.
    return name if is_name(name) else assert_name(name)
