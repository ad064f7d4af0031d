"""The names that a description gives its schemas."""

import posixpath
import re

from upstreams.json_schema.place import Documents, Place, escaped, unescaped

_NAMING = frozenset({"definitions", "$defs", "schemas"})
"""What holds schemas by their names; so does whatever stands in `components`."""
_PART = re.compile(r"(?:/allOf/\d+)+$")
"""What a schema is put together from, which has no name of its own."""
_INDEXED = re.compile(r"(?P<document>[^ #]*)#(?P<around>[^ ]*/parameters)/(?P<index>\d+)(?![^/ ])")
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


def lasting(at: str, documents: Documents) -> str:
    """Where a schema stands, whatever order the parameters of an operation are in.

    `#/paths/~1pets/get/parameters/0/schema` -> `#/paths/~1pets/get/parameters/limit/schema`
    """
    if "/parameters/" not in at:
        return at
    return _INDEXED.sub(lambda match: _by_name(match, documents), at)


def _by_name(match: re.Match[str], documents: Documents) -> str:
    """The place of a parameter by its name, and where several have it, by what it is `in` too."""
    document, around, index = match["document"], match["around"], int(match["index"])
    here = Place(documents.trees.get(document), document)
    listed = here.child(*map(unescaped, around.split("/")[1:])).elements()
    if index >= len(listed) or not (name := listed[index].text("name")):
        return match[0]
    several = sum(one.text("name") == name for one in listed) > 1
    called = f"{listed[index].text('in')}-{name}" if several else name
    return f"{document}#{around}/{escaped(called)}"
