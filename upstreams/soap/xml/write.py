"""Values written as XML, by layouts."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lxml import etree

from upstreams.errors import BadInput
from upstreams.soap.model import (
    ARGUMENT,
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
from upstreams.soap.xml.document import NIL, Element, say_type
from upstreams.soap.xml.text import Path, set_attribute, set_text, shown, written
from upstreams.soap.xml.untyped import (
    an_object,
    write_attributes,
    write_content,
    write_json,
)

ITEM = "item"
"""What the elements of an array are called, which means nothing (SOAP 1.1 §5.4.2)."""
_PRESENCE = Leaf(Codec.PRESENCE)


class Writer:
    """Writes values by the layouts of one catalog."""

    def __init__(
        self, layouts: Mapping[str, Arranged], families: Mapping[str, ArrangedFamily]
    ) -> None:
        self._layouts = layouts
        self._families = families

    def write(
        self, around: Element, message: Message, value: object, argument: str = ARGUMENT
    ) -> None:
        """Put a message with this value into the Body or Header. Raises `BadInput`."""
        inside = self._opened(around, message) if message.element else around
        given = {} if value is None and isinstance(message.content, Nested) else value
        if message.content is not None and given is not None:
            self._write(inside, message.content, given, (argument,))

    def _opened(self, around: Element, message: Message) -> Element:
        """The element of a message."""
        return etree.SubElement(around, message.element)

    def _child(self, parent: Element, member: Member) -> Element:
        """The element of a member."""
        return etree.SubElement(parent, member.name)

    def _write(self, element: Element, content: Content, value: Any, path: Path) -> None:
        # Not `match`, which takes longer than all else here.
        if isinstance(content, Leaf):
            self._write_leaf(element, content, value, path)
        elif isinstance(content, Nested):
            layout = self._layouts[content.key]
            self._write_members(element, layout, an_object(value, path), path)
        elif isinstance(content, Array):
            self._write_array(element, content, value, path)
        else:
            self._write_varied(element, self._families[content.key], value, path)

    def _write_leaf(self, element: Element, leaf: Leaf, value: Any, path: Path) -> None:
        if leaf.codec is Codec.JSON:
            write_json(element, value, path)
        elif leaf.codec is not Codec.PRESENCE:
            set_text(element, written(leaf, value, path), path)

    def _write_array(self, element: Element, array: Array, value: Any, path: Path) -> None:
        """Every item in an element of its own, the last dimension varying fastest."""
        for item, at in flat(value, array.rank, path):
            self._write_item(etree.SubElement(element, ITEM), array, item, at)

    def _write_item(self, element: Element, array: Array, value: Any, path: Path) -> None:
        if value is None:
            element.set(NIL, "true")
        else:
            self._write(element, array.item, value, path)

    def _write_nothing(self, parent: Element, member: Member) -> None:
        """An element whose value is not given: nil, or the default it must not be without."""
        if member.nillable and member.name:
            self._child(parent, member).set(NIL, "true")
        elif member.default is not None and member.required and isinstance(member.content, Leaf):
            self._child(parent, member).text = member.default

    def _write_varied(
        self, element: Element, family: ArrangedFamily, value: Any, path: Path
    ) -> None:
        """A value of the type it names, which `xsi:type` says where it is not the declared one."""
        name, held = _only(value, path)
        key = family.chosen(name)
        if key is None:
            raise BadInput(f"{shown((*path, name))}: no such type")
        if key != family.declared:
            say_type(element, key)
        at = (*path, name)
        self._write_members(element, self._layouts[key], an_object(held, at), at)

    def _write_members(
        self, element: Element, layout: Arranged, value: Mapping[str, Any], path: Path
    ) -> None:
        for group in layout.exclusive:
            given = [field for field in group if value.get(field) is not None]
            if len(given) > 1:
                raise BadInput(f"{shown(path)}: only one of {', '.join(given)} can be given")
        for member in layout.beside:
            if (held := value.get(member.field)) is not None:
                _write_beside(element, member, held, (*path, member.field))
        for member, held, at in _in_turn(layout.inside, value, path):
            self._write_inside(element, member, held, at)

    def _write_inside(self, parent: Element, member: Member, value: Any, path: Path) -> None:
        if value is None:
            self._write_nothing(parent, member)
        elif member.place is Place.ELEMENT:
            if member.content != _PRESENCE or value:
                self._write(self._child(parent, member), member.content, value, path)
        elif member.place is Place.ANY:
            write_json(parent, an_object(value, path), path)
        elif isinstance(member.content, Nested):
            name, held = _only(value, path)
            substitute = self._layouts[member.content.key].named(name)
            if substitute is None:
                raise BadInput(f"{shown((*path, name))}: no such element")
            self._write_inside(parent, substitute, held, (*path, name))


def _write_beside(element: Element, member: Member, value: Any, path: Path) -> None:
    """What stands in an element beside its children: attributes, text."""
    if member.place is Place.ANY_ATTRIBUTE:
        write_attributes(element, value, path)
    elif member.place is Place.MIXED:
        write_content(element, value, path)
    elif isinstance(member.content, Leaf):
        text = written(member.content, value, path)
        if member.place is Place.ATTRIBUTE:
            set_attribute(element, member.name, text, path)
        else:
            set_text(element, text, path)


def flat(value: Any, rank: int, path: Path) -> Iterator[tuple[Any, Path]]:
    """Every item of an array of so many dimensions, and where it stands. Raises `BadInput`."""
    if not isinstance(value, list):
        raise BadInput(f"{shown(path)}: a list is needed")
    for number, item in enumerate(value):
        if rank > 1:
            yield from flat(item, rank - 1, (*path, number))
        else:
            yield item, (*path, number)


def _only(value: Any, path: Path) -> tuple[str, Any]:
    """The one field an object has."""
    match [(name, held) for name, held in an_object(value, path).items() if held is not None]:
        case [(name, held)]:
            return name, held
        case _:
            raise BadInput(f"{shown(path)}: exactly one field is needed")


def _in_turn(
    members: Sequence[Member], value: Mapping[str, Any], path: Path
) -> Iterator[tuple[Member, Any, Path]]:
    """Every element to be written, in order; members of one turn alternate."""
    written_turns: set[int] = set()
    for member in members:
        if not member.turn:
            yield from _occurrences(member, value, path)
        elif member.turn not in written_turns:
            written_turns.add(member.turn)
            turn = [each for each in members if each.turn == member.turn]
            yield from _alternating(turn, value, path)


def _alternating(
    members: Sequence[Member], value: Mapping[str, Any], path: Path
) -> Iterator[tuple[Member, Any, Path]]:
    rows = [list(_occurrences(member, value, path)) for member in members]
    for number in range(max(map(len, rows))):
        yield from (row[number] for row in rows if number < len(row))


def _occurrences(
    member: Member, value: Mapping[str, Any], path: Path
) -> Iterator[tuple[Member, Any, Path]]:
    at = (*path, member.field)
    held = value.get(member.field)
    if not member.repeated:
        if held is not None or member.required or member.field in value:
            yield member, held, at
    elif isinstance(held, list):
        yield from ((member, item, (*at, number)) for number, item in enumerate(held))
    elif held is not None:
        raise BadInput(f"{shown(at)}: a list is needed")
