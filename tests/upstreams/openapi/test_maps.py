"""Values by text keys: as typed entries or JSON, alone and beside declared fields, both ways."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.app.served import gateway
from tests.backends.openapi import answering, fixed, told
from tests.upstreams.openapi.lines import lined
from upstreams.errors import BadInput, Malformed
from upstreams.json_schema import Documents
from upstreams.kind import Maps
from upstreams.model import (
    InputType,
    MapOf,
    ObjectType,
    Remark,
    Required,
    Scalar,
    ScalarKind,
)
from upstreams.openapi.model import Choices, OpenApiCatalog
from upstreams.openapi.translate import translate

WHOLE = {"type": "integer"}
TEXT = {"type": "string"}
JSON = Scalar(ScalarKind.JSON)
INT = Scalar(ScalarKind.INT)


def an_object(others: Any = None, **properties: Any) -> Any:
    beside = {} if others is None else {"additionalProperties": others}
    return {"type": "object", "properties": properties, **beside}


def read(schema: Any, maps: Maps = Maps.ENTRIES, **schemas: Any) -> OpenApiCatalog:
    """The catalog of one function that takes and gives that."""
    content = {"content": {"application/json": {"schema": schema}}}
    operation = {
        "operationId": "it",
        "requestBody": content,
        "responses": {"200": {"description": "", **content}},
    }
    document = {
        "openapi": "3.0.3",
        "paths": {"/it": {"post": operation}},
        "components": {"schemas": schemas},
    }
    return translate(Documents({"": document}), "/doc.json", choices=Choices(maps=maps))


def fields(found: OpenApiCatalog, kind: type[ObjectType] | type[InputType]) -> dict[str, Any]:
    """The types of the fields of the only such type."""
    (one,) = (one for one in found.types if isinstance(one, kind))
    return {field.name: field.type for field in one.fields}


TYPED = an_object(WHOLE, a=TEXT)


def test_maps_as_json() -> None:
    """Where the settings say so, maps are `JSON` both ways, and nobody is told of a loss."""
    counts = {"type": "object", "additionalProperties": WHOLE}

    found = read(an_object(counts=counts), Maps.JSON)

    assert fields(found, ObjectType) == {"counts": JSON}
    assert fields(found, InputType) == {"counts": JSON}
    assert found.degraded == ()


def test_maps_as_entries() -> None:
    """Otherwise they are typed."""
    counts = {"type": "object", "additionalProperties": WHOLE}

    assert fields(read(an_object(counts=counts)), ObjectType) == {"counts": MapOf(Required(INT))}


@pytest.mark.parametrize("kind", [ObjectType, InputType])
def test_properties_beside_others(kind: type[ObjectType] | type[InputType]) -> None:
    """Declared fields are fields; the rest is one more, and nothing is left to remark."""
    found = read(TYPED)

    text = Scalar(ScalarKind.STRING)
    assert fields(found, kind) == {"a": text, "additionalProperties": MapOf(Required(INT))}
    assert not [one for one in (*found.degraded, *found.assumed) if "properties" in one.reason]


def test_properties_beside_anything() -> None:
    """What may be anything is `JSON`, with a remark."""
    found = read(an_object(True, a=TEXT))

    at = "#/paths/~1it/post/responses/200/content/application~1json/schema/additionalProperties"
    assert fields(found, ObjectType)["additionalProperties"] == JSON
    assert Remark(at, "properties beside the declared ones may be anything") in found.degraded


def test_others_as_json() -> None:
    """The rest is a map, too: `JSON` where the settings say so."""
    assert fields(read(TYPED, Maps.JSON), ObjectType)["additionalProperties"] == JSON


@pytest.mark.parametrize(
    ("taken", "name"),
    [
        (["additionalProperties"], "otherProperties"),
        (["additionalProperties", "otherProperties"], "otherProperties2"),
    ],
)
def test_a_name_that_is_taken(taken: list[str], name: str) -> None:
    """The rest has a name that no declared field has."""
    found = read(an_object(WHOLE, **dict.fromkeys(taken, TEXT)))

    assert list(fields(found, ObjectType)) == [*taken, name]


@pytest.mark.parametrize("others", [None, False, {}])
def test_objects_without_others(others: Any) -> None:
    """Nothing is said of others, or that there are none: no field for them."""
    assert list(fields(read(an_object(others, a=TEXT)), ObjectType)) == ["a"]


PATTERNS = {**an_object(a=TEXT), "patternProperties": {"^x-": WHOLE}}
NODE = an_object({"$ref": "#/components/schemas/Node"}, a=TEXT)


@pytest.mark.parametrize(
    ("schema", "said", "value"),
    [
        (TYPED, {"a": "x", "n": 1}, {"a": "x", "additionalProperties": {"n": 1}}),
        (TYPED, {"a": "x"}, {"a": "x", "additionalProperties": {}}),
        (TYPED, {"additionalProperties": 3}, {"additionalProperties": {"additionalProperties": 3}}),
        (an_object(True, a=TEXT), {"n": {"m": 1.10}}, {"additionalProperties": {"n": {"m": 1.1}}}),
        (PATTERNS, {"x-n": 1}, {"additionalProperties": {"x-n": 1}}),
        ({"type": "array", "items": TYPED}, [{"n": 1}, None], [{"additionalProperties": {"n": 1}}]),
        (an_object(o=TYPED), {"o": {"n": 1}}, {"o": {"additionalProperties": {"n": 1}}}),
        (
            {"$ref": "#/components/schemas/Node"},
            {"n": {"a": "x", "m": {}}},
            {"additionalProperties": {"n": {"a": "x", "additionalProperties": {"m": {}}}}},
        ),
        (
            {"oneOf": [an_object(WHOLE, t={"enum": ["b"]}), an_object(t={"enum": ["c"]})]},
            {"t": "b", "n": 1},
            {"t": "b", "additionalProperties": {"n": 1}},
        ),
        (
            {"oneOf": [an_object(WHOLE, t={"enum": ["b"]}), an_object(t={"enum": ["c"]})]},
            {"t": "c", "n": 1},
            {"t": "c"},
        ),
        (
            {"oneOf": [{"type": "array", "items": TYPED}, TEXT]},
            [{"n": 1}],
            [{"additionalProperties": {"n": 1}}],
        ),
        (TYPED, "no object", "no object"),
        (TYPED, None, None),
    ],
)
async def test_others_coming_out(schema: Any, said: Any, value: Any) -> None:
    """What no field declares is under the field for it, wherever such an object is."""
    async with lined(told(said), read(schema, Node=NODE)) as one:
        found = await one.ask()

    assert _holds(found, value)


def _holds(found: Any, wanted: Any) -> bool:
    """Whether a value has all that is wanted of it; more does no harm, as no field shows it."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(
            key in found and _holds(found[key], one) for key, one in wanted.items()
        )
    if isinstance(wanted, list):
        return all(_holds(one, other) for one, other in zip(found, wanted, strict=False))
    return bool(found == (Decimal(str(wanted)) if isinstance(wanted, float) else wanted))


async def test_no_cost_elsewhere() -> None:
    """Values of functions without such types are what was read, and no copies."""
    from upstreams.openapi.call.rests import Rests

    value = {"a": "x"}

    assert Rests(read(an_object(a=TEXT))).gathered(Required(INT), value) is value


@pytest.mark.parametrize(
    ("schema", "given", "sent"),
    [
        (TYPED, {"a": "x", "additionalProperties": {"n": 1}}, {"a": "x", "n": 1}),
        (TYPED, {"a": "x", "additionalProperties": None}, {"a": "x"}),
        (TYPED, {"a": "x"}, {"a": "x"}),
        (
            TYPED,
            {"additionalProperties": {"additionalProperties": 1}},
            {"additionalProperties": 1},
        ),
        (an_object(o=TYPED), {"o": {"additionalProperties": {"n": 1}}}, {"o": {"n": 1}}),
        (
            {"$ref": "#/components/schemas/Node"},
            {"additionalProperties": {"n": {"additionalProperties": {"m": {"a": "x"}}}}},
            {"n": {"m": {"a": "x"}}},
        ),
    ],
)
async def test_others_going_in(schema: Any, given: Any, sent: Any) -> None:
    """What is given beside the fields is sent among them."""
    async with lined(told({}), read(schema, Node=NODE)) as one:
        await one.ask(input=given)

        assert json.loads(one.backend.asked[0].body) == sent


@pytest.mark.parametrize("others", [{"a": 1}, [1]])
async def test_others_that_cannot_be_sent(others: Any) -> None:
    """A field of its own cannot be given twice; the rest has names."""
    async with lined(told({}), read(an_object(True, a=TEXT))) as one:
        with pytest.raises(BadInput):
            await one.ask(input={"a": "x", "additionalProperties": others})

        assert one.backend.asked == []


async def test_an_answer_nested_too_deeply() -> None:
    """It fails as one that is not what was promised."""
    said = b'{"n":' * 900 + b"{}" + b"}" * 900
    async with lined(fixed(said), read({"$ref": "#/components/schemas/Node"}, Node=NODE)) as one:
        with pytest.raises(Malformed):
            await one.ask()


def test_alternatives_that_look_alike() -> None:
    """Made one, they have the rest of all."""
    found = read({"oneOf": [an_object(WHOLE, a=TEXT), an_object(a=TEXT, b=TEXT)]})

    assert fields(found, ObjectType)["additionalProperties"] == MapOf(Required(INT))


@pytest.mark.parametrize(
    ("maps", "shown", "literal"),
    [
        ("entries", "{ key value }", '[{ key: "n", value: 2 }]'),
        ("json", "", "{ n: 2 }"),
    ],
)
async def test_both_ways_in_graphql(tmp_path: Path, maps: str, shown: str, literal: str) -> None:
    """From what a client writes to what the backend gets, and back."""
    content = {"content": {"application/json": {"schema": TYPED}}}
    operation = {
        "operationId": "it",
        "requestBody": content,
        "responses": {"200": {"description": "", **content}},
    }
    document = {"openapi": "3.0.3", "paths": {"/it": {"post": operation}}}
    (tmp_path / "doc.json").write_text(json.dumps(document))
    query = f'mutation {{ it(input: {{ a: "x", additionalProperties: {literal} }})'
    async with answering(told({"a": "y", "m": 3})) as backend:
        up = f"{{openapi: doc.json, url: '{backend.url}', maps: {maps}}}"
        async with gateway(f"upstreams: {{up: {up}}}", tmp_path) as asking:
            body = await asking.query(f"{query} {{ a additionalProperties {shown} }} }}")

        assert json.loads(backend.asked[0].body) == {"a": "x", "n": 2}
    others = [{"key": "m", "value": 3}] if shown else {"m": 3}
    assert body["data"]["it"] == {"a": "y", "additionalProperties": others}
