"""Descriptions and answers made to harm: one clear error each, in bounded time and room."""

from pathlib import Path

import pytest

from tests.upstreams.soap.conftest import ask, connected, fixed, function, serving
from tests.upstreams.soap.documents import discovered, document_literal, element, sequence
from upstreams.errors import DiscoveryError, Malformed
from upstreams.soap.model import SoapCatalog

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSDL = document_literal(
    element("GetAccount", sequence("id xs:string"))
    + element("GetAccountResponse", sequence("owner xs:string"))
)
ANSWER = (
    f'<e:Envelope xmlns:e="{SOAP}"><e:Body><GetAccountResponse xmlns="urn:bank"><owner>%s</owner>'
    "</GetAccountResponse></e:Body></e:Envelope>"
)
BOMB = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">'
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)
EXTERNAL = '<!DOCTYPE x [<!ENTITY i SYSTEM "file:///etc/hostname">]>'
PARAMETER = '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p.dtd"> %p;]>'
ATTRIBUTES = "".join(f' a{number}="x"' for number in range(200_000))

HOSTILE = {
    "entity bomb": (BOMB + ANSWER % "&i;", "DTD|not XML"),
    "external entity": (EXTERNAL + ANSWER % "&i;", "DTD"),
    "parameter entity": (PARAMETER + ANSWER % "x", "DTD|not XML"),
    "deep": (ANSWER % ("<a>" * 10_000 + "</a>" * 10_000), "not XML"),
    "NUL": (ANSWER % "\x00", "not XML"),
    "NUL by reference": (ANSWER % "&#0;", "not XML"),
    "cut off": (ANSWER[:-30] % "x", "not XML"),
    "twice": ((ANSWER % "x") * 2, "not XML"),
    "not UTF-8": ((ANSWER % "\xff").encode("latin-1"), "not XML"),
    "unknown encoding": ('<?xml version="1.0" encoding="ebcdic-42"?>' + ANSWER % "x", "not XML"),
    "UTF-16 said to be UTF-8": ((ANSWER % "x").encode("utf-16-le"), "not XML"),
    "huge text": (ANSWER % ("x" * 11_000_000), "not XML"),
    "long name": (ANSWER % f"<{'a' * 60_000}/>", "not XML"),
}
"""What no parser of ours should take, and the reason it is refused for."""


@pytest.fixture
async def catalog(tmp_path: Path) -> SoapCatalog:
    return await discovered(tmp_path, WSDL)


async def read(catalog: SoapCatalog, body: str | bytes, **settings: int) -> object:
    """What is made of an answer."""
    async with (
        serving(fixed(body, media_type="text/xml")) as backend,
        connected(catalog, backend.url, **settings) as client,
    ):
        return await ask(client, function(catalog, "GetAccount"), {"id": "7"})


@pytest.mark.parametrize(("body", "reason"), HOSTILE.values(), ids=HOSTILE.keys())
async def test_answers(catalog: SoapCatalog, body: str | bytes, reason: str) -> None:
    """A hostile answer is refused without being shown."""
    with pytest.raises(Malformed, match=reason) as caught:
        await read(catalog, body, max_response=64 * 1024 * 1024)

    assert len(caught.value.message) < 300


async def test_huge_answer(catalog: SoapCatalog) -> None:
    """An answer beyond the limit is not read to its end, however it is sent."""
    with pytest.raises(Malformed, match=r"larger than|more than the limit"):
        await read(catalog, ANSWER % ("x" * 100 * 1024 * 1024))


async def test_many_attributes(catalog: SoapCatalog) -> None:
    """An element of very many attributes is read, or refused, in good time."""
    answer = (ANSWER % "x").replace("<owner>", f"<owner{ATTRIBUTES}>")

    assert await read(catalog, answer) == "x"


async def test_many_elements(catalog: SoapCatalog) -> None:
    """So is one of very many children nobody declared."""
    answer = (ANSWER % "x").replace("<owner>", "<junk/>" * 500_000 + "<owner>")

    assert await read(catalog, answer) == "x"


@pytest.mark.parametrize(
    "beside", ["<other/>", "<owner xmlns='urn:bank'>no</owner>", "text", "<!-- --><?pi?>"]
)
async def test_beside_the_answer(catalog: SoapCatalog, beside: str) -> None:
    """What stands in the Body behind the answer is nothing."""
    answer = (ANSWER % "x").replace("</e:Body>", f"{beside}</e:Body>")

    assert await read(catalog, answer) == "x"


DESCRIPTIONS = {
    "entity bomb": (BOMB + WSDL.replace("GetAccount", "&i;", 1), "DTD|not XML"),
    "external entity": (EXTERNAL + WSDL, "DTD"),
    "parameter entity": (PARAMETER + WSDL, "DTD|not XML"),
    "deep": (WSDL.replace("<types>", "<a>" * 10_000 + "</a>" * 10_000 + "<types>"), "not XML"),
    "NUL": (WSDL.replace("GetAccount", "\x00", 1), "not XML"),
    "cut off": (WSDL[:-30], "not XML"),
    "unknown encoding": ('<?xml version="1.0" encoding="ebcdic-42"?>' + WSDL, "not XML"),
    "huge text": (WSDL.replace("<types>", f"{'x' * 11_000_000}<types>"), "not XML"),
}


@pytest.mark.parametrize(("text", "reason"), DESCRIPTIONS.values(), ids=DESCRIPTIONS.keys())
async def test_descriptions(tmp_path: Path, text: str, reason: str) -> None:
    """A hostile description is refused."""
    with pytest.raises(DiscoveryError, match=reason):
        await discovered(tmp_path, text)


def derived(base: str, name: str) -> str:
    return (
        f'<xs:complexType name="{name}"><xs:complexContent><xs:extension base="b:{base}"/>'
        "</xs:complexContent></xs:complexType>"
    )


async def test_types_derived_in_a_circle(tmp_path: Path) -> None:
    """Types derived from each other do not go round and round."""
    types = derived("A", "B") + derived("B", "A") + '<xs:element name="GetAccount" type="b:A"/>'
    text = document_literal(types + element("GetAccountResponse", sequence("owner xs:string")))

    catalog = await discovered(tmp_path, text)

    assert [each.name for each in catalog.functions] == ["GetAccount"]
