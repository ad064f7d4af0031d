"""What declarations say that zeep does not keep."""

from collections.abc import Iterable, Iterator

from upstreams.soap.mend import XSD, Declared
from upstreams.soap.model import Member, Place
from upstreams.soap.wsdl import documentation, is_tag, qname
from upstreams.soap.xml import Element, local_name
from upstreams.soap.xsd.simple import child

_CONTENT = (
    *("sequence", "choice", "all", "complexContent", "simpleContent"),
    *("extension", "restriction"),
)
_TRUE = ("true", "1")
_ANY_TYPE = f"{{{XSD}}}anyType"


class Holders:
    """What declares the elements and attributes of one type, its bases and groups included."""

    def __init__(self, node: Element | None, declared: Declared) -> None:
        found = [] if node is None else list(_holders(node, declared, frozenset()))
        self._by_name = {(local_name(each.tag), _clark(each)): each for each in found}
        self._by_local_name = {
            (local_name(each.tag), each.get("name", "").strip()): each for each in found
        }

    def find(self, tag: str, name: str) -> Element | None:
        """What declares the element or attribute of that Clark name.

        What an included schema without a target namespace declares has that of who includes it.
        """
        found = self._by_name.get((tag, name))
        return self._by_local_name.get((tag, local_name(name))) if found is None else found


def _clark(declaration: Element) -> str:
    """The Clark name of a global or local element or attribute (XSD part 1 §3.2.2, §3.3.2)."""
    schema = next((each for each in declaration.iterancestors() if is_tag(each, "schema")), None)
    name = declaration.get("name", "").strip()
    if schema is None or not (target := schema.get("targetNamespace")):
        return name
    form = schema.get(f"{local_name(declaration.tag)}FormDefault")
    qualified = declaration.get("form", form) == "qualified"
    return f"{{{target}}}{name}" if qualified or declaration.getparent() is schema else name


def _holders(node: Element, declared: Declared, within: frozenset[Element]) -> Iterator[Element]:
    for each in node:
        tag, ref = local_name(each.tag), qname(each, each.get("ref"))
        base = qname(each, each.get("base")) if tag in ("extension", "restriction") else ""
        led = declared.find(tag, ref) if ref else None
        if base and (led := declared.find("complexType", base)) is not None:
            yield from _led(led, declared, within)
        if tag in ("element", "attribute"):
            yield each if led is None else led
        elif tag in ("group", "attributeGroup") and led is not None:
            yield from _led(led, declared, within)
        elif tag in _CONTENT:
            yield from _holders(each, declared, within)


def _led(node: Element, declared: Declared, within: frozenset[Element]) -> Iterator[Element]:
    if node not in within:
        yield from _holders(node, declared, within | {node})


def has_name(declaration: Element, name: str) -> bool:
    """Whether a declaration has the local part of that name."""
    return declaration.get("name", "").strip() == local_name(name)


def is_mixed(node: Element) -> bool:
    """Whether text may stand among the elements of a type, as in what extends `xs:anyType`."""
    content = child(node, "complexContent")
    extension = None if content is None else child(content, "extension")
    if any(each is not None and each.get("mixed") in _TRUE for each in (node, content)):
        return True
    return extension is not None and qname(extension, extension.get("base")) == _ANY_TYPE


def is_certain(members: Iterable[Member], node: Element | None) -> bool:
    """Whether one of the members of a choice is there for certain, and can be said to be."""
    choices = () if node is None else node.iter(f"{{{XSD}}}choice")
    optional = any(each.get("minOccurs") == "0" for choice in choices for each in choice)
    plain = all(each.place is Place.ELEMENT and not each.nillable for each in members)
    return plain and not optional


def allows_anything(node: Element) -> bool:
    """Whether a type is `xs:anyType` under another name."""
    return any(
        qname(each, each.get("base")) == _ANY_TYPE
        for content in node
        if is_tag(content, "complexContent")
        for each in content
    )


def said(node: Element) -> str:
    """What is said about a type, where it is declared or about the one element that has it."""
    holder = node.getparent()
    inline = holder is not None and is_tag(holder, "element")
    return documentation(node) or (documentation(holder) if holder is not None and inline else "")
