"""Who may stand in for whom: types derived from a type, elements substituted for an element."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property

from upstreams.errors import DiscoveryError
from upstreams.soap.mend import XSD, Declared
from upstreams.soap.wsdl import qname
from upstreams.soap.xml import Element, local_name, namespace

_DERIVING = (f"{{{XSD}}}extension", f"{{{XSD}}}restriction")
_TRUE = ("true", "1")
MOST = 20_000
"""How many pairs of a type and one derived from it a description may have."""


class Kin:
    """What the declarations say about who may stand in for whom (XSD part 1 §2.2.1.3, §2.2.2.2)."""

    def __init__(self, declared: Declared) -> None:
        self._declared = declared
        self._told = 0

    def derived(self, name: str) -> list[str]:
        """The Clark names of all types derived from a type, however far.

        Raises `DiscoveryError` when there are too many pairs of such types in all.
        """
        return self._all_below("complexType", name, self._by_base)

    def substitutes(self, name: str) -> list[str]:
        """The Clark names of all elements that may stand where a global element may."""
        return self._all_below("element", name, self._by_head)

    def is_abstract(self, tag: str, name: str) -> bool:
        """Whether no value is of this type, or no element has this name."""
        node = self._declared.find(tag, name)
        return node is not None and node.get("abstract") in _TRUE

    def _all_below(self, tag: str, name: str, below: Mapping[Element, list[Element]]) -> list[str]:
        node = self._declared.find(tag, name)
        found: dict[Element, None] = {}
        waiting = [] if node is None else [node]
        while waiting:
            for each in below.get(waiting.pop(), ()):
                if each not in found and each is not node:
                    found[each] = None
                    waiting.append(each)
        self._told += len(found)
        if self._told > MOST:
            raise DiscoveryError(f"more than {MOST} types derived from others", at=name)
        return sorted(clark(each, name) for each in found)

    @cached_property
    def _by_base(self) -> Mapping[Element, list[Element]]:
        return self._grouped("complexType", _bases)

    @cached_property
    def _by_head(self) -> Mapping[Element, list[Element]]:
        return self._grouped("element", _heads)

    def _grouped(
        self, tag: str, above: Callable[[Element], Iterator[str]]
    ) -> Mapping[Element, list[Element]]:
        found = defaultdict(list)
        for node in self._declared.all(tag):
            for name in above(node):
                led = self._declared.find(tag, name)
                if led is not None:
                    found[led].append(node)
        return found


def _bases(node: Element) -> Iterator[str]:
    for content in node:
        if local_name(content.tag) in ("complexContent", "simpleContent"):
            yield from (qname(each, each.get("base")) for each in content if each.tag in _DERIVING)


def _heads(node: Element) -> Iterator[str]:
    for text in (node.get("substitutionGroup") or "").split():
        yield qname(node, text)


def clark(node: Element, above: str = "") -> str:
    """The Clark name of a declaration; one without a target namespace shares that of its base."""
    schema = node.getparent()
    target = "" if schema is None else schema.get("targetNamespace", "")
    target = target or namespace(above)
    name = node.get("name", "").strip()
    return f"{{{target}}}{name}" if target else name
