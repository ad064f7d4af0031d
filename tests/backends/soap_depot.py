"""A depot over spyne, which writes the WSDL: python soap_depot.py PORT.

SOAP 1.1 is at `/11`, SOAP 1.2 at `/12`; requests are validated against the schemas.
"""

import sys
from collections.abc import Sequence
from decimal import Decimal as Number
from typing import Any
from wsgiref.simple_server import make_server

from spyne import (
    AnyXml,
    Application,
    Array,
    Boolean,
    ByteArray,
    ComplexModel,
    Date,
    DateTime,
    Decimal,
    Duration,
    Enum,
    Fault,
    Integer,
    MethodContext,
    ServiceBase,
    Unicode,
    XmlAttribute,
    XmlData,
    rpc,
)
from spyne.protocol.soap import Soap11, Soap12
from spyne.util.wsgi_wrapper import WsgiMounter

DEPOT = "urn:depot"
GOODS = "urn:goods"


class Weight(ComplexModel):
    """Text with an attribute."""

    __namespace__ = GOODS
    value = XmlData(Decimal)
    unit = XmlAttribute(Unicode)


class Item(ComplexModel):
    """Something of everything."""

    __namespace__ = GOODS
    code = XmlAttribute(Unicode, use="required")
    label = Unicode(pattern="[^#]*")
    weight = Weight
    state = Enum("new", "on hold", type_name="State")
    tags = Array(Unicode)
    counts = Integer(max_occurs="unbounded")
    since = DateTime
    day = Date
    lasts = Duration
    picture = ByteArray
    fragile = Boolean
    more = AnyXml


class Cooled(Item):
    """Derived from it, in another namespace."""

    __namespace__ = DEPOT
    degrees = Decimal


class Session(ComplexModel):
    """Comes in the Header."""

    __namespace__ = DEPOT
    token = Unicode


class Trace(ComplexModel):
    """Goes in the Header."""

    __namespace__ = DEPOT
    seen = Unicode


class TooHeavy(Fault):
    """Declared in the description."""

    __namespace__ = DEPOT
    most = Decimal

    def __init__(self, most: Number) -> None:
        """spyne itself would have no detail, and the member beside it."""
        detail = {f"{{{DEPOT}}}TooHeavy": {f"{{{DEPOT}}}most": str(most)}}
        super().__init__("Client.TooHeavy", "Too heavy", "urn:crane", detail)
        self.most = most


@rpc(Array(Item), _returns=Array(Item))
def reverse(_context: MethodContext, items: Sequence[Item]) -> Sequence[Item]:
    """The items, the last first."""
    return items[::-1]


@rpc(Item, _returns=Item, _body_style="bare")
def echo(_context: MethodContext, item: Item) -> Item:
    """The item."""
    return item


@rpc(_returns=Cooled)
def coldest(_context: MethodContext) -> Item:
    """A cooled item, by which its type gets into the description."""
    return Cooled(code="ice", degrees=Number("-18.50"))


@rpc(Decimal, _returns=Decimal, _throws=TooHeavy)
def lift(_context: MethodContext, kilos: Number) -> Number:
    """Twice as much, unless it is too heavy."""
    if kilos > 100:
        raise TooHeavy(Number(100))
    return kilos * 2


@rpc(_returns=Unicode)
def whoami(context: MethodContext) -> Any:
    """The token of the session."""
    token = context.in_header and context.in_header.token
    context.out_header = Trace(seen=token)
    return token


@rpc(Unicode, _is_async=True)
def note(_context: MethodContext, text: str) -> None:
    """Nothing comes back."""


@rpc(Integer, _returns=(Integer, Decimal), _out_variable_names=("low", "high"))
def bounds(_context: MethodContext, around: int) -> tuple[int, Number]:
    """Two results."""
    return around - 1, around + Number("0.5")


SERVICE = type(
    "Depot",
    (ServiceBase,),
    {
        "__in_header__": Session,
        "__out_header__": Trace,
        "reverse": reverse,
        "echo": echo,
        "coldest": coldest,
        "lift": lift,
        "whoami": whoami,
        "note": note,
        "bounds": bounds,
    },
)


def application(protocol: type[Soap11]) -> Application:
    """The depot over one version of SOAP."""
    into, out = protocol(validator="lxml"), protocol(polymorphic=True)
    return Application([SERVICE], DEPOT, name="Depot", in_protocol=into, out_protocol=out)


if __name__ == "__main__":
    mounted = WsgiMounter({"11": application(Soap11), "12": application(Soap12)})
    make_server("127.0.0.1", int(sys.argv[1]), mounted).serve_forever()
