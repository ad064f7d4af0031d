"""What an OpenAPI upstream is told, and what a call to one of its functions needs to know."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, TypeAlias

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
        str | None, Doc("OAuth2: where tokens are; default: what the description says, if https.")
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
        bool, Doc("Read documents at link-local and cloud metadata addresses, too.")
    ] = False
    max_description: Annotated[
        kind.Bytes, Doc("How large the description may be, all its documents together.")
    ] = 64 * 1024 * 1024
    discovery_timeout: Annotated[
        kind.Duration, Doc("How long finding and reading the description may take in all.")
    ] = 120.0
    auth: Annotated[
        Mapping[str, Credential], Doc("Credentials by the name of the document's security scheme.")
    ] = field(default_factory=dict, repr=False)


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


class Need(Value, frozen=True):
    """A security scheme that a function requires."""

    scheme: str
    scopes: tuple[str, ...] = ()


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


class Wire(Value, frozen=True):
    """What types do not say about how their values are written, and what bindings share."""

    texts: tuple[tuple[str, str], ...] = ()
    """Fields whose numbers are written as JSON text: pairs of a type's key and a field's name."""
    markups: tuple[tuple[str, str, Markup], ...] = ()
    """Fields in XML: a type's key, a field's name, and its markup."""
    outlines: tuple[tuple[str, Outline], ...] = ()
    schemes: tuple[Scheme, ...] = ()


OpenApiCatalog: TypeAlias = Catalog[Binding, Wire]
