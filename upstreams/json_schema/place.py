"""A node of a description, where it stands, and what its `$ref` leads to."""

import posixpath
from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from urllib.parse import unquote, urljoin

import msgspec

MAX_HOPS = 64
"""How many references may follow each other before a value is reached."""

_ANCHORS = ("$anchor", "$dynamicAnchor", "$id")
_DEFINITIONS = (("components", "schemas"), ("definitions",), ("$defs",))
_NUMBERS = (int, float, Decimal)
_NOTHING: Mapping[str, object] = MappingProxyType({})
_NO_REASONS: Mapping[str, str] = MappingProxyType({})


class Unresolved(Exception):  # noqa: N818 - a state of a reference, told apart from our error tree
    """A reference leads nowhere. `at` is the place that refers; `reason` reads after it."""

    def __init__(self, at: str, reason: str) -> None:
        super().__init__(f"{at}: {reason}")
        self.at = at
        self.reason = reason


# A description has a place per node: what is read of them most often must cost least, and a
# Struct is made in a quarter of a frozen dataclass's time.
class Place(msgspec.Struct, frozen=True, gc=False):
    """One node of a description. Its accessors never fail: what has the wrong type is absent.

    Only what is plainly meant is taken for it: a number for its text, `"true"` for true.
    """

    value: object
    document: str = ""
    """The document it stands in, by its name in `Documents`; empty for the first."""
    pointer: str = ""
    """A JSON pointer (RFC 6901)."""
    members: Mapping[str, object] = _NOTHING
    """The node as a mapping; empty when it is none. Derived from the value."""

    def __post_init__(self) -> None:
        if isinstance(self.value, dict):
            msgspec.structs.force_setattr(self, "members", self.value)

    @property
    def at(self) -> str:
        """`pets.yaml#/components/schemas/Pet`"""
        return f"{self.document}#{self.pointer}"

    @property
    def reference(self) -> str:
        """What its `$ref` says, or its `$dynamicRef`; empty when it has neither."""
        found = self.members.get("$ref", self.members.get("$dynamicRef"))
        return found if isinstance(found, str) else ""

    def child(self, *keys: str | int) -> "Place":
        """The node below; its value is None when there is none."""
        value, pointer = self.value, self.pointer
        for key in keys:
            value = _below(value, key)
            pointer = f"{pointer}/{key if isinstance(key, int) else escaped(key)}"
        return Place(value, self.document, pointer)

    def children(self) -> Iterator[tuple[str, "Place"]]:
        """The members of a mapping, in the order of the document."""
        for key, value in self.members.items():
            yield key, Place(value, self.document, f"{self.pointer}/{escaped(key)}")

    def elements(self) -> list["Place"]:
        """The elements of a list, or the places of a choice; none when it is neither."""
        if isinstance(self.value, tuple):
            return list(self.value)
        if not isinstance(self.value, list):
            return []
        return [
            Place(value, self.document, f"{self.pointer}/{index}")
            for index, value in enumerate(self.value)
        ]

    def choice(self, places: tuple["Place", ...], *keys: str) -> "Place":
        """A place that is no node: a value there is what any one of the given places says."""
        return Place(places, self.document, "/".join((self.pointer, *keys)))

    def text(self, key: str) -> str:
        """The text under a key; empty when there is none."""
        value = self.members.get(key)
        if isinstance(value, str):
            return value.strip()
        return str(value) if value.__class__ in _NUMBERS else ""

    def flag(self, key: str) -> bool:
        """Whether the value under a key is `true`."""
        value = self.members.get(key)
        return value is True or (isinstance(value, str) and value.lower() == "true")


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


class Documents:
    """A description in one document or several, each named by its way from the first."""

    def __init__(
        self,
        trees: Mapping[str, object],
        absent: Mapping[str, str] = _NO_REASONS,
        file: str = "",
    ) -> None:
        """`trees` is what each document says; the first has the empty name.

        `absent` are documents that are referred to and could not be read, and why. `file` is the
        file name of the first document, by which others may refer to it.
        """
        self.trees = trees
        self.absent = absent
        self.file = file
        self._targets: dict[tuple[str, str], Place] = {}
        self._anchors: dict[str, dict[str, Place]] = {}

    @property
    def start(self) -> Place:
        """The root of the document that was asked for."""
        return Place(self.trees[""])

    def definitions(self) -> Iterator[Place]:
        """The schemas that the documents give names."""
        for name, tree in self.trees.items():
            root = Place(tree, name)
            for keys in _DEFINITIONS:
                for _, place in root.child(*keys).children():
                    yield place

    def resolve(self, place: Place) -> Place:
        """The place itself, or what it refers to, however many references lie between.

        Raises `Unresolved`.
        """
        here = place
        for _ in range(MAX_HOPS):
            if not here.reference:
                return here
            here = self.follow(here)
        raise Unresolved(place.at, "its references lead in a circle, or too far")

    def follow(self, place: Place) -> Place:
        """What the `$ref` of a place names, one step further. Raises `Unresolved`."""
        identity = (place.document, place.reference)
        if identity not in self._targets:
            self._targets[identity] = self._follow(place, MAX_HOPS)
        return self._targets[identity]

    def _follow(self, place: Place, hops: int) -> Place:
        if hops == 0:
            raise Unresolved(place.at, "its references lead in a circle, or too far")
        file, _, fragment = place.reference.partition("#")
        pointer = unquote(fragment)
        here = self._document(place, file)
        if pointer and not pointer.startswith("/"):
            return self._anchored(place, here, pointer)
        for token in pointer.split("/")[1:]:
            here = self._step(here, unescaped(token), place.at, hops)
        return here

    def _document(self, place: Place, file: str) -> Place:
        """The document that a reference names: by where it is, or by its own `$id`."""
        name = self.name(place.document, file)
        if name in self.trees:
            return Place(self.trees[name], name)
        identified = (self._anchors_of(tree).get(file) for tree in self.trees)
        found = next(filter(None, identified), None)
        if found is None:
            reason = self.absent.get(name, "was not read")
            raise Unresolved(place.at, f"refers to {name}, which {reason}")
        return found

    def _anchored(self, place: Place, here: Place, anchor: str) -> Place:
        found = self._anchors_of(here.document).get(f"#{anchor}")
        if found is None:
            raise Unresolved(place.at, f"refers to the anchor {anchor!r}, which is not there")
        if found.value is None:
            raise Unresolved(place.at, f"refers to the anchor {anchor!r}, which is there twice")
        return found

    def _anchors_of(self, document: str) -> Mapping[str, Place]:
        """Where a document says `$anchor` (here as `#name`) and `$id`; None at those said twice."""
        if document not in self._anchors:
            found: dict[str, Place] = {}
            for key, place in _anchors(Place(self.trees[document], document)):
                found[key] = Place(None) if key in found else place
            self._anchors[document] = found
        return self._anchors[document]

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
            if hops == 0 or not here.reference:
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


def _anchors(root: Place) -> Iterator[tuple[str, Place]]:
    """Every name that a schema of the document gives itself, and that schema."""
    ahead = [root]
    while ahead:
        place = ahead.pop()
        for key in _ANCHORS:
            if name := place.text(key):
                yield name.removesuffix("#") if key == "$id" else f"#{name}", place
        ahead += (below for _, below in place.children())
        ahead += place.elements()
