"""What a SOAP call costs besides the network: its envelope, and a hundred items read."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import zeep
from lxml import etree
from rich.console import Console
from rich.table import Table
from zeep.helpers import serialize_object

from tests.upstreams.soap.conftest import function
from tests.upstreams.soap.documents import discovered, document_literal, element, sequence
from upstreams.kind import Call
from upstreams.soap.call.envelopes import Envelopes
from upstreams.soap.model import Binding, Settings, SoapCatalog
from upstreams.soap.xml import Values, parse

pytestmark = pytest.mark.bench

POST = sequence("userId xs:int", "id xs:int", "title xs:string", "body xs:string")
WSDL = document_literal(
    f'<xs:complexType name="Post">{POST}</xs:complexType>'
    + element("GetPosts", sequence("limit xs:int"))
    + element("GetPostsResponse", sequence('Post b:Post maxOccurs="unbounded"')),
    "GetPosts",
)
WORDS = ["the", "quick", "brown", "fox", "jumps", "over", "it", "&amp;", "runs"]
ANSWER = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
    '<GetPostsResponse xmlns="urn:bank">{}</GetPostsResponse></soap:Body></soap:Envelope>'
).format(
    "".join(
        f"<Post><userId>{number // 10}</userId><id>{number}</id>"
        f"<title>{' '.join(WORDS[number % 5 :])}</title><body>{' '.join(WORDS * 3)}</body></Post>"
        for number in range(100)
    )
)
ROUNDS = 100


def median(work: Callable[[], object]) -> float:
    """Microseconds."""
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1e6


def shown(title: str, costs: dict[str, float], capsys: pytest.CaptureFixture[str]) -> None:
    table = Table(title, "median µs")
    for name, microseconds in costs.items():
        table.add_row(name, f"{microseconds:.1f}")
    with capsys.disabled():
        Console().print("", table)


@pytest.fixture
async def catalog(tmp_path: Path) -> SoapCatalog:
    return await discovered(tmp_path, WSDL)


@pytest.fixture
def binding(catalog: SoapCatalog) -> Binding:
    found: Binding = function(catalog, "GetPosts").binding
    return found


@pytest.fixture
def peer(tmp_path: Path, catalog: SoapCatalog) -> Any:
    """zeep, which reads and writes by the same document."""
    return zeep.Client(str(tmp_path / "bank.wsdl"))  # type: ignore[no-untyped-call]  # as above


def by_zeep(peer: Any) -> object:
    """The answer as zeep's caller gets it."""
    binding = peer.service._binding
    answer = httpx.Response(200, content=ANSWER.encode(), headers={"content-type": "text/xml"})
    reply = binding.process_reply(peer, binding.get("GetPosts"), answer)
    return serialize_object(reply, dict)  # type: ignore[no-untyped-call]  # zeep's lack annotations


def test_reading(
    catalog: SoapCatalog, binding: Binding, peer: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """A hundred items are parsed and read in a fraction of what zeep takes."""
    values, answer, message = Values(catalog.wire), ANSWER.encode(), binding.response
    assert message is not None
    few = ("id", "title")

    costs = {
        "parsed": median(lambda: parse(answer)),
        "parsed and read, all fields": median(lambda: values.read(parse(answer)[0], message)),
        "parsed and read, 2 fields": median(lambda: values.read(parse(answer)[0], message, few)),
        "by the general reader": median(lambda: values.read_exactly(parse(answer)[0], message)),
        "by zeep": median(lambda: by_zeep(peer)),
    }

    shown(f"{len(answer) / 1000:.0f} kB, 100 items", costs, capsys)
    assert costs["by zeep"] > 4 * costs["parsed and read, all fields"]


def test_writing(
    catalog: SoapCatalog, binding: Binding, peer: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """An envelope is written in a fraction of what zeep takes."""
    values = Values(catalog.wire)
    envelopes = Envelopes(Settings(soap="bank.wsdl"), values)
    call = Call(function(catalog, "GetPosts"), {"input": {"limit": 100}}, 0)

    def by_general_writer() -> bytes:
        body = etree.Element("Body")
        values.write(body, binding.request, {"limit": 100})
        return etree.tostring(body)

    costs = {
        "written": median(lambda: envelopes.written(call, "http://127.0.0.1/")),
        "by the general writer": median(by_general_writer),
        "by zeep": median(
            lambda: etree.tostring(peer.create_message(peer.service, "GetPosts", limit=100))
        ),
    }

    shown("an envelope", costs, capsys)
    assert costs["by zeep"] > 4 * costs["written"]
