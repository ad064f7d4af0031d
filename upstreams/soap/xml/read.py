"""Values read from XML, by layouts."""

from collections.abc import Mapping
from typing import Any

from upstreams.soap.model import (
    TYPE_KEY,
    Array,
    Codec,
    Content,
    Leaf,
    Member,
    Message,
    Nested,
    Place,
)
from upstreams.soap.xml.arranged import Arranged, ArrangedFamily
from upstreams.soap.xml.arrays import items
from upstreams.soap.xml.document import NIL, TRUE, TYPE, Element, local_name, named
from upstreams.soap.xml.references import resolve
from upstreams.soap.xml.text import meaning
from upstreams.soap.xml.untyped import content, read_json, unknown_attributes


class Reader:
    """Reads values by the layouts of one catalog."""

    def __init__(
        self, layouts: Mapping[str, Arranged], families: Mapping[str, ArrangedFamily]
    ) -> None:
        self._layouts = layouts
        self._families = families

    def read(self, body: Element, message: Message) -> Any:
        """The value of the message in a Body. Raises `Malformed` naming the place.

        The name of the element is not compared: backends disagree about it (WSDL 1.1 §3.5 leaves
        an rpc answer's open).
        """
        if message.content is None:
            return None
        first = resolve(body) if message.encoding else next(iter(body), None)
        inside = first if message.element else body
        return None if inside is None else self.message(inside, message)

    def message(self, element: Element, message: Message) -> Any:
        """The value of a message whose element this is. Raises `Malformed` naming the place."""
        if message.content is None:
            return None
        value = self.content(element, message.content)
        return value.get(message.alone) if message.alone and value is not None else value

    def content(self, element: Element, inside: Content) -> Any:
        """The value of an element."""
        if element.get(NIL) in TRUE:
            return None
        # Not `match`, which takes longer than all else here.
        if isinstance(inside, Leaf):
            return _read_leaf(element, inside)
        if isinstance(inside, Nested):
            return self._read_members(element, self._layouts[inside.key])
        if isinstance(inside, Array):
            return self._read_item(items(element, inside.rank), inside.item)
        return self._read_varied(element, self._families[inside.key])

    def _read_item(self, found: Any, item: Content) -> Any:
        """An item of an array, or a row of it."""
        if found is None:
            return None
        if isinstance(found, list):
            return [self._read_item(each, item) for each in found]
        return self.content(found, item)

    def _read_varied(self, element: Element, family: ArrangedFamily) -> dict[str, Any]:
        """A value that says of which type it is; where nothing can be read, its type alone."""
        key = type_of(element, family)
        if not key:
            return {TYPE_KEY: element.get(TYPE)}
        return {TYPE_KEY: key, **self._read_members(element, self._layouts[key])}

    def _read_members(self, element: Element, layout: Arranged) -> dict[str, Any]:
        value: dict[str, Any] = {field: [] for field in layout.lists}
        for child in element:
            member = layout.claiming(child.tag)
            if member is None:
                continue
            held = self.child(child, member)
            if member.repeated:
                value[member.field].append(held)
            else:
                value[member.field] = held
        for member in layout.beside:
            value[member.field] = beside(element, member, layout)
        return value

    def child(self, child: Element, member: Member) -> Any:
        """The value of a child that a member claims."""
        if member.place is Place.ANY:
            return {local_name(child.tag): read_json(child)}
        if member.place is Place.SUBSTITUTE and isinstance(member.content, Nested):
            substitute = self._layouts[member.content.key].claiming(child.tag)
            return substitute and {substitute.field: self.child(child, substitute)}
        if member.default is not None and _is_empty(child) and isinstance(member.content, Leaf):
            return meaning(member.default, member.content, child)
        return self.content(child, member.content)


def type_of(element: Element, family: ArrangedFamily) -> str:
    """The key of the type an element is of; empty when nothing can be read.

    A type nobody declared is read as the declared one, of which it must be derived; where that is
    abstract nothing can be.
    """
    said = element.get(TYPE)
    return (family.named(named(element, said)) if said else "") or family.declared


def _is_empty(element: Element) -> bool:
    """Whether an element is there without content, for which its default stands (XSD §3.3.1)."""
    return not element.text and not len(element) and element.get(NIL) not in TRUE


def beside(element: Element, member: Member, layout: Arranged) -> Any:
    """What stands in an element beside its children: attributes, text."""
    if member.place is Place.ATTRIBUTE:
        text = element.get(member.name, member.default)
    elif member.place is Place.TEXT:
        text = element.text
    elif member.place is Place.MIXED:
        return list(content(element))
    else:
        return unknown_attributes(element, layout.attributes)
    if text is None or not isinstance(member.content, Leaf):
        return None
    return meaning(text, member.content, element)


def _read_leaf(element: Element, leaf: Leaf) -> Any:
    if leaf.codec is Codec.JSON:
        return read_json(element)
    if leaf.codec is Codec.PRESENCE:
        return True
    return meaning(element.text or "", leaf, element)
