"""What a client selects of a function's answer, by the backend's names."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    get_named_type,
    is_interface_type,
    is_object_type,
)

from schema.fields import Member
from schema.request import Request

Fragments: TypeAlias = Mapping[str, FragmentDefinitionNode]
"""A document's, by name."""


def selected(info: GraphQLResolveInfo[Request]) -> tuple[str, ...]:
    """The paths of all leaves below a resolver's field; see `selected_of`."""
    return selected_of(info.return_type, info.field_nodes, info.schema, info.fragments)


def selected_of(
    of_type: GraphQLOutputType,
    nodes: Iterable[FieldNode],
    schema: GraphQLSchema,
    fragments: Fragments,
) -> tuple[str, ...]:
    """The paths of all leaves below a field, their names apart by dots, each once.

    What a directive may leave out is counted in, as is what links need of their objects.
    """
    top = get_named_type(of_type)
    document = _Document(schema, fragments)
    paths = (path for node in nodes for path in _below(node.selection_set, top, document))
    return tuple(dict.fromkeys(paths))


class _Document(NamedTuple):
    """Where names are looked up."""

    schema: GraphQLSchema
    fragments: Fragments


def _below(
    selections: SelectionSetNode | None,
    of_type: GraphQLNamedType,
    document: _Document,
) -> Iterator[str]:
    for selection in selections.selections if selections else ():
        match selection:
            case FieldNode():
                yield from _field(selection, of_type, document)
            case InlineFragmentNode():
                condition = selection.type_condition
                narrowed = document.schema.type_map[condition.name.value] if condition else of_type
                yield from _below(selection.selection_set, narrowed, document)
            case FragmentSpreadNode():
                fragment = document.fragments[selection.name.value]
                narrowed = document.schema.type_map[fragment.type_condition.name.value]
                yield from _below(fragment.selection_set, narrowed, document)
            case _:
                pass


def _field(node: FieldNode, of_type: GraphQLNamedType, document: _Document) -> Iterator[str]:
    if not is_object_type(of_type) and not is_interface_type(of_type):
        return
    field = of_type.fields.get(node.name.value)
    if not isinstance(field, Member):
        return
    below = () if field.join else _below(node.selection_set, get_named_type(field.type), document)
    yield from _joined(field.reads, tuple(below))


def _joined(above: Iterable[str], below: tuple[str, ...]) -> Iterator[str]:
    for name in above:
        yield from (f"{name}.{path}" for path in below) if below else (name,)
