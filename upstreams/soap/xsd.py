"""The types of a description as layouts, with everything a catalog says about them in words.

Structure is zeep's: names resolved, groups and bases merged. What zeep does not keep
(enumerations, documentation, mixed content, prohibited attributes) is read from the declarations.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain, combinations, islice, product
from typing import Any as Untyped
from typing import TypeAlias
from urllib.parse import urlsplit

from zeep.exceptions import LookupError as UnknownNameError
from zeep.exceptions import NamespaceError
from zeep.xsd import Any, AnyAttribute, AnySimpleType, Choice, ComplexType, Group, Schema, Type
from zeep.xsd import Element as Declaration

from upstreams.model import EnumType, EnumValue
from upstreams.soap.mend import XSD, Declared
from upstreams.soap.model import Codec, Content, Layout, Leaf, Member, Nested, Place
from upstreams.soap.wsdl import documentation, is_tag, qname
from upstreams.soap.xml import Element, local_name, namespace

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
}
"""The built-in types that are more than text."""
_LISTS = ("NMTOKENS", "IDREFS", "ENTITIES")
_TYPES = ("simpleType", "complexType")
_TEXT = Leaf(Codec.STRING)
_Declared: TypeAlias = Mapping[tuple[str, str], Element]
_MOST_GROUPS = 64
"""How many groups of exclusive fields one choice may give."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A type with members."""

    key: str
    label: str
    layout: Layout
    scope: tuple[str, ...] = ()
    description: str = ""
    said: Mapping[str, str] = field(default_factory=dict)
    """Descriptions by field."""


@dataclass(frozen=True, slots=True)
class Spot:
    """What a type is called: its own name, or that of the place where it is declared."""

    key: str
    label: str
    scope: tuple[str, ...] = ()

    def inner(self, name: str, mark: str = "") -> "Spot":
        """The spot of a member: `{urn:x}Order` + `line` -> `{urn:x}Order/line`, `OrderLine`."""
        label = f"{self.label}{name[:1].upper()}{name[1:]}"
        return Spot(f"{self.key}/{mark}{name}", label, self.scope)


@dataclass(frozen=True, slots=True)
class _Particle:
    """An element, or room for any, at its place in the content of a type."""

    item: Untyped
    repeated: bool
    optional: bool
    turn: int
    branches: tuple[tuple[int, int], ...]
    """The choices it stands in, and which of their branches it is on."""

    def excludes(self, other: "_Particle") -> bool:
        """Whether at most one of the two can be there."""
        mine, theirs = dict(self.branches), dict(other.branches)
        return any(mine[choice] != theirs[choice] for choice in mine.keys() & theirs.keys())


def scope(namespace_uri: str) -> tuple[str, ...]:
    """What tells a namespace from another, innermost first.

    `http://example.com/stock/types.xsd` -> `("types", "stock", "example")`
    """
    parts = urlsplit(namespace_uri)
    path = [segment for segment in parts.path.replace(":", "/").split("/") if segment]
    words = [word.removesuffix(".xsd").removesuffix(".wsdl") for word in reversed(path)]
    host = [part for part in (parts.hostname or "").split(".") if part != "www"]
    return (*words, *reversed(host[:-1]))


class UndeclaredError(Exception):
    """A message names an element or type that no schema declares. The text says which."""


class Types:
    """The types reached so far. Reaching one reaches all it uses."""

    def __init__(self, schema: Schema, declared: Declared) -> None:
        self._schema = schema
        self._declared = declared
        self._keys: dict[int, str] = {}
        self._waiting: list[tuple[ComplexType, Element | None, Spot]] = []
        self.shapes: dict[str, Shape] = {}
        self.enums: dict[str, EnumType] = {}
        self.degraded: dict[str, str] = {}

    def element(self, name: str) -> Content:
        """The content of a global element. Raises `UndeclaredError` when there is none."""
        try:
            found = self._schema.get_element(name)
        except (UnknownNameError, NamespaceError) as error:
            raise UndeclaredError(f"the element {name}") from error
        return self._reach(found.type, self._declared.find("element", name), _element_spot(name))

    def type(self, name: str, spot: Spot) -> Content:
        """The content of a global type. Raises `UndeclaredError` when there is none."""
        try:
            found = self._schema.get_type(name)  # type: ignore[no-untyped-call]  # zeep's lack
        except (UnknownNameError, NamespaceError) as error:
            raise UndeclaredError(f"the type {name}") from error
        return self._reach(found, None, spot)

    def add(self, shape: Shape) -> Nested:
        """A type no schema declares, such as the parameters of an rpc operation."""
        self.shapes[shape.key] = shape
        return Nested(shape.key)

    def _reach(self, found: Type, holder: Element | None, spot: Spot) -> Content:
        """The content of a type, and everything it uses; `holder` declares it in place."""
        content = self._content(found, holder, spot)
        while self._waiting:
            shape = self._shape(*self._waiting.pop())
            self.shapes[shape.key] = shape
        return content

    def _content(self, found: Type, holder: Element | None, spot: Spot) -> Content:
        if isinstance(found, ComplexType):
            if found.is_global:
                name = found.qname
                spot = Spot(name.text, name.localname, scope(name.namespace or ""))
            return self._complex(found, self._declaration(found, holder), spot)
        if isinstance(found, AnySimpleType):
            return self._simple_of(holder, found.qname.text, spot)
        return self._json(spot.key, "any content is allowed (xs:anyType)")

    def _declaration(self, found: ComplexType, holder: Element | None) -> Element | None:
        """What declares a type: itself where it has a name, else what stands in its holder."""
        if found.is_global:
            return self._declared.find("complexType", found.qname.text)
        return None if holder is None else _child(holder, "complexType")

    def _json(self, at: str, reason: str) -> Leaf:
        self.degraded.setdefault(at, reason)
        return Leaf(Codec.JSON)

    def _simple_of(self, holder: Element | None, name: str, spot: Spot) -> Leaf:
        """The simple type an element or attribute is declared with, or else the one of a name."""
        if holder is not None and (inline := _child(holder, "simpleType")) is not None:
            return self._simple(inline, spot)
        declared = None if holder is None else qname(holder, holder.get("type"))
        return self._simple_named(declared or name, spot)

    def _simple_named(self, name: str, spot: Spot) -> Leaf:
        local = local_name(name)
        if namespace(name) == XSD:
            return Leaf(_CODECS.get(local, Codec.STRING), listed=local in _LISTS)
        node = self._declared.find("simpleType", name)
        if node is not None:
            return self._simple(node, Spot(name, local, scope(namespace(name))))
        outer = self._declared.find("complexType", name)
        return _TEXT if outer is None else self._text(outer, spot)

    def _simple(self, node: Element, spot: Spot) -> Leaf:
        """What a declaration of a simple type allows (XSD part 2 §4.1.2)."""
        for child in node:
            match local_name(child.tag):
                case "restriction":
                    return self._restriction(node, child, spot)
                case "list":
                    item = self._simple_of(child, qname(child, child.get("itemType")), spot)
                    return Leaf(item.codec, listed=True, enum=item.enum)
                case "union":
                    return _common(list(self._members(child, spot)))
                case _:
                    continue
        return _TEXT

    def _restriction(self, node: Element, restriction: Element, spot: Spot) -> Leaf:
        base = self._simple_of(restriction, qname(restriction, restriction.get("base")), spot)
        values = {
            " ".join(each.get("value", "").split()): documentation(each)
            for each in restriction
            if is_tag(each, "enumeration")
        }
        if not values or base.listed:
            return base
        self.enums[spot.key] = EnumType(
            key=spot.key,
            label=spot.label,
            description=documentation(node),
            scope=spot.scope,
            values=tuple(EnumValue(value, value, said) for value, said in values.items()),
            source=spot.key,
        )
        return Leaf(Codec.STRING, enum=spot.key)

    def _members(self, union: Element, spot: Spot) -> Iterator[Leaf]:
        for name in (union.get("memberTypes") or "").split():
            yield self._simple_named(qname(union, name), spot)
        for number, inline in enumerate(each for each in union if is_tag(each, "simpleType")):
            yield self._simple(inline, spot.inner(f"Option{number + 1}"))

    def _text(self, node: Element, spot: Spot) -> Leaf:
        """What the text of a complex type with simple content is."""
        for child in node.iter(f"{{{XSD}}}extension", f"{{{XSD}}}restriction"):
            return self._simple_of(child, qname(child, child.get("base")), spot)
        return _TEXT

    def _complex(self, found: ComplexType, node: Element | None, spot: Spot) -> Content:
        if id(found) in self._keys:
            return Nested(self._keys[id(found)])
        if node is not None and _is_mixed(node):
            return self._json(spot.key, "text and elements are mixed (mixed content)")
        content = [inside for _, inside in found.elements_nested if inside is not None]
        if content and isinstance(content[0], Declaration):
            if not found.attributes:
                return _TEXT if node is None else self._text(node, spot)
        elif not found.attributes and next(_particles(content), None) is None:
            if node is not None and _allows_anything(node):
                return self._json(spot.key, "any content is allowed (it restricts xs:anyType)")
            return Leaf(Codec.PRESENCE)
        self._keys[id(found)] = spot.key
        self._waiting.append((found, node, spot))
        return Nested(spot.key)

    def _shape(self, found: ComplexType, node: Element | None, spot: Spot) -> Shape:
        declared = {} if node is None else dict(self._declarations(node, frozenset()))
        naming = _Naming()
        content = [inside for _, inside in found.elements_nested if inside is not None]
        if content and isinstance(content[0], Declaration):
            leaf = _TEXT if node is None else self._text(node, spot.inner("value"))
            inside = {naming.field("value"): Member("value", leaf, place=Place.TEXT)}
            exclusive: tuple[tuple[str, ...], ...] = ()
        else:
            fields = _by_field(_numbered(_particles(content)), naming)
            inside = {
                field: self._inside(field, particles, declared, spot)
                for field, particles in fields.items()
            }
            exclusive = tuple(_exclusive(fields))
        attributes = list(self._attributes(found, declared, naming, spot))
        return Shape(
            spot.key,
            spot.label,
            Layout((*attributes, *inside.values()), exclusive),
            spot.scope,
            "" if node is None else _said(node),
            dict(_words((*attributes, *inside.values()), declared)),
        )

    def _inside(
        self, name: str, particles: list[_Particle], declared: _Declared, spot: Spot
    ) -> Member:
        first = particles[0]
        repeated = any(each.repeated for each in particles) or _may_meet(particles)
        if isinstance(first.item, Any):
            leaf = self._json(f"{spot.key}/*", "any element is allowed (xs:any)")
            return Member(name, leaf, place=Place.ANY, repeated=repeated, turn=first.turn)
        holder = declared.get(("element", first.item.name))
        inner = spot.inner(first.item.name) if holder is None else _spot(holder)
        return Member(
            field=name,
            content=self._content(first.item.type, holder, inner),
            name=first.item.qname.text,
            required=not first.optional and len(particles) == 1,
            repeated=repeated,
            nillable=first.item.nillable,
            turn=first.turn,
        )

    def _attributes(
        self, found: ComplexType, declared: _Declared, naming: "_Naming", spot: Spot
    ) -> Iterator[Member]:
        for _, attribute in found.attributes:
            if isinstance(attribute, AnyAttribute):
                leaf = self._json(f"{spot.key}/@*", "any attribute is allowed (xs:anyAttribute)")
                yield Member(naming.field("anyAttributes"), leaf, place=Place.ANY_ATTRIBUTE)
                continue
            holder = declared.get(("attribute", attribute.name))
            if holder is not None and holder.get("use") == "prohibited":
                continue
            inner = spot.inner(attribute.name, "@") if holder is None else _spot(holder)
            yield Member(
                field=naming.field(attribute.name, "Attribute"),
                content=self._simple_of(holder, attribute.type.qname.text, inner),
                name=attribute.qname.text,
                place=Place.ATTRIBUTE,
                required=attribute.required,
                default=attribute.default or (None if holder is None else holder.get("fixed")),
            )

    def _declarations(
        self, node: Element, within: frozenset[Element]
    ) -> Iterator[tuple[tuple[str, str], Element]]:
        """What declares each element and attribute of a type, its bases and groups included."""
        for child in node:
            tag, ref = local_name(child.tag), qname(child, child.get("ref"))
            base = qname(child, child.get("base")) if tag in ("extension", "restriction") else ""
            led = self._declared.find(tag, ref) if ref else None
            if base and (led := self._declared.find("complexType", base)) is not None:
                yield from self._led(led, within)
            if tag in ("element", "attribute"):
                declaration = child if led is None else led
                yield (tag, declaration.get("name", local_name(ref))), declaration
            elif tag in ("group", "attributeGroup") and led is not None:
                yield from self._led(led, within)
            elif tag in _CONTENT:
                yield from self._declarations(child, within)

    def _led(
        self, node: Element, within: frozenset[Element]
    ) -> Iterator[tuple[tuple[str, str], Element]]:
        if node not in within:
            yield from self._declarations(node, within | {node})


_CONTENT = (
    "sequence",
    "choice",
    "all",
    "complexContent",
    "simpleContent",
    "extension",
    "restriction",
)
_MORE = range(2, 1_000_000)


class _Naming:
    """The fields of one type, none of them twice."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def field(self, name: str, *marks: str) -> str:
        """The name; where it is taken, with the first mark that makes it another."""
        numbers = (f"_{number}" for number in _MORE)
        candidates = (f"{name}{mark}" for mark in chain(("",), marks, numbers))
        chosen = next(each for each in candidates if each not in self._taken)
        self._taken.add(chosen)
        return chosen


def _element_spot(name: str) -> Spot:
    return Spot(f"<{name}>", local_name(name), ("Element", *scope(namespace(name))))


def _spot(declaration: Element) -> Spot:
    """What a type declared in this place is called."""
    path = [declaration, *declaration.iterancestors()]
    schema = next(number for number, node in enumerate(path) if is_tag(node, "schema"))
    *inner, top = [node for node in path[:schema] if node.get("name")]
    target, name = path[schema].get("targetNamespace", ""), top.get("name", "")
    clark = f"{{{target}}}{name}" if target else name
    mark = {"attribute": "@", "group": "group "}.get(local_name(top.tag), "")
    spot = Spot(f"{mark}{clark}", name, scope(target))
    if is_tag(top, "element"):
        spot = _element_spot(clark)
    for node in reversed(inner):
        spot = spot.inner(node.get("name", ""), "@" if is_tag(node, "attribute") else "")
    return spot


def _child(element: Element, tag: str) -> Element | None:
    return next((child for child in element if is_tag(child, tag)), None)


def _common(leaves: list[Leaf]) -> Leaf:
    """The leaf that takes the values of all: their own where they agree, else text."""
    return leaves[0] if leaves and all(leaf == leaves[0] for leaf in leaves) else _TEXT


def _is_mixed(node: Element) -> bool:
    content = _child(node, "complexContent")
    return any(each is not None and each.get("mixed") in ("true", "1") for each in (node, content))


def _allows_anything(node: Element) -> bool:
    """Whether a type is `xs:anyType` under another name."""
    return any(
        qname(child, child.get("base")) == f"{{{XSD}}}anyType"
        for content in node
        if is_tag(content, "complexContent")
        for child in content
    )


def _particles(
    content: Iterable[Untyped],
    *,
    repeated: bool = False,
    optional: bool = False,
    turn: int = 0,
    branches: tuple[tuple[int, int], ...] = (),
) -> Iterator[_Particle]:
    """Every element a content model has room for, in order."""
    for item in content:
        often = item.max_occurs == "unbounded" or item.max_occurs > 1
        rarely = optional or item.min_occurs == 0
        if item.max_occurs == 0:
            continue
        if isinstance(item, Declaration | Any):
            yield _Particle(item, repeated or often, rarely, turn, branches)
        elif isinstance(item, Choice):
            alone = not (repeated or often)
            for number, branch in enumerate(item):
                yield from _particles(
                    [branch],
                    repeated=repeated or often,
                    optional=True,
                    turn=turn or (id(item) if often else 0),
                    branches=(*branches, (id(item), number)) if alone else branches,
                )
        else:
            yield from _particles(
                [item.child] if isinstance(item, Group) else item,
                repeated=repeated or often,
                optional=rarely,
                turn=turn or (id(item) if often else 0),
                branches=branches,
            )


def _numbered(particles: Iterable[_Particle]) -> Iterator[_Particle]:
    """The same with turns counted from 1, so that equal descriptions give equal layouts."""
    numbers = {0: 0}
    for particle in particles:
        turn = numbers.setdefault(particle.turn, len(numbers))
        yield replace(particle, turn=turn)


def _by_field(particles: Iterable[_Particle], naming: _Naming) -> dict[str, list[_Particle]]:
    """The particles by the field they are in: those of one name share one."""
    by_name: dict[str, list[_Particle]] = {}
    for particle in particles:
        name = "any" if isinstance(particle.item, Any) else particle.item.qname.text
        by_name.setdefault(name, []).append(particle)
    return {
        naming.field(local_name(name), *(f"_{word}" for word in scope(namespace(name)))): found
        for name, found in by_name.items()
    }


def _may_meet(particles: list[_Particle]) -> bool:
    """Whether two of them can be there together."""
    return any(not one.excludes(other) for one, other in combinations(particles, 2))


def _exclusive(fields: Mapping[str, list[_Particle]]) -> Iterator[tuple[str, ...]]:
    """Groups of fields of which at most one is given, one field of each branch of a choice."""
    choices: dict[int, dict[int, dict[str, None]]] = {}
    for name, particles in fields.items():
        for particle in particles:
            for choice, branch in particle.branches:
                choices.setdefault(choice, {}).setdefault(branch, {})[name] = None
    for branches in choices.values():
        for group in islice(product(*branches.values()), _MOST_GROUPS):
            if len(group) > 1 and not any(
                _may_meet([*fields[one], *fields[other]]) for one, other in combinations(group, 2)
            ):
                yield group


def _words(members: Iterable[Member], declared: _Declared) -> Iterator[tuple[str, str]]:
    """What is said about each field that something is said about."""
    for member in members:
        tag = "attribute" if member.place is Place.ATTRIBUTE else "element"
        holder = declared.get((tag, local_name(member.name)))
        if holder is not None and (said := documentation(holder)):
            yield member.field, said


def _said(node: Element) -> str:
    """What is said about a type, where it is declared or about the one element that has it."""
    holder = node.getparent()
    inline = holder is not None and is_tag(holder, "element")
    return documentation(node) or (documentation(holder) if holder is not None and inline else "")
