"""One encoded ledger over three servers nobody here wrote, each with its own idea of encoding."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from tests.backends.process import Server
from tests.backends.soap import LEDGER, node_ledger, perl_ledger, php_ledger
from tests.upstreams.soap.conftest import connected, function
from upstreams.errors import Refused
from upstreams.kind import Aside, Call
from upstreams.soap import KIND
from upstreams.soap.model import Settings, SoapCatalog

pytestmark = pytest.mark.real

Backend = Callable[[], AbstractContextManager[Server]]


@dataclass(frozen=True)
class Ledger:
    """A running ledger, and how it is called."""

    url: str
    catalog: SoapCatalog

    async def __call__(
        self, name: str, given: object = None, *, aside: Aside | None = None, **more: Any
    ) -> object:
        arguments = {} if given is None else {"input": given}
        call = Call(
            function(self.catalog, name), arguments | more, float("inf"), aside=aside or Aside()
        )
        async with connected(self.catalog, self.url) as client:
            return await client.call(call)


@pytest.fixture(scope="module", params=[node_ledger, perl_ledger, php_ledger])
def any_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with request.param() as server:
        yield server


@pytest.fixture(scope="module", params=[perl_ledger, php_ledger])
def encoding_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with request.param() as server:
        yield server


@pytest.fixture
async def ledger(any_server: Server) -> Ledger:
    """A ledger over any server."""
    return Ledger(f"{any_server.url}/ledger", await _catalog())


@pytest.fixture
async def encoding(encoding_server: Server) -> Ledger:
    """A ledger over a server that encodes its answers."""
    return Ledger(encoding_server.url, await _catalog())


async def _catalog() -> SoapCatalog:
    return await KIND.discover(Settings(soap=str(LEDGER)))


async def test_arrays_of_entries(encoding: Ledger) -> None:
    """Arrays of structures that hold arrays go out and come back, nil and text unharmed."""
    entries = [
        {"id": 1, "note": "é & <b>", "amounts": [1, 2]},
        {"id": 2, "note": None, "amounts": [3]},
    ]

    assert await encoding("Reverse", {"entries": entries}) == entries[::-1]


async def test_shared_value(encoding: Ledger) -> None:
    """A value that an answer has once and refers to twice is there twice."""
    entry = {"id": 1, "note": "shared", "amounts": [5, 6]}

    assert await encoding("Twice", {"entry": entry}) == [entry, entry]


async def test_several_results(ledger: Ledger) -> None:
    """Each output part is a field."""
    assert await ledger("Total", {"amounts": [1, 2, 6]}) == {"total": 9, "mean": 3.0}


async def test_value(ledger: Ledger) -> None:
    """A single result is the value itself."""
    assert await ledger("Pay", {"amount": Decimal("30")}) == Decimal(70)


async def test_fault(ledger: Ledger) -> None:
    """A fault has its code; what it says, who says it and its typed detail are the backend's."""
    with pytest.raises(Refused) as caught:
        await ledger("Pay", {"amount": Decimal(130)})

    assert caught.value.details == {"faultCode": "Client"}
    assert caught.value.told == "Too poor"
    assert caught.value.answer == {"actor": "urn:vault", "detail": {"Overdrawn": {"missing": "30"}}}


async def test_headers(ledger: Ledger) -> None:
    """A header goes out from its argument; the answer's is shown beside the value."""
    aside = Aside()

    value = await ledger("Whoami", SessionHeader={"token": "ann"}, aside=aside)

    assert value == "ann"
    assert aside.extensions == {"headers": {"TraceHeader": "seen"}}


async def test_one_way(encoding: Ledger) -> None:
    """An operation without an answer gives nothing."""
    assert await encoding("Note", {"text": "x"}) is None


@pytest.mark.parametrize("any_server", [php_ledger], indirect=True)
async def test_dimensions(ledger: Ledger) -> None:
    """An array of two dimensions is a list of lists."""
    assert await ledger("Transpose", {"table": [[1, 2, 3], [4, 5, 6]]}) == [[1, 4], [2, 5], [3, 6]]
