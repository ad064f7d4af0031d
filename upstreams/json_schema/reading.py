"""What a schema says: itself, what it refers to and what it is composed of, read as one."""

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from upstreams.json_schema.place import MAX_HOPS, Documents, Place, Unresolved

MAX_PARTS = 512
"""How many schemas one may be composed of."""

_COMPOSED = ("oneOf", "anyOf")
_COMPOSING = frozenset({"allOf", "$ref"})
_STRUCTURE = frozenset(
    {
        "$ref",
        "additionalProperties",
        "allOf",
        "anyOf",
        "const",
        "enum",
        "items",
        "oneOf",
        "patternProperties",
        "prefixItems",
        "properties",
        "required",
    }
)
_SAYING = _STRUCTURE | {"type", "format"}

Places = tuple[Place, ...]
"""Schemas that hold of the same value, all at once."""


class Dialect(enum.Enum):
    """Which JSON Schema a description is written in."""

    SWAGGER_2 = "2.0"
    OPENAPI_3_0 = "3.0"
    JSON_SCHEMA = "2020-12"
    """JSON Schema proper, and OpenAPI from 3.1 on."""

    @property
    def refs_have_siblings(self) -> bool:
        """Whether keywords beside a `$ref` constrain, or are only notes."""
        return self is Dialect.JSON_SCHEMA


@dataclass(frozen=True)
class Schema:
    """Everything that holds of one value."""

    core: Places
    """Where it is said: one schema, or several that must all hold."""
    notes: Places
    """The schemas met on the way to the core, outermost first, which annotate it."""
    parts: Places
    """The core and everything it is composed of by `allOf` and `$ref`."""
    dropped_null: bool = False
    """Whether null was one of the alternatives on the way."""

    @property
    def at(self) -> str:
        return " & ".join(place.at for place in self.core)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The types it names, null aside, as the description spells them."""
        for part in self.parts:
            named = part.members.get("type")
            found = named if isinstance(named, list) else [named]
            if kinds := tuple(kind for kind in found if isinstance(kind, str) and kind != "null"):
                return kinds
        return ()

    @property
    def nullable(self) -> bool:
        return self.dropped_null or any(map(_allows_null, (*self.notes, *self.core)))

    @cached_property
    def properties(self) -> dict[str, Places]:
        """The schemas of each property; several where several parts speak of it."""
        found: dict[str, Places] = {}
        for part in self.parts:
            if "properties" not in part.members:
                continue
            for name, place in part.child("properties").children():
                found[name] = (*found.get(name, ()), place)
        return found

    @property
    def required(self) -> frozenset[str]:
        return frozenset(
            name for part in self.parts for name in _list(part, "required") if isinstance(name, str)
        )

    def first(self, key: str) -> Place | None:
        """The first part's node under a keyword."""
        for part in self.parts:
            if key in part.members:
                return part.child(key)
        return None

    def flag(self, key: str) -> bool:
        """Whether a note or the core says `true`, e.g. to `readOnly`."""
        return any(place.flag(key) for place in (*self.notes, *self.core))

    def note(self, key: str) -> Place | None:
        """The outermost note's or the core's node under a keyword."""
        found = (place for place in (*self.notes, *self.parts) if key in place.members)
        return next((place.child(key) for place in found), None)


class Reader:
    """Reads the schemas of one description."""

    def __init__(self, documents: Documents, dialect: Dialect) -> None:
        self._documents = documents
        self._dialect = dialect
        self._known: dict[tuple[str, str], Schema] = {}

    def read(self, places: Places) -> Schema:
        """The schema that these places say together. Raises `Unresolved`."""
        if len(places) > 1:
            return self._together(places)
        identity = (places[0].document, places[0].pointer)
        if identity not in self._known:
            core, notes, dropped_null = self._settle(places[0])
            self._known[identity] = Schema((core,), notes, self._parts((core,)), dropped_null)
        return self._known[identity]

    def _together(self, places: Places) -> Schema:
        settled = [self._settle(place) for place in places]
        cores = {core.at: core for core, _, _ in settled if says_something(core)}
        core = tuple(cores.values()) or places[:1]
        notes = tuple(note for _, notes, _ in settled for note in notes)
        dropped_null = any(null for _, _, null in settled)
        return Schema(core, notes, self._parts(core), dropped_null)

    def variants(self, schema: Schema) -> Places:
        """The alternatives of a schema, null aside; none when it has no real ones."""
        if not any(part.members.keys() & _COMPOSED for part in schema.parts):
            return ()
        known = {(part.document, part.pointer) for part in schema.parts}
        for part in schema.parts:
            for key in _COMPOSED:
                found = [place for place in part.child(key).elements() if not _is_null(place)]
                told = any(says_something(place, but={"required"}) for place in found)
                if told and not any(self._within(place, known) for place in found):
                    return tuple(found)
        return ()

    def _within(self, place: Place, known: set[tuple[str, str]]) -> bool:
        """Whether an alternative is what it is an alternative of: a base naming its heirs."""
        target = self._documents.resolve(place)
        return (target.document, target.pointer) in known

    def _settle(self, place: Place) -> tuple[Place, Places, bool]:
        """The schema that says what the value is, the notes on the way to it, a null passed by."""
        notes: list[Place] = []
        dropped_null = False
        here = place
        for _ in range(MAX_HOPS):
            further = self._further(here)
            if further is None:
                return here, tuple(notes), dropped_null
            notes.append(here)
            notes += self._asides(here, further)
            dropped_null = dropped_null or any(map(_is_null, _alternatives(here)))
            here = further
        raise Unresolved(place.at, "its references lead in a circle, or too far")

    def _further(self, place: Place) -> Place | None:
        """The one schema that a place only wraps, if it does."""
        keys = place.members.keys() & _STRUCTURE
        if "$ref" in keys:
            if len(keys) > 1 and self._dialect.refs_have_siblings:
                return None
            return self._documents.follow(place)
        if keys == {"allOf"}:
            return _only(part for part in place.child("allOf").elements() if says_something(part))
        if keys in ({"anyOf"}, {"oneOf"}) and "discriminator" not in place.members:
            return _only(part for part in _alternatives(place) if not _is_null(part))
        return None

    def _asides(self, place: Place, further: Place) -> Iterator[Place]:
        """The members of an `allOf` that only annotate the one that says something."""
        return (part for part in place.child("allOf").elements() if part.at != further.at)

    def _parts(self, core: Places) -> Places:
        """The core and what it is composed of, each once, depth first."""
        if not any(place.members.keys() & _COMPOSING for place in core):
            return core
        found: dict[tuple[str, str], Place] = {}
        ahead = list(reversed(core))
        while ahead:
            place = ahead.pop()
            if (place.document, place.pointer) in found:
                continue
            if len(found) == MAX_PARTS:
                raise Unresolved(core[0].at, f"is composed of more than {MAX_PARTS} schemas")
            found[place.document, place.pointer] = place
            ahead += reversed(place.child("allOf").elements())
            if isinstance(place.members.get("$ref"), str):
                ahead.append(self._documents.follow(place))
        return tuple(place for place in found.values() if self._speaks(place))

    def _speaks(self, place: Place) -> bool:
        return self._dialect.refs_have_siblings or "$ref" not in place.members


def says_something(place: Place, *, but: set[str] | frozenset[str] = frozenset()) -> bool:
    """Whether a schema says what a value is, and does not only annotate or restrict it."""
    return bool((place.members.keys() & _SAYING) - but)


def _alternatives(place: Place) -> list[Place]:
    found = (key for key in _COMPOSED if key in place.members)
    return [part for key in found for part in place.child(key).elements()]


def _only(places: Iterator[Place]) -> Place | None:
    first, second = next(places, None), next(places, None)
    return first if second is None else None


def _list(place: Place, key: str) -> Sequence[object]:
    value = place.members.get(key)
    return value if isinstance(value, list) else ()


def _allows_null(place: Place) -> bool:
    return (
        place.flag("nullable")
        or place.flag("x-nullable")
        or "null" in _list(place, "type")
        or None in _list(place, "enum")
        or any(map(_is_null, _alternatives(place)))
    )


def _is_null(place: Place) -> bool:
    said = place.members
    return (
        said.get("type") in ("null", ["null"])
        or said.get("enum") == [None]
        or ("const" in said and said["const"] is None)
    )
