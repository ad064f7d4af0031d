"""Calls as `curl` commands with their envelopes."""

from pathlib import Path

import pytest

from tests.upstreams.explaining import SECRET, explained
from tests.upstreams.soap.conftest import connected, function
from tests.upstreams.soap.documents import discovered
from tests.upstreams.soap.test_security import WSDL
from upstreams.soap.model import Auth, SoapCatalog, Wsse

URL = "http://127.0.0.1:9/bank"


@pytest.fixture
async def catalog(tmp_path: Path) -> SoapCatalog:
    return await discovered(tmp_path, WSDL)


async def test_the_envelope_is_shown(catalog: SoapCatalog) -> None:
    """With the headers that SOAP asks for."""
    async with connected(catalog, URL) as client:
        found = await explained(client, function(catalog, "GetAccount"), input={"id": "7"})

    assert found.words[0] == "curl"
    assert found.words[-3:-1] == (URL, "--data-raw")
    assert "<id>7</id>" in found.words[-1].replace("ns0:", "")
    assert any(word.startswith("soapaction: ") for word in found.words)


@pytest.mark.parametrize("digest", [True, False])
async def test_nobody_sees_who_calls(catalog: SoapCatalog, digest: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Neither in headers of HTTP nor in those of the envelope."""
    auth = Auth(
        username=SECRET,
        password=SECRET,
        wsse=Wsse(username=SECRET, password=SECRET, digest=digest, nonce=True),
    )
    blocks = {"Session": {"token": SECRET}}
    async with connected(catalog, URL, auth=auth, soap_headers=blocks) as client:
        found = await explained(client, function(catalog, "GetAccount"), input={"id": "7"})

    assert "authorization: Basic ***" in found.words
    assert "UsernameToken" in found.words[-1]
    assert "***</" in found.words[-1]


async def test_a_signature_is_named(catalog: SoapCatalog) -> None:
    """It cannot be shown without the key, which is not read."""
    auth = Auth(wsse=Wsse(certificate="/nowhere.pem"))
    async with connected(catalog, URL, auth=auth) as client:
        found = await explained(client, function(catalog, "GetAccount"), input={"id": "7"})

    assert found.note == "sent with a signature"
