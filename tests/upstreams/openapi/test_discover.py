"""Descriptions read from files and URLs."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.backends.openapi import Asked, answering, fixed
from tests.backends.process import LOOPBACK
from upstreams.errors import DiscoveryError
from upstreams.model import (
    ListOf,
    ObjectType,
    Remark,
    Required,
    Scalar,
    ScalarKind,
    TypeRef,
    innermost,
)
from upstreams.openapi import KIND
from upstreams.openapi.discover import discover, reading
from upstreams.openapi.model import OpenApiCatalog, Settings

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


@pytest.mark.parametrize(("url", "said"), [(None, []), ("http://here.test", ["url"])])
async def test_a_url_for_functions_with_servers(
    tmp_path: Path, url: str | None, said: list[str]
) -> None:
    """A configured URL is also for functions that have servers of their own, which is said."""
    described = json.loads(document({"type": "string"}, servers=[{"url": "https://pets.test"}]))
    described["paths"]["/pet"]["get"]["servers"] = [{"url": "https://files.test"}]
    file = tmp_path / "pets.json"
    file.write_text(json.dumps(described))

    found = await KIND.discover(Settings(openapi=str(file), url=url))

    assert [one.at for one in found.assumed if "'pet'" in one.reason] == said


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
        found = await KIND.discover(
            Settings(
                openapi=f"{backend.url}/v1/doc.json",
                headers={"x-key": "k"},
                refs=(f"{LOOPBACK}:{other.port}",),
            )
        )

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


async def test_a_url_of_another_host() -> None:
    """A document does not refer to another host, unless `refs` names it; the remark says so."""
    async with answering(fixed(PET.encode())) as other:
        text = document({"$ref": f"{other.url}/Pet.yaml"})
        async with answering(fixed(text.encode())) as backend:
            found = await KIND.discover(Settings(openapi=f"{backend.url}/doc"))

        assert "on another host; refused, unless `refs` names it" in found.degraded[0].reason
        assert other.asked == []


async def test_a_file_that_refers_to_a_url(tmp_path: Path) -> None:
    """A file's references to the network are followed where `refs` names the host, and no other."""
    async with answering(fixed(PET.encode())) as backend:
        root = tmp_path / "openapi.json"
        root.write_text(document({"$ref": f"{backend.url}/Pet.yaml"}))
        refused = await KIND.discover(Settings(openapi=str(root)))
        followed = await KIND.discover(Settings(openapi=str(root), refs=("127.*",)))

    assert "refused" in refused.degraded[0].reason
    assert [one.label for one in followed.types] == ["Pet"]


async def test_a_part_that_is_redirected_away() -> None:
    """A part that is redirected to a host that `refs` does not name is not fetched from there."""

    async def reply(asked: Asked, writer: asyncio.StreamWriter) -> None:
        text = document({"$ref": "part.yaml"})
        away = fixed(b"", 302, ("location", f"{other.url}/part.yaml"))
        await (away if "part" in asked.target else fixed(text.encode()))(asked, writer)

    async with answering(fixed(PET.encode())) as other, answering(reply) as backend:
        found = await KIND.discover(Settings(openapi=f"{backend.url}/doc"))

        assert "on another host" in found.degraded[0].reason
        assert other.asked == []


async def test_headers_of_a_description_that_moved() -> None:
    """Where the description was redirected to another host, its parts there get no headers."""

    async def moved(asked: Asked, writer: asyncio.StreamWriter) -> None:
        text = document({"$ref": "Pet.yaml"}) if asked.target == "/doc" else PET
        await fixed(text.encode())(asked, writer)

    async with answering(moved) as other:
        away = fixed(b"", 302, ("location", f"{other.url}/doc"))
        async with answering(away) as backend:
            settings = Settings(openapi=f"{backend.url}/", headers={"x-key": "k"})
            found = await KIND.discover(settings)

        assert [one.label for one in found.types] == ["Pet"]
        assert [one.header("x-key") for one in other.asked] == [None, None]


async def test_more_documents_than_allowed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A chain of documents ends at the limit, and the rest is named."""
    monkeypatch.setattr(reading, "MAX_DOCUMENTS", 3)
    for index in range(1, 6):
        (tmp_path / f"{index}.yaml").write_text(f"$ref: {index + 1}.yaml")
    root = tmp_path / "openapi.json"
    root.write_text(document({"$ref": "1.yaml"}))

    found = await KIND.discover(Settings(openapi=str(root)))

    assert "more than 3 documents" in found.degraded[0].reason


async def test_too_large_together(tmp_path: Path) -> None:
    """The limit of size is for all documents together."""
    root = tmp_path / "openapi.json"
    root.write_text(document({"$ref": "part.yaml"}))
    (tmp_path / "part.yaml").write_text(PET + "#" * 3000)

    found = await KIND.discover(Settings(openapi=str(root), max_description=3000))

    assert "larger than the limit" in found.degraded[0].reason


async def test_a_description_that_is_too_large(tmp_path: Path) -> None:
    """A document larger than the limit is refused."""
    root = tmp_path / "openapi.json"
    root.write_text(document({"type": "string"}))

    with pytest.raises(DiscoveryError, match="larger than the limit of 100 bytes"):
        await KIND.discover(Settings(openapi=str(root), max_description=100))


async def test_the_time_in_all() -> None:
    """Documents that each come in time do not take more time than is given for all."""
    forever = asyncio.Event()

    async def reply(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if "part" in asked.target:
            await forever.wait()
        await fixed(document({"$ref": "part.yaml"}).encode())(asked, writer)

    async with answering(reply) as backend:
        settings = Settings(openapi=f"{backend.url}/doc", discovery_timeout=0.3)
        with pytest.raises(DiscoveryError, match=r"all be read within 0\.3 s"):
            await KIND.discover(settings)
        forever.set()


async def test_metadata_behind_a_reference() -> None:
    """A reference to cloud metadata is refused, even where `refs` names every host."""
    text = document({"$ref": "http://169.254.169.254/latest/meta-data"})
    async with answering(fixed(text.encode())) as backend:
        found = await KIND.discover(Settings(openapi=f"{backend.url}/doc", refs=("*",)))

    assert "cloud metadata; refused" in found.degraded[0].reason


async def test_a_reference_that_is_no_url() -> None:
    """A reference that is no URL takes only its place with it."""
    async with answering(fixed(document({"$ref": "http://[::1/x"}).encode())) as backend:
        found = await KIND.discover(Settings(openapi=f"{backend.url}/doc", refs=("*",)))

    assert found.functions[0].returns == Scalar(ScalarKind.JSON)


@pytest.mark.parametrize(
    ("form", "declared"),
    [("utf-16", ""), ("utf-16-le", ""), ("utf-32-be", ""), ("utf-8-sig", ""), ("cp1252", "cp1252")],
)
async def test_other_forms_of_text(form: str, declared: str) -> None:
    """A description in another form of Unicode, or in a charset that is declared, is read."""
    body = document({"type": "string"}, info={"title": "Café"}).replace("\\u00e9", "é")
    named = ("content-type", f"application/json; charset={declared}")
    async with answering(fixed(body.encode(form), 200, named)) as backend:
        found = await KIND.discover(Settings(openapi=f"{backend.url}/doc"))

    assert found.title == "Café"


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


ANSWER = "#/paths/~1p/get/responses/200/content/application~1json/schema"


def yaml_document(
    schema: str = "{type: string}",
    *,
    path: str = "/p",
    says: str = "operationId: one",
    version: str = "openapi: 3.0.3",
    schemas: str = "{}",
) -> str:
    """A document as people write it, with one function that gives this schema back."""
    return (
        f"{version}\ninfo: {{title: Pets}}\nservers: [{{url: https://pets.test}}]\n"
        f"components: {{schemas: {schemas}}}\n"
        f"paths:\n  '{path}':\n    get:\n      {says}\n      responses:\n        200:\n"
        f"          content: {{application/json: {{schema: {schema}}}}}\n"
    )


async def described(folder: Path, text: str) -> OpenApiCatalog:
    """What KIND makes of a text in a file."""
    file = folder / ("openapi.json" if text.startswith("{") else "openapi.yaml")
    file.write_text(text)
    return await KIND.discover(Settings(openapi=str(file)))


@pytest.mark.parametrize(
    ("text", "at", "reason"),
    [
        ("openapi: 3.0.3\npaths: {}", "#/info", "missing; the description has no title"),
        ("openapi: 3.0.3\ninfo: {}", "#/paths", "missing; the description offers no functions"),
        ("openapi: 3.0.3\npaths: []", "#/paths", "missing; the description offers no functions"),
        ("openapi: 3.0.3\npaths: {}", "#/servers", "no address to call; set `url`"),
        (yaml_document(version="openapi: 3.0.0-RC1"), "#/openapi", "read as 3.0"),
        (yaml_document(version="openapi: 3.0"), "#/openapi", "read as 3.0"),
        (yaml_document(version="openapi: 3.2.0"), "#/openapi", "read as 3.1"),
        ("swagger: 2\npaths: {}", "#/swagger", "read as 2.0"),
        (yaml_document("{type: int}"), ANSWER, "type 'int' means 'integer'"),
        (
            yaml_document(path="/p/{id}"),
            "#/paths/~1p~1{id}/get/parameters",
            "'id' is in the path and not declared; a required text",
        ),
        (
            yaml_document(says="parameters: [{name: id, in: path, schema: {type: string}}]"),
            "#/paths/~1p/get/parameters/0",
            "'id' is not in the path /p; left out",
        ),
    ],
)
async def test_what_is_assumed(tmp_path: Path, text: str, at: str, reason: str) -> None:
    """What is wrong and can mean only one thing is taken so, and remarked with its place."""
    found = await described(tmp_path, text)

    assert Remark(at, reason) in found.assumed


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ("{type: strnig}", "unknown type 'strnig'"),
        ("{$ref: '#/components/schemas/Gone'}", "/Gone, which is not there"),
        ("{$ref: '#/components/schemas/A', description: x}", "in a circle"),
        ("{$ref: 'gone.yaml'}", "gone.yaml, which cannot be read"),
        ("{nullable: true}", "it names no type"),
        ("[{type: string}]", "it names no type"),
    ],
)
async def test_what_becomes_json(tmp_path: Path, schema: str, reason: str) -> None:
    """A schema that means nothing takes only its place with it, which becomes JSON."""
    circle = "{A: {$ref: '#/components/schemas/A'}}"

    found = await described(tmp_path, yaml_document(schema, schemas=circle))

    assert found.functions[0].returns == Scalar(ScalarKind.JSON)
    assert [one.at for one in found.degraded] == [ANSWER]
    assert reason in found.degraded[0].reason


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ("{type: file}", ScalarKind.BYTES),
        ("{$ref: '#/components/schemas/A%20b%7E1c'}", ScalarKind.INT),
        ("{$ref: '#/components/schemas/A b~1c', type: string, example: x}", ScalarKind.INT),
        ("{$ref: '#/paths/~1p/get/x-schema'}", ScalarKind.BOOLEAN),
        ("{type: string, nullable: 'true'}", ScalarKind.STRING),
        ("{type: string, format: date, example: 2020-01-02}", ScalarKind.DATE),
        ("{type: string, default: no, enum: !!set {}}", ScalarKind.STRING),
    ],
)
async def test_what_is_unusual_and_clear(tmp_path: Path, schema: str, kind: ScalarKind) -> None:
    """References percent-encoded, into paths, or with siblings in 3.0, and the like, are read."""
    says = "x-schema: {type: boolean}"
    text = yaml_document(schema, says=says, schemas="{'A b/c': {type: integer}}")

    found = await described(tmp_path, text)

    assert innermost(found.functions[0].returns) == Scalar(kind)
    assert found.degraded == ()


async def test_swagger_as_a_number(tmp_path: Path) -> None:
    """`swagger: 2.0` without quotes is Swagger 2.0."""
    answer = "{200: {description: '', schema: {type: file}}}"
    text = f"swagger: 2.0\nhost: h\npaths: {{/f: {{get: {{responses: {answer}}}}}}}"

    found = await described(tmp_path, text)

    assert found.functions[0].returns == Scalar(ScalarKind.BYTES)
    assert not any(one.at == "#/swagger" for one in found.assumed)


async def test_operations_of_the_same_id(tmp_path: Path) -> None:
    """The first of two operations keeps the id, the other is named by method and path."""
    text = yaml_document() + "    put: {operationId: one, responses: {204: {}}}\n"

    found = await described(tmp_path, text)

    assert [one.name for one in found.functions] == ["one", "PUT /p"]
    reason = "'one' again; named 'PUT /p' instead"
    assert Remark("#/paths/~1p/put/operationId", reason) in found.assumed


async def test_an_operation_without_id(tmp_path: Path) -> None:
    """An operation without an id is named by method and path, and that is no remark."""
    found = await described(
        tmp_path, yaml_document(path="/users/{id}/posts", says="parameters: []")
    )

    assert (found.functions[0].name, found.functions[0].label) == (
        "GET /users/{id}/posts",
        "getUsersByIdPosts",
    )


@pytest.mark.parametrize(
    ("path_item", "reason"),
    [
        ("{get: {operationId: one, parameters: [{$ref: '#/gone'}]}}", "#/gone, which is not there"),
        ("{get: {operationId: one, responses: {200: {$ref: '#/gone'}}}}", "#/gone, which is not"),
        ("{get: []}", "not an object"),
        ("", "not an object"),
        ("{$ref: 'gone.yaml'}", "gone.yaml, which cannot be read"),
    ],
)
async def test_what_is_skipped(tmp_path: Path, path_item: str, reason: str) -> None:
    """An operation that cannot be understood is skipped with the reason; the others stay."""
    found = await described(tmp_path, yaml_document(path="/ok") + f"  /p: {path_item}\n")

    assert [one.name for one in found.functions] == ["one"]
    assert reason in found.skipped[0].reason


async def test_required_of_a_property(tmp_path: Path) -> None:
    """`required: true` beside a property's type makes it required, and is remarked upon."""
    schema = "{type: object, properties: {a: {type: string, required: true}, b: {type: string}}}"

    found = await described(tmp_path, yaml_document(schema))

    (made,) = found.types
    assert isinstance(made, ObjectType)
    string = Scalar(ScalarKind.STRING)
    assert [one.type for one in made.fields] == [Required(string), string]
    reason = "true, and no list of names; the property is required"
    assert Remark(f"{ANSWER}/properties/a/required", reason) in found.assumed


async def test_required_of_nothing(tmp_path: Path) -> None:
    """`required: true` in a schema that is no property requires nothing, and is remarked upon."""
    found = await described(tmp_path, yaml_document("{type: object, required: true}"))

    reason = "true, and no list of names; nothing here is required"
    assert Remark(f"{ANSWER}/required", reason) in found.assumed


@pytest.mark.parametrize(
    ("said", "item", "taken"),
    [
        ("'true'", Scalar(ScalarKind.STRING), "true"),
        ("'True'", Scalar(ScalarKind.STRING), "true"),
        ("'no'", Required(Scalar(ScalarKind.STRING)), "false"),
    ],
)
async def test_a_truth_value_as_text(tmp_path: Path, said: str, item: TypeRef, taken: str) -> None:
    """Where a text stands for true or false, it is taken for what it says, and remarked upon."""
    schema = f"{{type: array, items: {{type: string, nullable: {said}}}}}"

    found = await described(tmp_path, yaml_document(schema))

    assert found.functions[0].returns == ListOf(item)
    reason = f"the text {said} is taken for {taken}"
    assert Remark(f"{ANSWER}/items/nullable", reason) in found.assumed


async def test_truth_values_of_parameters_as_text(tmp_path: Path) -> None:
    """Parameters and request bodies may say `required: 'true'`, too."""
    says = (
        "parameters: [{name: q, in: query, required: 'true', schema: {type: string}}]\n"
        "      requestBody: {required: 'true', content: {text/plain: {}}}"
    )

    found = await described(tmp_path, yaml_document(says=says))

    required = Required(Scalar(ScalarKind.STRING))
    assert [one.type for one in found.functions[0].arguments] == [required, required]
    places = {one.at for one in found.assumed if one.reason == "the text 'true' is taken for true"}
    operation = "#/paths/~1p/get"
    assert places == {f"{operation}/parameters/0/required", f"{operation}/requestBody/required"}


@pytest.mark.parametrize(
    ("says", "name", "key", "reason"),
    [
        ("operationId: 7", "7", "operationId", "not a text; read as one"),
        ("operationId: [a]", "GET /p", "operationId", "not a text; left out"),
        ("summary: true", "GET /p", "summary", "not a text; left out"),
    ],
)
async def test_texts_of_another_type(
    tmp_path: Path, says: str, name: str, key: str, reason: str
) -> None:
    """A number in the place of a text is read as one; what is no text at all is left out."""
    found = await described(tmp_path, yaml_document(says=says))

    assert found.functions[0].name == name
    assert Remark(f"#/paths/~1p/get/{key}", reason) in found.assumed


async def test_a_title_that_is_a_number(tmp_path: Path) -> None:
    """A title, of the description or of a schema, may be written as a number."""
    text = yaml_document("{type: object, title: 2, properties: {a: {}}}").replace(
        "title: Pets", "title: 4.20"
    )

    found = await described(tmp_path, text)

    assert (found.title, found.types[0].description) == ("4.20", "2")
    places = {one.at for one in found.assumed if one.reason == "not a text; read as one"}
    assert places == {"#/info/title", f"{ANSWER}/title"}


@pytest.mark.parametrize(
    "responses", ["", "responses: {}", "responses: []", "responses: {404: {description: no}}"]
)
async def test_no_answer_of_success(tmp_path: Path, responses: str) -> None:
    """A function of which no success is described gives nothing back, and is remarked upon."""
    get = f"{{operationId: one, {responses}}}"

    found = await described(tmp_path, f"openapi: 3.0.3\npaths: {{/p: {{get: {get}}}}}")

    assert found.functions[0].returns == Scalar(ScalarKind.VOID)
    reason = "no answer of success is described; what comes is not read"
    assert Remark("#/paths/~1p/get/responses", reason) in found.assumed


async def test_a_path_without_its_slash(tmp_path: Path) -> None:
    """A path that lacks its first slash is given one, and is remarked upon."""
    found = await described(tmp_path, yaml_document(path="pets"))

    assert found.functions[0].binding.path == "/pets"
    reason = "a path begins with a slash; read as '/pets'"
    assert Remark("#/paths/pets", reason) in found.assumed


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("ok", "#/paths/ok: the same path is there with its slash"),
        ("https://a.test/b", "#/paths/https:~1~1a.test~1b: a URL, not a path"),
    ],
)
async def test_what_is_no_path(tmp_path: Path, path: str, reason: str) -> None:
    """A key that is no path is skipped with the reason."""
    found = await described(tmp_path, yaml_document(path="/ok") + f"  {path}: {{get: {{}}}}\n")

    assert [(one.function, one.reason) for one in found.skipped] == [(path, reason)]


async def test_another_document_in_the_stream(tmp_path: Path) -> None:
    """The first document of a YAML stream is read; that another follows is said with its line."""
    text = f"{yaml_document()}---\nopenapi: 3.0.3\n"

    found = await described(tmp_path, text)

    assert [one.name for one in found.functions] == ["one"]
    line = text.count("\n", 0, text.index("---")) + 1
    reason = f"another document begins at line {line}, column 1; it is not read"
    assert Remark("#", reason) in found.assumed


@pytest.mark.parametrize("around", ["# a licence\n---\n---\n{}", "{}---\n", "{}...\n---\n"])
async def test_empty_documents_in_the_stream(tmp_path: Path, around: str) -> None:
    """Empty documents before and after the description mean nothing."""
    found = await described(tmp_path, around.format(yaml_document()))

    assert [one.name for one in found.functions] == ["one"]
    assert not any("another document" in one.reason for one in found.assumed)


async def test_a_reference_into_what_is_no_url(tmp_path: Path) -> None:
    """A reference into a document that cannot have a URL takes only its place with it."""
    found = await described(tmp_path, yaml_document("{$ref: 'http://[x#/A'}"))

    assert [one.at for one in found.degraded] == [ANSWER]


async def test_keys_that_are_numbers(tmp_path: Path) -> None:
    """Keys are text as they are written, whatever YAML might take them for."""
    schema = "{type: object, properties: {1: {type: string}, 2.50: {}, no: {}, 2020-01-02: {}}}"

    found = await described(tmp_path, yaml_document(schema))

    (made,) = found.types
    assert isinstance(made, ObjectType)
    assert [one.name for one in made.fields] == ["1", "2.50", "no", "2020-01-02"]


@pytest.mark.parametrize("name", ["n" * 300, "😀", "🚀 to-the.moon", "__proto__"])
async def test_names_of_any_kind(tmp_path: Path, name: str) -> None:
    """The catalog keeps the description's own names, however long or odd."""
    schema = f"{{type: object, properties: {{'{name}': {{type: string}}}}}}"
    text = yaml_document(
        f"{{$ref: '#/components/schemas/{name}'}}",
        says=f"operationId: '{name}'",
        schemas=f"{{'{name}': {schema}}}",
    )

    found = await described(tmp_path, text)

    (made,) = found.types
    assert isinstance(made, ObjectType)
    assert (found.functions[0].name, made.label, made.fields[0].name) == (name, name, name)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{\n "openapi": "3.0.3",\n "paths": {},\n}', "at line 4, column 1"),
        ('{\n // so\n "openapi": "3.0.3"}', "at line 2, column 2"),
        ('{\n "openapi": "3.0.3",\n "x": NaN}', "at line 3"),
        ('{"openapi": "3.0.3", "paths": {}} {}', "at line 1"),
        ("openapi: 3.0.3\npaths:\n\t/p: {}", "at line 3, column 1"),
        ("openapi: 3.0.3\npaths: {}\nx: [1", "at line 4, column 1"),
        ("openapi: 3.0.3\n? [a]\n: 1", "a key must be text at line 2"),
        ("openapi: 3.0.3\nx: &a [*a]", "the alias \\*a stands for nothing, or for itself"),
        ('{"openapi": "3.0.3", "x": ' + "[" * 100_000, "nested too deeply"),
        ("openapi: 3.0.3\nx: " + "[" * 5_000 + "]" * 5_000, "nested"),
        ("openapi: 4.0.0\npaths: {}", "#/openapi: version '4.0.0' is not known"),
        ("openapi: 3\npaths: {}", "#/openapi: version '3' is not known"),
        ("swagger: '1.2'\npaths: {}", "#/swagger: version '1.2' is not known"),
        ("paths: {}", "missing its version"),
        ("just text", "its root is the text"),
        ("[]", "its root is a list"),
    ],
)
async def test_what_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """What could mean anything is refused, with the line, or the JSON pointer."""
    with pytest.raises(DiscoveryError, match=message) as caught:
        await described(tmp_path, text)

    assert caught.value.at.startswith(str(tmp_path))


async def test_an_alias_bomb(tmp_path: Path) -> None:
    """YAML that stands for a billion values is refused before it has them."""
    lines = [f"x-{n + 1}: &a{n + 1} [{', '.join([f'*a{n}'] * 10)}]" for n in range(9)]
    text = "openapi: 3.0.3\npaths: {}\nx-0: &a0 [lol]\n" + "\n".join(lines)

    with pytest.raises(DiscoveryError, match="aliases stand for more than 1000000 values"):
        await described(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        (
            '{"openapi": "3.0.3", "paths": {"/a/b": {}, "/a/b": {}}}',
            Remark("#/paths/~1a~1b", "written twice; the last one counts"),
        ),
        (
            "openapi: 3.0.3\npaths:\n  /a: {}\n  /a: {}",
            Remark("#", "'/a' at line 4, column 3 is written twice; the last one counts"),
        ),
    ],
)
async def test_a_key_written_twice(tmp_path: Path, text: str, remark: Remark) -> None:
    """A key that is written twice loses what came first, and that is remarked with its place."""
    found = await described(tmp_path, text)

    assert remark in found.assumed


@pytest.mark.parametrize(
    ("parameters", "index", "reason"),
    [
        ("{name: q, in: query}, {name: q, in: query}", 1, "'q' in query again; the first is taken"),
        ("{in: query}", 0, "a parameter needs a name and a place; '' in 'query' is left out"),
        ("{name: q}", 0, "a parameter needs a name and a place; 'q' in '' is left out"),
        ("q", 0, "a parameter needs a name and a place; '' in '' is left out"),
    ],
)
async def test_wrong_parameters(tmp_path: Path, parameters: str, index: int, reason: str) -> None:
    """A parameter that cannot be sent, or is there already, is left out with a remark."""
    found = await described(tmp_path, yaml_document(says=f"parameters: [{parameters}]"))

    assert Remark(f"#/paths/~1p/get/parameters/{index}", reason) in found.assumed


async def test_a_method_in_upper_case(tmp_path: Path) -> None:
    """A method that is not written as the specification says is skipped with the reason."""
    found = await described(tmp_path, yaml_document().replace("    get:", "    GET:"))

    (skipped,) = found.skipped
    assert skipped.reason == "#/paths/~1p/GET: methods are written in lower case"
