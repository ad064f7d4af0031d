"""What descriptions get wrong, put right where it is clear what was meant, and listed.

A schema is mended in place before zeep reads it: zeep gives up on a whole document for one name
it cannot resolve.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from zeep.xsd.types.builtins import default_types

from upstreams.model import Remark
from upstreams.soap.wsdl import qname
from upstreams.soap.xml import Element, local_name, namespace

XSD = "http://www.w3.org/2001/XMLSchema"
XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace"
XML_SCHEMA = f"""<xs:schema xmlns:xs="{XSD}" targetNamespace="{XML_NAMESPACE}">
  <xs:attribute name="lang" type="xs:language"/>
  <xs:attribute name="space" type="xs:NCName"/>
  <xs:attribute name="base" type="xs:anyURI"/>
  <xs:attribute name="id" type="xs:ID"/>
</xs:schema>""".encode()
"""The attributes every schema may refer to, most without saying where they are declared."""
_TAGS: Mapping[str, str] = {
    tag.lower(): tag
    for tag in (
        *("all", "any", "anyAttribute", "attribute", "attributeGroup", "choice", "element"),
        *("complexContent", "complexType", "enumeration", "extension", "group", "import"),
        *("include", "list", "restriction", "sequence", "simpleContent", "simpleType", "union"),
    )
}
"""The elements that shape types, by their names in lower case."""
MAX_SIZE = 100_000
"""How many declarations one definition may stand for."""
_IMPORT = f"{{{XSD}}}import"
_AT_TOP = ("element", "attribute", "group", "attributeGroup", "simpleType", "complexType")
_REFERENCES: Mapping[str, tuple[str, ...]] = {
    "type": ("simpleType", "complexType"),
    "base": ("simpleType", "complexType"),
    "itemType": ("simpleType",),
}
"""Attributes that name a type, and what may have that name."""
_SIMPLE = ("attribute", "simpleType", "simpleContent", "list", "union")


@dataclass(frozen=True)
class Schema:
    """One `xs:schema`, and where it was found."""

    root: Element
    document: str
    """The name of its file."""

    @property
    def target(self) -> str:
        return self.root.get("targetNamespace", "")


class Declared:
    """Everything declared at the top of any schema, by what it is and its Clark name."""

    def __init__(self, schemas: Sequence[Schema]) -> None:
        self._schemas = schemas

    def find(self, tag: str, name: str) -> Element | None:
        """The declaration of that name.

        A schema without a target namespace takes the one of who includes it (XSD §4.2.1), so its
        declarations are found in any.
        """
        found = self._by_name.get((tag, name))
        return self._by_name.get((tag, local_name(name))) if found is None else found

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], Element]:
        return {
            (local_name(child.tag), self._clark(schema, child)): child
            for schema in self._schemas
            for child in schema.root
            if local_name(child.tag) in _AT_TOP
        }

    def _clark(self, schema: Schema, child: Element) -> str:
        name = child.get("name", "").strip()
        return f"{{{schema.target}}}{name}" if schema.target else name


def mend(schemas: Sequence[Schema], documents: Mapping[str, Element]) -> Iterator[Remark]:
    """Put every schema right, in place, and say what was done.

    `documents` are the roots that could be read, by the location imports name them by.
    """
    for schema in schemas:
        yield from _tags(schema)
        yield from _links(schema, documents)
    declared = Declared(schemas)
    for schema in schemas:
        for node in list(schema.root.iter(f"{{{XSD}}}*")):
            yield from _types(schema, node, declared)
            yield from _reference(schema, node, declared)


def measure(schemas: Sequence[Schema], declared: Declared) -> None:
    """Refuse groups that hold themselves, or each other so often that nobody could expand them.

    Raises `ValueError` naming the group. A kilobyte of schema can stand for millions of elements.
    """
    sizes: dict[Element, int] = {}
    for schema in schemas:
        for child in schema.root:
            _size(child, declared, sizes, frozenset())


def _size(
    node: Element, declared: Declared, sizes: dict[Element, int], within: frozenset[Element]
) -> int:
    """How many declarations a definition stands for, the groups it refers to expanded."""
    name = node.get("name", "")
    if node in within:
        raise ValueError(f"the group {name} holds itself")
    if node not in sizes:
        inner = within | {node}
        sizes[node] = sum(1 for _ in node.iter("*")) + sum(
            _size(led, declared, sizes, inner) for led in _groups(node, declared)
        )
    if sizes[node] > MAX_SIZE:
        raise ValueError(f"{name} stands for more than {MAX_SIZE} declarations")
    return sizes[node]


def _groups(node: Element, declared: Declared) -> Iterator[Element]:
    for each in node.iter(f"{{{XSD}}}group", f"{{{XSD}}}attributeGroup"):
        ref = qname(each, each.get("ref"))
        led = declared.find(local_name(each.tag), ref) if ref else None
        if led is not None:
            yield led


def _tags(schema: Schema) -> Iterator[Remark]:
    """Elements XSD does not have: spelt otherwise, or not its own."""
    for node in list(schema.root.iter("*")):
        name = local_name(node.tag)
        meant = _TAGS.get(name.lower())
        if namespace(node.tag) == XSD and meant and meant != name:
            node.tag = f"{{{XSD}}}{meant}"
            yield _remark(schema, node, f"xs:{name} is taken as xs:{meant}")
    for child in schema.root:
        if namespace(child.tag) != XSD:
            schema.root.remove(child)
            yield _remark(schema, child, f"{local_name(child.tag)} is no part of a schema; ignored")


def _links(schema: Schema, documents: Mapping[str, Element]) -> Iterator[Remark]:
    if any(node.get("ref", "").startswith("xml:") for node in schema.root.iter(f"{{{XSD}}}*")):
        schema.root.insert(0, schema.root.makeelement(_IMPORT, {"namespace": XML_NAMESPACE}))
    for node in list(schema.root):
        name = local_name(node.tag)
        if name == "import":
            yield from _import(schema, node, documents)
        elif name in ("include", "redefine"):
            yield from _include(schema, node, documents)


def _import(schema: Schema, node: Element, documents: Mapping[str, Element]) -> Iterator[Remark]:
    location, wanted = node.get("schemaLocation"), node.get("namespace", "")
    if wanted == XML_NAMESPACE and location not in documents:
        location = XML_NAMESPACE
        node.set("schemaLocation", location)
    root = documents.get(location or "")
    if root is None or local_name(root.tag) != "schema":
        if location:
            del node.attrib["schemaLocation"]
        if location and root is not None:
            yield _remark(schema, node, f"{location} is imported, but is no schema; ignored")
        return
    found = root.get("targetNamespace", "")
    if found and found != wanted:
        node.set("namespace", found)
        if wanted:
            yield _remark(schema, node, f"imported as {wanted!r}, taken as the {found!r} it is")
    elif not found and not wanted and not schema.target:
        node.tag = f"{{{XSD}}}include"


def _include(schema: Schema, node: Element, documents: Mapping[str, Element]) -> Iterator[Remark]:
    root = documents.get(node.get("schemaLocation", ""))
    if root is None or local_name(root.tag) != "schema":
        schema.root.remove(node)
        yield _remark(schema, node, "what is included could not be read; ignored")
    elif local_name(node.tag) == "redefine":
        node.tag = f"{{{XSD}}}include"
        for change in list(node):
            node.remove(change)
        yield _remark(schema, node, "xs:redefine is taken as xs:include, without its changes")


def _types(schema: Schema, node: Element, declared: Declared) -> Iterator[Remark]:
    for attribute, tags in _REFERENCES.items():
        text = node.get(attribute)
        if text is not None and not _is_known(schema, node, text, tags, declared):
            simple = any(
                local_name(each.tag) in _SIMPLE
                for each in (node, node.getparent())
                if each is not None
            )
            node.set(attribute, _builtin(node, "string" if simple else "anyType"))
            yield _remark(schema, node, f"the type {text} is declared nowhere; anything is taken")
    members = (node.get("memberTypes") or "").split()
    known = [text for text in members if _is_known(schema, node, text, ("simpleType",), declared)]
    if known != members:
        node.set("memberTypes", " ".join(known or [_builtin(node, "string")]))
        yield _remark(schema, node, "some types of a union are declared nowhere; left out")


def _reference(schema: Schema, node: Element, declared: Declared) -> Iterator[Remark]:
    text, tag = node.get("ref"), local_name(node.tag)
    if text is None or tag not in _AT_TOP or _is_known(schema, node, text, (tag,), declared):
        return
    yield _remark(schema, node, f"the {tag} {text} is declared nowhere; left out")
    if tag == "element":
        del node.attrib["ref"]
        node.set("name", text.rpartition(":")[2])
    elif (parent := node.getparent()) is not None:
        parent.remove(node)


def _is_known(
    schema: Schema, node: Element, text: str, tags: tuple[str, ...], declared: Declared
) -> bool:
    prefix = text.strip().rpartition(":")[0]
    if prefix and prefix != "xml" and prefix not in node.nsmap:
        return False
    name = qname(node, text)
    if namespace(name) == XSD:
        return tags[0] not in _REFERENCES["type"] or local_name(name) in _BUILTIN
    names = [name] if namespace(name) else [name, f"{{{schema.target}}}{name}"]
    return any(declared.find(tag, each) is not None for tag in tags for each in names)


_BUILTIN = frozenset(name.localname for name in default_types)


def _builtin(node: Element, name: str) -> str:
    """`string` -> `xs:string`, with the prefix that stands for XSD here."""
    prefix = next(prefix for prefix, uri in node.nsmap.items() if uri == XSD)
    return f"{prefix}:{name}" if prefix else name


def _remark(schema: Schema, node: Element, reason: str) -> Remark:
    return Remark(f"{schema.document} line {node.sourceline}", reason)
