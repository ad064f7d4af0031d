"""Descriptor sets from files: compiled ones, and .proto sources where a compiler is installed."""

import asyncio
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.message import DecodeError

from upstreams import documents, tls
from upstreams.errors import DiscoveryError
from upstreams.grpc.descriptors.symbols import MAX_NAME, overlong
from upstreams.grpc.model import Settings

COMPILE_SECONDS = 30.0
MAX_BYTES = 64 * 1024 * 1024
MAX_SOURCES = 10_000

_NO_COMPILER = (
    "reading .proto sources needs the Python package grpcio-tools; install it, or give what "
    "`protoc --include_imports --descriptor_set_out=FILE.binpb` makes of them"
)


async def read_descriptors(location: str, settings: Settings) -> FileDescriptorSet:
    """The descriptor set at a place: a file, a URL, or a folder of .proto sources.

    A source's imports are looked for in the folders the settings name, then beside it. Raises
    `DiscoveryError` naming the place.
    """
    shown = documents.shown(location)
    if await asyncio.to_thread(Path(location).is_dir):
        sources = await asyncio.to_thread(_sources, Path(location), location)
        return await _compiled((*settings.imports, location), sources, shown)
    document = await documents.read(
        location,
        headers=settings.headers,
        files=tls.files(settings),
        max_bytes=MAX_BYTES,
        timeout=settings.discovery_timeout,
    )
    if not location.endswith(".proto"):
        return await asyncio.to_thread(_parsed, document.body, shown)
    if not documents.is_url(location):
        beside = str(Path(location).parent)
        return await _compiled((*settings.imports, beside), [location], shown)
    with TemporaryDirectory(prefix="splice-") as folder:
        source = Path(folder) / "description.proto"
        await asyncio.to_thread(source.write_bytes, document.body)
        return await _compiled((*settings.imports, folder), [str(source)], shown)


def _parsed(body: bytes, at: str) -> FileDescriptorSet:
    try:
        descriptors = FileDescriptorSet.FromString(body)
    except DecodeError as error:
        raise DiscoveryError("not a protobuf descriptor set, or a truncated one", at=at) from error
    if not any(file.name for file in descriptors.file):
        raise DiscoveryError("not a protobuf descriptor set: it holds no files", at=at)
    if any(map(overlong, descriptors.file)):
        raise DiscoveryError(f"a name is longer than {MAX_NAME} characters", at=at)
    return descriptors


def _sources(folder: Path, at: str) -> Sequence[str]:
    sources = sorted(map(str, islice(folder.rglob("*.proto"), MAX_SOURCES + 1)))
    if not sources:
        raise DiscoveryError("there are no .proto files in this folder", at=at)
    if len(sources) > MAX_SOURCES:
        raise DiscoveryError(f"more than {MAX_SOURCES} .proto files in this folder", at=at)
    return sources


async def _compiled(folders: Sequence[str], sources: Sequence[str], at: str) -> FileDescriptorSet:
    """What protoc makes of the sources, in a process of its own; imports are in the folders."""
    if find_spec("grpc_tools") is None:
        raise DiscoveryError(_NO_COMPILER, at=at)
    await asyncio.to_thread(_check_folders, folders)
    with TemporaryDirectory(prefix="splice-") as folder:
        made = Path(folder) / "made.binpb"
        await _run(_command(folders, made, sources), at)
        return await asyncio.to_thread(_read, made, at)


def _check_folders(folders: Sequence[str]) -> None:
    for folder in folders:
        if not Path(folder).is_dir():
            raise DiscoveryError("imports are looked for in folders, and this is none", at=folder)


def _read(made: Path, at: str) -> FileDescriptorSet:
    if made.stat().st_size > MAX_BYTES:
        raise DiscoveryError(f"describes more than the limit of {MAX_BYTES} bytes", at=at)
    return _parsed(made.read_bytes(), at)


def _command(folders: Sequence[str], made: Path, sources: Sequence[str]) -> Sequence[str]:
    includes = (f"--proto_path={folder}" for folder in (*folders, *_bundled()))
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
