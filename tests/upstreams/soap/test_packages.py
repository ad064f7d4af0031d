"""Requests with files beside the envelope: what a server makes of them."""

import email
import email.policy
import hashlib
from collections.abc import AsyncIterator, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.backends.process import Server
from tests.backends.soap import perl_ledger
from tests.upstreams.soap.conftest import ask_with, connected, fixed, function, serving
from tests.upstreams.soap.documents import discovered, rpc_literal
from upstreams.errors import BadInput
from upstreams.kind import File
from upstreams.soap.model import SoapCatalog

SCAN = bytes(range(256)) + b"\r\n--edge--\r\n"
MIME = "http://schemas.xmlsoap.org/wsdl/mime/"
CONTENTS = (
    f'<m:content xmlns:m="{MIME}" part="scan" type="image/png"/>'
    f'<m:content xmlns:m="{MIME}" part="note" type="*/*"/>'
)
PARTS = (
    '<part name="id" type="xs:int"/><part name="scan" type="xs:base64Binary"/>'
    '<part name="note" type="xs:string"/>'
)
WSDL = (
    rpc_literal(PARTS, '<part name="told" type="xs:string"/>')
    .replace("<input><", f"<input>{CONTENTS}<")
    .replace("GetAccount", "Scan")
    .replace("urn:bank:calls", "urn:ledger")
    .replace("urn:do", "urn:ledger#Scan")
)
ANSWER = (
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
    '<ScanResponse xmlns="urn:ledger"><told xmlns="">it</told></ScanResponse></e:Body></e:Envelope>'
)


class Kept:
    """Content that is not in memory."""

    size = len(SCAN)

    def whole(self) -> bytes:
        """All of it."""
        return SCAN

    async def pieces(self) -> AsyncIterator[bytes]:
        """The same bit by bit."""
        yield SCAN[:100]
        yield SCAN[100:]


@pytest.fixture
async def catalog(tmp_path: Path) -> SoapCatalog:
    return await discovered(tmp_path, WSDL)


@pytest.fixture(scope="module")
def ledger() -> Iterator[Server]:
    with perl_ledger() as server:
        yield server


async def sent(catalog: SoapCatalog, **files: object) -> EmailMessage:
    """What a backend gets, as the standard library reads it."""
    async with (
        serving(fixed(ANSWER)) as backend,
        connected(catalog, backend.url) as client,
    ):
        told = await ask_with(client, function(catalog, "Scan"), {"input": {"id": 7}, **files})
    assert told == "it"
    head = f"Content-Type: {backend.headers[0]['content-type']}\r\n\r\n".encode()
    assert backend.headers[0]["content-length"] == str(len(backend.bodies[0]))
    read = email.message_from_bytes(head + backend.bodies[0], policy=email.policy.HTTP)
    assert isinstance(read, EmailMessage)
    return read


async def test_parts(catalog: SoapCatalog) -> None:
    """The envelope comes first, then each file, named after its part and as it is."""
    message = await sent(catalog, scan=File(SCAN), note=File(b"hello", media_type="text/plain"))

    envelope, scan, note = message.iter_parts()
    assert message.get_content_type() == "multipart/related"
    assert message.get_param("type") == "text/xml"
    assert message.get_param("start") == envelope["content-id"]
    assert b">7</id>" in envelope.get_payload(decode=True)
    assert [part.get_content_type() for part in (scan, note)] == ["image/png", "text/plain"]
    assert scan.get_payload(decode=True) == SCAN
    assert note.get_payload(decode=True) == b"hello"
    assert str(scan["content-id"]).startswith("<scan=")


async def test_a_file_that_is_not_in_memory(catalog: SoapCatalog) -> None:
    """It is sent as it is read, and its length is known before."""
    message = await sent(catalog, scan=File(Kept(), media_type="x/y\r\nz: 1"), note=File(b""))

    _, scan, note = message.iter_parts()
    assert scan.get_payload(decode=True) == SCAN
    assert [part.get_content_type() for part in (scan, note)] == [
        "image/png",
        "application/octet-stream",
    ]


async def test_no_file(catalog: SoapCatalog) -> None:
    """An attachment that is not given is said to lack."""
    with pytest.raises(BadInput, match="note: a file is needed"):
        await sent(catalog, scan=File(SCAN))


@pytest.mark.real
async def test_soap_lite(catalog: SoapCatalog, ledger: Server) -> None:
    """Perl's SOAP::Lite finds the files where it looks for them."""
    files = {"scan": File(SCAN), "note": File(b"hello", media_type="text/plain")}

    async with connected(catalog, ledger.url) as client:
        told = await ask_with(client, function(catalog, "Scan"), {"input": {"id": 7}, **files})

    assert told == ";".join(
        (
            "7",
            f"scan image/png {hashlib.md5(SCAN, usedforsecurity=False).hexdigest()}",
            f"note text/plain {hashlib.md5(b'hello', usedforsecurity=False).hexdigest()}",
        )
    )
