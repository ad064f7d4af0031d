"""What a client selects of a function's answer, by the backend's names."""

from collections.abc import Iterable, Iterator

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLResolveInfo,
    InlineFragmentNode,
    SelectionSetNode,
    get_named_type,
    is_interface_type,
    is_object_type,
)

from schema.fields import Member
from schema.request import Request


def selected(info: GraphQLResolveInfo[Request]) -> tuple[str, ...]:
    """The paths of all leaves, their names apart by dots, each once.

    What a directive may leave out is counted in, as is what links need of their objects.
    """
    of_type = get_named_type(info.return_type)
    paths = (
        path for node in info.field_nodes for path in _below(node.selection_set, of_type, info)
    )
    return tuple(dict.fromkeys(paths))


def _below(
    selections: SelectionSetNode | None,
    of_type: GraphQLNamedType,
    info: GraphQLResolveInfo[Request],
) -> Iterator[str]:
    for selection in selections.selections if selections else ():
        match selection:
            case FieldNode():
                yield from _field(selection, of_type, info)
            case InlineFragmentNode():
                condition = selection.type_condition
                narrowed = info.schema.type_map[condition.name.value] if condition else of_type
                yield from _below(selection.selection_set, narrowed, info)
            case FragmentSpreadNode():
                fragment = info.fragments[selection.name.value]
                narrowed = info.schema.type_map[fragment.type_condition.name.value]
                yield from _below(fragment.selection_set, narrowed, info)
            case _:
                pass


def _field(
    node: FieldNode, of_type: GraphQLNamedType, info: GraphQLResolveInfo[Request]
) -> Iterator[str]:
    if not is_object_type(of_type) and not is_interface_type(of_type):
        return
    field = of_type.fields.get(node.name.value)
    if not isinstance(field, Member):
        return
    below = () if field.join else _below(node.selection_set, get_named_type(field.type), info)
    yield from _joined(field.reads, tuple(below))


def _joined(above: Iterable[str], below: tuple[str, ...]) -> Iterator[str]:
    for name in above:
        yield from (f"{name}.{path}" for path in below) if below else (name,)
