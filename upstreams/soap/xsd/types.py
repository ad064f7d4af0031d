"""Complex types as layouts, with all they lead to."""

from collections.abc import Iterable, Iterator

import msgspec
from zeep.xsd import Any, AnyAttribute, AnySimpleType, ComplexType, Schema, Type
from zeep.xsd import Element as Declaration

from upstreams.soap.mend import Declared
from upstreams.soap.model import (
    Array,
    Codec,
    Content,
    Family,
    Layout,
    Leaf,
    Member,
    Nested,
    Place,
    Varied,
)
from upstreams.soap.wsdl import documentation
from upstreams.soap.xml import Element
from upstreams.soap.xsd.arrays import ARRAY, array
from upstreams.soap.xsd.arrays import Declaration as ArrayDeclaration
from upstreams.soap.xsd.kin import Kin, clark
from upstreams.soap.xsd.loaded import (
    Loaded,
    UndeclaredError,
    global_name,
    inside_of,
    is_nillable,
    type_name,
)
from upstreams.soap.xsd.nodes import (
    Holders,
    allows_anything,
    has_name,
    is_certain,
    is_mixed,
    said,
)
from upstreams.soap.xsd.particles import (
    Particle,
    by_field,
    exclusive,
    is_one_of,
    may_meet,
    numbered,
    particles,
)
from upstreams.soap.xsd.shape import Kinship, Shape
from upstreams.soap.xsd.simple import Simple, child
from upstreams.soap.xsd.spot import Naming, Spot, element_spot, spot_of, type_spot

_SUBSTITUTION = "|"
"""What the key of the layout of a substitution group ends with."""
_TRUE = ("true", "1")


class Types:
    """The types reached so far. Reaching one reaches all it uses."""

    def __init__(self, schema: Schema, declared: Declared, *, encoded: bool = False) -> None:
        """`encoded` has every member name its type, as some message says it (SOAP 1.1 §5.1)."""
        self._encoded = encoded
        self._arrays: list[str] = []
        self._loaded = Loaded(schema)
        self._declared = declared
        self._kin = Kin(declared)
        self._simple = Simple(declared)
        self._keys: dict[int, str] = {}
        self._waiting: list[tuple[ComplexType, Element | None, Spot]] = []
        self.shapes: dict[str, Shape] = {}
        self.kinships: dict[str, Kinship] = {}
        """By the key of the declared type; only of those that others are derived from."""
        self.enums = self._simple.enums
        self.degraded: dict[str, str] = {}
        self.assumed: dict[str, str] = {}

    def element(self, name: str) -> Content:
        """The content of a message's own element; where no schema declares it, what may be meant.

        It is of its declared type, not of one derived from that: often all requests of a service
        derive from one base, and the one without more to say has the base's own type.
        """
        try:
            found, holder = self._loaded.element(name), self._declared.find("element", name)
        except UndeclaredError:
            return self._undeclared(name)
        content = self._content(found.type, holder, element_spot(name))
        if isinstance(content, Varied) and (own := self.kinships[content.key].family.declared):
            content = self._plain(found.type, holder, type_spot(own))
        self._reach()
        return content

    def meant(self, name: str) -> str:
        """The name of a message's own element: where no schema declares it, of the one like it."""
        try:
            self._loaded.element(name)
        except UndeclaredError:
            same = [each for each in self._declared.all("element") if has_name(each, name)]
            return clark(same[0]) if len(same) == 1 else name
        return name

    def _undeclared(self, name: str) -> Content:
        """The content of the one element of that local name, of the type of that name, or any."""
        at = f"<{name}>"
        if (meant := self.meant(name)) != name:
            self.assumed[at] = f"no schema declares it; {meant} is taken"
            return self.element(meant)
        try:
            content = self.type(name, type_spot(name))
        except UndeclaredError:
            return self.undeclared(at)
        self.assumed[at] = "no schema declares it; it has the type of its name"
        return content

    def undeclared(self, at: str) -> Leaf:
        """The content of what nobody declares."""
        return self._json(at, "it is declared nowhere; any content is allowed")

    def type(self, name: str, spot: Spot) -> Content:
        """The content of a global type. Raises `UndeclaredError` when there is none."""
        content = self._content(self._loaded.type(name), None, spot)
        self._reach()
        return content

    def named(self, name: str) -> str:
        """The name of a type where members say it, else nothing."""
        return name if self._encoded else ""

    def add(self, shape: Shape) -> Nested:
        """A type no schema declares, such as the parameters of an rpc operation."""
        self.shapes[shape.key] = shape
        return Nested(shape.key)

    def _reach(self) -> None:
        """Make the layouts of all types met so far, and of those they use."""
        while self._waiting:
            shape = self._shape(*self._waiting.pop())
            self.shapes[shape.key] = shape

    def _content(self, found: Type, holder: Element | None, spot: Spot) -> Content:
        if isinstance(found, ComplexType):
            node = self._declaration(found, holder)
            if node is not None and (declared := self._array_of(found, node)):
                return self._array(declared, spot)
            if found.is_global:
                spot = type_spot(found.qname.text)
                if self._is_varied(found, spot):
                    return Varied(spot.key)
            return self._plain(found, holder, spot)
        if isinstance(found, AnySimpleType):
            return self._simple.held(holder, found.qname.text, spot)
        return self._json(spot.key, "any content is allowed (xs:anyType)")

    def _array_of(self, found: ComplexType, node: Element) -> ArrayDeclaration | None:
        if found.is_global and found.qname.text == ARRAY:
            return ArrayDeclaration()
        return array(node, self._declared)

    def _array(self, declared: ArrayDeclaration, spot: Spot) -> Content:
        """The content of an array; of one that holds itself, as deep as GraphQL cannot say, any."""
        if declared.of in self._arrays:
            return self._json(spot.key, "it is an array of arrays like itself")
        self._arrays.append(declared.of)
        try:
            item = self._content(self._loaded.type(declared.of), None, spot.inner("Item"))
        finally:
            self._arrays.pop()
        within = ""
        for rank in reversed(declared.ranks):
            item = Array(item, declared.of, within, rank)
            within = f"{within}[{',' * (rank - 1)}]"
        return item

    def _is_varied(self, found: ComplexType, spot: Spot) -> bool:
        """Whether a value of a global type may be of others, which are then reached too."""
        if spot.key in self.kinships:
            return True
        names = self._kin.derived(spot.key)
        own = "" if self._kin.is_abstract("complexType", spot.key) else spot.key
        concrete = [each for each in names if not self._kin.is_abstract("complexType", each)]
        if not concrete:
            return False
        naming = Naming()
        keys = [*([own] if own else []), *concrete]
        family = Family(tuple((naming.clark(key), key) for key in keys), own)
        self.kinships[spot.key] = Kinship(family, frozenset(names))
        self._nested(found, spot)
        for name in concrete:
            derived = self._loaded.type(name)
            if isinstance(derived, ComplexType):
                self._nested(derived, type_spot(name))
        return True

    def _nested(self, found: ComplexType, spot: Spot) -> None:
        """Have a global type as a layout, even if a leaf would say it all."""
        if id(found) not in self._keys:
            self._keys[id(found)] = spot.key
            self._waiting.append((found, self._declared.find("complexType", spot.key), spot))

    def _declaration(self, found: ComplexType, holder: Element | None) -> Element | None:
        """What declares a type: itself where it has a name, else what stands in its holder."""
        if found.is_global:
            return self._declared.find("complexType", found.qname.text)
        return None if holder is None else child(holder, "complexType")

    def _json(self, at: str, reason: str) -> Leaf:
        self.degraded.setdefault(at, reason)
        return Leaf(Codec.JSON)

    def _plain(self, found: ComplexType, holder: Element | None, spot: Spot) -> Content:
        """The content of a complex type, itself and none derived from it."""
        if id(found) in self._keys:
            return Nested(self._keys[id(found)])
        node = self._declaration(found, holder)
        if not found.attributes and (leaf := self._leaf(found, node, spot)):
            return leaf
        self._keys[id(found)] = spot.key
        self._waiting.append((found, node, spot))
        return Nested(spot.key)

    def _leaf(self, found: ComplexType, node: Element | None, spot: Spot) -> Leaf | None:
        """What a complex type without attributes is, when it is no more than a leaf."""
        content = inside_of(found)
        if content and isinstance(content[0], Declaration):
            return self._simple.text(node, spot)
        if next(particles(content), None) is not None:
            return None
        if node is not None and allows_anything(node):
            return self._json(spot.key, "any content is allowed (it is derived from xs:anyType)")
        return None if node is not None and is_mixed(node) else Leaf(Codec.PRESENCE)

    def _shape(self, found: ComplexType, node: Element | None, spot: Spot) -> Shape:
        holders = Holders(node, self._declared)
        naming = Naming()
        content = inside_of(found)
        fields: dict[str, list[Particle]] = {}
        if node is not None and is_mixed(node):
            reason = "text and elements are mixed (mixed content)"
            leaf = self._json(spot.key, reason)
            inside = [Member(naming.field("content"), leaf, place=Place.MIXED, repeated=True)]
        elif content and isinstance(content[0], Declaration):
            leaf = self._simple.text(node, spot.inner("value"))
            inside = [Member(naming.field("value"), leaf, place=Place.TEXT)]
        else:
            fields = by_field(numbered(particles(content)), naming)
            inside = [self._member(name, same, holders, spot) for name, same in fields.items()]
        members = (*self._attributes(found, holders, naming, spot), *inside)
        return Shape(
            spot.key,
            spot.label,
            Layout(members, tuple(exclusive(fields))),
            spot.scope,
            "" if node is None else said(node),
            dict(self._words(members, holders)),
            one_of=is_one_of(content) and is_certain(members, node),
        )

    def _member(self, name: str, same: list[Particle], holders: Holders, spot: Spot) -> Member:
        first = same[0]
        repeated = any(each.repeated for each in same) or may_meet(same)
        if isinstance(first.item, Any):
            leaf = self._json(f"{spot.key}/*", "any element is allowed (xs:any)")
            return Member(name, leaf, place=Place.ANY, repeated=repeated, turn=first.turn)
        called = first.item.qname.text
        holder = holders.find("element", called)
        inner = spot.inner(first.item.name) if holder is None else spot_of(holder)
        member = Member(
            field=name,
            content=self._content(first.item.type, holder, inner),
            name=called,
            required=not first.optional and len(same) == 1,
            repeated=repeated,
            nillable=is_nillable(first.item, holder),
            default=None if holder is None else holder.get("default", holder.get("fixed")),
            turn=first.turn,
            type=self.named(global_name(first.item.type)),
        )
        if first.item.is_global and (others := self._kin.substitutes(called)):
            return self._substituted(member, others)
        return member

    def _substituted(self, head: Member, others: list[str]) -> Member:
        """The same member, with the elements that may stand in its place (XSD part 1 §2.2.2.2)."""
        spot = Spot(f"<{head.name}>{_SUBSTITUTION}", *_named(head.name))
        if spot.key not in self.shapes:
            naming = Naming()
            self.shapes[spot.key] = Shape(spot.key, spot.label, Layout(()), spot.scope)
            names = [
                name for name in (head.name, *others) if not self._kin.is_abstract("element", name)
            ]
            layout = Layout(tuple(self._substitute(name, naming) for name in names))
            self.shapes[spot.key] = Shape(spot.key, spot.label, layout, spot.scope, one_of=True)
        return msgspec.structs.replace(
            head,
            content=Nested(spot.key),
            name="",
            place=Place.SUBSTITUTE,
            nillable=False,
            default=None,
        )

    def _substitute(self, name: str, naming: Naming) -> Member:
        found, holder = self._loaded.element(name), self._declared.find("element", name)
        content = self._content(found.type, holder, element_spot(name))
        return Member(naming.clark(name), content, name, nillable=is_nillable(found, holder))

    def _attributes(
        self, found: ComplexType, holders: Holders, naming: Naming, spot: Spot
    ) -> Iterator[Member]:
        for _, attribute in found.attributes:
            if isinstance(attribute, AnyAttribute):
                leaf = self._json(f"{spot.key}/@*", "any attribute is allowed (xs:anyAttribute)")
                yield Member(naming.field("anyAttributes"), leaf, place=Place.ANY_ATTRIBUTE)
                continue
            holder = holders.find("attribute", attribute.qname.text)
            if holder is not None and holder.get("use") == "prohibited":
                continue
            inner = spot.inner(attribute.name, "@") if holder is None else spot_of(holder)
            yield Member(
                field=naming.field(attribute.name, "Attribute"),
                content=self._simple.held(holder, type_name(attribute.type), inner),
                name=attribute.qname.text,
                place=Place.ATTRIBUTE,
                required=attribute.required,
                default=attribute.default or (None if holder is None else holder.get("fixed")),
            )

    def _words(self, members: Iterable[Member], holders: Holders) -> Iterator[tuple[str, str]]:
        """What is said about each field that something is said about."""
        for member in members:
            tag = "attribute" if member.place is Place.ATTRIBUTE else "element"
            holder = holders.find(tag, member.name)
            if holder is not None:
                said = (documentation(holder), self._simple.limits(holder))
                if words := "\n\n".join(filter(None, said)):
                    yield member.field, words


def _named(name: str) -> tuple[str, tuple[str, ...]]:
    spot = element_spot(name)
    return spot.label, spot.scope
