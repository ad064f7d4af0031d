"""Schemas, what they declare, and how much that stands for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from upstreams.soap.wsdl import qname
from upstreams.soap.xml import Element, local_name

XSD = "http://www.w3.org/2001/XMLSchema"
MAX_SIZE = 100_000
"""How many declarations one definition may stand for."""
AT_TOP = ("element", "attribute", "group", "attributeGroup", "simpleType", "complexType")


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

    def add(self, declaration: Element, name: str) -> None:
        """A declaration that was not there before."""
        self._by_name[local_name(declaration.tag), name] = declaration

    def all(self, tag: str) -> Iterator[Element]:
        """Every declaration of that kind."""
        return (node for (kind, _), node in self._by_name.items() if kind == tag)

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], Element]:
        return {
            (local_name(child.tag), self._clark(schema, child)): child
            for schema in self._schemas
            for child in schema.root
            if local_name(child.tag) in AT_TOP
        }

    def _clark(self, schema: Schema, child: Element) -> str:
        name = child.get("name", "").strip()
        return f"{{{schema.target}}}{name}" if schema.target else name


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
