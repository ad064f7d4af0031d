"""Layouts made ready: they read and write what the general reader and writer do."""

import asyncio
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from tests import corpora
from tests.upstreams.soap.conftest import function
from tests.upstreams.soap.dirt import Dirt, Guesses
from tests.upstreams.soap.documents import discovered, document_literal, element, sequence
from upstreams.errors import BadInput, DiscoveryError, Malformed
from upstreams.soap import KIND
from upstreams.soap.model import Binding, Message, Settings, SoapCatalog
from upstreams.soap.xml import Values, parse

WSDLS = corpora.specs("wsdl/**/*.wsdl")
MOST = 25
"""Operations of one description that are tried."""
ROUNDS = 8
"""What is made up for each."""


def canonical(xml: str) -> str:
    """A text without what carries no meaning: prefixes, the order of attributes."""
    return etree.canonicalize(xml, rewrite_prefixes=True)  # type: ignore[no-any-return]  # the stubs lack it


async def catalog_of(path: Path) -> SoapCatalog | None:
    try:
        return await KIND.discover(Settings(soap=str(path)))
    except DiscoveryError:
        return None


def was_read(values: Values, answer: bytes, message: Message, *, exactly: bool) -> str:
    """What is read, or what is said instead."""
    body = parse(answer)
    try:
        return repr(values.read_exactly(body, message) if exactly else values.read(body, message))
    except Malformed as error:
        return error.message


def was_written(values: Values, message: Message, value: object) -> str | None:
    """The Body by the general writer; None where it refuses."""
    body = etree.Element("body")
    try:
        values.write(body, message, value)
    except BadInput:
        return None
    return canonical(etree.tostring(body, encoding="unicode"))


def dice(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - no secrets here


def check_reading(found: SoapCatalog, message: Message | None, seed: int) -> None:
    if message is None:
        return
    values, answer = Values(found.wire), Dirt(found.wire, dice(seed)).answer(message)
    expected = was_read(values, answer, message, exactly=True)
    assert was_read(values, answer, message, exactly=False) == expected


def check_writing(found: SoapCatalog, message: Message, seed: int) -> None:
    guesses, values = Guesses(found.wire, dice(seed)), Values(found.wire)
    value = None if message.content is None else guesses.value(message.content)
    text = values.text(message, value)
    if text is not None:
        expected = was_written(values, message, value)
        assert canonical(f"<body>{text}</body>") == expected


@pytest.mark.corpus
@pytest.mark.parametrize("path", WSDLS, ids=lambda path: f"{path.parent.name}/{path.name}")
async def test_the_corpus(path: Path) -> None:
    """Answers and arguments of any operation, right or wrong, are the same in both ways."""
    found = await catalog_of(path)
    if found is None:
        return
    for each in found.functions[:MOST]:
        binding: Binding = each.binding
        for seed in range(ROUNDS):
            check_reading(found, binding.response, seed)
            check_writing(found, binding.request, seed)


NODE = sequence(
    "name xs:string",
    'size xs:decimal minOccurs="0" nillable="true"',
    'due xs:date minOccurs="0"',
    'done xs:boolean default="true"',
    'marks xs:NMTOKENS minOccurs="0"',
    'Node b:Node minOccurs="0" maxOccurs="unbounded"',
    'hash xs:hexBinary minOccurs="0"',
    'free xs:anyType minOccurs="0"',
)
EITHER = (
    '<xs:choice><xs:element name="note" type="xs:string"/>'
    '<xs:element name="code" type="xs:int"/></xs:choice>'
)
LEAF = (
    '<xs:complexContent><xs:extension base="b:Node"><xs:sequence>'
    '<xs:element name="colour" type="xs:string"/></xs:sequence></xs:extension></xs:complexContent>'
)
TREES = document_literal(
    f'<xs:complexType name="Node">{NODE}<xs:attribute name="id" type="xs:long"/>'
    '<xs:attribute name="label" type="xs:string" default="none"/></xs:complexType>'
    f'<xs:complexType name="Leaf">{LEAF}</xs:complexType>'
    + element("GetAccount", f"<xs:sequence>{EITHER}{sequence('tree b:Node')}</xs:sequence>")
    + element("GetAccountResponse", sequence("tree b:Node", "count xs:int"))
)


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> SoapCatalog:
    return asyncio.run(discovered(tmp_path_factory.mktemp("trees"), TREES))


def message(found: SoapCatalog) -> Message:
    answered: Message | None = function(found, "GetAccount").binding.response
    assert answered is not None
    return answered


@given(st.integers(min_value=0, max_value=2**32))
def test_any_answer(trees: SoapCatalog, seed: int) -> None:
    """Whatever an answer looks like, both readers say the same of it."""
    check_reading(trees, message(trees), seed)


@given(st.integers(min_value=0, max_value=2**32))
def test_any_argument(trees: SoapCatalog, seed: int) -> None:
    """Whatever is written by what was made ready is what the general writer writes."""
    check_writing(trees, function(trees, "GetAccount").binding.request, seed)


ANSWER = b"""<body><GetAccountResponse xmlns="urn:bank" xmlns:b="urn:bank"
  xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><tree id="1"><name>a</name><size>1</size>
  <Node id="2"><name>b</name><size i:nil="true"/><done/></Node>
  <Node i:type="b:Leaf" id="3"><name>c</name><size>wrong</size><colour>red</colour></Node>
  </tree><count> 3 </count></GetAccountResponse></body>"""


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (("count",), {"count": 3}),
        (("tree.name", "count"), {"tree": {"xsi:type": "{urn:bank}Node", "name": "a"}, "count": 3}),
        (
            ("tree.Node.name", "tree.Node.id", "tree.Node.colour"),
            {
                "tree": {
                    "xsi:type": "{urn:bank}Node",
                    "Node": [
                        {"xsi:type": "{urn:bank}Node", "id": 2, "name": "b"},
                        {"xsi:type": "{urn:bank}Leaf", "id": 3, "name": "c", "colour": "red"},
                    ],
                }
            },
        ),
        (("nothing.there",), {}),
    ],
)
def test_selection(trees: SoapCatalog, selection: tuple[str, ...], expected: object) -> None:
    """Only what is selected is read; what is wrong elsewhere does not matter."""
    values = Values(trees.wire)

    assert values.read(parse(ANSWER), message(trees), selection) == expected


def test_no_selection(trees: SoapCatalog) -> None:
    """Where nothing is selected everything is read."""
    with pytest.raises(Malformed, match="tree/Node/size: not decimal"):
        Values(trees.wire).read(parse(ANSWER), message(trees))


def test_plain_values_are_written_by_what_is_ready(trees: SoapCatalog) -> None:
    """Plain values need no general writer; what has no plain form, or is wrong, does."""
    values, request = Values(trees.wire), function(trees, "GetAccount").binding.request
    tree = {"{urn:bank}Node": {"name": "<a>", "id": 1}}

    assert values.text(request, {"note": "<&>"}) == (
        '<GetAccount xmlns="urn:bank"><note>&lt;&amp;&gt;</note></GetAccount>'
    )
    assert values.text(request, {"tree": tree}) is None
    assert values.text(request, {"note": "\x00"}) is None
