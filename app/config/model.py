"""What may be written in `splice.yaml`, as frozen values with their meaning beside them."""

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from typing_extensions import Doc

from app.passthrough.table import Route
from schema.federation.model import Federation
from schema.join import MAX_CALLS
from schema.shaping.showing import AS_IT_IS, Merge, Showing
from upstreams.kind import Bytes, Duration, Location, Settings

MOST_PORT = 65535
LEAST_SECRET = 16


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where it is, what it is, and what to write instead."""

    at: str
    """`splice.yaml:7:5`, or a URL or path of a description."""
    message: str

    def __str__(self) -> str:
        return f"{self.at}: {self.message}"


class ConfigError(Exception):
    """The configuration cannot be used; every problem there is, in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True, slots=True)
class Upstream:
    """A configured backend: its name, its kind, the kind's settings, and what is shown of it."""

    name: str
    kind: str
    settings: Settings
    showing: Showing = AS_IT_IS


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """Where backends reach the gateway with callbacks and webhooks, and what they may cost it."""

    url: Annotated[str, Doc("Where backends reach this gateway, e.g. `https://gateway.example`.")]
    secret: Annotated[
        str, Doc("Signs the addresses that backends are told; 16 characters or more.")
    ] = field(repr=False)
    max_body: Annotated[Bytes, Doc("The largest event that is read.")] = 1024 * 1024
    timeout: Annotated[Duration, Doc("How long an event may take to arrive.")] = 10.0
    queue: Annotated[int, Doc("How many events may wait for one subscription.")] = 100
    subscriptions: Annotated[int, Doc("How many subscriptions may wait for events.")] = 1000

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
        except ValueError as error:
            raise ValueError(f"url: {error}") from error
        odd = parts.query or parts.fragment or "@" in parts.netloc
        if parts.scheme not in ("http", "https") or not parts.hostname or odd:
            raise ValueError("url: an http(s) address without query or credentials is wanted")
        if len(self.secret) < LEAST_SECRET:
            raise ValueError(f"secret: at least {LEAST_SECRET} characters, not to be guessed")
        if min(self.queue, self.subscriptions) < 1:
            raise ValueError("queue, subscriptions: at least one must find room")
        if self.timeout <= 0:
            raise ValueError("timeout: nothing can arrive in no time")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where the gateway listens, and what one request may cost it."""

    host: Annotated[str, Doc("The address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Doc("The port to listen on; 0 lets the system choose.")] = 4000
    timeout: Annotated[Duration, Doc("How long one GraphQL request may take in all.")] = 30.0
    max_body: Annotated[Bytes, Doc("The largest GraphQL request body that is read.")] = 1024 * 1024
    max_upload: Annotated[
        Bytes, Doc("The largest multipart request, its files included; 0: none is taken.")
    ] = 16 * 1024 * 1024
    max_files: Annotated[int, Doc("The most files one request may have.")] = 10
    max_tokens: Annotated[int, Doc("The most tokens a GraphQL document may have.")] = 15_000
    explorer: Annotated[bool, Doc("Serve the explorer to browsers at `/` and `/graphql`.")] = True
    metrics: Annotated[bool, Doc("Serve metrics for Prometheus at `/metrics`.")] = False
    events: Annotated[Events | None, Doc("Take callbacks and webhooks at `/events/`.")] = None

    def __post_init__(self) -> None:
        if not 0 <= self.port <= MOST_PORT:
            raise ValueError(f"port: a port is between 0 and {MOST_PORT}, not {self.port}")
        if self.max_tokens < 1:
            raise ValueError("maxTokens: a document has at least one token")
        if self.max_files < 1:
            raise ValueError("maxFiles: a request with files has one; maxUpload: 0 takes none")
        if self.timeout <= 0:
            raise ValueError("timeout: nothing can be answered in no time")


class Breaking(enum.Enum):
    """What becomes of a changed description that breaks clients."""

    ACCEPT = "accept"
    HOLD = "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """When descriptions are read again, and where the last good catalogs are kept."""

    every: Annotated[Duration, Doc("How often every upstream is discovered again; 0s: never.")] = (
        300.0
    )
    timeout: Annotated[Duration, Doc("How long one discovery may take.")] = 60.0
    store: Annotated[
        str,
        Doc(
            "The folder of the last good catalogs, relative to the configuration file; "
            "empty: none are kept."
        ),
    ] = ".splice"
    breaking: Annotated[
        Breaking, Doc("`accept` changes that break clients, or `hold` them until `splice approve`.")
    ] = Breaking.ACCEPT

    def __post_init__(self) -> None:
        if self.breaking is Breaking.HOLD and not self.store:
            raise ValueError("breaking: `hold` needs a `store` for what was accepted")


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentSettings:
    """Which documents requests may name instead of sending them, and which may run."""

    persisted: Annotated[
        bool, Doc("Remember texts by their hash (Apollo's automatic persisted queries).")
    ] = True
    trusted: Annotated[
        tuple[Location, ...], Doc("Manifests of trusted documents: files, or globs of files.")
    ] = ()
    only: Annotated[bool, Doc("Run trusted documents and nothing else.")] = False

    def __post_init__(self) -> None:
        if any(one.startswith(("http:", "https:", "file:")) for one in self.trusted):
            raise ValueError("trusted: files are wanted here, or globs, not URLs")
        if self.only and not self.trusted:
            raise ValueError("only: there is nothing to run; `trusted:` must name manifests")


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaSettings:
    """What is added to the schema that the backends make."""

    extend: Annotated[
        tuple[Location, ...],
        Doc("Files of SDL that add fields which join upstreams, and say how others are shown."),
    ] = ()
    python: Annotated[
        str, Doc("Fields in Python: a file below this one's folder, `fields.py`, or a module.")
    ] = ""
    merge: Annotated[
        Merge,
        Doc("Types of several upstreams that are one: as `said` in SDL, or all that are `equal`."),
    ] = Merge.SAID
    max_calls: Annotated[
        int, Doc("How many calls a join may make for one answer, where it has one for each object.")
    ] = MAX_CALLS
    federation: Annotated[
        Federation | None, Doc("Serve the schema as a subgraph (Apollo Federation 2).")
    ] = None

    def __post_init__(self) -> None:
        if any(one.startswith(("http:", "https:", "file:")) for one in self.extend):
            raise ValueError("extend: a file is wanted, not a URL")
        if self.max_calls < 1:
            raise ValueError("maxCalls: a join makes at least one call")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything one gateway is told."""

    upstreams: Annotated[
        Mapping[str, Upstream], Doc("The backends, by name; earlier ones keep short names.")
    ] = field(default_factory=dict)
    routes: Annotated[tuple[Route, ...], Doc("Plain pass-through; the first match wins.")] = ()
    schema: Annotated[SchemaSettings, Doc("What is added to the schema.")] = field(
        default_factory=SchemaSettings
    )
    server: Annotated[Server, Doc("Where to listen, and limits.")] = field(default_factory=Server)
    discovery: Annotated[Discovery, Doc("When descriptions are read again.")] = field(
        default_factory=Discovery
    )
    documents: Annotated[DocumentSettings, Doc("Persisted queries and trusted documents.")] = field(
        default_factory=DocumentSettings
    )
    folder: Path = field(default_factory=Path.cwd)
    """Where the configuration file is; not written in it."""
    lock: Path | None = None
    """The file of names that are kept, beside the configuration's; not written in it."""
