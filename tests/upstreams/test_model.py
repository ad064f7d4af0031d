"""The model can say what backends say, and is stored without loss."""

import msgspec
import pytest

from upstreams.model import (
    ByShape,
    ByTag,
    Catalog,
    Effect,
    EnumType,
    EnumValue,
    Field,
    Flow,
    Function,
    InputType,
    InterfaceType,
    ListOf,
    MapOf,
    Named,
    ObjectType,
    Remark,
    Required,
    Scalar,
    ScalarKind,
    Skipped,
    UnionType,
    innermost,
    nullable,
    restore,
    store,
)


class Binding(msgspec.Struct, frozen=True):
    """A binding of a kind that does not exist."""

    path: str
    parts: tuple[str, ...]


class Wire(msgspec.Struct, frozen=True):
    """What such a kind keeps beside its bindings."""

    descriptors: bytes


EVERYTHING = Catalog(
    kind="any",
    title="Everything",
    description="All that can be said.",
    url="https://backend.test/v1",
    functions=(
        Function(
            "pkg.Service/Watch",
            "Watch",
            Effect.READ,
            ListOf(Required(Named("Node"))),
            Binding("/watch", ("a", "b")),
            arguments=(Field("input", Required(Named("Node:in")), default='{"id": "1"}'),),
            flow=Flow.SERVER_STREAM,
            scope=("Service", "pkg"),
            description="Sees changes.",
            deprecated="Use Look.",
            source="pkg.Service.Watch",
        ),
    ),
    types=(
        InterfaceType("Any", "Any", resolution=ByTag("kind", (("node", "Node"),))),
        ObjectType(
            "Node",
            "Node",
            description="It may contain itself.",
            scope=("pkg",),
            source="pkg.Node",
            implements=("Any",),
            fields=(
                Field("self", Named("Node"), source="pkg.Node.self"),
                Field("map", MapOf(Scalar(ScalarKind.DECIMAL)), deprecated=""),
                Field("blob", Scalar(ScalarKind.BYTES)),
                Field("colour", Named("Colour")),
                *(Field(kind.name, Scalar(kind)) for kind in ScalarKind),
            ),
        ),
        ObjectType("Text", "Text", fields=(Field("value", Scalar(ScalarKind.STRING)),), box=True),
        UnionType(
            "Either", "Either", members=("Node", "Text"), resolution=ByShape((("Node", ("id",)),))
        ),
        InputType(
            "Node:in", "Node", fields=(Field("id", Scalar(ScalarKind.ID)),), one_of=True,
            exclusive=(("a", "b"),),
        ),
        EnumType(
            "Colour",
            "Colour",
            values=(EnumValue("red", "RED"), EnumValue("one", 1), EnumValue("yes", True)),
        ),
    ),
    wire=Wire(b"\x00\xff"),
    skipped=(Skipped("upload", "multipart bodies are not sent"),),
    degraded=(Remark("#/x", "it became JSON because the document says nothing of it"),),
    assumed=(Remark("#/y", "the path parameter is not declared"),),
)  # fmt: skip


def test_everything_is_stored_without_loss() -> None:
    """Read back, the catalog is equal and of the same classes."""
    again = restore(store(EVERYTHING), Catalog[Binding, Wire])

    assert again == EVERYTHING
    assert isinstance(again.functions[0].binding, Binding)


def test_a_catalog_can_be_compared_and_hashed() -> None:
    """So that "did anything change?" is one comparison."""
    changed = msgspec.structs.replace(EVERYTHING, title="Something else")

    assert changed != EVERYTHING
    assert len({EVERYTHING, changed, EVERYTHING}) == 2


def test_what_is_no_catalog_is_refused() -> None:
    """A store of another shape is noticed, not half-read."""
    with pytest.raises(msgspec.ValidationError):
        restore(b'{"kind": "any"}', Catalog[Binding, Wire])


def test_references_can_be_opened() -> None:
    """The leaf of a reference, and the reference that allows null."""
    ref = Required(ListOf(Required(Named("Node"))))

    assert innermost(ref) == Named("Node")
    assert nullable(ref) == ListOf(Required(Named("Node")))
    assert nullable(nullable(ref)) == ListOf(Required(Named("Node")))
