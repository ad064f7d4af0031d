"""The .proto files beside this one, compiled, and classes for their messages."""

import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from google.api import annotations_pb2  # type: ignore[import-untyped] # published without a marker
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

HERE = Path(__file__).parent
_SHARED = Path(annotations_pb2.__file__).parents[2]


@cache
def descriptors(name: str) -> FileDescriptorSet:
    """The descriptor set of `name`.proto, its imports and its comments included."""
    with TemporaryDirectory() as folder:
        made = Path(folder) / "made.binpb"
        command = [
            *(sys.executable, "-m", "grpc_tools.protoc", f"-I{HERE}", f"-I{_SHARED}"),
            *("--include_imports", "--include_source_info", f"--descriptor_set_out={made}"),
            f"{name}.proto",
        ]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own command
        return FileDescriptorSet.FromString(made.read_bytes())


@cache
def pool(name: str) -> DescriptorPool:
    """The types of `name`.proto."""
    made = DescriptorPool()
    for file in descriptors(name).file:
        made.AddSerializedFile(file.SerializeToString())
    return made


def message(full_name: str, name: str = "everything") -> Any:
    """The class of a message of `name`.proto."""
    return GetMessageClass(pool(name).FindMessageTypeByName(full_name))
