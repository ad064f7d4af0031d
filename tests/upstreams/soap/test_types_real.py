"""Every kind of type, there and back through PHP's own reading and writing of XSD."""

from collections.abc import Awaitable, Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.app.served import gateway
from tests.backends.process import Server
from tests.backends.soap import php_types
from tests.upstreams.soap.conftest import ask, connected, function
from upstreams.soap import KIND
from upstreams.soap.model import TYPE_KEY, Settings

pytestmark = pytest.mark.real

Echo = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]

LEAVES = {
    "string": " a < b & é ",
    "boolean": True,
    "int": -1,
    "long": 2**62,
    "integer": 10**18,
    "decimal": Decimal("12345678901234567890.10"),
    "double": 0.1,
    "date": "2024-02-29",
    "time": "12:30:00.5",
    "dateTime": "2024-02-29T12:30:00",
    "zoned": "2024-02-29T12:30:00.123456+02:00",
    "duration": "P1Y2M3DT4H5M6.7S",
    "base64": b"\x00\xff",
    "hex": b"\x00\xff",
    "uri": "http://example.com/?a=b&c",
    "month": "2024-02",
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with php_types() as server:
        yield server


@pytest.fixture
async def echo(server: Server) -> Echo:
    """What comes back for a value."""
    catalog = await KIND.discover(Settings(soap=f"{server.url}/?wsdl"))

    async def call(value: dict[str, Any]) -> dict[str, Any]:
        async with connected(catalog, server.url) as client:
            answer = await ask(client, function(catalog, "Echo"), {"it": value})
        assert isinstance(answer, dict)
        return {name: held for name, held in answer.items() if held not in (None, [])}

    return call


async def test_leaves(echo: Echo) -> None:
    """No built-in type loses anything that PHP does not lose."""
    assert await echo({"leaves": LEAVES}) == {"leaves": LEAVES}


async def test_derived_types(echo: Echo) -> None:
    """Each value keeps its type and what that adds."""
    van = {"wheels": 4, "doors": 5, "load": Decimal("1.50")}

    answer = await echo({"vehicles": [{"Vehicle": {"wheels": 2}}, {"Van": van}]})

    assert answer == {
        "vehicles": [
            {TYPE_KEY: "{urn:types}Vehicle", "wheels": 2},
            {TYPE_KEY: "{urn:types}Van", **van},
        ]
    }


async def test_choice(echo: Echo) -> None:
    """Of a choice the branch given comes back."""
    assert await echo({"payment": {"cash": Decimal(5)}}) == {"payment": {"cash": Decimal(5)}}


async def test_text_with_attributes(echo: Echo) -> None:
    """Simple content comes back with its attributes."""
    price = {"value": Decimal("1.10"), "currency": "EUR"}

    assert await echo({"price": price}) == {"price": price}


async def test_lists_and_enumerations(echo: Echo) -> None:
    """A list in one text and a value of an enumeration come back."""
    value = {"sizes": [1, 2, 3], "state": "on hold"}

    assert await echo(value) == value


async def test_nil(echo: Echo) -> None:
    """A nil element is understood, and is null again."""
    assert await echo({"nothing": None, "state": "open"}) == {"state": "open"}


async def test_recursion(echo: Echo) -> None:
    """A type that holds itself comes back as deep as it was."""
    tree = {"name": "a", "branches": [{"name": "b", "branches": []}]}

    assert await echo({"tree": tree}) == {"tree": tree}


QUERY = """
query Echo($vehicles: [VehicleInput!], $payment: PaymentInput) {
  echo(input: {it: {vehicles: $vehicles, payment: $payment}}) {
    vehicles { __typename wheels ... on Van { load } }
    payment { card cash }
  }
}
"""


async def test_as_graphql(server: Server, tmp_path: Path) -> None:
    """Clients choose a derived type by its field, and tell what comes back by fragments."""
    config = (
        f"upstreams: {{types: {{soap: '{server.url}/?wsdl', url: '{server.url}', queries: '*'}}}}"
    )
    vehicles = [
        {"Car": {"wheels": 4, "doors": 5}},
        {"Van": {"wheels": 4, "doors": 3, "load": "1.50"}},
    ]

    async with gateway(config, tmp_path) as asking:
        body = await asking.query(QUERY, {"vehicles": vehicles, "payment": {"card": "x"}})
        both = await asking.query(QUERY, {"payment": {"card": "x", "cash": "1"}})

    assert body == {
        "data": {
            "echo": {
                "vehicles": [
                    {"__typename": "Car", "wheels": 4},
                    {"__typename": "Van", "wheels": 4, "load": "1.50"},
                ],
                "payment": {"card": "x", "cash": None},
            }
        }
    }
    assert "exactly one" in both["errors"][0]["message"].lower()
