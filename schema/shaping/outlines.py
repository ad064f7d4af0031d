"""What clients see of types, so that types of several upstreams can be compared."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias

from schema.extend.world import World
from schema.maps import TypeNames, spelled
from schema.shaping.members import of_type
from schema.shaping.shapes import TypeKey
from upstreams.model import (
    InputType,
    InterfaceType,
    Named,
    ObjectType,
    TypeDef,
    TypeRef,
    UnionType,
    innermost,
)

Outline: TypeAlias = Mapping[str, str]
"""What each part is, by what it is called: `field name` is `String!`, `value OPEN` is nothing."""

_KINDS = {ObjectType: "type", InterfaceType: "interface", UnionType: "union", InputType: "input"}


class _Part(NamedTuple):
    """One part, where the names of types are not yet known."""

    what: str
    ref: TypeRef | None = None
    """Its type; of a part without a name, what it is."""
    told: str = ""
    """What else is told of it."""

    def spelled(self, names: TypeNames) -> tuple[str, str]:
        """What it is called, and what it is."""
        if self.ref is None:
            return self.what, self.told
        shown = spelled(self.ref, names)
        return (
            (f"{self.what}{shown}", "") if self.what[-1] == " " else (self.what, shown + self.told)
        )


class Outlines:
    """The outlines of types, looked up once; types may have other names each time."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._parts: dict[TypeKey, tuple[_Part, ...]] = {}

    def of(self, key: TypeKey, names: Mapping[str, TypeNames]) -> Outline:
        """That of one type, if types have those names; equal types have equal ones."""
        return dict(part.spelled(names[key[0]]) for part in self._of(key))

    def leads(self, key: TypeKey) -> Iterator[TypeKey]:
        """The types that its parts lead to."""
        for part in self._of(key):
            leaf = part.ref and innermost(part.ref)
            if isinstance(leaf, Named):
                yield key[0], leaf.key

    def _of(self, key: TypeKey) -> tuple[_Part, ...]:
        if key not in self._parts:
            definition = self._world.types(key[0])[key[1]]
            self._parts[key] = tuple(_parts(self._world, key[0], definition))
        return self._parts[key]


def difference(one: str, first: Outline, other: str, second: Outline) -> str:
    """The first thing in which two types differ, as a sentence; empty where they do not."""
    for what, told in first.items():
        if what not in second:
            return f"{other} has no {what}"
        if second[what] != told:
            return f"{what} is {second[what]} in {other}, {told} in {one}"
    return next((f"{one} has no {what}" for what in second if what not in first), "")


def _parts(world: World, upstream: str, definition: TypeDef) -> Iterator[_Part]:
    yield _Part("kind", told=_kind(definition))
    if isinstance(definition, UnionType):
        yield from (_Part("member ", Named(key)) for key in definition.members)
    if isinstance(definition, ObjectType | InterfaceType):
        yield from (_Part("interface ", Named(key)) for key in definition.implements)
    for name, known in of_type(world, upstream, definition).items():
        if known.typed is None:
            yield _Part(f"value {name}")
            continue
        yield _Part(f"field {name}", known.typed.ref)
        for argument, one in known.arguments.items():
            assumed = "" if one.default is None else f" = {one.default}"
            yield _Part(f"argument {argument} of {name}", one.type, assumed)


def _kind(definition: TypeDef) -> str:
    """What the type is in SDL, and what else a client must know to write or read one."""
    match definition:
        case InputType(one_of=True):
            return "input @oneOf"
        case ObjectType(box=True):
            return "a value without fields"
        case _:
            return _KINDS.get(type(definition), "enum")
