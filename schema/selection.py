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
from schema.nested import is_asked_by_variables, step_of
from schema.request import Request
from schema.taking import Variables, variables_of

Fragments: TypeAlias = Mapping[str, FragmentDefinitionNode]
"""A document's, by name."""


def selected(info: GraphQLResolveInfo[Request]) -> tuple[str, ...]:
    """The paths of all leaves below a resolver's field; see `selected_of`."""
    variables = variables_of(info)
    return selected_of(info.return_type, info.field_nodes, info.schema, info.fragments, variables)


def selected_of(
    of_type: GraphQLOutputType,
    nodes: Iterable[FieldNode],
    schema: GraphQLSchema,
    fragments: Fragments,
    variables: Variables | None = None,
) -> tuple[str, ...]:
    """The paths of all leaves below a field, their names apart by dots, each once.

    What a directive may leave out is counted in, as is what links need of their objects. Without
    `variables` nothing is that needs them: a plan that has it would not be. Raises `GraphQLError`
    and `BadInput` for arguments that cannot be sent.
    """
    top = get_named_type(of_type)
    document = _Document(schema, fragments, variables)
    paths = (path for node in nodes for path in _below(node.selection_set, top, document))
    return tuple(dict.fromkeys(paths))


class _Document(NamedTuple):
    """Where names are looked up."""

    schema: GraphQLSchema
    fragments: Fragments
    variables: Variables | None


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
    yield from _joined(_reads(field, node, document), tuple(below))


def _reads(field: Member, node: FieldNode, document: _Document) -> tuple[str, ...]:
    if field.join is not None or field.taking is None:
        return field.reads
    if document.variables is None and is_asked_by_variables(node):
        return ()
    return (step_of(field, field.taking, node, document.variables or {}),)


def _joined(above: Iterable[str], below: tuple[str, ...]) -> Iterator[str]:
    for name in above:
        yield from (f"{name}.{path}" for path in below) if below else (name,)
