"""The files that are protobuf's own, which a set may leave out, and may not forge."""

from collections.abc import Iterable, Iterator
from importlib import import_module

from google.protobuf import descriptor_pool
from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto

from upstreams.grpc.descriptors.symbols import Files, messages, symbols, undefined
from upstreams.grpc.model import MEANINGS

_STANDARD = (
    *("any", "api", "descriptor", "duration", "empty", "field_mask", "source_context"),
    *("struct", "timestamp", "type", "wrappers"),
)
_ANY_FILE = "google/protobuf/any.proto"
_IN_ANY = {
    f"google/protobuf/{name}.proto"
    for name in ("duration", "empty", "field_mask", "struct", "timestamp", "wrappers")
}

for _name in _STANDARD:
    import_module(f"google.protobuf.{_name}_pb2")
import_module("google.type.decimal_pb2")


def with_standard(files: Files) -> Files:
    """The files, and those of protobuf's own that they need and do not bring.

    Where there is an Any, all may be needed.
    """
    complete = dict(files)
    while True:
        imported, used = undefined(complete.values())
        if _ANY_FILE in complete or _ANY_FILE in imported:
            imported |= _IN_ANY
        defined = {symbol for file in complete.values() for symbol in symbols(file)}
        found = {*_standard_files(imported), *map(_standard_home, used)} - complete.keys() - {""}
        usable = {
            name: file
            for name in sorted(found)
            if defined.isdisjoint(symbols(file := _standard_file(name)))
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


def forged(file: FileDescriptorProto) -> str:
    """Why the well-known messages of a file are not those that are known; empty if they are."""
    if not file.package.startswith("google."):
        return ""
    for name, message in messages(file):
        if name in MEANINGS and not _alike(message, _standard_message(name)):
            return f"it has a {name} of its own, unlike the one everybody knows"
    return ""


def _alike(message: DescriptorProto, known: DescriptorProto) -> bool:
    """Whether two messages have the same fields; a hand-made set may leave their types out."""
    if len(message.field) != len(known.field):
        return False
    return all(
        (one.number, one.name) == (other.number, other.name)
        and (not one.HasField("type") or one.type == other.type)
        for one, other in zip(message.field, known.field, strict=True)
    )


def _standard_message(name: str) -> DescriptorProto:
    message = DescriptorProto()
    descriptor_pool.Default().FindMessageTypeByName(name).CopyToProto(message)
    return message
