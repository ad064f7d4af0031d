"""What rules come to: how each type, field and value is shown."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from graphql import ConstValueNode

from schema.extend.model import Problem

TypeKey: TypeAlias = tuple[str, str]
"""The upstream and the key of a type."""


@dataclass(frozen=True, slots=True)
class ArgumentShape:
    """How one argument is shown."""

    hidden: bool = False
    default: ConstValueNode | None = None
    """What the gateway sends where a client says nothing."""
    description: str | None = None


@dataclass(frozen=True, slots=True)
class MemberShape:
    """How one field or value is shown; None: as it is without."""

    name: str | None = None
    hidden: bool = False
    description: str | None = None
    deprecated: str | None = None
    arguments: Mapping[str, ArgumentShape] = field(default_factory=dict)
    """By name."""


@dataclass(frozen=True, slots=True)
class TypeShape:
    """How one type is shown."""

    name: str | None = None
    hidden: bool = False
    description: str | None = None
    members: Mapping[str, MemberShape] = field(default_factory=dict)
    """By the names that they have without."""

    def shown(self, names: Iterable[str]) -> Iterator[tuple[str, str, MemberShape]]:
        """Each name that is not hidden, the one clients see, and the rest of what is said."""
        for name in names:
            shape = self.members.get(name, AS_IT_IS)
            if not shape.hidden:
                yield name, shape.name or name, shape


AS_IT_IS = MemberShape()
PLAIN = TypeShape()


@dataclass(frozen=True, slots=True)
class Shapes:
    """Everything that is shown otherwise than it would be."""

    types: Mapping[TypeKey, TypeShape] = field(default_factory=dict)
    roots: Mapping[str, TypeShape] = field(default_factory=dict)
    """Of types whose fields call functions, by name: `Query`, `BankQuery`."""
    problems: tuple[Problem, ...] = ()
    waiting: tuple[str, ...] = ()
    """Where things are spoken of that an upstream which is not discovered yet may have."""
    notes: tuple[str, ...] = ()
    """What is not shown because of something else that is not."""

    def of(self, upstream: str, key: str) -> TypeShape:
        """How a type is shown."""
        return self.types.get((upstream, key), PLAIN)

    def root(self, name: str) -> TypeShape:
        """How a type whose fields call functions is shown."""
        return self.roots.get(name, PLAIN)
