"""Which fields an operation selects, merged as the specification says (§6.3.2)."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    GraphQLUnionType,
    InlineFragmentNode,
    SelectionSetNode,
    VariableNode,
)

from schema.plan.model import Unplannable

Flags: TypeAlias = Mapping[str, bool]
"""The variables that directives look at, and what they say in this variant of a plan."""
Fields: TypeAlias = Mapping[str, list[FieldNode]]
"""By response key, in the order of the response."""

_CONDITIONAL = (GraphQLSkipDirective.name, GraphQLIncludeDirective.name)
_MOST_PLACES = 1000
"""How many objects and fields one plan may have.

Fragments that spread each other twice, and interfaces in interfaces, select more than is written:
two to the power of their depth, or more. Without a plan only what an answer has is looked at.
"""


class Collector:
    """Collects the fields of one operation for one variant."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        flags: Flags,
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._flags = flags
        self.places = 0
        """How many objects and fields were collected."""

    def fields(
        self, of_type: GraphQLObjectType, selections: Iterable[SelectionSetNode | None]
    ) -> Fields:
        """The fields selected of an object of that type. Raises `Unplannable`."""
        found: dict[str, list[FieldNode]] = {}
        visited: set[str] = set()
        for one in selections:
            if one is not None:
                self._collect(of_type, one, found, visited)
        self.places += 1 + len(found)
        if self.places > _MOST_PLACES:
            raise Unplannable("too many fields")
        return found

    def _collect(
        self,
        of_type: GraphQLObjectType,
        selections: SelectionSetNode,
        found: dict[str, list[FieldNode]],
        visited: set[str],
    ) -> None:
        for one in selections.selections:
            if one.directives and not included(one.directives, self._flags):
                continue
            if isinstance(one, FieldNode):
                found.setdefault((one.alias or one.name).value, []).append(one)
            elif isinstance(one, InlineFragmentNode):
                condition = one.type_condition
                if condition is None or self._applies(condition.name.value, of_type):
                    self._collect(of_type, one.selection_set, found, visited)
            elif isinstance(one, FragmentSpreadNode) and one.name.value not in visited:
                visited.add(one.name.value)
                fragment = self._fragments[one.name.value]
                if self._applies(fragment.type_condition.name.value, of_type):
                    self._collect(of_type, fragment.selection_set, found, visited)

    def _applies(self, condition: str, of_type: GraphQLObjectType) -> bool:
        named = self._schema.type_map[condition]
        return named is of_type or (
            isinstance(named, GraphQLInterfaceType | GraphQLUnionType)
            and self._schema.is_sub_type(named, of_type)
        )


def included(directives: Iterable[DirectiveNode], flags: Flags) -> bool:
    """Whether none of a selection's directives leaves it out."""
    return all(
        _says(one, flags) is (one.name.value == GraphQLIncludeDirective.name)
        for one in directives
        if one.name.value in _CONDITIONAL
    )


def _says(directive: DirectiveNode, flags: Flags) -> bool:
    value = directive.arguments[0].value if directive.arguments else None
    if isinstance(value, VariableNode):
        return bool(flags[value.name.value])
    return bool(getattr(value, "value", None))


def flagged(directives: Iterable[DirectiveNode]) -> tuple[str, ...]:
    """The names of the variables that `@skip` and `@include` look at, in order."""
    return tuple(
        sorted(
            {
                argument.value.name.value
                for directive in directives
                if directive.name.value in _CONDITIONAL
                for argument in directive.arguments or ()
                if isinstance(argument.value, VariableNode)
            }
        )
    )
