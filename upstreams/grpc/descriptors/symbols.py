"""What files define, use, import and extend, by name."""

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import TypeAlias

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)

Files: TypeAlias = Mapping[str, FileDescriptorProto]
"""Files by their names."""

MAX_NAME = 1000
"""How long the name of a file or a message may be; they are written anew for each of its parts."""


def overlong(file: FileDescriptorProto) -> bool:
    """Whether a file's names are too long to be taken in."""
    if max(len(file.name), len(file.package)) > MAX_NAME:
        return True
    return any(len(name) > MAX_NAME for name, _ in messages(file))


def undefined(files: Iterable[FileDescriptorProto]) -> tuple[set[str], set[str]]:
    """The names of files that are imported, and of types that are used, but not among the files."""
    known = list(files)
    imported = {name for file in known for name in file.dependency}
    defined = {symbol for file in known for symbol in symbols(file)}
    used = {symbol for file in known for symbol in uses(file, defined)}
    return imported - {file.name for file in known}, used - defined


def extendable(files: Iterable[FileDescriptorProto]) -> set[str]:
    """The full names of the messages that may have extensions, but for protobuf's own options."""
    return {
        name
        for file in files
        if file.package != "google.protobuf"
        for name, message in messages(file)
        if message.extension_range
    }


def extensions(files: Iterable[FileDescriptorProto]) -> set[tuple[str, int]]:
    """The extensions among the files: the message extended, by its full name, and the number."""
    return {
        (field.extendee.removeprefix("."), field.number)
        for file in files
        for _, fields in _field_lists(file)
        for field in fields
        if field.extendee
    }


def services(file: FileDescriptorProto) -> Iterator[str]:
    """The full names of a file's services."""
    return (joined(file.package, service.name) for service in file.service)


def symbols(file: FileDescriptorProto) -> Iterator[str]:
    """The full names of the messages and enums of a file."""
    yield from (joined(file.package, enum.name) for enum in file.enum_type)
    for name, message in messages(file):
        yield name
        yield from (joined(name, enum.name) for enum in message.enum_type)


def uses(file: FileDescriptorProto, defined: Container[str]) -> Iterator[str]:
    """The full names of the messages and enums that a file uses."""
    return (_resolved(name, scope, defined) for scope, name in _references(file) if name)


def _resolved(name: str, scope: str, defined: Container[str]) -> str:
    """The full name of what a name means in a scope: the innermost that is defined."""
    if name.startswith("."):
        return name[1:]
    parts = scope.split(".")
    outward = (".".join((*parts[:count], name)) for count in range(len(parts), 0, -1))
    return next((full for full in outward if full in defined), name)


def _references(file: FileDescriptorProto) -> Iterator[tuple[str, str]]:
    """The names of messages and enums in a file, with the scope in which they stand."""
    for scope, fields in _field_lists(file):
        for field in fields:
            yield scope, field.type_name
            yield scope, field.extendee
    for service in file.service:
        for method in service.method:
            yield file.package, method.input_type
            yield file.package, method.output_type


def _field_lists(file: FileDescriptorProto) -> Iterator[tuple[str, Iterable[FieldDescriptorProto]]]:
    """The fields and extensions of a file, with the scope in which they stand."""
    yield file.package, file.extension
    for name, message in messages(file):
        yield name, message.field
        yield name, message.extension


def messages(file: FileDescriptorProto) -> Iterator[tuple[str, DescriptorProto]]:
    """The messages of a file, nested ones too, with their full names."""
    waiting = [(joined(file.package, message.name), message) for message in file.message_type]
    while waiting:
        name, message = waiting.pop()
        yield name, message
        waiting.extend((joined(name, nested.name), nested) for nested in message.nested_type)


def joined(scope: str, name: str) -> str:
    """The full name of what has a name in a scope."""
    return f"{scope}.{name}" if scope else name


def visible(file: FileDescriptorProto, files: Files) -> Iterator[str]:
    """The files whose types a file may use: its imports, and what those import publicly."""
    seen: set[str] = set()
    waiting = list(file.dependency)
    while waiting:
        name = waiting.pop()
        if name in seen or name not in files:
            continue
        seen.add(name)
        yield name
        waiting.extend(public_imports(files[name]))


def public_imports(file: FileDescriptorProto) -> Iterator[str]:
    """The files whose types those who import the file see too."""
    count = len(file.dependency)
    return (file.dependency[at] for at in file.public_dependency if 0 <= at < count)
