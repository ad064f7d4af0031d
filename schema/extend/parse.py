"""SDL into calls: what can be told of extensions before any upstream is known.

extend type Order {
  customer: Customer @call(function: "crm.getCustomer", args: { id: "$parent.customerId" })
}
"""

import difflib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

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
    NonNullTypeNode,
    ObjectTypeExtensionNode,
    ObjectValueNode,
    Source,
    StringValueNode,
    assert_name,
    parse,
)

from schema.extend.model import Call, ExtensionError, Problem, Wrong, place_of

MOST_TOKENS = 100_000
"""How many tokens one file may have."""
_GIVEN = ("function", "args", "match", "batchSize", "result")
"""What `@call` takes."""
_ROOTS = ("Query", "Mutation", "Subscription")


def parsed(texts: Iterable[tuple[str, str]]) -> tuple[Call, ...]:
    """The calls in texts of SDL, each beside the name of its file. Raises `ExtensionError`."""
    problems: list[Problem] = []
    calls = [call for file, text in texts for call in _file(file, text, problems)]
    if problems:
        raise ExtensionError(problems)
    return tuple(calls)


def _file(file: str, text: str, problems: list[Problem]) -> Iterator[Call]:
    try:
        document = parse(Source(text, file), max_tokens=MOST_TOKENS)
    except GraphQLSyntaxError as error:
        message = error.message.removeprefix("Syntax Error: ")
        problems.append(Problem(place_of(error, file), f"not SDL: {message}"))
        return
    for definition in document.definitions:
        try:
            extension = _extension(definition)
        except Wrong as wrong:
            problems.append(Problem(wrong.at, wrong.message))
            continue
        for field in extension.fields or ():
            try:
                yield _call(extension, field)
            except Wrong as wrong:
                problems.append(Problem(wrong.at, wrong.message))


def _extension(
    definition: DefinitionNode,
) -> ObjectTypeExtensionNode | InterfaceTypeExtensionNode:
    if not isinstance(definition, ObjectTypeExtensionNode | InterfaceTypeExtensionNode):
        raise Wrong(definition, "only `extend type` and `extend interface` are known here")
    if definition.interfaces:
        raise Wrong(definition.interfaces[0], "an extension cannot implement an interface")
    if definition.directives:
        raise Wrong(definition.directives[0], "types have no directives here, their fields do")
    if definition.name.value in _ROOTS:
        raise Wrong(
            definition.name,
            f"{definition.name.value} has no value to pass on; its fields are the functions",
        )
    return definition


def _call(
    extension: ObjectTypeExtensionNode | InterfaceTypeExtensionNode, field: FieldDefinitionNode
) -> Call:
    _check_names(field)
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


def near(name: str, known: Iterable[str], mark: str = "") -> str:
    """What may have been meant, as the end of a sentence; empty where nothing is like it."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean {mark}{found[0]}?" if found else ""
