"""Schemas as types of a catalog."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypedDict

import msgspec

from upstreams.json_schema.forms import MAX_DEPTH, Direction, Form, Forms, Use, map_values
from upstreams.json_schema.naming import camel, own_name, owner, pascal, scope
from upstreams.json_schema.place import Documents, Place, Unresolved
from upstreams.json_schema.reading import Dialect, Places, Reader, Schema
from upstreams.json_schema.scalars import common
from upstreams.json_schema.unions import Alternative, ambiguous, resolution
from upstreams.json_schema.values import enum_values, leaf_fits
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

DEPRECATED = "The backend's description marks it as deprecated."


_EXACT = msgspec.json.Encoder(decimal_format="number")


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
        self._forms = Forms(self._reader, self.assume)
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
        return self._forms.only_scalars(place)

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
            return Meaning(self._ref(Use(schema, direction, label)), schema.nullable)
        except Unresolved as error:
            return Meaning(self.degrade(error.at, error.reason), nullable=True)

    def _ref(self, use: Use) -> TypeRef:
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

    def _new_ref(self, use: Use) -> TypeRef:
        formed = self._forms.form(use)
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

    def _later(self, use: Use, make: Callable[[str], TypeDef]) -> Named:
        """A reference to a type that `finish` will make."""
        key = self._key(use)
        self._ahead.append(lambda: make(key))
        return Named(key)

    def _key(self, use: Use) -> str:
        """The schema's own name or its pointer; and the direction, which enums do not need."""
        key = (use.own_name or use.at) + use.direction.value
        if self._keys.setdefault(key, use.at) == use.at:
            return key
        return use.at + use.direction.value

    def _object(self, use: Use, key: str) -> ObjectType | InputType:
        about = self._about(use, key)
        fields = tuple(self._fields(use, key, about["label"]))
        if use.direction is Direction.IN:
            return InputType(**about, fields=fields)
        return ObjectType(**about, fields=fields)

    def _about(self, use: Use, key: str) -> _About:
        core = use.schema.core[0]
        return {
            "key": key,
            "label": use.own_name or use.label,
            "description": _described(core),
            "scope": scope(core) if use.own_name else (),
            "source": core.at,
        }

    def _fields(self, use: Use, key: str, label: str) -> Iterator[Field]:
        for name, places in use.schema.properties.items():
            if self._forms.hidden(places, use.direction):
                continue
            called = (owner(places[0]) or label) + pascal(name)
            field = self._field(name, places, use.direction, called)
            if use.direction is Direction.IN and self._forms.is_text(places):
                self._texts[key, name] = None
            if name in use.schema.required and not self._forms.nullable(places):
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

    def _remark_on_others(self, schema: Schema) -> None:
        for part in schema.parts:
            if part.members.get("additionalProperties"):
                self.assume(
                    part.child("additionalProperties").at,
                    "properties beside the declared ones are not offered",
                )

    def _values(self, use: Use) -> TypeRef:
        place = map_values(use.schema) or Place(None)
        return self._meaning((place,), use.direction, use.own_name or use.label).exact

    def _items(self, use: Use) -> TypeRef:
        label = use.own_name or use.label
        place = use.schema.first("items")
        if use.schema.first("prefixItems") or (place and isinstance(place.value, list)):
            return self.degrade(use.at, "a tuple: each position has its own type")
        if place is None or not isinstance(place.value, dict):
            return self.degrade(use.at, "a list that does not say of what")
        return self._meaning((place,), use.direction, label).exact

    def _enum(self, use: Use) -> Named:
        twin = replace(use, direction=Direction.OUT)
        key = self._key(twin)
        if key not in self._enums:
            values = tuple(enum_values(use.schema))
            self._enums[key] = EnumType(**self._about(use, key), values=values)
        return Named(key)

    def _union(self, use: Use) -> TypeRef:
        options = list(self._forms.options(use))
        if not options:
            return self.degrade(use.at, "its alternatives only lead to each other")
        formed = [self._forms.form(option) for option in options]
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

    def _choice(self, use: Use, key: str, options: list[Use]) -> UnionType:
        alternatives = [self._alternative(option) for option in options]
        found = resolution(use.schema, alternatives)
        for hidden in ambiguous(found):
            self.assume(use.at, f"{hidden} cannot be told from another alternative; never taken")
        members = tuple(dict.fromkeys(one.key for one in alternatives))
        return UnionType(**self._about(use, key), members=members, resolution=found)

    def _alternative(self, option: Use) -> Alternative:
        if self._forms.form(option).form is not Form.OBJECT:
            return Alternative(self._box(option), option.own_name, (), {})
        ref = self._ref(option)
        schema = option.schema
        always = tuple(name for name in schema.properties if name in schema.required)
        name = next(filter(None, map(own_name, schema.core)), "")
        return Alternative(
            ref.key if isinstance(ref, Named) else "", name, always, self._forms.tags(schema)
        )

    def _box(self, option: Use) -> str:
        """The key of an object around a value that is none."""
        formed = self._forms.form(option)
        what = formed.scalar.value if formed.form is Form.SCALAR else formed.form.value
        boxed = replace(option, label=option.own_name or option.label, kind=option.kind or what)

        def make(key: str) -> ObjectType:
            value = Field("value", Required(self._ref(option)), source=option.at)
            return ObjectType(**self._about(boxed, key), fields=(value,), box=True)

        if boxed.at not in self._boxes:
            self._boxes[boxed.at] = self._later(boxed, make).key
        return self._boxes[boxed.at]

    def _one_of(self, use: Use, key: str, options: list[Use]) -> InputType:
        fields = tuple(self._option_field(option, use) for option in options)
        return InputType(**self._about(use, key), fields=fields, one_of=True)

    def _option_field(self, option: Use, union: Use) -> Field:
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


def _described(core: Place) -> str:
    return core.text("description") or core.text("title")


def _note(schema: Schema, ref: TypeRef) -> str:
    """What is said of a value where it is used, beyond what its own type says."""
    found = next(filter(None, (note.text("description") for note in schema.notes)), "")
    return found or ("" if isinstance(ref, Named) else _described(schema.core[0]))
