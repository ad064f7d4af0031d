"""Every WSDL of the corpus gives a catalog, or is refused with a reason."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lxml import etree

from tests import corpora
from upstreams.errors import DiscoveryError
from upstreams.model import (
    Field,
    InputType,
    InterfaceType,
    Named,
    ObjectType,
    TypeRef,
    innermost,
    restore,
    store,
)
from upstreams.soap import KIND
from upstreams.soap.model import Settings, SoapCatalog

pytestmark = pytest.mark.corpus

WSDLS = corpora.specs("wsdl/**/*.wsdl")
NO_WSDL = re.compile("it has no service$|not a WSDL: its root element is .*(schema|definitions)$")
"""Why some files of the corpus that are called WSDL cannot be called: most are parts of others."""


async def read(path: Path) -> SoapCatalog | DiscoveryError:
    try:
        return await KIND.discover(Settings(soap=str(path)))
    except DiscoveryError as error:
        return error


def references(catalog: SoapCatalog) -> Iterator[TypeRef]:
    for each in catalog.functions:
        yield each.returns
        yield from (argument.type for argument in each.arguments)
    for made in catalog.types:
        fields: tuple[Field, ...] = ()
        if isinstance(made, ObjectType | InputType | InterfaceType):
            fields = made.fields
        yield from (field.type for field in fields)


def operations(path: Path) -> int:
    """How many operations the port types of one file have."""
    root = etree.parse(path, etree.XMLParser(recover=True)).getroot()
    return sum(1 for _ in root.iterfind("{*}portType/{*}operation"))


@pytest.mark.parametrize("path", WSDLS, ids=lambda path: f"{path.parent.name}/{path.name}")
async def test_description(path: Path, record_property: Callable[[str, object], None]) -> None:
    """It is read, each operation mapped or skipped with a reason, unless it is no service."""
    found = await read(path)

    if isinstance(found, DiscoveryError):
        assert NO_WSDL.search(str(found))
        return
    record_property("functions", len(found.functions))
    record_property("skipped", len(found.skipped))
    keys = {each.key for each in found.types}
    named = {leaf.key for leaf in map(innermost, references(found)) if isinstance(leaf, Named)}
    assert named <= keys
    assert len(found.functions) + len(found.skipped) >= operations(path)
    assert all(each.reason for each in found.skipped)
    assert restore(store(found), KIND.catalog) == found
