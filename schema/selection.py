"""What a client selects of a function's answer, by the backend's names."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
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
from schema.plan.collect import Flags, included
from schema.request import Request
from schema.sources import own
from schema.taking import Variables, variables_of

Fragments: TypeAlias = Mapping[str, FragmentDefinitionNode]
"""A document's, by name."""


class Document(NamedTuple):
    """Where names are looked up, and whose they are."""

    schema: GraphQLSchema
    fragments: Fragments
    upstream: str
    """Whose names the paths are made of."""
    variables: Variables | None = None
    flags: Flags = MappingProxyType({})
    """The variables that directives look at."""


def selected(info: GraphQLResolveInfo[Request], upstream: str) -> tuple[str, ...]:
    """The paths of all leaves below a resolver's field; see `selected_of`."""
    variables = variables_of(info)
    document = Document(info.schema, info.fragments, upstream, variables, variables)
    return selected_of(info.return_type, info.field_nodes, document)


def selected_of(
    of_type: GraphQLOutputType, nodes: Iterable[FieldNode], document: Document
) -> tuple[str, ...]:
    """The paths of all leaves below a field, their names apart by dots, each once.

    What links need of their objects is counted in. Without `variables` nothing is that needs them:
    a plan that has it would not be. Raises `GraphQLError` and `BadInput` for arguments that cannot
    be sent.
    """
    top = get_named_type(of_type)
    return tuple(dict.fromkeys(_below([node.selection_set for node in nodes], top, document)))


def _below(
    selections: Iterable[SelectionSetNode | None], of_type: GraphQLNamedType, document: Document
) -> Iterator[str]:
    """The paths of what is selected of one object, however often a field or fragment is named."""
    merged: dict[tuple[int, tuple[str, ...]], tuple[Member, list[SelectionSetNode | None]]] = {}
    for node, named in _fields(selections, of_type, document, set()):
        if not is_object_type(named) and not is_interface_type(named):
            continue
        shown = named.fields.get(node.name.value)
        field = shown and own(shown, document.upstream)
        if isinstance(field, Member):
            reads = _reads(field, node, document)
            merged.setdefault((id(field), reads), (field, []))[1].append(node.selection_set)
    for (_, reads), (field, below) in merged.items():
        inside = () if not field.name else _below(below, get_named_type(field.type), document)
        yield from _joined(reads, tuple(inside))


def _fields(
    selections: Iterable[SelectionSetNode | None],
    of_type: GraphQLNamedType,
    document: Document,
    seen: set[str],
) -> Iterator[tuple[FieldNode, GraphQLNamedType]]:
    """The fields of a selection, with the type that they are selected of; each fragment once."""
    types = document.schema.type_map
    for one in (one for each in selections if each for one in each.selections):
        if one.directives and not included(one.directives, document.flags):
            continue
        match one:
            case FieldNode():
                yield one, of_type
            case InlineFragmentNode():
                condition = one.type_condition
                narrowed = types[condition.name.value] if condition else of_type
                yield from _fields([one.selection_set], narrowed, document, seen)
            case FragmentSpreadNode() if one.name.value not in seen:
                seen.add(one.name.value)
                fragment = document.fragments[one.name.value]
                narrowed = types[fragment.type_condition.name.value]
                yield from _fields([fragment.selection_set], narrowed, document, seen)
            case _:
                pass


def _reads(field: Member, node: FieldNode, document: Document) -> tuple[str, ...]:
    if field.join is not None or field.taking is None:
        return field.reads
    if document.variables is None and is_asked_by_variables(node):
        return ()
    return (step_of(field, field.taking, node, document.variables or {}),)


def _joined(above: Iterable[str], below: tuple[str, ...]) -> Iterator[str]:
    for name in above:
        yield from (f"{name}.{path}" for path in below) if below else (name,)
