"""What becomes of a schema: a leaf, an enum, an object, a map, a list, a union, or JSON."""

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from upstreams.json_schema.naming import own_name, pascal
from upstreams.json_schema.place import Place, Unresolved
from upstreams.json_schema.reading import Places, Reader, Schema
from upstreams.json_schema.scalars import HINTS, MISSPELT, NUMERIC, scalar
from upstreams.json_schema.values import enumerated
from upstreams.model import ScalarKind

MAX_DEPTH = 32
"""How many lists and maps may be nested in each other without an object in between."""
MAX_OPTIONS = 2000
"""How many alternatives one value may have."""


class Direction(enum.Enum):
    """Whether values come out of the backend or go into it."""

    OUT = ""
    IN = ":in"
    """The key of an input type is that of its output twin, followed by this."""


class Form(enum.Enum):
    """What becomes of a schema."""

    SCALAR = "scalar"
    ENUM = "enum"
    OBJECT = "object"
    MAP = "map"
    LIST = "list"
    UNION = "union"
    JSON = "json"


LEAVES = frozenset({Form.SCALAR, Form.ENUM})


_OF_ALL = frozenset({"additionalProperties", "properties", "required", "type"})


@dataclass(frozen=True, slots=True)
class Use:
    """A schema read for one direction, and what to call it where it has no name of its own."""

    schema: Schema
    direction: Direction
    label: str
    kind: str = ""
    """The one of the schema's several types that is meant."""

    @property
    def at(self) -> str:
        return f"{self.schema.at} ({self.kind})" if self.kind else self.schema.at

    @property
    def own_name(self) -> str:
        return own_name(self.schema.core[0]) if self.single else ""

    @property
    def single(self) -> bool:
        return len(self.schema.core) == 1 and not self.kind


@dataclass(frozen=True, slots=True)
class Formed:
    """What becomes of a schema, and of which kind it is where it is a leaf."""

    form: Form
    scalar: ScalarKind = ScalarKind.JSON
    reason: str = ""
    """Why it became JSON."""


class Forms:
    """Looks at schemas one level deep, so that no recursion of theirs is one of ours."""

    def __init__(self, reader: Reader, assume: Callable[[str, str], None]) -> None:
        self._reader = reader
        self._assume = assume

    def form(self, use: Use) -> Formed:
        """What becomes of a schema. Raises `Unresolved`."""
        schema = use.schema
        if not use.kind:
            if values := enumerated(schema):
                return _enumerable(values)
            if self._reader.variants(schema) or len(schema.kinds) > 1:
                return Formed(Form.UNION)
        kind = use.kind or self._kind(schema)
        if kind == "array":
            return Formed(Form.LIST)
        if kind == "object":
            return self._structured(use)
        leaf = scalar(kind, schema)
        if leaf is not None:
            return Formed(Form.SCALAR, leaf)
        return Formed(Form.JSON, reason=f"unknown type {kind!r}" if kind else "it names no type")

    def _kind(self, schema: Schema) -> str:
        """The one type a schema names or implies; empty when it does neither."""
        if schema.kinds:
            named = schema.kinds[0]
            meant = MISSPELT.get(named.lower(), named)
            if meant != named:
                self._assume(schema.at, f"type {named!r} means {meant!r}")
            return meant
        if schema.properties or schema.first("additionalProperties"):
            return "object"
        if schema.first("items") or schema.first("prefixItems"):
            return "array"
        for keyword, meant in HINTS.items():
            if schema.first(keyword):
                self._assume(schema.at, f"it has a {keyword} and no type: {meant!r}")
                return meant
        return ""

    def _structured(self, use: Use) -> Formed:
        if use.schema.properties:
            if any(not self.hidden(one, use.direction) for one in use.schema.properties.values()):
                return Formed(Form.OBJECT)
            return Formed(Form.JSON, reason="none of its properties goes this way")
        if map_values(use.schema):
            return Formed(Form.MAP)
        return Formed(Form.JSON, reason="an object with no declared properties")

    def hidden(self, places: Places, direction: Direction) -> bool:
        """Whether a property is absent in this direction: `readOnly` going in, `writeOnly` out."""
        try:
            schema = self._reader.read(places)
        except Unresolved:
            return False
        return schema.flag("readOnly" if direction is Direction.IN else "writeOnly")

    def options(self, use: Use) -> Iterator[Use]:
        """What a value may be, with alternatives of alternatives taken up, each once.

        Raises `Unresolved`, also when there are too many.
        """
        seen: set[str] = set()
        ahead = [use]
        while ahead:
            option = ahead.pop(0)
            if option.at in seen:
                continue
            if len(seen) == MAX_OPTIONS:
                raise Unresolved(use.at, f"has more than {MAX_OPTIONS} alternatives")
            seen.add(option.at)
            if self.form(option).form is Form.UNION:
                ahead = [*self._alternatives(option), *ahead]
            else:
                yield option

    def _alternatives(self, use: Use) -> Iterator[Use]:
        variants = self._reader.variants(use.schema)
        if not variants:
            for kind in use.schema.kinds:
                yield replace(use, kind=kind, label=(use.own_name or use.label) + pascal(kind))
        base = _stripped(use.schema)
        names: set[str] = set()
        for number, variant in enumerate(variants, start=1):
            alone = self._reader.read((variant,))
            known = {part.pointer for part in alone.parts}
            added = tuple(part for part in base if part.pointer not in known)
            schema = self._reader.read((variant, *added)) if added else alone
            name = _called(alone, variant, number, names)
            names.add(name)
            yield Use(schema, use.direction, (use.own_name or use.label) + pascal(name))

    def only_scalars(self, place: Place) -> bool:
        """Whether the schema is a choice between leaves: one text form, in a URL."""
        try:
            use = Use(self._reader.read((place,)), Direction.IN, "")
            options = list(self.options(use))
        except Unresolved:
            return False
        forms = {self.form(option).form for option in options}
        return forms <= LEAVES and len(options) > 1

    def nullable(self, places: Places) -> bool:
        """Whether null is allowed; where nothing can be read, it is."""
        try:
            return self._reader.read(places).nullable
        except Unresolved:
            return True

    def is_text(self, places: Places) -> bool:
        """Whether the property's leaves are numbers that the backend writes as text."""
        try:
            schema = self._reader.read(places)
            for _ in range(MAX_DEPTH):
                items = schema.first("items")
                if items is None or schema.kinds != ("array",):
                    break
                schema = self._reader.read((items,))
        except Unresolved:
            return False
        return schema.kinds == ("string",) and scalar("string", schema) in NUMERIC

    def tags(self, schema: Schema) -> dict[str, tuple[str, ...]]:
        """The properties that are limited to certain texts, and to which."""
        found = {}
        for name in schema.properties:
            values = self._texts_of(schema.properties[name])
            if values:
                found[name] = values
        return found

    def _texts_of(self, places: Places) -> tuple[str, ...]:
        """The texts that a property is limited to."""
        try:
            values = enumerated(self._reader.read(places))
        except Unresolved:
            return ()
        texts = tuple(value for value in values if isinstance(value, str))
        return texts if len(texts) == len(values) else ()


def _called(schema: Schema, variant: Place, number: int, taken: set[str]) -> str:
    """What to call an alternative: its own name, its title or its type; else by its position."""
    kind = schema.kinds[0] if schema.kinds and schema.kinds[0] != "object" else ""
    for name in (own_name(schema.core[0]), variant.text("title"), kind):
        if name and name not in taken:
            return name
    return f"option {number}"


def _enumerable(values: list[object]) -> Formed:
    if any(isinstance(value, dict | list) for value in values):
        return Formed(Form.JSON, reason="its values are lists or objects")
    if all(isinstance(value, bool) for value in values):
        return Formed(Form.SCALAR, ScalarKind.BOOLEAN)
    for type_, leaf in ((str, ScalarKind.STRING), (int, ScalarKind.INT)):
        if all(isinstance(value, type_) for value in values):
            return Formed(Form.ENUM, leaf)
    return Formed(Form.ENUM)


def map_values(schema: Schema) -> Place | None:
    """The schema of a map's values; None when the object is no map."""
    for keyword in ("additionalProperties", "patternProperties"):
        place = schema.first(keyword)
        if keyword == "patternProperties" and place is not None:
            place = next((one for _, one in place.children()), None)
        if place is not None and place.members:
            return place
    return None


def _stripped(schema: Schema) -> Places:
    """What holds of every alternative of a union, without the alternatives."""
    parts = (part for part in schema.parts if "properties" in part.members)
    return tuple(
        replace(part, value={key: part.members[key] for key in _OF_ALL & part.members.keys()})
        for part in parts
    )
