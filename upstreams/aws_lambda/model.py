"""What a Lambda upstream is told, and how one of its functions is named and called."""

import enum
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, TypeAlias

from typing_extensions import Doc, TypeVar

from upstreams import kind
from upstreams.errors import DiscoveryError
from upstreams.kind import Key, Location
from upstreams.model import Catalog, Value

_ARN = re.compile(
    r"(?P<prefix>arn:aws[a-z-]*:lambda:(?P<region>[a-z0-9-]+):[0-9]{12}:function:)"
    r"(?P<name>[^:]+)(?::(?P<qualifier>[^:]+))?"
)
_NAME = re.compile(r"(?P<prefix>[0-9]{12}:function:)?(?P<name>[^:]+)(?::(?P<qualifier>[^:]+))?")
_GLOB = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(kind.Settings):
    """What a Lambda upstream may be told. `url` overrides the endpoint, for emulators."""

    functions: Annotated[
        tuple[str, ...],
        Key("lambda"),
        Doc("Names, globs such as `rates-*`, ARNs; each with `:alias` or `:version` if wanted."),
    ]
    region: Annotated[
        str | None, Doc("The AWS region; default: AWS_REGION, or the profile's own.")
    ] = None
    types: Annotated[
        Location | None,
        Doc("What functions take and give: GraphQL SDL, or JSON Schema by function."),
    ] = None
    apis: Annotated[
        tuple[str, ...],
        Doc("API Gateway APIs whose operations functions serve: `ID`, `ID/STAGE`, or `*` for all."),
    ] = ()
    documents: Annotated[
        tuple[Location, ...],
        Doc("OpenAPI documents with API Gateway's integrations, such as it exports."),
    ] = ()
    templates: Annotated[
        tuple[Location, ...],
        Doc("SAM or CloudFormation templates that say which operations functions serve."),
    ] = ()
    registry: Annotated[
        str | None, Doc("The EventBridge registry with a schema per function, of its name.")
    ] = None
    include: Annotated[
        tuple[str, ...], Doc("Of globs, only functions with one of these tags: `key`, `key=glob`.")
    ] = ()
    exclude: Annotated[
        tuple[str, ...], Doc("Of globs, no functions with one of these tags: `key`, `key=glob`.")
    ] = ()
    streams: Annotated[
        tuple[str, ...], Doc("Globs of functions whose answers are streamed as they are made.")
    ] = ()
    asynchronous: Annotated[
        tuple[str, ...],
        Key("async"),
        Doc("Globs of functions nobody waits for: the answer is that the event was accepted."),
    ] = ()
    each: Annotated[
        tuple[str, ...],
        Doc("Globs of functions that take one item: a list is one invocation per item."),
    ] = ()
    batch: Annotated[
        tuple[str, ...],
        Doc("Globs of functions that take a list of items and give that of their answers."),
    ] = ()
    urls: Annotated[
        Mapping[str, str], Doc("Functions that are called by a URL of their own: name and URL.")
    ] = field(default_factory=dict)
    client_context: Annotated[
        Mapping[str, str],
        Doc("What functions find in their client context as `custom`, beside forwarded headers."),
    ] = field(default_factory=dict, repr=False)
    profile: Annotated[str | None, Doc("The AWS profile whose credentials are used.")] = None
    role: Annotated[str | None, Doc("The ARN of a role to assume with those credentials.")] = None
    external_id: Annotated[str | None, Doc("What the role's owner asks for, if anything.")] = None
    session_name: Annotated[str, Doc("What AWS's logs call us under the role.")] = "splice"
    sign: Annotated[
        bool, Doc("Sign requests with AWS credentials; off for emulators, with `url` only.")
    ] = True


class Reference(Value, frozen=True):
    """How the configuration names one function, or many by a glob.

    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html, `FunctionName`.
    """

    name: str
    prefix: str = ""
    """What stands before the name: `arn:aws:lambda:…:function:`, `123456789012:function:`."""
    qualifier: str = ""
    """An alias or a version; empty for the latest, unpublished one."""
    region: str = ""
    """The region an ARN names; empty for the upstream's own."""

    @property
    def target(self) -> str:
        """What the API calls the function: its name or ARN, without the qualifier."""
        return self.prefix + self.name

    @property
    def text(self) -> str:
        """The reference as one writes it."""
        return f"{self.target}:{self.qualifier}" if self.qualifier else self.target

    @property
    def is_glob(self) -> bool:
        """`rates-*` -> True."""
        return _GLOB.search(self.name) is not None


def reference(text: str) -> Reference:
    """`"price-quote:live"` -> the function `price-quote` by its alias `live`."""
    pattern = _ARN if text.startswith("arn:") else _NAME
    found = pattern.fullmatch(text)
    if found is None:
        raise DiscoveryError(
            "not a function's name: write NAME, NAME:ALIAS, NAME:VERSION, a glob of names, or "
            "arn:aws:lambda:REGION:ACCOUNT:function:NAME",
            at=text,
        )
    parts = {key: value or "" for key, value in found.groupdict().items()}
    return Reference(**parts)


class TypesFile(Value, frozen=True):
    """The text of the file that says what functions take and give."""

    location: str
    text: str


class Payload(enum.Enum):
    """How a call's arguments become the function's event."""

    ARGUMENTS = "arguments"
    """One JSON object, keyed by argument name."""
    INPUT = "input"
    """The value of the one argument `input`; when it is not given, no payload is sent."""


class Form(enum.Enum):
    """What a function is sent, and where."""

    PLAIN = "plain"
    """Its event, through the Invoke API."""
    PROXY_1 = "proxy-1.0"
    """An HTTP request as API Gateway's payload format 1.0, through the Invoke API."""
    PROXY_2 = "proxy-2.0"
    """The same in payload format 2.0."""
    URL = "url"
    """Its event, as the body of an HTTP request."""


class Operation(Value, frozen=True):
    """What of an HTTP API a function serves; the API's own catalog says how it is laid out.

    A function described in JSON Schema is one, too, of the form `PLAIN` or `URL`: the body of the
    request is its event, the body of the answer what it gives.
    """

    api: str
    """The `Api.name` in the catalog's wire."""
    name: str
    """The function of that API's catalog."""
    route: str = ""
    """The path as API Gateway writes it: `/users/{id}`, `/files/{proxy+}`; else empty."""
    stage: str = ""
    """The API's stage; empty where none is known."""


class Binding(Value, frozen=True):
    """How one function is called."""

    function: str
    """Its name or ARN, without qualifier; for `Form.URL`, the URL."""
    payload: Payload
    """How arguments become the event, where there is no `operation`."""
    qualifier: str = ""
    region: str = ""
    """Where an ARN or the URL says it runs; empty for the upstream's own region."""
    form: Form = Form.PLAIN
    operation: Operation | None = None
    """Always set for `PROXY_1` and `PROXY_2`; where it is, `payload` has no meaning."""
    event: bool = False
    """Whether nobody waits for its answer (the invocation type `Event`)."""
    streaming: bool = False
    """Whether its answer is streamed."""
    batch: bool = False
    """Whether its event is a list of inputs and its answer the list of their answers, in order."""
    each: bool = False
    """Whether it is invoked once for each item of its input, a list; so is its answer."""
    piecemeal: bool = False
    """Whether its one answer is asked for bit by bit, because so the function makes it."""
    itemwise: bool = False
    """Whether what describes a `batch` describes one item of the lists that go in and out."""

    @property
    def answers_at_once(self) -> bool:
        """Whether a call is one event, whose answer is the value."""
        return not (self.event or self.streaming or self.each or self.itemwise)


CarriedT = TypeVar("CarriedT", default=Any)


class Api(Value, Generic[CarriedT], frozen=True):
    """An HTTP API whose operations functions serve."""

    name: str
    catalog: CarriedT
    """As the kind that understands its document made it, with that kind's bindings."""


class Wire(Value, Generic[CarriedT], frozen=True):
    """What calls need beside the bindings."""

    apis: tuple[Api[CarriedT], ...] = ()


LambdaCatalog: TypeAlias = Catalog[Binding, Wire]


@dataclass(frozen=True, slots=True)
class Rest:
    """The kind that understands documents of HTTP APIs, as far as reading them goes."""

    catalog: type[Catalog]
    """The exact shape of its catalogs, for stored ones."""
    parse: Callable[[bytes, str], object]
    """A JSON or YAML text, and where it is, as values. Raises `DiscoveryError`."""
    translate: Callable[[object, str], Catalog]
    """A document, and where it is, as a catalog. Raises `DiscoveryError`. No I/O."""
