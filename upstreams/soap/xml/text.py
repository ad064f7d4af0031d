"""Leaves as text and back, each by the XSD type that says how."""

import base64
import binascii
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any, TypeAlias

from lxml import etree

from upstreams.errors import BadInput, Malformed
from upstreams.soap.model import Codec, Leaf
from upstreams.soap.xml.document import TRUE, Element, named, place

Path: TypeAlias = tuple[str | int, ...]
"""Where in the arguments a value stands."""


def shown(path: Path) -> str:
    """`("input", "lines", 0)` -> `input.lines.0`."""
    return ".".join(map(str, path))


def _double(value: Any) -> str:
    return str(float(value)).replace("inf", "INF").replace("nan", "NaN")


WRITE: Mapping[Codec, Callable[[Any], str]] = {
    Codec.BOOLEAN: lambda value: "true" if value else "false",
    Codec.DECIMAL: lambda value: format(Decimal(value), "f"),
    Codec.DOUBLE: _double,
    Codec.BASE64: lambda value: base64.b64encode(value).decode("ascii"),
    Codec.HEX: lambda value: value.hex().upper(),
}
"""How a value becomes text; `str` where nothing is said."""


def _boolean(text: str) -> bool:
    if text not in ("true", "false", "1", "0"):
        raise ValueError(text)
    return text in TRUE


def _plainly(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """The same reader without Python's own liberty: 1_000 is no number to anybody else."""

    def reading(text: str) -> Any:
        if "_" in text:
            raise ValueError(text)
        return read(text)

    return reading


def _base64(text: str) -> bytes:
    return base64.b64decode(text.replace(" ", ""), validate=True)


READ: Mapping[Codec, Callable[[str], Any]] = {
    Codec.BOOLEAN: _boolean,
    Codec.INT: _plainly(int),
    Codec.LONG: _plainly(int),
    Codec.UNSIGNED_LONG: _plainly(int),
    Codec.INTEGER: _plainly(int),
    Codec.DECIMAL: _plainly(Decimal),
    Codec.DOUBLE: _plainly(float),
    Codec.BASE64: _base64,
    Codec.HEX: bytes.fromhex,
}
"""What a text means; the text itself where nothing is said."""


def written(leaf: Leaf, value: Any, path: Path) -> str | etree.QName:
    """The text of a leaf. Raises `BadInput`."""
    write = WRITE.get(leaf.codec, str)
    try:
        if leaf.listed:
            return " ".join(write(item) for item in value)
        text = write(value)
        if leaf.codec is Codec.QNAME and text.startswith("{"):
            return etree.QName(text)
    except (TypeError, ValueError, AttributeError, InvalidOperation) as error:
        raise BadInput(f"{shown(path)}: not {leaf.codec.value}") from error
    return text


def set_text(element: Element, text: str | etree.QName, path: Path) -> None:
    """Raises `BadInput` for what XML cannot carry."""
    try:
        element.text = text  # type: ignore[assignment]  # the stubs lack QName
    except ValueError as error:
        raise BadInput(f"{shown(path)}: a character XML cannot carry") from error


def set_attribute(element: Element, name: str, text: str | etree.QName, path: Path) -> None:
    """Raises `BadInput` for what XML cannot carry."""
    try:
        element.set(name, text)  # type: ignore[arg-type]  # as above
    except ValueError as error:
        raise BadInput(f"{shown(path)}: a character XML cannot carry") from error


def meaning(text: str, leaf: Leaf, element: Element) -> Any:
    """What a text stands for. Raises `Malformed` naming the place.

    Empty text is null for all but strings: many backends send it so.
    """
    if leaf.codec is Codec.STRING and not leaf.listed and not leaf.enum:
        return text
    words = text.split()
    read = READ.get(leaf.codec, str)
    if leaf.codec is Codec.QNAME:
        read = partial(named, element)
    try:
        if leaf.listed:
            return [read(word) for word in words]
        return read(" ".join(words)) if words else None
    except (ValueError, binascii.Error, InvalidOperation) as error:
        raise Malformed(f"{place(element)}: not {leaf.codec.value}") from error
