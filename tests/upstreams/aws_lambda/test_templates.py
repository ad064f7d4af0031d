"""Functions by the SAM and CloudFormation templates that made them."""

import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.upstreams.aws_lambda.exporting import arn
from tests.upstreams.aws_lambda.listening import Received, listening
from upstreams.aws_lambda.model import Form, LambdaCatalog, Settings
from upstreams.errors import DiscoveryError
from upstreams.model import Named, Required, Scalar, ScalarKind
from upstreams.registry import KINDS

KIND = KINDS["lambda"]
STRING = Required(Scalar(ScalarKind.STRING))

SAM = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Shop:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      Models:
        Order: { type: object, properties: { sku: { type: string } }, required: [sku] }
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: !Sub "${AWS::StackName}-orders"
      Events:
        Get:
          Type: Api
          Properties: { Path: "/orders/{id}", Method: get, RestApiId: !Ref Shop }
        Add:
          Type: Api
          Properties:
            Path: /orders
            Method: POST
            RestApiId: { Ref: Shop }
            RequestModel: { Model: Order, Required: true }
        Nightly: { Type: Schedule, Properties: { Schedule: rate(1 day) } }
  Rates:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Any: { Type: HttpApi, Properties: { Path: "/{proxy+}", Method: any } }
        Get: { Type: HttpApi, Properties: { Path: /rates, Method: get } }
"""

DEFINED = """
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      DefinitionUri: api/shop.yaml
  Orders:
    Type: AWS::Lambda::Function
    Properties: { FunctionName: orders }
"""

DEFINITION = """
openapi: 3.0.1
info: { title: shop, version: "1" }
paths:
  /orders:
    get:
      operationId: listOrders
      responses:
        "200":
          description: all
          content:
            application/json:
              schema: { type: array, items: { $ref: "#/components/schemas/Order" } }
      x-amazon-apigateway-integration:
        type: aws_proxy
        payloadFormatVersion: "2.0"
        uri: !Sub "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Orders.Arn}/invocations"
components:
  schemas:
    Order: { type: object, properties: { id: { type: integer, format: int64 } } }
"""  # noqa: E501 - as it is written

SILENT = {"url": "http://127.0.0.1:9", "sign": False}
"""AWS says nothing of functions."""


async def discovered(folder: Path, text: str, *functions: str, **settings: Any) -> LambdaCatalog:
    """The catalog of an upstream with those functions and that template."""
    template = folder / "template.yaml"
    template.write_text(text)
    told = {**SILENT, **settings}
    return await KIND.discover(
        Settings(functions=functions, region="eu-west-1", templates=(str(template),), **told)
    )


async def test_events_are_operations(tmp_path: Path) -> None:
    """A path and a method make an operation; a model types its body; what is left is JSON."""
    found = await discovered(tmp_path, SAM, "prod-orders")

    get, add = found.functions
    assert [one.label for one in found.functions] == ["getOrdersById", "postOrders"]
    assert [one.binding.function for one in found.functions] == ["prod-orders"] * 2
    assert {one.binding.form for one in found.functions} == {Form.PROXY_1}
    assert [(one.name, one.type) for one in get.arguments] == [("id", STRING)]
    (order,) = found.types
    assert add.arguments[0].type == Named(order.key)
    assert (order.label, add.arguments[0].name) == ("Order", "input")


async def test_http_apis_have_their_own_format(tmp_path: Path) -> None:
    """A function of an HTTP API gets payload 2.0; an event of any method is skipped."""
    found = await discovered(tmp_path, SAM, "stack-Rates-1A2B3C")

    (function,) = found.functions
    assert (function.label, function.binding.form) == ("getRates", Form.PROXY_2)
    assert function.binding.operation is not None
    assert function.binding.operation.route == "/rates"
    assert "ANY /{proxy+}" in {one.function for one in found.skipped}


@pytest.mark.usefixtures("keys")
async def test_tags_tell_which_function_is_which(tmp_path: Path) -> None:
    """AWS's own tag names the resource a function was made from, whatever the function's name."""

    async def answer(received: Received) -> web.Response:
        if "/tags/" in received.target:
            return web.json_response({"Tags": {"aws:cloudformation:logical-id": "Rates"}})
        return web.json_response({"FunctionName": "x", "FunctionArn": arn("x")})

    async with listening(answer) as aws:
        found = await discovered(tmp_path, SAM, "x", url=aws.url, sign=True)

    assert [one.label for one in found.functions] == ["getRates"]


async def test_definitions_beside_the_template_are_read(tmp_path: Path) -> None:
    """`DefinitionUri` names an OpenAPI document, whose integrations name resources."""
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "shop.yaml").write_text(DEFINITION)

    found = await discovered(tmp_path, DEFINED, "orders")

    (function,) = found.functions
    assert (function.name, function.binding.form) == ("listOrders", Form.PROXY_2)
    assert [one.label for one in found.types] == ["Order"]


async def test_definitions_inside_the_template_are_read(tmp_path: Path) -> None:
    """`DefinitionBody` is the same document in its place, in CloudFormation's JSON, too."""
    body = {
        "openapi": "3.0.1",
        "info": {"title": "shop", "version": "1"},
        "paths": {
            "/orders": {
                "get": {
                    "operationId": "listOrders",
                    "responses": {"200": {"description": "all"}},
                    "x-amazon-apigateway-integration": {
                        "type": "aws_proxy",
                        "uri": {"Fn::Sub": "arn:aws:apigateway:r:lambda:path/2015-03-31/functions/"
                                           "${Orders.Arn}/invocations"},
                    },
                }
            }
        },
    }  # fmt: skip
    api = {"Type": "AWS::Serverless::Api", "Properties": {"DefinitionBody": body}}
    orders = {"Type": "AWS::Serverless::Function", "Properties": {"FunctionName": "orders"}}

    text = json.dumps({"Resources": {"Api": api, "Orders": orders}})
    found = await discovered(tmp_path, text, "orders")

    assert [one.name for one in found.functions] == ["listOrders"]


@pytest.mark.parametrize("name", ["../secret.yaml", "/etc/passwd", "s3://bucket/api.yaml"])
async def test_definitions_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    """Only files below the template's own folder are read."""
    with pytest.raises(DiscoveryError, match="no file beside it"):
        await discovered(tmp_path, DEFINED.replace("api/shop.yaml", name), "orders")
