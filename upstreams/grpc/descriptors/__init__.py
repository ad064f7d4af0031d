"""Descriptor sets as pools of linked types.

What reflection and hand-made sets give is often wrong: imports left out or not supplied, messages
marked as map entries that are none, files that import each other (protobufjs writes all three).
`link` repairs what can be repaired without guessing at types, and says so.

Read in this order: `symbols`, `standard` (protobuf's own files), `repair`, `components` and
`untangle` (files that import each other).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool

from upstreams.grpc.descriptors.components import circular, components
from upstreams.grpc.descriptors.repair import Repair
from upstreams.grpc.descriptors.standard import forged, with_standard
from upstreams.grpc.descriptors.symbols import Files, symbols
from upstreams.grpc.descriptors.untangle import untangled
from upstreams.model import Remark

_RING = "its types and those of other packages use each other"
"""Why a file is of no use that still imports itself, by way of others, when all are taken apart."""


@dataclass(frozen=True, slots=True)
class Linked:
    """The files of a set that fit together, as one pool."""

    given: Files
    """All files of the set, by name; repaired, whether or not they could be used."""
    pool: DescriptorPool
    files: Files
    """Those that could be used, by name, each after those it imports, without source positions."""
    broken: Mapping[str, str]
    """The files that could not be used, by name: which file is at fault, and why."""
    repaired: tuple[Remark, ...]


def link(descriptors: FileDescriptorSet) -> Linked:
    """The set as a pool. It never fails: what does not fit is in `broken`.

    Of files with one name, the first counts. The order in which they came makes no difference.
    """
    first = {file.name: file for file in reversed(descriptors.file)}
    given = dict(sorted(first.items()))
    files = with_standard(given)
    homes = {symbol: file.name for file in files.values() for symbol in symbols(file)}
    repairs = {name: Repair.of(file, files, homes) for name, file in files.items()}
    repaired = {name: repair.applied(files[name]) for name, repair in repairs.items()}
    whole, taken_apart = untangled(repaired)
    pool = DescriptorPool()
    added, broken = _added(pool, whole)
    remarks = (
        remark
        for name, repair in repairs.items()
        if name not in broken
        for remark in repair.remarks(name)
    )
    return Linked(whole, pool, added, broken, (*remarks, *taken_apart))


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


def _added(pool: DescriptorPool, files: Files) -> tuple[Files, Mapping[str, str]]:
    """Add the files to a pool: those that could be added, and why the others could not."""
    imports = {name: tuple(file.dependency) for name, file in files.items()}
    added: dict[str, FileDescriptorProto] = {}
    broken: dict[str, str] = {}
    for component in components(imports):
        ring = _RING if circular(component, imports) else ""
        for name in component:
            needed = next((broken[other] for other in imports[name] if other in broken), "")
            problem = "" if needed else ring or forged(files[name]) or _add(pool, files[name])
            if needed or problem:
                # Of a file in need of another, what is wrong with that one: chains can be long.
                broken[name] = needed or f"{name}: {problem}"
            else:
                added[name] = files[name]
    return added, broken


def _add(pool: DescriptorPool, file: FileDescriptorProto) -> str:
    """Add the file to the pool; the reason when it could not be, else nothing."""
    try:
        pool.AddSerializedFile(file.SerializeToString())
    except TypeError as error:
        return str(error)
    return ""
