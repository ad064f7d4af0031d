"""What a SOAP upstream is told, how its operations are called, and how its types are written.

Names of elements and attributes are Clark names: `{namespace}local`, or `local` without one.
"""

import base64
import enum
import importlib.util
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, TypeAlias

import msgspec
from typing_extensions import Doc

from upstreams import kind
from upstreams.model import Catalog, Value

_NAME = re.compile(r"(\{[^{}\s]+\})?[A-Za-z_][\w.-]*")
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML cannot carry (XML 1.0 §2.2)."""
ARGUMENT = "input"
"""The name of the one argument of every operation that takes something."""
TYPE_KEY = "xsi:type"
"""The key under which a value coming out says of which type it is; no member's name has a colon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wsse:
    """What the WS-Security header of every call says."""

    username: Annotated[str | None, Doc("Who calls, in a UsernameToken.")] = None
    password: Annotated[str | None, Doc("The password.")] = field(default=None, repr=False)
    digest: Annotated[bool, Doc("Send a digest of the password in place of it.")] = False
    nonce: Annotated[
        bool, Doc("Send a nonce and the time beside a password; a digest always has them.")
    ] = False
    timestamp: Annotated[
        kind.Duration | None, Doc("Send a Timestamp; how long a call is valid from then on.")
    ] = None
    certificate: Annotated[
        kind.Location | None,
        Doc("Sign Body and Timestamp (X.509): the certificate, a PEM file. Needs `xmlsec`."),
    ] = None
    key: Annotated[
        kind.Location | None, Doc("Its private key, a PEM file; may be in the first.")
    ] = None
    sha1: Annotated[bool, Doc("Sign with SHA-1, for backends that know no SHA-256.")] = False

    def __post_init__(self) -> None:
        """Raises `ValueError` for what does not fit together."""
        needs = {
            "password": (self.password is not None, "username", self.username),
            "digest": (self.digest, "password", self.password),
            "nonce": (self.nonce, "password", self.password),
            "key": (self.key is not None, "certificate", self.certificate),
            "sha1": (self.sha1, "certificate", self.certificate),
        }
        for name, (given, other, value) in needs.items():
            if given and value is None:
                raise ValueError(f"{name} needs a {other}")
        if self.certificate is not None and importlib.util.find_spec("xmlsec") is None:
            raise ValueError("signing needs a package: pip install 'splice-gateway[xmlsec]'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Auth:
    """Who calls."""

    username: Annotated[str | None, Doc("HTTP basic: who, for the WSDL too.")] = None
    password: Annotated[str | None, Doc("HTTP basic: the password.")] = field(
        default=None, repr=False
    )
    wsse: Annotated[Wsse | None, Doc("WS-Security, see below.")] = None

    def __post_init__(self) -> None:
        """Raises `ValueError` for what does not fit together."""
        if self.password is not None and self.username is None:
            raise ValueError("password needs a username")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(kind.Settings):
    """What a SOAP upstream may be told."""

    soap: Annotated[kind.Location, Doc("The WSDL document.")]
    port: Annotated[
        str | None,
        Doc("The port to call by, where several offer an operation; default: one of SOAP 1.2."),
    ] = None
    soap_headers: Annotated[
        Mapping[str, Mapping[str, str]],
        Doc("Header blocks sent with every call: an element's name, and its children's texts."),
    ] = field(default_factory=dict, repr=False)
    auth: Annotated[Auth | None, Doc("Credentials sent with every call.")] = None
    addressing: Annotated[
        bool | None,
        Doc("Send the headers of WS-Addressing; default: where the description asks for them."),
    ] = None

    def __post_init__(self) -> None:
        """Raises `ValueError` for what no envelope could carry."""
        kind.Settings.__post_init__(self)
        for block, texts in self.soap_headers.items():
            for name in (block, *(each.removeprefix("@") for each in texts if each != "#text")):
                if not _NAME.fullmatch(name):
                    raise ValueError(f"{name!r} cannot name an element: `name` or `{{urn:x}}name`")
            for name, text in texts.items():
                if _FORBIDDEN.search(text):
                    raise ValueError(f"{block}.{name} has a character XML cannot carry")

    @property
    def own_headers(self) -> Mapping[str, str]:
        """The HTTP headers of discovery and of every call, by lower-case names.

        A name and a password are one of them (RFC 7617, in UTF-8), unless another takes its place.
        """
        headers = {name.lower(): value for name, value in self.headers.items()}
        auth = self.auth
        if auth is None or auth.username is None:
            return headers
        both = base64.b64encode(f"{auth.username}:{auth.password or ''}".encode())
        return {"authorization": f"Basic {both.decode()}", **headers}

    @property
    def carried(self) -> frozenset[str]:
        """What calls carry of what a policy may ask for, by names of WS-SecurityPolicy 1.2."""
        auth = self.auth or Auth()
        wsse = auth.wsse or Wsse()
        carries = {
            "HttpBasicAuthentication": auth.username,
            "RequireClientCertificate": self.certificate,
            "UsernameToken": wsse.username,
            "X509Token": wsse.certificate,
            "IncludeTimestamp": wsse.timestamp or wsse.certificate,
        }
        return frozenset(name for name, value in carries.items() if value is not None)


class Version(enum.Enum):
    """The version of the SOAP protocol."""

    SOAP_11 = "1.1"
    SOAP_12 = "1.2"


ENVELOPES: Mapping[Version, str] = {
    Version.SOAP_11: "http://schemas.xmlsoap.org/soap/envelope/",
    Version.SOAP_12: "http://www.w3.org/2003/05/soap-envelope",
}
"""The namespace of each version's envelope."""
ENCODINGS: Mapping[Version, str] = {
    Version.SOAP_11: "http://schemas.xmlsoap.org/soap/encoding/",
    Version.SOAP_12: "http://www.w3.org/2003/05/soap-encoding",
}
"""The namespace of each version's rules for encoding (SOAP 1.1 §5, SOAP 1.2 part 2 §3)."""


class Codec(enum.Enum):
    """How a leaf is written as text, named after the XSD type that says so."""

    STRING = "string"
    URI = "anyURI"
    BOOLEAN = "boolean"
    INT = "int"
    LONG = "long"
    UNSIGNED_LONG = "unsignedLong"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DOUBLE = "double"
    DATE = "date"
    TIME = "time"
    DATE_TIME = "dateTime"
    DURATION = "duration"
    BASE64 = "base64Binary"
    HEX = "hexBinary"
    QNAME = "QName"
    """A Clark name in GraphQL, as a prefix means nothing outside its document."""
    JSON = "anyType"
    """Not text: any element, as JSON (see `xml/untyped.py`)."""
    PRESENCE = "empty"
    """Not text: an element without content, whose being there is the value."""


class Leaf(Value, tag="leaf", frozen=True):
    """A value without members."""

    codec: Codec
    listed: bool = False
    """True for a list of values in one text, separated by white space (`xs:list`)."""
    enum: str = ""
    """The key of the enum its values belong to; empty when there is none."""


class Nested(Value, tag="nested", frozen=True):
    """A value with members: those of the layout of that key."""

    key: str


class Varied(Value, tag="varied", frozen=True):
    """A value of one of several types, named by `xsi:type`: those of the family of that key."""

    key: str


class Array(Value, tag="array", frozen=True):
    """Many values of one type, in elements of any name (SOAP 1.1 §5.4.2)."""

    item: "Content"
    of: str
    """The Clark name of the items' type; where they are arrays without a name, of what these hold.
    """
    within: str = ""
    """The dimensions of such arrays: `[,]` where the items of `xs:int[,][]` are."""
    rank: int = 1
    """How many dimensions it has, each a list in a list."""


Content: TypeAlias = Leaf | Nested | Varied | Array


class Place(enum.Enum):
    """Where in an element a member stands."""

    ELEMENT = "element"
    ATTRIBUTE = "attribute"
    TEXT = "text"
    ANY = "any"
    """Every child element no other member claims."""
    ANY_ATTRIBUTE = "any-attribute"
    """Every attribute no other member claims."""
    SUBSTITUTE = "substitute"
    """A child element of one of several names, each a field of the layout that is its content."""
    MIXED = "mixed"
    """All texts and child elements, in order."""


class Member(Value, frozen=True):
    """One part of an element's content, and the field it is in the values that go in and out."""

    field: str
    content: Content
    name: str = ""
    """The Clark name of the element or attribute."""
    place: Place = Place.ELEMENT
    required: bool = False
    repeated: bool = False
    nillable: bool = False
    default: str | None = None
    """The text that an absent attribute or an empty element stands for."""
    turn: int = 0
    """Members of one turn (not 0) are repeated together: first of each, second of each …"""
    type: str = ""
    """The Clark name of its type, said where messages are encoded; empty where it has none."""


class Layout(Value, frozen=True):
    """What is inside an element of one type, in the order in which it is written."""

    members: tuple[Member, ...]
    exclusive: tuple[tuple[str, ...], ...] = ()
    """Groups of fields of which at most one is given (`xs:choice`)."""


class Family(Value, frozen=True):
    """The types a value declared as one of them may be of."""

    members: tuple[tuple[str, str], ...]
    """Pairs of the input's field that chooses a type, and the key of its layout."""
    declared: str = ""
    """The type where `xsi:type` names none; empty when the declared type is abstract."""


class Message(Value, frozen=True):
    """What is inside the Body of an envelope."""

    element: str = ""
    """The Clark name of the one element in it; empty when the content stands in the Body itself."""
    content: Content | None = None
    """None when there is nothing inside."""
    alone: str = ""
    """The one field whose value is given in place of the whole; empty when the whole is given."""
    encoding: str = ""
    """The namespace of the rules by which it is encoded; empty when it is as its schema says."""


class Block(Value, frozen=True):
    """A block of an envelope's Header."""

    field: str
    """The argument it comes from, or the name its value is shown by."""
    message: Message
    understood: bool = False
    """Whether the backend must understand it, or refuse the call (`mustUnderstand`)."""


class Attached(Value, frozen=True):
    """A file that goes beside the envelope of a request (SOAP with Attachments)."""

    field: str
    """The argument it comes from."""
    part: str
    """The name of the message's part that it is."""
    media_type: str = ""
    """What it is where its sender does not say; empty when the description does not say either."""


class Fault(Value, frozen=True):
    """What the detail of a Fault may hold."""

    name: str
    """The local name of its element, by which its value is shown."""
    message: Message


class Addressing(Value, frozen=True):
    """What WS-Addressing says of an operation."""

    action: str = ""
    """The action of its request (WS-Addressing 1.0 Metadata §4.4)."""
    asked: bool = False
    """Whether the description asks for the headers."""


class Binding(Value, frozen=True):
    """How one operation is called."""

    version: Version
    action: str
    address: str
    request: Message
    response: Message | None = None
    """None when no answer is promised (a one-way operation)."""
    sent: tuple[Block, ...] = ()
    """The blocks of the request's Header."""
    received: tuple[Block, ...] = ()
    """The blocks of the answer's Header that are shown."""
    faults: tuple[Fault, ...] = ()
    addressing: Addressing = Addressing()
    attached: tuple[Attached, ...] = ()


class Wire(Value, frozen=True):
    """How the types of all operations are written."""

    layouts: dict[str, Layout]
    families: dict[str, Family] = msgspec.field(default_factory=dict)


SoapCatalog: TypeAlias = Catalog[Binding, Wire]
