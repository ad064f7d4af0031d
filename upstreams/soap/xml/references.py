"""Encoded values that stand elsewhere in the Body put where they are referred to.

SOAP 1.1 §5.4.1 has `href="#id"`, SOAP 1.2 part 2 §3.1.5 `enc:ref="id"`. What comes of it is
bounded: a value may be referred to often, and by values that are themselves referred to often.
"""

from copy import deepcopy
from dataclasses import dataclass

from upstreams.errors import Malformed
from upstreams.soap.model import ENCODINGS, Version
from upstreams.soap.xml.document import TYPE, Element, named, namespace, say_type

MOST = 100_000
"""How many elements all that is put somewhere may have together."""
_DEEPEST = 200
"""How deep elements may be in one another after it, and references in what is referred to."""
_ENCODING_12 = ENCODINGS[Version.SOAP_12]
_HREF = "href"
_REFERENCES = (_HREF, f"{{{_ENCODING_12}}}ref")
_IDENTITIES = ("id", f"{{{_ENCODING_12}}}id")
_ROOT = f"{{{ENCODINGS[Version.SOAP_11]}}}root"


@dataclass(frozen=True, slots=True)
class _Extent:
    """How much a value is."""

    elements: int
    depth: int


def resolve(body: Element) -> Element | None:
    """The message in a Body, complete; None where there is none.

    Raises `Malformed` for references in a circle, to nothing, or to too much.
    """
    settle(body)
    roots = (child for child in body if child.get(_ROOT) not in ("0", "false"))
    return next(roots, None)


def settle(root: Element) -> None:
    """Put what stands in an element where it is referred to. Raises `Malformed` as above."""
    _Resolution(root).settle_all()


class _Resolution:
    def __init__(self, body: Element) -> None:
        self._body = body
        self._by_id = {
            identity: element
            for element in body.iter("*")
            for name in _IDENTITIES
            if (identity := element.get(name))
        }
        self._settled: dict[Element, _Extent] = {}
        self._open: set[Element] = set()
        self._elements = 0

    def settle_all(self) -> None:
        """Put everything where it is referred to."""
        self._fill(self._body)

    def _fill(self, element: Element) -> None:
        for place in list(element.iter("*")):
            for name in _REFERENCES:
                text = place.get(name)
                if text is not None and (name != _HREF or text.startswith("#")):
                    self._put(place, name, self._target(text.removeprefix("#")))

    def _target(self, identity: str) -> Element:
        found = self._by_id.get(identity)
        if found is None:
            raise Malformed("the answer refers to a value that is not in it")
        return found

    def _put(self, place: Element, name: str, target: Element) -> None:
        extent = self._settle(target)
        self._elements += extent.elements
        if self._elements > MOST:
            raise Malformed(f"the answer's references stand for more than {MOST} elements")
        if sum(1 for _ in place.iterancestors()) + extent.depth > _DEEPEST:
            raise Malformed("the answer's references are nested too deeply")
        del place.attrib[name]
        for key, value in target.attrib.items():
            if key not in _IDENTITIES and key not in place.attrib:
                place.set(key, value)
        if namespace(said := named(target, target.get(TYPE, ""))):
            say_type(place, said)
        place.text = target.text
        place.extend(deepcopy(child) for child in target)

    def _settle(self, target: Element) -> _Extent:
        """How much a value is, everything put into it that it refers to."""
        if target in self._settled:
            return self._settled[target]
        if target in self._open:
            raise Malformed("the answer's references go in a circle")
        if len(self._open) >= _DEEPEST:
            raise Malformed("the answer's references are nested too deeply")
        self._open.add(target)
        self._fill(target)
        self._open.discard(target)
        extent = _Extent(sum(1 for _ in target.iter("*")), _depth(target))
        self._settled[target] = extent
        return extent


def _depth(element: Element) -> int:
    deepest, level = 1, list(element)
    while level:
        deepest += 1
        level = [inner for child in level for inner in child]
    return deepest
