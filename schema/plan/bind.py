"""How a field's arguments come about: once for all, or from an operation's variables."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLArgument,
    GraphQLError,
    GraphQLField,
    GraphQLNonNull,
    Node,
    Undefined,
    VariableNode,
    Visitor,
    coerce_input_literal,
    get_argument_values,
    visit,
)

from schema.plan.model import Bind, Unplannable
from schema.taking import Arguments, Taking
from schema.values import Change
from upstreams.errors import BadInput

_WRONG = "arguments"
"""Why the exact path is asked to say what is wrong with them."""


def bound(field: GraphQLField, node: FieldNode, taking: Taking) -> Bind:
    """The arguments that a client's node gives a field. Raises `Unplannable`, then and later."""
    if not any(map(mentions_variables, node.arguments or ())):
        try:
            known = taking(get_argument_values(field, node), node, {})
        except (GraphQLError, BadInput) as error:
            raise Unplannable(_WRONG) from error
        return lambda _variables: known
    if all(_is_plain(name, one, taking) for name, one in field.args.items()):
        direct = list(_direct(field.args, node, taking))
        if len(direct) == len(node.arguments or ()):
            return _Direct(tuple(direct))
    return _Coerced(field, node, taking)


def mentions_variables(node: Node) -> bool:
    """Whether anything in it is a variable."""
    finder = _Finder()
    visit(node, finder)
    return finder.found


class _Finder(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def enter_variable(self, *_: object) -> None:
        self.found = True


@dataclass(frozen=True, slots=True)
class _Coerced:
    """Arguments that graphql-core makes of literals and variables mixed."""

    field: GraphQLField
    node: FieldNode
    taking: Taking

    def __call__(self, variables: Any) -> Arguments:
        try:
            given = get_argument_values(self.field, self.node, variables)
            return self.taking(given, self.node, variables.coerced)
        except (GraphQLError, BadInput) as error:
            raise Unplannable(_WRONG) from error


@dataclass(frozen=True, slots=True)
class _Argument:
    """One argument that is a literal, or a variable as it is."""

    name: str
    """The backend's."""
    variable: str
    """Empty: a literal."""
    literal: Any
    required: bool
    change: Change | None


@dataclass(frozen=True, slots=True)
class _Direct:
    """Arguments of which each is a literal, or one variable as it is."""

    arguments: tuple[_Argument, ...]

    def __call__(self, variables: Any) -> Arguments:
        given: Mapping[str, Any] = variables.coerced
        made: Arguments = {}
        for one in self.arguments:
            value = given.get(one.variable, Undefined) if one.variable else one.literal
            if value is None or value is Undefined:
                if one.required:
                    raise Unplannable(_WRONG)
                if value is None:
                    made[one.name] = None
            else:
                made[one.name] = one.change(value) if one.change else value
        return made


def _is_plain(name: str, argument: GraphQLArgument, taking: Taking) -> bool:
    """Whether nothing but what a client writes becomes the argument's value."""
    if argument.default is None and argument.default_value is Undefined:
        return True
    ours = taking.ours or name in taking.preset
    return not ours and not isinstance(argument.type, GraphQLNonNull)


def _direct(
    args: Mapping[str, GraphQLArgument], node: FieldNode, taking: Taking
) -> Iterator[_Argument]:
    """The arguments that are no mixture."""
    for written in node.arguments or ():
        one = args[written.name.value]
        variable, literal = _said(written, one)
        if variable or literal is not Undefined:
            name = one.out_name or written.name.value
            required = isinstance(one.type, GraphQLNonNull)
            yield _Argument(name, variable, literal, required, taking.changes.get(name))


def _said(written: ArgumentNode, argument: GraphQLArgument) -> tuple[str, Any]:
    """The variable, or the value of the literal; neither of a mixture."""
    if isinstance(written.value, VariableNode):
        return written.value.name.value, Undefined
    if mentions_variables(written):
        return "", Undefined
    return "", coerce_input_literal(written.value, argument.type)
