"""Values that stand in schemas: what an enum lists, and whether a default fits."""

from collections.abc import Iterator
from decimal import Decimal

from upstreams.json_schema.place import Place
from upstreams.json_schema.reading import Schema
from upstreams.json_schema.scalars import NUMERIC
from upstreams.model import EnumValue, ScalarKind

_NAMES = ("x-enum-varnames", "x-enumNames")
_DESCRIPTIONS = ("x-enum-descriptions", "x-enumDescriptions")


def enumerated(schema: Schema) -> list[object]:
    """The values a schema is limited to, null aside; none when it is not limited."""
    if (const := schema.first("const")) and const.value is not None:
        return [const.value]
    place = schema.first("enum")
    if place is None or not isinstance(place.value, list):
        return []
    return [value for value in place.value if value is not None]


def enum_values(schema: Schema) -> Iterator[EnumValue]:
    """The values of an enum, each once, with the names and descriptions given beside them."""
    names, descriptions = _beside(schema, _NAMES), _beside(schema, _DESCRIPTIONS)
    seen: set[str] = set()
    for index, value in enumerate(enumerated(schema)):
        plain = float(value) if isinstance(value, Decimal) else value
        name = names.get(index) or _spelt(plain)
        if isinstance(plain, str | int | float) and name not in seen:
            seen.add(name)
            yield EnumValue(name, plain, description=descriptions.get(index, ""))


def _spelt(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _beside(schema: Schema, keys: tuple[str, ...]) -> dict[int, str]:
    """The texts of a list that runs parallel to the enum's values."""
    place = next((found for key in keys if (found := schema.first(key))), Place(None))
    texts = ((index, one.value) for index, one in enumerate(place.elements()))
    return {index: text for index, text in texts if isinstance(text, str)}


def leaf_fits(value: object, kind: ScalarKind) -> bool:
    """Whether a value written in a description is one of that scalar."""
    match kind:
        case ScalarKind.JSON:
            return True
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
