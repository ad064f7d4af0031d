"""Structs made for one operation: what is decoded, what is encoded, or both."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Raw

from upstreams.json_shape.reading import Named
from upstreams.shape import Steps


class UnfitError(Exception):
    """What is wanted has no shape of this kind."""


def attributes(names: Iterable[str]) -> dict[str, str]:
    """What the fields of a struct are called, by what they are called in JSON."""
    return {name: f"f{place}" for place, name in enumerate(names)}


def decoded(
    fields: Mapping[str, str], named: Mapping[str, Named], tag: Mapping[str, str] | None = None
) -> type[msgspec.Struct]:
    """What an object is decoded as; fields that nothing is read for keep what is there as text.

    `fields` are its attributes by name, `tag` what tells it from others. Raises `UnfitError`.
    """
    made: list[Any] = []
    for name, attribute in fields.items():
        one = named.get(name)
        if one is not None and one.reading.required:
            made.append((attribute, one.reading.type))
        else:
            made.append((attribute, Raw if one is None else one.reading.type, None))
    return _struct(fields, made, kw_only=True, **(tag or {}))


def encoded(names: Iterable[str]) -> type[msgspec.Struct]:
    """What is encoded as an object of these fields, made of their values in this order."""
    named = attributes(names)
    return _struct(named, [(attribute, Any) for attribute in named.values()])


def within(of: Any, steps: Steps) -> Any:
    """The type in objects one in the other, each in the only field of the one around it."""
    for step in reversed(steps):
        of = _struct({step: "f0"}, [("f0", of, None)]) | None
    return of


def _struct(named: Mapping[str, str], fields: list[Any], **options: Any) -> type[msgspec.Struct]:
    for name in named:
        if not is_plain(name):
            raise UnfitError(f"{name!a:.60} cannot name a field")
    rename = {attribute: name for name, attribute in named.items()}
    return msgspec.defstruct("Object", fields, rename=rename, gc=False, **options)


def is_plain(name: str) -> bool:
    """Whether msgspec takes a text as the name of a field."""
    return name.isprintable() and '"' not in name and "\\" not in name
