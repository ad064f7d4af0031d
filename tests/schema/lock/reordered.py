"""Descriptions with everything in another order that has no meaning there."""

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from google.protobuf.descriptor_pb2 import FileDescriptorSet
from lxml import etree

Turned = Callable[[bytes, Random], bytes]


def openapi(text: bytes, random: Random) -> bytes:
    """A JSON document: paths, methods, schemas, properties, all that is an object."""
    return json.dumps(_turned(json.loads(text), random)).encode()


def _turned(value: Any, random: Random) -> Any:
    if isinstance(value, list):
        return [_turned(one, random) for one in value]
    if not isinstance(value, dict):
        return value
    keys = list(value)
    random.shuffle(keys)
    return {key: _turned(value[key], random) for key in keys}


def grpc(text: bytes, random: Random) -> bytes:
    """A descriptor set: services, methods, messages and enums of each file."""
    described = FileDescriptorSet.FromString(text)
    for file in described.file:
        for repeated in (file.service, file.message_type, file.enum_type):
            _shuffle(repeated, random)
        for service in file.service:
            _shuffle(service.method, random)
    return described.SerializeToString()


def _shuffle(repeated: Any, random: Random) -> None:
    items = list(repeated)
    random.shuffle(items)
    del repeated[:]
    repeated.extend(items)


_GROUPS = frozenset(("definitions", "portType", "binding", "schema"))
_HEADS = frozenset(("import", "include", "annotation", "documentation", "types", "service"))
"""What comes first, or whose order has a meaning: the first port that can be is called by."""


def soap(text: bytes, random: Random) -> bytes:
    """A WSDL: messages, operations, bindings, and the components of its schemas."""
    root = etree.fromstring(text)
    groups = [one for one in root.iter(etree.Element) if etree.QName(one).localname in _GROUPS]
    for group in groups:
        children = [one for one in group if isinstance(one.tag, str)]
        heads = [one for one in children if _is_head(one)]
        rest = [one for one in children if not _is_head(one)]
        random.shuffle(rest)
        group[:] = [*heads, *rest]
    return etree.tostring(root)


def _is_head(one: Any) -> bool:
    """Whether it stays before the rest."""
    name = etree.QName(one)
    return name.localname in _HEADS or "wsdl/soap" in (name.namespace or "")


BY_SUFFIX: dict[str, Turned] = {".json": openapi, ".binpb": grpc, ".wsdl": soap}


def turned(path: Path, seed: int) -> bytes:
    """The description in another order, which the seed decides."""
    random = Random(seed)  # noqa: S311 - an order, and no secret
    return BY_SUFFIX[path.suffix](path.read_bytes(), random)
