"""Alternatives that no value tells apart, read as one."""

from collections.abc import Iterable, Sequence

from upstreams.json_schema.forms import LEAVES, Form, Formed, Use, list_items, map_values, rest
from upstreams.json_schema.place import Place
from upstreams.json_schema.reading import Places, Schema
from upstreams.json_schema.scalars import NUMERIC, WRITTEN, common
from upstreams.json_schema.values import enumerated
from upstreams.model import ScalarKind

_ITEMS = {Form.LIST: ("array", "items"), Form.MAP: ("object", "additionalProperties")}


def always(schema: Schema) -> tuple[str, ...]:
    """The fields that every value of an object has."""
    return tuple(name for name in schema.properties if name in schema.required)


def look(option: Use, formed: Formed) -> object:
    """What a value of an alternative looks like; of equal looks, none tells one from another."""
    match formed.form:
        case Form.OBJECT:
            return frozenset(always(option.schema))
        case Form.SCALAR | Form.ENUM if formed.scalar in NUMERIC:
            return "number"
        case Form.SCALAR | Form.ENUM if formed.scalar in (ScalarKind.BOOLEAN, ScalarKind.VOID):
            return formed.scalar
        case Form.SCALAR | Form.ENUM:
            return "text"
        case other:
            return other


def merged(at: Place, options: Sequence[Use], formed: Sequence[Formed]) -> Schema:
    """What alternatives that look alike say together; `at` is where the result is to stand."""
    form = formed[0].form
    if form in LEAVES:
        said = _leaf(options, formed)
    elif form is Form.OBJECT:
        said = _object(options)
    else:
        kind, keyword = _ITEMS[form]
        read = list_items if form is Form.LIST else map_values
        places = [place for one in options if (place := read(one.schema))]
        said = {"type": kind, keyword: _any(places)} if len(places) == len(options) else {}
        said = said or {"type": kind}
    place = Place(said, at.document, at.pointer)
    return Schema.of((place,), (place,))


def _leaf(options: Sequence[Use], formed: Sequence[Formed]) -> dict[str, object]:
    if all(one.form is Form.ENUM for one in formed):
        return _enum(options)
    return dict(WRITTEN[common({one.scalar for one in formed}) or ScalarKind.STRING])


def _enum(options: Sequence[Use]) -> dict[str, object]:
    """The values of all the enums, each described by its own where it has but one."""
    found: dict[object, str] = {}
    for one in options:
        values = enumerated(one.schema)
        core = one.schema.core[0]
        note = (core.text("description") or core.text("title")) if len(values) == 1 else ""
        for value in values:
            found.setdefault(value, note)
    return {"enum": list(found), "x-enum-descriptions": list(found.values())}


def _object(options: Sequence[Use]) -> dict[str, object]:
    """An object with the fields of all; what not all have is not required."""
    schemas = [one.schema for one in options]
    names = dict.fromkeys(name for one in schemas for name in one.properties)
    required = frozenset.intersection(*(one.required for one in schemas))
    return {
        "type": "object",
        "additionalProperties": _rest(schemas),
        "required": sorted(required),
        "properties": {
            name: _any(_all(one.properties[name]) for one in schemas if name in one.properties)
            for name in names
        },
    }


def _rest(schemas: Sequence[Schema]) -> object:
    """What any of the objects may have beside its properties; False where none may."""
    found = [place for one in schemas if (place := rest(one))]
    if any(place.value is True for place in found):
        return True
    return _any(found) if found else False


def _all(places: Places) -> Place:
    """One place for what several say of the same value."""
    if len(places) == 1:
        return places[0]
    return Place({"allOf": places}, places[0].document, _joined(" & ", places))


def _any(places: Iterable[Place]) -> Places:
    """A choice of one, so that wherever the same choice is met, it stands in the same place."""
    told: list[Place] = []
    for place in places:
        if all(place.value != other.value for other in told):
            told.append(place)
    if len(told) == 1:
        return tuple(told)
    return (Place(tuple(told), told[0].document, _joined(" | ", told)),)


def _joined(by: str, places: Sequence[Place]) -> str:
    return by.join((places[0].pointer, *(place.at for place in places[1:])))
