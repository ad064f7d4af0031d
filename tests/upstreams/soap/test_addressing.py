"""WS-Addressing: when its headers are sent, and what they say."""

from pathlib import Path

import pytest
from lxml import etree

from tests.upstreams.soap.conftest import ask, connected, fixed, function, serving
from tests.upstreams.soap.documents import discovered, document_literal, element, sequence

WSAM = "http://www.w3.org/2007/05/addressing/metadata"
WSAW = "http://www.w3.org/2006/05/addressing/wsdl"
ANSWER = (
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header>'
    '<a:RelatesTo xmlns:a="http://www.w3.org/2005/08/addressing">urn:uuid:1</a:RelatesTo>'
    '</e:Header><e:Body><GetAccountResponse xmlns="urn:bank"><owner>me</owner>'
    "</GetAccountResponse></e:Body></e:Envelope>"
)
PLAIN = document_literal(
    element("GetAccount", sequence("id xs:string"))
    + element("GetAccountResponse", sequence("owner xs:string"))
)
USING = f'<a:UsingAddressing xmlns:a="{WSAW}"/>'
POLICY = (
    '<w:Policy xmlns:w="http://www.w3.org/ns/ws-policy">'
    f'<a:Addressing xmlns:a="{WSAM}"><w:Policy/></a:Addressing></w:Policy>'
)


def bound(assertion: str, text: str = PLAIN) -> str:
    """The document with an assertion in its binding."""
    return text.replace('type="b:Bank">', f'type="b:Bank">{assertion}')


def named(attribute: str, text: str = PLAIN) -> str:
    """The document with an attribute at the operation's input."""
    return text.replace('<input message="b:', f'<input {attribute} message="b:')


async def sent(
    folder: Path, text: str, *, addressing: bool | None = True, calls: int = 1
) -> list[etree._Element]:
    """The Header of each call's envelope, which may be empty."""
    catalog = await discovered(folder, text)
    async with (
        serving(fixed(ANSWER)) as backend,
        connected(catalog, f"{backend.url}/bank", addressing=addressing) as client,
    ):
        for _ in range(calls):
            assert await ask(client, function(catalog, "GetAccount"), {"id": "7"}) == "me"
        envelopes = [etree.fromstring(body) for body in backend.bodies]
    empty = etree.Element("Header")
    return [each[0] if len(each) > 1 else empty for each in envelopes]


def texts(header: etree._Element) -> dict[str, str]:
    """The text of each block by its name."""
    return {etree.QName(each).localname: "".join(map(str, each.itertext())) for each in header}


@pytest.mark.parametrize(
    ("text", "addressing", "expected"),
    [
        (PLAIN, None, False),
        (PLAIN, True, True),
        (bound(USING), None, True),
        (bound(POLICY), None, True),
        (bound(USING), False, False),
    ],
)
async def test_when(tmp_path: Path, text: str, *, addressing: bool | None, expected: bool) -> None:
    """The headers are sent where the description asks for them, unless the settings differ."""
    (header,) = await sent(tmp_path, text, addressing=addressing)

    assert (header.find("{http://www.w3.org/2005/08/addressing}Action") is not None) is expected


async def test_headers(tmp_path: Path) -> None:
    """Where the call goes, what it asks for, its own name, and that the answer comes back here."""
    first, second = await sent(tmp_path, PLAIN, calls=2)

    said, again = texts(first), texts(second)
    assert said["To"].endswith("/bank")
    assert said["Action"] == "urn:do"
    assert said["ReplyTo"] == "http://www.w3.org/2005/08/addressing/anonymous"
    assert said["MessageID"].startswith("urn:uuid:")
    assert said["MessageID"] != again["MessageID"]


WITHOUT = PLAIN.replace('soapAction="urn:do"', "")


@pytest.mark.parametrize(
    ("text", "action"),
    [
        (named(f'xmlns:a="{WSAM}" a:Action="urn:named"'), "urn:named"),
        (named(f'xmlns:a="{WSAW}" a:Action="urn:named"'), "urn:named"),
        (PLAIN, "urn:do"),
        (WITHOUT, "urn:bank:Bank:GetAccountRequest"),
        (named('name="Asked"', WITHOUT), "urn:bank:Bank:Asked"),
        (WITHOUT.replace("urn:bank", "http://bank/"), "http://bank/Bank/GetAccountRequest"),
    ],
)
async def test_action(tmp_path: Path, text: str, action: str) -> None:
    """The action is the one that is named, or SOAP's own, or made of names (Metadata §4.4)."""
    (header,) = await sent(tmp_path, text)

    assert header.findtext("{http://www.w3.org/2005/08/addressing}Action") == action
