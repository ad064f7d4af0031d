"""How to tell which of several alternatives a value is."""

import re
from collections import Counter
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


def _by_tag(union: Schema, alternatives: Sequence[Alternative]) -> Iterator[ByTag]:
    if field := discriminator(union):
        pairs = tuple(_named(union, field, alternatives))
        if all(tag for tag, _ in pairs):
            yield ByTag(field, pairs)
    for field in alternatives[0].tags:
        pairs = tuple((tag, one.key) for one in alternatives for tag in one.tags.get(field, ()))
        tags = [tag for tag, _ in pairs]
        if len(tags) == len(set(tags)) and all(field in one.tags for one in alternatives):
            yield ByTag(field, pairs)


def _named(
    union: Schema, field: str, alternatives: Sequence[Alternative]
) -> Iterator[tuple[str, str]]:
    """The tags of each alternative: by the mapping, by its own constants, or by its name."""
    mapping = _mapping(union)
    shared = Counter(tag for one in alternatives for tag in one.tags.get(field, ()))
    for one in alternatives:
        texts = one.tags.get(field, ())
        own = tuple(tag for tag in texts if shared[tag] == 1)
        for tag in mapping.get(one.name) or own or _spelt(one.name, texts):
            yield tag, one.key


def _spelt(name: str, texts: tuple[str, ...]) -> tuple[str, ...]:
    """The name of a schema as the field spells it: `Cat` of `cat` and `dog` -> `cat`"""
    found = tuple(text for text in texts if text.lower() == name.lower())
    return found if len(found) == 1 else (name,)


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
