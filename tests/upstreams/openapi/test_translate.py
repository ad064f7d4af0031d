"""OpenAPI documents as catalogs."""

import json
import textwrap
from typing import Any

import pytest

from upstreams.errors import DiscoveryError
from upstreams.json_schema import Documents
from upstreams.model import (
    Effect,
    Field,
    Function,
    Named,
    Remark,
    Required,
    Scalar,
    ScalarKind,
    Skipped,
    UnionType,
)
from upstreams.openapi.model import (
    Binding,
    Body,
    Form,
    OpenApiCatalog,
    Parameter,
    Style,
    Where,
)
from upstreams.openapi.translate import parse, references, translate

HERE = "https://api.test/v1/openapi.json"
STRING = Scalar(ScalarKind.STRING)
INT = Scalar(ScalarKind.INT)
OK = {"200": {"description": "", "content": {"application/json": {"schema": {"type": "string"}}}}}


def catalog(paths: Any, location: str = HERE, **more: Any) -> OpenApiCatalog:
    """The catalog of a 3.0 document with these paths."""
    document = {"openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "paths": paths, **more}
    return translate(Documents({"": document}), location)


def old(paths: Any, location: str = HERE, **more: Any) -> OpenApiCatalog:
    """The catalog of a 2.0 document with these paths."""
    document = {"swagger": "2.0", "info": {"title": "T", "version": "1"}, "paths": paths, **more}
    return translate(Documents({"": document}), location)


def only(found: OpenApiCatalog) -> Function[Binding]:
    (function,) = found.functions
    return function


def test_a_function() -> None:
    """An operation is a function: named by its id, read by GET, described by both its texts."""
    get = {
        "operationId": "get_user",
        "summary": "One user",
        "description": "By number.",
        "deprecated": True,
        "tags": ["users"],
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
        ],
        "responses": OK,
    }

    function = only(catalog({"/users/{id}": {"get": get}}))

    assert (function.name, function.label, function.scope) == ("get_user", "get_user", ("users",))
    assert function.effect is Effect.READ
    assert function.description == "One user\n\nBy number."
    assert function.deprecated
    assert function.returns == STRING
    assert function.source == "#/paths/~1users~1{id}/get"
    assert function.arguments == (
        Field("id", Required(INT), source="#/paths/~1users~1{id}/get/parameters/0"),
    )
    assert function.binding == Binding(
        "GET",
        "/users/{id}",
        (Parameter("id", Where.PATH, "id", Style.SIMPLE),),
        successes=("200",),
    )


@pytest.mark.parametrize(
    ("path", "method", "label"),
    [
        ("/users/{id}/posts", "get", "getUsersByIdPosts"),
        ("/users", "post", "postUsers"),
        ("/", "get", "get"),
        ("/a-b/c_d.json", "delete", "deleteABCDJson"),
        ("/{a},{b}", "get", "getByAByB"),
    ],
)
def test_functions_without_an_id(path: str, method: str, label: str) -> None:
    """Without an operationId, method and path are the name."""
    function = only(catalog({path: {method: {"responses": OK}}}))

    assert (function.name, function.label) == (f"{method.upper()} {path}", label)


def test_an_id_used_twice() -> None:
    """The second of two equal ids gives way to method and path, and a remark says so."""
    found = catalog({"/a": {"get": {"operationId": "x"}}, "/b": {"get": {"operationId": "x"}}})

    assert [function.name for function in found.functions] == ["x", "GET /b"]
    assert [remark.at for remark in found.assumed if "again" in remark.reason] == [
        "#/paths/~1b/get/operationId"
    ]


@pytest.mark.parametrize(
    ("method", "effect"),
    [("get", Effect.READ), ("head", Effect.READ), ("post", Effect.WRITE), ("delete", Effect.WRITE)],
)
def test_effects(method: str, effect: Effect) -> None:
    """GET and HEAD read, everything else writes."""
    assert only(catalog({"/a": {method: {}}})).effect is effect


def test_parameters_of_the_path_item() -> None:
    """A path's parameters hold for its operations, which may replace them."""
    item = {
        "parameters": [
            {"name": "id", "in": "path", "schema": {"type": "string"}},
            {"name": "page", "in": "query", "schema": {"type": "string"}},
        ],
        "get": {"parameters": [{"name": "page", "in": "query", "schema": {"type": "integer"}}]},
    }

    function = only(catalog({"/a/{id}": item}))

    assert [(field.name, field.type) for field in function.arguments] == [
        ("page", INT),
        ("id", Required(STRING)),
    ]


def test_an_undeclared_path_parameter() -> None:
    """A variable of the path that nobody declared is a required text, and remarked upon."""
    found = catalog({"/a/{id}": {"get": {}}})

    assert [(field.name, field.type) for field in only(found).arguments] == [
        ("id", Required(STRING))
    ]
    assert any("'id' is in the path and not declared" in remark.reason for remark in found.assumed)


def test_headers_that_are_ours() -> None:
    """`Accept`, `Content-Type` and `Authorization` are no arguments; nor is what is configured."""
    names = ["accept", "Content-Type", "AUTHORIZATION", "X-Api-Key", "X-Trace"]
    given = [{"name": name, "in": "header", "schema": {"type": "string"}} for name in names]
    document = {"openapi": "3.1.0", "paths": {"/a": {"get": {"parameters": given}}}}

    found = translate(Documents({"": document}), HERE, frozenset({"x-api-key"}))

    assert [field.name for field in only(found).arguments] == ["X-Trace"]


@pytest.mark.parametrize("name", ["Host", "content-length", "Transfer-Encoding", "Connection"])
def test_headers_of_the_connection(name: str) -> None:
    """What says where a request goes, or where it ends, is no client's to give."""
    given = [{"name": name, "in": "header", "schema": {"type": "string"}}]

    found = catalog({"/a": {"get": {"parameters": given, "responses": OK}}})

    assert only(found).arguments == ()
    assert found.assumed == (
        Remark("#/paths/~1a/get/parameters/0", f"{name!r} belongs to the connection; left out"),
    )


@pytest.mark.parametrize("key", ["parameters", "requestBody", "callbacks", "security", "servers"])
def test_parts_of_the_wrong_shape(key: str) -> None:
    """What should be a list or an object and is neither is left out, and said to be."""
    found = catalog({"/a": {"get": {key: 1, "responses": OK}}})

    (said,) = found.assumed
    assert said.at == f"#/paths/~1a/get/{key}"
    assert said.reason.endswith("; left out")


@pytest.mark.parametrize("order", [("path", "query"), ("query", "path")])
def test_two_parameters_of_one_name(order: tuple[str, str]) -> None:
    """The one in the path keeps it, whichever comes first; the other says where it goes."""
    given = [{"name": "id", "in": where, "schema": {"type": "string"}} for where in order]

    function = only(catalog({"/a/{id}": {"get": {"parameters": given}}}))

    called = {"path": "id", "query": "query-id"}
    assert [field.name for field in function.arguments] == [called[where] for where in order]
    assert function.binding.parameters[order.index("query")] == Parameter(
        "id", Where.QUERY, "query-id", Style.FORM, explode=True
    )


def test_a_parameter_of_a_variables_name_does_not_take_its_place() -> None:
    """The variable is an argument though nothing declares it."""
    given = [{"name": "id", "in": "query", "schema": {"type": "string"}}]

    function = only(catalog({"/a/{id}": {"get": {"parameters": given}}}))

    assert [field.name for field in function.arguments] == ["query-id", "id"]
    assert function.binding.parameters[1].where is Where.PATH


@pytest.mark.parametrize("place", [0, 1])
def test_types_of_parameters_are_told_apart_by_the_names_of_those(place: int) -> None:
    """Their order has no meaning; two of one name are told apart by where they go."""
    sort = {"name": "sort", "in": "query", "schema": {"enum": ["up", "down"]}}
    given = [
        {"name": "a/b", "in": where, "schema": {"enum": [where]}} for where in ("query", "cookie")
    ]

    found = catalog({"/it": {"get": {"parameters": [*given[:place], sort, *given[place:]]}}})

    assert {one.key for one in found.types} == {
        "#/paths/~1it/get/parameters/sort/schema",
        "#/paths/~1it/get/parameters/query-a~1b/schema",
        "#/paths/~1it/get/parameters/cookie-a~1b/schema",
    }


def test_a_text_or_number_parameter() -> None:
    """In a URL a number and its text are the same, so a choice between them is a text."""
    schema = {"oneOf": [{"type": "integer"}, {"type": "string"}]}
    given = [{"name": "id", "in": "query", "schema": schema}]

    assert only(catalog({"/a": {"get": {"parameters": given}}})).arguments[0].type == STRING


@pytest.mark.parametrize(
    ("said", "style", "explode"),
    [
        ({}, Style.FORM, True),
        ({"explode": False}, Style.FORM, False),
        ({"style": "pipeDelimited"}, Style.PIPE, False),
        ({"style": "deepObject", "explode": True}, Style.DEEP, True),
        ({"content": {"application/json": {"schema": {}}}}, Style.JSON, False),
    ],
)
def test_styles(said: Any, style: Style, explode: bool) -> None:  # noqa: FBT001 - a column
    """A parameter's style and explode are kept, with the defaults of the specification."""
    given = [{"name": "q", "in": "query", "schema": {"type": "array"}, **said}]

    (parameter,) = only(catalog({"/a": {"get": {"parameters": given}}})).binding.parameters

    assert (parameter.style, parameter.explode) == (style, explode)


@pytest.mark.parametrize(
    ("said", "style", "explode"),
    [
        (None, Style.FORM, False),
        ("multi", Style.FORM, True),
        ("ssv", Style.SPACE, False),
        ("tsv", Style.TAB, False),
        ("pipes", Style.PIPE, False),
    ],
)
def test_old_styles(said: str | None, style: Style, explode: bool) -> None:  # noqa: FBT001 - a column
    """The collection formats of Swagger 2.0 are styles."""
    given = [{"name": "q", "in": "query", "type": "array", "collectionFormat": said}]

    (parameter,) = only(old({"/a": {"get": {"parameters": given}}})).binding.parameters

    assert (parameter.style, parameter.explode) == (style, explode)


def test_old_styles_of_lists_in_lists() -> None:
    """Each list within a list has the collection format that its items say, commas by default."""
    inner = {"type": "array", "collectionFormat": "ssv", "items": {"type": "integer"}}
    items = {"type": "array", "items": inner}
    outer = {"type": "array", "collectionFormat": "pipes", "items": items}
    given = [{"name": "q", "in": "query", **outer}]

    (parameter,) = only(old({"/a": {"get": {"parameters": given}}})).binding.parameters

    assert (parameter.style, parameter.inner) == (Style.PIPE, (Style.FORM, Style.SPACE))


def body(content: Any, **more: Any) -> Any:
    return {"/a": {"post": {"requestBody": {"content": content, **more}, "responses": OK}}}


def test_a_json_body() -> None:
    """A request body is one argument, `input`."""
    schema = {"type": "object", "properties": {"name": {"type": "string"}}}

    found = catalog(body({"application/json": {"schema": schema}}, required=True))

    (argument,) = only(found).arguments
    key = "#/paths/~1a/post/requestBody/content/application~1json/schema:in"
    assert (argument.name, argument.type) == ("input", Required(Named(key)))
    assert only(found).binding.body == Body(Form.JSON, "application/json", "input")
    assert [(one.key, one.label) for one in found.types] == [(key, "postA")]


def test_a_parameter_called_input() -> None:
    """Where a parameter is called `input`, the body is `body`, and a remark says so."""
    paths = body({"application/json": {"schema": {"type": "string"}}})
    paths["/a"]["parameters"] = [{"name": "input", "in": "query", "schema": {"type": "string"}}]

    found = catalog(paths)

    assert [field.name for field in only(found).arguments] == ["input", "body"]
    assert any("the body is 'body'" in remark.reason for remark in found.assumed)


@pytest.mark.parametrize(
    ("offered", "form", "media_type"),
    [
        (["application/xml", "application/json"], Form.JSON, "application/json"),
        (["application/vnd.a+json"], Form.JSON, "application/vnd.a+json"),
        (["application/x-www-form-urlencoded", "multipart/form-data"], Form.URLENCODED, None),
        (["text/plain"], Form.TEXT, "text/plain"),
        (["application/octet-stream"], Form.BYTES, "application/octet-stream"),
        (["*/*"], Form.JSON, "application/json"),
    ],
)
def test_media_types(offered: list[str], form: Form, media_type: str | None) -> None:
    """JSON is preferred, then what else can be written."""
    found = only(catalog(body({one: {"schema": {"type": "object"}} for one in offered})))

    assert found.binding.body is not None
    assert found.binding.body.form is form
    assert found.binding.body.media_type == (media_type or offered[0])


def test_form_encodings() -> None:
    """How the fields of a form are written is kept where the description says so."""
    content = {"schema": {"type": "object"}, "encoding": {"f": {"style": "deepObject"}}}

    sent = only(catalog(body({"application/x-www-form-urlencoded": content}))).binding.body

    assert sent is not None
    assert sent.fields == (Parameter("f", Where.FORM, "f", Style.DEEP, explode=True),)


def test_old_bodies() -> None:
    """In Swagger 2.0 a body parameter is the body, and form fields are arguments."""
    name = {"name": "name", "in": "formData", "type": "string", "required": True}
    pet = {"name": "pet", "in": "body", "schema": {"$ref": "#/definitions/Pet"}}
    paths = {"/a": {"post": {"parameters": [pet]}, "put": {"parameters": [name]}}}

    found = old(paths, definitions={"Pet": {"properties": {"id": {"type": "integer"}}}})

    put, post = found.functions
    assert [(field.name, field.type) for field in post.arguments] == [("input", Named("Pet:in"))]
    assert [(field.name, field.type) for field in put.arguments] == [("name", Required(STRING))]
    assert put.binding.body == Body(Form.URLENCODED, "application/x-www-form-urlencoded")


def answers(responses: Any) -> Function[Binding]:
    return only(catalog({"/a": {"get": {"responses": responses}}}))


def content(media_type: str, kind: str = "string") -> Any:
    return {"content": {media_type: {"schema": {"type": kind}}}}


@pytest.mark.parametrize(
    ("responses", "kind", "form"),
    [
        ({"200": content("application/json", "integer")}, ScalarKind.INT, Form.JSON),
        ({"204": {}, "201": content("application/json")}, ScalarKind.STRING, Form.JSON),
        ({"200": content("text/html"), "202": content("a/b+json")}, ScalarKind.STRING, Form.JSON),
        ({"2XX": content("application/json")}, ScalarKind.STRING, Form.JSON),
        ({"default": content("application/json")}, ScalarKind.STRING, Form.JSON),
        ({"200": {}, "default": content("application/json")}, ScalarKind.VOID, Form.NONE),
        ({"404": content("application/json")}, ScalarKind.VOID, Form.NONE),
        ({"204": {}}, ScalarKind.VOID, Form.NONE),
        ({"200": content("text/csv")}, ScalarKind.STRING, Form.TEXT),
        ({"200": content("application/xml")}, ScalarKind.STRING, Form.TEXT),
        ({"200": content("image/png")}, ScalarKind.BYTES, Form.BYTES),
        ({}, ScalarKind.VOID, Form.NONE),
    ],
)
def test_answers(responses: Any, kind: ScalarKind, form: Form) -> None:
    """The first success with JSON is the answer, then any other success, then `default`."""
    function = answers(responses)

    assert (function.returns, function.binding.answer) == (Scalar(kind), form)


def kinds(*named: str) -> Any:
    schemas = {
        "Job": {"type": "object", "required": ["job"], "properties": {"job": {"type": "string"}}},
        "Pet": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}},
    }
    responses = {
        str(200 + number): {
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
        }
        for number, name in enumerate(named)
    }
    return catalog({"/a": {"get": {"responses": responses}}}, components={"schemas": schemas})


def test_several_successes() -> None:
    """Successes with different schemas are a union, told by what is in the answer."""
    found = kinds("Pet", "Job", "Pet")

    unions = [one for one in found.types if isinstance(one, UnionType)]
    assert [(one.label, one.members) for one in unions] == [("getA", ("Pet", "Job"))]
    assert only(found).returns == Named(unions[0].key)


def test_several_successes_of_one_schema() -> None:
    """Successes with the same schema are one."""
    assert only(kinds("Pet", "Pet")).returns == Named("Pet")


def test_a_success_of_another_form() -> None:
    """A success that is no JSON beside one that is gives way, and a remark says so."""
    paths = {"/a": {"get": {"responses": {"200": content("text/csv"), **OK}}}}
    paths["/a"]["get"]["responses"]["202"] = content("text/csv")

    found = catalog(paths)

    assert only(found).returns == STRING
    assert [one.at for one in found.assumed] == ["#/paths/~1a/get/responses/202"]


def test_an_answer_without_a_schema() -> None:
    """JSON of which nothing is said is JSON, and listed."""
    found = catalog({"/a": {"get": {"responses": {"200": {"content": {"application/json": {}}}}}}})

    assert only(found).returns == Scalar(ScalarKind.JSON)
    assert [remark.reason for remark in found.degraded] == ["the answer has no schema"]


@pytest.mark.parametrize(
    ("servers", "location", "url"),
    [
        ([{"url": "https://a.test/v2/"}, {"url": "https://b.test"}], HERE, "https://a.test/v2"),
        ([{"url": "/v2"}], HERE, "https://api.test/v2"),
        ([{"url": "../v3"}], HERE, "https://api.test/v3"),
        ([], HERE, "https://api.test"),
        ([], "/etc/openapi.json", ""),
        ([{"url": "/v2"}], "/etc/openapi.json", ""),
        (
            [
                {
                    "url": "https://{x}.test/{v}",
                    "variables": {"x": {"default": "eu"}, "v": {"default": 2}},
                }
            ],
            HERE,
            "https://eu.test/2",
        ),
        ([{"url": "https://{x}.test"}], HERE, ""),
        ([{"url": "https://me:secret@a.test"}], HERE, "https://a.test"),
        ([{"url": "https://[nonsense]/"}], HERE, ""),
        (["nonsense", 7], HERE, "https://api.test"),
    ],
)
def test_servers(servers: Any, location: str, url: str) -> None:
    """The first server counts, its variables at their defaults, relative to the document."""
    assert catalog({}, location, servers=servers).url == url


@pytest.mark.parametrize(
    ("said", "url"),
    [
        ({"host": "a.test", "basePath": "/v2", "schemes": ["http"]}, "http://a.test/v2"),
        ({"host": "a.test", "schemes": ["http", "https"]}, "https://a.test"),
        ({"basePath": "/v2"}, "https://api.test/v2"),
        ({}, "https://api.test"),
    ],
)
def test_old_servers(said: Any, url: str) -> None:
    """Scheme, host and base path of Swagger 2.0, or those of the document."""
    assert old({}, **said).url == url


def test_a_server_of_its_own() -> None:
    """An operation that is served elsewhere says so in its binding."""
    get = {"servers": [{"url": "https://files.test"}]}

    assert only(catalog({"/a": {"get": get}})).binding.server == "https://files.test"


def test_what_the_backend_calls() -> None:
    """Webhooks and callbacks are listed, not left out."""
    post = {"operationId": "order", "callbacks": {"onDone": {}}}

    found = catalog({"/a": {"post": post}}, webhooks={"paid": {}})

    assert [one.function for one in found.skipped] == ["order callback onDone", "webhook paid"]


def test_other_documents() -> None:
    """A reference into another document is followed, also from there to a third and back."""
    root = {
        "openapi": "3.0.3",
        "paths": {
            "/a": {"get": {"responses": {"200": {"$ref": "parts/answers.yaml#/Pet"}}}},
        },
        "components": {"schemas": {"Name": {"type": "string"}}},
    }
    answer = {"content": {"application/json": {"schema": {"$ref": "../pet.yaml"}}}}
    pet = {"type": "object", "properties": {"name": {"$ref": "api.yaml#/components/schemas/Name"}}}

    found = translate(
        Documents(
            {"": root, "parts/answers.yaml": {"Pet": answer}, "pet.yaml": pet}, file="api.yaml"
        ),
        "/x/api.yaml",
    )

    (made,) = found.types
    assert only(found).returns == Named("pet")
    assert (made.label, made.source) == ("pet", "pet.yaml#")


def test_a_missing_document() -> None:
    """A function that needs a document that is not there is skipped, and says which."""
    documents = Documents(
        {"": {"openapi": "3.0.3", "paths": {"/a": {"$ref": "b.yaml"}}}}, {"b.yaml": "is gone"}
    )

    found = translate(documents, "/x/api.yaml")

    assert found.skipped == (Skipped("/a", "#/paths/~1a: refers to b.yaml, which is gone"),)


def test_references() -> None:
    """Other documents are named by `$ref`, but not in examples, nor by what is only called so."""
    tree = {
        "paths": {"x-y": {"$ref": "a.yaml#/x"}},
        "x-examples": {"$ref": "no.yaml"},
        "example": {"$ref": "no.yaml"},
        "properties": {"example": {"$ref": "b.yaml"}, "$ref": {"type": "string"}},
        "here": {"$ref": "#/local"},
    }

    assert sorted(references(tree)) == ["a.yaml", "b.yaml"]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "its root is a list"),
        ("hello", "its root is the text 'hello'"),
        ({}, "neither `openapi` nor `swagger`"),
        ({"info": {"_postman_id": "1"}, "item": []}, "Postman collection"),
        ({"asyncapi": "2.0.0"}, "AsyncAPI"),
        ({"swaggerVersion": "1.2"}, "Swagger 1"),
        ({"openapi": "4.0.0", "paths": {}}, r"#/openapi: version '4\.0\.0' is not known"),
        ({"swagger": "1.2", "paths": {}}, "#/swagger"),
    ],
)
def test_what_is_no_openapi(document: Any, message: str) -> None:
    """Anything else is refused with what was found, and where."""
    with pytest.raises(DiscoveryError, match=message):
        translate(Documents({"": document}), HERE)


@pytest.mark.parametrize(
    ("key", "version", "known"),
    [
        ("openapi", "3.0.0-RC1", "3.0"),
        ("openapi", "3.0", "3.0"),
        ("openapi", "3.2.0", "3.1"),
        ("openapi", "2.0", "2.0"),
        ("swagger", 2, "2.0"),
        ("swagger", "3.0.1", "3.0"),
    ],
)
def test_unusual_versions(key: str, version: object, known: str) -> None:
    """A version that can be read as a known one is, and a remark says as which."""
    found = translate(Documents({"": {key: version, "paths": {}}}), HERE)

    assert Remark(f"#/{key}", f"read as {known}") in found.assumed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "empty"),
        (b"<!doctype html><html>", "an HTML page"),
        (b'<wsdl:definitions xmlns:wsdl="x">', "a WSDL"),
        (b'{"openapi": "3.0.0",\n "paths": {', "ends too early, at line 2, column 12"),
        (b'{"openapi": "3.0.0",\n "paths" {}}', "at line 2, column 10"),
        (b"[" * 100_000, "nested too deeply|ends too early"),
        (b"a: b: c", "not valid YAML: .* at line 1, column 5"),
        (b"a: [1, 2", "not valid YAML: .* at line 2, column 1"),
        (b"? [a]\n: b", "a key must be text at line 1, column 3"),
        (b"a: &a [*a]", r"the alias \*a stands for nothing, or for itself"),
        (b"\xff\xfe{", "not UTF-8"),
    ],
)
def test_broken_text(text: bytes, message: str) -> None:
    """A text that cannot be read is refused with line and column."""
    with pytest.raises(DiscoveryError, match=rf"^doc: .*{message}"):
        parse(text, "doc")


def test_yaml_stays_as_written() -> None:
    """What YAML 1.1 would make a boolean, a date or an octal stays what a person wrote."""
    text = """
        no: on
        200: 2020-01-01
        0123: 1_000
        list: [yes, 12:30, 1.10, 0x1F, 1e3, ~, true, '5']
        merged: {<<: {a: 1, b: 2}, b: 3}
    """

    found = parse(textwrap.dedent(text).encode(), "doc.yaml")

    assert json.dumps(found, default=str) == json.dumps(
        {
            "no": "on",
            "200": "2020-01-01",
            "0123": "1_000",
            "list": ["yes", "12:30", "1.10", 31, "1E+3", None, True, "5"],
            "merged": {"a": 1, "b": 3},
        }
    )


def test_json_numbers_keep_their_digits() -> None:
    """Numbers are read exactly, and a byte order mark is no mistake."""
    found = parse(b'\xef\xbb\xbf{"a": [1.10, 1180591620717411303424]}', "doc")

    assert json.dumps(found, default=str) == '{"a": ["1.10", 1180591620717411303424]}'


def test_a_yaml_bomb() -> None:
    """Aliases that multiply are refused before they have."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]

    with pytest.raises(DiscoveryError, match="aliases stand for more than"):
        parse("\n".join(lines).encode(), "doc.yaml")
