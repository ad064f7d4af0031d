"""Calls to SOAP backends: what is sent, what is understood, and every way it can go wrong."""

import asyncio
import codecs
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from aiohttp import web
from lxml import etree
from msgspec.structs import replace

from tests.backends.process import Server, free_port
from tests.backends.soap import TIMESHEETS, node_soap, php_soap
from tests.backends.talk import Stale, talking
from tests.upstreams.soap.conftest import ask, connected, fixed, function, serving
from tests.upstreams.soap.documents import (
    discovered,
    document_literal,
    element,
    rpc_literal,
    sequence,
)
from upstreams.errors import BadInput, CallError, Malformed, Refused, TimedOut, Unreachable
from upstreams.model import Effect
from upstreams.soap import KIND
from upstreams.soap.model import Settings, SoapCatalog

SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
WSDL = document_literal(
    element("GetAccount", sequence("id xs:string"))
    + element("GetAccountResponse", sequence("owner xs:string", 'balance xs:decimal minOccurs="0"'))
)


def envelope(inside: str, version: str = SOAP_11) -> str:
    return f'<e:Envelope xmlns:e="{version}"><e:Body>{inside}</e:Body></e:Envelope>'


ANSWER = envelope(
    '<GetAccountResponse xmlns="urn:bank"><owner>é</owner><balance> 1.10 </balance>'
    "</GetAccountResponse>"
)
FAULT_11 = envelope(
    "<e:Fault><faultcode>e:Server.Busy</faultcode><faultstring>Come\n back</faultstring>"
    "<faultactor>urn:vault</faultactor><detail><secret>s</secret></detail></e:Fault>"
)
FAULT_12 = envelope(
    "<e:Fault><e:Code><e:Value>e:Sender</e:Value><e:Subcode><e:Value xmlns:b='urn:bank'>b:NoMoney"
    "</e:Value></e:Subcode></e:Code><e:Reason><e:Text xml:lang='en'>Too poor</e:Text></e:Reason>"
    "</e:Fault>",
    SOAP_12,
)


@pytest.fixture
async def catalog(tmp_path: Path) -> SoapCatalog:
    return await discovered(tmp_path, WSDL)


async def test_what_is_sent(catalog: SoapCatalog) -> None:
    """The argument is in the envelope, escaped; action and configured headers are beside it."""
    async with (
        serving(fixed(ANSWER)) as backend,
        connected(catalog, backend.url, headers={"X-Key": "k"}) as client,
    ):
        await ask(client, function(catalog, "GetAccount"), {"id": "<&>"})

    (body,), (headers,) = backend.bodies, backend.headers
    assert b"<id>&lt;&amp;&gt;</id>" in body
    assert headers["soapaction"] == '"urn:do"'
    assert headers["content-type"] == "text/xml; charset=utf-8"
    assert headers["x-key"] == "k"


async def test_soap_12(tmp_path: Path) -> None:
    """SOAP 1.2 has its own media type, with the action in it, and its own envelope."""
    catalog = await discovered(tmp_path, WSDL.replace("soap:", "soap12:"))
    async with (
        serving(fixed(ANSWER.replace(SOAP_11, SOAP_12))) as backend,
        connected(catalog, backend.url) as client,
    ):
        value = await ask(client, function(catalog, "GetAccount"), {"id": "7"})

    assert value == {"owner": "é", "balance": Decimal("1.10")}
    assert backend.headers[0]["content-type"] == (
        'application/soap+xml; charset=utf-8; action="urn:do"'
    )
    assert SOAP_12.encode() in backend.bodies[0]


async def test_rpc_literal(tmp_path: Path) -> None:
    """The operation is an element of its own namespace, its parts are of none (WSDL 1.1 §3.5)."""
    parts = '<part name="id" type="xs:int"/><part name="full" type="xs:boolean"/>'
    results = '<part name="owner" type="xs:string"/><part name="balance" type="xs:decimal"/>'
    catalog = await discovered(tmp_path, rpc_literal(parts, results))
    answer = envelope(
        '<c:GetAccountResponse xmlns:c="urn:bank:calls"><owner>é</owner><balance>1.10</balance>'
        "</c:GetAccountResponse>"
    )
    async with (
        serving(fixed(answer)) as backend,
        connected(catalog, backend.url) as client,
    ):
        value = await ask(client, function(catalog, "GetAccount"), {"id": 7, "full": True})

    body = etree.fromstring(backend.bodies[0])[0]
    assert [(one.tag, one.text) for one in body.iter()][1:] == [
        ("{urn:bank:calls}GetAccount", None),
        ("id", "7"),
        ("full", "true"),
    ]
    assert value == {"owner": "é", "balance": Decimal("1.10")}


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize(
    ("fault", "code", "told", "details"),
    [
        (
            FAULT_11,
            "Server.Busy",
            "Come back",
            {"faultCode": "Server.Busy"},
        ),
        (FAULT_12, "Sender", "Too poor", {"faultCode": "Sender", "faultSubcode": "NoMoney"}),
        (
            FAULT_11.replace("<e:Fault>", "<other/><e:Fault>"),
            "Server.Busy",
            "Come back",
            {"faultCode": "Server.Busy"},
        ),
    ],
)
async def test_fault(
    catalog: SoapCatalog,
    status: int,
    fault: str,
    code: str,
    told: str,
    details: dict[str, str],
) -> None:
    """A Fault of either version, whatever the HTTP status, is a refusal in the backend's words."""
    async with (
        serving(fixed(fault, status=status)) as backend,
        connected(catalog, backend.url) as client,
    ):
        with pytest.raises(Refused) as caught:
            await ask(client, function(catalog, "GetAccount"), {"id": "7"})

    assert (caught.value.status, caught.value.told, caught.value.details) == (code, told, details)
    assert "secret" not in repr((caught.value.message, caught.value.answer))


BOMB = (
    '<!DOCTYPE e [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    + envelope("<r>&b;</r>")
)


@pytest.mark.parametrize(
    ("body", "status", "media_type", "error", "message"),
    [
        ("<html>Bad gateway", 502, "text/html", Refused, "answered 502"),
        ("", 401, "text/xml", Refused, "answered 401"),
        (ANSWER, 500, "text/xml", Refused, "answered 500"),
        ("moved", 302, "text/plain", Refused, "answered 302"),
        ("<html>Welcome", 200, "text/html", Malformed, "cannot be read: not XML"),
        ("<html/>", 200, "text/html", Malformed, "no SOAP envelope"),
        (ANSWER[:-20], 200, "text/xml", Malformed, "cannot be read: not XML"),
        ("", 200, "text/xml", Malformed, "the answer is empty"),
        (BOMB, 200, "text/xml", Malformed, "it has a DTD; refused"),
        (ANSWER.replace("é", "\x00"), 200, "text/xml", Malformed, "cannot be read: not XML"),
        (ANSWER.replace("1.10", "lots"), 200, "text/xml", Malformed, "balance: not decimal"),
        ("<a>" * 10_000, 200, "text/xml", Malformed, "cannot be read: not XML"),
        ("--b", 200, "multipart/related; boundary=b", Malformed, "does not end"),
        ("x" * 2_000_000, 200, "text/xml", Malformed, "larger than|more than the limit"),
    ],
)
async def test_bad_answer(
    catalog: SoapCatalog,
    body: str,
    status: int,
    media_type: str,
    error: type[CallError],
    message: str,
) -> None:
    """An answer that is no use is one clear error, and never shown."""
    async with (
        serving(fixed(body, status=status, media_type=media_type)) as backend,
        connected(catalog, backend.url, max_response=1_000_000) as client,
    ):
        with pytest.raises(error, match=message):
            await ask(client, function(catalog, "GetAccount"), {"id": "7"})


async def test_charset(catalog: SoapCatalog) -> None:
    """The encoding in the media type counts."""
    answer = fixed(ANSWER.encode("iso-8859-1"), media_type="text/xml; charset=ISO-8859-1")
    async with serving(answer) as backend, connected(catalog, backend.url) as client:
        value = await ask(client, function(catalog, "GetAccount"), {"id": "7"})

    assert isinstance(value, dict)
    assert value["owner"] == "é"


def in_encoding(name: str, said: str) -> bytes:
    """The answer in an encoding that its declaration names."""
    return f'<?xml version="1.0" encoding="{said}"?>{ANSWER}'.encode(name)


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (in_encoding("utf-16", "utf-16"), "text/xml"),
        (in_encoding("utf-16", "utf-16"), "text/xml; charset=utf-16"),
        (codecs.BOM_UTF16_BE + ANSWER.encode("utf-16-be"), "application/soap+xml"),
        (in_encoding("iso-8859-1", "iso-8859-1"), "text/xml"),
        (in_encoding("windows-1252", "windows-1252"), "text/xml"),
        (codecs.BOM_UTF8 + ANSWER.encode(), "text/xml; charset=UTF-8"),
        (in_encoding("utf-8", "iso-8859-1"), 'text/xml; charset="utf-8"'),
        (ANSWER.encode(), "text/xml; charset=no-such-thing"),
        (ANSWER.encode(), "text/plain"),
    ],
)
async def test_encodings(catalog: SoapCatalog, body: bytes, media_type: str) -> None:
    """The media type says the encoding, or else the document, or its byte order mark."""
    async with (
        serving(fixed(body, media_type=media_type)) as backend,
        connected(catalog, backend.url) as client,
    ):
        value = await ask(client, function(catalog, "GetAccount"), {"id": "7"})

    assert value == {"owner": "é", "balance": Decimal("1.10")}


@pytest.mark.parametrize("coding", ["identity", "gzip", "deflate"])
async def test_content_codings(catalog: SoapCatalog, coding: str) -> None:
    """An answer may come in chunks, compressed."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/xml"})
        response.enable_chunked_encoding()
        response.enable_compression(web.ContentCoding(coding))
        await response.prepare(request)
        for piece in (ANSWER[:40], ANSWER[40:]):
            await response.write(piece.encode())
        return response

    async with serving(answer) as backend, connected(catalog, backend.url) as client:
        value = await ask(client, function(catalog, "GetAccount"), {"id": "7"})

    assert value == {"owner": "é", "balance": Decimal("1.10")}


async def test_a_huge_text(catalog: SoapCatalog) -> None:
    """A text of more than 10 MB is no answer, however large answers may be."""
    body = ANSWER.replace("é", "x" * 10_000_001)
    async with (
        serving(fixed(body)) as backend,
        connected(catalog, backend.url, max_response=64 * 1024 * 1024) as client,
    ):
        with pytest.raises(Malformed, match="cannot be read: not XML"):
            await ask(client, function(catalog, "GetAccount"), {"id": "7"})


async def test_nothing_is_sent_twice(catalog: SoapCatalog) -> None:
    """A connection that ends without an answer is not tried again: the backend may have acted."""

    async def answer(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async with serving(answer) as backend, connected(catalog, backend.url) as client:
        with pytest.raises(Unreachable) as caught:
            await ask(client, function(catalog, "GetAccount"), {"id": "7"})

    assert caught.value.retryable
    assert len(backend.bodies) == 1


async def asked_twice(catalog: SoapCatalog, effect: Effect, backend: Stale) -> None:
    """Two calls to a function of that effect, the second over a connection that is closed."""
    called = replace(function(catalog, "GetAccount"), effect=effect)
    async with talking(backend) as address, connected(catalog, f"http://{address}") as client:
        for identity in ("7", "8"):
            await ask(client, called, {"id": identity})


async def test_reads_are_sent_again(catalog: SoapCatalog) -> None:
    """What changes nothing is asked again where a connection turns out to be closed."""
    backend = Stale(ANSWER.encode(), "text/xml; charset=utf-8")

    await asked_twice(catalog, Effect.READ, backend)

    first, second, again = backend.bodies
    assert first != second == again


async def test_writes_are_not_sent_again(catalog: SoapCatalog) -> None:
    """The backend may have acted on what it took before it closed the connection."""
    backend = Stale(ANSWER.encode(), "text/xml; charset=utf-8")

    with pytest.raises(Unreachable, match="without an answer"):
        await asked_twice(catalog, Effect.WRITE, backend)

    assert len(backend.bodies) == 2


async def test_deadline(catalog: SoapCatalog, never: asyncio.Event) -> None:
    """Past its deadline a call is over."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        await never.wait()
        raise AssertionError

    async with serving(answer) as backend, connected(catalog, backend.url) as client:
        with pytest.raises(TimedOut):
            await ask(client, function(catalog, "GetAccount"), {"id": "7"}, seconds=0.1)


async def test_unreachable(catalog: SoapCatalog) -> None:
    """A closed port is no connection."""
    async with connected(catalog, f"http://127.0.0.1:{free_port()}") as client:
        with pytest.raises(Unreachable):
            await ask(client, function(catalog, "GetAccount"), {"id": "7"})


@pytest.mark.parametrize("text", ["\x00", "\x0b", "\ud800", "\ufffe"])
async def test_characters_xml_cannot_carry(catalog: SoapCatalog, text: str) -> None:
    """What XML has no way to say is refused before anything is sent."""
    async with serving(fixed(ANSWER)) as backend, connected(catalog, backend.url) as client:
        with pytest.raises(BadInput, match=r"input\.id: a character XML cannot carry"):
            await ask(client, function(catalog, "GetAccount"), {"id": text})

    assert backend.bodies == []


@pytest.fixture(scope="module")
def timesheets() -> Iterator[Server]:
    with node_soap() as server:
        yield server


@pytest.fixture(scope="module")
def quotes() -> Iterator[Server]:
    with php_soap() as server:
        yield server


async def discovered_at(url: str) -> SoapCatalog:
    return await KIND.discover(Settings(soap=f"{url}?wsdl"))


@pytest.fixture
async def node_calls(timesheets: Server) -> "Calls":
    url = timesheets.url + TIMESHEETS
    return Calls(await discovered_at(url), url)


@pytest.fixture
async def php_calls(quotes: Server) -> "Calls":
    url = quotes.url + "/"
    return Calls(await discovered_at(url), url)


class Calls:
    """Calls to a backend by the names of its functions."""

    def __init__(self, catalog: SoapCatalog, url: str) -> None:
        self.catalog = catalog
        self._url = url

    async def __call__(self, name: str, given: object = None) -> object:
        async with connected(self.catalog, self._url) as client:
            return await ask(client, function(self.catalog, name), given)


@pytest.mark.real
async def test_node_soap_arrays_and_nil(node_calls: Calls) -> None:
    """node-soap's arrays are lists, its nil items null, its text unharmed."""
    value = await node_calls(
        "GetTitlesById", {"TitleIds": {"string": ["a", "unknown", "b & <c> é"]}}
    )

    assert value == {
        "Title": [
            {"Id": "a", "Value": "Title <a>"},
            None,
            {"Id": "b & <c> é", "Value": "Title <b & <c> é>"},
        ]
    }


@pytest.mark.real
async def test_node_soap_without_input(node_calls: Calls) -> None:
    """An operation that takes nothing is called with an empty element."""
    assert await node_calls("GetIDsParameters") == "é & <ö>"


@pytest.mark.real
async def test_node_soap_nested_input(node_calls: Calls) -> None:
    """Nested values arrive typed."""
    item = {"ChargeCode": 5, "Description": "dig"}
    period = {"DateTimeFrom": "2020-01-01T00:00:00", "DateTimeTo": "2020-01-02T00:00:00Z"}

    value = await node_calls(
        "AddTimesheetEntryByChargeCode", {"input": {"TimesheetItem": item, **period}}
    )

    assert value == {"Response": [{"Status": "dig", "ReturnCode": 5}] * 2}


@pytest.mark.real
async def test_node_soap_fault(node_calls: Calls) -> None:
    """node-soap's fault comes as a refusal."""
    with pytest.raises(Refused) as caught:
        await node_calls("DeleteTimesheetEntry", {})

    assert (caught.value.status, caught.value.told) == ("Server", "The period is closed")


@pytest.mark.real
async def test_php_call(php_calls: Calls) -> None:
    """PHP sees every part of the request, referenced elements included."""
    value = await php_calls(
        "GetLastTradePrice",
        {
            "tickerSymbol": "IBM",
            "account": {"id": 7, "user": "ü"},
            "country": {"name": "Nederland", "code": "NL"},
        },
    )

    assert value == 10.9


@pytest.mark.real
async def test_php_fault(php_calls: Calls) -> None:
    """PHP's fault comes as a refusal; who refused is for those to know who see its words."""
    with pytest.raises(Refused) as caught:
        await php_calls("GetLastTradePrice", {"tickerSymbol": "CLOSED"})

    assert (caught.value.status, caught.value.told) == ("Client", "The exchange is closed")
    assert caught.value.details == {"faultCode": "Client"}
    assert caught.value.answer == {"actor": "urn:exchange"}


@pytest.mark.real
async def test_php_infinity(php_calls: Calls) -> None:
    """A number without bound is one."""
    assert await php_calls("GetLastTradePrice", {"tickerSymbol": "LIMITLESS"}) == float("inf")


@pytest.mark.real
async def test_php_one_way(php_calls: Calls) -> None:
    """A one-way operation gives nothing."""
    assert await php_calls("GetLastTradePriceNoOutput", {"tickerSymbol": "IBM"}) is None


@pytest.mark.parametrize("status", [200, 202, 204])
async def test_one_way(tmp_path: Path, status: int) -> None:
    """An operation without output gives nothing, whichever way the backend says so."""
    text = WSDL.replace('<output message="b:GetAccountResponse"/>', "")
    catalog = await discovered(tmp_path, text)
    async with (
        serving(fixed("", status=status)) as backend,
        connected(catalog, backend.url) as client,
    ):
        assert await ask(client, function(catalog, "GetAccount"), {"id": "7"}) is None


async def test_one_way_refused(tmp_path: Path) -> None:
    """It may still be refused."""
    text = WSDL.replace('<output message="b:GetAccountResponse"/>', "")
    catalog = await discovered(tmp_path, text)
    async with (
        serving(fixed(FAULT_11, status=500)) as backend,
        connected(catalog, backend.url) as client,
    ):
        with pytest.raises(Refused, match="a fault"):
            await ask(client, function(catalog, "GetAccount"), {"id": "7"})
