"""The price quotes, asked by AWS's own client and, for what that hides, by plain HTTP."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.session
import httpx
import pytest
import pytest_asyncio
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from graphql import GraphQLNonNull, GraphQLObjectType, build_schema

from app.demo.pricing import REGION, TYPES
from app.demo.run import Demo

pytestmark = pytest.mark.asyncio(loop_scope="module")

ARN = f"arn:aws:lambda:{REGION}:000000000000:function:quote"
INVOCATIONS = "/2015-03-31/functions/quote/invocations"


class Aws:
    """The Lambda client of botocore, kept off the event loop."""

    def __init__(self, url: str) -> None:
        self.client = botocore.session.Session().create_client(
            "lambda", REGION, endpoint_url=url, config=Config(signature_version=UNSIGNED)
        )

    async def ask(self, method: str, **request: object) -> Any:
        return await asyncio.to_thread(getattr(self.client, method), **request)

    async def invoke(self, event: object, **request: object) -> Any:
        request = {"FunctionName": "quote", "Payload": json.dumps(event)} | request
        answer = await self.ask("invoke", **request)
        return answer | {"Payload": json.loads(await asyncio.to_thread(answer["Payload"].read))}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def aws(demo: Demo) -> Aws:
    return await asyncio.to_thread(Aws, demo.pricing)


@pytest.mark.parametrize(
    ("quantity", "unit_price", "total"),
    [
        (1, "14.50", "14.50"),
        (9, "14.50", "130.50"),
        (10, "13.78", "137.80"),
        (100, "12.76", "1276.00"),
    ],
)
async def test_a_quote(aws: Aws, quantity: int, unit_price: str, total: str) -> None:
    """Many cost less: from ten on, and again from a hundred on."""
    quote = (await aws.invoke({"sku": "sencha", "quantity": quantity}))["Payload"]

    assert (quote["unitPrice"], quote["total"]) == (unit_price, total)
    assert (quote["sku"], quote["quantity"], quote["currency"]) == ("sencha", quantity, "EUR")


async def test_one_is_meant(aws: Aws) -> None:
    """Without a quantity the quote is for one."""
    answer = await aws.invoke({"sku": "kettle"})

    assert answer["Payload"]["quantity"] == 1


async def test_how_long_it_is_kept(aws: Aws) -> None:
    """A quote is valid for a day at least."""
    quote = (await aws.invoke({"sku": "kettle"}))["Payload"]

    until = datetime.fromisoformat(quote["validUntil"])
    assert until - datetime.now(UTC) > timedelta(days=1)


async def test_a_quote_has_the_fields_of_its_type(aws: Aws) -> None:
    """The types file says what the function takes and gives."""
    schema = build_schema(TYPES.read_text())
    declared = schema.type_map["Quote"]
    assert isinstance(declared, GraphQLObjectType)

    quote = (await aws.invoke({"sku": "kettle"}))["Payload"]

    assert list(quote) == list(declared.fields)
    assert all(isinstance(field.type, GraphQLNonNull) for field in declared.fields.values())


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({"sku": "coffee"}, "no product coffee"),
        ({"quantity": 2}, "Object missing required field `sku`"),
        ({"sku": "cup", "quantity": 0}, "Expected `int` >= 1 - at `$.quantity`"),
        ("cup", "Expected `object`, got `str`"),
    ],
)
async def test_the_function_fails(aws: Aws, event: object, message: str) -> None:
    """An error of the function is an answer of status 200 that says so in a header."""
    answer = await aws.invoke(event)

    assert answer["StatusCode"] == 200
    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"]["errorMessage"] == message


@pytest.mark.parametrize("name", ["quote", ARN, "000000000000:function:quote", "quote:$LATEST"])
async def test_its_names(aws: Aws, name: str) -> None:
    """The function answers to every way of naming it."""
    answer = await aws.invoke({"sku": "cup"}, FunctionName=name)

    assert answer["Payload"]["unitPrice"] == "11.75"


@pytest.mark.parametrize("request_", [{"FunctionName": "quotes"}, {"Qualifier": "live"}])
async def test_what_there_is_not(aws: Aws, request_: dict[str, object]) -> None:
    """An unknown function or version is refused as AWS refuses it."""
    with pytest.raises(ClientError) as refused:
        await aws.invoke({"sku": "cup"}, **request_)

    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


async def test_its_listing(aws: Aws) -> None:
    """The one function is listed, and found by its name."""
    listed = (await aws.ask("list_functions"))["Functions"]

    found = await aws.ask("get_function", FunctionName="quote")
    configured = await aws.ask("get_function_configuration", FunctionName="quote")
    assert [one["FunctionArn"] for one in listed] == [ARN]
    assert found["Configuration"]["FunctionArn"] == ARN
    assert configured["FunctionArn"] == ARN


@pytest.mark.parametrize(("kind", "status"), [("DryRun", 204), ("Event", 202)])
async def test_other_ways_to_invoke(aws: Aws, kind: str, status: int) -> None:
    """A rehearsal and an event are accepted without an answer."""
    answer = await aws.ask(
        "invoke", FunctionName="quote", InvocationType=kind, Payload=b'{"sku": "cup"}'
    )

    assert answer["StatusCode"] == status


async def test_a_payload_that_is_not_json(demo: Demo) -> None:
    """The service refuses what the function could not read."""
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{demo.pricing}{INVOCATIONS}", content=b"cup")

    assert answer.status_code == 400
    assert answer.headers["x-amzn-errortype"] == "InvalidRequestContentException"
