"""What a GraphQL upstream is told, and what a call to one of its root fields needs to know."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, TypeAlias
from urllib.parse import urlsplit

from typing_extensions import Doc

from upstreams import kind
from upstreams.model import Catalog, ScalarKind, Value

_SDL = (".graphql", ".graphqls", ".gql")


class Subscriptions(enum.Enum):
    """How the messages of a subscription travel."""

    AUTO = "auto"
    """By WebSocket; where the backend does not speak that, by server-sent events."""
    WEBSOCKET = "websocket"
    """The protocol graphql-transport-ws."""
    SSE = "sse"
    """Server-sent events, one request for each subscription."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(kind.Settings):
    """An upstream that is a GraphQL API."""

    graphql: Annotated[
        kind.Location,
        Doc(
            "The API's URL, which is asked for its schema; or, where it does not tell, the schema"
            " as a file: SDL, or an introspection's answer."
        ),
    ]
    scalars: Annotated[
        Mapping[str, ScalarKind],
        Doc("What the API's own scalars are: names of scalars of the gateway, by theirs."),
    ] = field(default_factory=dict)
    subscriptions: Annotated[
        Subscriptions,
        Doc("How subscriptions travel: `websocket`, `sse`, or `auto`: whichever works."),
    ] = Subscriptions.AUTO
    subscriptions_url: Annotated[
        str | None, Doc("Where subscriptions are asked for, if not at the same URL.")
    ] = None
    connection_init: Annotated[
        Mapping[str, str], Doc("What is said first on a WebSocket, for APIs that look there.")
    ] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        kind.Settings.__post_init__(self)
        if self.url is not None and not _is_url(self.url, ("http", "https")):
            raise ValueError("url: an http or https URL is wanted")
        told = self.subscriptions_url
        if told is not None and not _is_url(told, ("http", "https", "ws", "wss")):
            raise ValueError("subscriptionsUrl: an http, https, ws or wss URL is wanted")

    @property
    def reaches_link_local(self) -> bool:
        """No description says where to call: the settings do."""
        return True

    @property
    def is_endpoint(self) -> bool:
        """Whether `graphql` is the API, and not a document about it."""
        return _is_url(self.graphql, ("http", "https")) and not _is_sdl(self.graphql)

    @property
    def endpoint(self) -> str:
        """Where operations are sent; empty when nobody says."""
        return self.url or (self.graphql if self.is_endpoint else "")

    @property
    def events_endpoint(self) -> str:
        """Where subscriptions are asked for; empty when nobody says."""
        return self.subscriptions_url or self.endpoint


def _is_url(text: str, schemes: tuple[str, ...]) -> bool:
    return text.partition("://")[0].lower() in schemes and "://" in text


def _is_sdl(url: str) -> bool:
    """`https://crm.example/schema.graphql` -> True."""
    try:
        return urlsplit(url).path.endswith(_SDL)
    except ValueError:
        return False


class Operation(enum.Enum):
    """The operation a root field belongs to; the value is GraphQL's keyword."""

    QUERY = "query"
    MUTATION = "mutation"
    SUBSCRIPTION = "subscription"


class Binding(Value, frozen=True):
    """The root field that a function is."""

    operation: Operation
    field: str
    arguments: tuple[tuple[str, str], ...] = ()
    """Each with its type, in the words of the API: `("ids", "[ID!]!")`."""


class Wire(Value, frozen=True):
    """What a catalog does not keep of the API's types."""

    spelled: tuple[tuple[str, str], ...] = ()
    """Types of fields and arguments in which the API's own scalars are: `User.born` -> `Date`."""


GraphqlCatalog: TypeAlias = Catalog[Binding, Wire]
