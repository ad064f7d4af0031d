"""One gateway over six real backends that nobody here wrote, and one query across four kinds."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import corpora
from tests.app.served import gateway
from tests.app.test_cli import splice
from tests.backends.aws_lambda import KEYS, REGION, serverless_offline
from tests.backends.grpc import lnd_mock
from tests.backends.openapi import JUPYTER_TOKEN, jupyter, prism
from tests.backends.process import LOOPBACK, Server, free_port
from tests.backends.soap import TIMESHEETS, node_soap, php_soap

pytestmark = [pytest.mark.real, pytest.mark.corpus, pytest.mark.timeout(180)]

QUERY = """
{
  getFactions(limit: 2) { data { symbol traits { name } } meta { total } }
  getApiStatus { started }
  getInfo { identityPubkey numPeers chains { chain } features { key value { isKnown } } }
  getTitlesById(input: {TitleIds: {string: ["a", "b"]}}) { Title { Id Value } }
  getLastTradePrice(input: {tickerSymbol: "DIS"})
  priceQuote(input: {sku: "rope", quantity: 2})
}
"""


@dataclass(frozen=True, slots=True)
class Backends:
    """The six, running."""

    prism: Server
    jupyter: Server
    lnd: Server
    node_soap: Server
    php_soap: Server
    serverless: Server

    def config(self) -> str:
        """A configuration over all of them, as a user would write it."""
        document = corpora.spec("openapi/directory/spacetraders.io.json")
        hours = f"{self.node_soap.url}{TIMESHEETS}"
        return f"""
upstreams:
  space:
    openapi: {document}
    url: {self.prism.url}
    headers: {{ authorization: Bearer anything }}
  notebooks:
    openapi: {self.jupyter.url}/api/spec.yaml
    headers: {{ authorization: token {JUPYTER_TOKEN} }}
  lightning:
    grpc: {self.lnd.address}
  hours:
    soap: {hours}?wsdl
    url: {hours}
  stocks:
    soap: {self.php_soap.url}/?wsdl
    url: {self.php_soap.url}
  pricing:
    lambda: [price-quote, refund]
    queries: price-quote
    region: {REGION}
    url: {self.serverless.url}
"""


@pytest.fixture(scope="module")
def backends() -> Iterator[Backends]:
    """All six, started together."""
    document = corpora.spec("openapi/directory/spacetraders.io.json")
    starting = (
        *(prism(document), jupyter(), lnd_mock()),
        *(node_soap(), php_soap(), serverless_offline()),
    )
    with ExitStack() as stack, ThreadPoolExecutor(len(starting)) as threads:
        yield Backends(*threads.map(stack.enter_context, starting))


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials in the environment, where the AWS chain finds them."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)


async def test_one_query_across_four_kinds(backends: Backends, keys: None, tmp_path: Path) -> None:
    """REST twice, gRPC, SOAP twice and Lambda answer together, each exactly."""
    async with gateway(backends.config(), tmp_path) as asking:
        body = await asking.query(QUERY)

    assert "errors" not in body
    data = body["data"]
    assert data["getFactions"] == {
        "data": [{"symbol": "string", "traits": [{"name": "string"}]}],
        "meta": {"total": 0},
    }
    assert data["getApiStatus"]["started"].endswith("Z")
    assert data["getInfo"]["identityPubkey"] == "identity_pubkey-1"
    assert [chain["chain"] for chain in data["getInfo"]["chains"]] == ["chain-1", "chain-1"]
    assert data["getInfo"]["features"][0]["value"] == {"isKnown": True}
    assert data["getTitlesById"]["Title"] == [
        {"Id": "a", "Value": "Title <a>"},
        {"Id": "b", "Value": "Title <b>"},
    ]
    assert data["getLastTradePrice"] == 3.0
    assert data["priceQuote"] == {"sku": "rope", "quantity": 2, "total": 7, "note": None}


async def test_one_broken_backend_spares_the_others(
    backends: Backends, keys: None, tmp_path: Path
) -> None:
    """A fault, a thrown error and a dead port are errors at their paths; the rest arrives."""
    dead = backends.config().replace(backends.prism.url, f"http://{LOOPBACK}:{free_port()}")
    async with gateway(dead, tmp_path) as asking:
        query = await asking.query("{ getFactions { meta { total } } getApiStatus { started } }")
        mutation = await asking.query(
            "mutation { deleteTimesheetEntry(input: {}) { __typename } refund(input: {}) }"
        )

    assert query["data"]["getFactions"] is None
    assert query["data"]["getApiStatus"] is not None
    assert _faces(query) == {"getFactions": ("UPSTREAM_UNREACHABLE", "space", None)}
    assert _faces(mutation) == {
        "deleteTimesheetEntry": ("UPSTREAM_ERROR", "hours", "Server"),
        "refund": ("UPSTREAM_ERROR", "pricing", "Error"),
    }
    assert "nothing was paid" not in str(mutation)
    assert "The period is closed" not in str(mutation)


async def test_discovery_of_all_six_maps_every_function(
    backends: Backends, keys: None, tmp_path: Path
) -> None:
    """Every function each backend says it has is mapped, or listed with a reason."""
    (tmp_path / "splice.yaml").write_text(backends.config())

    status, output, _ = await splice("discover", "--json", cwd=tmp_path)

    assert status == 0
    counts = {}
    for upstream in json.loads(output)["upstreams"]:
        counts[upstream["name"]] = upstream["functions"]
        assert upstream["mapped"] + len(upstream["skipped"]) == upstream["functions"]
        assert all(skipped["reason"] for skipped in upstream["skipped"])
        assert all(place["at"] and place["reason"] for place in upstream["degraded"])
    assert counts == {
        "space": 40,
        "notebooks": 32,
        "lightning": 162,
        "hours": 17,
        "stocks": 2,
        "pricing": 2,
    }


def _faces(body: dict[str, Any]) -> dict[str, tuple[str, str, object]]:
    """Code, upstream and the backend's status of each error, by the root field it is at."""
    return {
        error["path"][0]: (
            error["extensions"]["code"],
            error["extensions"]["upstream"],
            error["extensions"].get("status"),
        )
        for error in body["errors"]
    }
