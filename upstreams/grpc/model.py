"""What a gRPC upstream is told, how its methods are named, and what its known messages mean."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Annotated

from typing_extensions import Doc

from upstreams import kind
from upstreams.model import ScalarKind, Value


class Compression(enum.Enum):
    """How messages that go out are made smaller."""

    NONE = "none"
    GZIP = "gzip"
    DEFLATE = "deflate"


class LoadBalancing(enum.Enum):
    """How calls are spread over several addresses."""

    ROUND_ROBIN = "round_robin"
    PICK_FIRST = "pick_first"


MOST_RETRIES = 4
"""grpc's core makes five attempts at most."""


class Oneofs(enum.Enum):
    """How a message that is nothing but one oneof is shown in GraphQL."""

    UNIONS = "unions"
    """Going in as an `@oneOf` input; coming out as a union, if its fields are all objects."""
    FIELDS = "fields"
    """As fields of which at most one is set, like any other oneof."""


class Forms(Value, frozen=True):
    """How values are shown that could be shown in several ways."""

    maps: kind.Maps = kind.Maps.ENTRIES
    oneofs: Oneofs = Oneofs.UNIONS


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
    imports: Annotated[
        tuple[kind.Location, ...],
        Doc("Folders where .proto files' imports are, beside the files' own folder."),
    ] = ()
    oneofs: Annotated[
        Oneofs,
        Doc("Show messages that are one `oneof` as `unions` and `@oneOf`, or as `fields`."),
    ] = Oneofs.UNIONS
    tls: Annotated[
        bool, Doc("Speak TLS, the backend's certificate verified; `ca` or `certificate` imply it.")
    ] = False
    server_name: Annotated[
        str | None, Doc("The name the backend's certificate must have; default: the host called.")
    ] = None
    discovery_timeout: Annotated[kind.Duration, Doc("How long reflection may take in all.")] = 20.0
    max_messages: Annotated[
        int, Doc("How many messages of a stream are read; the stream is ended after them.")
    ] = 1000
    max_request: Annotated[kind.Bytes, Doc("The largest message that is sent.")] = 16 * 1024 * 1024
    compression: Annotated[
        Compression, Doc("How messages are compressed that are sent: none, gzip or deflate.")
    ] = Compression.NONE
    load_balancing: Annotated[
        LoadBalancing,
        Doc("How calls are spread over the addresses of a name: round_robin or pick_first."),
    ] = LoadBalancing.ROUND_ROBIN
    retries: Annotated[
        int,
        Doc("How often a read is tried again while the backend is unavailable; 4 at most."),
    ] = 2
    service_config: Annotated[
        kind.Location | None,
        Doc("A gRPC service config, a JSON file; in place of `loadBalancing` and `retries`."),
    ] = None
    keep_alive: Annotated[
        kind.Duration, Doc("How often a silent connection with calls on it is tested; 0s: never.")
    ] = 320.0
    field_masks: Annotated[
        Mapping[str, str],
        Doc("By glob of functions: the FieldMask of the request that says what is selected."),
    ] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raises `ValueError` for what no channel could be."""
        kind.Settings.__post_init__(self)
        if not 0 <= self.retries <= MOST_RETRIES:
            raise ValueError(f"retries is between 0 and {MOST_RETRIES}")
        if self.max_messages < 1:
            raise ValueError("maxMessages is 1 or more")

    @property
    def secure(self) -> bool:
        """Whether TLS is spoken."""
        return self.tls or self.ca is not None or self.certificate is not None

    @property
    def forms(self) -> Forms:
        """How values are shown."""
        return Forms(self.maps, self.oneofs)

    @property
    def file(self) -> str | None:
        """The descriptor set named in place of a backend, if one is."""
        return self.grpc if self.grpc.endswith(DESCRIPTION_FILES) else None

    @property
    def backend(self) -> str | None:
        """Where to call; None when only a description is given."""
        return self.url or (None if self.file else self.grpc)


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


def named(function: str, glob: str) -> bool:
    """Whether a glob of the settings means a function: by its full name, or its method's."""
    return fnmatchcase(function, glob) or fnmatchcase(function.rpartition("/")[2], glob)


class Wire(Value, frozen=True):
    """What the messages look like on the wire, and what becomes of them."""

    descriptors: bytes
    """A serialised `FileDescriptorSet`: each file after those it imports, no source positions."""
    forms: Forms = Forms()


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
    "google.protobuf.UInt32Value": ScalarKind.UNSIGNED_INT,
    "google.protobuf.BoolValue": ScalarKind.BOOLEAN,
    "google.protobuf.StringValue": ScalarKind.STRING,
    "google.protobuf.BytesValue": ScalarKind.BYTES,
    "google.type.Decimal": ScalarKind.DECIMAL,
}
"""The messages whose value is one leaf: the well-known types, by what they mean.

The other types of `google.type` stay objects: a Date may lack its year or day, a DateTime its zone,
a TimeOfDay may be 24:00, and no scalar can say so.
"""

WRAPPERS = frozenset(name for name in MEANINGS if name.endswith("Value")) - {
    "google.protobuf.Value",
    "google.protobuf.ListValue",
}
"""The messages that hold one scalar, in a field called `value`, so that it may be absent."""

ANY = "google.protobuf.Any"
FIELD_MASK = "google.protobuf.FieldMask"
JSON_VALUE = "google.protobuf.Value"
DECIMAL = "google.type.Decimal"

CHOSEN = "[the field that is set]"
"""The key that says, in the value of a union, which field of the message it was.

No field is called so: brackets are for extensions, whose names have no spaces.
"""
