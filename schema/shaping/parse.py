"""SDL into rules: what can be told of them before any upstream is known."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from graphql import (
    DEFAULT_DEPRECATION_REASON,
    ConstDirectiveNode,
    EnumTypeExtensionNode,
    EnumValueDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeExtensionNode,
    InputValueDefinitionNode,
    InterfaceTypeExtensionNode,
    ListValueNode,
    ObjectTypeExtensionNode,
    StringValueNode,
    UnionTypeExtensionNode,
)

from schema.extend.model import Wrong, near
from schema.names import is_name
from schema.shaping.computed import Computed
from schema.shaping.rules import Extension, Rule

EXTENSIONS = (
    ObjectTypeExtensionNode,
    InterfaceTypeExtensionNode,
    InputObjectTypeExtensionNode,
    EnumTypeExtensionNode,
    UnionTypeExtensionNode,
)
_OF_TYPES = ("rename", "hide", "describe", "merge")
_OF_MEMBERS = ("rename", "hide", "deprecated")
_OF_FIELDS = ("call", "computed", *_OF_MEMBERS)
_OF_COMPUTED = ("computed", "deprecated")
_GIVEN = {
    "rename": ("to",),
    "describe": ("as",),
    "deprecated": ("reason",),
    "hide": (),
    "computed": ("value",),
    "merge": ("with",),
}
"""What each takes."""

Directives = Mapping[str, ConstDirectiveNode]


def rules(extension: Extension) -> Iterator[Callable[[], Rule]]:
    """A reading for what is said of the type, and for each input field and value of it.

    Each raises `Wrong`.
    """
    if extension.directives:
        yield partial(_type_rule, extension)
    if isinstance(extension, EnumTypeExtensionNode):
        yield from (partial(_member_rule, extension, one) for one in extension.values or ())
    elif isinstance(extension, InputObjectTypeExtensionNode):
        yield from (partial(_member_rule, extension, one) for one in extension.fields or ())
    elif isinstance(extension, UnionTypeExtensionNode) and extension.types:
        yield partial(_no_members, extension)


def field_rule(
    extension: ObjectTypeExtensionNode | InterfaceTypeExtensionNode, field: FieldDefinitionNode
) -> Rule | Computed:
    """What is said of a field that is there, or of one that is computed. Raises `Wrong`."""
    found = _read(field.directives, _OF_FIELDS)
    if "computed" in found:
        return _computed(extension, field)
    rule = _ruled(extension, field, found)
    if not (_says_something(rule) or any(_is_told(one) for one in rule.arguments)):
        raise Wrong(
            field,
            f"nothing is said of {field.name.value}: a new field needs a @call that says where its"
            " value is from, one that is there @rename, @hide, @deprecated or a description",
        )
    return rule


def _computed(
    extension: ObjectTypeExtensionNode | InterfaceTypeExtensionNode, field: FieldDefinitionNode
) -> Computed:
    found = _read(field.directives, _OF_COMPUTED)
    if field.arguments:
        raise Wrong(field.arguments[0], "a computed field has no arguments")
    return Computed(extension, field, _text(found["computed"], "value"), _reason(found))


def _type_rule(extension: Extension) -> Rule:
    found = _read(extension.directives, _OF_TYPES)
    described = _text(found["describe"], "as") if "describe" in found else None
    return Rule(
        extension,
        None,
        _name(found),
        found.get("hide"),
        described.value if described else None,
        None,
        merge=_texts(found["merge"], "with") if "merge" in found else (),
    )


def _member_rule(
    extension: Extension, member: EnumValueDefinitionNode | InputValueDefinitionNode
) -> Rule:
    rule = _ruled(extension, member, _read(member.directives, _OF_MEMBERS))
    if isinstance(member, InputValueDefinitionNode) and member.default_value:
        raise Wrong(member.default_value, "fields of inputs get no defaults here, arguments do")
    if not _says_something(rule):
        raise Wrong(member, f"nothing is said of {member.name.value}: @rename, @hide, @deprecated")
    return rule


def _no_members(extension: UnionTypeExtensionNode) -> Rule:
    raise Wrong(extension.name, "an extension cannot add members to a union")


def _ruled(
    extension: Extension,
    member: FieldDefinitionNode | EnumValueDefinitionNode | InputValueDefinitionNode,
    found: Directives,
) -> Rule:
    return Rule(
        extension,
        member.name,
        _name(found),
        found.get("hide"),
        member.description.value if member.description else None,
        _reason(found),
        None if isinstance(member, EnumValueDefinitionNode) else member.type,
        tuple(member.arguments or ()) if isinstance(member, FieldDefinitionNode) else (),
    )


def _says_something(rule: Rule) -> bool:
    told = (rule.rename, rule.hide, rule.description, rule.deprecated)
    return any(one is not None for one in told)


def _is_told(argument: InputValueDefinitionNode) -> bool:
    """Whether anything new is said of an argument."""
    return argument.default_value is not None or argument.description is not None


def _read(directives: Sequence[ConstDirectiveNode] | None, known: Sequence[str]) -> Directives:
    """The directives by name. Raises `Wrong` for what is not known here."""
    found: dict[str, ConstDirectiveNode] = {}
    for one in directives or ():
        name = one.name.value
        if name not in known:
            raise Wrong(one, f"there is no directive @{name} here{near(name, known, '@')}")
        if name in found:
            raise Wrong(one, f"@{name} is written twice")
        for argument in one.arguments or ():
            if argument.name.value not in _GIVEN[name]:
                hint = near(argument.name.value, _GIVEN[name])
                raise Wrong(argument, f"@{name} takes no {argument.name.value!r}{hint}")
        found[name] = one
    return found


def _name(found: Directives) -> StringValueNode | None:
    """What `@rename` says."""
    if "rename" not in found:
        return None
    name = _text(found["rename"], "to")
    if not is_name(name.value):
        raise Wrong(name, f"{name.value!r:.80} is no name that GraphQL allows")
    return name


def _reason(found: Directives) -> str | None:
    """Why something is deprecated; None when it is not."""
    if "deprecated" not in found:
        return None
    if not found["deprecated"].arguments:
        return DEFAULT_DEPRECATION_REASON
    return _text(found["deprecated"], "reason").value


def _texts(directive: ConstDirectiveNode, name: str) -> tuple[StringValueNode, ...]:
    """The texts that a directive is given, or the one."""
    for one in directive.arguments or ():
        nodes = one.value.values if isinstance(one.value, ListValueNode) else (one.value,)
        texts = tuple(node for node in nodes if isinstance(node, StringValueNode))
        if one.name.value == name and texts and len(texts) == len(nodes):
            return texts
    raise Wrong(directive, f'@{directive.name.value} needs names: {name}: ["…"]')


def _text(directive: ConstDirectiveNode, name: str) -> StringValueNode:
    """The text that a directive is given."""
    for one in directive.arguments or ():
        if one.name.value == name and isinstance(one.value, StringValueNode):
            return one.value
    raise Wrong(directive, f'@{directive.name.value} needs a text: {name}: "…"')
