"""Calls as `curl` commands."""

from typing import Any

import pytest

from tests.app.calling import described as events
from tests.upstreams.explaining import SECRET, explained
from tests.upstreams.openapi.lines import catalog
from tests.upstreams.openapi.test_auth import secured
from tests.upstreams.openapi.test_paging import NUMBERED, read
from upstreams.json_schema import Documents
from upstreams.kind import Explanation, File
from upstreams.model import Flow
from upstreams.openapi import KIND
from upstreams.openapi.model import Credential, OpenApiCatalog, Pages, Settings
from upstreams.openapi.translate import translate

URL = "http://127.0.0.1:9/v1"
TEXT = {"type": "string"}


async def told(found: OpenApiCatalog, settings: dict[str, Any], **arguments: Any) -> Explanation:
    """How the catalog's one function would be called."""
    client = KIND.connect("a", Settings(openapi="", **{"url": URL, **settings}), found)
    try:
        return await explained(client, found.functions[0], **arguments)
    finally:
        await client.aclose()


@pytest.mark.parametrize(
    ("scheme", "credential", "shown"),
    [
        ("header", Credential(value=SECRET), "X-Key: ***"),
        ("query", Credential(value=SECRET), f"{URL}/it?key=***"),
        ("cookie", Credential(value=SECRET), "Cookie: sid=%2A%2A%2A"),
        ("basic", Credential(username=SECRET, password=SECRET), "Authorization: Basic ***"),
        ("bearer", Credential(token=SECRET), "Authorization: Bearer ***"),
        (
            "oidc",
            Credential(client_id=SECRET, client_secret=SECRET, token_url="http://127.0.0.1:9/t"),
            "Authorization: Bearer ***",
        ),
    ],
)
async def test_credentials_are_hidden(scheme: str, credential: Credential, shown: str) -> None:
    """Where they go is shown; those that are exchanged for a token are not exchanged."""
    found = await told(secured({scheme: []}), {"auth": {scheme: credential}})

    assert shown in found.words


async def test_headers_are_hidden() -> None:
    """Those of the settings and those of clients, but for what is no secret."""
    headers = {"X-Team": SECRET, "Accept-Language": "de"}

    found = await told(
        secured(), {"headers": headers, "ca": "/ca.pem"}, headers={"authorization": "***"}
    )

    assert found.words == (
        *("curl", "-H", "Accept: application/json", "-H", "X-Team: ***"),
        *("-H", "Accept-Language: de", "-H", "authorization: ***"),
        *("--cacert", "/ca.pem", f"{URL}/it"),
    )


async def test_who_calls_is_hidden_in_urls() -> None:
    """A name and a password before the host."""
    found = await told(secured(), {"url": f"http://ann:{SECRET}@127.0.0.1:9"})

    assert found.words[-1] == "http://***@127.0.0.1:9/it"


async def test_a_body_is_sent_as_it_is() -> None:
    """With its media type, and the method where `curl` would take another."""
    schema = {"schema": {"type": "object", "properties": {"a": TEXT}}}
    body = {"requestBody": {"content": {"application/json": schema}}}

    posted = await told(catalog(body, method="post"), {}, input={"a": "it's"})
    put = await told(catalog(body, method="put"), {}, input={"a": "@file"})

    assert posted.words[-2:] == ("--data-raw", '{"a":"it\'s"}')
    assert "Content-Type: application/json" in posted.words
    assert "-X" not in posted.words
    assert put.words[1:3] == ("-X", "PUT")
    assert put.words[-1] == '{"a":"@file"}'


async def test_what_no_argument_can_carry_is_named() -> None:
    """Bytes that are no text."""
    content = {"application/octet-stream": {"schema": {**TEXT, "format": "binary"}}}
    found = catalog({"requestBody": {"content": content}}, method="post")

    told_of = await told(found, {}, input=File(b"\xff\0"))

    assert told_of.words[-2:] == ("--data-binary", "@BODY")


@pytest.mark.parametrize(
    ("arguments", "most", "times"), [({}, 1000, 1), ({"first": 70}, 70, 10), ({"first": 0}, 0, 10)]
)
async def test_the_first_page_of_many(arguments: Any, most: int, times: int) -> None:
    """How many there are at most, and of how many items."""
    found = await told(read(NUMBERED, {"it": Pages()}), {}, **arguments)

    assert (found.most, found.times) == (most, times)
    assert "page=1" in found.words[-1]


async def test_what_subscribes_to_callbacks() -> None:
    """The operation that is told an address, which is not shown; of a webhook nothing is sent."""
    found = translate(Documents({"": events()}), "/doc.json", events=True)
    functions = [one for one in found.functions if one.flow is Flow.EVENTS]
    client = KIND.connect("a", Settings(openapi="", url=URL), found)
    try:
        asked = [await explained(client, one) for one in functions]
    finally:
        await client.aclose()

    callback = next(one for one in asked if "/streams" in repr(one.words))
    assert "callbackUrl=https%3A%2F%2Fgateway.invalid%2Fevents%2F***" in callback.words[-1]
    webhooks = [one for one in asked if not one.words]
    assert {one.note for one in webhooks} == {
        "nothing is sent: the backend is told by hand where to call"
    }
    assert {one.times for one in webhooks} == {0}
