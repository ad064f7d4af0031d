"""Values that stand in schemas: what an enum lists, and whether a default fits."""

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal

import msgspec

from upstreams.json_schema.place import Place
from upstreams.json_schema.reading import Schema
from upstreams.json_schema.scalars import NUMERIC
from upstreams.model import (
    EnumType,
    EnumValue,
    ListOf,
    Named,
    Required,
    Scalar,
    ScalarKind,
    TypeRef,
)

_EXACT = msgspec.json.Encoder(decimal_format="number")

_NAMES = ("x-enum-varnames", "x-enumNames")
_KINDS = {str: "text", bool: "boolean", int: "number", float: "number"}
_DESCRIPTIONS = ("x-enum-descriptions", "x-enumDescriptions")


def enumerated(schema: Schema) -> list[object]:
    """The values a schema is limited to, null aside; none when it is not limited."""
    found: list[object] | None = None
    for part in schema.parts:
        if "const" in part.members:
            return [part.members["const"]] if part.members["const"] is not None else []
        listed = part.members.get("enum")
        if isinstance(listed, list):
            both = listed if found is None else [value for value in found if value in listed]
            found = both or found
    return [value for value in found or () if value is not None]


def enum_values(schema: Schema) -> Iterator[EnumValue]:
    """The values of an enum, each once, with the names and descriptions given beside them."""
    names, descriptions = _beside(schema, _NAMES), _beside(schema, _DESCRIPTIONS)
    seen: set[tuple[bool, object]] = set()
    taken: set[str] = set()
    for index, value in enumerate(enumerated(schema)):
        plain = float(value) if isinstance(value, Decimal) else value
        # In Python 1 is True, which in JSON are two.
        distinct = isinstance(plain, bool), plain
        if isinstance(plain, str | int | float) and distinct not in seen:
            name = _free_name(names.get(index), plain, taken)
            seen.add(distinct)
            taken.add(name)
            yield EnumValue(name, plain, description=descriptions.get(index, ""))


def _free_name(given: str | None, value: object, taken: Collection[str]) -> str:
    """`1`, or where that is the name of another value `1 as text`."""
    if given and given not in taken:
        return given
    name = _spelt(value)
    while name in taken:
        name = f"{name} as {_KINDS[type(value)]}"
    return name


def _spelt(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _beside(schema: Schema, keys: tuple[str, ...]) -> dict[int, str]:
    """The texts of a list that runs parallel to the enum's values."""
    place = next((found for key in keys if (found := schema.first(key))), Place(None))
    texts = ((index, one.value) for index, one in enumerate(place.elements()))
    return {index: text for index, text in texts if isinstance(text, str)}


def as_default(value: object, ref: TypeRef, enums: Mapping[str, EnumType]) -> str | None:
    """A default as JSON text; None where it is no value of its type."""
    return _EXACT.encode(value).decode() if _fits(value, ref, enums) else None


def _fits(value: object, ref: TypeRef, enums: Mapping[str, EnumType]) -> bool:
    match ref:
        case Scalar(kind=kind):
            return _leaf_fits(value, kind)
        case ListOf(of=Required(of=item) | item):
            return isinstance(value, list) and all(_fits(one, item, enums) for one in value)
        case Named(key=key) if key in enums:
            return any(value == one.value for one in enums[key].values)
        case _:
            return False


def _leaf_fits(value: object, kind: ScalarKind) -> bool:
    """Whether a value written in a description is one of that scalar."""
    match kind:
        case ScalarKind.JSON:
            return True
        case ScalarKind.UPLOAD:
            return False
        case ScalarKind.BOOLEAN:
            return isinstance(value, bool)
        case ScalarKind.FLOAT | ScalarKind.DECIMAL:
            return isinstance(value, int | Decimal) and not isinstance(value, bool)
        case ScalarKind.INT:
            return _whole(value) and -(2**31) <= int(str(value)) < 2**31
        case _ if kind in NUMERIC:
            return _whole(value)
        case _:
            return isinstance(value, str)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
