"""Descriptions with everything in another order that has no meaning there."""

import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any, TypeVar
from xml.parsers import expat

import msgspec
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from graphql import parse, print_ast

from upstreams.openapi.translate import parse as read

_T = TypeVar("_T")
Turned = Callable[[bytes, Random], bytes]

_POINTED = re.compile(rb"\$ref.{0,5}#[^\s]*/parameters/\d")
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def openapi(text: bytes, random: Random) -> bytes:
    """A document, as JSON: all that is an object, and lists of parameters no `$ref` points into."""
    free = frozenset(() if _POINTED.search(text) else ("parameters",))
    return _ENCODER.encode(_turned(read(text, ""), free, random))


def _turned(value: Any, free: frozenset[str], random: Random) -> Any:
    if isinstance(value, list):
        return [_turned(one, free, random) for one in value]
    if not isinstance(value, dict):
        return value
    found = {key: _turned(one, free, random) for key, one in _mixed(value.items(), random)}
    return {
        key: _mixed(one, random) if key in free and isinstance(one, list) else one
        for key, one in found.items()
    }


def _mixed(items: Iterable[_T], random: Random) -> list[_T]:
    mixed = list(items)
    random.shuffle(mixed)
    return mixed


def grpc(text: bytes, random: Random) -> bytes:
    """A descriptor set: files, and services, methods, messages and enums of each."""
    described = FileDescriptorSet.FromString(text)
    _shuffle(described.file, random)
    for file in described.file:
        for repeated in (file.service, file.message_type, file.enum_type):
            _shuffle(repeated, random)
        for service in file.service:
            _shuffle(service.method, random)
    return described.SerializeToString()


def _shuffle(repeated: Any, random: Random) -> None:
    mixed = _mixed(repeated, random)
    del repeated[:]
    repeated.extend(mixed)


_MOVED = {
    "definitions": frozenset(("message", "portType", "binding")),
    "portType": frozenset(("operation",)),
    "binding": frozenset(("operation",)),
    "schema": frozenset(
        ("element", "complexType", "simpleType", "group", "attribute", "attributeGroup")
    ),
}
"""What may change places, by what it stands in; of ports, the first that can be is called by."""


@dataclass(slots=True)
class _Element:
    tag: str
    name: str
    start: int
    end: int = 0
    below: list["_Element"] = field(default_factory=list)


def soap(text: bytes, random: Random) -> bytes:
    """A WSDL: messages, operations, bindings, and the components of its schemas."""
    # Pieces of the text change places: no name in them loses what its prefix stands for.
    return b"".join(_pieces(text, _root(text), random))


def _root(text: bytes) -> _Element:
    parser = expat.ParserCreate()
    around = [_Element("", "", 0)]

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        name = attributes.get("name", "")
        one = _Element(tag.rpartition(":")[2], name, parser.CurrentByteIndex)
        around[-1].below.append(one)
        around.append(one)

    def end(_tag: str) -> None:
        one, at = around.pop(), parser.CurrentByteIndex
        # Of an empty element, expat tells where it ends; of others, where their end tag starts.
        is_empty = text.find(b">", one.start) + 1 == at and text.endswith(b"/>", 0, at)
        one.end = at if is_empty else text.index(b">", at) + 1

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.Parse(text, True)
    around[0].end = len(text)
    return around[0]


def _pieces(text: bytes, one: _Element, random: Random) -> Iterator[bytes]:
    moved = [each for each in one.below if each.tag in _MOVED.get(one.tag, ())]
    others = _in_another_order(moved, random)
    at = one.start
    for each in one.below:
        yield text[at : each.start]
        is_moved = each.tag in _MOVED.get(one.tag, ())
        yield from _pieces(text, next(others) if is_moved else each, random)
        at = each.end
    yield text[at : one.end]


def _in_another_order(elements: Iterable[_Element], random: Random) -> Iterator[_Element]:
    """What is declared twice keeps its own order: one of them counts."""
    alike: defaultdict[tuple[str, str], deque[_Element]] = defaultdict(deque)
    for one in elements:
        alike[one.tag, one.name].append(one)
    return (alike[one.tag, one.name].popleft() for one in _mixed(elements, random))


_PARTS = ("arguments", "fields", "interfaces", "types", "values")


def graphql(text: bytes, random: Random) -> bytes:
    """A schema's types, their fields and arguments, the values of enums, members of unions."""
    document = parse(text.decode())
    definitions = [_rearranged(one, random) for one in _mixed(document.definitions, random)]
    return print_ast(replace(document, definitions=tuple(definitions))).encode()


def _rearranged(node: Any, random: Random) -> Any:
    below = {name: getattr(node, name, None) for name in _PARTS}
    turned = {
        name: tuple(_rearranged(one, random) for one in _mixed(nodes, random))
        for name, nodes in below.items()
        if nodes
    }
    return replace(node, **turned)


BY_SUFFIX: dict[str, Turned] = {
    ".json": openapi,
    ".yaml": openapi,
    ".binpb": grpc,
    ".wsdl": soap,
    ".graphql": graphql,
}


def turned(path: Path, seed: int) -> bytes:
    """The description in another order, which the seed decides."""
    random = Random(seed)  # noqa: S311 - an order, and no secret
    return BY_SUFFIX[path.suffix](path.read_bytes(), random)
