"""An operation's variables, coerced: the simple ones at once, the others by graphql-core."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableDefinitionNode,
    get_variable_values,
    type_from_ast,
)
from graphql.execution.values import VariableValues

from schema.plan.model import Unplannable

_WRONG = "variables"
"""Why the exact path is asked to say what is wrong with them."""


@dataclass(frozen=True, slots=True)
class _Variable:
    """A variable of a scalar or enum, without a default."""

    name: str
    required: bool
    read: Callable[[Any], Any]


class Coercion:
    """Coerces the variables of one operation."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._definitions = tuple(operation.variable_definitions or ())
        simple = tuple(_simple(schema, self._definitions))
        self._simple = simple if len(simple) == len(self._definitions) else None

    def __call__(self, given: Mapping[str, Any]) -> VariableValues:
        """The values as graphql-core holds them. Raises `Unplannable`."""
        if self._simple is None:
            return self._coerced(given)
        try:
            return VariableValues({}, dict(_read(self._simple, given)))
        except (GraphQLError, TypeError, ValueError, ArithmeticError) as error:
            raise Unplannable(_WRONG) from error

    def _coerced(self, given: Mapping[str, Any]) -> VariableValues:
        coerced = get_variable_values(self._schema, self._definitions, dict(given), max_errors=1)
        if isinstance(coerced, list):
            raise Unplannable(_WRONG)
        return coerced


def _read(variables: tuple[_Variable, ...], given: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for one in variables:
        value = given.get(one.name)
        if value is not None:
            yield one.name, one.read(value)
        elif one.required:
            raise Unplannable(_WRONG)
        elif one.name in given:
            yield one.name, None


def _simple(
    schema: GraphQLSchema, definitions: tuple[VariableDefinitionNode, ...]
) -> Iterator[_Variable]:
    for one in definitions:
        of_type = type_from_ast(schema, one.type)
        required = isinstance(of_type, GraphQLNonNull)
        leaf = of_type.of_type if isinstance(of_type, GraphQLNonNull) else of_type
        if one.default_value is None and isinstance(leaf, GraphQLScalarType | GraphQLEnumType):
            yield _Variable(one.variable.name.value, required, leaf.coerce_input_value)
