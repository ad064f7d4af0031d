"""A node of a description, where it stands, and what its `$ref` leads to."""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urldefrag, urljoin

MAX_HOPS = 64
"""How many references may follow each other before a value is reached."""


class Unresolved(Exception):  # noqa: N818 - a state of a reference, told apart from our error tree
    """A reference leads nowhere. `at` is the place that refers; `reason` reads after it."""

    def __init__(self, at: str, reason: str) -> None:
        super().__init__(f"{at}: {reason}")
        self.at = at
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Place:
    """One node of a description. Its accessors never fail: what has the wrong type is absent."""

    value: object
    document: str = ""
    """The document it stands in, by its name in `Documents`; empty for the first."""
    pointer: str = ""
    """A JSON pointer (RFC 6901)."""

    @property
    def at(self) -> str:
        """`pets.yaml#/components/schemas/Pet`"""
        return f"{self.document}#{self.pointer}"

    @property
    def members(self) -> Mapping[str, object]:
        """The node as a mapping; empty when it is none."""
        return self.value if isinstance(self.value, dict) else {}

    def child(self, *keys: str | int) -> "Place":
        """The node below; its value is None when there is none."""
        value, pointer = self.value, self.pointer
        for key in keys:
            value = _below(value, key)
            pointer = f"{pointer}/{key if isinstance(key, int) else escaped(key)}"
        return Place(value, self.document, pointer)

    def children(self) -> Iterator[tuple[str, "Place"]]:
        """The members of a mapping, in the order of the document."""
        for key in self.members:
            yield key, self.child(key)

    def elements(self) -> list["Place"]:
        """The elements of a list; none when it is no list."""
        if not isinstance(self.value, list):
            return []
        return [self.child(index) for index in range(len(self.value))]

    def text(self, key: str) -> str:
        """The text under a key; empty when there is none."""
        value = self.members.get(key)
        return value.strip() if isinstance(value, str) else ""

    def flag(self, key: str) -> bool:
        """Whether the value under a key is `true`."""
        return self.members.get(key) is True


def _below(value: object, key: str | int) -> object:
    if isinstance(value, dict):
        return value.get(key)
    if isinstance(value, list) and isinstance(key, int) and key < len(value):
        return value[key]
    return None


def escaped(key: str) -> str:
    """`/pets/{id}` -> `~1pets~1{id}` (RFC 6901 section 3)."""
    return key.replace("~", "~0").replace("/", "~1") if "/" in key or "~" in key else key


def unescaped(token: str) -> str:
    """`~1pets~1{id}` -> `/pets/{id}`"""
    return token.replace("~1", "/").replace("~0", "~")


@dataclass(frozen=True, slots=True)
class Documents:
    """A description in one document or several, each named by its way from the first."""

    trees: Mapping[str, object]
    """What each document says, as plain values; the first has the empty name."""
    absent: Mapping[str, str] = field(default_factory=dict)
    """Documents that are referred to and could not be read, and why."""
    file: str = ""
    """The file name of the first document, by which others may refer to it."""

    @property
    def start(self) -> Place:
        """The root of the document that was asked for."""
        return Place(self.trees[""])

    def resolve(self, place: Place) -> Place:
        """The place itself, or what it refers to, however many references lie between.

        Raises `Unresolved`.
        """
        here = place
        for _ in range(MAX_HOPS):
            if not isinstance(here.members.get("$ref"), str):
                return here
            here = self.follow(here)
        raise Unresolved(place.at, "its references lead in a circle, or too far")

    def follow(self, place: Place) -> Place:
        """What the `$ref` of a place names, one step further. Raises `Unresolved`."""
        return self._follow(place, MAX_HOPS)

    def _follow(self, place: Place, hops: int) -> Place:
        if hops == 0:
            raise Unresolved(place.at, "its references lead in a circle, or too far")
        file, fragment = urldefrag(place.text("$ref"))
        name = self.name(place.document, file)
        if name not in self.trees:
            reason = self.absent.get(name, "was not read")
            raise Unresolved(place.at, f"refers to {name}, which {reason}")
        here = Place(self.trees[name], name)
        pointer = unquote(fragment)
        if pointer and not pointer.startswith("/"):
            raise Unresolved(
                place.at, f"refers to the anchor {pointer!r}; only pointers are followed"
            )
        for token in pointer.split("/")[1:]:
            here = self._step(here, unescaped(token), place.at, hops)
        return here

    def name(self, document: str, file: str) -> str:
        """The name of the document that a reference in another one leads to.

        In `schemas/pets.yaml`, `../common/error.yaml` is `common/error.yaml`.
        """
        if not file:
            return document
        if "://" in file or file.startswith("/"):
            return file
        if "://" in document:
            return urljoin(document, file)
        found = posixpath.normpath(posixpath.join(posixpath.dirname(document), unquote(file)))
        return "" if found == self.file else found

    def _step(self, here: Place, key: str, asking: str, hops: int) -> Place:
        below = _child(here, key)
        while below is None:
            if hops == 0 or not isinstance(here.members.get("$ref"), str):
                raise Unresolved(asking, f"refers to {here.at}/{escaped(key)}, which is not there")
            hops -= 1
            here = self._follow(here, hops)
            below = _child(here, key)
        return below


def _child(here: Place, key: str) -> Place | None:
    if isinstance(here.value, dict) and key in here.value:
        return here.child(key)
    if isinstance(here.value, list) and key.isdecimal() and int(key) < len(here.value):
        return here.child(int(key))
    return None
