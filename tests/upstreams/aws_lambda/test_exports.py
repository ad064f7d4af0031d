"""Functions by the HTTP APIs they serve: exported documents, types, names, what is left out."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.backends import aws_lambda
from tests.corpora import spec
from tests.upstreams.aws_lambda.exporting import account, arn, integrated, proxied
from tests.upstreams.aws_lambda.listening import listening
from upstreams import openapi
from upstreams.aws_lambda.model import Form, LambdaCatalog, Settings
from upstreams.aws_lambda.translate.part import Keys
from upstreams.errors import DiscoveryError
from upstreams.model import Field, Named, Scalar, ScalarKind, restore, store
from upstreams.registry import KINDS

KIND = KINDS["lambda"]
INTEGRATION = "x-amazon-apigateway-integration"

pytestmark = pytest.mark.usefixtures("keys")


def described(**paths: dict[str, Any]) -> dict[str, Any]:
    """A document with operations that answer JSON; `users_id` is the path `/users/{id}`."""
    ok = {"200": {"description": "", "content": {"application/json": {"schema": {}}}}}
    path_of = {"users": "/users", "files": "/files/{proxy+}", "any": "/any"}
    items = {
        path_of[name]: {method: {"responses": ok, **one} for method, one in item.items()}
        for name, item in paths.items()
    }
    return {"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": items}


async def discovered(*functions: str, **settings: Any) -> LambdaCatalog:
    """The catalog of an upstream with those functions."""
    return await KIND.discover(Settings(functions=functions, region="eu-west-1", **settings))


@pytest.mark.corpus
@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "name",
    [
        "directory/asana.com.json",
        "directory/gitlab.com.json",
        "directory/spotify.com.json",
        "directory/notion.com.json",
        "directory/googleapis.com__drive.json",
        "native30/oai-petstore-expanded.yaml",
        "native30/readme-circular.json",
    ],
)
@pytest.mark.parametrize("version", ["1.0", "2.0"])
async def test_types_are_those_of_the_openapi_kind(name: str, version: str) -> None:
    """What an export says of operations is what the same document says to the OpenAPI kind."""
    path = spec(f"openapi/{name}")
    tree = openapi.parsed(path.read_bytes(), str(path))
    assert isinstance(tree, dict)
    exported = integrated(json.loads(json.dumps(tree, default=float)), "shop", version)
    own = openapi.translated(exported, "there")
    api = {"a1b2c3": exported}
    rest, http = (api, {}) if version == "1.0" else ({}, api)

    async with listening(account(rest, http, {"shop": {}})) as aws:
        found = await discovered("shop", url=aws.url, apis=("a1b2c3",))

    keys = Keys("a1b2c3")
    assert own.functions
    assert [one.name for one in found.functions] == [one.name for one in own.functions]
    assert found.types == tuple(map(keys.type, own.types))
    assert [(one.arguments, one.returns) for one in found.functions] == [
        (keys.fields(one.arguments), keys.ref(one.returns)) for one in own.functions
    ]
    assert {one.at for one in found.degraded} == {keys.key(one.at) for one in own.degraded}
    assert {one.binding.form.value for one in found.functions} == {f"proxy-{version}"}


async def test_operations_are_bound_to_their_function() -> None:
    """The binding has the function, its alias, the API, its stage and the route as written."""
    document = described(files={"get": {"operationId": "file", INTEGRATION: proxied("shop:live")}})
    document["paths"]["/files/{proxy+}"]["get"]["parameters"] = [
        {"name": "proxy", "in": "path", "required": True, "schema": {"type": "string"}}
    ]

    async with listening(account({"a1": document}, {}, {"shop": {}})) as aws:
        (function,) = (await discovered("shop", url=aws.url, apis=("a1/prod",))).functions

    binding = function.binding
    assert (binding.function, binding.qualifier, binding.form) == ("shop", "live", Form.PROXY_1)
    assert binding.operation is not None
    assert (binding.operation.api, binding.operation.stage) == ("a1", "prod")
    assert binding.operation.route == "/files/{proxy+}"
    assert function.source == "API Gateway a1/prod#/paths/~1files~1{proxy}/get"
    assert [one.name for one in function.arguments] == ["proxy"]


async def test_every_api_of_the_account_can_be_meant() -> None:
    """`*` exports all REST and HTTP APIs; a WebSocket API is named as left out."""
    one = described(users={"get": {"operationId": "users", INTEGRATION: proxied("a")}})
    two = described(users={"get": {"operationId": "users", INTEGRATION: proxied("b", "2.0")}})

    async with listening(account({"r1": one}, {"h1": two}, {"a": {}, "b": {}})) as aws:
        found = await discovered("*", url=aws.url, apis=("*",))

    assert [one.name for one in found.functions] == ["users", "h1/users"]
    assert [one.binding.form for one in found.functions] == [Form.PROXY_1, Form.PROXY_2]
    assert [one.at for one in found.assumed] == ["chat"]


async def test_types_of_one_name_are_told_apart_by_their_api() -> None:
    """The first API's type has its name; another's is qualified by the API, not by a number."""
    schema = {"type": "object", "title": "User", "properties": {"id": {"type": "string"}}}
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/User"}}}
    apis = {}
    for name in ("r1", "r2"):
        answers = {"200": {"description": "", "content": content}}
        operation = {"operationId": name, INTEGRATION: proxied("a"), "responses": answers}
        document = described(users={"get": operation})
        apis[name] = {**document, "components": {"schemas": {"User": schema}}}

    async with listening(account(apis, {}, {"a": {}})) as aws:
        found = await discovered("a", url=aws.url, apis=("r1", "r2"))

    assert [(one.label, one.scope) for one in found.types] == [("User", ()), ("User", ("r2",))]


async def test_what_is_left_out_is_told() -> None:
    """Operations of other functions, other backends and any method are skipped, with the reason."""
    document = described(
        users={
            "get": {"operationId": "mine", INTEGRATION: proxied("shop")},
            "post": {"operationId": "others", INTEGRATION: proxied("stock")},
            "put": {"operationId": "mocked", INTEGRATION: {"type": "mock"}},
            "delete": {"operationId": "bare"},
            "patch": {
                "operationId": "mapped",
                INTEGRATION: {**proxied("shop"), "type": "aws"},
            },
        },
        any={"x-amazon-apigateway-any-method": {INTEGRATION: proxied("shop")}},
    )

    async with listening(account({"a1": document}, {}, {"shop": {}})) as aws:
        found = await discovered("shop", url=aws.url, apis=("a1",))

    place = "API Gateway a1/prod: "
    assert [one.name for one in found.functions] == ["mine"]
    assert {one.function: one.reason.removeprefix(place) for one in found.skipped} == {
        "others": f"{arn('stock')} is not of this upstream",
        "mocked": "its integration is mock, not a Lambda function",
        "bare": "it has no integration",
        "mapped": "its integration rewrites requests by templates; "
        "only a proxy can be called directly",
        "ANY /any": "any method will do; none is described",
    }


async def test_of_many_stages_one_is_read() -> None:
    """Where the settings name no stage, the first counts, which is told."""
    document = described(users={"get": {"operationId": "users", INTEGRATION: proxied("shop")}})
    answers = account({"a1": document}, {}, {"shop": {}}, stages=("test", "prod"))

    async with listening(answers) as aws:
        found = await discovered("shop", url=aws.url, apis=("a1",))

    assert [one.reason for one in found.assumed] == [
        "its stage prod is read, of prod, test; or name one"
    ]


async def test_an_api_that_is_not_there_is_an_error() -> None:
    """An id that means no API is told with it."""
    async with listening(account({}, {}, {"shop": {}})) as aws:
        with pytest.raises(DiscoveryError) as caught:
            await discovered("shop", url=aws.url, apis=("nope",))

    assert caught.value.at == "nope"
    assert "name exported documents as files" in caught.value.message


async def test_a_document_may_be_a_file(tmp_path: Path) -> None:
    """An exported document serves from a file, for functions that AWS says nothing of."""
    document = described(users={"get": {"operationId": "users", INTEGRATION: proxied("shop")}})
    file = tmp_path / "shop.json"
    file.write_text(json.dumps(document))

    found = await discovered("shop:live", url="http://127.0.0.1:9", documents=(str(file),))

    (function,) = found.functions
    assert (function.name, function.binding.qualifier) == ("users", "live")
    assert function.source == f"{file}#/paths/~1users/get"


async def test_a_types_file_goes_before_an_api(tmp_path: Path) -> None:
    """A function that the file describes is that one function; its operations are skipped."""
    document = described(users={"get": {"operationId": "users", INTEGRATION: proxied("shop")}})
    file, types = tmp_path / "shop.json", tmp_path / "types.graphql"
    file.write_text(json.dumps(document))
    types.write_text("type Query { shop(sku: ID): Int }")

    found = await discovered(
        "shop", url="http://127.0.0.1:9", documents=(str(file),), types=str(types)
    )

    (function,) = found.functions
    assert function.arguments == (Field("sku", Scalar(ScalarKind.ID)),)
    assert "which goes first" in found.skipped[0].reason


async def test_catalogs_with_apis_are_stored_and_restored() -> None:
    """What an API's own kind made of it comes back as it was, of that kind's types."""
    user = {"type": "object", "properties": {"id": {"type": "integer", "format": "int64"}}}
    answers = {"200": {"description": "", "content": {"application/json": {"schema": user}}}}
    operation = {"operationId": "user", INTEGRATION: proxied("shop"), "responses": answers}
    document = described(users={"get": operation})

    async with listening(account({"a1": document}, {}, {"shop": {}})) as aws:
        found = await discovered("shop", url=aws.url, apis=("a1",))

    assert restore(store(found), KIND.catalog) == found
    assert isinstance(found.functions[0].returns, Named)


@pytest.mark.real
@pytest.mark.timeout(90)
async def test_motos_apis_are_listed_and_exported() -> None:
    """Against moto, whose exports name no integrations: every operation is skipped for that."""
    with aws_lambda.moto() as server:
        keys = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}
        gateway = boto3.client(
            "apigateway", endpoint_url=server.url, region_name="eu-west-1", **keys
        )
        api = gateway.create_rest_api(name="shop", description="A shop.")["id"]
        root = gateway.get_resources(restApiId=api)["items"][0]["id"]
        at = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
        gateway.put_method(**at, authorizationType="NONE")
        gateway.put_method_response(**at, statusCode="200")
        gateway.put_integration(
            **at, type="AWS_PROXY", integrationHttpMethod="POST", uri=proxied("shop")["uri"]
        )
        gateway.create_deployment(restApiId=api, stageName="prod")

        found = await discovered("shop", url=server.url, apis=("*",))

    assert [one.name for one in found.functions] == ["shop"]
    assert [one.reason for one in found.skipped] == [
        f"API Gateway {api}/prod: it has no integration"
    ]
