"""What a schema says: itself, what it refers to and what it is composed of, read as one."""

import enum
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from upstreams.json_schema.place import MAX_HOPS, Documents, Place, Unresolved
from upstreams.json_schema.slips import own_requirement, slips

MAX_PARTS = 512
"""How many schemas one may be composed of."""

_COMPOSED = ("oneOf", "anyOf")
_COMPOSING = frozenset({"allOf", "$ref", "$dynamicRef"})
_CHOOSING = frozenset({"oneOf", "anyOf", "items"})
_CONDITIONAL = ("then", "else")
_CONDITIONS = frozenset({*_CONDITIONAL, "dependentSchemas"})
_NULLING = frozenset({"nullable", "x-nullable", "type", "enum", *_CHOOSING})
_STRUCTURE = frozenset(
    {
        "$dynamicRef",
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
        "unevaluatedProperties",
    }
)
_NONE: frozenset[str] = frozenset()
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


class Schema(msgspec.Struct, frozen=True, eq=False):
    """Everything that holds of one value. Read once per place, and told apart by identity."""

    core: Places
    """Where it is said: one schema, or several that must all hold."""
    notes: Places
    """The schemas met on the way to the core, outermost first, which annotate it."""
    parts: Places
    """The core and everything it is composed of by `allOf` and `$ref`."""
    at: str
    kinds: tuple[str, ...]
    """The types it names, null aside, as the description spells them."""
    nullable: bool
    properties: Mapping[str, Places]
    """The schemas of each property; several where several parts speak of it."""
    required: frozenset[str]
    unnoted: "Schema | None" = None
    """The same without its notes; None where there are none."""

    @classmethod
    def of(cls, core: Places, parts: Places) -> "Schema":
        """What the parts say together."""
        properties = _properties(parts)
        return cls(
            core,
            (),
            parts,
            core[0].at if len(core) == 1 else " & ".join(place.at for place in core),
            _kinds(parts),
            any(map(_allows_null, core)),
            properties,
            _required(parts, properties),
        )

    def noted(self, notes: Places, *, dropped_null: bool) -> "Schema":
        """The same with what is said on the way to it; `dropped_null`: null is allowed there."""
        if not notes:
            return self
        nullable = self.nullable or dropped_null or any(map(_allows_null, notes))
        return msgspec.structs.replace(self, notes=notes, nullable=nullable, unnoted=self)

    def first(self, key: str) -> Place | None:
        """The first part's node under a keyword."""
        for part in self.parts:
            if key in part.members:
                return part.child(key)
        return None

    def flag(self, key: str) -> bool:
        """Whether a note or the core says `true`, e.g. to `readOnly`."""
        found = False
        for place in (*self.notes, *self.core):
            if key in place.members:  # seldom, and asked for every field
                found = found or place.flag(key)
        return found

    def note(self, key: str) -> Place | None:
        """The outermost note's or the core's node under a keyword."""
        for place in (*self.notes, *self.parts):
            if key in place.members:
                return place.child(key)
        return None


class Reader:
    """Reads the schemas of one description."""

    def __init__(
        self, documents: Documents, dialect: Dialect, assume: Callable[[str, str], None]
    ) -> None:
        self._documents = documents
        self._dialect = dialect
        self._assume = assume
        self._known: dict[tuple[str, ...], Schema] = {}
        self._cores: dict[tuple[str, ...], Schema] = {}
        self._heirs: dict[tuple[str, str], Places] | None = None

    def read(self, places: Places) -> Schema:
        """The schema that these places say together. Raises `Unresolved`."""
        first = places[0]
        identity: tuple[str, ...] = (first.document, first.pointer)
        for other in places[1:]:
            identity = (*identity, other.document, other.pointer)
        known = self._known.get(identity)
        if known is None:
            known = self._known[identity] = self._read(places)
        return known

    def _read(self, places: Places) -> Schema:
        if len(places) > 1:
            return self._together(places)
        core, notes, dropped_null = self._settle(places[0])
        return self._core((core,)).noted(notes, dropped_null=dropped_null)

    def _together(self, places: Places) -> Schema:
        settled = [self._settle(place) for place in places]
        cores = {core.at: core for core, _, _ in settled if says_something(core)}
        notes = tuple(note for _, notes, _ in settled for note in notes)
        dropped_null = any(null for _, _, null in settled)
        return self._core(tuple(cores.values()) or places[:1]).noted(
            notes, dropped_null=dropped_null
        )

    def _core(self, core: Places) -> Schema:
        identity = (
            (core[0].document, core[0].pointer)
            if len(core) == 1
            else tuple(part for place in core for part in (place.document, place.pointer))
        )
        found = self._cores.get(identity)
        if found is None:
            found = self._cores[identity] = Schema.of(core, self._parts(core))
        return found

    def variants(self, schema: Schema) -> Places:
        """The alternatives of a schema, null aside; none when it has no real ones.

        Raises `Unresolved`.
        """
        known: set[tuple[str, str]] | None = None
        for part in schema.parts:
            for choice in _choices(part):
                found = [place for place in choice if not _is_null(place)]
                if not any(says_something(place, but={"required"}) for place in found):
                    continue
                known = known or {(one.document, one.pointer) for one in schema.parts}
                if not any(self._within(place, known) for place in found):
                    return tuple(found)
        return self._mapped(schema) if "discriminator" in schema.core[0].members else ()

    def _mapped(self, schema: Schema) -> Places:
        """The schemas that a discriminator maps to, where the schema has no heirs."""
        core = schema.core[0]
        if self.heirs(core):
            return ()
        targets = (
            self._target(one) for _, one in core.child("discriminator", "mapping").children()
        )
        found = {place.at: place for place in targets if place and place.pointer != core.pointer}
        return tuple(found.values()) if len(found) > 1 else ()

    def _target(self, written: Place) -> Place | None:
        """The schema that a tag is mapped to, if it is there."""
        if not isinstance(written.value, str) or "/" not in written.value:
            return None
        try:
            return self._documents.follow(
                Place({"$ref": written.value}, written.document, written.pointer)
            )
        except Unresolved:
            return None

    def heirs(self, place: Place) -> Places:
        """The named schemas that are composed of the one at a place, however far."""
        if self._heirs is None:
            self._heirs = self._inherited()
        return self._heirs.get((place.document, place.pointer), ())

    def _inherited(self) -> dict[tuple[str, str], Places]:
        found: dict[tuple[str, str], Places] = {}
        for heir in self._documents.definitions():
            if not isinstance(heir.members.get("allOf"), list) and "$ref" not in heir.members:
                continue
            try:
                parts = self._parts((heir,))
            except Unresolved:
                continue
            for part in parts:
                if part.pointer != heir.pointer or part.document != heir.document:
                    identity = (part.document, part.pointer)
                    found[identity] = (*found.get(identity, ()), heir)
        return found

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
            self._check(here)
            further = self._further(here)
            if further is None:
                return here, tuple(notes), dropped_null
            notes.append(here)
            notes += self._asides(here, further)
            dropped_null = dropped_null or any(map(_is_null, _alternatives(here)))
            here = further
        raise Unresolved(place.at, "its references lead in a circle, or too far")

    def _check(self, place: Place) -> None:
        """Note what a schema says with values of the wrong type."""
        for slip in slips(place):
            self._assume(slip.at, slip.reason)
        if "required" in place.members:
            for slip in own_requirement(place):
                self._assume(slip.at, slip.reason)

    def _further(self, place: Place) -> Place | None:
        """The one schema that a place only wraps, if it does."""
        keys = _STRUCTURE.intersection(place.members)
        if not keys and not isinstance(place.value, tuple | list):
            return None
        if place.reference:
            if len(keys) > 1 and self._dialect.refs_have_siblings:
                return None
            return self._documents.follow(place)
        if keys == {"allOf"}:
            return _only(part for part in place.child("allOf").elements() if says_something(part))
        if len(keys) < 2 and "discriminator" not in place.members:
            return _only(part for part in _alternatives(place) if not _is_null(part))
        return None

    def _asides(self, place: Place, further: Place) -> Iterator[Place]:
        """The members of an `allOf` that only annotate the one that says something."""
        return (part for part in place.child("allOf").elements() if part.pointer != further.pointer)

    def _parts(self, core: Places) -> Places:
        """The core and what it is composed of, each once, depth first."""
        if all(_COMPOSING.isdisjoint(place.members) for place in core):
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
            if place.reference:
                ahead.append(self._documents.follow(place))
        return tuple(place for place in found.values() if self._speaks(place))

    def _speaks(self, place: Place) -> bool:
        return self._dialect.refs_have_siblings or not place.reference


def says_something(place: Place, *, but: set[str] | frozenset[str] = frozenset()) -> bool:
    """Whether a schema says what a value is, and does not only annotate or restrict it."""
    return bool(_SAYING.intersection(place.members) - but) or isinstance(place.value, tuple)


def listed(place: Place) -> bool:
    """Whether `items` is a list of schemas and no list is meant: alternatives, by another name.

    Only JSON Schema before 2020-12 knew such lists, for the positions of a tuple.
    """
    return isinstance(place.members.get("items"), list) and place.members.get("type") != "array"


def _choices(place: Place) -> Iterator[list[Place]]:
    """The lists of alternatives at a place."""
    if isinstance(place.value, tuple):
        yield place.elements()
    elif not _CHOOSING.isdisjoint(place.members):
        yield from (place.child(key).elements() for key in _COMPOSED if key in place.members)
        if listed(place):
            yield place.child("items").elements()


def _alternatives(place: Place) -> Iterator[Place]:
    return (part for choice in _choices(place) for part in choice)


def _declaring(part: Place) -> Iterator[Place]:
    """Where a schema declares properties: itself, and what it says of some values only."""
    if "properties" in part.members:
        yield part
    if not _CONDITIONS.isdisjoint(part.members):
        yield from (part.child(key) for key in _CONDITIONAL)
        yield from (below for _, below in part.child("dependentSchemas").children())


def _kinds(parts: Places) -> tuple[str, ...]:
    for part in parts:
        named = part.members.get("type")
        if isinstance(named, str) and named != "null":
            return (named,)
        if isinstance(named, list):
            kinds = tuple(kind for kind in named if isinstance(kind, str) and kind != "null")
            if kinds:
                return kinds
    return ()


def _properties(parts: Places) -> Mapping[str, Places]:
    found: dict[str, Places] = {}
    for part in parts:
        for owner in _declaring(part):
            for name, place in owner.child("properties").children():
                found[name] = (*found[name], place) if name in found else (place,)
    return found


def _required(parts: Places, properties: Mapping[str, Places]) -> frozenset[str]:
    """The names that the parts list, and the properties that say it of themselves."""
    own = [name for name, said in properties.items() if any(map(_requires_itself, said))]
    if not own and not any("required" in part.members for part in parts):
        return _NONE
    names = (name for part in parts for name in _list(part, "required"))
    return frozenset((*own, *(name for name in names if isinstance(name, str))))


def _requires_itself(place: Place) -> bool:
    return "required" in place.members and place.flag("required")


def _only(places: Iterator[Place]) -> Place | None:
    first, second = next(places, None), next(places, None)
    return first if second is None else None


def _list(place: Place, key: str) -> Sequence[object]:
    value = place.members.get(key)
    return value if isinstance(value, list) else ()


def _allows_null(place: Place) -> bool:
    if _NULLING.isdisjoint(place.members):
        return any(map(_is_null, place.elements()))
    return (
        place.flag("nullable")
        or place.flag("x-nullable")
        or place.members.get("type") == "null"
        or "null" in _list(place, "type")
        or None in _list(place, "enum")
        or any(map(_is_null, _alternatives(place)))
    )


def _is_null(place: Place) -> bool:
    """Whether null is all that an alternative allows; OpenAPI 3.0 has no type for it."""
    said = place.members
    if said.get("nullable") is True and _STRUCTURE.isdisjoint(said):
        return "type" not in said or place.text("title").lower() == "null"
    return only_null(place)


def only_null(place: Place) -> bool:
    """Whether a schema says outright that the value is null."""
    said = place.members
    return (
        said.get("type") in ("null", ["null"])
        or said.get("enum") == [None]
        or ("const" in said and said["const"] is None)
    )
