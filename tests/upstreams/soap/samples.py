"""node-soap's own samples: what its caller passes and gets, in our words.

Its values have attributes under `attributes` and text beside them under `$value`; a list of one is
the one; numbers, dates and texts are told apart by JavaScript.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from lxml import etree

from upstreams.model import InputType, ListOf, MapOf, Named, Required, Scalar, ScalarKind, TypeRef
from upstreams.soap.model import SoapCatalog

_ATTRIBUTES = ("attributes", "$attributes")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(T[\d:.]+)?(Z|[+-]\d{2}:\d{2})?")
_NUMBERS = (
    *(ScalarKind.INT, ScalarKind.LONG, ScalarKind.UNSIGNED_LONG, ScalarKind.BIG_INT),
    *(ScalarKind.FLOAT, ScalarKind.DECIMAL),
)


def loaded(folder: Path, name: str) -> Any:
    """A JSON file of a sample; None where there is none."""
    path = folder / name
    return json.loads(path.read_text()) if path.exists() else None


def canonical(xml: bytes) -> str:
    """An envelope without what carries no meaning: prefixes, order of attributes, indentation."""
    return etree.canonicalize(  # type: ignore[no-any-return]  # the stubs lack it
        xml.decode(),
        strip_text=True,
        rewrite_prefixes=True,
        qname_aware_attrs=["{http://www.w3.org/2001/XMLSchema-instance}type"],
    )


def given(catalog: SoapCatalog, ref: TypeRef, value: Any) -> Any:
    """What node-soap's caller passes as the value a client of ours gives for such a type."""
    match ref:
        case Required(of):
            return given(catalog, of, value)
        case ListOf(of):
            items = value if isinstance(value, list) else [value]
            return [given(catalog, of, item) for item in items]
        case Named(key):
            made = next(each for each in catalog.types if each.key == key)
            return _object(catalog, made, value) if isinstance(made, InputType) else value
        case Scalar(kind):
            return _leaf(kind, value)
        case MapOf():
            raise AssertionError("SOAP has no maps")


def _object(catalog: SoapCatalog, made: InputType, value: Any) -> Any:
    types = {field.name: field.type for field in made.fields}
    if made.key.endswith("#any#input"):
        name = _type_name(value) or next(iter(types))
        return {name: given(catalog, types[name], value)}
    members = value if isinstance(value, Mapping) else {"$value": value}
    return {
        name: given(catalog, types[name], held) if name in types else held
        for name, held in _members(members)
    }


def _type_name(value: Any) -> str:
    """The name of the type that a value says it is of."""
    named = next((value[key].get("xsi:type") for key in _ATTRIBUTES if key in value), None)
    return named.rpartition(":")[2] if named else ""


def _members(value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Fields by our names for them."""
    for name, held in value.items():
        if name in _ATTRIBUTES:
            yield from _members(held)
        elif name in ("$value", "theValue", "#text"):
            yield "value", held
        elif not name.startswith("xsi:"):
            yield name.rpartition(":")[2].removeprefix("@"), held


def _leaf(kind: ScalarKind, value: Any) -> Any:
    if value is None or kind is ScalarKind.JSON:
        return value
    if kind in _NUMBERS:
        return Decimal(str(value))
    if kind is ScalarKind.BOOLEAN:
        return value in (True, "true", 1)
    if kind is ScalarKind.BYTES:
        return str(value).encode()
    return value if isinstance(value, str) else json.dumps(value)


def plain(value: Any) -> Any:
    """A value of either side, with what the two write differently written in one way."""
    match value:
        case Mapping():
            members = {name: plain(held) for name, held in _members(value)}
            kept = {name: held for name, held in members.items() if held is not None}
            return kept.get("value") if set(kept) <= {"value"} else kept
        case list():
            items = [plain(item) for item in value]
            return items[0] if len(items) == 1 else items or None
        case bool():
            return "true" if value else "false"
        case None:
            return None
        case bytes():
            return value.decode()
        case _:
            return _text(str(value).strip())


def _text(text: str) -> Any:
    if _DATE.fullmatch(text):
        return datetime.fromisoformat(text.replace("Z", "")).replace(tzinfo=None)
    try:
        return Decimal(text).normalize()
    except InvalidOperation:
        return text or None
