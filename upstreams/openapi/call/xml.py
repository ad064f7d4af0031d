"""Values as XML and back, by a catalog's types and the markup of their fields.

Elements of no known type are JSON both ways: text alone is a string, `xsi:nil` is null, anything
else an object: children by local name (a list where one repeats), attributes as `@name`, text
beside them as `#text`.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from lxml import etree
from lxml.etree import _Element as Element

from upstreams.errors import BadInput, Malformed
from upstreams.hardened_xml import has_doctype, parser
from upstreams.model import (
    EnumType,
    Field,
    InputType,
    ListOf,
    MapOf,
    Named,
    ObjectType,
    Required,
    Scalar,
    ScalarKind,
    TypeRef,
    nullable,
)
from upstreams.openapi import styles
from upstreams.openapi.model import Markup, OpenApiCatalog

_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_TRUTH = {"true": True, "1": True, "false": False, "0": False}
_DEEPEST = 100
"""How deep values are written; what is read is kept from depth by the parser."""


class Xml:
    """The XML of one catalog."""

    def __init__(self, catalog: OpenApiCatalog) -> None:
        self._types = {one.key: one for one in catalog.types}
        self._markups = {(key, field): markup for key, field, markup in catalog.wire.markups}

    def write(self, ref: TypeRef, markup: Markup, value: Any) -> bytes:
        """The value as an XML document. Raises `BadInput`."""
        try:
            root = self._root(ref, markup, value)
        except ValueError as error:
            raise BadInput("a value cannot be written as XML") from error
        return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))

    def _root(self, ref: TypeRef, markup: Markup, value: Any) -> Element:
        root = etree.Element(_qualified(markup, ""), nsmap=_prefixes(markup))
        kind = nullable(ref)
        if isinstance(kind, ListOf):
            item = Markup(markup.item or "item")
            self._repeat(root, kind.of, item, value or [], 1)
        else:
            self._fill(root, kind, value, 1)
        return root

    def _fill(self, element: Element, ref: TypeRef, value: Any, depth: int) -> None:
        """Write a value into an element that stands already."""
        if depth > _DEEPEST:
            raise ValueError("nested too deeply")
        kind = nullable(ref)
        known = self._types.get(kind.key) if isinstance(kind, Named) else None
        if isinstance(known, InputType) and isinstance(value, Mapping):
            for field in known.fields:
                if value.get(field.name) is not None:
                    self._member(element, known.key, field, value[field.name], depth)
        elif isinstance(value, Mapping):
            inner = kind.of if isinstance(kind, MapOf) else Scalar(ScalarKind.JSON)
            for name, one in value.items():
                self._child(element, inner, Markup(name), one, depth)
        elif value is not None:
            element.text = styles.text(value)

    def _member(self, parent: Element, key: str, field: Field, value: Any, depth: int) -> None:
        markup = self._markups.get((key, field.name)) or Markup(field.name)
        if markup.attribute:
            parent.set(_attribute(markup), styles.text(value))
        else:
            self._child(parent, field.type, markup, value, depth)

    def _child(self, parent: Element, ref: TypeRef, markup: Markup, value: Any, depth: int) -> None:
        kind = nullable(ref)
        if isinstance(value, list):
            inner = kind.of if isinstance(kind, ListOf) else Scalar(ScalarKind.JSON)
            if markup.item:
                parent, markup = _below(parent, markup), Markup(markup.item)
            self._repeat(parent, inner, markup, value, depth)
        elif value is not None:
            self._fill(_below(parent, markup), kind, value, depth + 1)

    def _repeat(
        self, parent: Element, ref: TypeRef, markup: Markup, values: Sequence[Any], depth: int
    ) -> None:
        for one in values:
            self._fill(_below(parent, markup), ref, one, depth + 1)

    def read(self, ref: TypeRef, body: bytes, charset: str | None) -> Any:
        """The value of a document, whatever its root is called. Raises `Malformed`."""
        root = _parsed(body, charset)
        kind = nullable(ref)
        if isinstance(kind, ListOf):
            return [self._value(kind.of, one) for one in root]
        return self._value(kind, root)

    def _value(self, ref: TypeRef, element: Element) -> Any:
        if element.get(_NIL) in ("true", "1"):
            return None
        match nullable(ref):
            case Scalar(kind=ScalarKind.JSON):
                return _anything(element)
            case Scalar(kind=kind):
                return _leaf(kind, _text(element))
            case MapOf(of=inner):
                return {_local(one): self._value(inner, one) for one in element}
            case ListOf(of=inner):
                return [self._value(inner, one) for one in element]
            case Named(key=key):
                return self._named(key, element)
            case Required():
                raise AssertionError("a reference is required once")

    def _named(self, key: str, element: Element) -> Any:
        match self._types.get(key):
            case EnumType(values=values):
                text = _text(element)
                return next((one.value for one in values if styles.text(one.value) == text), text)
            case ObjectType(fields=fields, box=False):
                return dict(self._fields(key, fields, element))
            case _:
                return _anything(element)

    def _fields(
        self, key: str, fields: Sequence[Field], element: Element
    ) -> Iterator[tuple[str, Any]]:
        for field in fields:
            markup = self._markups.get((key, field.name)) or Markup(field.name)
            kind = nullable(field.type)
            if markup.attribute:
                text = _attributes(element).get(markup.name)
                if text is not None:
                    yield field.name, _leaf(kind.kind, text) if isinstance(kind, Scalar) else text
                continue
            found = [one for one in element if _local(one) == markup.name]
            if isinstance(kind, ListOf):
                items = [item for one in found for item in one] if markup.item else found
                if found:
                    yield field.name, [self._value(kind.of, one) for one in items]
            elif found:
                yield field.name, self._value(kind, found[0])


def _qualified(markup: Markup, inherited: str) -> str:
    namespace = markup.namespace or inherited
    return f"{{{namespace}}}{markup.name}" if namespace else markup.name


def _attribute(markup: Markup) -> str:
    return f"{{{markup.namespace}}}{markup.name}" if markup.namespace else markup.name


def _prefixes(markup: Markup) -> Any:
    """Its own namespace, by prefix or as the default, of which lxml's stubs do not know."""
    return {markup.prefix or None: markup.namespace} if markup.namespace else {}


def _below(parent: Element, markup: Markup) -> Element:
    """A new child; without a namespace of its own it is in the default one, if there is one."""
    inherited = parent.nsmap.get(None) or ""
    return etree.SubElement(parent, _qualified(markup, inherited), nsmap=_prefixes(markup))


def _parsed(body: bytes, charset: str | None) -> Element:
    """The root element; a document type, which bombs are made of, is refused."""
    try:
        root = etree.fromstring(body, parser(charset))
    except (etree.XMLSyntaxError, LookupError, ValueError) as error:
        raise Malformed("the answer is not XML") from error
    if has_doctype(root):
        raise Malformed("the answer has a document type; refused")
    return root


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _attributes(element: Element) -> dict[str, str]:
    return {str(name).rpartition("}")[2]: str(text) for name, text in element.items()}


def _text(element: Element) -> str:
    return element.text or ""


def _leaf(kind: ScalarKind, text: str) -> Any:
    """A text as the scalar it stands for; one that is none stays a text, for others to refuse."""
    bare = text.strip()
    match kind:
        case ScalarKind.STRING:
            return text
        case ScalarKind.BOOLEAN:
            return _TRUTH.get(bare, bare)
        case ScalarKind.FLOAT:
            return _number(bare)
        case _:
            return bare or None


def _number(text: str) -> Decimal | str | None:
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return text


def _anything(element: Element) -> Any:
    children: dict[str, Any] = {f"@{name}": text for name, text in _attributes(element).items()}
    for child in element:
        name, value = _local(child), _anything(child)
        if name not in children:
            children[name] = value
        elif isinstance(children[name], list):
            children[name].append(value)
        else:
            children[name] = [children[name], value]
    if element.get(_NIL) in ("true", "1"):
        return None
    if not children:
        return _text(element)
    text = _text(element).strip()
    return children | ({"#text": text} if text else {})
