"""Schemas as types of a catalog."""

import enum
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypedDict

import msgspec

from upstreams.json_schema.naming import camel, own_name, pascal, scope
from upstreams.json_schema.place import Documents, Place, Unresolved
from upstreams.json_schema.reading import Dialect, Places, Reader, Schema
from upstreams.json_schema.scalars import HINTS, MISSPELT, NUMERIC, common, scalar
from upstreams.json_schema.unions import Alternative, ambiguous, resolution
from upstreams.json_schema.values import enum_values, enumerated, leaf_fits
from upstreams.model import (
    EnumType,
    Field,
    InputType,
    ListOf,
    MapOf,
    Named,
    ObjectType,
    Remark,
    Required,
    Scalar,
    ScalarKind,
    TypeDef,
    TypeRef,
    UnionType,
)

MAX_DEPTH = 32
"""How many lists and maps may be nested in each other without an object in between."""

DEPRECATED = "The backend's description marks it as deprecated."

_OF_ALL = frozenset({"additionalProperties", "properties", "required", "type"})

_EXACT = msgspec.json.Encoder(decimal_format="number")


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


_LEAVES = frozenset({Form.SCALAR, Form.ENUM})


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a schema means for a value: its type, and whether it may be null."""

    ref: TypeRef
    """Never `Required`."""
    nullable: bool

    @property
    def exact(self) -> TypeRef:
        """The reference, `Required` where null is not allowed."""
        return self.ref if self.nullable else Required(self.ref)


@dataclass(frozen=True, slots=True)
class _Use:
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
class _Formed:
    form: Form
    scalar: ScalarKind = ScalarKind.JSON
    reason: str = ""
    """Why it became JSON."""


class _About(TypedDict):
    key: str
    label: str
    description: str
    scope: tuple[str, ...]
    source: str


class Types:
    """The types of one catalog while they are made: each schema once for each direction.

    Named types are noted when first met and made by `finish`, so that neither recursion nor depth
    of a description is one of ours.
    """

    def __init__(self, documents: Documents, dialect: Dialect) -> None:
        self._reader = Reader(documents, dialect)
        self._refs: dict[tuple[str, Direction], TypeRef] = {}
        self._within: set[tuple[str, Direction]] = set()
        self._keys: dict[str, str] = {}
        self._boxes: dict[str, str] = {}
        self._ahead: deque[Callable[[], TypeDef]] = deque()
        self._enums: dict[str, EnumType] = {}
        self._degraded: dict[Remark, None] = {}
        self._assumed: dict[Remark, None] = {}
        self._texts: dict[tuple[str, str], None] = {}

    def meaning(self, place: Place, direction: Direction, label: str) -> Meaning:
        """What the schema at a place means; `label` names what it leaves nameless."""
        return self._meaning((place,), direction, label)

    def field(self, name: str, place: Place, label: str) -> Field:
        """An argument or input field of that schema, not yet required."""
        return self._field(name, (place,), Direction.IN, label)

    def only_scalars(self, place: Place) -> bool:
        """Whether the schema is a choice between leaves: one text form, in a URL."""
        try:
            use = _Use(self._reader.read((place,)), Direction.IN, "")
            options = list(self._options(use))
        except Unresolved:
            return False
        forms = {self._formed(option).form for option in options}
        return forms <= _LEAVES and len(options) > 1

    def degrade(self, at: str, reason: str) -> Scalar:
        """`JSON`, with a remark why."""
        self._degraded[Remark(at, reason)] = None
        return Scalar(ScalarKind.JSON)

    def assume(self, at: str, reason: str) -> None:
        """Remark what was taken for granted."""
        self._assumed[Remark(at, reason)] = None

    def finish(self) -> tuple[TypeDef, ...]:
        """Every type that was referred to, directly or not."""
        made: list[TypeDef] = []
        while self._ahead:
            made.append(self._ahead.popleft()())
        return (*made, *self._enums.values())

    @property
    def degraded(self) -> tuple[Remark, ...]:
        return tuple(self._degraded)

    @property
    def assumed(self) -> tuple[Remark, ...]:
        return tuple(self._assumed)

    @property
    def texts(self) -> tuple[tuple[str, str], ...]:
        """Fields of input types whose numbers are written as text: keys and field names."""
        return tuple(self._texts)

    def _meaning(self, places: Places, direction: Direction, label: str) -> Meaning:
        try:
            schema = self._reader.read(places)
            return Meaning(self._ref(_Use(schema, direction, label)), schema.nullable)
        except Unresolved as error:
            return Meaning(self.degrade(error.at, error.reason), nullable=True)

    def _ref(self, use: _Use) -> TypeRef:
        known = (use.at, use.direction)
        if known in self._refs:
            return self._refs[known]
        if known in self._within:
            return self.degrade(use.at, "it contains itself, with no object in between")
        if len(self._within) == MAX_DEPTH:
            return self.degrade(use.at, f"lists and maps nested deeper than {MAX_DEPTH}")
        self._within.add(known)
        try:
            self._refs[known] = self._new_ref(use)
        finally:
            self._within.remove(known)
        return self._refs[known]

    def _new_ref(self, use: _Use) -> TypeRef:
        formed = self._formed(use)
        match formed.form:
            case Form.SCALAR:
                return Scalar(formed.scalar)
            case Form.ENUM:
                return self._enum(use)
            case Form.OBJECT:
                return self._later(use, lambda key: self._object(use, key))
            case Form.MAP:
                return MapOf(self._values(use))
            case Form.LIST:
                return ListOf(self._items(use))
            case Form.UNION:
                return self._union(use)
            case Form.JSON:
                return self.degrade(use.at, formed.reason)

    def _formed(self, use: _Use) -> _Formed:
        schema = use.schema
        if not use.kind:
            if values := enumerated(schema):
                return _enumerable(values)
            if self._reader.variants(schema) or len(schema.kinds) > 1:
                return _Formed(Form.UNION)
        kind = use.kind or self._kind(schema)
        if kind == "array":
            return _Formed(Form.LIST)
        if kind == "object":
            return self._structured(use)
        leaf = scalar(kind, schema)
        if leaf is not None:
            return _Formed(Form.SCALAR, leaf)
        return _Formed(Form.JSON, reason=f"unknown type {kind!r}" if kind else "it names no type")

    def _kind(self, schema: Schema) -> str:
        """The one type a schema names or implies; empty when it does neither."""
        if schema.kinds:
            named = schema.kinds[0]
            meant = MISSPELT.get(named.lower(), named)
            if meant != named:
                self.assume(schema.at, f"type {named!r} means {meant!r}")
            return meant
        if schema.properties or schema.first("additionalProperties"):
            return "object"
        if schema.first("items") or schema.first("prefixItems"):
            return "array"
        for keyword, meant in HINTS.items():
            if schema.first(keyword):
                self.assume(schema.at, f"it has a {keyword} and no type: {meant!r}")
                return meant
        return ""

    def _structured(self, use: _Use) -> _Formed:
        if use.schema.properties:
            if any(not self._hidden(one, use.direction) for one in use.schema.properties.values()):
                return _Formed(Form.OBJECT)
            return _Formed(Form.JSON, reason="none of its properties goes this way")
        if _map_values(use.schema):
            return _Formed(Form.MAP)
        return _Formed(Form.JSON, reason="an object with no declared properties")

    def _hidden(self, places: Places, direction: Direction) -> bool:
        """Whether a property is absent in this direction: `readOnly` going in, `writeOnly` out."""
        try:
            schema = self._reader.read(places)
        except Unresolved:
            return False
        return schema.flag("readOnly" if direction is Direction.IN else "writeOnly")

    def _later(self, use: _Use, make: Callable[[str], TypeDef]) -> Named:
        """A reference to a type that `finish` will make."""
        key = self._key(use)
        self._ahead.append(lambda: make(key))
        return Named(key)

    def _key(self, use: _Use) -> str:
        """The schema's own name or its pointer; and the direction, which enums do not need."""
        key = (use.own_name or use.at) + use.direction.value
        if self._keys.setdefault(key, use.at) == use.at:
            return key
        return use.at + use.direction.value

    def _object(self, use: _Use, key: str) -> ObjectType | InputType:
        about = self._about(use, key)
        fields = tuple(self._fields(use, key, about["label"]))
        if use.direction is Direction.IN:
            return InputType(**about, fields=fields)
        return ObjectType(**about, fields=fields)

    def _about(self, use: _Use, key: str) -> _About:
        core = use.schema.core[0]
        return {
            "key": key,
            "label": use.own_name or use.label,
            "description": _described(core),
            "scope": scope(core) if use.own_name else (),
            "source": core.at,
        }

    def _fields(self, use: _Use, key: str, label: str) -> Iterator[Field]:
        for name, places in use.schema.properties.items():
            if self._hidden(places, use.direction):
                continue
            field = self._field(name, places, use.direction, label + pascal(name))
            if use.direction is Direction.IN and self._is_text(places):
                self._texts[key, name] = None
            if name in use.schema.required and not self._nullable(places):
                field = msgspec.structs.replace(field, type=Required(field.type))
            yield field
        self._remark_on_others(use.schema)

    def _field(self, name: str, places: Places, direction: Direction, label: str) -> Field:
        ref = self._meaning(places, direction, label).ref
        try:
            schema = self._reader.read(places)
        except Unresolved:
            return Field(name, ref, source=places[0].at)
        return Field(
            name,
            ref,
            description=_note(schema, ref),
            deprecated=DEPRECATED if schema.flag("deprecated") else None,
            default=self._default(schema, ref) if direction is Direction.IN else None,
            source=places[0].at,
        )

    def _nullable(self, places: Places) -> bool:
        try:
            return self._reader.read(places).nullable
        except Unresolved:
            return True

    def _is_text(self, places: Places) -> bool:
        """Whether the property's leaves are numbers that the backend writes as text."""
        try:
            schema = self._reader.read(places)
            while (items := schema.first("items")) and schema.kinds == ("array",):
                schema = self._reader.read((items,))
        except Unresolved:
            return False
        return schema.kinds == ("string",) and scalar("string", schema) in NUMERIC

    def _remark_on_others(self, schema: Schema) -> None:
        for part in schema.parts:
            if part.members.get("additionalProperties"):
                self.assume(
                    part.child("additionalProperties").at,
                    "properties beside the declared ones are not offered",
                )

    def _values(self, use: _Use) -> TypeRef:
        place = _map_values(use.schema) or Place(None)
        return self._meaning((place,), use.direction, use.own_name or use.label).exact

    def _items(self, use: _Use) -> TypeRef:
        label = use.own_name or use.label
        place = use.schema.first("items")
        if use.schema.first("prefixItems") or (place and isinstance(place.value, list)):
            return self.degrade(use.at, "a tuple: each position has its own type")
        if place is None or not isinstance(place.value, dict):
            return self.degrade(use.at, "a list that does not say of what")
        return self._meaning((place,), use.direction, label).exact

    def _enum(self, use: _Use) -> Named:
        twin = replace(use, direction=Direction.OUT)
        key = self._key(twin)
        if key not in self._enums:
            values = tuple(enum_values(use.schema))
            self._enums[key] = EnumType(**self._about(use, key), values=values)
        return Named(key)

    def _union(self, use: _Use) -> TypeRef:
        options = list(self._options(use))
        formed = [self._formed(option) for option in options]
        for one in formed:
            if one.form is Form.JSON:
                return self.degrade(use.at, f"one of its alternatives is open: {one.reason}")
        leaves = {one.scalar for one in formed}
        if len(options) == 1:
            return self._ref(options[0])
        leaf = common(leaves)
        if leaf not in (None, ScalarKind.JSON) and all(
            one.form in (Form.SCALAR, Form.ENUM) for one in formed
        ):
            return Scalar(leaf)
        if use.direction is Direction.IN:
            return self._later(use, lambda key: self._one_of(use, key, options))
        return self._later(use, lambda key: self._choice(use, key, options))

    def _options(self, use: _Use) -> Iterator[_Use]:
        """What a value may be, with alternatives of alternatives taken up, each once."""
        seen: set[str] = set()
        ahead = [use]
        while ahead:
            option = ahead.pop(0)
            if option.at in seen:
                continue
            seen.add(option.at)
            if self._formed(option).form is Form.UNION:
                ahead = [*self._alternatives(option), *ahead]
            else:
                yield option

    def _alternatives(self, use: _Use) -> Iterator[_Use]:
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
            yield _Use(schema, use.direction, (use.own_name or use.label) + pascal(name))

    def _choice(self, use: _Use, key: str, options: list[_Use]) -> UnionType:
        alternatives = [self._alternative(option) for option in options]
        found = resolution(use.schema, alternatives)
        for hidden in ambiguous(found):
            self.assume(use.at, f"{hidden} cannot be told from another alternative; never taken")
        members = tuple(dict.fromkeys(one.key for one in alternatives))
        return UnionType(**self._about(use, key), members=members, resolution=found)

    def _alternative(self, option: _Use) -> Alternative:
        if self._formed(option).form is not Form.OBJECT:
            return Alternative(self._box(option), option.own_name, (), {})
        ref = self._ref(option)
        schema = option.schema
        always = tuple(name for name in schema.properties if name in schema.required)
        name = next(filter(None, map(own_name, schema.core)), "")
        return Alternative(
            ref.key if isinstance(ref, Named) else "", name, always, self._tags(schema)
        )

    def _tags(self, schema: Schema) -> dict[str, tuple[str, ...]]:
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

    def _box(self, option: _Use) -> str:
        """The key of an object around a value that is none."""
        formed = self._formed(option)
        what = formed.scalar.value if formed.form is Form.SCALAR else formed.form.value
        boxed = replace(option, label=option.own_name or option.label, kind=option.kind or what)

        def make(key: str) -> ObjectType:
            value = Field("value", Required(self._ref(option)), source=option.at)
            return ObjectType(**self._about(boxed, key), fields=(value,), box=True)

        if boxed.at not in self._boxes:
            self._boxes[boxed.at] = self._later(boxed, make).key
        return self._boxes[boxed.at]

    def _one_of(self, use: _Use, key: str, options: list[_Use]) -> InputType:
        fields = tuple(self._option_field(option, use) for option in options)
        return InputType(**self._about(use, key), fields=fields, one_of=True)

    def _option_field(self, option: _Use, union: _Use) -> Field:
        name = next(filter(None, map(own_name, option.schema.core)), "")
        label = option.label.removeprefix(union.own_name or union.label)
        return Field(
            camel(name or label),
            self._ref(option),
            description=_described(option.schema.core[0]),
            source=option.at,
        )

    def _default(self, schema: Schema, ref: TypeRef) -> str | None:
        place = schema.note("default")
        if place is None or place.value is None:
            return None
        if not self._fits(place.value, ref):
            self.assume(place.at, "a default that does not fit its type is left out")
            return None
        return _EXACT.encode(place.value).decode()

    def _fits(self, value: object, ref: TypeRef) -> bool:
        match ref:
            case Scalar(kind=kind):
                return leaf_fits(value, kind)
            case ListOf(of=Required(of=item) | item):
                return isinstance(value, list) and all(self._fits(one, item) for one in value)
            case Named(key=key) if key in self._enums:
                return any(value == one.value for one in self._enums[key].values)
            case _:
                return False


def _called(schema: Schema, variant: Place, number: int, taken: set[str]) -> str:
    """What to call an alternative: its own name, its title or its type; else by its position."""
    kind = schema.kinds[0] if schema.kinds and schema.kinds[0] != "object" else ""
    for name in (own_name(schema.core[0]), variant.text("title"), kind):
        if name and name not in taken:
            return name
    return f"option {number}"


def _enumerable(values: list[object]) -> _Formed:
    if any(isinstance(value, dict | list) for value in values):
        return _Formed(Form.JSON, reason="its values are lists or objects")
    if all(isinstance(value, bool) for value in values):
        return _Formed(Form.SCALAR, ScalarKind.BOOLEAN)
    for type_, leaf in ((str, ScalarKind.STRING), (int, ScalarKind.INT)):
        if all(isinstance(value, type_) for value in values):
            return _Formed(Form.ENUM, leaf)
    return _Formed(Form.ENUM)


def _map_values(schema: Schema) -> Place | None:
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


def _described(core: Place) -> str:
    return core.text("description") or core.text("title")


def _note(schema: Schema, ref: TypeRef) -> str:
    """What is said of a value where it is used, beyond what its own type says."""
    found = next(filter(None, (note.text("description") for note in schema.notes)), "")
    return found or ("" if isinstance(ref, Named) else _described(schema.core[0]))
