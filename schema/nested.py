"""Fields below the root that backends take arguments for: under which keys their values come.

A client may ask for one field with different arguments under different aliases. The backend is
asked in the same way: the key of a value tells with what it was asked, the same on both paths.
"""

import hashlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLResolveInfo,
    OperationDefinitionNode,
    SelectionNode,
    get_argument_values,
    parse,
    print_ast,
)
from graphql.execution.values import VariableValues
from graphql.utilities.sort_value_node import sort_value_node

from schema.fields import Member, member
from schema.plan.bind import mentions_variables
from schema.taking import Taking
from schema.values import Change
from upstreams import steps
from upstreams.errors import BadInput

_REMEMBERED = 4096
"""How many ways to write arguments are remembered with their keys."""


def key_of(name: str, node: FieldNode) -> str:
    """The key of the value that a client's node asks for; `name` is the backend's."""
    arguments = node.arguments
    if not arguments:
        return name
    first, last = arguments[0].loc, arguments[-1].loc
    if first is None or last is None:
        return f"{name}_{_digest(_plain(arguments))}"
    return f"{name}_{_of_text(first.source.body[first.start : last.end])}"


def is_asked_by_variables(node: FieldNode) -> bool:
    """Whether variables are among what a client's node asks with."""
    return any(map(mentions_variables, node.arguments or ()))


def step_of(field: Member, taking: Taking, node: FieldNode, variables: Mapping[str, Any]) -> str:
    """The step that leads to the field as a client's node asks for it.

    Raises `GraphQLError` and `BadInput` for arguments that cannot be sent.
    """
    if not node.arguments:
        return field.name
    given = get_argument_values(field, node, VariableValues({}, dict(variables)))
    said = taking(given, node, variables)
    try:
        return steps.written(field.name, key_of(field.name, node), said)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadInput("an argument cannot be written as JSON") from error


def asked_member(name: str, change: Change | None) -> Callable[..., Any]:
    """The resolver of a field that is asked with arguments."""

    def resolve(source: Any, info: GraphQLResolveInfo[Any], /, **_given: Any) -> Any:
        return member(key_of(name, info.field_nodes[0]), change)(source, info)

    return resolve


@lru_cache(_REMEMBERED)
def _of_text(text: str) -> str:
    """The digest of arguments by their text, which may be written in several ways."""
    document = parse(f"{{ f({text}) }}", no_location=True)
    operation = document.definitions[0]
    field: SelectionNode | None = None
    if isinstance(operation, OperationDefinitionNode):
        field = operation.selection_set.selections[0]
    assert isinstance(field, FieldNode)  # noqa: S101 - it was one before
    return _digest(_plain(field.arguments or ()))


def _plain(arguments: tuple[ArgumentNode, ...]) -> str:
    """The arguments as text, the same however they are ordered and spaced."""
    said = {one.name.value: print_ast(sort_value_node(one.value)) for one in arguments}
    return ",".join(f"{name}:{said[name]}" for name in sorted(said))


def _digest(text: str) -> str:
    return hashlib.blake2s(text.encode(errors="surrogatepass"), digest_size=5).hexdigest()
