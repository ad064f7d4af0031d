"""Every real description becomes a catalog, or is refused with a place."""

import asyncio
import functools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import corpora
from upstreams.errors import DiscoveryError
from upstreams.model import (
    Field,
    InputType,
    Named,
    ObjectType,
    TypeDef,
    UnionType,
    innermost,
    restore,
    store,
)
from upstreams.openapi.discover import discover
from upstreams.openapi.model import OpenApiCatalog, Settings

pytestmark = pytest.mark.corpus

ROOT = corpora.SPECS / "openapi"
FILES = [
    file
    for pattern in ("openapi/**/*.json", "openapi/**/*.yaml")
    for file in corpora.specs(pattern)
]
PARTS = [file for file in FILES if file.parent.name == "schemas"]
"""Files that are parts of a description, and none themselves."""
ROOTS = [file for file in FILES if file not in PARTS]


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


@functools.cache
def discovered(file: Path) -> OpenApiCatalog:
    return asyncio.run(discover(Settings(openapi=str(file))))


def _astray(found: OpenApiCatalog) -> Iterator[str]:
    """Where a reference leads to no type of the catalog, or a union's member is no object."""
    types = {one.key: one for one in found.types}
    fields = [field for one in found.functions for field in one.arguments]
    fields += [field for one in found.types for field in _fields(one)]
    for ref in (*(one.returns for one in found.functions), *(field.type for field in fields)):
        leaf = innermost(ref)
        if isinstance(leaf, Named) and leaf.key not in types:
            yield leaf.key
    for one in found.types:
        if isinstance(one, UnionType):
            yield from (key for key in one.members if not isinstance(types.get(key), ObjectType))
    if len(types) < len(found.types):
        yield "a key stands for two types"


def _fields(one: TypeDef) -> tuple[Field, ...]:
    return one.fields if isinstance(one, ObjectType | InputType) else ()


@pytest.mark.parametrize("file", ROOTS, ids=name)
def test_a_real_description(file: Path, record_property: Callable[[str, object], None]) -> None:
    """It translates, every reference leads to a type, and it is stored without loss."""
    found = discovered(file)

    for count in ("functions", "skipped", "degraded", "assumed", "types"):
        record_property(count, len(getattr(found, count)))
    assert list(_astray(found)) == []
    assert restore(store(found), OpenApiCatalog) == found
    assert all(one.function and one.reason for one in found.skipped)
    assert all(one.at and one.reason for one in (*found.degraded, *found.assumed))


@pytest.mark.parametrize("file", PARTS, ids=name)
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
        sys.stdout.write(f"\n{found}, {mapped} mapped, {skipped} skipped, {degraded} JSON\n")
    assert mapped / (mapped + skipped) > 0.99
