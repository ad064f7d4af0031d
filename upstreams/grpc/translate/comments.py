"""Pure: what the authors of a description wrote beside its parts."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FileDescriptorProto,
    ServiceDescriptorProto,
)

Comments: TypeAlias = Mapping[str, str]
"""Texts by full name; an enum's value is named below its enum."""

_Path: TypeAlias = tuple[int, ...]
_Places: TypeAlias = Iterator[tuple[_Path, str]]

# The numbers by which descriptor.proto's SourceCodeInfo walks down to a part.
_FILE_MESSAGE, _FILE_ENUM, _FILE_SERVICE, _FILE_EXTENSION = 4, 5, 6, 7
_FIELD, _NESTED, _NESTED_ENUM, _EXTENSION = 2, 3, 4, 6
_VALUE = _METHOD = 2


def comments(files: Iterable[FileDescriptorProto]) -> Comments:
    """The comments of all files, where they came with source positions."""
    return {name: text for file in files for name, text in _of_file(file) if text}


def _of_file(file: FileDescriptorProto) -> Iterator[tuple[str, str]]:
    texts = {
        tuple(location.path): location.leading_comments or location.trailing_comments
        for location in file.source_code_info.location
    }
    if texts:
        for path, name in _places(file):
            yield name, _tidy(texts.get(path, ""))


def _places(file: FileDescriptorProto) -> _Places:
    scope = f"{file.package}." if file.package else ""
    for index, message in enumerate(file.message_type):
        yield from _in_message((_FILE_MESSAGE, index), scope + message.name, message)
    for index, enum in enumerate(file.enum_type):
        yield from _in_enum((_FILE_ENUM, index), scope + enum.name, enum)
    for index, service in enumerate(file.service):
        yield from _in_service((_FILE_SERVICE, index), scope + service.name, service)
    for index, extension in enumerate(file.extension):
        yield (_FILE_EXTENSION, index), scope + extension.name


def _in_message(path: _Path, name: str, message: DescriptorProto) -> _Places:
    yield path, name
    for index, field in enumerate(message.field):
        yield (*path, _FIELD, index), f"{name}.{field.name}"
    for index, extension in enumerate(message.extension):
        yield (*path, _EXTENSION, index), f"{name}.{extension.name}"
    for index, enum in enumerate(message.enum_type):
        yield from _in_enum((*path, _NESTED_ENUM, index), f"{name}.{enum.name}", enum)
    for index, nested in enumerate(message.nested_type):
        yield from _in_message((*path, _NESTED, index), f"{name}.{nested.name}", nested)


def _in_enum(path: _Path, name: str, enum: EnumDescriptorProto) -> _Places:
    yield path, name
    for index, value in enumerate(enum.value):
        yield (*path, _VALUE, index), f"{name}.{value.name}"


def _in_service(path: _Path, name: str, service: ServiceDescriptorProto) -> _Places:
    yield path, name
    for index, method in enumerate(service.method):
        yield (*path, _METHOD, index), f"{name}.{method.name}"


def _tidy(text: str) -> str:
    """The comment without the blank that follows each `//`."""
    return "\n".join(line.removeprefix(" ").rstrip() for line in text.splitlines()).strip()
