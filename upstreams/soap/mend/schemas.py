"""What single schemas get wrong."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy

from zeep.xsd.types.builtins import default_types

from upstreams.model import Remark
from upstreams.soap.mend.declared import AT_TOP, XSD, Declared, Schema
from upstreams.soap.mend.known import ENCODING_NAMESPACE, XML_NAMESPACE
from upstreams.soap.wsdl import WSDL, qname
from upstreams.soap.xml import Element, local_name, namespace

_TAGS: Mapping[str, str] = {
    tag.lower(): tag
    for tag in (
        *("all", "any", "anyAttribute", "attribute", "attributeGroup", "choice", "element"),
        *("complexContent", "complexType", "enumeration", "extension", "group", "import"),
        *("include", "list", "restriction", "sequence", "simpleContent", "simpleType", "union"),
    )
}
"""The elements that shape types, by their names in lower case."""
_TYPES = (f"{{{XSD}}}simpleType", f"{{{XSD}}}complexType")
_HOLDERS = (f"{{{XSD}}}complexType", f"{{{XSD}}}extension", f"{{{XSD}}}restriction")
"""What has a content model."""
_IMPORT = f"{{{XSD}}}import"
_REFERENCES: Mapping[str, tuple[str, ...]] = {
    "type": ("simpleType", "complexType"),
    "base": ("simpleType", "complexType"),
    "itemType": ("simpleType",),
}
"""Attributes that name a type, and what may have that name."""
ARRAY_TYPE = f"{{{WSDL}}}arrayType"
"""What the items of an encoded array are: a type's name and brackets (WSDL 1.1 §2.2)."""
_SIMPLE = ("attribute", "simpleType", "simpleContent", "list", "union")


def mend(schemas: Sequence[Schema], documents: Mapping[str, Element]) -> Iterator[Remark]:
    """Put every schema right, in place, and say what was done.

    `documents` are the roots that could be read, by the location imports name them by.
    """
    for schema in schemas:
        yield from _tags(schema)
        yield from _inner_types(schema)
        yield from _links(schema, documents)
        _wrap(schema)
    declared = Declared(schemas)
    for schema in schemas:
        for node in list(schema.root.iter(f"{{{XSD}}}*")):
            yield from _types(schema, node, declared)
            yield from _array_type(schema, node, declared)
            yield from _reference(schema, node, declared)


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


def _inner_types(schema: Schema) -> Iterator[Remark]:
    """Types that have a name although they are declared in a place of their own."""
    for node in list(schema.root.iter(*_TYPES)):
        parent = node.getparent()
        if node.get("name") and parent is not None and parent is not schema.root:
            yield _remark(schema, node, f"the type {node.get('name')} is taken as a global one")
            schema.root.append(node)
            if next(parent.iterchildren(*_TYPES), None) is None and not parent.get("type"):
                parent.set("type", _own(schema, parent, node.get("name", "")))


def _own(schema: Schema, node: Element, name: str) -> str:
    """A name of the schema's own, with a prefix that stands for its namespace here."""
    found = next((prefix for prefix, uri in node.nsmap.items() if uri == schema.target), None)
    return f"{found}:{name}" if found else name


def _wrap(schema: Schema) -> None:
    """Have every content model be a sequence taken once.

    zeep puts that of an extension into that of its base, which it does well for these alone.
    """
    for holder in schema.root.iter(*_HOLDERS):
        for node in holder:
            often = "minOccurs" in node.attrib or "maxOccurs" in node.attrib
            if local_name(node.tag) in ("choice", "group") or (
                local_name(node.tag) == "sequence" and often
            ):
                sequence = node.makeelement(f"{{{XSD}}}sequence")
                holder.replace(node, sequence)
                sequence.append(node)
                break


def _import(schema: Schema, node: Element, documents: Mapping[str, Element]) -> Iterator[Remark]:
    location, wanted = node.get("schemaLocation"), node.get("namespace", "")
    if wanted == ENCODING_NAMESPACE or (wanted == XML_NAMESPACE and location not in documents):
        location = wanted
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
        if text is None or _is_known(schema, node, text, tags, declared):
            continue
        local = text.strip().rpartition(":")[2]
        if _share(node, text, declared):
            yield _remark(
                schema, node, f"the type {text} is declared nowhere; the element's is taken"
            )
        elif local in _BUILTIN:
            node.set(attribute, _builtin(node, local))
            yield _remark(schema, node, f"the type {text} is declared nowhere; XSD's is taken")
        else:
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


def _array_type(schema: Schema, node: Element, declared: Declared) -> Iterator[Remark]:
    """Items of a type that nobody declares are of any."""
    text = node.get(ARRAY_TYPE)
    if text is None:
        return
    name, bracket, rest = text.partition("[")
    if not _is_known(schema, node, name, _REFERENCES["type"], declared):
        node.set(ARRAY_TYPE, f"{_builtin(node, 'anyType')}{bracket}{rest}")
        yield _remark(schema, node, f"the type {name} is declared nowhere; anything is taken")


def _share(node: Element, text: str, declared: Declared) -> bool:
    """Make the anonymous type of an element of that name a global one, if there is such a type."""
    name = qname(node, text)
    element = declared.find("element", name)
    inline = None if element is None else next(element.iterchildren(*_TYPES), None)
    if element is None or inline is None or (owner := element.getparent()) is None:
        return False
    shared = deepcopy(inline)
    shared.set("name", local_name(name))
    owner.append(shared)
    declared.add(shared, name)
    return True


def _reference(schema: Schema, node: Element, declared: Declared) -> Iterator[Remark]:
    text, tag = node.get("ref"), local_name(node.tag)
    if text is None or tag not in AT_TOP or _is_known(schema, node, text, (tag,), declared):
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
