"""Every WSDL of the corpus gives a catalog, or is refused with a reason."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from graphql import build_schema
from lxml import etree

from schema.build import build
from tests import corpora
from upstreams.errors import DiscoveryError
from upstreams.model import restore, store
from upstreams.soap import KIND
from upstreams.soap.model import Settings, SoapCatalog

pytestmark = pytest.mark.corpus

WSDLS = corpora.specs("wsdl/**/*.wsdl")
NO_WSDL = re.compile("it has no binding: it is a part|not a WSDL: its root element is .*schema$")
"""Why some files of the corpus that are called WSDL cannot be called: most are parts of others."""


async def read(path: Path) -> SoapCatalog | DiscoveryError:
    try:
        return await KIND.discover(Settings(soap=str(path)))
    except DiscoveryError as error:
        return error


def operations(path: Path) -> int:
    """How many operations the port types of one file have."""
    root = etree.parse(path, etree.XMLParser(recover=True)).getroot()
    return sum(1 for _ in root.iterfind("{*}portType/{*}operation"))


@pytest.mark.parametrize("path", WSDLS, ids=lambda path: f"{path.parent.name}/{path.name}")
async def test_description(path: Path, record_property: Callable[[str, object], None]) -> None:
    """It makes a valid schema, each operation mapped or skipped with a reason, or is no service."""
    found = await read(path)

    if isinstance(found, DiscoveryError):
        assert NO_WSDL.search(str(found))
        return
    record_property("functions", len(found.functions))
    record_property("skipped", len(found.skipped))
    assert len(found.functions) + len(found.skipped) >= operations(path)
    assert all(each.reason for each in found.skipped)
    assert restore(store(found), KIND.catalog) == found
    build({"upstream": found}, build_schema("type Query { _gateway: String }"))
