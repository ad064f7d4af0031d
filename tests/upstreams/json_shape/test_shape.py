"""JSON answers read by shapes."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.enums import Enum
from tests.upstreams.json_shape.reading import (
    ID,
    INT,
    TEXT,
    answer,
    encoded,
    general,
    leaf,
    made,
    objects,
    part,
    response,
    shown,
)
from tests.upstreams.json_shape.trees import Dice, any_json, made_up, spoiled
from upstreams.errors import Malformed
from upstreams.json_shape import JsonAnswer, shape
from upstreams.json_shape.shape import PATIENCE
from upstreams.model import EnumType, EnumValue, ScalarKind
from upstreams.shape import (
    Constant,
    Entries,
    Leaf,
    Many,
    Object,
    Part,
    Slot,
    Surprise,
    Value,
    Varied,
    Wanted,
    fill,
)

POST = b'{"id": 1, "title": "a", "body": "b", "user": {"id": 7, "name": "Ann", "city": "Rome"}}'
LONG, JSON, FLOAT = leaf(ScalarKind.LONG), leaf(ScalarKind.JSON), leaf(ScalarKind.FLOAT)

_SEEDS = st.integers(0, 2**40)


def drawn(dice: Dice) -> tuple[Wanted, dict[str, Any]]:
    """What is wanted of a value of some type, and such a value."""
    it = made_up(dice)
    return objects(part("it", it.wanted(dice))), {"it": it.value(dice), "more": any_json(dice)}


@given(_SEEDS)
@settings(max_examples=150, deadline=None)
def test_what_is_as_promised(seed: int) -> None:
    """Of any type, whatever is wanted of a sound answer is given just as it is in general."""
    wanted, value = drawn(Dice(seed))
    text = json.dumps(value).encode()
    try:
        right = shown(general(wanted), text)
    except Surprise:
        return  # a text that is no number, say

    assert shown(made(wanted), text) == right


@given(_SEEDS)
@settings(max_examples=150, deadline=None)
def test_what_is_not_as_promised(seed: int) -> None:
    """Of an unsound answer a shape gives the same as in general, or is surprised; also later on."""
    dice = Dice(seed)
    wanted, value = drawn(dice)
    text = json.dumps(spoiled(dice, value), ensure_ascii=False).encode()
    found = made(wanted)

    for _ in range(PATIENCE + 1):
        try:
            given_so = shown(found, text)
        except Surprise:
            continue
        assert given_so == shown(general(wanted), text)


@given(_SEEDS)
@settings(max_examples=150, deadline=None)
def test_what_is_not_json(seed: int) -> None:
    """A text that is broken anywhere, wanted there or not, is never read."""
    dice = Dice(seed)
    wanted, value = drawn(dice)
    text = bytearray(json.dumps(value, ensure_ascii=False).encode())
    text[dice.randrange(len(text))] = dice.randrange(256)

    try:
        given_so = shown(made(wanted), bytes(text))
    except Surprise:
        return

    assert given_so == shown(general(wanted), bytes(text))


@pytest.mark.parametrize(
    ("wanted", "text", "shows"),
    [
        (objects(part("title"), part("id", INT)), POST, '{"title":"a","id":1}'),
        (objects(part("title", key="t"), part("title", key="u")), POST, '{"t":"a","u":"a"}'),
        (
            objects(part("body", key="title"), part("title", key="body")),
            POST,
            '{"title":"b","body":"a"}',
        ),
        (
            objects(part("title"), Part("__typename", "", Constant("Post"), required=True)),
            b'{"title": "a", "__typename": "Foreign"}',
            '{"title":"a","__typename":"Post"}',
        ),
        (
            objects(
                part("user", objects(part("name")), "a"), part("user", objects(part("id", ID)), "b")
            ),
            POST,
            '{"a":{"name":"Ann"},"b":{"id":"7"}}',
        ),
        (
            objects(part("id", LONG), part("big", LONG)),
            b'{"id": 12, "big": "012"}',
            '{"id":"12","big":"12"}',
        ),
        (
            objects(part("id", FLOAT), part("e", FLOAT)),
            b'{"id": -0, "e": 1e2}',
            '{"id":0.0,"e":100.0}',
        ),
        (
            objects(part("any", JSON)),
            b'{"any": {"a": [1.10, 123456789012345678901234567890, 1e400]}}',
            '{"any":{"a":[1.10,123456789012345678901234567890,1E+400]}}',
        ),
        (objects(part("none")), b"{}", '{"none":null}'),
        (objects(part("a")), b'{"a": "x", "a": "y"}', '{"a":"y"}'),
        (objects(part("a")), b"null", "null"),
        (Many(objects(part("a")), required=False), b'[null, {"a": "x"}]', '[null,{"a":"x"}]'),
        (
            Entries(objects(part("key"), part("value", INT, "v"))),
            b'{"b": 1, "a": null}',
            '[{"key":"b","v":1},{"key":"a","v":null}]',
        ),
        (Object("Box", (part("value", INT, "n"),), boxed=True), b"3", '{"n":3}'),
        (objects(), b'{"a": 1}', "{}"),
    ],
)
def test_shapes(wanted: Wanted, text: bytes, shows: str) -> None:
    """What is wanted, and nothing else, is the response."""
    assert response(made(wanted), text) == shows


def test_enums() -> None:
    """Values that clients know by other names are shown by those."""
    values = (EnumValue("on-hold", "on-hold"), EnumValue("sold", "sold"))
    enum = Enum("State", EnumType("state", "State", values=values))
    state = Leaf(None, enum.coerce_output_value, enum.texts)
    found = made(Many(state, required=True))

    assert response(found, b'["sold", "on-hold"]') == '["sold","on_hold"]'
    with pytest.raises(Surprise):
        found.read(answer(b'["lost"]'))


def test_slots() -> None:
    """What fills a slot is found in the answer, and not shown; it goes where the slot is."""
    slot = Part("author", "", Slot(0, (("user", "id"), ("none",))), required=False)
    found = made(Many(objects(part("id", ID), slot, part("user", objects(part("name")))), True))

    read = found.read(answer(b"[" + POST + b"]"))
    (hole,) = read.holes[0]
    fill([hole], "somebody")

    assert hole.parts == (7, None)
    assert encoded(read.value) == '[{"id":"1","author":"somebody","user":{"name":"Ann"}}]'


def test_slots_nobody_sees() -> None:
    """Of a slot without a response key only the needs are collected."""
    found = made(objects(part("title"), Part("", "", Slot(0, (("id",),)), required=False)))

    read = found.read(answer(POST))

    assert [(hole.place, hole.parts) for hole in read.holes[0]] == [("", (1,))]


def test_several_types() -> None:
    """The type is told by a tag, wherever it stands; of a type with nothing selected is `{}`."""
    cat = objects(part("name"), part("kind", key="k"))
    tags = {"cat": "Cat", "dog": "Dog"}
    wanted = Varied({"Cat": cat, "Dog": objects()}, lambda one: tags[one["kind"]], "kind", tags)
    found = made(Many(wanted, required=True))

    text = b'[{"name": "Tom", "kind": "cat"}, {"kind": "dog", "name": "Rex"}]'

    assert response(found, text) == '[{"name":"Tom","k":"cat"},{}]'
    with pytest.raises(Surprise):
        found.read(answer(b'[{"kind": "cow"}]'))


def test_inside() -> None:
    """What is wanted may be below; null on the way there is null."""
    found = made(Many(TEXT, required=True), ("data", "items"))

    assert response(found, b'{"data": {"items": ["a"]}, "more": 1}') == '["a"]'
    assert response(found, b'{"data": null}') == "null"
    with pytest.raises(Surprise):
        found.read(answer(b'{"data": []}'))


@pytest.mark.parametrize(
    ("wanted", "text", "at"),
    [
        (objects(part("a")), b'{"a": 1}', ".a"),
        (objects(part("a", required=True)), b'{"a": null}', ".a"),
        (objects(part("a", required=True)), b"{}", ""),
        (objects(part("a", JSON, required=True)), b'{"a": null}', ""),
        (objects(part("a", INT)), b'{"a": 3000000000}', ".a"),
        (objects(part("a", objects(part("b")))), b'{"a": [{"b": "x"}]}', ".a"),
        (Many(objects(part("a")), required=True), b'[{"a": "x"}, null]', "[]"),
        (Many(objects(part("a")), required=True), b'[{"a": "x"}, {"a": 1}]', "[].a"),
        (Entries(objects(part("value", INT))), b'{"x": "y"}', "[]"),
    ],
)
def test_surprises(wanted: Wanted, text: bytes, at: str) -> None:
    """What is not as promised surprises, at its place, and is counted there."""
    found = made(wanted)

    with pytest.raises(Surprise) as caught:
        found.read(answer(text))

    assert caught.value.at == at
    assert found.surprises == {at: 1}


@pytest.mark.parametrize(
    "text",
    [
        b'{"a": "x", "b": "\xff"}',
        b'{"a": "x", "b": "\\ud800"}',
        b'{"a": "x", "b": "\\x"}',
        b'{"a": "x", "b": "\n"}',
        b'{"a": "x", "b": NaN}',
        b'{"a": "x", "b": 01}',
        b'{"a": "x", "b": [1, }',
        b'{"a": "x"} {}',
        b'\xef\xbb\xbf{"a": "x"}',
        b'{"a": "x", "b": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"",
        b" ",
    ],
)
def test_what_is_wrong_elsewhere(text: bytes) -> None:
    """An answer that cannot be read in full is not read in part."""
    with pytest.raises(Malformed):
        answer(text).value()
    with pytest.raises(Surprise):
        made(objects(part("a"))).read(answer(text))


def test_leniency() -> None:
    """A leaf that keeps coming as something else is taken as that from some time on."""
    found = made(Many(objects(part("code", key="c")), required=True), ("items",))
    text = b'{"items": [{"code": 12}, {"code": "x"}]}'

    for _ in range(PATIENCE):
        with pytest.raises(Surprise):
            found.read(answer(text))

    assert response(found, text) == '[{"c":"12"},{"c":"x"}]'
    assert found.surprises == {".items[].code": PATIENCE}


@pytest.mark.parametrize(
    "name", ["f0", "__class__", "a b;c", "class", "é", "", "it's", "{0}", "$.x"]
)
def test_strange_names(name: str) -> None:
    """A backend may call its fields anything."""
    found = made(objects(part(name, ID, "id"), Part("s", "", Slot(0, ((name,),)), required=False)))

    assert response(found, json.dumps({name: 7}).encode()) == '{"id":"7","s":null}'


@pytest.mark.parametrize("name", ['"', "\\", "\n", "\ud800"])
def test_names_without_a_shape(name: str) -> None:
    """What no struct can call a field has no shape, and is left to the general way."""
    assert shape(objects(part(name, key="a")), ()) is None


def test_needs_without_a_shape() -> None:
    """Where a slot needs a whole object, nothing of it may be skipped."""
    assert shape(objects(Part("s", "", Slot(0, ((),)), required=False)), ()) is None


def test_types_told_by_their_shape() -> None:
    """What the whole value tells is read by it; an answer that is all such is read in general."""
    wanted = Varied({"A": objects(part("a"))}, lambda one: "A" if "a" in one else "B")
    found = made(objects(part("it", wanted)))

    assert response(found, b'{"it": {"b": 1, "a": "x"}}') == '{"it":{"a":"x"}}'
    assert response(found, b'{"it": null}') == '{"it":null}'
    with pytest.raises(Surprise):
        found.read(answer(b'{"it": {"b": 1}}'))
    assert shape(Many(wanted, required=True), ()) is None


def test_deep_trees() -> None:
    """Lists of objects may be nested far deeper than Python nests its blocks."""
    wanted: Wanted = objects(part("a", key="b"))
    text = b'{"a": "x"}'
    for _ in range(60):
        wanted = objects(part("l", Many(wanted, required=True), "m"))
        text = b'{"l": [%s]}' % text

    assert response(made(wanted), text) == text.decode().replace('"l": ', '"m":').replace(
        '"a": ', '"b":'
    )


def test_other_answers() -> None:
    """An answer that is no JSON text is left to the general way."""
    with pytest.raises(Surprise):
        made(TEXT).read(Value("a"))


def test_an_answers_value() -> None:
    """The value of an answer is read once."""
    asked: list[bytes] = []
    one = JsonAnswer(b"[]", lambda text: asked.append(text) or text)  # type: ignore[func-returns-value]

    assert one.value() is one.value()
    assert asked == [b"[]"]
