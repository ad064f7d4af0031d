"""The seam: what a kind of backend is, and what the rest of the gateway may ask of it.

A kind is a value with its settings and two functions. `discover` reads a backend's description
into a `Catalog`; `connect` opens a `Client` that answers `Call`s to the catalog's functions.

**Values.** What goes into `Call.arguments` and what `Client.call` gives back are plain Python,
keyed by the backend's own names (`Field.name`, `EnumValue.value`):

| type                          | in                     | out                                |
|-------------------------------|------------------------|------------------------------------|
| object, input                 | `dict`                 | `dict`; an absent key is null      |
| list / map                    | `list` / `dict`        | `list` / `dict`                    |
| enum                          | `EnumValue.value`      | `EnumValue.value`                  |
| Int UnsignedInt Long          | `int`                  | `int`, or its text                 |
| UnsignedLong BigInt           |                        |                                    |
| Float                         | `float`                | `float`, `int` or `Decimal`        |
| Decimal                       | `decimal.Decimal`      | `Decimal`, `int`, or its text      |
| Bytes                         | `bytes`                | `bytes`, or base64 text            |
| Upload                        | `File`                 | never                              |
| String ID UUID URI Email,     | `str`, checked         | `str`                              |
| dates, times, Duration        |                        |                                    |
| JSON                          | what JSON can say      | the same; numbers may be `Decimal` |

An argument the client did not give is absent from `arguments`; one given as null is None.
An object some of whose fields could not be had is a `Partial`, such an item of a list the error.
"""

import enum
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, Protocol, TypeAlias, runtime_checkable

import msgspec
from typing_extensions import Doc, TypeVar

from upstreams.errors import CallError
from upstreams.model import BindingT, Catalog, Function, WireT

__all__ = [
    "AnyKind",
    "Aside",
    "Bytes",
    "Call",
    "Client",
    "Duration",
    "Event",
    "Explains",
    "Explanation",
    "File",
    "Health",
    "Healths",
    "Key",
    "Kind",
    "Location",
    "Mailbox",
    "Maps",
    "Partial",
    "Reader",
    "Receipt",
    "Settings",
    "Stored",
    "Streams",
    "Unit",
]


class Unit(enum.Enum):
    """How a setting is written in the configuration file."""

    DURATION = "a duration such as 250ms, 5s or 1m"
    SIZE = "a size such as 64KiB or 10MiB"
    LOCATION = "a file beside the configuration, or a URL"


@dataclass(frozen=True, slots=True)
class Key:
    """The name of a setting in the file, where it is not the attribute's in camelCase."""

    name: str


_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LINE_BREAK = re.compile(r"[\r\n\0]")

Duration: TypeAlias = Annotated[float, Unit.DURATION]
"""Seconds."""
Bytes: TypeAlias = Annotated[int, Unit.SIZE]
"""A count of bytes."""
Location: TypeAlias = Annotated[str, Unit.LOCATION]
"""An absolute path, or an http(s) URL."""


class Maps(enum.Enum):
    """How values by text keys are shown in GraphQL."""

    ENTRIES = "entries"
    """A list of typed `{key value}` objects."""
    JSON = "json"
    """One `JSON` object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What every upstream may be told, whatever its kind."""

    url: Annotated[str | None, Doc("Where to call; default: what the description says.")] = None
    headers: Annotated[
        Mapping[str, str], Doc("Headers (gRPC: metadata) sent with every call and discovery.")
    ] = field(default_factory=dict, repr=False)
    forward: Annotated[
        tuple[str, ...], Doc("Names of client request headers passed on with every call.")
    ] = ()
    ca: Annotated[
        Location | None,
        Doc("A PEM file of the authorities to trust for this backend instead of the system's."),
    ] = None
    certificate: Annotated[
        Location | None,
        Doc("The client certificate chain shown to the backend and its description, a PEM file."),
    ] = None
    key: Annotated[Location | None, Doc("Its private key, a PEM file; may be in the first.")] = None
    timeout: Annotated[Duration, Doc("How long one call may take.")] = 15.0
    max_response: Annotated[Bytes, Doc("The largest answer that is read.")] = 16 * 1024 * 1024
    show_messages: Annotated[
        bool, Doc("Show clients what this backend says when it refuses a call.")
    ] = False
    share: Annotated[
        bool,
        Doc("Make equal reads that are under way at the same time one call for all who ask."),
    ] = False
    queries: Annotated[
        tuple[str, ...], Doc("Globs of functions that read, whatever their method or name says.")
    ] = ()
    mutations: Annotated[
        tuple[str, ...], Doc("Globs of functions that write, whatever their method or name says.")
    ] = ()

    maps: Annotated[Maps, Doc("Show maps as `entries`, lists of `{key value}`, or as `json`.")] = (
        Maps.ENTRIES
    )

    def __post_init__(self) -> None:
        """Raises `ValueError` for what no connection or request could carry."""
        if self.key is not None and self.certificate is None:
            raise ValueError("key needs a certificate")
        for name, value in self.headers.items():
            if not _HEADER_NAME.fullmatch(name):
                raise ValueError(f"{name!r} cannot name a header")
            if _LINE_BREAK.search(value):
                raise ValueError(f"the value of the header {name} has a line break or NUL")

    @property
    def reaches_link_local(self) -> bool:
        """Whether link-local addresses and those of cloud metadata may be called.

        A description must not lead there; who writes `url` knows what it says.
        """
        return self.url is not None


SettingsT = TypeVar("SettingsT", bound=Settings, default=Any)


class Stored(Protocol):
    """Content that is kept outside memory."""

    @property
    def size(self) -> int:
        """How many bytes there are."""

    def whole(self) -> bytes:
        """All of it. Blocks while it is read."""

    def pieces(self) -> AsyncIterator[bytes]:
        """All of it bit by bit, any number of times, also at once."""


class File:
    """A file that a client sends along."""

    # No dataclass: an encoder of JSON would write one as an object, without asking.
    __slots__ = ("kept", "media_type", "name")

    def __init__(self, kept: bytes | Stored, name: str = "", media_type: str = "") -> None:
        """`kept` is the content, or where it is.

        `name` has no folders; it and `media_type` are empty where the client gave none.
        """
        self.kept = kept
        self.name = name
        self.media_type = media_type

    def __repr__(self) -> str:
        # Two files are never the same, whatever their size.
        return f"<a file of {self.size} bytes at {id(self):x}>"

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return len(self.kept) if isinstance(self.kept, bytes) else self.kept.size

    @property
    def content(self) -> bytes:
        """All of it, in memory from now on. Blocks where it is stored; `pieces` does not."""
        return self.kept if isinstance(self.kept, bytes) else self.kept.whole()

    async def pieces(self) -> AsyncIterator[bytes]:
        """The content bit by bit."""
        if isinstance(self.kept, bytes):
            yield self.kept
            return
        async for piece in self.kept.pieces():
            yield piece


class Partial(dict[str, Any]):
    """An object some of whose fields are null because they could not be had."""

    __slots__ = ("failures",)

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self.failures: dict[str, CallError] = {}
        """Why, by the backend's names of the fields."""


class Aside(msgspec.Struct):
    """What came with an answer beside its value; a client fills in what its protocol has."""

    url: str = ""
    """What was asked, as it went out."""
    method: str = ""
    status: int | str | None = None
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Of the answer: lower-case names."""
    extensions: Mapping[str, Any] = msgspec.field(default_factory=dict)
    """What clients are shown in the response's `extensions`."""

    def fill(self, other: "Aside") -> None:
        """As beside the other answer."""
        self.url, self.method, self.status = other.url, other.method, other.status
        self.headers, self.extensions = other.headers, other.extensions


@dataclass(frozen=True, slots=True)
class Event:
    """A request that a backend sent to the gateway."""

    method: str
    path: str
    """What the backend added to the address it was told, decoded; empty or begun by `/` or `.`."""
    body: bytes = field(repr=False)
    """In full, decoded from its content encoding."""
    headers: Mapping[str, str] = field(repr=False)
    """Lower-case names."""
    query: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What becomes of an event."""

    status: int
    """The HTTP status its sender is answered with."""
    messages: tuple[Any, ...] = field(default=(), repr=False)
    """What it says to the subscription, which may be nothing."""


Reader: TypeAlias = Callable[[Event], Receipt]
"""Reads an event while its sender waits; it neither raises nor takes long."""


class Mailbox(Protocol):
    """Where the events of one subscription arrive."""

    @property
    def url(self) -> str:
        """The signed address that the backend is told."""

    def open(self, read: Reader) -> AbstractContextManager[AsyncIterator[Any]]:
        """The messages as they arrive, without an end; nothing arrives once the block is left.

        What comes before the first message is asked for waits. The iteration raises `CallError`
        when messages came faster than they were taken, entering the block when there is no room.
        """


class Call(msgspec.Struct, frozen=True, eq=False):
    """One function to be called once, with everything that may change the answer."""

    function: Function
    arguments: Mapping[str, Any]
    deadline: float
    """The event loop's time by which the answer must be complete; infinite for `stream`."""
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Client headers to pass on: lower-case names, already filtered by `Settings.forward`."""
    aside: Aside = msgspec.field(default_factory=Aside)
    """To be filled in with what comes beside the value."""
    selection: tuple[str, ...] = ()
    """The fields of the value that will be used, each the backend's names from the top, dotted.

    Lists count for nothing; none at all: not known. A field that is given arguments is written as
    `upstreams.steps` says.
    """
    mailbox: Mailbox | None = None
    """Given for functions whose flow is `EVENTS`."""


class Client(Protocol):
    """An open line to one upstream. It opens connections when first used."""

    async def call(self, call: Call) -> Any:
        """The function's value, as the table above; for a stream, the list of its messages.

        Raises `CallError` and nothing else. Cancelling the task cancels the backend call.
        """

    async def aclose(self) -> None:
        """Close every connection. Calls in flight fail with `Unreachable`."""


@runtime_checkable
class Streams(Protocol):
    """What else a client can do when functions of its catalog are streams or events."""

    def stream(self, call: Call) -> AsyncGenerator[Any, None]:
        """The messages as they arrive: each an item of the list the function returns.

        Nothing is read ahead of a slow consumer beyond what the transport holds. Raises
        `CallError` and nothing else, also after messages have come; a stream that ends well ends
        the iteration. Closing the generator cancels the backend call.
        """


@dataclass(frozen=True, slots=True)
class Explanation:
    """A call as a person would make it."""

    words: tuple[str, ...]
    """A command, not quoted yet; whatever may be secret stands in it as `***`. None: no call."""
    note: str = ""
    """What else there is to know."""
    most: int | None = None
    """How many items the first list of its answer has at most, where the gateway sees to that."""
    times: int = 1
    """How many such requests it takes at most: a list of many pages takes several."""


@runtime_checkable
class Explains(Protocol):
    """What else a client can do: say how it would make a call."""

    async def explain(self, call: Call) -> Explanation:
        """The call as a command; nothing is sent. Raises `CallError` where none could be."""


class Health(enum.Enum):
    """How a backend says it is."""

    SERVING = "serving"
    NOT_SERVING = "not serving"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"
    """It has no way to say."""


@runtime_checkable
class Healths(Protocol):
    """What else a client can do when backends of its kind can say how they are."""

    async def health(self) -> Health:
        """What the backend said in the last seconds, or says now; known within a few seconds."""


@dataclass(frozen=True)  # no slots: `Kind[…](…)` notes its arguments on the instance
class Kind(Generic[SettingsT, BindingT, WireT]):
    """One kind of backend: its settings, how it is read, how it is called."""

    name: str
    """The first key of an upstream's entry in the configuration: `openapi`, `grpc` …"""
    settings: type[SettingsT]
    catalog: type[Catalog[BindingT, WireT]]
    """The exact shape of this kind's catalogs, by which a stored one is read."""
    discover: Callable[[SettingsT], Awaitable[Catalog[BindingT, WireT]]]
    """Fetch and translate. Raises `DiscoveryError` and nothing else; never blocks the loop."""
    connect: Callable[[str, SettingsT, Catalog[BindingT, WireT]], Client]
    """A client for the upstream of that name. It does no I/O and needs no running loop."""


AnyKind: TypeAlias = Kind[Any, Any, Any]
