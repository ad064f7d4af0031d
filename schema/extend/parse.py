"""SDL into calls and rules: what can be told of extensions before any upstream is known.

extend type Order {
  customer: Customer @call(function: "crm.getCustomer", args: { id: "$parent.customerId" })
}
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, NoReturn, TypeAlias

from graphql import (
    ConstArgumentNode,
    ConstDirectiveNode,
    ConstObjectValueNode,
    ConstValueNode,
    DefinitionNode,
    FieldDefinitionNode,
    GraphQLError,
    GraphQLSyntaxError,
    InterfaceTypeExtensionNode,
    IntValueNode,
    ListValueNode,
    NamedTypeNode,
    Node,
    NonNullTypeNode,
    ObjectTypeExtensionNode,
    ObjectValueNode,
    Source,
    StringValueNode,
    assert_name,
    parse,
)

from schema.extend.model import Call, ExtensionError, Problem, Wrong, near, place_of
from schema.shaping.computed import Computed
from schema.shaping.parse import EXTENSIONS, field_rule, rules
from schema.shaping.rules import Rule

Written: TypeAlias = Call | Computed | Rule
"""One thing that is said in SDL."""

MOST_TOKENS = 100_000
"""How many tokens one file may have."""
_GIVEN = ("function", "args", "match", "batchSize", "result")
"""What `@call` takes."""
_ROOTS = ("Query", "Mutation", "Subscription")


def parsed(texts: Iterable[tuple[str, str]]) -> tuple[Written, ...]:
    """What is written in texts of SDL, each beside the name of its file.

    Raises `ExtensionError`.
    """
    problems: list[Problem] = []
    written = [one for file, text in texts for one in _file(file, text, problems)]
    if problems:
        raise ExtensionError(problems)
    return tuple(written)


def _file(file: str, text: str, problems: list[Problem]) -> Iterator[Written]:
    if not any(line.partition("#")[0].strip() for line in text.splitlines()):
        return
    try:
        document = parse(Source(text, file), max_tokens=MOST_TOKENS)
    except GraphQLSyntaxError as error:
        message = error.message.removeprefix("Syntax Error: ")
        problems.append(Problem(place_of(error, file), f"not SDL: {message}"))
        return
    for definition in document.definitions:
        for read in _definition(definition):
            try:
                yield read()
            except Wrong as wrong:
                problems.append(Problem(wrong.at, wrong.message))


def _definition(definition: DefinitionNode) -> Iterator[Callable[[], Written]]:
    """One reading for each thing that is said; each raises `Wrong`."""
    if not isinstance(definition, EXTENSIONS):
        yield partial(_refuse, definition, "only extensions of types are known here")
        return
    yield from rules(definition)
    if not isinstance(definition, ObjectTypeExtensionNode | InterfaceTypeExtensionNode):
        return
    if definition.interfaces:
        message = "an extension cannot implement an interface"
        yield partial(_refuse, definition.interfaces[0], message)
        return
    for field in definition.fields or ():
        yield partial(_field, definition, field)


def _refuse(node: Node, message: str) -> NoReturn:
    raise Wrong(node, message)


def _field(
    extension: ObjectTypeExtensionNode | InterfaceTypeExtensionNode, field: FieldDefinitionNode
) -> Written:
    _check_names(field)
    if not any(one.name.value == "call" for one in field.directives or ()):
        return field_rule(extension, field)
    if extension.name.value in _ROOTS:
        root = extension.name.value
        raise Wrong(extension.name, f"{root} has no value to pass on; its fields are the functions")
    return call_of(extension, field)


def call_of(
    extension: ObjectTypeExtensionNode | InterfaceTypeExtensionNode, field: FieldDefinitionNode
) -> Call:
    """The field that joins, as its `@call` says. Raises `Wrong`."""
    directive = _directive(field)
    written = {one.name.value: one for one in directive.arguments or ()}
    for name, argument in written.items():
        if name not in _GIVEN:
            raise Wrong(argument, f"@call takes no {name!r}{near(name, _GIVEN)}")
    if "function" not in written:
        raise Wrong(directive, '@call needs a function: "upstream.function"')
    if isinstance(field.type, NonNullTypeNode):
        raise Wrong(field.type, "a join may fail, and so may be null: leave out the last `!`")
    return Call(
        NamedTypeNode(name=extension.name, loc=extension.name.loc),
        isinstance(extension, InterfaceTypeExtensionNode),
        field,
        function=written["function"].value,
        arguments=_read(written, "args", _object) or ConstObjectValueNode(loc=directive.loc),
        match=_read(written, "match", _names),
        most=_read(written, "batchSize", _size),
        result=_read(written, "result", _path),
        written=written,
    )


def _check_names(field: FieldDefinitionNode) -> None:
    for argument in field.arguments or ():
        if argument.directives:
            raise Wrong(argument.directives[0], "arguments have no directives here")
    for name in (field.name, *(one.name for one in field.arguments or ())):
        try:
            assert_name(name.value)
        except GraphQLError as error:
            raise Wrong(name, error.message) from error
        if name.value.startswith("__"):
            raise Wrong(name, f"{name.value}: names with two underscores first are GraphQL's own")


def _directive(field: FieldDefinitionNode) -> ConstDirectiveNode:
    """The field's `@call`."""
    found: ConstDirectiveNode | None = None
    for directive in field.directives or ():
        match directive.name.value:
            case "call" if found is None:
                found = directive
            case "call":
                raise Wrong(directive, "one @call makes a field, not two")
            case "deprecated":
                pass
            case name:
                known = ("call", "deprecated")
                raise Wrong(
                    directive, f"there is no directive @{name} here{near(name, known, '@')}"
                )
    if found is None:
        raise Wrong(field, f"{field.name.value} needs a @call that says where its value is from")
    return found


def _read(
    written: dict[str, ConstArgumentNode], name: str, read: Callable[[ConstValueNode], Any]
) -> Any:
    return read(written[name].value) if name in written else None


def _object(node: ConstValueNode) -> ConstObjectValueNode:
    if not isinstance(node, ObjectValueNode):
        raise Wrong(node, 'args: an object is wanted, { id: "$parent.id" }')
    return node


def _names(node: ConstValueNode) -> tuple[str, ...]:
    """ "a, b" and ["a", "b"] -> "a", "b"."""
    nodes = node.values if isinstance(node, ListValueNode) else (node,)
    return tuple(name.strip() for one in nodes for name in _text(one).split(","))


def _path(node: ConstValueNode) -> tuple[str, ...]:
    return tuple(_text(node).split("."))


def _text(node: ConstValueNode) -> str:
    if not isinstance(node, StringValueNode) or not node.value.strip():
        raise Wrong(node, "the name of a field is wanted, as a string")
    return node.value


def _size(node: ConstValueNode) -> int:
    if not isinstance(node, IntValueNode) or int(node.value) < 1:
        raise Wrong(node, "batchSize: a whole number is wanted, at least 1")
    return int(node.value)
