"""Elements of no known type as JSON, and back.

Text alone is a string, `xsi:nil` is null, an encoded array a list, anything else an object:
children by local name (a list where one repeats), attributes as `@name`, text beside them as
`#text`. Where that would lose the order of children, or of text among them, `#content` lists both
in order: texts as strings, each child as an object with its one name. When written, a name may also
be a Clark name, and `@xsi:type` says the type of an element by its Clark name.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from lxml import etree

from upstreams.errors import BadInput
from upstreams.soap.model import ENCODINGS, ENVELOPES, TYPE_KEY
from upstreams.soap.xml.arrays import ARRAY_SIZE, ARRAY_TYPE, items
from upstreams.soap.xml.document import NIL, TRUE, TYPE, XSI, Element, local_name, namespace
from upstreams.soap.xml.text import Path, set_attribute, set_text, shown

_DEEPEST = 100
"""How deep JSON is written; what is read is kept from depth by the parser."""
_MARKS = (XSI, *ENCODINGS.values(), *ENVELOPES.values())
"""The namespaces of attributes that say how an element is written, and nothing of its value."""
_TEXT = "#text"
_CONTENT = "#content"
_OWN_TYPE = f"@{TYPE_KEY}"


def read_json(element: Element) -> Any:
    """An element as JSON."""
    if element.get(NIL) in TRUE:
        return None
    if ARRAY_TYPE in element.attrib or ARRAY_SIZE in element.attrib:
        return [None if item is None else read_json(item) for item in items(element, 1)]
    marks = {f"@{name}": text for name, text in _by_name(attributes(element)).items()}
    if not len(element):
        text = element.text or ""
        return (marks | {_TEXT: text} if text.strip() else marks) if marks else text
    if not _in_order(element):
        return marks | {_CONTENT: list(content(element))}
    text = "".join([element.text or "", *(child.tail or "" for child in element)])
    return marks | _children(element) | ({_TEXT: text} if text.strip() else {})


def content(element: Element) -> Iterator[str | dict[str, Any]]:
    """Texts and children in the order in which they stand."""
    if element.text:
        yield element.text
    for child in element:
        yield {local_name(child.tag): read_json(child)}
        if child.tail:
            yield child.tail


def _in_order(element: Element) -> bool:
    """Whether an object of children by name tells their order, and there is no text among them."""
    runs = [name for name, _ in groupby(local_name(child.tag) for child in element)]
    among = any((child.tail or "").strip() for child in element) or (element.text or "").strip()
    return not among and len(runs) == len(set(runs))


def _children(element: Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, group in groupby(element, lambda child: local_name(child.tag)):
        held = [read_json(child) for child in group]
        found[name] = held[0] if len(held) == 1 else held
    return found


def attributes(element: Element) -> Iterator[tuple[str, str]]:
    """The attributes of an element, without those that say how it is written."""
    for name, text in element.attrib.items():
        if namespace(str(name)) not in _MARKS:
            yield str(name), str(text)


def unknown_attributes(element: Element, known: frozenset[str]) -> dict[str, str] | None:
    """The attributes that no member claims, by local name; None when there are none."""
    return _by_name((name, text) for name, text in attributes(element) if name not in known) or None


def _by_name(found: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Attributes by local name, and by Clark name where another has the local one."""
    told: dict[str, str] = {}
    for name, text in found:
        local = local_name(name)
        told[name if local in told else local] = text
    return told


def write_attributes(element: Element, value: Any, path: Path) -> None:
    """Set each attribute of an object."""
    for name, text in an_object(value, path).items():
        set_attribute(element, name, plain(text), (*path, name))


def write_json(element: Element, value: Any, path: Path) -> None:
    """Put JSON into an element: an object as children and attributes, a list as several of each.

    Raises `BadInput`.
    """
    if len(path) > _DEEPEST:
        raise BadInput(f"{shown(path[:3])}…: nested too deeply")
    if isinstance(value, list):
        for number, item in enumerate(value):
            write_json(element, item, (*path, number))
    elif not isinstance(value, Mapping):
        set_text(element, plain(value), path)
    else:
        for name, held in value.items():
            _write_named(element, name, held, (*path, name))


def write_content(element: Element, items: Any, path: Path) -> None:
    """Texts and children, in order. Raises `BadInput`."""
    if not isinstance(items, list):
        raise BadInput(f"{shown(path)}: a list is needed")
    for number, item in enumerate(items):
        at = (*path, number)
        if isinstance(item, Mapping):
            write_json(element, item, at)
        elif len(element):
            _append_text(element[-1], plain(item), at)
        else:
            set_text(element, (element.text or "") + plain(item), at)


def _append_text(before: Element, text: str, path: Path) -> None:
    try:
        before.tail = (before.tail or "") + text
    except ValueError as error:
        raise BadInput(f"{shown(path)}: a character XML cannot carry") from error


def _write_named(element: Element, name: str, value: Any, path: Path) -> None:
    if name == _TEXT:
        write_content(element, [value], path)
    elif name == _CONTENT:
        write_content(element, value, path)
    elif name == _OWN_TYPE:
        set_attribute(element, TYPE, _named_type(value, path), path)
    elif name.startswith("@"):
        set_attribute(element, name[1:], plain(value), path)
    else:
        for item in value if isinstance(value, list) else [value]:
            child = named_child(element, name, path)
            if item is None:
                child.set(NIL, "true")
            else:
                write_json(child, item, path)


def _named_type(value: Any, path: Path) -> etree.QName:
    try:
        return etree.QName(plain(value))
    except ValueError as error:
        raise BadInput(f"{shown(path)}: not a name of a type: `{{namespace}}name`") from error


def named_child(element: Element, name: str, path: Path) -> Element:
    """A new child of that name. Raises `BadInput` for what is no name."""
    try:
        return etree.SubElement(element, name)
    except ValueError as error:
        raise BadInput(f"{shown(path)}: not a name of an XML element") from error


def plain(value: Any) -> str:
    """A JSON scalar as text."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def an_object(value: Any, path: Path) -> Mapping[str, Any]:
    """The value, which must be an object. Raises `BadInput`."""
    if not isinstance(value, Mapping):
        raise BadInput(f"{shown(path)}: an object is needed")
    return value
