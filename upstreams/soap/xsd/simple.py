"""Simple types as leaves: built-in types, restrictions, lists, unions, enumerations."""

from collections.abc import Iterator, Mapping

from upstreams.model import EnumType, EnumValue
from upstreams.soap.mend import XSD, Declared
from upstreams.soap.model import Codec, Leaf
from upstreams.soap.wsdl import documentation, is_tag, qname
from upstreams.soap.xml import Element, local_name, namespace
from upstreams.soap.xsd.spot import Spot, type_spot

_CODECS: Mapping[str, Codec] = {
    "byte": Codec.INT,
    "short": Codec.INT,
    "int": Codec.INT,
    "unsignedByte": Codec.INT,
    "unsignedShort": Codec.INT,
    "unsignedInt": Codec.LONG,
    "long": Codec.LONG,
    "unsignedLong": Codec.UNSIGNED_LONG,
    "integer": Codec.INTEGER,
    "nonNegativeInteger": Codec.INTEGER,
    "nonPositiveInteger": Codec.INTEGER,
    "positiveInteger": Codec.INTEGER,
    "negativeInteger": Codec.INTEGER,
    "decimal": Codec.DECIMAL,
    "float": Codec.DOUBLE,
    "double": Codec.DOUBLE,
    "boolean": Codec.BOOLEAN,
    "date": Codec.DATE,
    "time": Codec.TIME,
    "dateTime": Codec.DATE_TIME,
    "duration": Codec.DURATION,
    "base64Binary": Codec.BASE64,
    "hexBinary": Codec.HEX,
    "anyURI": Codec.URI,
    "QName": Codec.QNAME,
    "NOTATION": Codec.QNAME,
}
"""The built-in types that are more than text."""
_LISTS = ("NMTOKENS", "IDREFS", "ENTITIES")
_LIMITS = (
    *("pattern", "length", "minLength", "maxLength", "totalDigits", "fractionDigits"),
    *("minInclusive", "minExclusive", "maxInclusive", "maxExclusive"),
)
"""Facets that no scalar says (XSD part 2 §4.3)."""
TEXT = Leaf(Codec.STRING)


class Simple:
    """The simple types reached so far."""

    def __init__(self, declared: Declared) -> None:
        self._declared = declared
        self.enums: dict[str, EnumType] = {}

    def held(self, holder: Element | None, name: str, spot: Spot) -> Leaf:
        """The simple type an element or attribute is declared with, or else the one of a name."""
        if holder is not None and (inline := child(holder, "simpleType")) is not None:
            return self._simple(inline, spot)
        declared = None if holder is None else qname(holder, holder.get("type"))
        return self._named(declared or name, spot)

    def text(self, node: Element | None, spot: Spot) -> Leaf:
        """What the text of a complex type with simple content is."""
        extending = (f"{{{XSD}}}extension", f"{{{XSD}}}restriction")
        for each in () if node is None else node.iter(*extending):
            return self.held(each, qname(each, each.get("base")), spot)
        return TEXT

    def limits(self, holder: Element) -> str:
        """What the type of an element or attribute asks beside what its scalar says."""
        node = child(holder, "simpleType")
        if node is None:
            node = self._declared.find("simpleType", qname(holder, holder.get("type")))
        restriction = None if node is None else child(node, "restriction")
        facets = [
            f"{local_name(each.tag)} `{each.get('value')}`"
            for each in (() if restriction is None else restriction)
            if local_name(each.tag) in _LIMITS
        ]
        return f"Limits: {', '.join(facets)}." if facets else ""

    def _named(self, name: str, spot: Spot) -> Leaf:
        local = local_name(name)
        if namespace(name) == XSD:
            return Leaf(_CODECS.get(local, Codec.STRING), listed=local in _LISTS)
        node = self._declared.find("simpleType", name)
        if node is not None:
            return self._simple(node, type_spot(name))
        return self.text(self._declared.find("complexType", name), spot)

    def _simple(self, node: Element, spot: Spot) -> Leaf:
        """What a declaration of a simple type allows (XSD part 2 §4.1.2)."""
        for each in node:
            match local_name(each.tag):
                case "restriction":
                    return self._restriction(node, each, spot)
                case "list":
                    item = self.held(each, qname(each, each.get("itemType")), spot)
                    return Leaf(item.codec, listed=True, enum=item.enum)
                case "union":
                    return self._union(node, list(self._members(each, spot)), spot)
                case _:
                    continue
        return TEXT

    def _restriction(self, node: Element, restriction: Element, spot: Spot) -> Leaf:
        base = self.held(restriction, qname(restriction, restriction.get("base")), spot)
        values = tuple(
            EnumValue(value, value, documentation(each))
            for each in restriction
            if is_tag(each, "enumeration")
            for value in [" ".join(each.get("value", "").split())]
        )
        # A name with a prefix means what its document says, so no fixed text stands for it.
        if not values or base.listed or base.codec is Codec.QNAME:
            return base
        return self._enum(node, values, spot)

    def _enum(self, node: Element, values: tuple[EnumValue, ...], spot: Spot) -> Leaf:
        self.enums[spot.key] = EnumType(
            key=spot.key,
            label=spot.label,
            description=documentation(node),
            scope=spot.scope,
            values=tuple({each.name: each for each in values}.values()),
            source=spot.key,
        )
        return Leaf(Codec.STRING, enum=spot.key)

    def _union(self, node: Element, members: list[Leaf], spot: Spot) -> Leaf:
        """The leaf that takes the values of all: what they agree on, all their values, or text."""
        if members and all(leaf == members[0] for leaf in members):
            return members[0]
        if not members or not all(leaf.enum and not leaf.listed for leaf in members):
            return TEXT
        values = (each for leaf in members for each in self.enums[leaf.enum].values)
        return self._enum(node, tuple(values), spot)

    def _members(self, union: Element, spot: Spot) -> Iterator[Leaf]:
        for name in (union.get("memberTypes") or "").split():
            yield self._named(qname(union, name), spot)
        for number, inline in enumerate(each for each in union if is_tag(each, "simpleType")):
            yield self._simple(inline, spot.inner(f"Option{number + 1}"))


def child(element: Element, tag: str) -> Element | None:
    """The first child of that local name."""
    return next((each for each in element if is_tag(each, tag)), None)
