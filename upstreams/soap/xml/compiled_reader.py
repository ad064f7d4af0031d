"""Values read from XML by layouts made ready once: what the general reader gives, sooner.

What is not ready (any, mixed content, substitutes, defaults, misplaced elements) is left to the
general reader, element by element.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import InvalidOperation
from functools import cached_property, lru_cache
from typing import Any, TypeAlias

from lxml import etree

from upstreams.soap.model import (
    TYPE_KEY,
    Codec,
    Content,
    Leaf,
    Member,
    Message,
    Nested,
    Place,
    Varied,
)
from upstreams.soap.xml.arranged import Arranged, ArrangedFamily
from upstreams.soap.xml.document import NIL, TRUE, TYPE, XSI, Element
from upstreams.soap.xml.read import Reader, beside, type_of
from upstreams.soap.xml.text import READ, meaning

Nils: TypeAlias = bool
"""Whether anything in a document may be nil."""
Read: TypeAlias = Callable[[Element, Nils], Any]
"""The value of an element."""
Wanted: TypeAlias = frozenset[str]
"""Dotted paths of fields that are read; when there are none, all are."""

ALL: Wanted = frozenset()
_KEPT = 256
"""How many selections are kept ready."""

_any_nil = etree.XPath("boolean(descendant-or-self::*/@xsi:nil)", namespaces={"xsi": XSI})


class CompiledReader:
    """Reads values by the layouts of one catalog, each made ready when it is first met."""

    def __init__(
        self,
        layouts: Mapping[str, Arranged],
        families: Mapping[str, ArrangedFamily],
        general: Reader,
    ) -> None:
        self._layouts = layouts
        self._families = families
        self._general = general
        self._whole: dict[str, _Members] = {}
        self._selected = lru_cache(_KEPT)(self._select)

    def read(self, body: Element, message: Message, selection: tuple[str, ...] = ()) -> Any:
        """As the general reader; of the value, at least the selected fields (`Call.selection`).

        None selected means all. Raises `Malformed` naming the place, where what is read is wrong.
        """
        if message.encoding:
            return self._general.read(body, message)
        inside = next(iter(body), None) if message.element else body
        if message.content is None or inside is None:
            return None
        value = self._selected(message.content, message.alone, selection)(inside, may_be_nil(body))
        return value.get(message.alone) if message.alone and value is not None else value

    def _select(self, inside: Content, alone: str, selection: tuple[str, ...]) -> Read:
        if alone:
            return self.content(inside, frozenset(f"{alone}.{path}" for path in selection))
        return self.content(inside, frozenset(selection))

    def child(self, member: Member, wanted: Wanted = ALL) -> Read:
        """How a child that the member claims is read."""
        if member.place is not Place.ELEMENT or member.default is not None:
            return lambda child, _nils: self._general.child(child, member)
        return self.content(member.content, wanted)

    def beside(self, member: Member, layout: Arranged) -> Callable[[Element], Any]:
        """How what stands in an element beside its children is read."""
        if member.place is Place.ATTRIBUTE and member.content == Leaf(Codec.STRING):
            return lambda element: element.get(member.name, member.default)
        return lambda element: beside(element, member, layout)

    def content(self, inside: Content, wanted: Wanted = ALL) -> Read:
        """How such content is read."""
        if isinstance(inside, Leaf):
            return self._leaf(inside)
        if isinstance(inside, Nested):
            return self.members(inside.key, wanted).read
        if isinstance(inside, Varied):
            return self._varied(self._families[inside.key], wanted)
        return lambda element, _nils: self._general.content(element, inside)

    def members(self, key: str, wanted: Wanted) -> "_Members":
        """How elements of the layout of that key are read."""
        if wanted:
            return _Members(self, self._general, self._layouts[key], wanted)
        if key not in self._whole:
            self._whole[key] = _Members(self, self._general, self._layouts[key], wanted)
        return self._whole[key]

    def _leaf(self, leaf: Leaf) -> Read:
        if leaf.codec in (Codec.JSON, Codec.PRESENCE):
            return lambda element, _nils: self._general.content(element, leaf)
        if leaf == Leaf(Codec.STRING):
            return _string
        return _converted(leaf)

    def _varied(self, family: ArrangedFamily, wanted: Wanted) -> Read:
        ready: dict[str, _Members] = {}

        def read(element: Element, nils: Nils) -> Any:
            if nils and element.get(NIL) in TRUE:
                return None
            key = type_of(element, family)
            if not key:
                return {TYPE_KEY: element.get(TYPE)}
            if key not in ready:
                ready[key] = self.members(key, wanted)
            return {TYPE_KEY: key, **ready[key].inside(element, nils)}

        return read


class _Members:
    """Reads the members of one layout, or those that are wanted."""

    def __init__(
        self, compiler: CompiledReader, general: Reader, layout: Arranged, wanted: Wanted
    ) -> None:
        self._compiler = compiler
        self._general = general
        self._layout = layout
        self._wanted = wanted
        self._lists = tuple(field for field in layout.lists if below(wanted, field) is not None)

    def read(self, element: Element, nils: Nils) -> dict[str, Any] | None:
        """The value of an element with these members."""
        return None if nils and element.get(NIL) in TRUE else self.inside(element, nils)

    def inside(self, element: Element, nils: Nils) -> dict[str, Any]:
        """The value of such an element, which is not nil itself."""
        slots, lists = self._slots, self._lists
        value: dict[str, Any] = {field: [] for field in lists} if lists else {}
        for child in element:
            slot = slots.get(child.tag)
            if slot is None:
                self._read_unforeseen(child, value)
                continue
            field, read, repeated = slot
            if read is None:
                continue
            if repeated:
                value[field].append(read(child, nils))
            else:
                value[field] = read(child, nils)
        for field, read_beside in self._beside:
            value[field] = read_beside(element)
        return value

    # What follows is made when first used, because types may contain themselves.

    @cached_property
    def _slots(self) -> dict[str, tuple[str, Read | None, bool]]:
        """By the name of a child: its field, how it is read (None: not at all), if repeated."""
        return {
            member.name: (member.field, self._reading(member), member.repeated)
            for member in self._layout.inside
            if member.place is Place.ELEMENT and self._layout.claiming(member.name) is member
        }

    def _reading(self, member: Member) -> Read | None:
        wanted = below(self._wanted, member.field)
        return None if wanted is None else self._compiler.child(member, wanted)

    @cached_property
    def _beside(self) -> tuple[tuple[str, Callable[[Element], Any]], ...]:
        return tuple(
            (member.field, self._compiler.beside(member, self._layout))
            for member in self._layout.beside
            if below(self._wanted, member.field) is not None
        )

    def _read_unforeseen(self, child: Element, value: dict[str, Any]) -> None:
        """A child whose name is that of no member, or of one with a way of its own."""
        member = self._layout.claiming(child.tag)
        if member is None or below(self._wanted, member.field) is None:
            return
        held = self._general.child(child, member)
        if member.repeated:
            value[member.field].append(held)
        else:
            value[member.field] = held


def below(wanted: Wanted, field: str) -> Wanted | None:
    """What is wanted of a field's value; None when it is not wanted at all.

    A field's own name may have dots, so that what is wanted of one may be wanted of another, too.
    """
    if not wanted or field in wanted:
        return ALL
    return frozenset(_after(f"{field}.", wanted)) or None


def _after(start: str, wanted: Wanted) -> Iterator[str]:
    return (path[len(start) :] for path in wanted if path.startswith(start))


def may_be_nil(body: Element) -> Nils:
    """Whether anything in it says that it is nil; to ask each element would take longer."""
    try:
        return bool(_any_nil(body))
    except etree.XPathError:  # more elements than XPath handles
        return True


def _string(element: Element, nils: Nils) -> str | None:
    if nils and element.get(NIL) in TRUE:
        return None
    return element.text or ""


def _converted(leaf: Leaf) -> Read:
    convert = None if leaf.listed else _PLAINLY.get(leaf.codec, _tidy)

    def read(element: Element, nils: Nils) -> Any:
        if nils and element.get(NIL) in TRUE:
            return None
        text = element.text or ""
        if convert is None:
            return meaning(text, leaf, element)
        try:
            return convert(text)
        except (ValueError, InvalidOperation):
            return meaning(text, leaf, element)

    return read


def _tidy(text: str) -> str | None:
    return " ".join(text.split()) or None


_PLAINLY: Mapping[Codec, Callable[[str], Any] | None] = {
    **READ,
    # Empty, they would be empty bytes; a name needs its element.
    **dict.fromkeys((Codec.BASE64, Codec.HEX, Codec.QNAME), None),
}
"""What a text of one word means; None where only `meaning` can tell, `_tidy` where nothing is."""
