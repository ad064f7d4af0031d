"""How values are written as XML, by the `xml` objects of a description (OpenAPI 3.1.1 §4.8.26)."""

from collections.abc import Iterable, Iterator, Sequence

from upstreams.json_schema import Documents, Place, Unresolved, own_name
from upstreams.json_schema.place import unescaped
from upstreams.model import Field, InputType, ObjectType, TypeDef, TypeRef, innermost
from upstreams.model import Named as NamedRef
from upstreams.openapi.model import Markup

STRUCTURED = frozenset(
    {"$ref", "additionalProperties", "allOf", "anyOf", "items", "oneOf", "properties"}
)


def structured(documents: Documents, schema: Place) -> bool:
    """Whether a schema says what is inside an element; otherwise XML is only text."""
    try:
        return bool(documents.resolve(schema).members.keys() & STRUCTURED)
    except Unresolved:
        return False


def root(documents: Documents, schema: Place) -> Markup:
    """The element around everything: its schema's own name, unless it says another."""
    found = _resolved(documents, schema)
    name = _name(schema) or _name(found) or own_name(found) or "root"
    item = _item(documents, found, "") if "items" in found.members else ""
    return _markup(_xml(schema, found), name, item)


def markups(
    documents: Documents, types: Sequence[TypeDef], roots: Iterable[TypeRef]
) -> Iterator[tuple[str, str, Markup]]:
    """The fields of all types below the roots that are not written in the default way."""
    known = {one.key: one for one in types}
    ahead = [leaf.key for ref in roots if isinstance(leaf := innermost(ref), NamedRef)]
    seen: set[str] = set()
    while ahead:
        key = ahead.pop()
        one = known.get(key)
        if key in seen or not isinstance(one, ObjectType | InputType):
            continue
        seen.add(key)
        for field in one.fields:
            leaf = innermost(field.type)
            ahead += [leaf.key] if isinstance(leaf, NamedRef) else []
            markup = _of_field(documents, field)
            if markup != Markup(field.name):
                yield key, field.name, markup


def _of_field(documents: Documents, field: Field) -> Markup:
    place = _at(documents, field.source)
    found = _resolved(documents, place)
    xml = _xml(place, found if "items" in found.members else place)
    if "items" not in found.members:
        return _markup(xml, _name(place) or field.name, "")
    if xml.flag("wrapped"):
        name = xml.text("name") or field.name
        return _markup(xml, name, _item(documents, found, name))
    item = _item(documents, found, field.name)
    return _markup(_xml(_resolved(documents, found.child("items")), place), item, "")


def _item(documents: Documents, array: Place, otherwise: str) -> str:
    items = array.child("items")
    found = _resolved(documents, items)
    return _name(items) or _name(found) or otherwise or own_name(found) or "item"


def _markup(xml: Place, name: str, item: str) -> Markup:
    return Markup(name, xml.text("namespace"), xml.text("prefix"), xml.flag("attribute"), item)


def _xml(schema: Place, otherwise: Place) -> Place:
    return (schema if "xml" in schema.members else otherwise).child("xml")


def _name(schema: Place) -> str:
    return schema.child("xml").text("name")


def _resolved(documents: Documents, place: Place) -> Place:
    try:
        return documents.resolve(place)
    except Unresolved:
        return place


def _at(documents: Documents, source: str) -> Place:
    """The place that a field's source names; an empty one where it is not there."""
    document, _, pointer = source.partition("#")
    here = Place(documents.trees.get(document), document)
    for token in pointer.split("/")[1:]:
        key = unescaped(token)
        here = here.child(int(key) if isinstance(here.value, list) and key.isdecimal() else key)
    return here
