"""Faults: their codes, who refused, and details of declared types."""

from pathlib import Path

import pytest

from tests.upstreams.soap.conftest import ask, connected, fixed, function, serving
from tests.upstreams.soap.documents import discovered, document_literal, element, sequence
from upstreams.errors import Malformed, Refused
from upstreams.soap.model import SoapCatalog

SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
WSDL = (
    document_literal(
        element("GetAccount", sequence("id xs:string"))
        + element("GetAccountResponse", sequence("owner xs:string"))
        + element("Overdrawn", sequence("missing xs:decimal", "since xs:date"))
        + '<xs:element name="Locked" type="xs:string"/>'
    )
    .replace(
        "<portType",
        '<message name="Overdrawn"><part name="fault" element="b:Overdrawn"/></message>'
        '<message name="Locked"><part name="fault" element="b:Locked"/></message><portType',
        1,
    )
    .replace(
        "</operation></portType>",
        '<fault name="Poor" message="b:Overdrawn"/><fault name="Locked" message="b:Locked"/>'
        "</operation></portType>",
    )
)
OVERDRAWN = "<b:Overdrawn><b:missing>1.10</b:missing><b:since>2020-01-01</b:since></b:Overdrawn>"
TRACE = "<stackTrace>at Bank.java:7</stackTrace>"


def fault_11(detail: str, version: str = SOAP_11, outside: str = SOAP_11) -> str:
    return (
        f'<e:Envelope xmlns:e="{outside}" xmlns:f="{version}" xmlns:b="urn:bank"><e:Body><f:Fault>'
        "<faultcode>f:Client</faultcode><faultstring>No</faultstring>"
        "<faultactor>http://10.0.0.7/vault</faultactor>"
        f"<detail>{detail}</detail></f:Fault></e:Body></e:Envelope>"
    )


def fault_12(detail: str, outside: str = SOAP_12) -> str:
    return (
        f'<o:Envelope xmlns:o="{outside}" xmlns:e="{SOAP_12}" xmlns:b="urn:bank"><o:Body><e:Fault>'
        "<e:Code><e:Value>e:Sender</e:Value></e:Code>"
        "<e:Reason><e:Text xml:lang='en'>No</e:Text></e:Reason>"
        "<e:Node>http://10.0.0.7/node</e:Node><e:Role>http://10.0.0.7/role</e:Role>"
        f"<e:Detail>{detail}</e:Detail></e:Fault></o:Body></o:Envelope>"
    )


@pytest.fixture
async def catalog(tmp_path: Path) -> SoapCatalog:
    return await discovered(tmp_path, WSDL)


async def refused(catalog: SoapCatalog, body: str, status: int = 500) -> Refused:
    """The refusal that an answer is."""
    async with (
        serving(fixed(body, status=status)) as backend,
        connected(catalog, backend.url) as client,
    ):
        with pytest.raises(Refused) as caught:
            await ask(client, function(catalog, "GetAccount"), {"id": "7"})
    return caught.value


TYPED = {"Overdrawn": {"missing": "1.10", "since": "2020-01-01"}}


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize(
    ("body", "code", "who"),
    [
        (fault_11(OVERDRAWN), "Client", {"actor": "http://10.0.0.7/vault"}),
        (
            fault_12(OVERDRAWN),
            "Sender",
            {"role": "http://10.0.0.7/role", "node": "http://10.0.0.7/node"},
        ),
        (
            fault_12(OVERDRAWN, outside=SOAP_11),
            "Sender",
            {"role": "http://10.0.0.7/role", "node": "http://10.0.0.7/node"},
        ),
        (fault_11(OVERDRAWN, outside=SOAP_12), "Client", {"actor": "http://10.0.0.7/vault"}),
        (fault_11(OVERDRAWN, version="urn:else"), "Client", {"actor": "http://10.0.0.7/vault"}),
    ],
)
async def test_detail(
    catalog: SoapCatalog, body: str, status: int, code: str, who: dict[str, str]
) -> None:
    """A declared detail is typed, whatever version a Fault and its envelope have."""
    error = await refused(catalog, body, status)

    assert (error.status, error.told, error.details) == (code, "No", {"faultCode": code})
    assert error.answer == {**who, "detail": TYPED}


async def test_undeclared_detail(catalog: SoapCatalog) -> None:
    """What nobody declared is not shown: there are stack traces."""
    error = await refused(catalog, fault_11(f"{TRACE}{OVERDRAWN}<b:Locked>now</b:Locked>"))

    assert error.answer == {
        "actor": "http://10.0.0.7/vault",
        "detail": {**TYPED, "Locked": "now"},
    }


async def test_wrong_detail(catalog: SoapCatalog) -> None:
    """A detail that is not as promised leaves the rest of the fault."""
    error = await refused(catalog, fault_11(OVERDRAWN.replace("1.10", "lots")))

    assert error.answer == {"actor": "http://10.0.0.7/vault"}


async def test_concealed(catalog: SoapCatalog) -> None:
    """Without permission nothing is left of what the backend says but its code."""
    error = await refused(catalog, fault_11(OVERDRAWN))

    error.conceal()

    assert (error.told, error.answer) == (None, None)
    assert "10.0.0.7" not in repr((error.message, error.details, error.status))


@pytest.mark.parametrize(("status", "retryable"), [(200, False), (500, False), (503, True)])
async def test_retryable(catalog: SoapCatalog, status: int, *, retryable: bool) -> None:
    """A fault with a status that passes may be tried again."""
    assert (await refused(catalog, fault_11(""), status)).retryable is retryable


async def test_an_answer_called_fault(tmp_path: Path) -> None:
    """An answer whose own element is called Fault is one."""
    text = document_literal(
        element("GetAccount", sequence("id xs:string")) + element("Fault", sequence("owner xs:int"))
    )
    catalog = await discovered(
        tmp_path, text.replace('"b:GetAccountResponse"/>\n        </me', '"b:Fault"/></me')
    )
    answer = (
        f'<e:Envelope xmlns:e="{SOAP_11}"><e:Body><Fault xmlns="urn:bank"><owner>7</owner></Fault>'
        "</e:Body></e:Envelope>"
    )
    async with serving(fixed(answer)) as backend, connected(catalog, backend.url) as client:
        assert await ask(client, function(catalog, "GetAccount"), {"id": "7"}) == 7


@pytest.mark.parametrize(
    "body",
    [
        f'<e:Envelope xmlns:e="{SOAP_11}"/>',
        f'<e:Envelope xmlns:e="{SOAP_11}"><e:Header/></e:Envelope>',
        '<e:Envelope xmlns:e="urn:none"><e:Body/></e:Envelope>',
    ],
)
async def test_no_body(catalog: SoapCatalog, body: str) -> None:
    """An envelope without a Body says nothing, not even no."""
    async with serving(fixed(body)) as backend, connected(catalog, backend.url) as client:
        with pytest.raises(Malformed, match=r"no Body|no SOAP envelope"):
            await ask(client, function(catalog, "GetAccount"), {"id": "7"})


REFERRED = (
    '<detail><b:Overdrawn href="#poor"/></detail></f:Fault>'
    '<multiRef id="poor"><missing>1.10</missing><since href="#day"/></multiRef>'
    '<multiRef id="day">2020-01-01</multiRef></e:Body></e:Envelope>'
)


@pytest.mark.parametrize(
    ("end", "answer"),
    [
        (REFERRED, {"detail": TYPED}),
        (REFERRED.replace("#day", "#poor"), None),
        (REFERRED.replace("#day", "#none"), None),
    ],
    ids=["there", "circle", "nowhere"],
)
async def test_encoded_detail(tmp_path: Path, end: str, answer: object) -> None:
    """An encoded detail may refer to what stands beside the Fault, or else is left out."""
    bound = (
        '</output><fault name="Poor"><soap:fault name="Poor" use="encoded"/></fault></operation>'
    )
    catalog = await discovered(tmp_path, WSDL.replace("</output></operation></b", f"{bound}</b"))
    begin = fault_11("").partition("<faultactor>")[0]

    assert (await refused(catalog, f"{begin}{end}")).answer == answer
