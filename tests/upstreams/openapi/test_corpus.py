"""Every real description becomes a catalog, or is refused with a place."""

import asyncio
from pathlib import Path

import pytest

from tests import corpora
from upstreams.errors import DiscoveryError
from upstreams.model import (
    Named,
    ObjectType,
    TypeDef,
    UnionType,
    innermost,
    restore,
    store,
)
from upstreams.openapi import KIND
from upstreams.openapi.model import OpenApi, OpenApiCatalog

pytestmark = pytest.mark.corpus

ROOT = corpora.SPECS / "openapi"
FILES = [
    file
    for pattern in ("openapi/**/*.json", "openapi/**/*.yaml")
    for file in corpora.specs(pattern)
]
PARTS = frozenset({"Error.yaml", "Pet.yaml", "Pets.yaml"})
"""Files that are parts of a description, and none themselves."""
ROOTS = [file for file in FILES if file.name not in PARTS]


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


def discovered(file: Path) -> OpenApiCatalog:
    return asyncio.run(KIND.discover(OpenApi(openapi=str(file))))


@pytest.mark.parametrize("file", ROOTS, ids=name)
def test_a_real_description(file: Path, record_property: pytest.RecordProperty) -> None:
    """It translates, every reference leads to a type, and it is stored without loss."""
    found = discovered(file)

    for count in ("functions", "skipped", "degraded", "assumed", "types"):
        record_property(count, len(getattr(found, count)))
    assert list(_astray(found)) == []
    assert restore(store(found), OpenApiCatalog) == found
    assert all(one.reason for one in (*found.skipped, *found.degraded, *found.assumed))


@pytest.mark.parametrize("file", [file for file in FILES if file.name in PARTS], ids=name)
def test_a_part_of_a_description(file: Path) -> None:
    """A file that is only a part is refused with its place."""
    with pytest.raises(DiscoveryError) as caught:
        discovered(file)

    assert caught.value.at == str(file)


def test_the_scoreboard(capsys: pytest.CaptureFixture[str]) -> None:
    """At least 99 of 100 operations are mapped; the rest is skipped with a reason."""
    corpora.spec("openapi")

    catalogs = [discovered(file) for file in ROOTS]

    mapped = sum(len(one.functions) for one in catalogs)
    skipped = sum(len(one.skipped) for one in catalogs)
    degraded = sum(len(one.degraded) for one in catalogs)
    with capsys.disabled():
        found = f"{len(catalogs)} documents, {mapped + skipped} operations found"
        print(f"\nopenapi corpus: {found}, {mapped} mapped, {skipped} skipped, {degraded} JSON")
    assert mapped / (mapped + skipped) > 0.99
