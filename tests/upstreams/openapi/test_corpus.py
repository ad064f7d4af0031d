"""Every real description becomes a catalog and a valid schema, or is refused with a place."""

import functools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.console import Console

from tests import corpora, scoreboard
from tests.scoreboard import Row, measured
from upstreams.model import (
    ByTag,
    InputType,
    InterfaceType,
    Named,
    ObjectType,
    TypeDef,
    TypeRef,
    UnionType,
    innermost,
    restore,
    store,
)
from upstreams.openapi.model import OpenApiCatalog

pytestmark = pytest.mark.corpus

ROOT = corpora.SPECS / "openapi"
ROOTS = scoreboard.descriptions()
PARTS = corpora.specs("openapi/**/schemas/*.yaml")
"""Files that are parts of a description, and none themselves."""

UNTYPED = (
    "an object of anything: ",
    "anything: ",
    "a list of anything: ",
    "one of its alternatives is open: ",
    "properties beside the declared ones may be anything",
    "refers to ",
    "the answer has no schema",
)
"""How reasons begin where the description itself gives no type."""


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


@functools.cache
def row(file: Path) -> Row:
    return measured(file)


def catalog(file: Path) -> OpenApiCatalog:
    found = row(file).catalog
    assert found is not None
    return found


def _astray(found: OpenApiCatalog) -> Iterator[str]:
    """Where a reference leads to no type of the catalog, or a union's member is no object."""
    types = {one.key: one for one in found.types}
    arguments = [field.type for one in found.functions for field in one.arguments]
    of_types = [ref for one in found.types for ref in _refs(one)]
    for ref in (*(one.returns for one in found.functions), *arguments, *of_types):
        leaf = innermost(ref)
        if isinstance(leaf, Named) and leaf.key not in types:
            yield leaf.key
    for one in found.types:
        yield from (key for key in _concrete(one) if not isinstance(types.get(key), ObjectType))
        yield from (key for key in _bases(one) if not isinstance(types.get(key), InterfaceType))
    if len(types) < len(found.types):
        yield "a key stands for two types"


def _refs(one: TypeDef) -> list[TypeRef]:
    fields = one.fields if isinstance(one, ObjectType | InterfaceType | InputType) else ()
    return [field.type for field in fields]


def _concrete(one: TypeDef) -> list[str]:
    """The types that a value of an abstract type may be of."""
    match one:
        case (
            UnionType(resolution=ByTag(members=pairs))
            | InterfaceType(resolution=ByTag(members=pairs))
        ):
            return [key for _, key in pairs]
        case UnionType(members=keys):
            return list(keys)
        case _:
            return []


def _bases(one: TypeDef) -> tuple[str, ...]:
    return one.implements if isinstance(one, ObjectType | InterfaceType) else ()


@pytest.mark.parametrize("file", ROOTS, ids=name)
def test_a_real_description(file: Path, record_property: Callable[[str, object], None]) -> None:
    """Its schema is valid, every reference leads to a type, and it is stored without loss."""
    found = catalog(file)

    for count in ("functions", "skipped", "degraded", "assumed", "types"):
        record_property(count, len(getattr(found, count)))
    assert row(file).problems == ()
    assert list(_astray(found)) == []
    assert restore(store(found), OpenApiCatalog) == found
    assert all(one.function and one.reason for one in found.skipped)
    assert all(one.at and one.reason for one in (*found.degraded, *found.assumed))


@pytest.mark.parametrize("file", ROOTS, ids=name)
def test_what_became_json(file: Path) -> None:
    """Only what the description itself leaves without a type becomes JSON."""
    found = catalog(file)

    assert [one for one in found.degraded if not one.reason.startswith(UNTYPED)] == []


@pytest.mark.parametrize("file", PARTS, ids=name)
def test_a_part_of_a_description(file: Path) -> None:
    """A file that is only a part is refused with its place."""
    refused = row(file)

    assert refused.catalog is None
    assert refused.problems[0].startswith(str(file))


def test_the_scoreboard(capsys: pytest.CaptureFixture[str]) -> None:
    """Of 1000 operations at least 995 are mapped; the rest is skipped with a reason."""
    corpora.spec("openapi")

    catalogs = [catalog(file) for file in ROOTS]

    with capsys.disabled():
        Console().print("", *scoreboard.report(map(row, ROOTS)))
    mapped = sum(len(one.functions) for one in catalogs)
    skipped = sum(len(one.skipped) for one in catalogs)
    assert mapped / (mapped + skipped) >= 0.995
