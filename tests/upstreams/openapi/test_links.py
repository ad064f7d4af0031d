"""Links of OpenAPI documents: in the catalog, and followed over HTTP."""

from typing import Any

import pytest

from tests import corpora
from tests.upstreams.openapi.lines import described
from upstreams.json_schema import Documents
from upstreams.model import (
    Bound,
    Constant,
    Expression,
    FromAnswer,
    FromArguments,
    FromParent,
    Link,
    Text,
)
from upstreams.openapi.model import Choices, OpenApiCatalog, Pages
from upstreams.openapi.translate import parse, translate

TEXT = {"type": "string"}
USER = {"$ref": "#/components/schemas/User"}
POST = {"$ref": "#/components/schemas/Post"}
HERE = "#/paths/~1posts~1{id}/get/responses/200/links/author"


def _answer(schema: Any, **more: Any) -> dict[str, Any]:
    return {"description": "", "content": {"application/json": {"schema": schema}}, **more}


def _in(where: str, name: str, schema: Any = TEXT) -> dict[str, Any]:
    return {"name": name, "in": where, "required": where == "path", "schema": schema}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def document(link: Any, answer: Any = POST, **more: Any) -> dict[str, Any]:
    """Posts that link to their author, and what else there may be."""
    get = {
        "operationId": "getPost",
        "parameters": [_in("path", "id"), _in("query", "lang"), _in("header", "X-Tenant")],
        "requestBody": {"content": {"application/json": {"schema": _object(filter=TEXT)}}},
        "responses": {"200": _answer(answer, links={"author": link})},
    }
    user = {
        "operationId": "getUser",
        "parameters": [_in("path", "id"), _in("query", "id"), _in("query", "verbose")],
        "responses": {"200": _answer(USER)},
    }
    schemas = {
        "User": {**_object(id=TEXT, name=TEXT), "required": ["id"]},
        "Post": {
            **_object(
                authorId=TEXT,
                tags={"type": "array", "items": _object(name=TEXT)},
                owner=USER,
                extra={"type": "object", "additionalProperties": TEXT},
                open={},
            ),
            "required": ["authorId"],
        },
    }
    return {
        "openapi": "3.1.0",
        "paths": {
            "/posts/{id}": {"get": get},
            "/users/{id}": {"get": user, "delete": {**user, "operationId": "deleteUser"}},
            "/find": {
                "get": {
                    "operationId": "find",
                    "requestBody": {"content": {"application/json": {"schema": TEXT}}},
                    "responses": {"200": _answer(USER)},
                }
            },
        },
        "components": {"schemas": schemas, **more},
    }


def passing(value: Any, name: str = "path.id") -> dict[str, Any]:
    """A link to a user that passes on one value."""
    return {"operationId": "getUser", "parameters": {name: value}}


def only(found: OpenApiCatalog) -> Link:
    (link,) = found.links
    return link


def reason(found: OpenApiCatalog, at: str = HERE) -> str:
    """Why the link at a place is none."""
    (said,) = [one.reason for one in found.assumed if one.at == at]
    assert found.links == ()
    return said.removeprefix("the link is left out: ")


def test_a_link() -> None:
    """A link is a field of the object that an answer is, with what is passed on."""
    link = {**passing("$response.body#/authorId"), "description": "Who wrote it."}

    found = described(document(link))

    assert found.links == (
        Link(
            "Post",
            "author",
            "getUser",
            (Bound(("id",), FromParent(("authorId",))),),
            "getPost",
            "Who wrote it.",
            HERE,
        ),
    )
    assert found.skipped == ()


@pytest.mark.parametrize(
    ("written", "expression"),
    [
        ("$url", FromAnswer("url")),
        ("$method", FromAnswer("method")),
        ("$statusCode", FromAnswer("status")),
        ("$request.path.id", FromArguments(("id",))),
        ("$request.query.lang", FromArguments(("lang",))),
        ("$request.header.x-tenant", FromArguments(("X-Tenant",))),
        ("$request.header.Accept", Constant('"application/json"')),
        ("$request.body", FromArguments(("input",))),
        ("$request.body#/filter", FromArguments(("input", "filter"))),
        ("$response.header.X-Author", FromAnswer("header.x-author")),
        ("$response.body", FromParent(())),
        ("$response.body#/owner/id", FromParent(("owner", "id"))),
        ("$response.body#/tags/0/name", FromParent(("tags", 0, "name"))),
        ("$response.body#/extra/a~1b", FromParent(("extra", "a/b"))),
        ("$response.body#/open/any/thing", FromParent(("open", "any", "thing"))),
        ("{$request.path.id}", FromArguments(("id",))),
        (
            "user-{$response.body#/authorId}/{$statusCode}",
            Text(
                (
                    Constant('"user-"'),
                    FromParent(("authorId",)),
                    Constant('"/"'),
                    FromAnswer("status"),
                )
            ),
        ),
        ("me", Constant('"me"')),
        ("", Constant('""')),
        ("a{b}", Constant('"a{b}"')),
        (7, Constant("7")),
        (True, Constant("true")),
        ({"a": [None]}, Constant('{"a":[null]}')),
    ],
)
def test_expressions(written: Any, expression: Expression) -> None:
    """Runtime expressions, alone or in a text, and constants of any JSON type are passed on."""
    found = described(document(passing(written)))

    assert only(found).arguments == (Bound(("id",), expression),)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("$request", "'$request' is no runtime expression"),
        ("$response.query.lang", "'$response.query.lang' is no runtime expression"),
        ("$response.body#authorId", "'authorId' is no JSON pointer"),
        ("$response.body#/gone", "there is nothing at '/gone'"),
        ("$response.body#/tags/name", "there is nothing at '/tags/name'"),
        ("$response.body#/authorId/x", "there is nothing at '/authorId/x'"),
        ("$request.query.gone", "getPost has no query parameter 'gone'"),
        ("$request.body#/gone", "there is nothing at '/gone'"),
        ("a {$nothing} b", "'$nothing' is no runtime expression"),
    ],
)
def test_what_is_no_expression(written: str, said: str) -> None:
    """A link that speaks of what is not there is left out with the reason, at its place."""
    assert reason(described(document(passing(written)))).startswith(said)


@pytest.mark.parametrize(
    ("written", "expression", "said"),
    [
        ("$request.query.id", FromArguments(("id",)), "'id' is taken to be the path parameter"),
        (
            "$response.body.owner.id",
            FromParent(("owner", "id")),
            "body.owner.id is taken to be body#/owner/id",
        ),
    ],
)
def test_expressions_that_are_wrong_and_clear(
    written: str, expression: Expression, said: str
) -> None:
    """What can mean only one thing is taken so, and remarked upon."""
    found = described(document(passing(written)))

    assert only(found).arguments == (Bound(("id",), expression),)
    assert (HERE, said) in {(one.at, one.reason) for one in found.assumed}


@pytest.mark.parametrize(
    ("name", "argument"),
    [("path.id", "id"), ("query.id", "query-id"), ("verbose", "verbose"), ("query.verbose",) * 2],
)
def test_names_of_parameters(name: str, argument: str) -> None:
    """A parameter is named by its name, or by its place and name."""
    found = described(document(passing("x", name)))

    assert only(found).arguments[0].argument == (argument.removeprefix("query."),)


@pytest.mark.parametrize(
    ("link", "said"),
    [
        (passing("x", "gone"), "'getUser' has no parameter 'gone'"),
        (passing("x", "id"), "'id' is a path and a query parameter of 'getUser'; say which"),
        ({"operationId": "gone"}, "no function comes of the operation 'gone'"),
        ({"operationId": "deleteUser"}, "'deleteUser' writes, and a link is only to read"),
        ({"operationId": "getUser", "server": {"url": "/"}}, "it leads to a server of its own"),
        ({"operationId": "getUser", "requestBody": 1}, "'getUser' takes no request body"),
        ({"operationRef": "#/paths/~1gone/get"}, "refers to #/paths/~1gone, which is not there"),
        ({"operationRef": "#/paths"}, "no function comes of the operation '#/paths'"),
        ({"operationRef": "https://b.test/doc#/paths/~1a/get"}, "refers to https://b.test/doc, wh"),
        ({}, "it names no operation"),
        ([], "not an object"),
        ({"$ref": "#/components/links/gone"}, "refers to #/components/links, which is not there"),
    ],
)
def test_what_is_no_link(link: Any, said: str) -> None:
    """A link that cannot be called, or must not be, is left out with the reason, at its place."""
    assert reason(described(document(link))).startswith(said)


@pytest.mark.parametrize(
    "ref",
    [
        "#/paths/~1users~1{id}/get",
        "#/paths/~1users~1%7Bid%7D/get",
        "https://a.test/doc.json#/paths/~1users~1{id}/get",
    ],
)
def test_references_to_operations(ref: str) -> None:
    """An operation is also named by where it stands, in this document or by its URL."""
    trees = {"": document({"operationRef": ref})}

    found = translate(Documents(trees), "https://a.test/doc.json")

    assert only(found).function == "getUser"


def test_a_request_body() -> None:
    """What is to be the request's body is passed on as that argument."""
    link = {"operationId": "find", "requestBody": "$response.body#/authorId"}

    found = described(document(link))

    assert only(found).arguments == (Bound(("input",), FromParent(("authorId",))),)


def test_a_shared_link() -> None:
    """A link may stand in the components."""
    shared = {"author": passing("$response.body#/authorId")}

    found = described(document({"$ref": "#/components/links/author"}, links=shared))

    assert (only(found).name, only(found).source) == ("author", "#/components/links/author")


def test_the_same_link_of_two_answers() -> None:
    """Two answers of success with the same link give it once."""
    whole = document(passing("$request.path.id"))
    responses = whole["paths"]["/posts/{id}"]["get"]["responses"]
    responses["201"] = responses["200"]

    assert len(described(whole).links) == 1


def test_links_of_answers_that_differ() -> None:
    """A link stands on the object of its own answer."""
    whole = document(passing("$request.path.id"))
    whole["paths"]["/posts/{id}"]["get"]["responses"]["202"] = _answer(USER)

    assert only(described(whole)).on == "Post"


def test_a_link_of_a_union() -> None:
    """A link of an answer that may be several objects stands on each that has what it needs."""
    both = document(passing("me"), {"oneOf": [POST, USER]})
    one = document(passing("$response.body#/authorId"), {"oneOf": [POST, USER]})

    assert [link.on for link in described(both).links] == ["Post", "User"]
    assert [link.on for link in described(one).links] == ["Post"]


def test_a_link_of_a_list() -> None:
    """A link that names fields of a list's items is one of each item, and remarked upon."""
    found = described(
        document(passing("$response.body#/authorId"), {"type": "array", "items": POST})
    )

    assert only(found).on == "Post"
    said = "the answer is a list; the link is taken to be of each item"
    assert said in [one.reason for one in found.assumed if one.at == HERE]


@pytest.mark.parametrize(
    ("answer", "written", "said"),
    [
        ({"type": "array", "items": POST}, "$request.path.id", "the answer is a list"),
        ({"type": "array", "items": POST}, "$response.body#/0/authorId", "there is nothing at"),
        (TEXT, "$request.path.id", "the answer is no object"),
        ({"type": "object", "additionalProperties": POST}, "me", "the answer is no object"),
    ],
)
def test_links_of_what_is_no_object(answer: Any, written: str, said: str) -> None:
    """Where there is no object for a link to stand on, it is left out with the reason."""
    assert reason(described(document(passing(written), answer))).startswith(said)


def test_a_link_of_an_answer_without_a_body() -> None:
    """An answer of success without a body has no object for a link to stand on."""
    whole = document(passing("me"))
    responses = whole["paths"]["/posts/{id}"]["get"]["responses"]
    responses["204"] = {"description": "", "links": responses["200"].pop("links")}

    found = described(whole)

    assert reason(found, HERE.replace("200", "204")) == "the answer is no object"


def test_a_header_that_the_settings_give() -> None:
    """What a link says of a header that the settings give is not passed on: it is no argument."""
    whole = document(passing("me", "X-Key"))
    whole["paths"]["/users/{id}"]["get"]["parameters"].append(_in("header", "X-Key"))

    found = translate(Documents({"": whole}), "/doc.json", frozenset({"x-key"}))

    assert only(found).arguments == ()


POSTS = {"type": "array", "items": POST}


@pytest.mark.parametrize(
    ("answer", "written", "said"),
    [
        (POSTS, "$response.body#/authorId", ""),
        (POSTS, "{$response.body#/authorId}{$request.query.lang}", ""),
        (POSTS, "{$response.body#/authorId}{$request.query.page}", "it looks at one answer"),
        (POSTS, "{$response.body#/authorId}{$response.header.x-user}", "it looks at one answer"),
        (_object(data=POSTS), "$response.body#/data/0/authorId", "only the list is shown"),
    ],
)
def test_links_of_answers_in_pages(answer: Any, written: str, said: str) -> None:
    """A link is of the items; one that needs more of the answer is left out, and said to be."""
    whole = document(passing(written), answer)
    parameters = whole["paths"]["/posts/{id}"]["get"]["parameters"]
    parameters.append(_in("query", "page", {"type": "integer"}))
    choices = Choices(pages={"getPost": Pages()})

    found = translate(Documents({"": whole}), "/doc.json", choices=choices)

    reasons = [one.reason for one in found.assumed if "the link author is left out" in one.reason]
    assert [said in reason for reason in reasons] == [True] * bool(said)


LINKS = {
    "native30/oai-link-example.yaml": 3,
    "native30/ibm-oas-graphql/example_oas.json": 20,
    "native30/ibm-oas-graphql/example_oas3.json": 4,
    "native30/ibm-oas-graphql/example_oas6.json": 3,
    "directory/listennotes.com.json": 6,
}


@pytest.mark.corpus
@pytest.mark.parametrize("name", LINKS)
def test_links_of_real_descriptions(name: str) -> None:
    """The links of real descriptions become fields, or are left out with a reason."""
    file = corpora.spec(f"openapi/{name}")

    found = translate(Documents({"": parse(file.read_bytes(), name)}), name)

    assert len(found.links) == LINKS[name]
