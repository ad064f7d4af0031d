"""Answers read by what is wanted of them: the same as their values, or a surprise."""

import math
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from schema.plan.project import Projection
from schema.scalars import SCALARS
from tests.backends.grpc_server import Context
from tests.upstreams.grpc.asking import upstream
from tests.upstreams.grpc.drawing import Drawing
from tests.upstreams.grpc.protos import descriptors, message
from tests.upstreams.grpc.wanting import Wanting
from upstreams.errors import Malformed
from upstreams.grpc.call import GrpcClient
from upstreams.grpc.call.answer import Answer
from upstreams.grpc.descriptors import link
from upstreams.grpc.model import Forms, Oneofs, Settings
from upstreams.grpc.translate import translate
from upstreams.kind import Maps
from upstreams.model import Flow, ScalarKind
from upstreams.shape import (
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
    Wanted,
    fill,
)

OWN = {name: descriptors(name) for name in ("everything", "choices", "editions", "legacy")}
POOLS = {name: link(one).pool for name, one in OWN.items()}
FORMS = [Forms(maps, oneofs) for maps in Maps for oneofs in Oneofs]
CATALOGS = {
    (name, forms): translate(one, forms=forms) for name, one in OWN.items() for forms in FORMS
}

ENCODER = msgspec.json.Encoder(decimal_format="number")

All, Nested = (message(f"splice.test.v1.{name}") for name in ("All", "Nested"))
CLIENT = GrpcClient(Settings(grpc="x:1"), CATALOGS["everything", Forms()])
FUNCTIONS = {one.label: one for one in CATALOGS["everything", Forms()].functions}
LEAVES = {kind: Leaf(kind, scalar.coerce_output_value) for kind, scalar in SCALARS.items()}
TEXT, INT, LONG, YES = (
    LEAVES[kind]
    for kind in (ScalarKind.STRING, ScalarKind.INT, ScalarKind.LONG, ScalarKind.BOOLEAN)
)
INNER = Object("Inner", (Part("deep", "deep", YES, required=True),))
STATE = Leaf(None, str, {"STATE_UNSPECIFIED": "NONE", "STATE_BAD": "BAD"})


@pytest.mark.timeout(120)
@pytest.mark.parametrize("dirty", [False, True], ids=["clean", "dirty"])
@pytest.mark.parametrize("name", OWN)
@settings(deadline=None, database=None, max_examples=100)
@given(data=st.data(), forms=st.sampled_from(FORMS))
def test_what_is_wanted_is_what_the_value_says(
    name: str,
    dirty: bool,  # noqa: FBT001 - pytest gives it by its name
    data: st.DataObject,
    forms: Forms,
) -> None:
    """A shape gives what a projection of the value gives, or is surprised; not by clean answers."""
    catalog = CATALOGS[name, forms]
    echo = catalog.functions[0]
    function = data.draw(st.just(echo) | st.sampled_from(catalog.functions))
    many = function.flow in {Flow.SERVER_STREAM, Flow.BIDIRECTIONAL}
    wanting = Wanting(data, catalog)
    inside, ref = ((), function.returns) if many else wanting.path(function.returns)
    wanted = wanting.of(ref)
    client = GrpcClient(Settings(grpc="x:1"), catalog)
    drawing = Drawing(data, POOLS[name], dirty=dirty)
    messages = [
        drawing.message(function.binding.response).SerializeToString()
        for _ in range(data.draw(st.integers(0, 3)) if many else 1)
    ]
    answer = Answer(client._methods.of(function), messages if many else messages[0])

    shape = client.shape(function, wanted, inside)

    assert shape is not None
    expected = _shown(Projection(wanted, inside), answer)
    got = _shown(shape, answer)
    event(f"{type(got).__name__} for {type(expected).__name__}")
    if not dirty:
        assert not isinstance(expected, Exception)
    if isinstance(expected, Malformed):
        return
    if not isinstance(expected, Surprise):
        assert got == expected or (dirty and isinstance(got, Surprise))
    else:
        assert isinstance(got, Surprise)


def _shown(shape: Shape, answer: Answer) -> Any:
    """The response, the slots filled with what they need; or why there is none."""
    try:
        read = shape.read(answer)
    except (Surprise, Malformed) as error:
        return error
    return _filled(shape, read)


def _filled(shape: Shape, read: Read) -> tuple[bytes, str]:
    for holes in read.holes:
        for hole in holes:
            if hole.place:
                fill([hole], repr(hole.parts))
    parts = [[hole.parts for hole in holes] for holes in read.holes if holes]
    return ENCODER.encode(read.value), repr(parts)


async def test_an_answer_is_fetched_once() -> None:
    """It is read in both ways, as often as one likes, and is one value."""
    asked: list[Any] = []

    async def echo(request: Any, _: Context) -> Any:
        asked.append(request)
        return request

    async with upstream({"Echo": echo}) as line:
        assert isinstance(line.client, Shapes)
        call = line.made("Echo", {"anInt64": 7, "nested": {"from": "there"}})
        shape = line.client.shape(call.function, wanted(n=("anInt64", LONG)), ())
        assert shape is not None

        answer = await line.client.fetch(call)

        assert [encoded(shape, answer) for _ in range(2)] == [b'{"n":"7"}'] * 2
        assert answer.value() is answer.value()
        assert answer.value()["nested"]["from"] == "there"
    assert len(asked) == 1


def test_names_that_mean_something_to_python() -> None:
    """Keywords, and what messages and objects have by themselves, are just names."""
    odd: Mapping[str, tuple[str, Wanted]] = {
        "from": ("from", TEXT),
        "__class__": ("clear", INT),
        "None": ("inner", INNER),
    }
    shape = compiled("GetThing", wanted(**odd))

    read = encoded(shape, answered("GetThing", Nested(**{"from": "x"}, inner={"deep": True})))

    assert read == b'{"from":"x","__class__":0,"None":{"deep":true}}'


def test_several_aliases() -> None:
    """A field may be wanted more than once, each time with other parts."""
    some = Object("Nested", (Part("a", "from", TEXT, required=True),))
    more = Object("Nested", (Part("b", "clear", INT, required=True),))
    shape = compiled("Echo", wanted(one=("nested", some), two=("nested", more)))

    read = encoded(shape, answered("Echo", All(nested={"from": "x", "clear": 5})))

    assert read == b'{"one":{"a":"x"},"two":{"b":5}}'


def test_slots() -> None:
    """A hole for each object, with what it needs; filled, it is where it belongs."""
    slot = Slot(0, needs=(("from",), ("inner", "deep")))
    item = Object("Nested", (Part("joined", "", slot, False), Part("clear", "clear", INT, True)))
    shape = compiled("Echo", wanted(many=("many", Many(item, required=True))))
    answer = answered("Echo", All(many=[{"from": "x", "inner": {"deep": True}}, {"clear": 5}]))

    read = shape.read(answer)
    for hole in read.holes[0]:
        fill([hole], str(hole.parts))

    assert ENCODER.encode(read.value) == (
        b'{"many":[{"joined":"(\'x\', True)","clear":0},{"joined":"(\'\', None)","clear":5}]}'
    )
    assert b'"joined":null' in ENCODER.encode(shape.read(answer).value)


@pytest.mark.parametrize(
    ("message", "inside", "read"),
    [
        (All(nested={"inner": {"deep": True}}), ("nested", "inner"), b'{"it":true}'),
        (All(nested={}), ("nested", "inner"), b"null"),
        (All(), ("nested", "inner"), b"null"),
        (All(all={"nested": {"inner": {}}}), ("all", "nested", "inner"), b'{"it":false}'),
    ],
)
def test_inside(message: Any, inside: Steps, read: bytes) -> None:
    """What is wanted may be within; null on the way is null."""
    shape = compiled("Echo", Object("Inner", (Part("it", "deep", YES, True),)), inside)

    assert encoded(shape, answered("Echo", message)) == read


@pytest.mark.parametrize(
    ("message", "name", "leaf"),
    [
        (All(state=5), "state", STATE),
        (All(a_double=math.nan), "aDouble", LEAVES[ScalarKind.FLOAT]),
        (All(a_float=math.inf), "aFloat", LEAVES[ScalarKind.FLOAT]),
        (All(json={"number_value": math.nan}), "json", LEAVES[ScalarKind.JSON]),
        (All(at={"seconds": 2**60}), "at", LEAVES[ScalarKind.DATE_TIME]),
        (All(an_int64=2**40), "anInt64", INT),
    ],
)
def test_surprises(message: Any, name: str, leaf: Leaf) -> None:
    """What clients cannot be shown, or not as was promised, is left to others."""
    shape = compiled("Echo", wanted(it=(name, leaf)))

    with pytest.raises(Surprise):
        shape.read(answered("Echo", message))


def test_null_where_none_may_be() -> None:
    """It is left to others, too, as it concerns more than this answer's part."""
    shape = compiled("Echo", Object("All", (Part("it", "nested", wanted(), True),)))

    with pytest.raises(Surprise):
        shape.read(answered("Echo", All()))


def test_bytes_that_are_no_message() -> None:
    """A shape is surprised; whoever asks for the value is told what is wrong."""
    answer = Answer(CLIENT._methods.of(FUNCTIONS["Echo"]), b"\xff")

    with pytest.raises(Surprise):
        compiled("Echo", wanted()).read(answer)
    with pytest.raises(Malformed, match=r"not a valid splice\.test\.v1\.All"):
        answer.value()


def test_what_is_not_wanted_is_not_looked_at() -> None:
    """A value that cannot be said does no harm where nobody asks for it."""
    shape = compiled("Echo", wanted(n=("anInt64", LONG)))

    assert encoded(shape, answered("Echo", All(an_int64=7, at={"seconds": 2**60}))) == b'{"n":"7"}'


@pytest.mark.parametrize(
    ("function", "unsuited", "inside"),
    [
        ("Echo", TEXT, ()),
        ("Echo", Many(TEXT, required=True), ()),
        ("Echo", Object("All", (Part("it", "nested", TEXT, False),)), ()),
        ("Echo", Object("All", (Part("it", "nested", Many(TEXT, False), False),)), ()),
        ("Echo", Object("All", (Part("it", "many", Object("Nested", ()), False),)), ()),
        ("Echo", Object("All", (Part("it", "texts", Many(TEXT, False), False),)), ()),
        ("Echo", Object("All", (), boxed=True), ()),
        ("Echo", TEXT, ("many", "from")),
        ("Echo", TEXT, ("at", "seconds")),
        ("Count", TEXT, ()),
        ("Count", Many(TEXT, False), ("value",)),
        ("Upper", Object("StringValue", ()), ()),
    ],
)
def test_what_does_not_suit(function: str, unsuited: Wanted, inside: Steps) -> None:
    """For what messages are not, there is no shape."""
    assert CLIENT.shape(FUNCTIONS[function], unsuited, inside) is None


def wanted(**parts: tuple[str, Wanted]) -> Object:
    """An object of these, by response key: each the backend's name, and what is wanted of it."""
    return Object("It", tuple(Part(key, name, of, False) for key, (name, of) in parts.items()))


def compiled(function: str, what: Wanted, inside: Steps = ()) -> Shape:
    """The shape that there is."""
    shape = CLIENT.shape(FUNCTIONS[function], what, inside)
    assert shape is not None
    return shape


def answered(function: str, message: Any) -> Answer:
    """That message as an answer."""
    return Answer(CLIENT._methods.of(FUNCTIONS[function]), message.SerializeToString())


def encoded(shape: Shape, answer: Any) -> bytes:
    """The response."""
    return ENCODER.encode(shape.read(answer).value)
