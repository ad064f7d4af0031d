"""Header blocks: those calls give, those the settings have, and those of answers."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.upstreams.soap.conftest import Backend, connected, fixed, function, serving
from tests.upstreams.soap.documents import discovered, document_literal, element, sequence
from upstreams.errors import BadInput, Malformed
from upstreams.kind import Aside, Call
from upstreams.soap.model import Settings, SoapCatalog

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSDL = (
    document_literal(
        element("GetAccount", sequence("id xs:string"))
        + element("GetAccountResponse", sequence("owner xs:string"))
        + element("Session", sequence("token xs:string", "depth xs:int"))
        + '<xs:element name="TraceHeader" type="xs:string"/>'
        + element("Usage", sequence("cost xs:decimal", "key xs:base64Binary"))
    )
    .replace(
        "<portType",
        '<message name="Blocks"><part name="session" element="b:Session"/>'
        '<part name="trace" element="b:TraceHeader"/><part name="usage" element="b:Usage"/>'
        "</message><portType",
        1,
    )
    .replace(
        "<input><",
        '<input><soap:header message="b:Blocks" part="session" use="literal"'
        ' soap:mustUnderstand="1"/>'
        '<soap:header message="b:Blocks" part="trace" use="literal"/><',
    )
    .replace("<output><", '<output><soap:header message="b:Blocks" part="usage" use="literal"/><')
)


@pytest.fixture
async def catalog(tmp_path: Path) -> SoapCatalog:
    return await discovered(tmp_path, WSDL)


def answer(header: str = "") -> str:
    return (
        f'<e:Envelope xmlns:e="{SOAP}" xmlns:b="urn:bank"><e:Header>{header}</e:Header><e:Body>'
        "<b:GetAccountResponse><b:owner>ann</b:owner></b:GetAccountResponse></e:Body></e:Envelope>"
    )


async def called(
    catalog: SoapCatalog, header: str = "", *, settings: Any = None, **arguments: Any
) -> tuple[Backend, Aside]:
    """What was sent, and what came beside the answer."""
    aside = Aside()
    call = Call(
        function(catalog, "GetAccount"), {"input": {"id": "7"}, **arguments}, 1e9, aside=aside
    )
    async with (
        serving(fixed(answer(header))) as backend,
        connected(catalog, backend.url, **(settings or {})) as client,
    ):
        assert await client.call(call) == "ann"
    return backend, aside


def sent(backend: Backend) -> Any:
    """The Header that was sent, which may be missing."""
    return etree.fromstring(backend.bodies[0]).find(f"{{{SOAP}}}Header")


def test_arguments(catalog: SoapCatalog) -> None:
    """Each block is an argument named after its element, which nobody has to give."""
    assert [each.name for each in function(catalog, "GetAccount").arguments] == [
        "input",
        "SessionHeader",
        "TraceHeader",
    ]


async def test_blocks_are_sent(catalog: SoapCatalog) -> None:
    """Blocks are written by their types, and marked as the description has it."""
    backend, _ = await called(catalog, SessionHeader={"token": "t&", "depth": 3}, TraceHeader="on")

    session, trace = sent(backend)
    assert session.get(f"{{{SOAP}}}mustUnderstand") == "1"
    assert [(each.tag, each.text) for each in session] == [
        ("{urn:bank}token", "t&"),
        ("{urn:bank}depth", "3"),
    ]
    assert (trace.tag, trace.text, trace.attrib) == ("{urn:bank}TraceHeader", "on", {})


async def test_no_header(catalog: SoapCatalog) -> None:
    """Without blocks there is no Header."""
    backend, _ = await called(catalog)

    assert sent(backend) is None


async def test_wrong_block(catalog: SoapCatalog) -> None:
    """What a block cannot hold is told by the argument's name."""
    with pytest.raises(BadInput, match=r"SessionHeader: an object is needed"):
        await called(catalog, SessionHeader="t")


CONSTANTS = {
    "Session": {"token": "fixed", "@lang": "en"},
    "{urn:other}Tenant": {"#text": "acme", "sub": "x", "{urn:third}more": "y"},
}


async def test_constants(catalog: SoapCatalog) -> None:
    """The settings' blocks are sent with every call, children in the namespace they belong to."""
    backend, _ = await called(catalog, settings={"soap_headers": CONSTANTS})

    session, tenant = sent(backend)
    assert session.get(f"{{{SOAP}}}mustUnderstand") == "1"
    assert session.get("lang") == "en"
    assert [(each.tag, each.text) for each in session] == [("{urn:bank}token", "fixed")]
    assert (tenant.tag, tenant.text) == ("{urn:other}Tenant", "acme")
    assert [each.tag for each in tenant] == ["{urn:other}sub", "{urn:third}more"]


async def test_given_before_constant(catalog: SoapCatalog) -> None:
    """A block a call gives stands in place of the settings'."""
    backend, _ = await called(
        catalog, settings={"soap_headers": CONSTANTS}, SessionHeader={"token": "own"}
    )

    assert [each.findtext("{urn:bank}token") for each in sent(backend)] == [None, "own"][::-1]


@pytest.mark.parametrize("name", ["a b", "{urn:x}", "1st", "a:b", ""])
def test_names_are_checked(name: str) -> None:
    """What no element can be called is refused when it is read."""
    with pytest.raises(ValueError, match="cannot name an element"):
        Settings(soap="bank.wsdl", soap_headers={name: {}})


def test_texts_are_checked() -> None:
    """So is what XML cannot carry."""
    with pytest.raises(ValueError, match="a character XML cannot carry"):
        Settings(soap="bank.wsdl", soap_headers={"a": {"b": "\x00"}})


def test_texts_are_secret() -> None:
    """What is sent is not shown."""
    assert "fixed" not in repr(Settings(soap="bank.wsdl", soap_headers=CONSTANTS))


async def test_blocks_of_answers(catalog: SoapCatalog) -> None:
    """Declared blocks are shown beside the value as JSON can say them; others are not."""
    usage = "<b:Usage><b:cost>1.10</b:cost><b:key>AAE=</b:key></b:Usage>"

    _, aside = await called(catalog, f"<b:Secret>s</b:Secret>{usage}{usage}")

    assert aside.extensions == {"headers": {"UsageHeader": {"cost": "1.10", "key": "AAE="}}}
    assert Decimal(aside.extensions["headers"]["UsageHeader"]["cost"]) == Decimal("1.1")


async def test_wrong_block_of_an_answer(catalog: SoapCatalog) -> None:
    """A block that is not what was promised is an error, as the answer itself would be."""
    with pytest.raises(Malformed, match="Header/Usage/cost: not decimal"):
        await called(catalog, "<b:Usage><b:cost>lots</b:cost></b:Usage>")


@pytest.mark.parametrize(
    ("action", "header"),
    [
        ("urn:do", '"urn:do"'),
        ('"urn:do"', '"urn:do"'),
        ("", '""'),
        ('a"b\\é\n', '"a%22b%5C%C3%A9"'),
    ],
)
async def test_action(tmp_path: Path, action: str, header: str) -> None:
    """The action is quoted once, and whatever it is made of stays in its header."""
    escaped = action.replace('"', "&quot;").replace("\n", "&#10;")
    catalog = await discovered(tmp_path, WSDL.replace('"urn:do"', f'"{escaped}"'))

    backend, _ = await called(catalog)

    assert backend.headers[0]["soapaction"] == header
