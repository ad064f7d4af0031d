"""Descriptor sets from files: compiled ones, and .proto sources where a compiler is installed."""

import asyncio
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.message import DecodeError

from upstreams import documents
from upstreams.errors import DiscoveryError

COMPILE_SECONDS = 30.0

_NO_COMPILER = (
    "reading .proto sources needs the Python package grpcio-tools; install it, or give what "
    "`protoc --include_imports --descriptor_set_out=FILE.binpb` makes of them"
)


async def read_descriptors(location: str) -> FileDescriptorSet:
    """The descriptor set at a place: a file, a URL, or a folder of .proto sources.

    A source's imports are looked for beside it. Raises `DiscoveryError` naming the place.
    """
    if await asyncio.to_thread(Path(location).is_dir):
        return await _of_folder(Path(location), location)
    document = await documents.read(location)
    if not location.endswith(".proto"):
        return await asyncio.to_thread(_parsed, document.body, documents.shown(location))
    if not documents.is_url(location):
        return await _compiled(Path(location).parent, [location], location)
    with TemporaryDirectory(prefix="splice-") as folder:
        source = Path(folder) / "description.proto"
        await asyncio.to_thread(source.write_bytes, document.body)
        return await _compiled(source.parent, [str(source)], documents.shown(location))


def _parsed(body: bytes, at: str) -> FileDescriptorSet:
    try:
        descriptors = FileDescriptorSet.FromString(body)
    except DecodeError as error:
        raise DiscoveryError("not a protobuf descriptor set, or a truncated one", at=at) from error
    if not any(file.name for file in descriptors.file):
        raise DiscoveryError("not a protobuf descriptor set: it holds no files", at=at)
    return descriptors


async def _of_folder(folder: Path, at: str) -> FileDescriptorSet:
    sources = await asyncio.to_thread(lambda: sorted(map(str, folder.rglob("*.proto"))))
    if not sources:
        raise DiscoveryError("there are no .proto files in this folder", at=at)
    return await _compiled(folder, sources, at)


async def _compiled(root: Path, sources: Sequence[str], at: str) -> FileDescriptorSet:
    """What protoc makes of the sources, in a process of its own."""
    if find_spec("grpc_tools") is None:
        raise DiscoveryError(_NO_COMPILER, at=at)
    with TemporaryDirectory(prefix="splice-") as folder:
        made = Path(folder) / "made.binpb"
        await _run(_command(root, made, sources), at)
        return await asyncio.to_thread(lambda: _parsed(made.read_bytes(), at))


def _command(root: Path, made: Path, sources: Sequence[str]) -> Sequence[str]:
    includes = (f"--proto_path={folder}" for folder in (root, *_bundled()))
    options = ("--include_imports", "--include_source_info", f"--descriptor_set_out={made}")
    return (sys.executable, "-m", "grpc_tools.protoc", *includes, *options, *sources)


def _bundled() -> Sequence[str]:
    """Where Google's annotations are; protobuf's own types are where the compiler looks anyway."""
    found = find_spec("google.api.annotations_pb2")
    return () if found is None or found.origin is None else (str(Path(found.origin).parents[2]),)


async def _run(command: Sequence[str], at: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(COMPILE_SECONDS):
            _, complaints = await process.communicate()
    except TimeoutError as error:
        raise DiscoveryError(f"not compiled within {COMPILE_SECONDS:g} s", at=at) from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise DiscoveryError(f"does not compile: {_first_lines(complaints)}", at=at)


def _first_lines(complaints: bytes) -> str:
    lines = complaints.decode(errors="replace").strip().splitlines()
    return "; ".join(lines[:3])
