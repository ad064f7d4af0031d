"""What other SOAP clients can load, we load."""

import json
import subprocess
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from zeep import Client, Settings
from zeep.exceptions import Error as ZeepError
from zeep.transports import Transport

from tests import corpora
from tests.backends.process import NODE_HOME, node
from upstreams import soap
from upstreams.errors import DiscoveryError
from upstreams.soap.model import Settings as SoapSettings
from upstreams.soap.model import SoapCatalog

pytestmark = [pytest.mark.corpus, pytest.mark.real]

WSDLS = corpora.specs("wsdl/**/*.wsdl")

Operations = dict[Path, set[str]]
"""The operations a client found in each file; without the files it could not load."""


class _Local(Transport):
    """Files, and nothing from the network."""

    def load(self, url: str) -> bytes:
        if url.startswith("http"):
            raise OSError("not here")
        return Path(url.removeprefix("file://")).read_bytes()


@pytest.fixture(scope="module")
def by_node() -> Operations:
    """What node-soap finds, all files read by one process."""
    command = node(NODE_HOME / "soap_describe.js", *map(str, WSDLS))
    ran = subprocess.run(command, capture_output=True, check=True, cwd=NODE_HOME, timeout=60)  # noqa: S603 - our own script
    found = json.loads(ran.stdout)
    return {Path(file): set(names) for file, names in found.items() if names}


@pytest.fixture(scope="module")
def by_zeep() -> Operations:
    """What zeep finds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = {path: _zeep(path) for path in WSDLS}
    return {path: names for path, names in found.items() if names}


def _zeep(path: Path) -> set[str]:
    try:
        wsdl = Client(str(path), transport=_Local(), settings=Settings(strict=False)).wsdl  # type: ignore[no-untyped-call]  # zeep's lack annotations
    except (ZeepError, OSError, LookupError, ValueError, AttributeError):
        return set()
    ports = (port for service in wsdl.services.values() for port in service.ports.values())
    return {name for port in ports for name in port.binding._operations}


async def ours(path: Path) -> SoapCatalog | None:
    try:
        return await soap.KIND.discover(SoapSettings(soap=str(path)))
    except DiscoveryError:
        return None


@pytest.mark.parametrize("peer", ["by_node", "by_zeep"])
@pytest.mark.timeout(120)
async def test_loaded(
    request: pytest.FixtureRequest, peer: str, record_property: Callable[[str, object], None]
) -> None:
    """Each file in which a peer finds operations gives a catalog that has or explains them."""
    theirs: Operations = request.getfixturevalue(peer)

    catalogs = {path: await ours(path) for path in WSDLS}

    loaded = {path: catalog for path, catalog in catalogs.items() if catalog is not None}
    record_property("theirs", len(theirs))
    record_property("ours", len(loaded))
    assert theirs.keys() <= loaded.keys()
    unexplained = {
        path: names - explained(loaded[path])
        for path, names in theirs.items()
        if not names <= explained(loaded[path])
    }
    assert unexplained == {}


def explained(catalog: SoapCatalog) -> set[str]:
    """The operations a catalog has, or says why it has not."""
    skipped = {each.function.rpartition("/")[2] for each in catalog.skipped}
    return {each.label for each in catalog.functions} | skipped
