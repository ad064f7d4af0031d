"""Answers read straight into what is wanted: as the projection of what the reader gives."""

import asyncio
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.plan.project import Projection
from schema.scalars import SCALARS
from tests import corpora
from tests.upstreams.soap.conftest import connected, fixed, function, serving
from tests.upstreams.soap.dirt import Dirt
from tests.upstreams.soap.documents import discovered
from tests.upstreams.soap.test_compiled import MOST, TREES, catalog_of, dice
from tests.upstreams.soap.wants import Wants, paths
from upstreams.errors import Malformed, Refused
from upstreams.kind import Call
from upstreams.model import Function, ScalarKind
from upstreams.shape import (
    Answer,
    Constant,
    Hole,
    Leaf,
    Many,
    Object,
    Part,
    Read,
    Shape,
    Shapes,
    Slot,
    Steps,
    Surprise,
    Varied,
    Wanted,
    fill,
)
from upstreams.soap.model import SoapCatalog
from upstreams.soap.shape import Answered, shape_of
from upstreams.soap.xml import Values, parse

WSDLS = corpora.specs("wsdl/**/*.wsdl")
ROUNDS = 4
encoded = msgspec.json.Encoder(decimal_format="number").encode


def was_read(shape: Shape, answer: Answer) -> Read | str:
    """What is read, or what is said instead."""
    try:
        return shape.read(answer)
    except Malformed:
        return "malformed"
    except Surprise:
        return "surprised"


def holes(read: Read) -> dict[int, str]:
    """Those of each slot that has any; as texts, because not every number is equal to itself."""
    return {index: repr(list(each)) for index, each in enumerate(read.holes) if each}


def check(found: SoapCatalog, values: Values, called: Function, seed: int, *, clean: bool) -> None:
    """Whether an answer is read as the projection would, or is a surprise where it is not clean."""
    random = dice(seed)
    message = called.binding.response
    if message is None or message.encoding:
        return
    wanted = Wants(found, random).of(called)
    shape = shape_of(values, message, wanted, ())
    if shape is None:
        return
    selection = tuple(".".join(path) for path in paths(wanted) if path)
    body = parse(Dirt(found.wire, random, clean=clean).answer(message))
    # What may be nil is looked for in large answers alone.
    answer = Answered(values, message, body, selection, size=random.choice((0, 100_000)))
    general, own = was_read(Projection(wanted), answer), was_read(shape, answer)
    if isinstance(own, Read) and general != "malformed":
        assert isinstance(general, Read), (general, own)
        assert encoded(own.value) == encoded(general.value)
        assert holes(own) == holes(general)
    if clean:
        assert isinstance(own, Read) or general == own


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> SoapCatalog:
    return asyncio.run(discovered(tmp_path_factory.mktemp("trees"), TREES))


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=2**32), st.booleans())
def test_any_answer(trees: SoapCatalog, seed: int, clean: bool) -> None:  # noqa: FBT001 - drawn
    """Whatever an answer looks like and whatever is wanted of it, both say the same."""
    check(trees, Values(trees.wire), function(trees, "GetAccount"), seed, clean=clean)


@pytest.mark.corpus
@pytest.mark.parametrize("path", WSDLS, ids=lambda path: f"{path.parent.name}/{path.name}")
async def test_the_corpus(path: Path) -> None:
    """The same for the answers of any operation."""
    found = await catalog_of(path)
    if found is None:
        return
    values = Values(found.wire)
    for each in found.functions[:MOST]:
        for seed in range(ROUNDS):
            check(found, values, each, seed, clean=seed % 2 == 0)


SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
TREE = (
    '<tree id="9007199254740993"><name>a</name><size>1.10</size><done/><marks>x y</marks>'
    '<Node id="2"><name>b</name><size>+2</size></Node>'
    '<Node xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:b="urn:bank" i:type="b:Leaf">'
    "<name>c</name><colour>red</colour></Node></tree>"
)


def answer(inside: str) -> str:
    return (
        f'<e:Envelope xmlns:e="{SOAP}"><e:Body><GetAccountResponse xmlns="urn:bank">{inside}'
        "</GetAccountResponse></e:Body></e:Envelope>"
    )


def leaf(kind: ScalarKind) -> Leaf:
    return Leaf(kind, SCALARS[kind].coerce_output_value)


def part(name: str, of: Wanted, key: str = "", *, required: bool = False) -> Part:
    return Part(key or name, name, of, required)


NAME, COUNT = leaf(ScalarKind.STRING), leaf(ScalarKind.INT)
IDENTITY = part("id", leaf(ScalarKind.LONG))
TAGS = {"{urn:bank}Node": "Node", "{urn:bank}Leaf": "Leaf"}


def either(node: Object, coloured: Object) -> Varied:
    return Varied(
        {"Node": node, "Leaf": coloured}, lambda value: TAGS[value["xsi:type"]], "xsi:type", TAGS
    )


async def read(found: SoapCatalog, wanted: Wanted, text: str, inside: Steps = ()) -> Read:
    """What a client's shape makes of a backend's answer."""
    called = function(found, "GetAccount")
    async with serving(fixed(answer(text))) as backend, connected(found, backend.url) as client:
        assert isinstance(client, Shapes)
        shape = client.shape(called, wanted, inside)
        assert shape is not None
        return shape.read(await client.fetch(Call(called, {}, deadline())))


def deadline() -> float:
    return asyncio.get_running_loop().time() + 10


async def test_a_tree(trees: SoapCatalog) -> None:
    """What is wanted comes in the order in which it is, under its keys, as clients see it."""
    node = Object("Node", (part("size", leaf(ScalarKind.DECIMAL)), IDENTITY))
    coloured = Object(
        "Leaf",
        (part("colour", NAME), Part("kind", "", Constant("Leaf"), required=True)),
    )
    children = part("Node", Many(either(node, coloured), required=True), "children", required=True)
    top = Object(
        "Node",
        (
            part("name", NAME, "again"),
            children,
            part("name", NAME),
            IDENTITY,
            part("marks", Many(NAME, required=True)),
            part("done", leaf(ScalarKind.BOOLEAN)),
            part("due", leaf(ScalarKind.DATE)),
        ),
    )
    wanted = Object("GetAccountResponse", (part("count", COUNT), part("tree", either(top, top))))

    made = await read(trees, wanted, f"{TREE}<count> 7 </count>")

    assert encoded(made.value) == (
        b'{"count":7,"tree":{"again":"a","children":[{"size":"2","id":"2"},'
        b'{"colour":"red","kind":"Leaf"}],"name":"a","id":"9007199254740993","marks":["x","y"],'
        b'"done":true,"due":null}}'
    )


async def test_holes(trees: SoapCatalog) -> None:
    """A slot is a hole in each object, with what the reader gives at its needs."""
    slot = Part("joined", "", Slot(0, (("id",), ("size",), ("nothing",))), required=False)
    node = Object("Node", (part("name", NAME), slot))
    silent = Part("", "", Slot(1, (("count",),)), required=False)
    top = Object("Node", (part("Node", Many(either(node, node), required=True)),))
    wanted = Object("GetAccountResponse", (part("tree", either(top, top)), silent))

    made = await read(trees, wanted, f"{TREE}<count>7</count>")

    joined, kept = made.holes
    assert [hole.parts for hole in joined] == [(2, Decimal("2"), None), (None, None, None)]
    for hole in joined:
        fill([hole], "filled")
    assert made.value["tree"]["Node"][0] == {"name": "b", "joined": "filled"}
    assert kept == [Hole(made.value, "", (7,))]


async def test_below_the_value(trees: SoapCatalog) -> None:
    """What is wanted may be further inside; null on the way is null."""
    assert (await read(trees, COUNT, "<count>7</count>", ("count",))).value == 7
    assert (await read(trees, COUNT, "", ("count",))).value is None


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        ("<count>seven</count>", "not int"),
        ("<count>3000000000</count>", "Int cannot represent"),
        ("<count/>", "null came where none may be"),
        ("", "null came where none may be"),
    ],
)
async def test_surprises(trees: SoapCatalog, inside: str, reason: str) -> None:
    """What is not as promised is a surprise, after which the answer is read in full."""
    wanted = Object("GetAccountResponse", (part("count", COUNT, required=True),))

    with pytest.raises(Surprise, match=reason):
        await read(trees, wanted, inside)


async def test_what_has_no_shape(trees: SoapCatalog) -> None:
    """What does not follow the layout is left to the projection."""
    wanted = Object("GetAccountResponse", (part("tree", NAME),))

    async with connected(trees, "http://127.0.0.1:9") as client:
        assert isinstance(client, Shapes)
        assert client.shape(function(trees, "GetAccount"), wanted, ()) is None


async def test_refusals_are_raised_when_fetched(trees: SoapCatalog) -> None:
    """A Fault is no answer; what cannot be read is one, until it is read."""
    called = function(trees, "GetAccount")
    fault = f'<e:Envelope xmlns:e="{SOAP}"><e:Body><e:Fault/></e:Body></e:Envelope>'

    async with serving(fixed(fault)) as backend, connected(trees, backend.url) as client:
        assert isinstance(client, Shapes)
        with pytest.raises(Refused):
            await client.fetch(Call(called, {}, deadline()))
    wrong = answer("<count>seven</count>")
    async with serving(fixed(wrong)) as backend, connected(trees, backend.url) as client:
        assert isinstance(client, Shapes)
        answered = await client.fetch(Call(called, {}, deadline()))

    with pytest.raises(Malformed, match="GetAccountResponse/count: not int"):
        answered.value()


async def test_an_answer_is_read_once(trees: SoapCatalog) -> None:
    """The value stays the same, as does what a shape reads of it, however large the answer is."""
    called, wanted = function(trees, "GetAccount"), Object("Answer", (part("count", COUNT),))
    text = answer(f"<count>7</count>{'<tree><name>x</name></tree>' * 3000}")

    async with serving(fixed(text)) as backend, connected(trees, backend.url) as client:
        assert isinstance(client, Shapes)
        answered = await client.fetch(Call(called, {}, deadline()))
        shape = client.shape(called, wanted, ())

    assert shape is not None
    assert shape.read(answered).value == shape.read(answered).value == {"count": 7}
    assert answered.value() is answered.value()
