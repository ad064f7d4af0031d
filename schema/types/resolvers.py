"""Which of an interface's or a union's types a value is, for every upstream that has it."""

from typing import cast

from schema.resolution import ByTagField, Resolver, by_shape
from schema.sources import BySource
from schema.types.known import Known
from upstreams.model import ByTag, InterfaceType, ObjectType, Resolution, TypeRef, UnionType


def type_resolver(known: Known, upstream: str, definition: InterfaceType | UnionType) -> Resolver:
    """What tells the name of a value's type, as clients call it."""
    sources = {
        owner: _own(known, owner, cast(UnionType, known.definitions[owner][key]).resolution)
        for owner, key in known.sources(upstream, definition.key)
    }
    return BySource(sources) if len(sources) > 1 else sources[upstream]


def _own(known: Known, upstream: str, resolution: Resolution) -> Resolver:
    """How one upstream's values tell it."""
    if isinstance(resolution, ByTag):
        return ByTagField(
            resolution.field,
            {tag: known.name(upstream, key) for tag, key in resolution.members},
        )
    boxes = [key for key, _ in resolution.members if known.is_box(upstream, key)]
    shapes = [
        (known.name(upstream, key), fields)
        for key, fields in resolution.members
        if key not in boxes
    ]
    return by_shape(shapes, [_box(known, upstream, key) for key in boxes])


def _box(known: Known, upstream: str, key: str) -> tuple[str, TypeRef]:
    definition = cast(ObjectType, known.definitions[upstream][key])
    return known.name(upstream, key), definition.fields[0].type
