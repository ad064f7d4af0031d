"""Elements of WSDL documents, and the names in them."""

from collections.abc import Mapping

from upstreams.soap.model import Version
from upstreams.soap.xml import Element, local_name, namespace

WSDL = "http://schemas.xmlsoap.org/wsdl/"
SOAP_11 = "http://schemas.xmlsoap.org/wsdl/soap/"
SOAP: Mapping[str, Version] = {
    SOAP_11: Version.SOAP_11,
    "http://schemas.xmlsoap.org/wsdl/soap12/": Version.SOAP_12,
}
"""The namespaces of what SOAP adds to WSDL."""
_XML = "http://www.w3.org/XML/1998/namespace"


def documentation(element: Element) -> str:
    """The words said about a WSDL or XSD element, white space tidied; empty when there are none."""
    texts = (
        "".join(map(str, child.itertext()))
        for holder in (element, *(each for each in element if is_tag(each, "annotation")))
        for child in holder
        if is_tag(child, "documentation")
    )
    return "\n".join(" ".join(text.split()) for text in texts if text.strip())


def qname(element: Element, text: str | None) -> str:
    """The Clark name a prefixed name stands for at this element; empty when there is none.

    An undeclared prefix gives the name without a namespace, which the caller looks up by itself.
    """
    prefix, _, local = (text or "").strip().rpartition(":")
    if not local:
        return ""
    found = _XML if prefix == "xml" else element.nsmap.get(prefix or None)
    return f"{{{found}}}{local}" if found else local


def is_tag(element: Element, name: str) -> bool:
    """Whether an element has that local name."""
    return local_name(element.tag) == name


def child(element: Element, tag: str) -> Element | None:
    """The first child of that local name."""
    return next((each for each in element if is_tag(each, tag)), None)


def soap(element: Element | None, tag: str) -> tuple[Element | None, Version]:
    """The SOAP extension element of that name, and the version whose it is."""
    for each in () if element is None else element:
        version = SOAP.get(namespace(each.tag))
        if version is not None and is_tag(each, tag):
            return each, version
    return None, Version.SOAP_11


def attribute(element: Element | None, name: str) -> str:
    """The text of an attribute; empty where it or the element is not there."""
    return "" if element is None else element.get(name, "")
