"""Descriptions read from files and URLs."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.backends.openapi import Asked, answering, fixed
from upstreams.errors import DiscoveryError
from upstreams.model import Scalar, ScalarKind
from upstreams.openapi import KIND
from upstreams.openapi.discover import discover
from upstreams.openapi.model import Settings

PET = "type: object\nproperties: {name: {type: string}}\n"


def document(schema: Any, **more: Any) -> str:
    """A document with one function that gives this schema back."""
    answer = {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}
    paths = {"/pet": {"get": {"operationId": "pet", "responses": answer}}}
    return json.dumps({"openapi": "3.0.3", "info": {"title": "Pets"}, "paths": paths, **more})


async def test_a_file(tmp_path: Path) -> None:
    """A file is a catalog."""
    file = tmp_path / "pets.json"
    file.write_text(document({"type": "string"}, servers=[{"url": "https://pets.test"}]))

    found = await KIND.discover(Settings(openapi=str(file)))

    assert (found.title, found.url) == ("Pets", "https://pets.test")
    assert found.functions[0].returns == Scalar(ScalarKind.STRING)


async def test_a_url() -> None:
    """A URL is a catalog, served where it was found unless it says otherwise."""
    async with answering(fixed(document({"type": "string"}).encode())) as backend:
        settings = Settings(openapi=f"{backend.url}/api/doc?key=1", headers={"x-key": "k"})
        found = await KIND.discover(settings)

        assert found.url == backend.url
        assert backend.asked[0].header("x-key") == "k"


async def test_several_files(tmp_path: Path) -> None:
    """Files that are referred to are read from beside the one that refers to them."""
    (tmp_path / "common").mkdir()
    (tmp_path / "api").mkdir()
    (tmp_path / "common" / "Pet one.yaml").write_text("$ref: deeper/Pet.yaml")
    (tmp_path / "common" / "deeper").mkdir()
    (tmp_path / "common" / "deeper" / "Pet.yaml").write_text(PET)
    root = tmp_path / "api" / "openapi.json"
    root.write_text(document({"$ref": "../common/Pet%20one.yaml"}))

    found = await KIND.discover(Settings(openapi=str(root)))

    (made,) = found.types
    assert (made.label, made.source) == ("Pet", "../common/deeper/Pet.yaml#")


async def test_several_urls() -> None:
    """Documents on the same host are fetched with the headers, on another without."""

    async def reply(asked: Asked, writer: asyncio.StreamWriter) -> None:
        texts = {
            "/v1/doc.json": document({"$ref": "more/list.yaml#/Pets"}),
            "/v1/more/list.yaml": f"Pets: {{$ref: '{other.url}/Pet.yaml'}}",
        }
        await fixed(texts[asked.target].encode())(asked, writer)

    async with answering(fixed(PET.encode())) as other, answering(reply) as backend:
        settings = Settings(openapi=f"{backend.url}/v1/doc.json", headers={"x-key": "k"})
        found = await KIND.discover(settings)

        assert [one.label for one in found.types] == ["Pet"]
        assert [one.header("x-key") for one in backend.asked + other.asked] == ["k", "k", None]


async def test_a_missing_file_of_several(tmp_path: Path) -> None:
    """A part that is not there takes only its place with it, and is named."""
    root = tmp_path / "openapi.json"
    root.write_text(document({"$ref": "absent.yaml"}))

    found = await KIND.discover(Settings(openapi=str(root)))

    assert found.functions[0].returns == Scalar(ScalarKind.JSON)
    assert "absent.yaml, which cannot be read: No such file" in found.degraded[0].reason


@pytest.mark.parametrize("target", ["/etc/passwd", "file:///etc/passwd"])
async def test_files_that_are_none_of_its_business(tmp_path: Path, target: str) -> None:
    """A description names files by their way from it, not by where they are on the machine."""
    root = tmp_path / "openapi.json"
    root.write_text(document({"$ref": target}))

    found = await KIND.discover(Settings(openapi=str(root)))

    assert "refused" in found.degraded[0].reason


@pytest.mark.parametrize("target", ["file:///etc/hostname", "FILE:///etc/hostname"])
async def test_a_url_does_not_lead_to_a_file(target: str) -> None:
    """A description from the network never makes us read a file."""
    async with answering(fixed(document({"$ref": target}).encode())) as backend:
        found = await KIND.discover(Settings(openapi=f"{backend.url}/doc"))

    assert "refused" in found.degraded[0].reason


async def test_files_in_a_circle(tmp_path: Path) -> None:
    """Documents that refer to each other are read once each."""
    root = tmp_path / "openapi.json"
    root.write_text(document({"$ref": "node.yaml"}))
    node = "type: object\nproperties: {up: {$ref: 'openapi.json#/info'}, next: {$ref: 'node.yaml'}}"
    (tmp_path / "node.yaml").write_text(node)

    found = await KIND.discover(Settings(openapi=str(root)))

    assert [one.label for one in found.types] == ["node"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<!DOCTYPE html><html></html>", "an HTML page"),
        (b'{"openapi": "3.0.3", "paths"', "ends too early"),
        (b'{"info": {}, "item": []}', "Postman"),
        (b"", "empty"),
    ],
)
async def test_what_is_no_description(body: bytes, message: str) -> None:
    """Anything but a description is refused with its URL and what was found."""
    async with answering(fixed(body)) as backend:
        with pytest.raises(DiscoveryError, match=message) as caught:
            await KIND.discover(Settings(openapi=f"{backend.url}/doc"))

        assert str(caught.value).startswith(f"{backend.url}/doc: ")


async def test_the_loop_is_not_blocked(tmp_path: Path) -> None:
    """While a large description is translated, the event loop goes on."""
    schemas = {
        f"T{n}": {"type": "object", "properties": {f"p{m}": {"type": "string"} for m in range(20)}}
        for n in range(2000)
    }
    every = {"oneOf": [{"$ref": f"#/components/schemas/T{n}"} for n in range(2000)]}
    root = tmp_path / "openapi.json"
    root.write_text(document(every, components={"schemas": schemas}))
    turns = 0

    async with asyncio.TaskGroup() as tasks:
        discovery = tasks.create_task(discover(Settings(openapi=str(root))))
        while not discovery.done():
            await asyncio.sleep(0.001)
            turns += 1

    assert turns > 5
