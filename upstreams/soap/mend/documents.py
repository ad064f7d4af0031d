"""Documents under another namespace than the one they mean, or that zeep takes them to mean."""

from collections.abc import Mapping, Set
from copy import deepcopy

from lxml import etree

from upstreams.soap.mend.declared import XSD
from upstreams.soap.wsdl import SOAP_11, WSDL
from upstreams.soap.xml import Element, local_name, namespace

_SOAP = (
    ("binding", "binding"),
    ("operation", "operation"),
    ("port", "address"),
    ("input", "body"),
    ("output", "body"),
    ("input", "header"),
    ("output", "header"),
)
"""Pairs of a WSDL element and what SOAP puts into it (WSDL 1.1 §3)."""
_TYPES = ("simpleType", "complexType")
_NAMING: Mapping[str, tuple[str, ...]] = {
    "type": _TYPES,
    "base": _TYPES,
    "itemType": _TYPES,
    "memberTypes": _TYPES,
    "ref": ("element", "attribute", "group", "attributeGroup"),
    "substitutionGroup": ("element",),
}
"""Attributes that name something, and what that may be."""


def adopt(root: Element) -> bool:
    """Give the elements of a document of WSDL's structure their proper namespaces, in place.

    False when it has no such structure, and is left alone.
    """
    own = namespace(root.tag)
    wsdl = ("message", "portType", "binding", "service")
    if local_name(root.tag) != "definitions" or not any(
        local_name(child.tag) in wsdl and namespace(child.tag) == own for child in root
    ):
        return False
    for node in list(root.iter("*")):
        if namespace(node.tag) == own:
            node.tag = f"{{{_meant(node)}}}{local_name(node.tag)}"
    return True


def _meant(node: Element) -> str:
    """The namespace an element of that name belongs to at its place."""
    above = node.getparent()
    if above is None:
        return WSDL
    if namespace(above.tag) == XSD or local_name(node.tag) == "schema":
        return XSD
    return SOAP_11 if (local_name(above.tag), local_name(node.tag)) in _SOAP else WSDL


def spelt_out(schema: Element) -> Element:
    """The schema, or a copy that has a prefix in place of the default namespace.

    zeep takes that, be it the one of the WSDL around it, for the target of a schema without one.
    """
    default = schema.nsmap.get(None)
    if schema.get("targetNamespace") or default is None:
        return schema
    prefixes = {name: uri for name, uri in schema.nsmap.items() if name}
    prefix = "default"
    while prefix in prefixes:
        prefix += "_"
    attributes = {str(name): str(text) for name, text in schema.attrib.items()}
    spelt = etree.Element(schema.tag, attributes, nsmap={**prefixes, prefix: default})
    spelt.extend([deepcopy(child) for child in schema])
    _prefix_names(spelt, prefix)
    return spelt


def _prefix_names(schema: Element, prefix: str) -> None:
    """Put the prefix before names that have none, unless they are clearly the schema's own."""
    own = {(local_name(child.tag), child.get("name")) for child in schema}
    for node in schema.iter(f"{{{XSD}}}*"):
        for attribute, kinds in _NAMING.items():
            names = (node.get(attribute) or "").split()
            if names and None not in node.nsmap:
                node.set(attribute, " ".join(_spelt(name, prefix, kinds, own) for name in names))


def _spelt(name: str, prefix: str, kinds: tuple[str, ...], own: Set[tuple[str, str | None]]) -> str:
    is_meant = ":" in name or any((kind, name) in own for kind in kinds)
    return name if is_meant else f"{prefix}:{name}"
