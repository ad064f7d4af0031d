"""Files that import each other, taken apart so that none does.

Protobuf knows no such files, but servers that describe themselves by package make them: they put
all files of a package into one. With a file for each type, or for each few that use each other, no
files import each other; for types of several packages never use each other in what was compiled.
"""

from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass

from google.protobuf.descriptor_pb2 import FileDescriptorProto

from upstreams.grpc.descriptors.components import Graph, circular, components
from upstreams.grpc.descriptors.symbols import Files, joined, symbols, uses
from upstreams.model import Remark

_DECLARATIONS = ("enum_type", "message_type", "extension", "service")


@dataclass(frozen=True, slots=True)
class _Unit:
    """A file with one declaration."""

    file: FileDescriptorProto
    head: bytes
    """What is the same for all of the file it is from: package, syntax, edition, features."""


def untangled(files: Files) -> tuple[Files, tuple[Remark, ...]]:
    """The files, those that import each other in parts; and what was taken apart.

    Where there are such, each file imports what it uses, and nothing else. Of declarations with one
    name, in files that import each other, the first counts.
    """
    imports = {name: tuple(file.dependency) for name, file in files.items()}
    rings = [ring for ring in components(imports) if circular(ring, imports)]
    if not rings:
        return files, ()
    tangled = {name for ring in rings for name in ring}
    whole = {name: file for name, file in files.items() if name not in tangled}
    defined = {symbol for file in files.values() for symbol in symbols(file)}
    units = _units(file for name, file in files.items() if name in tangled)
    for part in _parts(units, _graph(units, defined)):
        while part.name in files or part.name in whole:
            part.name += "#"
        whole[part.name] = part
    homes = {symbol: name for name, file in whole.items() for symbol in symbols(file)}
    importing = {name: _importing(file, homes) for name, file in whole.items()}
    return importing, tuple(map(_remark, rings))


def _units(files: Iterable[FileDescriptorProto]) -> Mapping[str, _Unit]:
    """The declarations of files, by their full names."""
    units: dict[str, _Unit] = {}
    for file in files:
        head = _head(file)
        told = head.SerializeToString(deterministic=True)
        for name, unit in _apart(file, head):
            units.setdefault(joined(file.package, name), _Unit(unit, told))
    return units


def _head(file: FileDescriptorProto) -> FileDescriptorProto:
    head = FileDescriptorProto()
    for field in ("package", "syntax", "edition"):
        if file.HasField(field):
            setattr(head, field, getattr(file, field))
    if file.options.HasField("features"):
        head.options.features.CopyFrom(file.options.features)
        head.options.features.DiscardUnknownFields()
    return head


def _apart(
    file: FileDescriptorProto, head: FileDescriptorProto
) -> Iterator[tuple[str, FileDescriptorProto]]:
    """A file for each declaration of a file, with what it declares."""
    for kind in _DECLARATIONS:
        for declaration in getattr(file, kind):
            unit = FileDescriptorProto()
            unit.CopyFrom(head)
            unit.name = f"{file.name}#{declaration.name}"
            getattr(unit, kind).append(declaration)
            yield declaration.name, unit


def _parts(units: Mapping[str, _Unit], graph: Graph) -> Iterator[FileDescriptorProto]:
    """A file for each unit, or for those that use each other and can be in one file."""
    places = {name: place for place, name in enumerate(units)}
    parts = [
        sorted(together, key=places.__getitem__)
        for component in components(graph)
        for together in _with_one_head(component, units)
    ]
    for together in sorted(parts, key=lambda part: places[part[0]]):
        part = FileDescriptorProto()
        for name in together:
            part.MergeFrom(units[name].file)
        part.name = units[together[0]].file.name
        yield part


def _graph(units: Mapping[str, _Unit], defined: Container[str]) -> Graph:
    """Which units each unit uses; `defined` are all symbols there are."""
    homes = {symbol: name for name, unit in units.items() for symbol in symbols(unit.file)}
    used = {name: uses(unit.file, defined) for name, unit in units.items()}
    return {
        name: tuple(dict.fromkeys(homes[symbol] for symbol in each if symbol in homes))
        for name, each in used.items()
    }


def _with_one_head(names: Iterable[str], units: Mapping[str, _Unit]) -> Iterable[list[str]]:
    by_head: dict[bytes, list[str]] = {}
    for name in names:
        by_head.setdefault(units[name].head, []).append(name)
    return by_head.values()


def _importing(file: FileDescriptorProto, homes: Mapping[str, str]) -> FileDescriptorProto:
    """The file, which imports what it uses."""
    used = {homes[symbol] for symbol in uses(file, homes) if symbol in homes}
    importing = FileDescriptorProto()
    importing.CopyFrom(file)
    importing.dependency[:] = sorted(used - {file.name})
    importing.ClearField("public_dependency")
    importing.ClearField("weak_dependency")
    return importing


def _remark(ring: Collection[str]) -> Remark:
    first, *others = sorted(ring)
    who = f"it and {len(others)} more import each other" if others else "it imports itself"
    return Remark(first, f"{who}, which no files can; each type was taken by itself")
