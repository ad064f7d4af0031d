"""Changes that the configuration makes to a description before it is translated."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.config.read import loads
from tests.backends.openapi import answering, fixed
from upstreams.errors import DiscoveryError
from upstreams.model import Remark
from upstreams.openapi import KIND
from upstreams.openapi.discover import overlay
from upstreams.openapi.model import OpenApiCatalog, Settings

PETS = """
openapi: 3.0.3
info: {title: Pets}
servers: [{url: https://old.test}]
paths:
  /pets:
    get:
      operationId: pets
      tags: [a, b, c, d]
      parameters:
      - {name: debug, in: query, schema: {type: string}}
      - {name: limit, in: query, schema: &number {type: integer}}
      responses: {200: {description: fine, content: {application/json: {schema: *number}}}}
  /internal:
    get:
      operationId: internal
      responses: {204: {description: none}}
"""


def actions(*written: dict[str, Any], version: str = "1.1.0") -> str:
    """An Overlay document."""
    about = {"overlay": version, "info": {"title": "t", "version": "1"}}
    return json.dumps({**about, "actions": written})


async def overlaid(folder: Path, *texts: str) -> OpenApiCatalog:
    """The catalog of the pets with these overlays, each a file of its own."""
    root = folder / "pets.yaml"
    root.write_text(PETS)
    files = [folder / f"overlay-{index}.yaml" for index in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text)
    return await KIND.discover(Settings(openapi=str(root), overlay=tuple(map(str, files))))


def applied(tree: Any, *written: dict[str, Any], version: str = "1.1.0") -> Any:
    """The document after these actions."""
    one = overlay.overlay(json.loads(actions(*written, version=version)), "fix.json")
    return overlay.apply(tree, [one])[0]


async def test_an_update(tmp_path: Path) -> None:
    """An update merges into what its target selects, and the catalog shows it."""
    text = actions({"target": "$.info", "update": {"title": "Animals"}})

    found = await overlaid(tmp_path, text)

    assert (found.title, found.url) == ("Animals", "https://old.test")


async def test_a_removal(tmp_path: Path) -> None:
    """What is removed is not offered."""
    text = actions({"target": "$.paths['/internal']", "remove": True})

    found = await overlaid(tmp_path, text)

    assert [one.name for one in found.functions] == ["pets"]


async def test_a_removal_by_filter(tmp_path: Path) -> None:
    """A filter selects list entries by what they say."""
    text = actions({"target": "$.paths.*.get.parameters[?@.name == 'debug']", "remove": True})

    found = await overlaid(tmp_path, text)

    assert [one.name for one in found.functions[0].arguments] == ["limit"]


async def test_a_merge_patch(tmp_path: Path) -> None:
    """An object that is no Overlay is a JSON merge patch (RFC 7396): null takes away."""
    text = yaml.safe_dump({"servers": [{"url": "https://new.test"}], "paths": {"/internal": None}})

    found = await overlaid(tmp_path, text)

    assert found.url == "https://new.test"
    assert [one.name for one in found.functions] == ["pets"]


async def test_several_in_order(tmp_path: Path) -> None:
    """Overlays are applied one after the other, each to the result of the one before."""
    first = actions({"target": "$.info", "update": {"title": "One", "x-first": True}})
    second = actions({"target": "$.info[?@ == true]", "update": "seen"})
    third = '{"info": {"title": "Three"}}'

    found = await overlaid(tmp_path, first, second, third)

    assert found.title == "Three"
    assert not any("selects nothing" in one.reason for one in found.assumed)


async def test_a_target_that_selects_nothing(tmp_path: Path) -> None:
    """An action that changes nothing is remarked, with its place in the overlay."""
    text = actions({"target": "$.info", "update": {}}, {"target": "$.absent", "remove": True})

    found = await overlaid(tmp_path, text)

    reason = "its target $.absent selects nothing; nothing is changed"
    assert found.assumed[0] == Remark("overlay-0.yaml#/actions/1", reason)


async def test_an_overlay_from_a_url(tmp_path: Path) -> None:
    """An overlay may be fetched; headers for the backend are not for the overlay's host."""
    root = tmp_path / "pets.yaml"
    root.write_text(PETS)
    async with answering(fixed(b'{"info": {"title": "Fetched"}}')) as backend:
        settings = Settings(openapi=str(root), overlay=(backend.url,), headers={"x-key": "k"})
        found = await KIND.discover(settings)

        assert found.title == "Fetched"
        assert backend.asked[0].header("x-key") is None


async def test_refs_of_an_overlay(tmp_path: Path) -> None:
    """What an overlay refers to is read, by its way from the description."""
    (tmp_path / "Pet.yaml").write_text("type: object\nproperties: {name: {type: string}}")
    answer = "$.paths['/pets'].get.responses['200'].content['application/json']"
    update = {"schema": {"$ref": "Pet.yaml"}}
    text = actions(
        {"target": f"{answer}.schema", "remove": True}, {"target": answer, "update": update}
    )

    found = await overlaid(tmp_path, text)

    assert [one.label for one in found.types] == ["Pet"]


async def test_a_shared_value(tmp_path: Path) -> None:
    """Where YAML says the same value twice by an alias, an action changes the one it selects."""
    target = "$.paths['/pets'].get.parameters[1].schema"
    text = actions({"target": target, "update": {"type": "string"}})

    found = await overlaid(tmp_path, text)

    (pets, _) = found.functions
    assert pets.returns != pets.arguments[1].type


def test_how_the_configuration_names_overlays(tmp_path: Path) -> None:
    """One file, or a list of files and URLs, beside the configuration."""
    text = (
        "upstreams:\n  a: {openapi: a.yaml, overlay: fix.yaml}\n"
        "  b: {openapi: a.yaml, overlay: [fix.yaml, 'https://h/x']}\n"
    )

    config = loads(text, tmp_path / "splice.yaml", {})

    fix = str(tmp_path / "fix.yaml")
    settings = [one.settings for one in config.upstreams.values()]
    assert [getattr(one, "overlay", None) for one in settings] == [(fix,), (fix, "https://h/x")]


@pytest.mark.parametrize(
    ("target", "left"),
    [
        ("$[1,3]", ["a", "c"]),
        ("$[3,1,1]", ["a", "c"]),
        ("$[?@ == 'b']", ["a", "c", "d"]),
        ("$[-1]", ["a", "b", "c"]),
        ("$[*]", []),
        ("$[::2]", ["b", "d"]),
    ],
)
def test_removal_from_a_list(target: str, left: list[str]) -> None:
    """However entries are selected, those and no others are removed."""
    assert applied(["a", "b", "c", "d"], {"target": target, "remove": True}) == left


@pytest.mark.parametrize(
    ("version", "update", "expected"),
    [
        ("1.0.0", 2, [1, 2]),
        ("1.0.0", [2, 3], [1, [2, 3]]),
        ("1.1.0", [2, 3], [1, 2, 3]),
        ("1.1.0", {"a": 1}, [1, {"a": 1}]),
    ],
)
def test_update_of_a_list(version: str, update: Any, expected: Any) -> None:
    """A list gains an entry; from 1.1 on, a list is added entry by entry."""
    written = {"target": "$.l", "update": update}

    assert applied({"l": [1]}, written, version=version) == {"l": expected}


def test_a_deep_merge() -> None:
    """Objects merge, lists concatenate, plain values are replaced; null empties no object."""
    tree = {"o": {"a": 1, "l": [1], "p": {"q": 1}, "n": None}}
    update = {"a": 2, "l": [2], "p": None, "n": {"x": 1}, "new": [3]}

    found = applied(tree, {"target": "$.o", "update": update})

    assert found == {"o": {"a": 2, "l": [1, 2], "p": {"q": 1}, "n": {"x": 1}, "new": [3]}}


def test_the_given_document_stays() -> None:
    """The document that is handed in is not changed, nor the overlay by later actions."""
    tree: dict[str, Any] = {"a": {}, "b": {}}
    shared = {"target": "$.*", "update": {"l": [1]}}

    found = applied(tree, shared, {"target": "$.a.l", "update": 2})

    assert (tree, found) == ({"a": {}, "b": {}}, {"a": {"l": [1, 2]}, "b": {"l": [1]}})


def test_a_copy() -> None:
    """A copy merges one node into others, and is its own from then on."""
    tree = {"paths": {"/old": {"get": {"x": 1}}, "/new": {"put": {}}}}

    found = applied(
        tree,
        {"target": "$.paths['/new']", "copy": "$.paths['/old']"},
        {"target": "$.paths['/old'].get", "update": {"x": 2}},
    )

    assert found["paths"]["/new"] == {"put": {}, "get": {"x": 1}}


def test_a_plain_value() -> None:
    """A plain value is replaced by another."""
    assert applied({"a": ["x"]}, {"target": "$.a[0]", "update": "y"}) == {"a": ["y"]}


@pytest.mark.parametrize(
    ("written", "place", "message"),
    [
        ("[1]", "", "neither an OpenAPI Overlay nor a JSON merge patch"),
        ('{"overlay": "2.0.0", "actions": []}', "#/overlay", "'2.0.0' is not known"),
        ('{"overlay": "1.0.0"}', "#/actions", "a list of actions"),
        (actions({"update": {}}), "#/actions/0/target", "needs a target"),
        (actions({"target": "$.", "update": {}}), "#/actions/0/target", "not JSONPath"),
        (actions({"target": "paths", "update": {}}), "#/actions/0/target", "not JSONPath"),
        (actions({"target": "$.a | $.b", "update": {}}), "#/actions/0/target", "not JSONPath"),
        (actions({"target": "$.info"}), "#/actions/0", "one of update, copy, or remove"),
        (actions({"target": "$.info", "copy": 1}), "#/actions/0/copy", "as text"),
        (actions({"target": "$.info", "copy": "$.paths.*"}), "#/actions/0/copy", "selects 2"),
        (actions({"target": "$.info", "update": 1}), "#/actions/0/update", "takes only an object"),
        (actions({"target": "$.openapi", "update": {}}), "#/actions/0/update", "a plain value"),
        (actions({"target": "$", "remove": True}), "#/actions/0", "cannot be removed"),
        (
            actions({"target": "$", "update": {"info": []}}),
            "#/actions/0/update",
            "'info' is of another kind",
        ),
        (actions({"$ref": "#/components/actions/a"}), "#/actions/0/$ref", "reusable"),
        ("overlay: 1.0.0\n\tactions: []", "", "line 2, column 1"),
    ],
)
async def test_a_wrong_overlay(tmp_path: Path, written: str, place: str, message: str) -> None:
    """An overlay that cannot be applied is an error with its file, pointer or line."""
    with pytest.raises(DiscoveryError, match=message) as caught:
        await overlaid(tmp_path, written)

    assert caught.value.at == f"{tmp_path}/overlay-0.yaml{place}"


async def test_a_missing_overlay(tmp_path: Path) -> None:
    """An overlay that is not there is an error with its path."""
    (tmp_path / "pets.yaml").write_text(PETS)
    settings = Settings(openapi=str(tmp_path / "pets.yaml"), overlay=(str(tmp_path / "no.yaml"),))

    with pytest.raises(DiscoveryError, match=r"no\.yaml: No such file"):
        await KIND.discover(settings)


def test_every_digit() -> None:
    """A document keeps its numbers through an overlay."""
    tree = {"a": {"n": Decimal("1.10"), "big": 10**30}}

    found = applied(tree, {"target": "$.a", "update": {"x": 1}})

    assert (str(found["a"]["n"]), found["a"]["big"]) == ("1.10", 10**30)


def test_a_document_that_is_too_deep() -> None:
    """A document too deep to be copied is refused by the overlay's name, and nothing crashes."""
    tree: Any = {}
    for _ in range(5000):
        tree = {"a": tree}

    with pytest.raises(DiscoveryError, match=r"fix\.json: it, or the description, is nested too"):
        applied(tree, {"target": "$..x", "remove": True})
