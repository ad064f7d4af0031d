"""Protobuf files declared in Python."""

from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_tools import protoc  # type: ignore[import-untyped] # it has no types

from app.demo.protobuf import enum, message, reads, service, writes

TEXT = """
syntax = "proto3";
package tea;

enum Kind { KIND_UNSPECIFIED = 0; KIND_GREEN = 1; }

message Leaf { int64 id = 1; double net_weight = 2; Kind kind = 3; }

message Tin { string name = 1; repeated Leaf leaves = 4; repeated bytes labels = 5; }

service Shelf {
  rpc GetTin(Leaf) returns (Tin) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc WatchTin(Leaf) returns (stream Tin) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc FillTin(Tin) returns (Leaf);
}
"""


def declared() -> FileDescriptorProto:
    return FileDescriptorProto(
        name="tea.proto",
        package="tea",
        syntax="proto3",
        enum_type=[enum("Kind", "KIND_UNSPECIFIED", "KIND_GREEN")],
        message_type=[
            message("Leaf", "int64 id = 1", "double net_weight = 2", "Kind kind = 3"),
            message(
                "Tin", "string name = 1", "repeated Leaf leaves = 4", "repeated bytes labels = 5"
            ),
        ],
        service=[
            service(
                "Shelf",
                reads("GetTin(Leaf) returns (Tin)"),
                reads("WatchTin(Leaf) returns (stream Tin)"),
                writes("FillTin(Tin) returns (Leaf)"),
            )
        ],
    )


def compiled(folder: Path) -> FileDescriptorProto:
    (folder / "tea.proto").write_text(TEXT)
    output = folder / "tea.binpb"
    assert protoc.main(["", f"-I{folder}", f"--descriptor_set_out={output}", "tea.proto"]) == 0
    return FileDescriptorSet.FromString(output.read_bytes()).file[0]


def linked(file: FileDescriptorProto) -> FileDescriptorProto:
    """The file as a pool gives it back: names resolved, everything in its place."""
    pool = DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    found = FileDescriptorProto()
    pool.FindFileByName(file.name).CopyToProto(found)
    return found


def test_it_is_what_a_compiler_makes(tmp_path: Path) -> None:
    """A declaration means what the same lines mean to protoc."""
    expected = linked(compiled(tmp_path))

    made = linked(declared())

    assert made == expected


@pytest.mark.parametrize("line", ["int32 x", "int32 x = one", "map<string, int32> x = 1", ""])
def test_a_line_that_is_no_field(line: str) -> None:
    """A line that cannot be read is an error that shows it."""
    with pytest.raises(ValueError, match=r"not as in a \.proto file"):
        message("Point", line)


def test_a_line_that_is_no_method() -> None:
    """A method needs what it takes and what it gives."""
    with pytest.raises(ValueError, match="GetTin"):
        reads("GetTin(Leaf)")
