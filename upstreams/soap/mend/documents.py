"""Documents that are WSDL in all but the namespace of their elements."""

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
