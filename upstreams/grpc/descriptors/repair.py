"""What is wrong with a file and can be repaired without guessing at types."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto

from upstreams.grpc.descriptors.symbols import (
    Files,
    messages,
    public_imports,
    uses,
    visible,
)
from upstreams.model import Remark


@dataclass(frozen=True, slots=True)
class Repair:
    """What must change in one file."""

    absent: tuple[str, ...]
    """Imports that nobody supplies."""
    missing: tuple[str, ...]
    """Imports that its types need."""
    no_entries: tuple[str, ...]
    """Messages that are marked as the entry of a map, and are none."""

    @classmethod
    def of(cls, file: FileDescriptorProto, files: Files, homes: Mapping[str, str]) -> "Repair":
        needed = {homes[symbol] for symbol in uses(file, homes) if symbol in homes}
        missing = needed - set(visible(file, files)) - {file.name}
        return cls(
            tuple(name for name in file.dependency if name not in files),
            tuple(sorted(missing)),
            tuple(sorted(name for name, message in messages(file) if _falsely_entry(message))),
        )

    def applied(self, file: FileDescriptorProto) -> FileDescriptorProto:
        whole = FileDescriptorProto()
        whole.CopyFrom(file)
        whole.ClearField("source_code_info")
        no_entries, absent = frozenset(self.no_entries), frozenset(self.absent)
        for name, message in messages(whole) if no_entries else ():
            if name in no_entries:
                message.options.ClearField("map_entry")
        if absent or self.missing:
            kept = [name for name in file.dependency if name not in absent]
            places = {name: place for place, name in enumerate(kept)}
            public = [places[name] for name in public_imports(file) if name in places]
            whole.dependency[:] = [*kept, *self.missing]
            whole.public_dependency[:] = public
            whole.ClearField("weak_dependency")
        return whole

    def remarks(self, name: str) -> Iterator[Remark]:
        for absent in self.absent:
            yield Remark(name, f"imports {absent}, which was not supplied; the import was left out")
        if self.missing:
            files = _several(self.missing)
            yield Remark(name, f"uses types of {files} without importing them; imported for it")
        if self.no_entries:
            marked = _several(self.no_entries)
            yield Remark(name, f"marks {marked} as entries of maps, and they are none; ignored")


def _several(names: Sequence[str]) -> str:
    """The first name, and how many there are beside it."""
    return f"{names[0]} and {len(names) - 1} more" if len(names) > 1 else names[0]


def _falsely_entry(message: DescriptorProto) -> bool:
    if not message.options.map_entry:
        return False
    return bool(message.nested_type) or [field.number for field in message.field] != [1, 2]
