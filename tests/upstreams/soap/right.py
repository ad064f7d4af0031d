"""Arguments made up from a catalog's layouts that are right in all but what facets say."""

from decimal import Decimal
from typing import Any

from upstreams.model import EnumType
from upstreams.soap.model import (
    Array,
    Codec,
    Content,
    Layout,
    Leaf,
    Member,
    Nested,
    Place,
    SoapCatalog,
)

TYPICAL: dict[Codec, Any] = {
    Codec.URI: "http://x/",
    Codec.BOOLEAN: True,
    Codec.INT: 1,
    Codec.LONG: 1,
    Codec.UNSIGNED_LONG: 1,
    Codec.INTEGER: 1,
    Codec.DECIMAL: Decimal(1),
    Codec.DOUBLE: 1.0,
    Codec.DATE: "2024-01-01",
    Codec.TIME: "12:00:00",
    Codec.DATE_TIME: "2024-01-01T12:00:00",
    Codec.DURATION: "P1D",
    Codec.BASE64: b"a",
    Codec.HEX: b"a",
    Codec.QNAME: "{urn:x}y",
    Codec.PRESENCE: True,
}
"""What leaves are; those that are not here are texts."""
DEEP = 5
"""From here on only what must be there is given."""
DEEPEST = 14


class Right:
    """Makes up values that have all there may be, or only what must be there."""

    def __init__(self, catalog: SoapCatalog, *, full: bool) -> None:
        self._wire = catalog.wire
        self._enums = {one.key: one for one in catalog.types if isinstance(one, EnumType)}
        self._full = full

    def value(self, content: Content, depth: int = 0) -> Any:
        """A value of that content."""
        match content:
            case Leaf(enum=enum, listed=listed, codec=codec):
                first = self._enums[enum].values[0].value if enum else TYPICAL.get(codec, "x")
                return [first] if listed else first
            case Nested(key):
                return self._members(self._wire.layouts[key], depth + 1)
            case Array(item=item):
                return [self.value(item, depth + 1)]
            case _:
                members = self._wire.families[content.key].members
                field, key = members[-1 if self._full else 0]
                return {field: self._members(self._wire.layouts[key], depth + 1)}

    def _members(self, layout: Layout, depth: int) -> dict[str, Any]:
        value: dict[str, Any] = {}
        for member in layout.members:
            wanted = member.required or (self._full and depth < DEEP and not _is_open(member))
            excluded = any(
                member.field in group and not value.keys().isdisjoint(group)
                for group in layout.exclusive
            )
            if wanted and not excluded and depth < DEEPEST:
                value[member.field] = self._held(member, depth)
        for group in layout.exclusive:
            if value.keys().isdisjoint(group) and depth < DEEPEST:
                first = next(each for each in layout.members if each.field == group[0])
                value[first.field] = self._held(first, depth)
        return value

    def _held(self, member: Member, depth: int) -> Any:
        if member.place is Place.ANY:
            return [{"{urn:any}it": "x"}] if member.repeated else {"{urn:any}it": "x"}
        if member.place is Place.SUBSTITUTE and isinstance(member.content, Nested):
            first = self._wire.layouts[member.content.key].members[0]
            held: Any = {first.field: self.value(first.content, depth + 1)}
        else:
            held = self.value(member.content, depth)
        return [held] if member.repeated else held


def _is_open(member: Member) -> bool:
    return member.place in (Place.ANY, Place.ANY_ATTRIBUTE)
