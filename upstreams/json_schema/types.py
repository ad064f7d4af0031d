"""Schemas as types of a catalog."""

from collections import deque
from collections.abc import Callable, Iterator
from itertools import count
from typing import NamedTuple, TypeAlias, TypedDict

import msgspec

from upstreams.json_schema.forms import (
    LEAVES,
    MAX_DEPTH,
    Direction,
    Form,
    Formed,
    Forms,
    Use,
    hidden,
    list_items,
    map_leaf,
    map_values,
    rest,
)
from upstreams.json_schema.merging import always, look, merged
from upstreams.json_schema.naming import camel, lasting, own_name, owner, pascal, scope
from upstreams.json_schema.notes import described, note
from upstreams.json_schema.place import Documents, Place, Unresolved
from upstreams.json_schema.reading import Dialect, Places, Reader, Schema
from upstreams.json_schema.scalars import common
from upstreams.json_schema.slips import slips
from upstreams.json_schema.unions import Alternative, resolution
from upstreams.json_schema.values import as_default, enum_values
from upstreams.kind import Maps
from upstreams.model import (
    ByTag,
    EnumType,
    Field,
    InputType,
    InterfaceType,
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


MAX_MERGED = 2000
"""How many times alternatives that look alike are made one; then they become JSON."""

_JSON = Scalar(ScalarKind.JSON)
_NAMED = 3
"""How many alternatives are named where many are spoken of."""


_Identity: TypeAlias = tuple[str, str, bool, bool]


class Meaning(NamedTuple):
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

    def __init__(self, documents: Documents, dialect: Dialect, maps: Maps = Maps.ENTRIES) -> None:
        self._maps = maps
        self._documents = documents
        self._reader = Reader(documents, dialect, self.assume)
        self._forms = Forms(self._reader, self.assume)
        self._refs: dict[_Identity, TypeRef] = {}
        self._within: set[_Identity] = set()
        self._keys: dict[str, str] = {}
        self._boxes: dict[str, str] = {}
        self._ahead: deque[Callable[[], TypeDef]] = deque()
        self._enums: dict[str, EnumType] = {}
        self._degraded: dict[Remark, None] = {}
        self._assumed: dict[Remark, None] = {}
        self._texts: dict[tuple[str, str], None] = {}
        self._rests: dict[str, str] = {}
        self._merged = 0

    def meaning(self, place: Place, direction: Direction, label: str) -> Meaning:
        """What the schema at a place means; `label` names what it leaves nameless."""
        return self._meaning((place,), direction, label)

    def field(self, name: str, place: Place, label: str) -> Field:
        """An argument or input field of that schema, not yet required."""
        return self._field(name, (place,), Direction.IN, label)[0]

    def any_of(self, at: Place, places: Places, direction: Direction, label: str) -> Meaning:
        """What a value means that may be of any of the schemas at some places."""
        return self._meaning((at.choice(places),), direction, label)

    def only_scalars(self, place: Place) -> bool:
        """Whether the schema is a choice between leaves: one text form, in a URL."""
        return self._forms.only_scalars(place)

    def is_file(self, place: Place) -> bool:
        """Whether what goes in there is a file."""
        return self._forms.is_file(place)

    def degrade(self, at: str, reason: str) -> Scalar:
        """`JSON`, with a remark why."""
        self._degraded[Remark(at, reason)] = None
        return _JSON

    def assume(self, at: str, reason: str) -> None:
        """Remark what was taken for granted."""
        self._assumed[Remark(at, reason)] = None

    def check(self, place: Place) -> None:
        """Remark what at a place, which is no schema, is written with the wrong type."""
        for slip in slips(place):
            self.assume(slip.at, slip.reason)

    def finish(self) -> tuple[TypeDef, ...]:
        """Every type that was referred to, directly or not."""
        made: list[TypeDef] = []
        while self._ahead:
            made.append(self._ahead.popleft()())
        reached = {one.key for one in made if isinstance(one, InterfaceType)}
        return (*(_implementing(one, reached) for one in made), *self._enums.values())

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

    @property
    def rests(self) -> tuple[tuple[str, str], ...]:
        """Fields that have the rest of an object: keys of their types, and names."""
        return tuple(self._rests.items())

    def _meaning(self, places: Places, direction: Direction, label: str) -> Meaning:
        try:
            schema = self._reader.read(places)
            ref = self._ref(Use(schema, direction, label))
            return Meaning(ref, self._forms.nullable(schema))
        except Unresolved as error:
            return Meaning(self.degrade(error.at, error.reason), nullable=True)

    def _ref(self, use: Use) -> TypeRef:
        known = (use.schema.at, use.kind, use.itself, use.direction is Direction.IN)
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
                return self._structured(use)
            case Form.MAP if self._maps is Maps.JSON:
                return _JSON
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
        """The schema's own name or where it stands; and the direction, which enums do not need."""
        name = "" if use.itself else use.own_name
        key = (name or lasting(use.at, self._documents)) + use.direction.value
        if self._keys.setdefault(key, use.at) == use.at:
            return key
        return use.at + use.direction.value

    def _structured(self, use: Use) -> Named:
        if not self._heirs(use):
            return self._later(use, lambda key: self._object(use, key))
        if use.direction is Direction.IN:
            return self._later(use, lambda key: self._one_of(use, key, self._concrete(use)))
        return self._later(use, lambda key: self._interface(use, key))

    def _object(self, use: Use, key: str) -> ObjectType | InputType:
        about = self._about(use, key)
        if use.direction is Direction.IN:
            own = self._fields(use, key, about["label"], {})
            return InputType(**about, fields=(*own, *self._rest(use, key)))
        bases = self._bases(use)
        own = self._fields(use, key, about["label"], _inherited(bases))
        fields = (*own, *self._rest(use, key))
        return ObjectType(**about, fields=fields, implements=tuple(map(self._key, bases)))

    def _about(self, use: Use, key: str) -> _About:
        core = use.schema.core[0]
        label = use.own_name or use.label
        return {
            "key": key,
            "label": f"Other {label}" if use.itself else label,
            "description": described(core),
            "scope": scope(core) if use.own_name else (),
            "source": core.at,
        }

    def _fields(
        self, use: Use, key: str, label: str, inherited: dict[str, Places]
    ) -> Iterator[Field]:
        """The fields of an object; those it inherits are of the type its interface says.

        What several fields lead to is named after the first of them, whatever order they are in.
        """
        own = use.schema.properties
        made = {
            name: self._own_field(use, key, name, inherited.get(name, own[name]), label)
            for name in sorted(own, key=_shortest)
        }
        return (field for name in own if (field := made[name]))

    def _own_field(self, use: Use, key: str, name: str, places: Places, label: str) -> Field | None:
        """A field of an object; None where it is absent in that direction."""
        declared = owner(places[0]) if len(places) == 1 else ""
        called = (declared or label) + pascal(name)
        field, schema = self._field(name, places, use.direction, called)
        if schema and hidden(schema, use.direction):
            return None
        if schema and use.direction is Direction.IN and self._forms.is_text(schema):
            self._texts[key, name] = None
        if schema and name in use.schema.required and not self._forms.nullable(schema):
            return msgspec.structs.replace(field, type=Required(field.type))
        return field

    def _field(
        self, name: str, places: Places, direction: Direction, label: str
    ) -> tuple[Field, Schema | None]:
        """A field that may be null, and its schema, if it can be read."""
        source = places[0].at
        try:
            schema = self._reader.read(places)
            if hidden(schema, direction):
                return Field(name, _JSON), schema
            ref = self._ref(Use(schema, direction, label))
        except Unresolved as error:
            return Field(name, self.degrade(error.at, error.reason), source=source), None
        going_in = direction is Direction.IN
        field = Field(
            name,
            ref,
            description=note(schema, ref, limits=going_in),
            deprecated=DEPRECATED if schema.flag("deprecated") else None,
            default=self._default(schema, ref) if going_in else None,
            source=source,
        )
        return field, schema

    def _rest(self, use: Use, key: str) -> Iterator[Field]:
        """The field for what an object may have beside its declared properties."""
        place = rest(use.schema)
        if place is None or not use.schema.properties:
            return
        name = next(name for name in _rest_names() if name not in use.schema.properties)
        self._rests[key] = name
        if self._maps is Maps.JSON:
            ref: TypeRef = _JSON
        elif map_values(use.schema) is None:
            ref = self.degrade(place.at, "properties beside the declared ones may be anything")
        else:
            ref = MapOf(self._values(use))
        told = described(place) or "What there is beside the other fields."
        yield Field(name, ref, told, source=place.at)

    def _values(self, use: Use) -> TypeRef:
        place = map_values(use.schema)
        if place is None:
            return Scalar(map_leaf(use.schema) or ScalarKind.JSON)
        return self._meaning((place,), use.direction, use.own_name or use.label).exact

    def _items(self, use: Use) -> TypeRef:
        place = list_items(use.schema)
        if place is None:
            return self.degrade(use.at, "a list of anything: it does not say of what")
        return self._meaning((place,), use.direction, use.own_name or use.label).exact

    def _enum(self, use: Use) -> Named:
        twin = msgspec.structs.replace(use, direction=Direction.OUT)
        key = self._key(twin)
        if key not in self._enums:
            values = tuple(enum_values(use.schema))
            self._enums[key] = EnumType(**self._about(use, key), values=values)
        return Named(key)

    def _heirs(self, use: Use) -> Places:
        """The schemas that a base with a discriminator stands for."""
        core = use.schema.core[0]
        if not use.single or use.itself or "discriminator" not in core.members:
            return ()
        return self._reader.heirs(core)

    def _bases(self, use: Use) -> list[Use]:
        """What an object inherits from that has a discriminator, the nearest first."""
        core = use.schema.core[0]
        found = []
        for part in use.schema.parts:
            if "discriminator" not in part.members:
                continue
            known = part is core or any(core == heir for heir in self._reader.heirs(part))
            if known and (part is not core or use.itself):
                found.append(Use(self._reader.read((part,)), use.direction, own_name(part)))
        return found

    def _interface(self, use: Use, key: str) -> InterfaceType:
        concrete = self._concrete(use)
        found = resolution(use.schema, [self._alternative(one) for one in concrete])
        for heir in concrete:
            self._ref(msgspec.structs.replace(heir, itself=False))  # it may be an interface, too
        about, bases = self._about(use, key), self._bases(use)
        return InterfaceType(
            **about,
            fields=tuple(self._fields(use, key, about["label"], _inherited(bases))),
            implements=tuple(map(self._key, bases)),
            resolution=found,
        )

    def _concrete(self, use: Use) -> list[Use]:
        """What a value of a schema may be when it stands for its heirs: each of them, or itself."""
        heirs = self._heirs(use)
        if not heirs:
            return [use]
        found = []
        for heir in heirs:
            one = Use(self._reader.read((heir,)), use.direction, own_name(heir))
            found.append(msgspec.structs.replace(one, itself=bool(self._heirs(one))))
        return [*found, msgspec.structs.replace(use, itself=True)]

    def _union(self, use: Use) -> TypeRef:
        options = [one for option in self._forms.options(use) for one in self._concrete(option)]
        if not options:
            return self.degrade(use.at, "its alternatives only lead to each other")
        if len(options) == 1:
            return self._ref(options[0])
        formed = [self._forms.form(option) for option in options]
        if all(one.form in LEAVES for one in formed):
            return self._leaf(use, options, formed)
        if use.direction is Direction.IN:
            return self._later(use, lambda key: self._one_of(use, key, options))
        for one in formed:
            if one.form is Form.JSON:
                return self.degrade(use.at, f"one of its alternatives is open: {one.reason}")
        return self._told(use, options, formed)

    def _leaf(self, use: Use, options: list[Use], formed: list[Formed]) -> TypeRef:
        """A choice between leaves: an enum of all values, or the leaf that holds all; or boxes."""
        leaf = common({one.scalar for one in formed})
        if leaf in (None, ScalarKind.JSON):
            if use.direction is Direction.IN:
                return self._later(use, lambda key: self._one_of(use, key, options))
            return self._told(use, options, formed)
        if all(one.form is Form.ENUM for one in formed):
            schema = merged(use.schema.core[0], options, formed)
            return self._enum(msgspec.structs.replace(use, schema=schema))
        return Scalar(leaf)

    def _told(self, use: Use, options: list[Use], formed: list[Formed]) -> TypeRef:
        """A choice that a value's own look decides; alternatives that look alike are one."""
        outlooks = [self._outlook(option, option.at) for option in options]
        if isinstance(resolution(self._tagging(use, options), outlooks), ByTag):
            return self._later(use, lambda key: self._choice(use, key, options))
        looks: dict[object, list[int]] = {}
        for index, option in enumerate(options):
            looks.setdefault(look(option, formed[index]), []).append(index)
        if len(looks) < len(options):
            self._merged += 1
        if self._merged > MAX_MERGED:
            return self.degrade(use.at, "more alternatives that look alike than are made one")
        if len(looks) == 1:
            return self._new_ref(self._alike(use, options, formed, None))
        if Form.MAP in looks:
            return self.degrade(use.at, "one of its alternatives is a map, which looks like any")
        told = [
            self._alike(use, [options[one] for one in same], [formed[one] for one in same], number)
            for number, same in enumerate(looks.values())
        ]
        return self._later(use, lambda key: self._choice(use, key, told))

    def _alike(self, use: Use, options: list[Use], formed: list[Formed], number: int | None) -> Use:
        """One use for alternatives that look alike; `number` tells it from others of the union."""
        if len(options) == 1:
            return options[0]
        names = list(dict.fromkeys(one.own_name or one.label for one in options))
        self.assume(
            use.at, f"{_listing(names)} cannot be told apart; they are one, with the fields of all"
        )
        at = use.schema.core[0]
        if number is None:
            return Use(merged(at, options, formed), use.direction, use.label)
        schema = merged(at.child("alike", number), options, formed)
        return Use(schema, use.direction, pascal(" or ".join(names[:_NAMED])))

    def _tagging(self, use: Use, options: list[Use]) -> Schema:
        """The schema whose discriminator tells alternatives: the choice's own, or a shared base."""
        if use.schema.first("discriminator") is None:
            shared = [{base.at: base.schema for base in self._bases(one)} for one in options]
            for at, schema in shared[0].items():
                if all(at in bases for bases in shared):
                    return schema
        return use.schema

    def _choice(self, use: Use, key: str, options: list[Use]) -> UnionType:
        alternatives = [self._alternative(option) for option in options]
        members = tuple(dict.fromkeys(one.key for one in alternatives))
        found = resolution(self._tagging(use, options), alternatives)
        return UnionType(**self._about(use, key), members=members, resolution=found)

    def _alternative(self, option: Use) -> Alternative:
        if self._forms.form(option).form is not Form.OBJECT:
            return self._outlook(option, self._box(option))
        ref = self._ref(option)
        return self._outlook(option, ref.key if isinstance(ref, Named) else "")

    def _outlook(self, option: Use, key: str) -> Alternative:
        """What a value of an alternative looks like whose type has that key."""
        if self._forms.form(option).form is not Form.OBJECT:
            return Alternative(key, option.own_name, (), {})
        schema = option.schema
        name = next(filter(None, map(own_name, schema.core)), "")
        return Alternative(key, name, always(schema), self._forms.tags(schema))

    def _box(self, option: Use) -> str:
        """The key of an object around a value that is none."""
        formed = self._forms.form(option)
        what = formed.scalar.value if formed.form is Form.SCALAR else formed.form.value
        label = option.own_name or option.label
        boxed = msgspec.structs.replace(option, label=label, kind=option.kind or what)

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
            camel(f"other {name}" if option.itself else name or label),
            self._ref(option),
            description=described(option.schema.core[0]),
            source=option.at,
        )

    def _default(self, schema: Schema, ref: TypeRef) -> str | None:
        place = schema.note("default")
        if place is None or place.value is None:
            return None
        text = as_default(place.value, ref, self._enums)
        if text is None:
            self.assume(place.at, "a default that does not fit its type is left out")
        return text


def _shortest(name: str) -> tuple[int, str]:
    """The order in which the fields of an object give their names to what they lead to."""
    return len(name), name


def _rest_names() -> Iterator[str]:
    """What the field for the rest of an object may be called."""
    yield from ("additionalProperties", "otherProperties")
    yield from (f"otherProperties{number}" for number in count(2))


def _inherited(bases: list[Use]) -> dict[str, Places]:
    """The properties of all bases; where several have one, that of the farthest."""
    return {name: places for base in bases for name, places in base.schema.properties.items()}


def _listing(names: list[str]) -> str:
    """`A, B, C and 4 more`"""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _implementing(one: TypeDef, reached: set[str]) -> TypeDef:
    """The type without the interfaces that no value is ever said to be."""
    if isinstance(one, ObjectType | InterfaceType) and not reached.issuperset(one.implements):
        kept = tuple(key for key in one.implements if key in reached)
        return msgspec.structs.replace(one, implements=kept)
    return one
