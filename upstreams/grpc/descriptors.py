"""Descriptor sets as pools of linked types, and what the parts of a message are called.

What reflection and hand-made sets give is often wrong: imports left out or not supplied, messages
marked as map entries that are none (protobufjs writes both). `link` repairs what can be repaired
without guessing at types, and says so.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from importlib import import_module

from google.protobuf import descriptor_pool
from google.protobuf.descriptor import (
    Descriptor,
    EnumDescriptor,
    FieldDescriptor,
    OneofDescriptor,
)
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
)
from google.protobuf.descriptor_pool import DescriptorPool

from upstreams.model import Remark

Files = Mapping[str, FileDescriptorProto]

_STANDARD = (
    *("any", "api", "descriptor", "duration", "empty", "field_mask", "source_context"),
    *("struct", "timestamp", "type", "wrappers"),
)
for _name in _STANDARD:
    import_module(f"google.protobuf.{_name}_pb2")


@dataclass(frozen=True, slots=True)
class Linked:
    """The files of a set that fit together, as one pool."""

    given: Files
    """All files of the set as they came, by name and sorted."""
    pool: DescriptorPool
    files: Files
    """Those that could be used, by name, each after those it imports, without source positions."""
    broken: Mapping[str, str]
    """The files that could not be used, by name, and why."""
    repaired: tuple[Remark, ...]


def link(descriptors: FileDescriptorSet) -> Linked:
    """The set as a pool. It never fails: what does not fit is in `broken`.

    Of files with one name, the first counts. The order in which they came makes no difference.
    """
    first = {file.name: file for file in reversed(descriptors.file)}
    given = dict(sorted(first.items()))
    files = _with_standard(given)
    homes = {symbol: file.name for file in files.values() for symbol in _symbols(file)}
    repairs = {name: _Repair.of(file, files, homes) for name, file in files.items()}
    whole = {name: repair.applied(files[name]) for name, repair in repairs.items()}
    order, broken = _in_order(whole)
    pool = DescriptorPool()
    added = {}
    for name in order:
        if problem := _add(pool, whole[name], broken):
            broken[name] = problem
        else:
            added[name] = whole[name]
    remarks = (remark for name in added for remark in repairs[name].remarks(name))
    return Linked(given, pool, added, broken, tuple(remarks))


def undefined(files: Iterable[FileDescriptorProto]) -> tuple[set[str], set[str]]:
    """The names of files that are imported, and of types that are used, but not among the files."""
    known = list(files)
    imported = {name for file in known for name in file.dependency}
    defined = {symbol for file in known for symbol in _symbols(file)}
    used = {symbol for file in known for symbol in _used(file, defined)}
    return imported - {file.name for file in known}, used - defined


def services(file: FileDescriptorProto) -> Iterator[str]:
    """The full names of a file's services."""
    return (_join(file.package, service.name) for service in file.service)


def closure(files: Files, wanted: Iterable[str]) -> Iterator[FileDescriptorProto]:
    """The wanted files and all they import, in the order they have among `files`."""
    reached: set[str] = set()
    waiting = list(wanted)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(files[name].dependency)
    return (file for name, file in files.items() if name in reached)


def field_names(message: Descriptor) -> Mapping[int, str]:
    """What clients call the fields of a message, by number: their JSON names.

    Where two fields share one, which proto2 allows, those after the first keep their own name.
    """
    names: dict[int, str] = {}
    taken: set[str] = set()
    for field in message.fields:
        name = field.name if field.json_name in taken else field.json_name
        taken.add(name)
        names[field.number] = name
    return names


def choices(message: Descriptor) -> Iterator[OneofDescriptor]:
    """The oneofs that offer a choice; protoc makes one of a single field for each `optional`."""
    return (oneof for oneof in message.oneofs if len(oneof.fields) > 1)


def map_entry(field: FieldDescriptor) -> tuple[FieldDescriptor, FieldDescriptor] | None:
    """The fields that hold a map's keys and its values; None for a field that is no map."""
    entry = field.message_type
    if entry is None or not entry.has_options or not entry.GetOptions().map_entry:
        return None
    return entry.fields_by_name["key"], entry.fields_by_name["value"]


def enum_names(enum: EnumDescriptor) -> Mapping[int, str]:
    """The name of each number; of several, the first, as in protobuf's JSON."""
    return {value.number: value.name for value in reversed(enum.values)}


@dataclass(frozen=True, slots=True)
class _Repair:
    """What must change in one file."""

    absent: tuple[str, ...]
    """Imports that nobody supplies."""
    missing: tuple[str, ...]
    """Imports that its types need."""
    no_entries: tuple[str, ...]
    """Messages that are marked as the entry of a map, and are none."""

    @classmethod
    def of(cls, file: FileDescriptorProto, files: Files, homes: Mapping[str, str]) -> "_Repair":
        needed = {homes[symbol] for symbol in _used(file, homes) if symbol in homes}
        missing = needed - set(_visible(file, files)) - {file.name}
        return cls(
            tuple(name for name in file.dependency if name not in files),
            tuple(sorted(missing)),
            tuple(name for name, message in _messages(file) if _falsely_entry(message)),
        )

    def applied(self, file: FileDescriptorProto) -> FileDescriptorProto:
        whole = FileDescriptorProto()
        whole.CopyFrom(file)
        whole.ClearField("source_code_info")
        for name, message in _messages(whole) if self.no_entries else ():
            if name in self.no_entries:
                message.options.ClearField("map_entry")
        if self.absent or self.missing:
            public = [file.dependency[index] for index in file.public_dependency]
            kept = [name for name in file.dependency if name not in self.absent]
            whole.dependency[:] = [*kept, *self.missing]
            whole.public_dependency[:] = [kept.index(name) for name in public if name in kept]
            whole.ClearField("weak_dependency")
        return whole

    def remarks(self, name: str) -> Iterator[Remark]:
        for absent in self.absent:
            yield Remark(name, f"imports {absent}, which was not supplied; the import was left out")
        for missing in self.missing:
            yield Remark(name, f"uses types of {missing} without importing it; imported for it")
        for message in self.no_entries:
            yield Remark(message, "marked as the entry of a map, and is none; the mark was ignored")


def _falsely_entry(message: DescriptorProto) -> bool:
    if not message.options.map_entry:
        return False
    return bool(message.nested_type) or [field.number for field in message.field] != [1, 2]


def _with_standard(files: Files) -> Files:
    """The files, and those of protobuf's own that they need and do not bring."""
    complete = dict(files)
    while True:
        imported, used = undefined(complete.values())
        defined = {symbol for file in complete.values() for symbol in _symbols(file)}
        found = {*_standard_files(imported), *map(_standard_home, used)} - complete.keys() - {""}
        usable = {
            name: file
            for name in sorted(found)
            if defined.isdisjoint(_symbols(file := _standard_file(name)))
        }
        if not usable:
            return complete
        complete |= usable


def _standard_files(names: Iterable[str]) -> Iterator[str]:
    known = {f"google/protobuf/{base}.proto" for base in _STANDARD}
    return (name for name in names if name in known)


def _standard_home(symbol: str) -> str:
    """`google.protobuf.Any` -> `google/protobuf/any.proto`; empty for other symbols."""
    if not symbol.startswith("google.protobuf."):
        return ""
    try:
        return descriptor_pool.Default().FindFileContainingSymbol(symbol).name
    except KeyError:
        return ""


def _standard_file(name: str) -> FileDescriptorProto:
    file = FileDescriptorProto()
    descriptor_pool.Default().FindFileByName(name).CopyToProto(file)
    return file


def _visible(file: FileDescriptorProto, files: Files) -> Iterator[str]:
    """The files whose types a file may use: its imports, and what those import publicly."""
    seen: set[str] = set()
    waiting = list(file.dependency)
    while waiting:
        name = waiting.pop()
        if name in seen or name not in files:
            continue
        seen.add(name)
        yield name
        imported = files[name]
        waiting.extend(imported.dependency[index] for index in imported.public_dependency)


def _in_order(files: Files) -> tuple[list[str], dict[str, str]]:
    """The names, each after those it imports; and the files that import each other, with a reason.

    Protobuf knows no circular imports, but a server that merges files by package can make them.
    """
    circular: dict[str, str] = {}
    while True:
        graph = {
            name: [other for other in file.dependency if other not in circular]
            for name, file in files.items()
            if name not in circular
        }
        try:
            return list(TopologicalSorter(graph).static_order()), circular
        except CycleError as error:
            names = error.args[1]
            circular |= dict.fromkeys(names, f"imports itself, by way of {' -> '.join(names)}")


def _add(pool: DescriptorPool, file: FileDescriptorProto, broken: Mapping[str, str]) -> str:
    """Add the file to the pool; the reason when it could not be, else nothing."""
    for name in file.dependency:
        if name in broken:
            return f"imports {name}, which cannot be used: {broken[name]}"
    try:
        pool.AddSerializedFile(file.SerializeToString())
    except TypeError as error:
        return str(error)
    return ""


def _symbols(file: FileDescriptorProto) -> Iterator[str]:
    """The full names of the messages and enums of a file."""
    yield from (_join(file.package, enum.name) for enum in file.enum_type)
    for name, message in _messages(file):
        yield name
        yield from (_join(name, enum.name) for enum in message.enum_type)


def _used(file: FileDescriptorProto, defined: Container[str]) -> Iterator[str]:
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
    for scope, fields in _fields(file):
        for field in fields:
            yield scope, field.type_name
            yield scope, field.extendee
    for service in file.service:
        for method in service.method:
            yield file.package, method.input_type
            yield file.package, method.output_type


def _fields(file: FileDescriptorProto) -> Iterator[tuple[str, Iterable[FieldDescriptorProto]]]:
    yield file.package, file.extension
    for name, message in _messages(file):
        yield name, message.field
        yield name, message.extension


def _messages(file: FileDescriptorProto) -> Iterator[tuple[str, DescriptorProto]]:
    waiting = [(_join(file.package, message.name), message) for message in file.message_type]
    while waiting:
        name, message = waiting.pop()
        yield name, message
        waiting.extend((_join(name, nested.name), nested) for nested in message.nested_type)


def _join(scope: str, name: str) -> str:
    return f"{scope}.{name}" if scope else name
