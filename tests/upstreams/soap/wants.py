"""What an operation may want of a function's answer, made up from a catalog's types."""

from collections.abc import Iterator, Mapping
from functools import partial
from random import Random
from typing import Any

from schema.enums import Enum
from schema.scalars import SCALARS
from upstreams.model import (
    ByTag,
    EnumType,
    Field,
    Function,
    InterfaceType,
    ListOf,
    Named,
    ObjectType,
    Required,
    Scalar,
    TypeDef,
    TypeRef,
    UnionType,
    nullable,
)
from upstreams.shape import Constant, Leaf, Many, Object, Part, Slot, Steps, Varied, Wanted
from upstreams.soap.model import SoapCatalog

DEEPEST = 3
"""How many objects may be in one another."""


class Wants:
    """Makes up what is wanted."""

    def __init__(self, catalog: SoapCatalog, random: Random) -> None:
        self._types: Mapping[str, TypeDef] = {each.key: each for each in catalog.types}
        self._random = random
        self._slots = 0

    def of(self, function: Function) -> Wanted:
        """What is wanted of a function's value."""
        return self._wanted(function.returns, 0)

    def _wanted(self, ref: TypeRef, depth: int) -> Wanted:
        match nullable(ref):
            case ListOf(of):
                return Many(self._wanted(of, depth), isinstance(of, Required))
            case Scalar(kind):
                return Leaf(kind, SCALARS[kind].coerce_output_value)
            case Named(key):
                return self._named(self._types[key], depth)
            case _:
                raise AssertionError("SOAP has no maps")

    def _named(self, found: TypeDef, depth: int) -> Wanted:
        match found:
            case EnumType(values=values):
                write = Enum("Colour", found).coerce_output_value
                return Leaf(None, write, {str(each.value): write(each.value) for each in values})
            case ObjectType():
                return self._object(found, depth)
            case (
                InterfaceType(resolution=ByTag(field, members))
                | UnionType(resolution=ByTag(field, members))
            ):
                names = {tag: self._types[key].label for tag, key in members}
                objects = {
                    self._types[key].label: self._named(self._types[key], depth)
                    for _, key in members
                }
                return Varied(objects, partial(_resolved, field, names), field, names)  # type: ignore[arg-type]  # objects they are
            case _:
                raise AssertionError(found)

    def _object(self, found: ObjectType, depth: int) -> Object:
        fields = [each for each in found.fields if depth < DEEPEST or self._is_leaf(each)]
        chosen = [each for each in fields if self._random.random() < 0.6] or fields[:1]
        self._random.shuffle(chosen)
        twice = chosen[:1] if self._random.random() < 0.3 else []
        parts = [self._part(f"k{place}", each, depth) for place, each in enumerate(chosen + twice)]
        if self._random.random() < 0.3:
            parts.append(Part("__typename", "", Constant(found.label), required=True))
        if self._random.random() < 0.3:
            parts.append(Part("join", "", self._slot(found), required=False))
        return Object(found.label, tuple(parts))

    def _part(self, key: str, field: Field, depth: int) -> Part:
        wanted = self._wanted(field.type, depth + 1)
        return Part(key, field.name, wanted, isinstance(field.type, Required))

    def _slot(self, found: ObjectType) -> Slot:
        self._slots += 1
        times = self._random.randint(0, 2) if found.fields else 0
        needs = tuple(self._path(found) for _ in range(times))
        return Slot(self._slots - 1, needs)

    def _path(self, found: ObjectType) -> Steps:
        """To what a join may need: a field, or one of an object there."""
        field = self._random.choice(found.fields)
        inner = nullable(field.type)
        below = self._types.get(inner.key) if isinstance(inner, Named) else None
        if isinstance(below, ObjectType) and below.fields and self._random.random() < 0.8:
            return (field.name, self._random.choice(below.fields).name)
        return (field.name,)

    def _is_leaf(self, field: Field) -> bool:
        inner = nullable(field.type)
        if isinstance(inner, Named):
            return isinstance(self._types[inner.key], EnumType)
        return isinstance(inner, Scalar)


def _resolved(field: str, names: Mapping[str, str], value: Any) -> str:
    return names[value[field]]


def paths(wanted: Wanted | Constant | Slot) -> Iterator[Steps]:
    """The paths of all that is wanted, as `Call.selection` has them, in steps."""
    match wanted:
        case Many(of):
            yield from paths(of)
        case Object(parts=parts):
            for part in parts:
                yield from _paths(part)
        case Varied(objects=objects):
            for each in objects.values():
                yield from paths(each)
        case _:
            yield ()


def _paths(part: Part) -> Iterator[Steps]:
    if isinstance(part.of, Slot):
        yield from part.of.needs
    elif part.name:
        yield from ((part.name, *path) for path in tuple(paths(part.of)) or ((),))
