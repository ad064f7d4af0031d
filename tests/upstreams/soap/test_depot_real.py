"""A depot over spyne, by the WSDL it writes, in both versions of SOAP."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.app.served import gateway
from tests.backends.process import Server
from tests.backends.soap import spyne_depot
from tests.upstreams.soap.conftest import ask, connected, function
from upstreams.errors import Refused
from upstreams.kind import Aside, Call
from upstreams.soap import KIND
from upstreams.soap.model import TYPE_KEY, Settings, SoapCatalog, Version

pytestmark = pytest.mark.real

ITEM = {
    "code": "a&b",
    "label": "é <b>",
    "weight": {"value": Decimal("1.50"), "unit": "kg"},
    "state": "on hold",
    "tags": {"string": ["", " x "]},
    "counts": [2**70, -1],
    "since": "2024-02-29T12:30:00.500000+02:00",
    "day": "2024-02-29",
    "lasts": "P1DT2H3M",
    "picture": b"\x00\xff",
    "fragile": False,
}


@dataclass(frozen=True)
class Depot:
    """A running depot, and how it is called."""

    url: str
    catalog: SoapCatalog

    async def __call__(self, name: str, given: object) -> Any:
        async with connected(self.catalog, self.url) as client:
            return await ask(client, function(self.catalog, name), given)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with spyne_depot() as server:
        yield server


@pytest.fixture(params=["11", "12"])
async def depot(server: Server, request: pytest.FixtureRequest) -> Depot:
    """The depot over either version."""
    url = f"{server.url}/{request.param}/"
    return Depot(url, await KIND.discover(Settings(soap=f"{url}?wsdl")))


def told(value: dict[str, Any]) -> dict[str, Any]:
    """What is there of an item, as far as it is something."""
    return {name: held for name, held in value.items() if held not in (None, [])}


async def test_description(server: Server) -> None:
    """Each version's description is taken as it is, but for headers it never declares."""
    for path, version in (("11", Version.SOAP_11), ("12", Version.SOAP_12)):
        catalog = await KIND.discover(Settings(soap=f"{server.url}/{path}/?wsdl"))

        assert {each.binding.version for each in catalog.functions} == {version}
        assert len(catalog.functions) == 7
        assert [each.at for each in catalog.degraded] == ["{urn:goods}Item/more"]
        assert catalog.skipped == ()
        assert {each.at for each in catalog.assumed} == {"{urn:depot}Depot/note"}


async def test_item(depot: Depot) -> None:
    """Attributes, text with them, arrays, and every kind of leaf come back as they went."""
    assert told(await depot("echo", ITEM)) == ITEM


async def test_nil(depot: Depot) -> None:
    """Null is nil, in a list too, and is null again."""
    tags = {"string": ["x", None]}

    item = await depot("echo", {"code": "a", "fragile": None, "tags": tags})

    assert told(item) == {"code": "a", "tags": tags}


async def test_derived_types(depot: Depot) -> None:
    """Each item of an array has its own type, of whichever namespace."""
    plain, cooled = {"code": "a"}, {"code": "b", "degrees": Decimal("-18.50")}

    answer = await depot("reverse", {"items": {"Item": [{"Item": plain}, {"Cooled": cooled}]}})

    assert [told(each) for each in answer["Item"]] == [
        cooled | {TYPE_KEY: "{urn:depot}Cooled"},
        plain | {TYPE_KEY: "{urn:goods}Item"},
    ]


async def test_undeclared_content(depot: Depot) -> None:
    """What may be anything is JSON both ways."""
    more = {"lot": {"#text": "7", "@of": "9"}}

    assert told(await depot("echo", {"code": "a", "more": more})) == {"code": "a", "more": more}


async def test_results(depot: Depot) -> None:
    """One result is the value itself, several are fields."""
    assert await depot("lift", {"kilos": Decimal("1.50")}) == Decimal("3.00")
    assert await depot("bounds", {"around": 3}) == {"low": 2, "high": Decimal("3.5")}


async def test_fault(depot: Depot) -> None:
    """A fault has its code, who says it and its typed detail."""
    is_first = depot.catalog.functions[0].binding.version is Version.SOAP_11

    with pytest.raises(Refused) as caught:
        await depot("lift", {"kilos": Decimal(101)})

    assert caught.value.told == "Too heavy"
    assert caught.value.details == (
        {"faultCode": "Client.TooHeavy"}
        if is_first
        else {"faultCode": "Sender", "faultSubcode": "TooHeavy"}
    )
    assert caught.value.answer == {
        "actor" if is_first else "role": "urn:crane",
        "detail": {"TooHeavy": {"most": "100"}},
    }


async def test_headers(depot: Depot) -> None:
    """A header goes out from its argument; the answer's is shown beside the value."""
    called = function(depot.catalog, "whoami")
    aside = Aside()
    call = Call(called, {"SessionHeader": {"token": "ann"}}, float("inf"), aside=aside)

    async with connected(depot.catalog, depot.url) as client:
        value = await client.call(call)

    assert value == "ann"
    assert aside.extensions == {"headers": {"TraceHeader": {"seen": "ann"}}}


async def test_one_way(depot: Depot) -> None:
    """Nothing comes back, whatever the server answers with."""
    assert await depot("note", {"text": "x"}) is None


async def test_as_graphql(server: Server, tmp_path: Path) -> None:
    """Two calls of one operation, one of which gives items of two types."""
    config = f"upstreams: {{depot: {{soap: '{server.url}/12/?wsdl', queries: '*'}}}}"
    query = """query ($items: [ItemInput]) {
      reverse(input: {items: {Item: $items}}) { Item { __typename ... on Cooled { degrees } } }
      coldest { code degrees }
    }"""

    async with gateway(config, tmp_path) as asking:
        items = [{"Cooled": {"code": "b", "degrees": "4.0"}}, {"Item": {"code": "a"}}]
        body = await asking.query(query, {"items": items})

    assert body == {
        "data": {
            "reverse": {
                "Item": [
                    {"__typename": "PlainItem"},
                    {"__typename": "Cooled", "degrees": "4.0"},
                ]
            },
            "coldest": {"code": "ice", "degrees": "-18.50"},
        }
    }
