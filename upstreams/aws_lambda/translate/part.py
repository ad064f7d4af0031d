"""What one source says of functions, and how the keys of several are kept apart."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from msgspec.structs import replace

from upstreams.aws_lambda.model import Api, Binding
from upstreams.model import (
    ByShape,
    ByTag,
    EnumType,
    Field,
    Function,
    InterfaceType,
    Link,
    ListOf,
    MapOf,
    Named,
    ObjectType,
    Remark,
    Required,
    Resolution,
    Scalar,
    Skipped,
    TypeDef,
    TypeRef,
    UnionType,
    Value,
)


class Part(Value, frozen=True):
    """What one source says."""

    functions: tuple[tuple[str, Function[Binding]], ...] = ()
    """Each with the `Reference.text` of the Lambda function behind it."""
    types: tuple[TypeDef, ...] = ()
    apis: tuple[Api, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    degraded: tuple[Remark, ...] = ()
    assumed: tuple[Remark, ...] = ()
    links: tuple[Link, ...] = ()


LabelledT = TypeVar("LabelledT", bound=TypeDef | Function[Binding])


def told_apart(
    those: Sequence[LabelledT], source: Callable[[LabelledT], str]
) -> tuple[LabelledT, ...]:
    """Where several sources give one label, all but the first also have their source in scope."""
    first: dict[str, str] = {}
    found: list[LabelledT] = []
    for one in those:
        mine = source(one)
        taken = first.setdefault(one.label, mine) != mine
        found.append(replace(one, scope=(*one.scope, mine)) if taken else one)
    return tuple(found)


def source_of(one: TypeDef) -> str:
    """Which source a type is of: what `Keys` put before its key."""
    source, mark, _ = one.key.partition("#")
    return source if mark else ""


class Keys:
    """Puts the name of a source before the keys of its types."""

    def __init__(self, source: str) -> None:
        self._source = source

    def key(self, key: str) -> str:
        """`#/components/schemas/Pet` -> `a1b2c3#/components/schemas/Pet`"""
        return f"{self._source}{key}" if key.startswith("#") else f"{self._source}#{key}"

    def ref(self, ref: TypeRef) -> TypeRef:
        """The same reference, to the key as it is now."""
        match ref:
            case Named(key):
                return Named(self.key(key))
            case Scalar():
                return ref
            case ListOf(of):
                return ListOf(self.ref(of))
            case MapOf(of):
                return MapOf(self.ref(of))
            case Required(of):
                return Required(self.ref(of))

    def fields(self, fields: tuple[Field, ...]) -> tuple[Field, ...]:
        """The same fields, of types as they are now."""
        return tuple(replace(one, type=self.ref(one.type)) for one in fields)

    def type(self, one: TypeDef) -> TypeDef:
        """The same type under its key now."""
        named = replace(one, key=self.key(one.key))
        match named:
            case EnumType():
                return named
            case UnionType(members=members, resolution=resolution):
                mine = tuple(map(self.key, members))
                return replace(named, members=mine, resolution=self._resolution(resolution))
            case ObjectType() | InterfaceType():
                up = tuple(map(self.key, named.implements))
                full = replace(named, fields=self.fields(named.fields), implements=up)
                if isinstance(full, InterfaceType):
                    return replace(full, resolution=self._resolution(full.resolution))
                return full
            case _:
                return replace(named, fields=self.fields(named.fields))

    def _resolution(self, resolution: Resolution) -> Resolution:
        match resolution:
            case ByTag(field, members):
                return ByTag(field, tuple((tag, self.key(key)) for tag, key in members))
            case ByShape(members):
                return ByShape(tuple((self.key(key), fields) for key, fields in members))

    def remark(self, one: Remark) -> Remark:
        """The same remark, at a place in this source."""
        return replace(one, at=self.key(one.at))

    def remarks(self, those: tuple[Remark, ...]) -> tuple[Remark, ...]:
        """The same remarks, at places in this source."""
        return tuple(map(self.remark, those))

    def link(self, one: Link, name: Callable[[str], str]) -> Link:
        """The same link, between functions as they are called now."""
        origin = name(one.origin) if one.origin else ""
        return replace(one, on=self.key(one.on), function=name(one.function), origin=origin)
