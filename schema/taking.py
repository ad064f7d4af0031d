"""How what a client gives a field becomes what a function takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import FieldNode, GraphQLArgument, GraphQLNonNull, GraphQLResolveInfo, VariableNode

from schema.values import Change

Arguments: TypeAlias = dict[str, Any]
"""By the backend's names."""
Variables: TypeAlias = Mapping[str, Any]
"""What a client gave and the defaults of what it did not, coerced."""


@dataclass(frozen=True, slots=True)
class Taking:
    """How a field's arguments become a function's."""

    arguments: Mapping[str, GraphQLArgument]
    """By the names clients use."""
    changes: Mapping[str, Change]
    """By the backend's names."""
    ours: bool = False
    """Whether the defaults are the gateway's to give; else they only document the backend's."""
    preset: frozenset[str] = frozenset()
    """The arguments whose defaults the gateway gives all the same, by the names clients use."""

    def __call__(self, given: dict[str, Any], node: FieldNode, variables: Variables) -> Arguments:
        """The arguments by the backend's names, as its values. Raises `BadInput`.

        `given` are those that graphql-core made of the field's node.
        """
        for name, one in () if self.ours else self.arguments.items():
            # What the backend assumes by itself is not sent: the documented default may be wrong.
            assumed = _defaulted(one) and name not in self.preset
            if assumed and not _given(name, node, variables):
                given.pop(one.out_name or name, None)
        for name, change in self.changes.items():
            if given.get(name) is not None:
                given[name] = change(given[name])
        return given


def taken(taking: Taking, given: Arguments, info: GraphQLResolveInfo[Any]) -> Arguments:
    """The arguments that a resolver was given, as the function's. Raises `BadInput`."""
    return taking(given, info.field_nodes[0], variables_of(info))


def variables_of(info: GraphQLResolveInfo[Any]) -> Variables:
    """The operation's variables, coerced."""
    # Strawberry hands resolvers the coerced values themselves, graphql-core a container of them.
    values: Any = info.variable_values
    variables: Variables = getattr(values, "coerced", values)
    return variables


def _defaulted(argument: GraphQLArgument) -> bool:
    return argument.default is not None and not isinstance(argument.type, GraphQLNonNull)


def _given(name: str, node: FieldNode, variables: Variables) -> bool:
    """Whether the client wrote the argument, with a value or a variable that has one."""
    for argument in node.arguments or ():
        if argument.name.value == name:
            value = argument.value
            return not isinstance(value, VariableNode) or value.name.value in variables
    return False
