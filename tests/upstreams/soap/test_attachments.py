"""Answers of several parts: MTOM, SOAP with Attachments, and what is wrong with them."""

import base64
from pathlib import Path

import pytest

from tests.upstreams.soap.conftest import connected, fixed, function, serving
from tests.upstreams.soap.documents import discovered, document_literal, element, sequence
from upstreams.errors import CallError, Malformed, Refused
from upstreams.kind import Aside, Call
from upstreams.soap.model import SoapCatalog

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
XOP = "http://www.w3.org/2004/08/xop/include"
SCAN = bytes(range(256)) + b"\r\n--edge-not\r\n"
WSDL = document_literal(
    element("GetAccount", sequence("id xs:string"))
    + element(
        "GetAccountResponse",
        sequence("owner xs:string", "scan xs:base64Binary", "link xs:anyURI"),
    )
)
RELATED = 'multipart/related; type="application/xop+xml"; start="<root>"; boundary="edge"'


@pytest.fixture
async def catalog(tmp_path: Path) -> SoapCatalog:
    return await discovered(tmp_path, WSDL)


def envelope(inside: str) -> bytes:
    return (
        f'<e:Envelope xmlns:e="{SOAP}" xmlns:x="{XOP}"><e:Body>'
        f'<GetAccountResponse xmlns="urn:bank">{inside}</GetAccountResponse></e:Body></e:Envelope>'
    ).encode()


def part(body: bytes, *headers: str) -> bytes:
    return b"".join(f"{header}\r\n".encode() for header in headers) + b"\r\n" + body


def package(*parts: bytes, newline: bytes = b"\r\n") -> bytes:
    whole = b"".join(b"--edge\r\n" + each + b"\r\n" for each in parts) + b"--edge--\r\n"
    return b"preamble\r\n" + whole if newline == b"\r\n" else whole.replace(b"\r\n", newline)


def root(inside: str) -> bytes:
    return part(
        envelope(inside),
        'Content-Type: application/xop+xml; charset=UTF-8; type="text/xml"',
        "Content-Transfer-Encoding: 8bit",
        "Content-ID: <root>",
    )


INCLUDED = '<scan><x:Include href="cid:scan%40bank"/></scan>'
ATTACHED = part(SCAN, "Content-Type: image/png", "Content-ID: <scan@bank>")


async def read(
    catalog: SoapCatalog,
    body: bytes,
    *,
    media_type: str = RELATED,
    status: int = 200,
    most: int = 1_000_000,
) -> tuple[object, Aside]:
    """What is made of an answer, and what came beside it."""
    aside = Aside()
    call = Call(function(catalog, "GetAccount"), {"input": {"id": "7"}}, 1e9, aside=aside)
    async with (
        serving(fixed(body, media_type=media_type, status=status)) as backend,
        connected(catalog, backend.url, max_response=most) as client,
    ):
        return await client.call(call), aside


@pytest.mark.parametrize(
    "inside",
    [INCLUDED, '<scan href="cid:scan%40bank"/>', "<scan> cid:scan@bank </scan>"],
    ids=["xop", "href", "text"],
)
@pytest.mark.parametrize("first", [True, False], ids=["first", "last"])
async def test_content(catalog: SoapCatalog, inside: str, *, first: bool) -> None:
    """The content of a part is where the envelope means it, wherever it stands."""
    parts = [root(f"<owner>é</owner>{inside}"), ATTACHED]

    value, aside = await read(catalog, package(*(parts if first else parts[::-1])))

    assert value == {"owner": "é", "scan": SCAN}
    assert aside.extensions == {}


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("binary", SCAN),
        ("base64", base64.encodebytes(SCAN).replace(b"\n", b"\r\n")),
        ("quoted-printable", b"a=3Db"),
    ],
)
async def test_transfer_encodings(catalog: SoapCatalog, encoding: str, body: bytes) -> None:
    """A part is decoded from what it is carried in."""
    carried = part(body, "content-id: <scan@bank>", f"Content-Transfer-Encoding: {encoding}")

    value, _ = await read(catalog, package(root(INCLUDED), carried))

    assert isinstance(value, dict)
    assert value["scan"] == (b"a=b" if encoding == "quoted-printable" else SCAN)


async def test_plain_newlines(catalog: SoapCatalog) -> None:
    """Lines may end without a carriage return; the root is the first part where none is named."""
    body = package(root(INCLUDED), part(b"abc", "Content-ID:", "  <scan@bank>"), newline=b"\n")

    value, _ = await read(catalog, body, media_type="Multipart/Related; boundary=edge")

    assert value == {"scan": b"abc"}


async def test_parts_nobody_means(catalog: SoapCatalog) -> None:
    """Parts the envelope does not mean are listed beside the value, without their content."""
    named = part(
        b"abc",
        "Content-Type: text/plain; charset=utf-8",
        'Content-Disposition: attachment; filename="a.txt"',
    )

    value, aside = await read(
        catalog, package(root("<owner>o</owner><link>cid:gone</link>"), named, ATTACHED)
    )

    assert value == {"owner": "o", "link": "cid:gone"}
    assert aside.extensions == {
        "attachments": [
            {"name": "a.txt", "type": "text/plain", "size": 3},
            {"id": "scan@bank", "type": "image/png", "size": len(SCAN)},
        ]
    }


def many(times: int) -> bytes:
    return package(root(INCLUDED * times), part(b"x" * 100_000, "Content-ID: <scan@bank>"))


@pytest.mark.parametrize(
    ("body", "media_type", "reason"),
    [
        (package(root(INCLUDED)), RELATED, "a part that is not in it"),
        (many(11), RELATED, "includes more than 1000000 bytes"),
        (package(root(""), *([part(b"")] * 1000)), RELATED, "more than 1000 parts"),
        (package(root(""))[:-10], RELATED, "does not end"),
        (b"", RELATED, "the answer is empty"),
        (b"--edge--", RELATED, "has no parts"),
        (package(b"Content-ID: <root>"), RELATED, "no end of its headers"),
        (package(part(b"", "X: " + "x" * 20_000)), RELATED, "no end of its headers"),
        (package(root("")), "multipart/related", "what separates them"),
        (package(part(b"<html/>")), RELATED, "no SOAP envelope"),
        (package(part(b"\x00")), RELATED, "cannot be read"),
        (
            package(root(INCLUDED), part(b"a", "Content-Transfer-Encoding: base64")),
            RELATED,
            "not base64",
        ),
    ],
)
async def test_bad_parts(catalog: SoapCatalog, body: bytes, media_type: str, reason: str) -> None:
    """What is no use is one clear error, in bounded time and room."""
    with pytest.raises(Malformed, match=reason):
        await read(catalog, body, media_type=media_type)


@pytest.mark.parametrize("body", [package(root(INCLUDED)), b"--nothing"])
async def test_bad_parts_of_a_refusal(catalog: SoapCatalog, body: bytes) -> None:
    """Of an answer that is no use, its status counts."""
    with pytest.raises(Refused, match="answered 500"):
        await read(catalog, body, status=500)


async def test_fault_in_parts(catalog: SoapCatalog) -> None:
    """A Fault may come in parts, too."""
    fault = (
        f'<e:Envelope xmlns:e="{SOAP}"><e:Body><e:Fault><faultcode>e:Server</faultcode>'
        "<faultstring>No</faultstring></e:Fault></e:Body></e:Envelope>"
    )
    with pytest.raises(CallError) as caught:
        await read(catalog, package(part(fault.encode())), status=500)

    assert caught.value.told == "No"
