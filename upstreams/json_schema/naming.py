"""The names that a description gives its schemas."""

import posixpath
import re

from upstreams.json_schema.place import Place, unescaped

_NAMING = frozenset({"definitions", "$defs", "schemas"})
"""What holds schemas by their names; so does whatever stands in `components`."""
_PART = re.compile(r"(?:/allOf/\d+)+$")
"""What a schema is put together from, which has no name of its own."""
_WORD = re.compile(r"[^\W_]+")


def pascal(text: str) -> str:
    """`home_address` -> `HomeAddress`"""
    return "".join(word[0].upper() + word[1:] for word in _WORD.findall(text))


def camel(text: str) -> str:
    """`Home address` -> `homeAddress`"""
    found = pascal(text)
    return found[:1].lower() + found[1:]


def own_name(place: Place) -> str:
    """What the description calls a schema, if it stands where schemas have names."""
    around, _, name = place.pointer.rpartition("/")
    if _holds_names(around):
        return unescaped(name)
    if place.document and place.pointer.count("/") == 1:
        return unescaped(place.pointer[1:])
    if place.document and not place.pointer:
        return posixpath.basename(place.document).partition(".")[0]
    return ""


def _holds_names(pointer: str) -> bool:
    further, _, name = pointer.rpartition("/")
    return name in _NAMING or further.endswith("/components")


def owner(place: Place) -> str:
    """The own name of the schema that a property is declared in; empty where it has none."""
    declared = place.pointer.rpartition("/")[0].removesuffix("/properties")
    return own_name(Place(None, place.document, _PART.sub("", declared)))


def scope(place: Place) -> tuple[str, ...]:
    """What a schema's own name stands in: the schema around it, or another document."""
    holder = place.pointer.rpartition("/")[0]
    if _holds_names(holder):
        further = holder.rpartition("/")[0].removesuffix("/components")
        if around := own_name(Place(None, place.document, further)):
            return (around,)
    return (posixpath.basename(place.document).partition(".")[0],) if place.document else ()
