"""What zeep made of the schemas: elements and types by name, and what it says of them."""

from typing import Any as Untyped

from zeep.exceptions import LookupError as UnknownNameError
from zeep.exceptions import NamespaceError
from zeep.xsd import AnySimpleType, ComplexType, Schema, Type
from zeep.xsd import Element as Declaration

from upstreams.soap.xml import Element

_TRUE = ("true", "1")


class UndeclaredError(Exception):
    """A message names an element or type that no schema declares. The text says which."""


class Loaded:
    """All schemas of a description, as zeep understands them."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def element(self, name: str) -> Declaration:
        """The global element of that name. Raises `UndeclaredError`."""
        try:
            return self._schema.get_element(name)
        except (UnknownNameError, NamespaceError) as error:
            raise UndeclaredError(f"the element {name}") from error

    def type(self, name: str) -> Type:
        """The global type of that name. Raises `UndeclaredError`."""
        try:
            found: Type = self._schema.get_type(name)  # type: ignore[no-untyped-call]  # zeep's lack
        except (UnknownNameError, NamespaceError) as error:
            raise UndeclaredError(f"the type {name}") from error
        return found


def inside_of(found: ComplexType) -> list[Untyped]:
    """The content model of a type, as zeep tells it."""
    content = [inside for _, inside in found.elements_nested if inside is not None]
    if content and isinstance(content[0], Declaration):
        # So zeep says that there is text; and also that there is nothing, in an empty base.
        return content if isinstance(content[0].type, AnySimpleType) else []
    return content


def type_name(found: Type | None) -> str:
    """The Clark name of a type; empty for one without a name."""
    name = None if found is None else found.qname
    return "" if name is None else str(name.text)


def global_name(found: Type | None) -> str:
    """The Clark name of a global type; empty for an anonymous one."""
    return type_name(found) if found is not None and found.is_global else ""


def is_nillable(found: Declaration, holder: Element | None) -> bool:
    """Whether an element may be nil; zeep knows no "1"."""
    return bool(found.nillable) or (holder is not None and holder.get("nillable") in _TRUE)
