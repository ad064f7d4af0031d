"""Declared failures as part of the answer, where the settings want it so."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.app.served import gateway
from tests.backends.openapi import answering, fixed, told
from tests.upstreams.openapi.lines import described, lined
from upstreams.errors import DiscoveryError, Malformed, Refused
from upstreams.json_schema import Documents
from upstreams.model import ObjectType, UnionType
from upstreams.openapi.model import TAG, Choices, OpenApiCatalog, Pages
from upstreams.openapi.translate import translate

TEXT = {"type": "string"}
PROBLEM = {"$ref": "#/components/schemas/Problem"}
ORDER = {"$ref": "#/components/schemas/Order"}
SCHEMAS = {
    "Order": {"type": "object", "properties": {"id": {"type": "integer"}, "note": TEXT}},
    "Problem": {"type": "object", "properties": {"id": {"type": "integer"}, "note": TEXT}},
}


def answer(schema: Any = None, media_type: str = "application/json") -> Any:
    content = {media_type: {"schema": schema}} if schema is not None else {}
    return {"description": "", "content": content}


def document(method: str = "get", **responses: Any) -> Any:
    """A document of one function, `it`; `r404` is its answer of status 404."""
    answers = {status.removeprefix("r"): one for status, one in responses.items()}
    operation = {"operationId": "it", "responses": answers}
    return {
        "openapi": "3.0.3",
        "paths": {"/it": {method: operation}},
        "components": {"schemas": SCHEMAS},
    }


def read(found: Any, *globs: str, **pages: Pages) -> OpenApiCatalog:
    choices = Choices(results=globs or ("it",), pages=pages)
    return translate(Documents({"": found}), "/doc.json", choices=choices)


TWO = document(r200=answer(ORDER), r404=answer(PROBLEM), r4XX=answer(TEXT))


def members(found: OpenApiCatalog) -> list[str]:
    """The labels of what the function's answer may be."""
    types = {one.key: one for one in found.types}
    (union,) = (one for one in types.values() if one.label == "ItResult")
    assert isinstance(union, UnionType)
    return [types[key].label for key in union.members]


@pytest.mark.parametrize(
    ("status", "said", "value"),
    [
        (200, {"id": 1}, {"id": 1, TAG: "2XX"}),
        (404, {"id": 1}, {"id": 1, TAG: "404"}),
        (409, "taken", {"status": 409, "value": "taken", TAG: "4XX"}),
    ],
)
async def test_told_apart_by_status(status: int, said: Any, value: Any) -> None:
    """Answers that look alike are different members, by nothing but their status."""
    async with lined(told(said, status), read(TWO)) as one:
        assert await one.ask() == value


@pytest.mark.parametrize("status", [500, 302])
async def test_what_is_not_declared(status: int) -> None:
    """A status that no answer is declared for stays an error."""
    async with lined(told({"id": 1}, status), read(TWO)) as one:
        with pytest.raises(Refused) as caught:
            await one.ask()

    assert caught.value.status == status


@pytest.mark.parametrize("body", [b"<html>", b"", b"[1]", b"null"])
async def test_a_failure_in_another_form(body: bytes) -> None:
    """A declared failure that is not as declared stays an error."""
    async with lined(fixed(body, 404), read(TWO)) as one:
        with pytest.raises(Refused):
            await one.ask()


async def test_a_success_in_another_form() -> None:
    """A success that is no object where one was promised is not shown as one."""
    async with lined(told([1]), read(TWO)) as one:
        with pytest.raises(Malformed, match="an object was promised"):
            await one.ask()


async def test_a_hidden_mark_cannot_be_sent() -> None:
    """What a backend puts under the key of the mark does not make one member another."""
    async with lined(told({"id": 1, TAG: "2XX"}, 404), read(TWO)) as one:
        assert (await one.ask())[TAG] == "404"


async def test_the_mark_is_no_property() -> None:
    """It is not among the undeclared properties of an object that may have them."""
    loose = {"type": "object", "additionalProperties": TEXT, "properties": {"id": TEXT}}
    found = read(document(r200=answer(loose), r404=answer(PROBLEM)))
    async with lined(told({"id": "1", "more": "m"}), found) as one:
        value = await one.ask()

    assert value["additionalProperties"] == {"more": "m"}


async def test_a_success_without_a_value() -> None:
    """Nothing as a success is an object with its status alone."""
    found = read(document("delete", r204=answer(), r404=answer(PROBLEM)))
    async with lined(fixed(b"", 204), found) as one:
        value = await one.ask()

    assert (value[TAG], value["status"]) == ("2XX", 204)
    assert members(found) == ["ItSuccess", "Problem"]


@pytest.mark.parametrize(
    ("responses", "labels"),
    [
        ({"r200": answer(ORDER), "r404": answer(PROBLEM)}, ["Order", "Problem"]),
        ({"r200": answer(ORDER), "default": answer(PROBLEM)}, ["Order", "Problem"]),
        (
            {"r200": answer(ORDER), "r404": answer(PROBLEM), "r409": answer(PROBLEM)},
            ["Order", "Problem"],
        ),
        ({"r200": answer(ORDER), "r404": answer(ORDER)}, ["Order", "It404Failure"]),
        ({"r200": answer(TEXT), "r404": answer(PROBLEM)}, ["ItSuccess", "Problem"]),
        (
            {"r200": answer({"type": "array", "items": ORDER}), "r404": answer(TEXT)},
            ["ItSuccess", "It404Failure"],
        ),
        (
            {"r200": answer({"oneOf": [ORDER, TEXT]}), "r404": answer(PROBLEM)},
            ["ItSuccess", "Problem"],
        ),
        (
            {"r200": answer(ORDER), "r404": answer(PROBLEM), "r500": answer(TEXT, "text/plain")},
            ["Order", "Problem"],
        ),
    ],
)
def test_members(responses: Any, labels: list[str]) -> None:
    """Objects as they are; what is none, or the success itself, in an object of its own."""
    found = read(document(**responses))

    assert members(found) == labels


def test_a_box() -> None:
    """An object around a value has the status, and the value where there is one."""
    types = {one.label: one for one in read(TWO).types if isinstance(one, ObjectType)}

    assert [field.name for field in types["It4XXFailure"].fields] == ["status", "value"]
    assert not types["It4XXFailure"].box


@pytest.mark.parametrize(
    ("globs", "wrong"),
    [
        (("its",), "its: no function is called so; did you mean 'it'?"),
        (("x*", "y*"), r"x\*: no function is called so; y\*: no function"),
    ],
)
def test_globs_that_cover_nothing(globs: tuple[str, ...], wrong: str) -> None:
    """Discovery fails and says which."""
    with pytest.raises(DiscoveryError, match=wrong) as caught:
        read(TWO, *globs)

    assert caught.value.at == "results"


def test_a_function_that_declares_no_failure() -> None:
    """Discovery fails where there is nothing to show."""
    with pytest.raises(DiscoveryError, match="it: no failure is declared as JSON"):
        read(document(r200=answer(ORDER), r404=answer(TEXT, "text/plain")))


def test_a_function_of_pages() -> None:
    """Its answer is a connection already."""
    listed = document(r200=answer({"type": "array", "items": ORDER}), r404=answer(PROBLEM))
    page = {"name": "page", "in": "query", "schema": {"type": "integer"}}
    listed["paths"]["/it"]["get"]["parameters"] = [page]

    with pytest.raises(DiscoveryError, match="it: a function of `pages` has a connection"):
        read(listed, it=Pages())


def test_nothing_by_itself() -> None:
    """Without the setting, failures are errors."""
    found = described(TWO)

    assert found.functions[0].binding.results == ()


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        (200, {"__typename": "Order", "id": 1}),
        (404, {"__typename": "Problem", "note": "gone"}),
        (409, {"__typename": "It4XXFailure", "status": 409, "value": "gone"}),
        (500, None),
    ],
)
async def test_results_in_graphql(tmp_path: Path, status: int, shown: Any) -> None:
    """A client asks each member for its fields, and never sees the mark."""
    (tmp_path / "doc.json").write_text(json.dumps(TWO))
    said = "gone" if status == 409 else {"id": 1, "note": "gone"}
    query = (
        "{ it { __typename ... on Order { id } ... on Problem { note }"
        " ... on It4XXFailure { status value } } }"
    )
    async with answering(told(said, status)) as backend:
        up = f"{{openapi: doc.json, url: '{backend.url}', results: [it]}}"
        async with gateway(f"upstreams: {{up: {up}}}", tmp_path) as asking:
            body = await asking.query(query)

    assert body["data"]["it"] == shown
    assert [one["extensions"]["status"] for one in body.get("errors", [])] == [500] * (not shown)
