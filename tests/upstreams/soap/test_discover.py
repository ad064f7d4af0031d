"""A WSDL and its imports are found, under limits, or refused with the place and a reason."""

from pathlib import Path

import pytest
from aiohttp import web

from tests.backends.process import free_port
from tests.upstreams.soap.conftest import Answer, fixed, serving
from tests.upstreams.soap.documents import (
    DEFINITIONS,
    discovered,
    document_literal,
    element,
    sequence,
)
from upstreams.errors import DiscoveryError
from upstreams.soap import KIND
from upstreams.soap.discover import MAX_DOCUMENTS
from upstreams.soap.model import Auth, Settings

PLAIN = document_literal(element("GetAccount", "") + element("GetAccountResponse", ""))
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">{}]>'.format(
    "".join(
        f'<!ENTITY {"abcdefghijklmnop"[n]} "{("&" + "abcdefghijklmnop"[n - 1] + ";") * 10}">'
        for n in range(1, 16)
    )
)


def pages(**bodies: str) -> Answer:
    """Each path's own document."""

    async def answer(request: web.Request) -> web.StreamResponse:
        body = bodies.get(request.path.strip("/").replace(".", "_"))
        return web.Response(text=body, status=404 if body is None else 200)

    return answer


async def test_imports_by_url() -> None:
    """Imports are found relative to the document, and fetched with the configured headers."""
    importing = document_literal(
        '<xs:include schemaLocation="types.xsd"/>'
        + element("GetAccount", "")
        + element("GetAccountResponse", sequence("n b:N", "m b:N"))
    )
    types = (
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:bank">'
        '<xs:simpleType name="N"><xs:restriction base="xs:int"/></xs:simpleType></xs:schema>'
    )
    async with serving(pages(bank=importing, types_xsd=types)) as backend:
        settings = Settings(soap=f"{backend.url}/bank?wsdl", headers={"x-key": "secret"})

        catalog = await KIND.discover(settings)

    assert (catalog.skipped, catalog.degraded, catalog.assumed) == ((), (), ())
    assert [each["x-key"] for each in backend.headers] == ["secret", "secret"]


async def test_basic() -> None:
    """A name and a password are told to the WSDL's own host, and to no other."""
    importing = PLAIN.replace(
        "</definitions>", '<import namespace="urn:other" location="{}/more.wsdl"/></definitions>'
    )
    async with (
        serving(fixed(DEFINITIONS.format(inside=""))) as other,
        serving(fixed(importing.format(other.url))) as backend,
    ):
        auth = Auth(username="ann", password="é")

        await KIND.discover(Settings(soap=f"{backend.url}/bank?wsdl", auth=auth))

    assert [each["authorization"] for each in backend.headers] == ["Basic YW5uOsOp"]
    assert ["authorization" in each for each in other.headers] == [False]


async def test_wsdl_imports(tmp_path: Path) -> None:
    """Definitions that import each other are one description."""
    (tmp_path / "rest.wsdl").write_text(PLAIN)
    location = '<import namespace="urn:bank" location="{}"/>'

    catalog = await discovered(tmp_path, DEFINITIONS.format(inside=location.format("rest.wsdl")))

    assert [each.name for each in catalog.functions] == ["GetAccount"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("<!DOCTYPE html><html><p>Log in", "an HTML page"),
        ("<html xmlns='http://www.w3.org/1999/xhtml'/>", "an HTML page"),
        (PLAIN[: len(PLAIN) // 2], "not XML"),
        ("", "not XML"),
        ("\x00\x01", "not XML"),
        ("<!DOCTYPE d [<!ENTITY e 'x'>]><definitions>&e;</definitions>", "it has a DTD; refused"),
        (f"{BOMB}<definitions>&p;</definitions>", ""),
        (f"{BOMB}{PLAIN.replace('urn:do', '&p;')}", "not XML"),
        (DEFINITIONS.format(inside=""), "it has no binding"),
        ("<description xmlns='http://www.w3.org/ns/wsdl'/>", "WSDL 2.0 is not read"),
        ("<swagger/>", "not a WSDL: its root element is swagger"),
        ("<a>" * 10_000 + "</a>" * 10_000, "not XML"),
    ],
)
async def test_refused(tmp_path: Path, body: str, reason: str) -> None:
    """What is no WSDL is refused with its place and why."""
    with pytest.raises(DiscoveryError) as caught:
        await discovered(tmp_path, body)

    assert str(caught.value).startswith(f"{tmp_path}/bank.wsdl: ")
    assert reason in str(caught.value)


async def test_external_entity(tmp_path: Path) -> None:
    """An external entity is refused, and what it names is neither read nor shown."""
    (tmp_path / "secret").write_text("hush")
    doctype = f'<!DOCTYPE d [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]>'

    with pytest.raises(DiscoveryError, match="it has a DTD; refused") as caught:
        await discovered(tmp_path, doctype + PLAIN.replace("What", "&x;"))

    assert "hush" not in str(caught.value)


async def test_remote_may_not_import_local(tmp_path: Path) -> None:
    """A document from the network cannot make us read our own files."""
    (tmp_path / "types.xsd").write_text("<secret/>")
    importing = PLAIN.replace(
        "</definitions>",
        f'<import namespace="u" location="file://{tmp_path}/types.xsd"/></definitions>',
    )
    async with serving(pages(bank=importing)) as backend:
        catalog = await KIND.discover(Settings(soap=f"{backend.url}/bank"))

    assert [each.reason for each in catalog.assumed] == [
        "a remote document may not import a local one; ignored"
    ]


async def test_too_many_imports(tmp_path: Path) -> None:
    """A description that never seems to end importing is refused."""
    for number in range(MAX_DOCUMENTS + 2):
        link = f'<import namespace="urn:{number}" location="{number + 1}"/>'
        (tmp_path / str(number)).write_text(DEFINITIONS.format(inside=link))

    with pytest.raises(DiscoveryError, match=f"more than {MAX_DOCUMENTS} documents"):
        await KIND.discover(Settings(soap=str(tmp_path / "0")))


GROUP = '<xs:group name="G{0}"><xs:sequence>{1}</xs:sequence></xs:group>'
HELD = '<xs:group ref="b:G{0}"/>'


@pytest.mark.parametrize(
    ("groups", "reason"),
    [
        (GROUP.format(0, HELD.format(1)) + GROUP.format(1, HELD.format(0)), "holds itself"),
        (
            "".join(GROUP.format(n, HELD.format(n + 1) * 10) for n in range(30))
            + GROUP.format(30, '<xs:element name="leaf" type="xs:int"/>'),
            "stands for more than",
        ),
    ],
)
async def test_groups_without_end(tmp_path: Path, groups: str, reason: str) -> None:
    """Groups that expand without end, or nearly so, are refused before they are expanded."""
    answer = element("GetAccountResponse", HELD.format(0))

    with pytest.raises(DiscoveryError, match=f"its schemas cannot be understood: .*{reason}"):
        await discovered(tmp_path, document_literal(element("GetAccount", "") + answer + groups))


async def test_unreachable() -> None:
    """A WSDL behind a closed port is named without credentials and query."""
    port = free_port()

    with pytest.raises(DiscoveryError) as caught:
        await KIND.discover(Settings(soap=f"http://u:p@127.0.0.1:{port}/bank?key=1"))

    assert caught.value.at == f"http://127.0.0.1:{port}/bank"


async def test_status() -> None:
    """A WSDL answered with an error status is refused with it."""
    async with serving(fixed("no", status=503)) as backend:
        with pytest.raises(DiscoveryError, match="answered 503"):
            await KIND.discover(Settings(soap=backend.url))
