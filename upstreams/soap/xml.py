"""XML from strangers made safe to read, and values written and read by a catalog's layouts.

Elements of no known type are JSON both ways: text alone is a string, `xsi:nil` is null, anything
else an object: children by local name (a list where one repeats), attributes as `@name`, text
beside them as `#text`. When written, a name may also be a Clark name.
"""

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any, TypeAlias

from lxml import etree
from lxml.etree import _Element as Element

from upstreams.errors import BadInput, Malformed
from upstreams.hardened_xml import has_doctype, parser
from upstreams.soap.model import (
    ARGUMENT,
    Codec,
    Content,
    Layout,
    Leaf,
    Member,
    Message,
    Nested,
    Place,
    Wire,
)

__all__ = ["Element", "Values", "local_name", "namespace", "parse"]

XSI = "http://www.w3.org/2001/XMLSchema-instance"
_NIL = f"{{{XSI}}}nil"
_TRUE = ("true", "1")
_DEEPEST = 100
"""How deep JSON is written; what is read is kept from depth by the parser."""

_Path: TypeAlias = tuple[str | int, ...]


def parse(body: bytes, encoding: str | None = None) -> Element:
    """The root element: no comments, no processing instructions, no entities resolved.

    Nothing but `body` is read. Raises `ValueError` when it is not XML or has a DTD, which neither
    a description nor an envelope needs (SOAP 1.1 §3, SOAP 1.2 part 1 §5) and bombs are made of.
    """
    strict = parser(encoding)
    try:
        root = etree.fromstring(body, strict)
    except etree.XMLSyntaxError as error:
        if any(each.type != _UNDECLARED_PREFIX for each in strict.error_log):
            raise ValueError(f"not XML: {error.msg}") from error
        # It is XML, if not by "Namespaces in XML": the names with such a prefix stay as they are.
        root = etree.fromstring(body, parser(encoding, recover=True))
    if has_doctype(root):
        raise ValueError("it has a DTD; refused")
    return root


_UNDECLARED_PREFIX = etree.ErrorTypes.NS_ERR_UNDEFINED_NAMESPACE


def local_name(clark: str) -> str:
    """`{urn:bank}Account` -> `Account`."""
    return clark.rpartition("}")[2]


def namespace(clark: str) -> str:
    """`{urn:bank}Account` -> `urn:bank`; empty when there is none."""
    return clark[1:].partition("}")[0] if clark.startswith("{") else ""


def _double(value: Any) -> str:
    return str(float(value)).replace("inf", "INF").replace("nan", "NaN")


_WRITE: Mapping[Codec, Callable[[Any], str]] = {
    Codec.BOOLEAN: lambda value: "true" if value else "false",
    Codec.DECIMAL: lambda value: format(Decimal(value), "f"),
    Codec.DOUBLE: _double,
    Codec.BASE64: lambda value: base64.b64encode(value).decode("ascii"),
    Codec.HEX: lambda value: value.hex().upper(),
}
"""How a value becomes text; `str` where nothing is said."""


def _boolean(text: str) -> bool:
    if text not in ("true", "false", "1", "0"):
        raise ValueError(text)
    return text in _TRUE


def _plainly(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """The same reader without Python's own liberty: 1_000 is no number to anybody else."""

    def reading(text: str) -> Any:
        if "_" in text:
            raise ValueError(text)
        return read(text)

    return reading


def _base64(text: str) -> bytes:
    return base64.b64decode(text.replace(" ", ""), validate=True)


_READ: Mapping[Codec, Callable[[str], Any]] = {
    Codec.BOOLEAN: _boolean,
    Codec.INT: _plainly(int),
    Codec.LONG: _plainly(int),
    Codec.UNSIGNED_LONG: _plainly(int),
    Codec.INTEGER: _plainly(int),
    Codec.DECIMAL: _plainly(Decimal),
    Codec.DOUBLE: _plainly(float),
    Codec.BASE64: _base64,
    Codec.HEX: bytes.fromhex,
}
"""What a text means; the text itself where nothing is said."""


class Values:
    """Values as XML and back, by the layouts of one catalog."""

    def __init__(self, wire: Wire) -> None:
        self._layouts = {key: _Compiled(layout) for key, layout in wire.layouts.items()}

    def write(self, body: Element, message: Message, value: Any) -> None:
        """Put a message with this value into the Body.

        Raises `BadInput` naming the argument that cannot be written.
        """
        inside = etree.SubElement(body, message.element) if message.element else body
        given = {} if value is None and isinstance(message.content, Nested) else value
        if message.content is not None and given is not None:
            self._write(inside, message.content, given, (ARGUMENT,))

    def read(self, body: Element, message: Message) -> Any:
        """The value of the message in a Body.

        Raises `Malformed` naming the place. The name of the element is not compared: backends
        disagree about it (WSDL 1.1 §3.5 leaves an rpc answer's open).
        """
        if message.content is None:
            return None
        inside = next(iter(body), None) if message.element else body
        if inside is None:
            return None
        value = self._read(inside, message.content)
        return value.get(message.alone) if message.alone and value is not None else value

    def _write(self, element: Element, content: Content, value: Any, path: _Path) -> None:
        match content:
            case Leaf(codec=Codec.JSON):
                _write_json(element, value, path)
            case Leaf(codec=Codec.PRESENCE):
                pass
            case Leaf():
                _set_text(element, _text(content, value, path), path)
            case _ if isinstance(value, Mapping):
                self._write_members(element, self._layouts[content.key], value, path)
            case _:
                raise BadInput(f"{_shown(path)}: an object is needed")

    def _write_members(
        self, element: Element, layout: "_Compiled", value: Mapping[str, Any], path: _Path
    ) -> None:
        for group in layout.exclusive:
            given = [field for field in group if value.get(field) is not None]
            if len(given) > 1:
                raise BadInput(f"{_shown(path)}: only one of {', '.join(given)} can be given")
        for member, leaf in layout.beside:
            if (held := value.get(member.field)) is None:
                continue
            at = (*path, member.field)
            if member.place is Place.ANY_ATTRIBUTE:
                _write_attributes(element, held, at)
            elif member.place is Place.ATTRIBUTE:
                _set_attribute(element, member.name, _text(leaf, held, at), at)
            else:
                _set_text(element, _text(leaf, held, at), at)
        for member, held, at in _in_turn(layout.inside, value, path):
            self._write_element(element, member, held, at)

    def _write_element(self, parent: Element, member: Member, value: Any, path: _Path) -> None:
        if member.place is Place.ANY:
            if value is not None:
                _write_json(parent, _object(value, path), path)
        elif value is None:
            if member.nillable:
                etree.SubElement(parent, member.name).set(_NIL, "true")
        elif member.content != _PRESENCE or value:
            self._write(etree.SubElement(parent, member.name), member.content, value, path)

    def _read(self, element: Element, content: Content) -> Any:
        if element.get(_NIL) in _TRUE:
            return None
        if isinstance(content, Leaf):
            return _read_leaf(element, content)
        return self._read_members(element, self._layouts[content.key])

    def _read_members(self, element: Element, layout: "_Compiled") -> dict[str, Any]:
        value: dict[str, Any] = {field: [] for field in layout.lists}
        for child in element:
            member = layout.claiming(child.tag)
            if member is None:
                continue
            if member.place is Place.ANY:
                held = {local_name(child.tag): _read_json(child)}
            else:
                held = self._read(child, member.content)
            if member.repeated:
                value[member.field].append(held)
            else:
                value[member.field] = held
        for member, leaf in layout.beside:
            if member.place is Place.ANY_ATTRIBUTE:
                value[member.field] = _unknown_attributes(element, layout.attributes)
            else:
                within = member.place is Place.TEXT
                text = element.text if within else element.get(member.name, member.default)
                value[member.field] = None if text is None else _meaning(text, leaf, element)
        return value


class _Compiled:
    """A layout, arranged for writing and reading."""

    def __init__(self, layout: Layout) -> None:
        self.exclusive = layout.exclusive
        within = (Place.ELEMENT, Place.ANY)
        self.inside = tuple(member for member in layout.members if member.place in within)
        self.beside = tuple(
            (member, member.content)
            for member in layout.members
            if member.place not in within and isinstance(member.content, Leaf)
        )
        self.lists = tuple(member.field for member in self.inside if member.repeated)
        self.attributes = frozenset(
            member.name for member, _ in self.beside if member.place is Place.ATTRIBUTE
        )

    @cached_property
    def _by_name(self) -> dict[str, Member]:
        return {member.name: member for member in self.inside if member.name}

    @cached_property
    def _by_local_name(self) -> dict[str, Member]:
        return {local_name(member.name): member for member in reversed(self.inside) if member.name}

    @cached_property
    def _any(self) -> Member | None:
        return next((member for member in self.inside if member.place is Place.ANY), None)

    def claiming(self, tag: str) -> Member | None:
        """The member an element of that name belongs to.

        A name that is right but for its namespace counts unless anything is allowed there:
        many backends confuse qualified and unqualified elements.
        """
        member = self._by_name.get(tag) or self._any
        return member or self._by_local_name.get(local_name(tag))


_PRESENCE = Leaf(Codec.PRESENCE)


def _in_turn(
    members: tuple[Member, ...], value: Mapping[str, Any], path: _Path
) -> Iterator[tuple[Member, Any, _Path]]:
    """Every element to be written, in order; members of one turn alternate."""
    written: set[int] = set()
    for member in members:
        if not member.turn:
            yield from _occurrences(member, value, path)
        elif member.turn not in written:
            written.add(member.turn)
            yield from _alternating(
                [each for each in members if each.turn == member.turn], value, path
            )


def _alternating(
    members: list[Member], value: Mapping[str, Any], path: _Path
) -> Iterator[tuple[Member, Any, _Path]]:
    rows = [list(_occurrences(member, value, path)) for member in members]
    for number in range(max(map(len, rows))):
        yield from (row[number] for row in rows if number < len(row))


def _occurrences(
    member: Member, value: Mapping[str, Any], path: _Path
) -> Iterator[tuple[Member, Any, _Path]]:
    at = (*path, member.field)
    held = value.get(member.field)
    if not member.repeated:
        if held is not None or member.required or member.field in value:
            yield member, held, at
    elif isinstance(held, list):
        yield from ((member, item, (*at, number)) for number, item in enumerate(held))
    elif held is not None:
        raise BadInput(f"{_shown(at)}: a list is needed")


def _write_attributes(element: Element, value: Any, path: _Path) -> None:
    for name, text in _object(value, path).items():
        _set_attribute(element, name, _plain(text), (*path, name))


def _unknown_attributes(element: Element, known: frozenset[str]) -> dict[str, str] | None:
    found = {local_name(name): text for name, text in _attributes(element) if name not in known}
    return found or None


def _attributes(element: Element) -> Iterator[tuple[str, str]]:
    """The attributes of an element, without those that are about XML Schema."""
    for name, text in element.attrib.items():
        if namespace(str(name)) != XSI:
            yield str(name), str(text)


def _text(leaf: Leaf, value: Any, path: _Path) -> str:
    write = _WRITE.get(leaf.codec, str)
    try:
        if leaf.listed:
            return " ".join(write(item) for item in value)
        return write(value)
    except (TypeError, ValueError, AttributeError, InvalidOperation) as error:
        raise BadInput(f"{_shown(path)}: not {leaf.codec.value}") from error


def _set_text(element: Element, text: str, path: _Path) -> None:
    try:
        element.text = text
    except ValueError as error:
        raise BadInput(f"{_shown(path)}: a character XML cannot carry") from error


def _set_attribute(element: Element, name: str, text: str, path: _Path) -> None:
    try:
        element.set(name, text)
    except ValueError as error:
        raise BadInput(f"{_shown(path)}: a character XML cannot carry") from error


def _read_leaf(element: Element, leaf: Leaf) -> Any:
    if leaf.codec is Codec.JSON:
        return _read_json(element)
    if leaf.codec is Codec.PRESENCE:
        return True
    return _meaning(element.text or "", leaf, element)


def _meaning(text: str, leaf: Leaf, element: Element) -> Any:
    """What a text stands for. Empty text is null for all but strings: many backends send it so."""
    if leaf.codec is Codec.STRING and not leaf.listed and not leaf.enum:
        return text
    read = _READ.get(leaf.codec, str)
    words = text.split()
    try:
        if leaf.listed:
            return [read(word) for word in words]
        return read(" ".join(words)) if words else None
    except (ValueError, binascii.Error, InvalidOperation) as error:
        path = [element, *element.iterancestors()]
        at = "/".join(local_name(each.tag) for each in reversed(path))
        raise Malformed(f"{at}: not {leaf.codec.value}") from error


def _read_json(element: Element) -> Any:
    if element.get(_NIL) in _TRUE:
        return None
    value: dict[str, Any] = {f"@{local_name(name)}": text for name, text in _attributes(element)}
    for child in element:
        name, held = local_name(child.tag), _read_json(child)
        if name not in value:
            value[name] = held
        elif isinstance(value[name], list):
            value[name].append(held)
        else:
            value[name] = [value[name], held]
    text = "".join([element.text or "", *(child.tail or "" for child in element)])
    if not value:
        return text
    return value | {"#text": text} if text.strip() else value


def _write_json(element: Element, value: Any, path: _Path) -> None:
    """Put JSON into an element: an object as children and attributes, a list as several of each."""
    if len(path) > _DEEPEST:
        raise BadInput(f"{_shown(path[:3])}…: nested too deeply")
    if isinstance(value, list):
        for number, item in enumerate(value):
            _write_json(element, item, (*path, number))
    elif not isinstance(value, Mapping):
        _set_text(element, _plain(value), path)
    else:
        for name, held in value.items():
            _write_named(element, name, held, (*path, name))


def _write_named(element: Element, name: str, value: Any, path: _Path) -> None:
    if name == "#text":
        _set_text(element, _plain(value), path)
    elif name.startswith("@"):
        _set_attribute(element, name[1:], _plain(value), path)
    else:
        for item in value if isinstance(value, list) else [value]:
            child = _child(element, name, path)
            if item is None:
                child.set(_NIL, "true")
            else:
                _write_json(child, item, path)


def _child(element: Element, name: str, path: _Path) -> Element:
    try:
        return etree.SubElement(element, name)
    except ValueError as error:
        raise BadInput(f"{_shown(path)}: not a name of an XML element") from error


def _plain(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _object(value: Any, path: _Path) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise BadInput(f"{_shown(path)}: an object is needed")
    return value


def _shown(path: _Path) -> str:
    """`("input", "lines", 0)` -> `input.lines.0`."""
    return ".".join(map(str, path))
