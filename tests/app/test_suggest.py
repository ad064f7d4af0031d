"""`splice suggest`: the command, over the demo's four backends."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from graphql import ObjectTypeExtensionNode, parse, print_ast

from app.demo.run import GRAPH, Demo
from tests.app.test_cli import splice


@asynccontextmanager
async def demo(folder: Path, *, joined: bool = False) -> AsyncIterator[None]:
    """The four backends, and a configuration over them."""
    async with Demo() as running:
        text = running.config
        whole = text if joined else text.partition("schema:\n")[0]
        (folder / "splice.yaml").write_text(whole)
        yield


def joins(sdl: str) -> dict[str, str]:
    """The type of each field that is added: `Order.customer` -> `Customer`."""
    return {
        f"{type_.name.value}.{field.name.value}": print_ast(field.type)
        for type_ in parse(sdl).definitions
        if isinstance(type_, ObjectTypeExtensionNode)
        for field in type_.fields or ()
    }


async def test_the_demos_joins_are_suggested(tmp_path: Path) -> None:
    """Nearly all that a person wrote by hand, under the same names but for one."""
    written = joins(GRAPH.read_text())

    async with demo(tmp_path):
        status, output, counts = await splice("suggest", cwd=tmp_path)

    suggested = joins(output)
    missing = {name for name, of in written.items() if suggested.get(name) != of}
    assert status == 0
    assert missing == {"Line.quote", "Parcel.track"}
    assert suggested["Parcel.events"] == "[ParcelEvent!]"
    assert counts == "15 joins suggested for 10 types, 8 of them between upstreams\n"


async def test_suggestions_are_a_file_to_save(tmp_path: Path) -> None:
    """What is printed is used as it stands, and answers."""
    query = "{ getOrder(id: 7000000003) { customer { name } parcels { events { place } } } }"

    async with demo(tmp_path):
        _, output, _ = await splice("suggest", cwd=tmp_path)
        (tmp_path / "graph.graphql").write_text(output)
        with (tmp_path / "splice.yaml").open("a") as file:
            file.write("schema: { extend: graph.graphql }\n")
        checked = await splice("check", cwd=tmp_path)
        status, answer, _ = await splice("query", query, cwd=tmp_path)

    order = json.loads(answer)["data"]["getOrder"]
    assert checked[:2] == (0, "4 upstreams, 16 functions: fine\n")
    assert status == 0
    assert order["customer"]["name"]
    assert order["parcels"][0]["events"]


async def test_what_is_joined_is_not_suggested_again(tmp_path: Path) -> None:
    """Only what nobody has written yet."""
    async with demo(tmp_path, joined=True):
        _, output, _ = await splice("suggest", cwd=tmp_path)

    assert not joins(output).keys() & joins(GRAPH.read_text()).keys()
    assert "Account.customer" in joins(output)


async def test_json_is_the_documented_shape(tmp_path: Path) -> None:
    """`--json` on standard output, for pipes; `--min` chooses how sure they are."""
    async with demo(tmp_path):
        _, output, _ = await splice("suggest", "--json", "--min", "0.93", cwd=tmp_path)

    report = json.loads(output)
    orders = next(one for one in report["suggestions"] if one["field"] == "orders")
    assert report["version"] == 1
    assert min(one["confidence"] for one in report["suggestions"]) >= 0.93
    assert orders.pop("evidence")[0] == "shop.listOrders takes customerId, named after Customer"
    assert orders == {
        "upstream": "shop",
        "type": "Customer",
        "field": "orders",
        "gives": "[Order!]",
        "function": "shop.listOrders",
        "arguments": {"customerId": "$parent.id"},
        "batched": False,
        "match": None,
        "confidence": orders["confidence"],
        "against": ["it answers in pages, of which this is the first"],
    }


async def test_what_is_no_confidence_is_refused(tmp_path: Path) -> None:
    """Status 2, as for any wrong usage."""
    status, output, errors = await splice("suggest", "--min", "high", cwd=tmp_path)

    assert (status, output) == (2, "")
    assert "a number from 0 to 1" in errors
