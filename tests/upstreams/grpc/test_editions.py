"""What editions say of presence, defaults, enums and encodings."""

from typing import Any

import pytest

from tests.backends.grpc_server import Context
from tests.upstreams.grpc.asking import upstream
from tests.upstreams.grpc.protos import descriptors, message
from upstreams.errors import BadInput
from upstreams.grpc.translate import translate
from upstreams.kind import Maps
from upstreams.model import ListOf, Named, ObjectType, Required, Scalar, ScalarKind, TypeRef

ECHO = "splice.editions.v1.Editions/Echo"
DESCRIBED = descriptors("editions")
RECORD = next(
    each for each in translate(DESCRIBED).types if each.key == "splice.editions.v1.Record"
)

UNSET = {
    "implied": "",
    "needed": "x",
    "expanded": [],
    "open": "OPEN_UNSPECIFIED",
    "unchecked": "",
    **{name: {} for name in ("things", "counts", "parts", "states", "blobs", "ratios")},
    "[splice.editions.v1.sizes]": [],
}


async def echo(request: Any, _: Context) -> Any:
    """The answer is the request."""
    return request


@pytest.mark.parametrize(
    ("name", "type_"),
    [
        ("implied", Required(Scalar(ScalarKind.STRING))),
        ("explicit", Scalar(ScalarKind.STRING)),
        ("needed", Required(Scalar(ScalarKind.STRING))),
        ("assumed", Scalar(ScalarKind.LONG)),
        ("delimited", Named("splice.editions.v1.Part")),
        ("open", Named("splice.editions.v1.Open")),
        ("[splice.editions.v1.note]", Scalar(ScalarKind.STRING)),
        ("[splice.editions.v1.sizes]", Required(ListOf(Required(Scalar(ScalarKind.LONG))))),
    ],
)
def test_presence(name: str, type_: TypeRef) -> None:
    """A field is null where its presence is tracked, whatever the syntax that says so."""
    assert isinstance(RECORD, ObjectType)
    found = {field.name: field for field in RECORD.fields}

    assert found[name].type == type_


def test_comments_on_extensions() -> None:
    """What stands above an extension describes it."""
    assert isinstance(RECORD, ObjectType)
    found = {field.name: field.description for field in RECORD.fields}

    assert found["[splice.editions.v1.note]"] == "What else there is."


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("implied", "a"),
        ("explicit", ""),
        ("assumed", 0),
        (
            "delimited",
            {"size": 1, "mark": b"", "ratio": 0.0, "below": {"size": 2, "mark": b"", "ratio": 0.1}},
        ),
        ("expanded", [1, -1]),
        ("open", "OPEN_GOOD"),
        ("shut", "SHUT_BAD"),
        ("unchecked", "a"),
        ("[splice.editions.v1.note]", ""),
        ("[splice.editions.v1.extra_part]", {"size": 1, "mark": b"", "ratio": 0.0}),
        ("[splice.editions.v1.sizes]", [2**63 - 1]),
    ],
)
async def test_every_field_survives_the_wire(name: str, value: Any) -> None:
    """A value that goes in comes out the same, groups and extensions too."""
    async with upstream({ECHO: echo}, DESCRIBED) as line:
        answer = await line.ask(ECHO, {"needed": "x", name: value})

    assert answer == {**UNSET, name: value}


async def test_a_closed_enum_takes_no_other_number() -> None:
    """A number that a closed enum does not name is as if it was not set."""
    record = message("splice.editions.v1.Record", "editions")

    async def newer(_: Any, __: Context) -> Any:
        return record(needed="x").SerializeToString() + b"\x40\x63"

    async with upstream({ECHO: newer}, DESCRIBED) as line:
        answer = await line.ask(ECHO, {"needed": "x"})

    assert answer == UNSET


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"counts": {"a": "x"}}, "input.counts.a: not an integer"),
        ({"blobs": {"a": "?"}}, "input.blobs.a: not base64"),
        ({"states": {"1": "NO_SUCH"}}, "input.states.1: not a value of"),
        ({"ratios": {"a": "much"}}, "input.ratios.a: not a number"),
        ({"parts": {"a": {"none": 1}}}, "input.parts.a.none: no such field"),
        ({"things": {"a": {"value": 1}}}, "input.things.a: not a message as JSON with its @type"),
        ({"things": {"a": {"@type": "x/google.protobuf.Duration"}}}, "is given as value"),
        (
            {"things": {"a": {"@type": "x/splice.editions.v1.Record"}}},
            "input.things.a: lacks required fields",
        ),
    ],
)
async def test_wrong_json(given: Any, problem: str) -> None:
    """Inside of JSON a mistake is told by its place, too."""
    async with upstream({ECHO: echo}, DESCRIBED, maps=Maps.JSON) as line:
        with pytest.raises(BadInput) as raised:
            await line.ask(ECHO, {"needed": "x", **given})

    assert problem in raised.value.message


async def test_an_any_within_an_any_without_end() -> None:
    """However deep messages are packed in each other, the answer is read."""
    record = message("splice.editions.v1.Record", "editions")

    async def packed(_: Any, __: Context) -> Any:
        answer = record(needed="x")
        for _level in range(2000):
            outer = record(needed="x")
            outer.things["a"].type_url = "x/splice.editions.v1.Record"
            outer.things["a"].value = answer.SerializeToString()
            answer = outer
        return answer

    async with upstream({ECHO: packed}, DESCRIBED) as line:
        answer = await line.ask(ECHO, {"needed": "x"})

    assert answer["things"]["a"]["@type"] == "x/splice.editions.v1.Record"
