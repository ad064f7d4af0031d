"""Documents from strangers, parsed without entities, networks or DTDs; and the names in them."""

import threading

from lxml import etree
from lxml.etree import _Element as Element

from upstreams.hardened_xml import has_doctype, parser

__all__ = [
    "NIL",
    "TRUE",
    "TYPE",
    "XSD",
    "XSI",
    "Element",
    "local_name",
    "named",
    "namespace",
    "parse",
    "place",
    "say_type",
]

XSD = "http://www.w3.org/2001/XMLSchema"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
NIL = f"{{{XSI}}}nil"
TYPE = f"{{{XSI}}}type"
TRUE = ("true", "1")


def parse(body: bytes, encoding: str | None = None) -> Element:
    """The root element: no comments, no processing instructions, no entities resolved.

    Nothing but `body` is read. Raises `ValueError` when it is not XML or has a DTD, which neither
    a description nor an envelope needs (SOAP 1.1 §3, SOAP 1.2 part 1 §5) and bombs are made of.
    """
    strict = _parser(encoding)
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


class _Own(threading.local):
    """A thread's parsers: to make one takes as long as to parse a small envelope."""

    def __init__(self) -> None:
        self.usual = {one: parser(one) for one in (None, "utf-8")}


_own = _Own()


def _parser(encoding: str | None) -> etree.XMLParser:
    found = _own.usual.get(encoding)
    return parser(encoding) if found is None else found


_UNDECLARED_PREFIX = etree.ErrorTypes.NS_ERR_UNDEFINED_NAMESPACE


def local_name(clark: str) -> str:
    """`{urn:bank}Account` -> `Account`."""
    return clark.rpartition("}")[2]


def namespace(clark: str) -> str:
    """`{urn:bank}Account` -> `urn:bank`; empty when there is none."""
    return clark[1:].partition("}")[0] if clark.startswith("{") else ""


def named(element: Element, text: str) -> str:
    """The Clark name that a prefixed name in an element's content stands for.

    A prefix that is declared nowhere stays: nobody can tell what it means.
    """
    prefix, _, local = text.strip().rpartition(":")
    found = element.nsmap.get(prefix or None)
    if found:
        return f"{{{found}}}{local}"
    return text.strip() if prefix else local


def place(element: Element) -> str:
    """Where an element stands: `Envelope/Body/account/id`."""
    path = [element, *element.iterancestors()]
    return "/".join(local_name(each.tag) for each in reversed(path))


def say_type(element: Element, type_name: str, attribute: str = TYPE) -> None:
    """Have an element name a type by its Clark name, with a prefix that is declared there."""
    element.set(attribute, etree.QName(type_name))  # type: ignore[arg-type]  # the stubs lack QName
