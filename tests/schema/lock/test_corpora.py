"""Real descriptions: names do not depend on order, nor on who comes later."""

import asyncio
import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.demo.run import Demo
from schema.lock.changes import given as names_of
from schema.lock.changes import kept
from schema.lock.model import Lock
from schema.merge import merge
from tests import corpora
from tests.schema.lock.reordered import turned
from tests.scoreboard import CORPORA
from upstreams import grpc, openapi, soap
from upstreams.grpc.model import Settings as GrpcSettings
from upstreams.model import Catalog
from upstreams.openapi.model import Settings as OpenApiSettings
from upstreams.soap.model import Settings as SoapSettings

SAMPLE = {
    "openapi/directory/adyen.com__CheckoutService.json": "openapi",
    "openapi/directory/asana.com.json": "openapi",
    "openapi/directory/influxdata.com.json": "openapi",
    "openapi/directory/httpbin.org.json": "openapi",
    "openapi/native30/readme-star-trek.json": "openapi",
    "openapi/native30/readme-polymorphism.json": "openapi",
    "openapi/swagger2/bitbucket.json": "openapi",
    "proto/google-pubsub.binpb": "grpc",
    "proto/grpc-gateway-examples.binpb": "grpc",
    "proto/temporal.binpb": "grpc",
    "wsdl/cxf/hello_world_fault.wsdl": "soap",
    "wsdl/misc/BLZService.wsdl": "soap",
    "wsdl/misc/spyne-interop.wsdl": "soap",
    "wsdl/misc/weather-globalweather.wsdl": "soap",
}

pytestmark = [pytest.mark.corpus, pytest.mark.timeout(120)]


@cache
def found(name: str) -> Catalog:
    """What a description of the corpus offers."""
    return asyncio.run(described(corpora.spec(name), SAMPLE[name]))


async def described(path: Path, kind: str) -> Catalog:
    """What the description in a file offers."""
    return await CORPORA[kind].discover(path)


def found_in_another_order(name: str, seed: int) -> Catalog:
    """The same with everything shuffled."""
    path = corpora.spec(name)
    with TemporaryDirectory() as folder:
        for beside in path.parent.iterdir():
            if beside.suffix in (".xsd", ".wsdl"):
                shutil.copy(beside, folder)
        other = Path(folder) / path.name
        other.write_bytes(turned(path, seed))
        return asyncio.run(described(other, SAMPLE[name]))


@pytest.mark.parametrize("name", SAMPLE)
@settings(max_examples=2, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_reordering_renames_nothing(name: str, seed: int) -> None:
    """Paths, messages, services, schemas and properties may stand in any order."""
    before = names_of(merge({"a": found(name)}))

    after = names_of(merge({"a": found_in_another_order(name, seed)}))

    assert after == before


@settings(max_examples=10, deadline=None)
@given(st.permutations(list(SAMPLE)), st.integers(1, 4))
def test_an_upstream_at_the_end_renames_nothing(order: list[str], count: int) -> None:
    """Whoever was there keeps every name, whatever comes after."""
    upstreams = {f"u{place}": found(name) for place, name in enumerate(order[: count + 1])}
    first = dict(list(upstreams.items())[:count])

    before, after = names_of(merge(first)), names_of(merge(upstreams))

    assert before.items() <= after.items()


@settings(max_examples=10, deadline=None)
@given(st.permutations(list(SAMPLE)), st.integers(1, 4))
def test_with_a_lock_an_upstream_before_renames_nothing(order: list[str], count: int) -> None:
    """Nor does any other order."""
    upstreams = {f"u{place}": found(name) for place, name in enumerate(order[: count + 1])}
    first = dict(list(upstreams.items())[:count])
    merged = merge(first)
    lock = kept(names_of(merged), Lock(), first, merged)

    after = names_of(merge(dict(reversed(upstreams.items())), lock=lock))

    assert lock.names.items() <= after.items()


async def test_reordering_the_demo_renames_nothing(tmp_path: Path) -> None:
    """Its backends described in another order have the same names."""
    async with Demo() as demo, httpx.AsyncClient() as http:
        shop = await http.get(f"{demo.shop}/openapi.json")
        bank = await http.get(f"{demo.bank}/bank?wsdl")
        parcels = await grpc.KIND.discover(GrpcSettings(grpc=demo.parcels))
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        folder.mkdir()
        (folder / "shop.json").write_bytes(shop.content)
        (folder / "bank.wsdl").write_bytes(bank.content)
    for path in new.iterdir():
        path.write_bytes(turned(path, 7))

    async def demo_in(folder: Path) -> dict[str, Catalog]:
        one = OpenApiSettings(openapi=str(folder / "shop.json"), url="http://shop.test")
        other = SoapSettings(soap=str(folder / "bank.wsdl"))
        return {
            "shop": await openapi.KIND.discover(one),
            "parcels": parcels,
            "bank": await soap.KIND.discover(other),
        }

    before = merge(await demo_in(old))
    after = merge(await demo_in(new))

    assert names_of(before) == names_of(after)
