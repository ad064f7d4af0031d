"""How to tell which of several alternatives a value is."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from upstreams.json_schema.naming import own_name
from upstreams.json_schema.place import Place
from upstreams.json_schema.reading import Schema
from upstreams.model import ByShape, ByTag, Resolution


@dataclass(frozen=True, slots=True)
class Alternative:
    """One thing a value may be, and what an instance of it looks like."""

    key: str
    """Of its type in the catalog."""
    name: str
    """The schema's own name; empty where it has none."""
    always: tuple[str, ...]
    """The fields every instance has."""
    tags: dict[str, tuple[str, ...]]
    """Fields that only have certain texts in it, and which."""


def resolution(union: Schema, alternatives: Sequence[Alternative]) -> Resolution:
    """By a tag, where the description or the alternatives themselves name one; else by shape."""
    found = next(_by_tag(union, alternatives), None)
    return found or _by_shape(alternatives)


def ambiguous(found: Resolution) -> list[str]:
    """The keys of types that no value is taken for, because another one looks the same."""
    if isinstance(found, ByTag):
        return []
    seen: set[frozenset[str]] = set()
    hidden = []
    for key, always in found.members:
        if frozenset(always) in seen:
            hidden.append(key)
        seen.add(frozenset(always))
    return hidden


def _by_tag(union: Schema, alternatives: Sequence[Alternative]) -> Iterator[ByTag]:
    if field := discriminator(union):
        mapping = _mapping(union)
        pairs = [
            (tag, one.key)
            for one in alternatives
            for tag in mapping.get(one.name) or one.tags.get(field) or (one.name,)
        ]
        if all(tag for tag, _ in pairs):
            yield ByTag(field, tuple(pairs))
    for field in alternatives[0].tags:
        pairs = [(tag, one.key) for one in alternatives for tag in one.tags.get(field, ())]
        tags = [tag for tag, _ in pairs]
        if len(tags) == len(set(tags)) and all(field in one.tags for one in alternatives):
            yield ByTag(field, tuple(pairs))


def _by_shape(alternatives: Sequence[Alternative]) -> ByShape:
    telling = sorted(alternatives, key=lambda one: -len(one.always))
    return ByShape(tuple((one.key, one.always) for one in telling))


def discriminator(union: Schema) -> str:
    """The field that names the type (OpenAPI section 4.8.25); in 2.0 it stands there bare."""
    place = union.first("discriminator")
    if place is None:
        return ""
    return place.value if isinstance(place.value, str) else place.text("propertyName")


def _mapping(union: Schema) -> dict[str, tuple[str, ...]]:
    """The tags of each schema, by its name."""
    place = union.first("discriminator") or Place(None)
    found: dict[str, tuple[str, ...]] = {}
    for tag, target in place.child("mapping").children():
        name = _target(str(target.value))
        found[name] = (*found.get(name, ()), tag)
    return found


def _target(written: str) -> str:
    """`#/components/schemas/Cat` -> `Cat`, `schemas/Cat.yaml` -> `Cat`, `Cat` -> `Cat`"""
    file, _, pointer = written.partition("#")
    if pointer:
        return own_name(Place(None, file or "", pointer)) or pointer.rpartition("/")[2]
    return re.sub(r"\.(json|ya?ml)$", "", file.rpartition("/")[2])
