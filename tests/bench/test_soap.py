"""What a SOAP call costs besides the network: its envelope, and a hundred items read."""

import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import zeep
from lxml import etree
from rich.console import Console
from rich.table import Table
from zeep.helpers import serialize_object

from schema.plan.project import Projection
from schema.scalars import SCALARS
from tests.upstreams.soap.conftest import function
from tests.upstreams.soap.documents import discovered, document_literal, element, sequence
from upstreams.kind import Call
from upstreams.model import ScalarKind
from upstreams.shape import Leaf, Many, Object, Part, Shape, Wanted
from upstreams.soap.call.answers import Answers
from upstreams.soap.call.envelopes import Envelopes
from upstreams.soap.model import Binding, Settings, SoapCatalog
from upstreams.soap.shape import Answered, shape_of
from upstreams.soap.xml import Values, parse
from upstreams.transport import Response

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
FIELDS = ("userId", "id", "title", "body")
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


def wanted(*names: str) -> Wanted:
    """Those fields of every item."""
    leaves = {"userId": ScalarKind.INT, "id": ScalarKind.INT}
    parts = (
        Part(name, name, Leaf(kind, SCALARS[kind].coerce_output_value), required=True)
        for name in names
        for kind in [leaves.get(name, ScalarKind.STRING)]
    )
    return Many(Object("Post", tuple(parts)), required=True)


def test_shapes(catalog: SoapCatalog, binding: Binding, capsys: pytest.CaptureFixture[str]) -> None:
    """From the bytes to the response is sooner by a shape than by the reader and a projection."""
    values, answer, message = Values(catalog.wire), ANSWER.encode(), binding.response
    encode = msgspec.json.Encoder(decimal_format="number").encode

    def by(shape: Shape, *selected: str) -> Callable[[], bytes]:
        return lambda: encode(
            shape.read(Answered(values, message, parse(answer)[0], selected, len(answer))).value
        )

    costs = {"parsed": median(lambda: parse(answer))}
    for title, names in (("all fields", FIELDS), ("2 fields", FIELDS[1:3])):
        shape = shape_of(values, message, wanted(*names), ())
        assert shape is not None
        projected = by(Projection(wanted(*names)), *names)
        assert by(shape)() == projected()
        costs[f"{title}: compiled"] = median(partial(shape_of, values, message, wanted(*names), ()))
        costs[f"{title}: by the shape"] = median(by(shape))
        costs[f"{title}: by the projection"] = median(projected)

    shown("from the answer to the response", costs, capsys)
    assert costs["all fields: by the shape"] < costs["all fields: by the projection"]


def test_a_small_answer(catalog: SoapCatalog, capsys: pytest.CaptureFixture[str]) -> None:
    """What an answer costs however small it is."""
    answers, call = (
        Answers(Values(catalog.wire), 1_000_000),
        Call(function(catalog, "GetPosts"), {}, 0),
    )
    begin, _, end = ANSWER.partition("<Post>")
    small = f"{begin}{end.rpartition('</Post>')[2]}".encode()
    response = Response(200, (("content-type", "text/xml; charset=utf-8"),), small)

    costs = {
        "parsed": median(lambda: parse(small)),
        "read": median(lambda: answers.answered(response, call).value()),
    }

    shown("a small answer", costs, capsys)
    assert answers.answered(response, call).value() == []
    assert costs["read"] < 5 * costs["parsed"]


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
