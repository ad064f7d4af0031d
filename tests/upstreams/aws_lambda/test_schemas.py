"""Schemas that functions point at, by tag or environment: in place, in S3, SSM, a registry."""

import asyncio
import base64
import gzip
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from aiohttp import web

from tests.backends import aws_lambda
from tests.backends.process import Server
from tests.upstreams.aws_lambda.exporting import arn
from tests.upstreams.aws_lambda.listening import Answer, Received, listening
from upstreams.aws_lambda.described import NAMING_TAG
from upstreams.aws_lambda.discover import asking
from upstreams.aws_lambda.model import LambdaCatalog, Settings
from upstreams.kind import Call
from upstreams.model import Effect, Field, Named, ObjectType, Required, Scalar, ScalarKind
from upstreams.registry import KINDS

KIND = KINDS["lambda"]
SDL = "type Query { f(sku: ID!): Quote } type Quote { total: Decimal! }"
SCHEMA = {
    "input": {
        "type": "object",
        "properties": {"sku": {"type": "string"}, "lines": {"$ref": "#/$defs/Lines"}},
        "required": ["sku"],
        "$defs": {"Lines": {"type": "array", "items": {"type": "integer"}}},
    },
    "output": {"title": "Quote", "type": "object", "properties": {"total": {"type": "number"}}},
}

pytestmark = pytest.mark.usefixtures("keys")


def packed(text: str) -> str:
    """A schema as it fits into a tag."""
    return "gzip:" + base64.b64encode(gzip.compress(text.encode())).decode()


def account(tags: dict[str, str], environment: dict[str, str], answers: Answer) -> Answer:
    """An account whose one function, `quote`, has those tags and that environment."""
    about = {"Environment": {"Variables": environment}}

    async def answer(received: Received) -> web.Response:
        path = urlsplit(received.target).path
        if path.endswith("/configuration"):
            named = {"FunctionName": "quote", "FunctionArn": arn("quote")}
            return web.json_response({**named, **about})
        if "/tags/" in path:
            return web.json_response({"Tags": tags})
        return await answers(received)

    return answer


async def nothing(_: Received) -> web.Response:
    """There is nothing else."""
    return web.Response(status=404)


async def discovered(*functions: str, **settings: Any) -> LambdaCatalog:
    """The catalog of an upstream with those functions."""
    return await KIND.discover(Settings(functions=functions, region="eu-west-1", **settings))


async def quoted(
    tags: dict[str, str], environment: dict[str, str] | None = None, answers: Answer = nothing
) -> LambdaCatalog:
    """The catalog of `quote`."""
    async with listening(account(tags, environment or {}, answers)) as aws:
        return await discovered("quote", url=aws.url)


@pytest.mark.parametrize("value", [SDL, packed(SDL)])
@pytest.mark.parametrize("tagged", [True, False])
async def test_a_function_may_say_its_types_in_sdl(value: str, tagged: bool) -> None:  # noqa: FBT001 - a case
    """In its tag or its environment, as it is or packed; the one field is the function."""
    tags = {NAMING_TAG: value} if tagged else {}
    environment = {} if tagged else {"SPLICE_TYPES": value}

    found = await quoted(tags, environment)

    (function,) = found.functions
    where = "tag splice:types" if tagged else "environment's SPLICE_TYPES"
    assert function.source == f"its {where} of quote#Query.f"
    assert (function.name, function.effect) == ("quote", Effect.READ)
    assert function.arguments == (Field("sku", Required(Scalar(ScalarKind.ID))),)
    assert function.returns == Named("quote#Quote")
    assert [one.key for one in found.types] == ["quote#Quote"]
    assert found.degraded == ()


async def test_a_function_may_say_its_types_in_json_schema() -> None:
    """One argument, `input`, of the schema given for it; definitions are found where they stand."""
    found = await quoted({NAMING_TAG: packed(json.dumps(SCHEMA))})

    (function,) = found.functions
    types = {one.key: one for one in found.types}
    (given,) = function.arguments
    assert given.name == "input"
    assert isinstance(given.type, Named)
    fields = {one.name: one.type for one in types[given.type.key].fields}  # type: ignore[union-attr]
    assert fields["sku"] == Required(Scalar(ScalarKind.STRING))
    assert isinstance(function.returns, Named)
    assert isinstance(types[function.returns.key], ObjectType)
    assert found.degraded == ()


async def test_a_function_of_json_schema_is_invoked() -> None:
    """Its event is the argument, its answer the value, as its own types say."""
    body = {"total": 12}

    async def invoked(received: Received) -> web.Response:
        assert json.loads(received.body) == {"sku": "tea", "lines": [1]}
        return web.json_response(body)

    tags = {NAMING_TAG: packed(json.dumps(SCHEMA))}
    async with listening(account(tags, {}, invoked)) as aws:
        settings = Settings(functions=("quote",), region="eu-west-1", url=aws.url)
        catalog = await KIND.discover(settings)
        client = KIND.connect("pricing", settings, catalog)
        deadline = asyncio.get_running_loop().time() + 5
        given = {"input": {"sku": "tea", "lines": [1]}}
        value = await client.call(Call(catalog.functions[0], given, deadline))
        await client.aclose()

    assert value == body


@pytest.mark.parametrize(("body", "value"), [(b'{"total": 1}', {"total": 1}), (b"", None)])
async def test_any_function_with_a_url_may_be_described(
    body: bytes, value: object, tmp_path: Path
) -> None:
    """Other providers' functions take their event by POST, typed by a file of JSON Schema."""
    types = tmp_path / "types.yaml"
    types.write_text(json.dumps({"functions": {"quote": SCHEMA}}))

    async def answer(received: Received) -> web.Response:
        assert (received.method, received.target) == ("POST", "/v1/quote")
        assert json.loads(received.body) == {"sku": "tea"}
        return web.Response(body=body, content_type="application/json")

    async with listening(answer) as cloud:
        urls = {"quote": f"{cloud.url}/v1/quote"}
        settings = Settings(functions=(), urls=urls, types=str(types))
        catalog = await KIND.discover(settings)
        client = KIND.connect("cloud", settings, catalog)
        deadline = asyncio.get_running_loop().time() + 5
        found = await client.call(Call(catalog.functions[0], {"input": {"sku": "tea"}}, deadline))
        await client.aclose()

    assert found == value


async def test_a_registry_that_cannot_be_is_told() -> None:
    """What cannot be a registry's name is asked nobody."""
    async with listening(account({}, {}, nothing)) as aws:
        found = await discovered("quote", url=aws.url, registry="no registry")

    assert [one.at for one in found.assumed] == ["quote"]
    assert "the registry no registry was not read" in found.assumed[0].reason


async def test_a_registry_describes_events() -> None:
    """A schema named like the function types its event; what it answers stays JSON."""
    content = {
        "openapi": "3.0.0",
        "info": {"title": "quote", "version": "1"},
        "paths": {},
        "components": {
            "schemas": {
                "AWSEvent": {
                    "type": "object",
                    "properties": {"detail": {"$ref": "#/components/schemas/Ordered"}},
                },
                "Ordered": {"type": "object", "properties": {"sku": {"type": "string"}}},
            }
        },
    }

    async def registered(received: Received) -> web.Response:
        assert received.target == "/v1/registries/name/shop/schemas/name/quote"
        return web.json_response({"Content": json.dumps(content), "Type": "OpenApi3"})

    async with listening(account({}, {}, registered)) as aws:
        found = await discovered("quote", url=aws.url, registry="shop")

    (function,) = found.functions
    assert function.source.startswith("the EventBridge registry shop")
    assert {one.label for one in found.types} == {"AWSEvent", "Ordered"}
    assert [(one.at, one.reason) for one in found.degraded][-1:] == [
        ("quote output", "its schema does not say; JSON")
    ]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("gzip:!!", "what follows `gzip:` is not base64"),
        ("s3://bucket/../secret", "write s3://BUCKET/KEY"),
        ("s3://Bucket/key", "write s3://BUCKET/KEY"),
        ("schemas:shop", "write schemas:REGISTRY/NAME"),
        ("ssm:/nowhere", "404"),
        (packed("x" * 2_000_000), "larger than the limit"),
        ("type Query {", "Syntax Error"),
        ("type Query { a: Int b: Int }", "it describes 2 functions"),
        ('{"neither": 1}', "neither `input` nor `output`"),
    ],
)
async def test_a_pointer_that_leads_nowhere_is_told(value: str, told: str) -> None:
    """The function is then JSON in and out, and a remark says why."""
    found = await quoted({NAMING_TAG: value})

    assert [one.at for one in found.assumed] == ["quote"]
    assert told in found.assumed[0].reason
    assert [one.at for one in found.degraded] == ["quote"]


async def test_nothing_is_read_beyond_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """A URL in a tag is text that is no schema, not a place that is asked."""
    async with listening(nothing) as elsewhere:
        found = await quoted({NAMING_TAG: f"{elsewhere.url}/schema.json"})

    assert elsewhere.received == []
    assert [one.at for one in found.assumed] == ["quote"]


@pytest.fixture(scope="module")
def moto() -> Iterator[Server]:
    """A moto account whose functions point into S3 and SSM."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("code.py", "def handle(event, context): return event")
    with aws_lambda.moto() as server:
        role = _client("iam", server).create_role(RoleName="r", AssumeRolePolicyDocument="{}")
        about: dict[str, Any] = {
            "Runtime": "python3.11",
            "Handler": "code.handle",
            "Role": role["Role"]["Arn"],
            "Code": {"ZipFile": archive.getvalue()},
        }
        lambdas, s3, ssm = (_client(name, server) for name in ("lambda", "s3", "ssm"))
        where = {"LocationConstraint": "eu-west-1"}
        s3.create_bucket(Bucket="schemas", CreateBucketConfiguration=where)
        s3.put_object(Bucket="schemas", Key="shop/quote.graphql", Body=SDL.encode())
        s3.put_object(Bucket="schemas", Key="packed.gz", Body=gzip.compress(SDL.encode()))
        ssm.put_parameter(Name="/shop/quote", Value=json.dumps(SCHEMA), Type="String")
        for name, value in {
            "in-s3": "s3://schemas/shop/quote.graphql",
            "packed": "s3://schemas/packed.gz",
            "in-ssm": "ssm:/shop/quote",
        }.items():
            tags = {NAMING_TAG: value, "team": "shop"}
            lambdas.create_function(FunctionName=name, Tags=tags, **about)
        lambdas.create_function(FunctionName="other", Tags={"team": "bank"}, **about)
        lambdas.create_alias(FunctionName="in-s3", Name="live", FunctionVersion="$LATEST")
        yield server


def _client(service: str, server: Server) -> Any:
    return boto3.client(
        service,
        endpoint_url=server.url,
        region_name="eu-west-1",
        aws_access_key_id="any",
        aws_secret_access_key="any",
    )


@pytest.mark.real
@pytest.mark.timeout(90)
class TestMoto:
    """Against moto's Lambda, S3 and SSM."""

    async def test_pointers_are_followed(self, moto: Server) -> None:
        """Into S3, packed or not, and into SSM; also for a function by its alias."""
        found = await discovered("in-s3:live", "packed", "in-ssm", url=moto.url)

        assert found.degraded == found.assumed == ()
        assert [one.source.partition(" of ")[0] for one in found.functions] == [
            "its tag splice:types"
        ] * 3

    @pytest.mark.parametrize(
        ("settings", "names"),
        [
            ({"include": ("team=shop",)}, ["in-s3", "in-ssm", "packed"]),
            ({"include": ("team=b*",)}, ["other"]),
            ({"include": ("team",), "exclude": ("splice:types",)}, ["other"]),
            ({"exclude": ("team=bank",)}, ["in-s3", "in-ssm", "packed"]),
        ],
    )
    async def test_tags_choose_functions(
        self, moto: Server, settings: dict[str, Any], names: list[str]
    ) -> None:
        """Of those a glob matches, by `include` and `exclude`."""
        found = await discovered("*", url=moto.url, **settings)

        assert sorted(one.name for one in found.functions) == names


async def test_tags_that_may_not_be_read_are_told_once() -> None:
    """Who may not read tags is not asked for every function's; the functions stay."""

    async def denying(received: Received) -> web.Response:
        if "/tags/" in received.target:
            return web.Response(status=403, headers={"x-amzn-errortype": "AccessDeniedException"})
        listed = [{"FunctionName": one, "FunctionArn": arn(one)} for one in map(str, range(40))]
        return web.json_response({"Functions": listed})

    async with listening(denying) as aws:
        found = await discovered("*", url=aws.url)

    assert len(found.functions) == 40
    assert [one.at for one in found.assumed] == ["tags"]
    assert "allow lambda:ListTags" in found.assumed[0].reason
    assert len(aws.received) <= 1 + asking.AT_ONCE
