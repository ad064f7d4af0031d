"""What Google's annotations and conventions make of methods and fields."""

from collections.abc import Mapping

import pytest

from tests.upstreams.grpc.protos import descriptors, pool
from upstreams.grpc.translate import translate
from upstreams.grpc.translate.references import references
from upstreams.model import (
    Batch,
    Effect,
    Field,
    InputType,
    Named,
    ObjectType,
    Remark,
    Required,
    Scalar,
    ScalarKind,
)

CATALOG = translate(descriptors("annotated"))
FUNCTIONS = {function.label: function for function in CATALOG.functions}
TYPES = {each.key.removeprefix("splice.annotated.v1."): each for each in CATALOG.types}

TEXT = Scalar(ScalarKind.STRING)


def fields(key: str) -> Mapping[str, Field]:
    """The fields of an object or an input, by name."""
    type_ = TYPES[key]
    assert isinstance(type_, ObjectType | InputType)
    return {field.name: field for field in type_.fields}


@pytest.mark.parametrize(
    ("name", "effect"),
    [
        ("GetBook", Effect.READ),
        ("BatchGetBooks", Effect.READ),
        ("CreateBook", Effect.WRITE),
        ("GetAndPut", Effect.WRITE),
        ("GetOnce", Effect.WRITE),
        ("ListByQuery", Effect.READ),
    ],
)
def test_effects(name: str, effect: Effect) -> None:
    """PUT and IDEMPOTENT write whatever the name says; POST leaves it to the name."""
    assert FUNCTIONS[name].effect is effect


def test_fields_that_only_come_out() -> None:
    """What is OUTPUT_ONLY is not asked for, nor are the types that only it needs."""
    assert "revision" in fields("Book")
    assert fields("Book:input").keys().isdisjoint({"revision", "stock"})
    assert "Stock" in TYPES
    assert "Stock:input" not in TYPES


def test_fields_that_only_go_in() -> None:
    """What is INPUT_ONLY is not shown, nor are the types that only it needs."""
    assert "secret" in fields("Book:input")
    assert "secret" not in fields("Book")
    assert "Secret" not in TYPES


def test_required_fields() -> None:
    """A REQUIRED field is, and so is the argument, in the messages of a request too."""
    assert fields("CreateBookRequest:input")["shelf"].type == Required(TEXT)
    assert fields("Draft:input")["title"].type == Required(TEXT)
    assert FUNCTIONS["CreateBook"].arguments[0].type == Required(
        Named("splice.annotated.v1.CreateBookRequest:input")
    )


def test_required_fields_of_a_oneof() -> None:
    """Of a oneof, no single field can be required."""
    assert fields("Draft:input")["isbn"].type == TEXT


def test_required_fields_of_what_is_updated() -> None:
    """An update leaves out what stays as it is, so a resource's fields may be; its own may not."""
    update = fields("UpdateBookRequest:input")

    assert update["book"].type == Required(Named("splice.annotated.v1.Book:input"))
    assert fields("Book:input")["title"].type == TEXT
    assert fields("Cover:input")["color"].type == TEXT


@pytest.mark.parametrize(
    ("name", "batch"),
    [
        ("BatchGetBooks", Batch(("input", "names"), "name", ("books",))),
        ("SearchShelves", Batch(("input", "shelfIds"), "id", ("shelves",))),
        ("BatchGetShelves", None),
        ("ListShelves", None),
        ("BurnShelves", None),
        ("GetBook", None),
    ],
)
def test_batches(name: str, batch: Batch | None) -> None:
    """A read of one list of keys answers for many; not if it writes, filters or needs more."""
    assert FUNCTIONS[name].batch == batch


def test_references_are_joins_to_propose() -> None:
    """A field that names a resource which a method gets is told; its own name is none."""
    types = pool("annotated")
    service = types.FindServiceByName("splice.annotated.v1.Books")
    messages = [
        types.FindMessageTypeByName(f"splice.annotated.v1.{name}") for name in ("Book", "Author")
    ]

    assert list(references(service.methods, messages)) == [
        Remark(
            "splice.annotated.v1.Book.author",
            "holds the name of a books.test/Author, which splice.annotated.v1.Books/GetAuthor"
            " gets as its author_name",
        )
    ]
