"""What the mock in `tests/backends/node/grpc_mock.js` answers, by its rule, told a second time."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorSet,
)

from tests import corpora
from tests.backends.process import Server

DEPTH = 3
STREAMED = 3

_F = FieldDescriptorProto
_VALUES: Mapping[int, Callable[[FieldDescriptorProto], Any]] = {
    **dict.fromkeys((_F.TYPE_DOUBLE, _F.TYPE_FLOAT), lambda field: field.number + 0.5),
    **dict.fromkeys(
        (_F.TYPE_INT64, _F.TYPE_SINT64, _F.TYPE_SFIXED64), lambda field: -(2**53) - field.number
    ),
    **dict.fromkeys((_F.TYPE_UINT64, _F.TYPE_FIXED64), lambda field: 2**63 + field.number),
    **dict.fromkeys((_F.TYPE_INT32, _F.TYPE_SINT32, _F.TYPE_SFIXED32), lambda field: -field.number),
    **dict.fromkeys((_F.TYPE_UINT32, _F.TYPE_FIXED32), lambda field: 2**31 + field.number),
    _F.TYPE_BOOL: lambda _: True,
    _F.TYPE_STRING: lambda field: f"{field.name}-{field.number}",
    _F.TYPE_BYTES: lambda field: bytes([field.number % 256, 0, 255]),
}


def answers(corpus: str) -> Mapping[str, Any]:
    """What each method of a descriptor set answers, as neutral values."""
    described = FileDescriptorSet.FromString(corpora.spec(corpus).read_bytes())
    rule = _Rule(described)
    return {
        f"{file.package}.{service.name}/{method.name}": rule.answer(
            method.output_type, streamed=method.server_streaming
        )
        for file in described.file
        for service in file.service
        for method in service.method
    }


def requests(server: Server, path: str) -> list[Any]:
    """The requests that the mock has got for a method, in protobufjs' own spelling."""
    lines = (json.loads(line) for line in server.text().splitlines())
    return [each for line in lines if line["path"] == path for each in line["requests"]]


class _Rule:
    def __init__(self, described: FileDescriptorSet) -> None:
        self._messages: dict[str, DescriptorProto] = {}
        self._enums: dict[str, EnumDescriptorProto] = {}
        for file in described.file:
            scope = f".{file.package}"
            self._enums |= {f"{scope}.{enum.name}": enum for enum in file.enum_type}
            for message in file.message_type:
                self._index(f"{scope}.{message.name}", message)

    def answer(self, name: str, *, streamed: bool) -> Any:
        one = self._message(name, 0) if self._messages[name].field else None
        return [one] * STREAMED if streamed else one

    def _index(self, name: str, message: DescriptorProto) -> None:
        self._messages[name] = message
        self._enums |= {f"{name}.{enum.name}": enum for enum in message.enum_type}
        for nested in message.nested_type:
            self._index(f"{name}.{nested.name}", nested)

    def _message(self, name: str, depth: int) -> dict[str, Any]:
        value = {}
        for field in self._chosen(self._messages[name], depth):
            value[field.json_name] = self._field(field, depth)
        return value

    def _chosen(self, message: DescriptorProto, depth: int) -> Iterator[FieldDescriptorProto]:
        """The fields that are set, or have a default: of a oneof, the first that can be."""
        taken = set()
        for field in message.field:
            if field.type == _F.TYPE_MESSAGE and depth >= DEPTH and not _many(field):
                continue
            if field.HasField("oneof_index"):
                if field.oneof_index in taken:
                    continue
                taken.add(field.oneof_index)
            yield field

    def _field(self, field: FieldDescriptorProto, depth: int) -> Any:
        held = self._messages.get(field.type_name)
        if not _many(field):
            return self._one(field, depth)
        if held is not None and held.options.map_entry:
            key, value = held.field
            empty = depth >= DEPTH or (value.type == _F.TYPE_MESSAGE and depth + 1 >= DEPTH)
            return {} if empty else {_text(self._one(key, 0)): self._one(value, depth + 1)}
        empty = held is not None and depth >= DEPTH
        return [] if empty else [self._one(field, depth)] * 2

    def _one(self, field: FieldDescriptorProto, depth: int) -> Any:
        if field.type == _F.TYPE_MESSAGE:
            below = self._message(field.type_name, depth + 1)
            return below if self._messages[field.type_name].field else {}
        if field.type == _F.TYPE_ENUM:
            return self._enums[field.type_name].value[-1].name
        return _VALUES[field.type](field)


def _many(field: FieldDescriptorProto) -> bool:
    return field.label == _F.LABEL_REPEATED


def _text(key: Any) -> str:
    return key if isinstance(key, str) else str(key).lower()
