"""What an OpenAPI upstream is told, and what a call to one of its functions needs to know."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, TypeAlias
from urllib.parse import urljoin, urlsplit

from typing_extensions import Doc

from upstreams import kind
from upstreams.model import Catalog, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What one security scheme of a description asks for. Nothing of it is ever shown."""

    value: Annotated[str | None, Doc("An API key.")] = field(default=None, repr=False)
    username: Annotated[str | None, Doc("HTTP basic: who.")] = field(default=None, repr=False)
    password: Annotated[str | None, Doc("HTTP basic: the password.")] = field(
        default=None, repr=False
    )
    token: Annotated[str | None, Doc("A bearer token, also for OAuth2 and OpenID Connect.")] = (
        field(default=None, repr=False)
    )
    client_id: Annotated[str | None, Doc("OAuth2 client credentials: which client.")] = field(
        default=None, repr=False
    )
    client_secret: Annotated[str | None, Doc("OAuth2 client credentials: its secret.")] = field(
        default=None, repr=False
    )
    scopes: Annotated[
        tuple[str, ...], Doc("OAuth2: scopes to ask for; default: those of the operations.")
    ] = ()
    token_url: Annotated[
        str | None,
        Doc("OAuth2: where tokens are; default: what the description says, if on its own host."),
    ] = None
    certificate: Annotated[
        kind.Location | None, Doc("Mutual TLS: the client's certificate chain, a PEM file.")
    ] = None
    key: Annotated[
        kind.Location | None, Doc("Mutual TLS: its private key, a PEM file; may be in the first.")
    ] = None

    def __post_init__(self) -> None:
        if sum(getattr(self, name) is not None for name in _LEADING) != 1:
            raise ValueError(
                "give one of value (an API key), username and password, token, clientId and"
                " clientSecret, or certificate"
            )
        for name, leading, said in _FOLLOWING:
            if getattr(self, name) and getattr(self, leading) is None:
                raise ValueError(said)
        if self.client_id is not None and self.client_secret is None:
            raise ValueError("clientId needs a clientSecret")


_LEADING = ("value", "username", "token", "client_id", "certificate")
_FOLLOWING = (
    ("password", "username", "password needs a username"),
    ("client_secret", "client_id", "clientSecret needs a clientId"),
    ("scopes", "client_id", "scopes need a clientId and a clientSecret"),
    ("token_url", "client_id", "tokenUrl needs a clientId and a clientSecret"),
    ("key", "certificate", "key needs a certificate"),
)


class By(enum.Enum):
    """How a list is paged through."""

    AUTO = "auto"
    """As the description lets one recognise."""
    LINK = "link"
    """The answer names the URL of the next page (RFC 8288 `rel="next"`, or a field)."""
    CURSOR = "cursor"
    """The answer, or its last item, names the value to go on with."""
    PAGE = "page"
    """Pages are numbered."""
    OFFSET = "offset"
    """Items are numbered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """How a function is paged through; what is not given is as recognised."""

    by: Annotated[
        By, Doc("`link`, `cursor`, `page` or `offset`; `auto`: as the description shows.")
    ] = By.AUTO
    position: Annotated[
        str | None,
        Doc(
            "The query parameter for the cursor, page number or offset; `link`: one that links set."
        ),
    ] = None
    size: Annotated[str | None, Doc("The query parameter for how many items a page has.")] = None
    page_size: Annotated[
        int | None, Doc("How many items to ask of one page; default: what the description says.")
    ] = None
    start: Annotated[int | None, Doc("The number of the first page, or item.")] = None
    items: Annotated[str | None, Doc("Where the list is in the answer, e.g. `data.orders`.")] = None
    next: Annotated[
        str | None, Doc("Where the next cursor or URL is, e.g. `meta.next_cursor`.")
    ] = None
    key: Annotated[
        str | None, Doc("Where in an item the cursor is that leads on from it, e.g. `id`.")
    ] = None
    more: Annotated[
        str | None, Doc("Where the answer says whether there is more, e.g. `has_more`.")
    ] = None
    total: Annotated[
        str | None, Doc("Where the number of all items is, e.g. `meta.total` or `header:X-Total`.")
    ] = None
    max_pages: Annotated[int, Doc("How many pages one field may ask for.")] = 10
    max_items: Annotated[int, Doc("How many items one field may give.")] = 1000

    def __post_init__(self) -> None:
        limits = {
            "pageSize": self.page_size,
            "maxPages": self.max_pages,
            "maxItems": self.max_items,
        }
        for name, value in limits.items():
            if value is not None and value < 1:
                raise ValueError(f"{name} is at least 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(kind.Settings):
    """An upstream described by an OpenAPI document."""

    openapi: Annotated[
        kind.Location,
        Doc("The OpenAPI document (2.0, 3.0 or 3.1; JSON or YAML), or a URL near which it is."),
    ]
    overlay: Annotated[
        tuple[kind.Location, ...],
        Doc("OpenAPI Overlays or JSON merge patches, applied in this order before translation."),
    ] = ()
    refs: Annotated[
        tuple[str, ...],
        Doc("Globs of hosts that documents may refer to beside their own, e.g. `*.example.com`."),
    ] = ()
    link_local: Annotated[
        bool, Doc("Reach link-local and cloud metadata addresses, too, when a description says so.")
    ] = False
    max_description: Annotated[
        kind.Bytes, Doc("How large the description may be, all its documents together.")
    ] = 64 * 1024 * 1024
    discovery_timeout: Annotated[
        kind.Duration, Doc("How long finding and reading the description may take in all.")
    ] = 120.0
    events: Annotated[
        bool, Doc("Turn its callbacks and webhooks into subscriptions; needs `server: events:`.")
    ] = False
    auth: Annotated[
        Mapping[str, Credential], Doc("Credentials by the name of the document's security scheme.")
    ] = field(default_factory=dict, repr=False)
    pages: Annotated[
        Mapping[str, Pages], Doc("Functions, by name or glob, that are shown as connections.")
    ] = field(default_factory=dict)
    results: Annotated[
        tuple[str, ...], Doc("Globs of functions whose declared errors are part of the answer.")
    ] = ()

    def __post_init__(self) -> None:
        kind.Settings.__post_init__(self)
        if self.url is not None and not self.url.startswith(("http://", "https://")):
            raise ValueError("url: an http or https URL is wanted")

    @property
    def reaches_link_local(self) -> bool:
        """As of every kind; `linkLocal` allows it, too."""
        return self.url is not None or self.link_local


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the settings choose of how a description is shown."""

    maps: kind.Maps = kind.Maps.ENTRIES
    pages: Mapping[str, Pages] = field(default_factory=dict)
    results: tuple[str, ...] = ()


USUAL = Choices()
"""What is shown where the settings choose nothing."""


class Where(enum.Enum):
    """Which part of a request a parameter is written into."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"
    COOKIE = "cookie"
    FORM = "form"
    """The body, as `application/x-www-form-urlencoded`."""


class Style(enum.Enum):
    """How a list or an object is written as text (OpenAPI 3.1.1 section 4.8.12.3)."""

    SIMPLE = "simple"
    LABEL = "label"
    MATRIX = "matrix"
    FORM = "form"
    SPACE = "spaceDelimited"
    PIPE = "pipeDelimited"
    TAB = "tsv"
    """Swagger 2.0 only."""
    DEEP = "deepObject"
    JSON = "json"
    """The value as JSON text, for a parameter described by `content`."""


class Parameter(Value, frozen=True):
    """One value that is written as text."""

    name: str
    """As the backend knows it."""
    where: Where
    argument: str
    """The name of the argument, or of the form's field, it is taken from."""
    style: Style = Style.FORM
    explode: bool = False
    reserved: bool = False
    """Whether characters reserved in URLs stay as they are."""
    inner: tuple[Style, ...] = ()
    """How lists within the list are written, outer ones first (Swagger 2.0)."""


class Form(enum.Enum):
    """How a body is written, or read."""

    NONE = "none"
    JSON = "json"
    URLENCODED = "urlencoded"
    MULTIPART = "multipart"
    XML = "xml"
    TEXT = "text"
    BYTES = "bytes"


class Markup(Value, frozen=True):
    """How a value is written as XML (OpenAPI 3.1.1 section 4.8.26)."""

    name: str
    """Of the element, or of the attribute; for an unwrapped list, of each item's element."""
    namespace: str = ""
    prefix: str = ""
    attribute: bool = False
    item: str = ""
    """For a list with an element around it: the name of each item's element."""


class Part(Value, frozen=True):
    """How one field of a multipart body is written, where it is not in the default way."""

    name: str
    media_type: str = ""
    """Empty: by its value."""
    encoded: bool = False
    """Whether bytes are written as base64 text and not as they are."""
    headers: tuple[tuple[str, str], ...] = ()
    accepts: tuple[str, ...] = ()
    """What a file may be, which is then sent as what it is; none: always as the media type."""


class Body(Value, frozen=True):
    """The request body, and the argument it is made of."""

    form: Form
    media_type: str
    argument: str = ""
    """Empty where the parameters themselves are the body's fields (Swagger 2.0 `formData`)."""
    fields: tuple[Parameter, ...] = ()
    """How the fields of a form are written, where it is not in the default way."""
    parts: tuple[Part, ...] = ()
    """How the fields of a multipart body are written, where `fields` does not say it."""
    markup: Markup | None = None
    """The root element, where the body is XML."""
    accepts: tuple[str, ...] = ()
    """What a file may be, which is then sent as what it is; none: always as the media type."""


class Refusal(Value, frozen=True):
    """An answer that is declared for failures."""

    status: str
    """`404`, `4XX` or `default`."""
    outline: str
    """The key of its outline in the wire; empty where its content is not described."""


class Outline(Value, frozen=True):
    """The parts of a JSON value that a description declares."""

    kinds: tuple[str, ...] = ()
    """JSON types it may have; none when any."""
    members: tuple[tuple[str, "Outline"], ...] = ()
    items: "Outline | None" = None


class Guard(enum.Enum):
    """What a security scheme wants to see."""

    API_KEY = "apiKey"
    BASIC = "basic"
    BEARER = "bearer"
    MUTUAL_TLS = "mutualTLS"
    OTHER = "other"
    """An HTTP scheme we have no settings for; `headers` may carry it."""


class Scheme(Value, frozen=True):
    """A way to prove who calls (OpenAPI 3.1.1 section 4.8.27)."""

    name: str
    guard: Guard
    where: Where = Where.HEADER
    parameter: str = "Authorization"
    """The header, the query parameter or the cookie that carries it."""
    token_url: str = ""
    """Where OAuth2 client credentials are exchanged for a token."""

    def takes(self, credential: Credential) -> bool:
        """Whether a credential is of the sort that the scheme wants."""
        match self.guard:
            case Guard.API_KEY:
                return credential.value is not None
            case Guard.BASIC:
                return credential.username is not None
            case Guard.BEARER:
                return credential.token is not None or credential.client_id is not None
            case Guard.MUTUAL_TLS:
                return credential.certificate is not None
            case Guard.OTHER:
                return False

    def endpoint(self, credential: Credential, served: str) -> str:
        """Where a client's secret is exchanged for a token, for an upstream served at that URL.

        Raises `ValueError` where only the description says so, and it may not be believed: it could
        send the secret anywhere.
        """
        if credential.token_url:
            return credential.token_url
        described = _joined(served, self.token_url) if self.token_url else ""
        if not described.startswith("https:"):
            raise ValueError(
                f"no https token endpoint is described; set `auth.{self.name}.tokenUrl`"
            )
        if not is_same_host(described, served):
            raise ValueError(
                "the description names a token endpoint on another host than the backend's;"
                f" if the client's secret may go there, set `auth.{self.name}.tokenUrl` to it"
            )
        return described


def is_same_host(url: str, other: str) -> bool:
    """Whether two URLs lead to hosts of one name, whatever the port."""
    try:
        return urlsplit(url).hostname == urlsplit(other).hostname
    except ValueError:
        return False


def _joined(base: str, url: str) -> str:
    try:
        return urljoin(base, url)
    except ValueError:
        return ""


class Need(Value, frozen=True):
    """A security scheme that a function requires."""

    scheme: str
    scopes: tuple[str, ...] = ()


class Paging(Value, frozen=True):
    """How a list is asked for page by page; the paths lead to fields of an answer."""

    by: By
    position: str = ""
    """The query parameter that says where to go on; for links, the one for the first page."""
    size: str = ""
    """The query parameter that says how many items a page has; empty where none does."""
    items: tuple[str, ...] = ()
    """Where the list is; none where the answer is the list."""
    next: tuple[str, ...] = ()
    """Where the next cursor or URL is; for a URL, none means the `Link` header."""
    key: tuple[str, ...] = ()
    """Where the cursor is in an item that leads on from it; none where `next` says it."""
    more: tuple[str, ...] = ()
    """Where it says whether there is more; none where it does not."""
    total: tuple[str, ...] = ()
    """Where the number of all items is; none where it does not say."""
    total_header: str = ""
    """The header that has the number of all items."""
    start: int = 1
    """The number of the first page, or item."""
    usual: int | None = None
    """How many items are asked of a page where the client does not say; None: it is not said."""
    most: int | None = None
    """How many items may be asked of a page; None where that is not known."""
    links: tuple[str, ...] = ()
    """The query parameters that are taken over from the URL of a next page."""
    max_pages: int = 10
    max_items: int = 1000


class Result(Value, frozen=True):
    """An answer, by its status, that is a member of a function's union."""

    status: str
    """`200`, `404`, `4XX` or `default`."""
    boxed: bool = False
    """Whether there is an object around its value: one with `status` and `value`."""


TAG = "\0status"
"""The key, in a value of such a union, of the declared status it came with. No field shows it."""


class Hook(Value, frozen=True):
    """A request that the backend sends to an address it was told."""

    method: str
    suffix: str = ""
    """What it adds to the address, without a query: a template."""
    status: int = 204
    """What it is answered with."""


class Incoming(Value, frozen=True):
    """How messages come in where the backend calls the gateway."""

    hook: Hook
    others: tuple[Hook, ...] = ()
    """What else comes to the same address: it is answered, and is no message of this function."""
    origin: str = ""
    """The name of the function that asks the backend to call; empty where that is done by hand."""
    address: tuple[str, ...] = ()
    """Where the origin is told the gateway's address: an argument, and the fields below it."""


class Binding(Value, frozen=True):
    """How a function is called over HTTP."""

    method: str
    path: str
    """A template as the description has it, e.g. `/users/{id}`."""
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    answer: Form = Form.JSON
    accept: str = "application/json"
    """The media types that are asked for."""
    successes: tuple[str, ...] = ()
    """Statuses of answers with a value: `200`, `2XX` or `default`."""
    bodiless: tuple[str, ...] = ()
    """Statuses of success without a value. Where none of either is declared, every 2xx is one."""
    refusals: tuple[Refusal, ...] = ()
    server: str = ""
    """The URL this function is served under, where it is not the catalog's."""
    security: tuple[tuple[Need, ...], ...] = ()
    """Alternatives; of one of them, everything is required. None: nothing is."""
    paging: Paging | None = None
    """Set where the function is shown as a connection over all pages."""
    results: tuple[Result, ...] = ()
    """Set where failures are part of the answer: every answer that is a member of the union."""
    incoming: Incoming | None = None
    """Set where the backend calls: `answer` and `accept` are then about what it sends."""


class Wire(Value, frozen=True):
    """What types do not say about how their values are written, and what bindings share."""

    texts: tuple[tuple[str, str], ...] = ()
    """Fields whose numbers are written as JSON text: pairs of a type's key and a field's name."""
    markups: tuple[tuple[str, str, Markup], ...] = ()
    """Fields in XML: a type's key, a field's name, and its markup."""
    outlines: tuple[tuple[str, Outline], ...] = ()
    schemes: tuple[Scheme, ...] = ()
    rests: tuple[tuple[str, str], ...] = ()
    """Fields that hold whatever an object has beside its other fields: a type's key and a name."""


OpenApiCatalog: TypeAlias = Catalog[Binding, Wire]
