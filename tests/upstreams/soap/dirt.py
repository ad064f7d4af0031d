"""Answers and arguments made up from a catalog's layouts: right, and wrong in the usual ways."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from random import Random
from typing import Any

from lxml import etree

from upstreams.soap.model import (
    Array,
    Codec,
    Content,
    Family,
    Leaf,
    Member,
    Message,
    Nested,
    Place,
    Varied,
    Wire,
)
from upstreams.soap.xml import Element, local_name

XSI = "http://www.w3.org/2001/XMLSchema-instance"
DEEPEST = 4
TEXTS = {
    Codec.BOOLEAN: ("true", "0", " 1 ", ""),
    Codec.INT: ("1", "-2", " 3\n", "", "\N{DEVANAGARI DIGIT SEVEN}"),
    Codec.LONG: ("9007199254740993", "+1"),
    Codec.UNSIGNED_LONG: ("1", ""),
    Codec.INTEGER: ("123456789012345678901234567890",),
    Codec.DECIMAL: ("1.10", " 2 ", "NaN", ""),
    Codec.DOUBLE: ("1e3", "INF", "-INF", " 2.5 "),
    Codec.BASE64: ("YWJj", "YW\n Jj", " ", ""),
    Codec.HEX: ("00ff", "0000", " ", ""),
    Codec.QNAME: ("p:x", "x", "none:x"),
}
"""What leaves say; those that are not here say anything."""
WRONG = ("yes", "4_0", "5 6", "1,5", "~", "0")
ANYTHING = ("", "text", "  two \n words ", "é & <")


class Dirt:
    """Makes up answers."""

    def __init__(self, wire: Wire, random: Random, *, clean: bool = False) -> None:
        """`clean`: nothing is wrong, and nothing that must be there lacks."""
        self._wire = wire
        self._random = random
        self._clean = clean

    def answer(self, message: Message) -> bytes:
        """A Body with the message in it."""
        body = etree.Element("body", nsmap={"p": "urn:p"})
        inside = etree.SubElement(body, message.element) if message.element else body
        if message.content is not None:
            self._fill(inside, message.content, 0)
        return etree.tostring(body)

    def _seldom(self) -> bool:
        return not self._clean and self._random.random() < 0.06

    def _fill(self, element: Element, content: Content, depth: int) -> None:
        if self._seldom():
            element.set(f"{{{XSI}}}nil", self._random.choice(("true", "1", "false")))
        if self._seldom():
            element.append(etree.Comment("said in passing"))
        match content:
            case Leaf(codec=codec):
                element.text = self._text(codec)
            case Nested(key):
                self._fill_members(element, key, depth)
            case Varied(key):
                self._fill_varied(element, self._wire.families[key], depth)
            case _:
                element.text = "as it comes"

    def _text(self, codec: Codec) -> str:
        if self._clean:
            return TEXTS.get(codec, ANYTHING)[0]
        wrong = self._random.random() < 0.005
        return self._random.choice(WRONG if wrong else TEXTS.get(codec, ANYTHING))

    def _fill_varied(self, element: Element, family: Family, depth: int) -> None:
        keys = [key for _, key in family.members] or [family.declared]
        key = self._random.choice(keys)
        if key != family.declared or self._seldom():
            element.set(f"{{{XSI}}}type", "none:such" if self._seldom() else local_name(key))
        self._fill_members(element, key, depth)

    def _fill_members(self, element: Element, key: str, depth: int) -> None:
        members = list(self._wire.layouts[key].members) if key in self._wire.layouts else []
        if self._seldom():
            self._random.shuffle(members)
        for member in members[:40]:
            match member.place:
                case Place.ATTRIBUTE:
                    self._fill_attribute(element, member)
                case Place.TEXT if isinstance(member.content, Leaf):
                    element.text = self._text(member.content.codec)
                case Place.ELEMENT | Place.SUBSTITUTE if depth < DEEPEST:
                    self._add(element, member, depth)
                case _:
                    etree.SubElement(element, "anything").text = "goes"

    def _fill_attribute(self, element: Element, member: Member) -> None:
        if isinstance(member.content, Leaf) and not self._seldom():
            element.set(member.name, self._text(member.content.codec))

    def _add(self, element: Element, member: Member, depth: int) -> None:
        for _ in range(self._times(member)):
            for name, content in self._named(member):
                self._fill(etree.SubElement(element, self._misplaced(name)), content, depth + 1)
        if self._seldom():
            etree.SubElement(element, "{urn:nobody}knows").text = "this"

    def _times(self, member: Member) -> int:
        most = 3 if member.repeated or self._seldom() else 1
        return self._random.randint(0 if self._seldom() else 1, most)

    def _named(self, member: Member) -> Iterator[tuple[str, Content]]:
        """The element of a member, or the one of its substitutes that comes."""
        if member.place is Place.SUBSTITUTE and isinstance(member.content, Nested):
            substitutes = self._wire.layouts[member.content.key].members
            member = self._random.choice(substitutes)
        yield member.name, member.content

    def _misplaced(self, name: str) -> str:
        return local_name(name) if self._seldom() else name


GIVEN: Mapping[Codec, tuple[Any, ...]] = {
    Codec.BOOLEAN: (True, False),
    Codec.DECIMAL: (Decimal("1.10"), 7, "lots"),
    Codec.DOUBLE: (1.5, float("inf"), -0.0),
    Codec.BASE64: (b"", b"abc", "text"),
    Codec.HEX: (b"\xff", 1),
    Codec.PRESENCE: (True, False),
    Codec.INT: (0, -7),
    Codec.JSON: ("x", {"a": 1}),
    Codec.QNAME: ("{urn:q}x", "x"),
}
"""Values of leaves, right and wrong; the rest are texts."""
GIVEN_TEXT = ("", "a\r\n\tb", "<&>\"'", "é", "\x0b", "\ufffe")


class Guesses:
    """Makes up values to be written."""

    def __init__(self, wire: Wire, random: Random) -> None:
        self._wire = wire
        self._random = random

    def value(self, content: Content, depth: int = 0) -> Any:
        """A value for such content."""
        match content:
            case Leaf(codec=codec, listed=listed):
                values = [self._random.choice(GIVEN.get(codec, GIVEN_TEXT)) for _ in range(2)]
                return values if listed else values[0]
            case Nested(key):
                return self._object(key, depth)
            case Varied(key):
                field, chosen = self._random.choice(self._wire.families[key].members)
                return {field: self._object(chosen, depth)}
            case Array(item):
                return [self.value(item, depth + 1)]

    def _object(self, key: str, depth: int) -> Any:
        if self._random.random() < 0.02:
            return "no object"
        members = self._wire.layouts[key].members if depth < DEEPEST else ()
        return {
            member.field: self._held(member, depth)
            for member in members
            if self._random.random() < (0.7 if _is_simple(member) else 0.05)
        }

    def _held(self, member: Member, depth: int) -> Any:
        if self._random.random() < 0.05:
            return None
        if member.repeated and self._random.random() > 0.02:
            times = self._random.randint(0, 2)
            return [self.value(member.content, depth + 1) for _ in range(times)]
        return self.value(member.content, depth + 1)


def _is_simple(member: Member) -> bool:
    return member.place in (Place.ELEMENT, Place.ATTRIBUTE, Place.TEXT)
