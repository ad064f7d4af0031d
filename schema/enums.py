"""Enums whose values are told apart as JSON does."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from graphql import GraphQLEnumValue, GraphQLError

from schema.checked import EnumOf
from schema.names import RESERVED_ENUM_VALUES, Names, enum_value, graphql_name, kept_first
from upstreams.model import EnumType, EnumValue


class Enum(EnumOf):
    """An enum whose values are told apart as JSON does: 1, true and "1" are three."""

    def __init__(self, name: str, definition: EnumType) -> None:
        names = Names(locked=(one.known_as for one in definition.values if one.known_as))
        named: dict[int, str] = {}
        for place, value in sorted(
            enumerate(definition.values),
            key=lambda one: (*kept_first(one[1].name), repr(one[1].value)),
        ):
            locked = value.known_as or None
            named[place] = names.give(_names(value.name), repr(value.value), locked)
        values = {named[place]: value for place, value in enumerate(definition.values)}
        self._by_value: dict[tuple[bool, object], str] = {}
        for given, value in values.items():
            self._by_value.setdefault(_distinct(value.value), given)
        super().__init__(
            name,
            {given: _enum_value(value) for given, value in values.items()},
            description=definition.description or None,
        )

    @cached_property
    def texts(self) -> Mapping[str, str] | None:
        """The names by the backend's values, where all of those are texts."""
        if any(not isinstance(value, str) for _, value in self._by_value):
            return None
        return {str(value): name for (_, value), name in self._by_value.items()}

    def coerce_output_value(self, output_value: Any) -> str:
        """The name of a backend's value."""
        try:
            return self._by_value[_distinct(output_value)]
        except (KeyError, TypeError):
            raise GraphQLError(
                f"Enum '{self.name}' cannot represent value: {output_value!r:.60}"
            ) from None

    serialize = coerce_output_value


def _names(text: str) -> Iterator[str]:
    yield enum_value(text)
    plain = graphql_name(text)
    if plain not in RESERVED_ENUM_VALUES:
        yield plain


def _enum_value(value: EnumValue) -> GraphQLEnumValue:
    return GraphQLEnumValue(
        value.value,
        description=value.description or None,
        deprecation_reason=value.deprecated,
    )


def _distinct(value: object) -> tuple[bool, object]:
    return isinstance(value, bool), value
