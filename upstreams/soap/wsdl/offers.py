"""Operations, and how ports offer them."""

from dataclasses import dataclass, field

from upstreams.soap.model import Addressing, Version


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a message: an element, or a value of a type."""

    name: str
    element: str = ""
    """The element's Clark name."""
    type: str = ""
    """The type's Clark name."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that goes beside the envelope, in the same HTTP message."""

    part: str
    """Its name; empty where the description names none."""
    media_type: str = ""
    """What it is; `*` in it stands for anything."""


@dataclass(frozen=True, slots=True)
class Body:
    """What goes into the Body of an envelope one way."""

    parts: tuple[Part, ...]
    encoded: bool = False
    namespace: str = ""
    """The namespace of the element around the parts of an rpc operation."""
    missing: str = ""
    """The message, where it is named but declared nowhere."""
    attached: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Header:
    """A block of an envelope's Header."""

    part: Part
    encoded: bool = False
    understood: bool = False
    """Whether who receives it must understand it."""
    namespace: str = ""
    """The namespace of its element, where the part has a type alone."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What may be in the detail of a Fault."""

    name: str
    part: Part
    encoded: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """An operation as one port offers it."""

    service: str
    port: str
    version: Version
    address: str
    action: str
    rpc: bool
    request: Body
    response: Body | None
    """None when the operation is one-way."""
    sent: tuple[Header, ...] = ()
    """What belongs into the Header of the request."""
    received: tuple[Header, ...] = ()
    """What is in the Header of the answer."""
    faults: tuple[Fault, ...] = ()
    lacking: tuple[str, ...] = ()
    """Headers and faults that it names, and the description says nothing more of."""
    addressing: Addressing = field(default_factory=Addressing)
    demands: tuple[str, ...] = ()
    """What its policies want every call to carry: assertions of WS-SecurityPolicy, by name."""
    refused: str = ""
    """Why it cannot be called this way; empty when it can."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of a port type, and every way to call it."""

    port_type: str
    """The port type's Clark name."""
    name: str
    description: str = ""
    offers: tuple[Offer, ...] = ()
    refused: str = ""
    """Why nobody can call it; empty when a port offers it."""
