"""Values written so that each says of which type it is (SOAP 1.1 §5, SOAP 1.2 part 2 §3)."""

from collections.abc import Mapping
from typing import Any

from lxml import etree

from upstreams.errors import BadInput
from upstreams.soap.model import (
    ENCODINGS,
    ENVELOPES,
    Array,
    Codec,
    Content,
    Leaf,
    Member,
    Message,
    Varied,
    Version,
)
from upstreams.soap.xml.arranged import Arranged, ArrangedFamily
from upstreams.soap.xml.document import NIL, XSD, XSI, Element, local_name, say_type
from upstreams.soap.xml.text import Path, shown
from upstreams.soap.xml.untyped import named_child, plain, write_json
from upstreams.soap.xml.write import ITEM, Writer, flat

_DEEPEST = 100
_ANYTHING = Array(Leaf(Codec.JSON), f"{{{XSD}}}anyType")


class EncodedWriter(Writer):
    """Writes encoded values by the layouts of one catalog."""

    def __init__(
        self,
        layouts: Mapping[str, Arranged],
        families: Mapping[str, ArrangedFamily],
        version: Version,
    ) -> None:
        super().__init__(layouts, families)
        self._version = version
        self._encoding = ENCODINGS[version]
        self._prefixes = {"xsd": XSD, "xsi": XSI, "enc": self._encoding}

    def _opened(self, around: Element, message: Message) -> Element:
        opened = etree.SubElement(around, message.element, nsmap=self._prefixes)
        opened.set(f"{{{ENVELOPES[self._version]}}}encodingStyle", message.encoding)
        return opened

    def _child(self, parent: Element, member: Member) -> Element:
        """The element of a member, of no namespace: its name means something in its type alone."""
        child = etree.SubElement(parent, local_name(member.name))
        _say(child, _type_name(member.type, member.content))
        return child

    def _write_leaf(self, element: Element, leaf: Leaf, value: Any, path: Path) -> None:
        if leaf.codec is Codec.JSON:
            self._write_any(element, value, path)
        else:
            super()._write_leaf(element, leaf, value, path)

    def _write_array(self, element: Element, array: Array, value: Any, path: Path) -> None:
        sizes = _sizes(value, array.rank, path)
        if self._version is Version.SOAP_11:
            _say(element, f"{{{self._encoding}}}Array")
            size = ",".join(map(str, sizes))
            self._name_items(element, "arrayType", array, f"{array.within}[{size}]")
        else:
            element.set(f"{{{self._encoding}}}arraySize", " ".join(map(str, sizes)))
            if not array.within:
                self._name_items(element, "itemType", array, "")
        for item, at in flat(value, array.rank, path):
            child = etree.SubElement(element, ITEM)
            _say(child, "" if array.within else _type_name(array.of, array.item))
            self._write_item(child, array, item, at)

    def _name_items(self, element: Element, attribute: str, array: Array, ending: str) -> None:
        """`arrayType="xsd:int[2]"`, by whichever prefix stands for the namespace there."""
        name = f"{{{self._encoding}}}{attribute}"
        say_type(element, array.of, name)
        element.set(name, f"{element.get(name)}{ending}")

    def _write_any(self, element: Element, value: Any, path: Path) -> None:
        """JSON: lists as arrays, texts and numbers of the type they seem to have."""
        if len(path) > _DEEPEST:
            raise BadInput(f"{shown(path[:3])}…: nested too deeply")
        if value is None:
            element.set(NIL, "true")
        elif isinstance(value, list):
            self._write_array(element, _ANYTHING, value, path)
        elif not isinstance(value, Mapping):
            _say(element, f"{{{XSD}}}{_seeming(value)}")
            write_json(element, plain(value), path)
        elif any(name[:1] in ("@", "#") for name in value):
            write_json(element, value, path)
        else:
            for name, held in value.items():
                at = (*path, name)
                self._write_any(named_child(element, name, at), held, at)


def _say(element: Element, type_name: str) -> None:
    """Have an element name its type."""
    if type_name:
        say_type(element, type_name)


def _type_name(declared: str, content: Content) -> str:
    """What a value says of its type; nothing where that is for the value itself to say."""
    match content:
        case Leaf(codec=Codec.JSON) | Array():
            return ""
        case Leaf(codec=codec) if not declared and codec is not Codec.PRESENCE:
            return f"{{{XSD}}}{codec.value}"
        case Varied(key):
            return declared or key
        case _:
            return declared


def _seeming(value: Any) -> str:
    """The type a JSON value seems to have."""
    match value:
        case bool():
            return "boolean"
        case int():
            return "int" if -(2**31) <= value < 2**31 else "long"
        case str():
            return "string"
        case _:
            return "double"


def _sizes(value: Any, rank: int, path: Path) -> list[int]:
    """How many items there are in each dimension. Raises `BadInput` where rows differ in length."""
    sizes, rows = [], [value]
    for _ in range(rank):
        if not all(isinstance(row, list) for row in rows):
            raise BadInput(f"{shown(path)}: a list is needed")
        lengths = {len(row) for row in rows} or {0}
        if len(lengths) > 1:
            raise BadInput(f"{shown(path)}: lists of one length are needed")
        sizes.append(lengths.pop())
        rows = [item for row in rows for item in row]
    return sizes
