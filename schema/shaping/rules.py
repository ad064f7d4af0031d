"""What SDL says of one thing: a type, or a field or value of one."""

from dataclasses import dataclass
from typing import TypeAlias

from graphql import (
    EnumTypeExtensionNode,
    InputObjectTypeExtensionNode,
    InputValueDefinitionNode,
    InterfaceTypeExtensionNode,
    NameNode,
    Node,
    ObjectTypeExtensionNode,
    StringValueNode,
    TypeNode,
    UnionTypeExtensionNode,
)

Extension: TypeAlias = (
    ObjectTypeExtensionNode
    | InterfaceTypeExtensionNode
    | InputObjectTypeExtensionNode
    | EnumTypeExtensionNode
    | UnionTypeExtensionNode
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One of them, as it is written."""

    on: Extension
    """What names the type."""
    member: NameNode | None
    """The field or value; None: the type itself is meant."""
    rename: StringValueNode | None
    hide: Node | None
    """Where it says so."""
    description: str | None
    deprecated: str | None
    """Why, where it is."""
    type: TypeNode | None = None
    """The field's type as it is restated."""
    arguments: tuple[InputValueDefinitionNode, ...] = ()
    """The field's arguments as they are restated."""
    merge: tuple[StringValueNode, ...] = ()
    """The names of other upstreams' types that are this one."""

    @property
    def place(self) -> Node:
        """What to point at when it is wrong."""
        return self.member or self.on.name
