"""What a SOAP upstream is told, how its operations are called, and how its types are written.

Names of elements and attributes are Clark names: `{namespace}local`, or `local` without one.
"""

import enum
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from typing_extensions import Doc

from upstreams import kind
from upstreams.model import Catalog, Value

ARGUMENT = "input"
"""The name of the one argument of every operation that takes something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(kind.Settings):
    """What a SOAP upstream may be told."""

    soap: Annotated[kind.Location, Doc("The WSDL document.")]


class Version(enum.Enum):
    """The version of the SOAP protocol."""

    SOAP_11 = "1.1"
    SOAP_12 = "1.2"


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
    JSON = "anyType"
    """Not text: any element, as JSON (see `xml.py`)."""
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


Content: TypeAlias = Leaf | Nested


class Place(enum.Enum):
    """Where in an element a member stands."""

    ELEMENT = "element"
    ATTRIBUTE = "attribute"
    TEXT = "text"
    ANY = "any"
    """Every child element no other member claims."""
    ANY_ATTRIBUTE = "any-attribute"
    """Every attribute no other member claims."""


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
    """The text an absent attribute stands for."""
    turn: int = 0
    """Members of one turn (not 0) are repeated together: first of each, second of each …"""


class Layout(Value, frozen=True):
    """What is inside an element of one type, in the order in which it is written."""

    members: tuple[Member, ...]
    exclusive: tuple[tuple[str, ...], ...] = ()
    """Groups of fields of which at most one is given (`xs:choice`)."""


class Message(Value, frozen=True):
    """What is inside the Body of an envelope."""

    element: str = ""
    """The Clark name of the one element in it; empty when the content stands in the Body itself."""
    content: Content | None = None
    """None when there is nothing inside."""
    alone: str = ""
    """The one field whose value is given in place of the whole; empty when the whole is given."""


class Binding(Value, frozen=True):
    """How one operation is called."""

    version: Version
    action: str
    address: str
    request: Message
    response: Message | None = None
    """None when no answer is promised (a one-way operation)."""


class Wire(Value, frozen=True):
    """How the types of all operations are written."""

    layouts: dict[str, Layout]


SoapCatalog: TypeAlias = Catalog[Binding, Wire]
