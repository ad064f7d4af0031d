"""Who calls, as the HTTP headers and the WS-Security header of a call say."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree

from app.config.model import ConfigError
from app.config.read import loads
from tests.backends.process import Server
from tests.backends.soap import node_soap_secure
from tests.upstreams.soap.conftest import ask, connected, fixed, function, serving
from tests.upstreams.soap.documents import discovered, document_literal, element, sequence
from upstreams.errors import Refused, Unreachable
from upstreams.soap import KIND
from upstreams.soap.model import Auth, Settings, SoapCatalog, Wsse

WSDL = document_literal(
    element("GetAccount", sequence("id xs:string"))
    + element("GetAccountResponse", sequence("owner xs:string"))
)
ANSWER = (
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
    '<GetAccountResponse xmlns="urn:bank"><owner>me</owner></GetAccountResponse>'
    "</e:Body></e:Envelope>"
)
PASSWORD = "sécret & <open>"
ALICE = Wsse(username="alice", password=PASSWORD)


@pytest.fixture
async def catalog(tmp_path: Path) -> SoapCatalog:
    return await discovered(tmp_path, WSDL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("security")


@pytest.fixture(scope="module")
def key(folder: Path) -> str:
    """A file with an RSA key and a certificate of it."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "alice")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, made.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .sign(made, hashes.SHA256())
    )
    file = folder / "alice.pem"
    file.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + made.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return str(file)


@pytest.fixture(scope="module")
def bank(folder: Path, key: str) -> Iterator[Server]:
    wsdl = folder / "bank.wsdl"
    wsdl.write_text(WSDL)
    with node_soap_secure(wsdl, key) as server:
        yield server


async def proof(catalog: SoapCatalog, bank: Server, wsse: Wsse) -> object:
    """How the backend says that it was proved who calls."""
    async with connected(catalog, f"{bank.url}/bank", auth=Auth(wsse=wsse)) as client:
        return await ask(client, function(catalog, "GetAccount"), {"id": "7 < 8 & é"})


@pytest.mark.real
@pytest.mark.parametrize(
    ("wsse", "expected"),
    [
        (ALICE, "text"),
        (replace(ALICE, nonce=True), "text with nonce"),
        (replace(ALICE, digest=True), "digest"),
        (replace(ALICE, digest=True, timestamp=60.0), "digest, timestamp"),
    ],
)
async def test_username_token(
    catalog: SoapCatalog, bank: Server, wsse: Wsse, expected: str
) -> None:
    """A password is accepted in plain text and as a digest, with a time and without."""
    assert await proof(catalog, bank, wsse) == expected


@pytest.mark.real
@pytest.mark.parametrize(
    "wsse", [Wsse(username="alice", password="wrong", digest=True), Wsse(timestamp=60.0)]
)
async def test_refused(catalog: SoapCatalog, bank: Server, wsse: Wsse) -> None:
    """Who does not prove it is refused."""
    with pytest.raises(Refused):
        await proof(catalog, bank, wsse)


@pytest.mark.real
async def test_every_token_is_new(catalog: SoapCatalog, bank: Server) -> None:
    """A backend that accepts no nonce twice accepts a second call."""
    wsse = replace(ALICE, digest=True)
    url = f"{bank.url}/bank"
    async with connected(catalog, url, auth=Auth(wsse=wsse)) as client:
        for _ in range(2):
            assert await ask(client, function(catalog, "GetAccount"), {"id": "7"}) == "digest"


@pytest.mark.real
@pytest.mark.parametrize(
    ("wsse", "expected"),
    [(Wsse(), "signature, timestamp"), (ALICE, "signature, text, timestamp")],
)
async def test_signature(
    catalog: SoapCatalog, bank: Server, key: str, wsse: Wsse, expected: str
) -> None:
    """Body and Timestamp are signed, alone and beside a token; others can verify it."""
    assert await proof(catalog, bank, replace(wsse, certificate=key)) == expected


async def test_sha1(catalog: SoapCatalog, key: str) -> None:
    """A signature with SHA-1 is made where it is wanted."""
    auth = Auth(wsse=Wsse(certificate=key, sha1=True))
    async with (
        serving(fixed(ANSWER)) as backend,
        connected(catalog, backend.url, auth=auth) as client,
    ):
        await ask(client, function(catalog, "GetAccount"), {"id": "7"})

    methods = etree.fromstring(backend.bodies[0]).iterfind(".//{*}SignatureMethod")
    assert [each.get("Algorithm") for each in methods] == [
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
    ]


def _encrypted(folder: Path) -> str:
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    file = folder / "encrypted.pem"
    file.write_bytes(
        made.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    return str(file)


@pytest.mark.parametrize("usable", ["certificate", "nothing", "encrypted"])
async def test_unusable_key(catalog: SoapCatalog, key: str, folder: Path, usable: str) -> None:
    """A key that cannot be used is one clear error; nobody is asked for a password."""
    text = folder / "no.pem"
    text.write_text("no key")
    keys = {
        "certificate": str(text),
        "nothing": str(folder / "missing.pem"),
        "encrypted": _encrypted(folder),
    }
    auth = Auth(wsse=Wsse(certificate=key, key=keys[usable]))
    async with connected(catalog, "http://127.0.0.1:9", auth=auth) as client:
        with pytest.raises(
            Unreachable, match=r"auth\.wsse\.certificate.* cannot be used"
        ) as caught:
            await ask(client, function(catalog, "GetAccount"), {"id": "7"})

    assert str(folder) not in caught.value.message
    assert not caught.value.retryable


async def test_basic(catalog: SoapCatalog) -> None:
    """A name and a password go into the HTTP header, unless the settings' headers say more."""
    auth = Auth(username="alice", password=PASSWORD)
    told = {"Authorization": "Bearer x"}
    async with serving(fixed(ANSWER)) as backend:
        async with connected(catalog, backend.url, auth=auth) as client:
            await ask(client, function(catalog, "GetAccount"), {"id": "7"})
        async with connected(catalog, backend.url, auth=auth, headers=told) as client:
            await ask(client, function(catalog, "GetAccount"), {"id": "7"})

    sent = base64.b64encode(f"alice:{PASSWORD}".encode()).decode()
    assert [each["authorization"] for each in backend.headers] == [f"Basic {sent}", "Bearer x"]


async def test_soap_12(tmp_path: Path) -> None:
    """The header stands in the envelope of the version that is spoken."""
    found = await discovered(tmp_path, WSDL.replace("soap:", "soap12:"))
    auth = Auth(wsse=ALICE)
    async with (
        serving(fixed(ANSWER)) as backend,
        connected(found, backend.url, auth=auth) as client,
    ):
        await ask(client, function(found, "GetAccount"), {"id": "7"})

    path = "{http://www.w3.org/2003/05/soap-envelope}Header/{*}Security/{*}UsernameToken"
    assert etree.fromstring(backend.bodies[0]).find(path) is not None


CONFIG = """upstreams:
  bank:
    soap: ./bank.wsdl
    auth: {}
"""


@pytest.mark.parametrize(
    ("auth", "message"),
    [
        ("{ password: x }", "password needs a username"),
        ("{ wsse: { password: x } }", "password needs a username"),
        ("{ wsse: { username: x, digest: true } }", "digest needs a password"),
        ("{ wsse: { username: x, nonce: true } }", "nonce needs a password"),
        ("{ wsse: { key: ./a.pem } }", "key needs a certificate"),
        ("{ wsse: { sha1: true } }", "sha1 needs a certificate"),
        ("{ wsse: { timestamp: true } }", "a duration such as"),
    ],
)
def test_what_does_not_fit(tmp_path: Path, auth: str, message: str) -> None:
    """Settings that do not fit together are refused where they are written."""
    with pytest.raises(ConfigError, match=message):
        loads(CONFIG.format(auth), tmp_path / "splice.yaml", {})


def test_settings(tmp_path: Path) -> None:
    """All of it can be written in the file; what is secret is not shown."""
    auth = (
        "{ username: a, password: hidden,"
        " wsse: { username: b, password: hidden, digest: true, timestamp: 5m } }"
    )
    config = loads(CONFIG.format(auth), tmp_path / "splice.yaml", {})

    settings = config.upstreams["bank"].settings
    assert isinstance(settings, Settings)
    assert settings.auth == Auth(
        username="a",
        password="hidden",
        wsse=Wsse(username="b", password="hidden", digest=True, timestamp=300.0),
    )
    assert "hidden" not in repr(settings)


POLICY = """<wsp:Policy xmlns:wsp="http://schemas.xmlsoap.org/ws/2004/09/policy"
  xmlns:sp="http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702"
  xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
  wsu:Id="wanted"><wsp:ExactlyOne><wsp:All>
    <sp:TransportBinding><wsp:Policy><sp:IncludeTimestamp/></wsp:Policy></sp:TransportBinding>
    <sp:SupportingTokens><wsp:Policy><sp:UsernameToken/></wsp:Policy></sp:SupportingTokens>
    <sp:SamlToken wsp:Optional="true"/></wsp:All></wsp:ExactlyOne></wsp:Policy>"""
REFERENCE = (
    '<wsp:PolicyReference xmlns:wsp="http://schemas.xmlsoap.org/ws/2004/09/policy" URI="#wanted"/>'
)
POLICED = WSDL.replace("<types>", f"{POLICY}<types>").replace(
    'type="b:Bank">', f'type="b:Bank">{REFERENCE}'
)


@pytest.mark.parametrize(
    ("wsse", "expected"),
    [
        (None, ["UsernameToken, IncludeTimestamp"]),
        (Wsse(username="a"), ["IncludeTimestamp"]),
        (Wsse(username="a", timestamp=60.0), []),
    ],
)
async def test_what_the_description_asks_for(
    tmp_path: Path, wsse: Wsse | None, expected: list[str]
) -> None:
    """What a policy asks for, and the settings do not give, is said at discovery."""
    file = tmp_path / "bank.wsdl"
    file.write_text(POLICED)

    found = await KIND.discover(Settings(soap=str(file), auth=Auth(wsse=wsse)))

    assert [each.reason for each in found.assumed] == [
        f"it asks for {names} (WS-SecurityPolicy), which calls do not carry; see `auth`"
        for names in expected
    ]
