"""What becomes of a schema: a leaf, an enum, an object, a map, a list, a union, or JSON."""

import enum
from collections.abc import Callable, Iterator

import msgspec

from upstreams.json_schema.naming import own_name, pascal
from upstreams.json_schema.place import Place, Unresolved
from upstreams.json_schema.reading import Places, Reader, Schema, listed, only_null
from upstreams.json_schema.scalars import (
    HINTS,
    MISSPELT,
    NUMERIC,
    STRING_FORMATS,
    is_file,
    scalar,
)
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
_VALUES = ("patternProperties", "additionalProperties", "unevaluatedProperties")
_TUPLES = ("prefixItems", "items")
_REST = ("items", "additionalItems")
_MAP = "-map"


class Use(msgspec.Struct, frozen=True):
    """A schema read for one direction, and what to call it where it has no name of its own."""

    schema: Schema
    direction: Direction
    label: str
    kind: str = ""
    """The one of the schema's several types that is meant."""
    itself: bool = False
    """Whether the schema itself is meant, where it stands for its heirs too."""

    @property
    def at(self) -> str:
        at = f"{self.schema.at} ({self.kind})" if self.kind else self.schema.at
        return f"{at} (itself)" if self.itself else at

    @property
    def own_name(self) -> str:
        return own_name(self.schema.core[0]) if self.single else ""

    @property
    def single(self) -> bool:
        return len(self.schema.core) == 1 and not self.kind


class Formed(msgspec.Struct, frozen=True):
    """What becomes of a schema, and of which kind it is where it is a leaf."""

    form: Form
    scalar: ScalarKind = ScalarKind.JSON
    reason: str = ""
    """Why it became JSON."""
    file: bool = False
    """Whether it is a file where it goes in."""


class Forms:
    """Looks at schemas one level deep, so that no recursion of theirs is one of ours."""

    def __init__(self, reader: Reader, assume: Callable[[str, str], None]) -> None:
        self._reader = reader
        self._assume = assume
        self._formed: dict[tuple[Schema, str], Formed] = {}
        self._nullable: dict[Schema, bool] = {}

    def form(self, use: Use) -> Formed:
        """What becomes of a schema. Raises `Unresolved`."""
        identity = (use.schema.unnoted or use.schema, use.kind)
        formed = self._formed.get(identity)
        if formed is None:
            formed = self._formed[identity] = self._form(use)
        if formed.file and use.direction is Direction.IN:
            return Formed(Form.SCALAR, ScalarKind.UPLOAD)
        return formed

    def _form(self, use: Use) -> Formed:
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
            return _structured(schema)
        leaf = scalar(kind, schema)
        if leaf is not None:
            return Formed(Form.SCALAR, leaf, file=is_file(kind, schema))
        if not kind and any(map(only_null, schema.core)):
            return Formed(Form.SCALAR, ScalarKind.VOID)
        return Formed(Form.JSON, reason=_untyped(kind))

    def _kind(self, schema: Schema) -> str:
        """The one type a schema names or implies; empty when it does neither."""
        if schema.kinds:
            named = schema.kinds[0]
            meant = MISSPELT.get(named.lower(), named)
            if meant != named:
                self._assume(schema.at, f"type {named!r} means {meant!r}")
            return meant
        if schema.properties or any(map(schema.first, _VALUES)):
            return "object"
        if schema.first("items") or schema.first("prefixItems"):
            return "array"
        for keyword, meant in HINTS.items():
            if schema.first(keyword):
                self._assume(schema.at, f"it has a {keyword} and no type: {meant!r}")
                return meant
        return ""

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
                label = (use.own_name or use.label) + pascal(kind)
                yield Use(use.schema, use.direction, label, kind)
        base = _stripped(use.schema)
        if any(map(listed, use.schema.parts)):
            self._assume(use.at, "`items` is a list, and no list is meant: alternatives")
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

    def is_file(self, place: Place) -> bool:
        """Whether what goes in there is a file."""
        try:
            use = Use(self._reader.read((place,)), Direction.IN, "")
            return [self.form(one).scalar for one in self.options(use)] == [ScalarKind.UPLOAD]
        except Unresolved:
            return False

    def nullable(self, schema: Schema) -> bool:
        """Whether null is allowed, also by an alternative. Raises `Unresolved`."""
        known = self._nullable.get(schema)
        if known is None:
            known = self._nullable[schema] = self._allows_null(schema)
        return known

    def _allows_null(self, schema: Schema) -> bool:
        if schema.nullable:
            return True
        use = Use(schema, Direction.OUT, "")
        match self.form(use).form:
            case Form.JSON:
                return not schema.kinds
            case Form.UNION:
                return any(one.schema.nullable for one in self.options(use) if not one.kind)
            case _:
                return False

    def is_text(self, schema: Schema) -> bool:
        """Whether a property's leaves are numbers that the backend writes as text."""
        try:
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


def hidden(schema: Schema, direction: Direction) -> bool:
    """Whether a property is absent in this direction: `readOnly` going in, `writeOnly` out."""
    return schema.flag("readOnly" if direction is Direction.IN else "writeOnly")


def _enumerable(values: list[object]) -> Formed:
    if values == [{}]:
        return Formed(Form.OBJECT)
    if any(isinstance(value, dict | list) for value in values):
        return Formed(Form.JSON, reason="its values are lists or objects")
    if all(isinstance(value, bool) for value in values):
        return Formed(Form.SCALAR, ScalarKind.BOOLEAN)
    for type_, leaf in ((str, ScalarKind.STRING), (int, ScalarKind.INT)):
        if all(isinstance(value, type_) for value in values):
            return Formed(Form.ENUM, leaf)
    return Formed(Form.ENUM)


def _structured(schema: Schema) -> Formed:
    if schema.properties or closed(schema):
        return Formed(Form.OBJECT)
    if map_values(schema) or map_leaf(schema):
        return Formed(Form.MAP)
    return Formed(Form.JSON, reason="an object of anything: it declares no properties")


def closed(schema: Schema) -> bool:
    """Whether an object may have nothing beside what is declared."""
    if any(place.value for place in map(schema.first, _VALUES[:1]) if place):
        return False
    bounds = [schema.first(key) for key in (*_VALUES[1:], "maxProperties")]
    return any(place.value is False or place.value == 0 for place in bounds if place)


def _untyped(kind: str) -> str:
    if kind:
        return f"unknown type {kind!r}"
    return "anything: it names no type"


def map_values(schema: Schema) -> Place | None:
    """What the values of a map are; None when the object is no map."""
    found: list[Place] = []
    for keyword in _VALUES:
        place = schema.first(keyword)
        if place is None:
            continue
        below = [one for _, one in place.children()] if keyword == _VALUES[0] else [place]
        found += (one for one in below if one.members or isinstance(one.value, tuple))
    if len(found) > 1:
        return schema.core[0].choice(tuple(found), "patternProperties")
    return found[0] if found else None


def rest(schema: Schema) -> Place | None:
    """Where it is said what an object has beside its declared properties; None: nowhere."""
    if closed(schema):
        return None
    found = (one for keyword in _VALUES if (one := schema.first(keyword)) and one.value)
    return next(found, None)


def map_leaf(schema: Schema) -> ScalarKind | None:
    """What the values of a map are that only its format speaks of: `uri-map`."""
    place = schema.first("format")
    written = place.value if place and isinstance(place.value, str) else ""
    return STRING_FORMATS.get(written.removesuffix(_MAP)) if written.endswith(_MAP) else None


def list_items(schema: Schema) -> Place | None:
    """What the items of a list are, whatever their position; None when it does not say.

    The items of a tuple are what any of its positions says, so a list of alternatives.
    """
    for keyword in _TUPLES:
        place = schema.first(keyword)
        if place and isinstance(place.value, list):
            rest = schema.first(_REST[keyword == "items"])
            further = (rest,) if rest and rest.members else ()
            return schema.core[0].choice((*place.elements(), *further), keyword)
    place = schema.first("items")
    return place if place and isinstance(place.value, dict | tuple) else None


def _stripped(schema: Schema) -> Places:
    """What holds of every alternative of a union, without the alternatives."""
    parts = (part for part in schema.parts if "properties" in part.members)
    return tuple(
        Place({key: part.members[key] for key in _OF_ALL & part.members.keys()}, *_where(part))
        for part in parts
    )


def _where(place: Place) -> tuple[str, str]:
    return place.document, place.pointer
