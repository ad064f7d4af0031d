"""An account of API Gateway that exports documents as AWS documents it does.

moto exports no integrations (v1) and nothing at all (v2), so this answers in its place.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from aiohttp import web

from tests.upstreams.aws_lambda.listening import Answer, Received

ACCOUNT = "123456789012"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def arn(name: str, region: str = "eu-west-1") -> str:
    """The ARN of a function."""
    return f"arn:aws:lambda:{region}:{ACCOUNT}:function:{name}"


def proxied(function: str, version: str = "1.0") -> dict[str, Any]:
    """The integration of an operation that a function serves."""
    path = f"path/2015-03-31/functions/{arn(function)}/invocations"
    return {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "uri": f"arn:aws:apigateway:eu-west-1:lambda:{path}",
        "payloadFormatVersion": version,
    }


def integrated(document: Mapping[str, Any], function: str, version: str = "1.0") -> dict[str, Any]:
    """A document whose every operation one function serves."""
    integration = {"x-amazon-apigateway-integration": proxied(function, version)}
    paths = {
        path: {
            key: {**one, **integration} if key in METHODS and isinstance(one, dict) else one
            for key, one in item.items()
        }
        for path, item in document["paths"].items()
    }
    return {**document, "paths": paths}


def account(
    rest: Mapping[str, Mapping[str, Any]],
    http: Mapping[str, Mapping[str, Any]],
    functions: Mapping[str, Mapping[str, str]],
    stages: tuple[str, ...] = ("prod",),
) -> Answer:
    """REST and HTTP APIs by their ids, each a document, and functions, each with its tags."""

    async def answer(received: Received) -> web.Response:
        parts = [unquote(part) for part in urlsplit(received.target).path.split("/")[1:]]
        found = _answer(parts, rest, http, functions, stages)
        return web.Response(status=404) if found is None else web.json_response(found)

    return answer


def _answer(
    path: list[str],
    rest: Mapping[str, Mapping[str, Any]],
    http: Mapping[str, Mapping[str, Any]],
    functions: Mapping[str, Mapping[str, str]],
    stages: tuple[str, ...],
) -> Any:
    match path:
        case ["2015-03-31", "functions", ""]:
            return {"Functions": [_configuration(one) for one in functions]}
        case ["2015-03-31", "functions", name, "configuration"] if name in functions:
            return _configuration(name)
        case ["2017-03-31", "tags", named]:
            return {"Tags": functions[named.rpartition(":")[2]]}
        case ["restapis"]:
            return {"item": [{"id": one, "name": one} for one in rest]}
        case ["restapis", id_, "stages"] if id_ in rest:
            return {"item": [{"stageName": one} for one in stages]}
        case ["restapis", id_, "stages", stage, "exports", "oas30"] if stage in stages:
            return rest[id_]
        case ["v2", "apis"]:
            websocket = {"apiId": "chat", "protocolType": "WEBSOCKET"}
            return {"items": [*({"apiId": one, "protocolType": "HTTP"} for one in http), websocket]}
        case ["v2", "apis", id_, "stages"] if id_ in http:
            return {"items": [{"stageName": one} for one in stages]}
        case ["v2", "apis", id_, "exports", "OAS30"]:
            return http[id_]
        case _:
            return None


def _configuration(name: str) -> dict[str, str]:
    return {"FunctionName": name, "FunctionArn": arn(name)}
