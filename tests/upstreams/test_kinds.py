"""The examination every kind passes: what `upstreams.kind` asks, over a backend of each."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.config import Upstream
from app.config.read import loads
from app.demo.run import Demo
from tests.backends.asgi import served
from tests.backends.graphql_api import Api
from tests.backends.process import LOOPBACK, free_port
from tests.backends.talk import hanging, talking
from upstreams.errors import DiscoveryError, TimedOut, Unreachable
from upstreams.kind import Call, Client
from upstreams.model import (
    Catalog,
    EnumType,
    Function,
    InputType,
    InterfaceType,
    ListOf,
    MapOf,
    Named,
    ObjectType,
    Required,
    TypeDef,
    TypeRef,
    UnionType,
    restore,
    store,
)
from upstreams.registry import KINDS


@dataclass(frozen=True, slots=True)
class Exam:
    """A backend of a kind, and one call with an answer that is known."""

    upstream: str
    function: str
    arguments: Mapping[str, Any]
    answer: tuple[str, Any]
    """A field of the answer, and its value."""


EXAMS = {
    "openapi": Exam("shop", "getOrder", {"id": 7000000003}, ("status", "shipped")),
    "grpc": Exam(
        "parcels",
        "splice.demo.parcels.v1.Parcels/GetParcel",
        {"input": {"id": "PX-303"}},
        ("carrier", "Elbe Post"),
    ),
    "soap": Exam("bank", "GetAccount", {"input": {"customerId": 101}}, ("holder", "Ada Okafor")),
    "lambda": Exam("pricing", "quote", {"sku": "sencha", "quantity": 12}, ("sku", "sencha")),
    "graphql": Exam("crm", "customer", {"id": "7"}, ("name", "Customer 7")),
}


@dataclass(frozen=True, slots=True)
class Examined:
    """The upstream of one kind, discovered."""

    exam: Exam
    upstream: Upstream
    catalog: Catalog

    def client(self, **settings: Any) -> Client:
        """A client, with some settings changed."""
        changed = dataclasses.replace(self.upstream.settings, **settings)
        return KINDS[self.upstream.kind].connect(self.upstream.name, changed, self.catalog)

    def client_to(self, address: str) -> Client:
        """A client that looks for the backend at that address."""
        if self.upstream.kind == "grpc":
            return self.client(grpc=address)
        return self.client(url=f"http://{address}")

    def call(self, seconds: float = 10) -> Call:
        """The exam's call, due in that time."""
        deadline = asyncio.get_running_loop().time() + seconds
        return Call(self.function, self.exam.arguments, deadline)

    @property
    def function(self) -> Function:
        """The function the exam asks."""
        return next(one for one in self.catalog.functions if one.name == self.exam.function)


@pytest.fixture(params=KINDS)
async def examined(request: pytest.FixtureRequest) -> AsyncIterator[Examined]:
    """Each kind in turn, over its backend."""
    exam = EXAMS[request.param]
    async with Demo() as demo, served(Api()) as api:
        config = demo.config.replace("upstreams:", f"upstreams:\n  crm: {{graphql: {api}/}}", 1)
        upstream = loads(config, Path("/x/splice.yaml"), {}).upstreams[exam.upstream]
        yield Examined(exam, upstream, await KINDS[upstream.kind].discover(upstream.settings))


async def test_a_catalog_is_stored_without_loss(examined: Examined) -> None:
    """What was stored is equal to what was discovered, bindings and all."""
    kind = KINDS[examined.upstream.kind]

    assert restore(store(examined.catalog), kind.catalog) == examined.catalog


async def test_a_catalog_names_only_types_it_has(examined: Examined) -> None:
    """Every reference leads to a definition, and every type and function says where it is from."""
    catalog = examined.catalog
    keys = {definition.key for definition in catalog.types}

    assert set(_named(catalog)) <= keys
    assert all(definition.source for definition in catalog.types)
    assert all(function.source for function in catalog.functions)


async def test_discovering_again_gives_an_equal_catalog(examined: Examined) -> None:
    """So that a refresh without a change is noticed as one."""
    again = await KINDS[examined.upstream.kind].discover(examined.upstream.settings)

    assert again == examined.catalog


async def test_a_call_is_answered(examined: Examined) -> None:
    """The value is plain Python, keyed by the backend's names."""
    client = examined.client()

    value = await client.call(examined.call())
    await client.aclose()

    field, expected = examined.exam.answer
    assert value[field] == expected


async def test_a_stored_catalog_is_enough_to_call(examined: Examined) -> None:
    """The description is not needed again."""
    kind = KINDS[examined.upstream.kind]
    restored = dataclasses.replace(examined, catalog=restore(store(examined.catalog), kind.catalog))
    client = restored.client()

    value = await client.call(restored.call())
    await client.aclose()

    field, expected = restored.exam.answer
    assert value[field] == expected


async def test_a_backend_that_says_nothing_times_out(examined: Examined) -> None:
    """Past its deadline a call raises `TimedOut`, whatever the protocol."""
    async with talking(hanging) as address:
        client = examined.client_to(address)

        with pytest.raises(TimedOut):
            async with asyncio.timeout(5):
                await client.call(examined.call(0.3))
        await client.aclose()


async def test_a_backend_that_is_not_there_is_unreachable(examined: Examined) -> None:
    """Nobody listens: the error is retryable and keeps the address to itself."""
    port = free_port()
    client = examined.client_to(f"{LOOPBACK}:{port}")

    with pytest.raises(Unreachable) as caught:
        await client.call(examined.call())
    await client.aclose()

    assert caught.value.retryable
    assert str(port) not in caught.value.message


async def test_closing_twice_is_closing_once(examined: Examined) -> None:
    """Also before the first call."""
    client = examined.client()

    await client.aclose()
    await client.aclose()


async def test_discovery_of_nothing_is_an_error_with_its_place(examined: Examined) -> None:
    """`DiscoveryError`, and nothing else."""
    nowhere = f"{LOOPBACK}:{free_port()}"
    settings = dataclasses.replace(examined.upstream.settings, **_moved(examined, nowhere))

    with pytest.raises(DiscoveryError) as caught:
        await KINDS[examined.upstream.kind].discover(settings)

    assert caught.value.at


def _moved(examined: Examined, address: str) -> dict[str, Any]:
    """The settings under which the description is looked for at that address."""
    match examined.upstream.kind:
        case "grpc":
            return {"grpc": address}
        case "lambda":
            return {"functions": ("any-*",), "url": f"http://{address}"}
        case kind:
            return {kind: f"http://{address}/description"}


def _named(catalog: Catalog) -> set[str]:
    refs = [function.returns for function in catalog.functions]
    refs += [argument.type for function in catalog.functions for argument in function.arguments]
    found = {key for definition in catalog.types for key in _keys(definition)}
    return found | {key for ref in refs for key in _leaf(ref)}


def _keys(definition: TypeDef) -> set[str]:
    match definition:
        case ObjectType() | InterfaceType():
            own = set(definition.implements)
            return own | {key for field in definition.fields for key in _leaf(field.type)}
        case InputType():
            return {key for field in definition.fields for key in _leaf(field.type)}
        case UnionType():
            return set(definition.members)
        case EnumType():
            return set()


def _leaf(ref: TypeRef) -> set[str]:
    match ref:
        case Named(key):
            return {key}
        case ListOf(of) | MapOf(of) | Required(of):
            return _leaf(of)
        case _:
            return set()
