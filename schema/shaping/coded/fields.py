"""The fields that users' classes add, on the types that they are for."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from graphql import NamedTypeNode, NameNode

from schema.extend.model import Problem, Wrong
from schema.extend.world import Having, Typed, Waiting, World
from schema.shaping.coded.model import Coded, CodedField
from schema.shaping.coded.needs import Enums, Needs, Unread
from schema.shaping.shapes import TypeKey
from upstreams.model import InterfaceType, Named

Taken: TypeAlias = Callable[[str, Having], Iterable[str]]
"""The names of the fields that a type of an upstream has, however it came by them."""


@dataclass(slots=True)
class CodedFields:
    """What came of all that are written."""

    fields: defaultdict[TypeKey, list[CodedField]] = field(
        default_factory=lambda: defaultdict(list)
    )
    problems: dict[Problem, None] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)


def coded(written: Sequence[Coded], world: World, taken: Taken, enums: Enums) -> CodedFields:
    """The fields by their types; one that cannot work is a problem, and is not there."""
    found = CodedFields()
    for one in written:
        try:
            for upstream, having in tuple(_having(one, world)):
                needs = Needs(one, world, Typed(upstream, Named(having.key)), enums)
                made = _made(one, needs, set(taken(upstream, having)), found)
                found.fields[upstream, having.key] += made
        except (Wrong, Unread) as wrong:
            found.problems[Problem(one.at, str(wrong))] = None
        except Waiting:
            found.waiting.append(one.at)
    return found


def _having(one: Coded, world: World) -> Iterator[tuple[str, Having]]:
    """The type, and all that have its fields where it is an interface."""
    node = NamedTypeNode(name=NameNode(value=one.name))
    first = world.definition(world.known(node)[0])
    return world.having(node, interface=isinstance(first, InterfaceType))


def _made(one: Coded, needs: Needs, taken: set[str], found: CodedFields) -> Iterator[CodedField]:
    for name, written in one.fields.items():
        if name in taken:
            message = f"{one.name} has a field {name} already"
            found.problems[Problem(one.places[name], message)] = None
        else:
            yield CodedField(name, written, needs.steps, needs.make)
