"""Encoded arrays as schemas declare them (WSDL 1.1 §2.2, SOAP 1.1 §5.4.2)."""

import re
from dataclasses import dataclass

from upstreams.soap.mend import ARRAY_TYPE, ENCODING_NAMESPACE, XSD, Declared
from upstreams.soap.wsdl import qname
from upstreams.soap.xml import Element

ARRAY = f"{{{ENCODING_NAMESPACE}}}Array"
_ANY_TYPE = f"{{{XSD}}}anyType"
_DERIVATION = f"{{{XSD}}}complexContent/{{{XSD}}}*[@base]"
_BRACKETS = re.compile(r"\[([\s,\d*]*)\]")
_MOST_DIMENSIONS = 8
"""Of one array, and of arrays in arrays without names of their own."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """What an array holds."""

    of: str = _ANY_TYPE
    """The Clark name of its items' type, arrays without a name taken off."""
    ranks: tuple[int, ...] = (1,)
    """How many dimensions it has, then those of each array without a name in it."""


def array(node: Element, declared: Declared) -> Declaration | None:
    """What a type holds that is an array; None for all others."""
    seen: set[Element] = set()
    told: Declaration | None = None
    waiting: Element | None = node
    while waiting is not None and waiting not in seen:
        seen.add(waiting)
        derivation = next(waiting.iterfind(_DERIVATION), None)
        if derivation is None:
            return None
        told = told or _told(derivation)
        base = qname(derivation, derivation.get("base"))
        if base == ARRAY:
            return told or Declaration()
        waiting = declared.find("complexType", base)
    return None


def _told(derivation: Element) -> Declaration | None:
    """What a restriction says of the items: by `wsdl:arrayType`, or by the one element it has."""
    for attribute in derivation.iter(f"{{{XSD}}}attribute"):
        if text := attribute.get(ARRAY_TYPE):
            name, _, brackets = text.partition("[")
            return Declaration(qname(attribute, name) or _ANY_TYPE, _ranks(f"[{brackets}"))
    for element in derivation.iter(f"{{{XSD}}}element"):
        if name := qname(element, element.get("type")):
            return Declaration(name)
    return None


def _ranks(brackets: str) -> tuple[int, ...]:
    """`[,][]` -> `(1, 2)`: the last brackets are the array's own."""
    found = [found.count(",") + 1 for found in _BRACKETS.findall(brackets)]
    if sum(found) > _MOST_DIMENSIONS:
        return (1,)
    return tuple(reversed(found)) or (1,)
