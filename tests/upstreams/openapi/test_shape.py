"""Answers of REST backends, read by shapes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.backends.openapi import fixed
from tests.upstreams.json_shape.reading import encoded, leaf, objects, part
from tests.upstreams.openapi.lines import Line, catalog, lined
from upstreams.errors import Malformed, Refused
from upstreams.json_schema import Documents
from upstreams.model import ScalarKind
from upstreams.openapi.model import Choices, Pages
from upstreams.openapi.translate import translate
from upstreams.shape import Many, Part, Shape, Slot, Surprise

ITEM = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}
WITH_REST = {**ITEM, "additionalProperties": {"type": "integer"}}
WANTED = objects(part("a"))
LIST = Many(WANTED, required=True)


@asynccontextmanager
async def line(
    body: bytes,
    schema: Any,
    status: int = 200,
    media_type: str = "application/json",
    **choices: Any,
) -> AsyncIterator[Line]:
    """A line to a function of such answers, to which that is answered."""
    answer = {"description": "", "content": {media_type: {"schema": schema}}}
    page = {"name": "page", "in": "query", "schema": {"type": "integer"}}
    responses = {"200": answer, "404": answer}
    operation = {"operationId": "it", "parameters": [page], "responses": responses}
    found = {"openapi": "3.0.3", "paths": {"/it": {"get": operation}}}
    chosen = translate(Documents({"": found}), "/doc.json", choices=Choices(**choices))
    async with lined(fixed(body, status, ("content-type", media_type)), chosen) as one:
        yield one


def shaped(one: Line, wanted: Any = WANTED) -> Shape:
    """The shape, which there is."""
    found = one.shape(wanted)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("body", "shows"),
    [
        (b'[{"a": "x", "b": 1}]', '[{"a":"x"}]'),
        (b'\xef\xbb\xbf[{"a": "x"}]', '[{"a":"x"}]'),
        (b"", "null"),
        (b" \n", "null"),
        (b"null", "null"),
    ],
)
async def test_answers(body: bytes, shows: str) -> None:
    """What is wanted of a body is read; an empty one is null."""
    async with line(body, {"type": "array", "items": ITEM}) as one:
        answer = await one.fetch()

        assert encoded(shaped(one, LIST).read(answer).value) == shows


async def test_an_answer_without_content() -> None:
    """A status that has no body is null."""
    async with line(b"", ITEM, 204) as one:
        answer = await one.fetch()

        assert shaped(one).read(answer).value is None
        assert answer.value() is None


async def test_after_a_surprise() -> None:
    """The answer that surprised is read in full, without being asked for again."""
    async with line(b'{"a": 1}', ITEM) as one:
        answer = await one.fetch()

        with pytest.raises(Surprise):
            shaped(one).read(answer)
        assert answer.value() == {"a": 1}
        assert len(one.backend.asked) == 1


async def test_what_is_not_json() -> None:
    """A body that cannot be read was fetched all the same; its value is malformed."""
    async with line(b"<html>", ITEM) as one:
        answer = await one.fetch()

        with pytest.raises(Surprise):
            shaped(one).read(answer)
        with pytest.raises(Malformed, match="HTML or XML"):
            answer.value()


async def test_refusals() -> None:
    """What is no success is refused before it is read."""
    async with line(b'{"a": "x"}', ITEM, 404) as one:
        with pytest.raises(Refused):
            await one.fetch()


@pytest.mark.parametrize(
    ("schema", "media_type", "choices"),
    [
        ({"type": "string"}, "text/plain", {}),
        (ITEM, "application/xml", {}),
        (ITEM, "application/json", {"results": ("it",)}),
        (
            {"type": "array", "items": ITEM},
            "application/json",
            {"pages": {"it": Pages()}},
        ),
    ],
)
async def test_answers_without_a_shape(schema: Any, media_type: str, choices: Any) -> None:
    """What is not one JSON text, or is shown as something else, is read by its value."""
    async with line(b"", schema, 200, media_type, **choices) as one:
        assert one.shape(WANTED) is None


async def test_values_of_other_forms() -> None:
    """An answer that is no JSON has its value, whenever it is asked."""
    async with line(b"hello", {"type": "string"}, 200, "text/plain") as one:
        answer = await one.fetch()

        assert (answer.value(), answer.value()) == ("hello", "hello")


async def test_rests() -> None:
    """What no field declares is gathered in the value; a shape reads what is declared alone."""
    rest = part("additionalProperties", leaf(ScalarKind.JSON))
    slot = Part("s", "", Slot(0, (("a",),)), required=False)
    async with line(b'{"a": "x", "n": 1}', WITH_REST) as one:
        answer = await one.fetch()

        assert encoded(shaped(one).read(answer).value) == '{"a":"x"}'
        assert answer.value()["additionalProperties"] == {"n": 1}
        assert one.shape(objects(part("a"), rest)) is None
        assert one.shape(objects(part("a"), slot)) is None


async def test_functions_of_one_name() -> None:
    """A function that replaces one of its name is asked as it says itself."""
    ids = {"parameters": [{"name": "id", "in": "query", "schema": {"type": "string"}}]}
    async with lined(fixed(b"1"), catalog(ids)) as one:
        await one.ask(id="7")
        one._function = catalog({}, "/other").functions[0]
        await one.ask()

        assert [asked.target for asked in one.backend.asked] == ["/v1/it?id=7", "/v1/other"]
