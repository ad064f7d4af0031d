"""Every real description becomes a catalog and a valid schema, nothing left out silently."""

import functools
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from rich.console import Console

from tests import corpora, scoreboard
from tests.scoreboard import Row
from upstreams.grpc.model import Binding, Wire
from upstreams.model import Catalog, Named, TypeRef, UnionType, innermost, restore, store

pytestmark = pytest.mark.corpus

FILES = scoreboard.descriptions("grpc")


@functools.cache
def row(file: Path) -> Row:
    return scoreboard.measured(file, "grpc")


def catalog(file: Path) -> Catalog[Binding, Wire]:
    found = row(file).catalog
    assert found is not None
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_real_description(file: Path) -> None:
    """Every method is a function or skipped with a reason, and every type is there and used."""
    found = catalog(file)

    mapped = {function.name for function in found.functions}
    assert mapped | {each.function for each in found.skipped} == set(_methods(file))
    assert all(each.reason for each in found.skipped)
    assert row(file).problems == ()
    assert {leaf.key for leaf in map(innermost, _refs(found)) if isinstance(leaf, Named)} == {
        each.key for each in found.types
    }
    assert restore(store(found), Catalog[Binding, Wire]) == found


def test_the_scoreboard(capsys: pytest.CaptureFixture[str]) -> None:
    """All methods are mapped but those that tell of the backend itself; only Any becomes JSON."""
    corpora.spec("proto")

    skipped = [each for file in FILES for each in catalog(file).skipped]
    degraded = [each for file in FILES for each in catalog(file).degraded]

    with capsys.disabled():
        Console().print("", *scoreboard.report(map(row, FILES), "grpc"))
    assert sum(len(catalog(file).functions) for file in FILES) >= 492
    assert all(each.reason.startswith("infrastructure") for each in skipped)
    assert all("google.protobuf.Any" in each.reason for each in degraded)


def _methods(file: Path) -> Iterator[str]:
    described = FileDescriptorSet.FromString(file.read_bytes())
    for each in described.file:
        for service in each.service:
            for method in service.method:
                yield f"{each.package}.{service.name}/{method.name}"


def _refs(found: Catalog[Binding, Wire]) -> Iterator[TypeRef]:
    """Everything that refers to a type."""
    for function in found.functions:
        yield function.returns
        yield from (field.type for field in function.arguments)
    for each in found.types:
        yield from (field.type for field in getattr(each, "fields", ()))
        if isinstance(each, UnionType):
            yield from map(Named, each.members)
