"""What is selected of one type of entity, where a field selects of many."""

from collections.abc import Iterator, Mapping

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    is_abstract_type,
)

from schema.plan.collect import Flags, included


def narrowed(
    node: FieldNode,
    of_type: GraphQLObjectType,
    schema: GraphQLSchema,
    fragments: Mapping[str, FragmentDefinitionNode],
    flags: Flags,
) -> FieldNode:
    """The field with nothing but what is selected of one type, and without what it is asked."""
    narrowing = _Narrowing(of_type, schema, fragments, flags)
    selected = tuple(narrowing.selected(node.selection_set))
    inside = SelectionSetNode(selections=selected)
    return FieldNode(name=node.name, alias=node.alias, selection_set=inside, loc=node.loc)


class _Narrowing:
    """One look at what is selected; each fragment counts once."""

    def __init__(
        self,
        of_type: GraphQLObjectType,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        flags: Flags,
    ) -> None:
        self._of_type = of_type
        self._schema = schema
        self._fragments = fragments
        self._flags = flags
        self._seen: set[str] = set()

    def selected(self, selections: SelectionSetNode | None) -> Iterator[FieldNode]:
        """The fields of the type that no directive leaves out."""
        for one in selections.selections if selections else ():
            if one.directives and not included(one.directives, self._flags):
                continue
            match one:
                case InlineFragmentNode(type_condition=condition, selection_set=inside):
                    if condition is None or self._is_of(condition.name.value):
                        yield from self.selected(inside)
                case FragmentSpreadNode(name=name) if name.value not in self._seen:
                    self._seen.add(name.value)
                    fragment = self._fragments[name.value]
                    if self._is_of(fragment.type_condition.name.value):
                        yield from self.selected(fragment.selection_set)
                case FieldNode():
                    yield one
                case _:
                    pass

    def _is_of(self, name: str) -> bool:
        named = self._schema.type_map[name]
        return named is self._of_type or (
            is_abstract_type(named) and self._schema.is_sub_type(named, self._of_type)
        )
