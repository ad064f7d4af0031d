"""Real descriptions: names do not depend on order, nor on who comes later."""

import asyncio
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from app.demo.run import Demo
from schema.build import build
from schema.lock.changes import given as names_of
from schema.lock.changes import kept
from schema.lock.model import Lock, Place
from schema.merge import merge
from schema.sdl import sdl
from tests import corpora
from tests.schema.lock.reordered import turned
from tests.scoreboard import CORPORA, descriptions
from upstreams import graphql_api, grpc, openapi, soap
from upstreams.errors import DiscoveryError
from upstreams.graphql_api.model import Settings as GraphqlSettings
from upstreams.grpc.model import Settings as GrpcSettings
from upstreams.model import Catalog
from upstreams.openapi.model import Settings as OpenApiSettings
from upstreams.soap.model import Settings as SoapSettings

SAMPLE = {
    corpora.SPECS / name: kind
    for name, kind in {
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
    }.items()
}
ALL = [(path, kind) for kind in CORPORA for path in descriptions(kind)]
SCHEMAS = [path for path in SAMPLE if path.stem in ("asana.com", "google-pubsub", "BLZService")]

pytestmark = [pytest.mark.corpus, pytest.mark.timeout(120)]


@lru_cache(len(SAMPLE))
def found(path: Path, kind: str) -> Catalog:
    """What a description offers. Raises `DiscoveryError`."""
    return asyncio.run(_discovered(path, kind))


async def _discovered(path: Path, kind: str) -> Catalog:
    if kind == "graphql":
        return await graphql_api.KIND.discover(GraphqlSettings(graphql=str(path)))
    return await CORPORA[kind].discover(path)


def names(path: Path, kind: str) -> Mapping[Place, str] | None:
    """Every name that a description leads to; None where it is refused."""
    try:
        return names_of(merge({"a": found(path, kind)}))
    except DiscoveryError:
        return None


def names_in_another_order(path: Path, kind: str, seed: int) -> Mapping[Place, str] | None:
    """The same with everything shuffled, beside what it may refer to."""
    with TemporaryDirectory() as folder:
        for beside in path.parent.iterdir():
            (Path(folder) / beside.name).symlink_to(beside)
        other = Path(folder) / path.name
        other.unlink()
        other.write_bytes(turned(path, seed))
        return names(other, kind)


@pytest.mark.parametrize(("path", "kind"), ALL, ids=lambda one: getattr(one, "name", one))
@settings(max_examples=2, deadline=None, phases=[Phase.generate])
@given(seed=st.integers(0, 2**32))
def test_reordering_renames_nothing(path: Path, kind: str, seed: int) -> None:
    """Paths, parameters, messages, services, schemas and properties may stand in any order."""
    corpora.spec(path.relative_to(corpora.SPECS).as_posix())

    assert names_in_another_order(path, kind, seed) == names(path, kind)


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
@settings(max_examples=2, deadline=None, phases=[Phase.generate])
@given(seed=st.integers(0, 2**32))
def test_reordering_a_schema_renames_nothing(path: Path, seed: int) -> None:
    """Types, fields and arguments of a GraphQL API may stand in any order."""
    with TemporaryDirectory() as folder:
        described = Path(folder) / "schema.graphql"
        described.write_text(sdl(build({"a": sampled(path)})[0]))

        assert names_in_another_order(described, "graphql", seed) == names(described, "graphql")


def sampled(path: Path) -> Catalog:
    """What a description of the sample offers."""
    corpora.spec(path.relative_to(corpora.SPECS).as_posix())
    return found(path, SAMPLE[path])


@settings(max_examples=10, deadline=None)
@given(st.permutations(list(SAMPLE)), st.integers(1, 4))
def test_an_upstream_at_the_end_renames_nothing(order: list[Path], count: int) -> None:
    """Whoever was there keeps every name, whatever comes after."""
    upstreams = {f"u{place}": sampled(path) for place, path in enumerate(order[: count + 1])}
    first = dict(list(upstreams.items())[:count])

    before, after = names_of(merge(first)), names_of(merge(upstreams))

    assert before.items() <= after.items()


@settings(max_examples=10, deadline=None)
@given(st.permutations(list(SAMPLE)), st.integers(1, 4))
def test_with_a_lock_an_upstream_before_renames_nothing(order: list[Path], count: int) -> None:
    """Nor does any other order."""
    upstreams = {f"u{place}": sampled(path) for place, path in enumerate(order[: count + 1])}
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
