"""What could be wanted of a type, drawn for property tests."""

from collections.abc import Iterator
from functools import partial
from typing import Any, cast

from hypothesis import strategies as st

from schema.enums import Enum
from schema.resolution import ByTagField
from schema.scalars import SCALARS
from upstreams.grpc.model import Binding, Wire
from upstreams.model import (
    ByTag,
    Catalog,
    EnumType,
    ListOf,
    MapOf,
    Named,
    ObjectType,
    Required,
    Scalar,
    ScalarKind,
    TypeDef,
    TypeRef,
    UnionType,
    nullable,
)
from upstreams.shape import Constant, Entries, Leaf, Many, Object, Part, Slot, Steps, Varied, Wanted

WIDTHS = (5, 3, 2, 0, 0)
"""How many parts an object has at most, by how deep it is."""
SLOTS = 3


class Wanting:
    """Draws what is wanted of the types of one catalog."""

    def __init__(self, data: st.DataObject, catalog: Catalog[Binding, Wire]) -> None:
        self._data = data
        self._types = {one.key: one for one in catalog.types}
        self._slots = iter(range(SLOTS))

    def of(self, ref: TypeRef, depth: int = 0) -> Wanted:
        """What is wanted of a value of that type, null aside."""
        match nullable(ref):
            case Scalar(kind):
                return Leaf(kind, SCALARS[kind].coerce_output_value)
            case Named(key):
                return self._named(self._types[key], depth)
            case ListOf(of):
                return Many(self.of(of, depth), isinstance(of, Required))
            case MapOf(of):
                return Entries(self._entry(of, depth))
            case other:
                raise AssertionError(other)

    def path(self, ref: TypeRef) -> tuple[Steps, TypeRef]:
        """A path to something below a value of that type, and the type that this has."""
        steps: Steps = ()
        while self._data.draw(st.booleans()) and (found := self._object_of(ref)):
            field = self._data.draw(st.sampled_from(found.fields))
            steps, ref = (*steps, field.name), field.type
        return steps, ref

    def _object_of(self, ref: TypeRef) -> ObjectType | None:
        found = nullable(ref)
        one = self._types[found.key] if isinstance(found, Named) else None
        return one if isinstance(one, ObjectType) and one.fields else None

    def _named(self, definition: TypeDef, depth: int) -> Wanted:
        match definition:
            case EnumType():
                enum = Enum("E", definition)
                return Leaf(None, enum.coerce_output_value, enum.texts)
            case ObjectType():
                return self._object(definition, depth)
            case UnionType(members=members, resolution=ByTag(tag, pairs)):
                objects = {key: self._member(key, depth) for key in members}
                resolve = partial(_resolved, ByTagField(tag, dict(pairs)))
                return Varied(objects, resolve, tag, dict(pairs))
            case other:
                raise AssertionError(other)

    def _member(self, key: str, depth: int) -> Object:
        return self._object(cast(ObjectType, self._types[key]), depth)

    def _object(self, definition: ObjectType, depth: int) -> Object:
        count = self._data.draw(st.integers(0, WIDTHS[depth]))
        parts = (self._part(definition, f"k{number}", depth) for number in range(count))
        return Object(definition.label, tuple(parts))

    def _part(self, definition: ObjectType, key: str, depth: int) -> Part:
        what = self._data.draw(st.integers(0, 9))
        if what == 0 or not definition.fields:
            return Part(key, "", Constant(definition.label), required=True)
        if what == 1 and (slot := next(self._slots, None)) is not None:
            shown = self._data.draw(st.booleans())
            return Part(key if shown else "", "", Slot(slot, self._needs(definition)), False)
        field = self._data.draw(st.sampled_from(definition.fields))
        required = isinstance(field.type, Required)
        return Part(key, field.name, self.of(field.type, depth + 1), required)

    def _needs(self, definition: ObjectType) -> tuple[Steps, ...]:
        paths = (
            self.path(Named(definition.key))[0] for _ in range(self._data.draw(st.integers(0, 2)))
        )
        return tuple(path for path in paths if path)

    def _entry(self, held: TypeRef, depth: int) -> Object:
        known = {
            "key": (Scalar(ScalarKind.STRING), True),
            "value": (held, isinstance(held, Required)),
        }
        names = self._data.draw(st.lists(st.sampled_from(["key", "value", ""]), max_size=3))
        return Object("Entry", tuple(self._entry_parts(names, known, depth)))

    def _entry_parts(self, names: list[str], known: Any, depth: int) -> Iterator[Part]:
        for number, name in enumerate(names):
            if not name:
                yield Part(f"k{number}", "", Constant("Entry"), required=True)
                continue
            ref, required = known[name]
            yield Part(f"k{number}", name, self.of(ref, depth + 1), required)


def _resolved(resolve: ByTagField, value: Any) -> str:
    return resolve(value, None, None)
