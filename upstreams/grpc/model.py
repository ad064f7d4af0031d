"""What a gRPC upstream is told, how its methods are named, and what its known messages mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from typing_extensions import Doc

from upstreams import kind
from upstreams.model import ScalarKind, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(kind.Settings):
    """What a gRPC upstream may be told."""

    grpc: Annotated[
        str,
        Doc("Where to call, as HOST:PORT; or a description to look at, as FILE.binpb."),
    ]
    descriptors: Annotated[
        kind.Location | None,
        Doc("Where reflection is off: a descriptor set (.binpb), a .proto file, a folder of them."),
    ] = None
    tls: Annotated[bool, Doc("Speak TLS, the backend's certificate verified.")] = False
    discovery_timeout: Annotated[kind.Duration, Doc("How long reflection may take in all.")] = 20.0
    max_messages: Annotated[
        int, Doc("How many messages of a stream are read; the stream is ended after them.")
    ] = 1000

    @property
    def file(self) -> str | None:
        """The descriptor set named in place of a backend, if one is."""
        return self.grpc if self.grpc.endswith(DESCRIPTION_FILES) else None


DESCRIPTION_FILES = (".binpb", ".proto")
"""How the names of files that describe a backend end."""


class Binding(Value, frozen=True):
    """How one method is called."""

    path: str
    """`/package.Service/Method`, as it stands on the wire."""
    request: str
    """The full name of the message that goes in."""
    response: str
    """The full name of the message that comes out."""


class Wire(Value, frozen=True):
    """What the messages look like on the wire."""

    descriptors: bytes
    """A serialised `FileDescriptorSet`: each file after those it imports, no source positions."""


ARGUMENT = "input"
"""The name of the one argument of every method that takes something."""

MEANINGS: Mapping[str, ScalarKind] = {
    "google.protobuf.Timestamp": ScalarKind.DATE_TIME,
    "google.protobuf.Duration": ScalarKind.DURATION,
    "google.protobuf.FieldMask": ScalarKind.STRING,
    "google.protobuf.Struct": ScalarKind.JSON,
    "google.protobuf.Value": ScalarKind.JSON,
    "google.protobuf.ListValue": ScalarKind.JSON,
    "google.protobuf.Any": ScalarKind.JSON,
    "google.protobuf.DoubleValue": ScalarKind.FLOAT,
    "google.protobuf.FloatValue": ScalarKind.FLOAT,
    "google.protobuf.Int64Value": ScalarKind.LONG,
    "google.protobuf.UInt64Value": ScalarKind.UNSIGNED_LONG,
    "google.protobuf.Int32Value": ScalarKind.INT,
    "google.protobuf.UInt32Value": ScalarKind.LONG,
    "google.protobuf.BoolValue": ScalarKind.BOOLEAN,
    "google.protobuf.StringValue": ScalarKind.STRING,
    "google.protobuf.BytesValue": ScalarKind.BYTES,
}
"""The messages whose value is one leaf: the well-known types, by what they mean."""

WRAPPERS = frozenset(name for name in MEANINGS if name.endswith("Value")) - {
    "google.protobuf.Value",
    "google.protobuf.ListValue",
}
"""The messages that hold one scalar, in a field called `value`, so that it may be absent."""

ANY = "google.protobuf.Any"
JSON_VALUE = "google.protobuf.Value"
