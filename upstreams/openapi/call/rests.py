"""Members of objects that no field declares, gathered under the one field that has the rest."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from upstreams.json_shape import objects
from upstreams.model import (
    ByTag,
    InputType,
    InterfaceType,
    ListOf,
    MapOf,
    Named,
    ObjectType,
    Required,
    Resolution,
    TypeDef,
    TypeRef,
    UnionType,
    innermost,
    nullable,
)
from upstreams.openapi.inputs import leading_to
from upstreams.openapi.model import TAG, OpenApiCatalog
from upstreams.shape import Slot, Wanted


class Rests:
    """The types of a catalog whose values have a rest, or hold one that has."""

    def __init__(self, catalog: OpenApiCatalog) -> None:
        self._names = dict(catalog.wire.rests)
        self._types = {one.key: one for one in catalog.types} if self._names else {}
        self._special = self._concerned()

    def concern(self, ref: TypeRef, wanted: Wanted) -> bool:
        """Whether what is wanted of a value of that type may show, or lead by, a rest.

        What slots need is not known by its types, so that any slot counts.
        """
        if not self._is_special(ref):
            return False
        names = frozenset(self._names.values())
        parts = (part for one in objects(wanted) for part in one.parts)
        return any(part.name in names or isinstance(part.of, Slot) for part in parts)

    def gathered(self, ref: TypeRef, value: Any) -> Any:
        """A value of that type; where it or what is in it has a rest, a copy with that gathered."""
        if value is None or not self._special:
            return value
        match ref:
            case Required(of=inner):
                return self.gathered(inner, value)
            case ListOf(of=inner) if isinstance(value, list) and self._is_special(inner):
                return [self.gathered(inner, one) for one in value]
            case MapOf(of=inner) if isinstance(value, dict) and self._is_special(inner):
                return {key: self.gathered(inner, one) for key, one in value.items()}
            case Named(key=key) if key in self._special:
                return self._named(self._types[key], value)
            case _:
                return value

    def _is_special(self, ref: TypeRef) -> bool:
        leaf = innermost(ref)
        return isinstance(leaf, Named) and leaf.key in self._special

    def _named(self, of: TypeDef, value: Any) -> Any:
        match of:
            case ObjectType(box=True, fields=fields):
                return self.gathered(fields[0].type, value)
            case ObjectType() if isinstance(value, dict):
                return self._object(of, value)
            case UnionType() | InterfaceType():
                key = self._member(of.resolution, value)
                return value if key is None else self.gathered(Named(key), value)
            case _:
                return value

    def _member(self, resolution: Resolution, value: Any) -> str | None:
        """The key of what a value is: an object, or one around it; None where it is neither."""
        if not isinstance(value, dict):
            return next((key for _, key in _members(resolution) if self._holds(key, value)), None)
        if isinstance(resolution, ByTag):
            tag = value.get(resolution.field)
            return next((key for known, key in resolution.members if known == tag), None)
        shapes = resolution.members
        return next((key for key, fields in shapes if all(one in value for one in fields)), None)

    def _holds(self, key: str, value: Any) -> bool:
        """Whether a type is an object around a list, as the value is one."""
        found = self._types[key]
        if not isinstance(found, ObjectType) or not found.box:
            return False
        return isinstance(value, list) and isinstance(nullable(found.fields[0].type), ListOf)

    def _object(self, of: ObjectType, value: dict[str, Any]) -> dict[str, Any]:
        found, rest = dict(value), self._names.get(of.key)
        if rest is not None:
            declared = {TAG, *(field.name for field in of.fields if field.name != rest)}
            found[rest] = {name: one for name, one in value.items() if name not in declared}
        for field in of.fields:
            if field.name in found:
                found[field.name] = self.gathered(field.type, found[field.name])
        return found

    def _concerned(self) -> frozenset[str]:
        """The keys of types that have a rest, or hold one that has."""
        holders: defaultdict[str, list[str]] = defaultdict(list)
        for one in self._types.values():
            for key in _held(one):
                holders[key].append(one.key)
        return leading_to(self._names, holders)


def _held(one: TypeDef) -> Iterator[str]:
    """The keys of the types that a value of one may hold, or be."""
    if isinstance(one, ObjectType | InterfaceType | InputType):
        leaves = (innermost(field.type) for field in one.fields)
        yield from (leaf.key for leaf in leaves if isinstance(leaf, Named))
    if isinstance(one, InterfaceType | UnionType):
        yield from (key for _, key in _members(one.resolution))


def _members(resolution: Resolution) -> Iterator[tuple[object, str]]:
    if isinstance(resolution, ByTag):
        yield from resolution.members
    else:
        yield from ((fields, key) for key, fields in resolution.members)
