"""Preparing documents: once per text, and never without a bound."""

from graphql import build_schema

from schema.build import build
from schema.prepare import Preparer
from tests.schema.catalogs import STRING, catalog, named, reading
from upstreams.model import Field, ObjectType

SCHEMA = build_schema("type Query { a: Query b: String }")


def test_a_text_is_prepared_once() -> None:
    """The same text gives the same document object."""
    preparer = Preparer(SCHEMA, max_tokens=100)

    assert preparer.prepare("{ b }").document is preparer.prepare("{ b }").document


def test_what_is_remembered_is_bounded() -> None:
    """By the length of all texts; the oldest is forgotten first."""
    preparer = Preparer(SCHEMA, max_tokens=100, remembered=20)
    first = preparer.prepare("{ b }").document
    last = preparer.prepare("{ x: b }").document

    preparer.prepare("{ y: b }")

    assert preparer.prepare("{ x: b }").document is last
    assert preparer.prepare("{ b }").document is not first


def test_plans_count_as_what_is_remembered() -> None:
    """A short text may have a plan that is not; older texts make room for it."""
    cat = ObjectType("Cat", "Cat", fields=(Field("name", STRING), Field("kitten", named("Cat"))))
    schema, _ = build({"x": catalog(reading("cat", named("Cat")), types=(cat,))})
    preparer = Preparer(schema, max_tokens=1000, remembered=150)
    first = preparer.prepare("{ cat { name } }").document
    deep = preparer.prepare("{ cat { kitten { kitten { kitten { kitten { name } } } } } }").plans
    assert deep is not None

    deep.operation(None).plan({})

    assert preparer.prepare("{ cat { name } }").document is not first


def test_what_lasts_is_not_forgotten() -> None:
    """However long it is, and however many others come; nor does it take room from them."""
    long = f"{{ {'b ' * 40_000}}}"
    preparer = Preparer(SCHEMA, max_tokens=100_000, remembered=20, lasting={long}.__contains__)
    lasting, other = preparer.prepare(long).document, preparer.prepare("{ x: b }").document

    preparer.prepare("{ b }")

    assert preparer.prepare(long).document is lasting
    assert preparer.prepare("{ x: b }").document is other


def test_each_failure_has_its_code() -> None:
    """Syntax and validation are told apart."""
    preparer = Preparer(SCHEMA, max_tokens=100)

    syntax = preparer.prepare("{")
    validation = preparer.prepare("{ c }")

    assert [(e.extensions or {})["code"] for e in syntax.errors] == ["GRAPHQL_PARSE_FAILED"]
    assert [(e.extensions or {})["code"] for e in validation.errors] == [
        "GRAPHQL_VALIDATION_FAILED"
    ]


def test_a_document_with_too_many_tokens_is_refused() -> None:
    """The limit is on tokens, before anything is built of them."""
    preparer = Preparer(SCHEMA, max_tokens=100)

    prepared = preparer.prepare("{" + " b" * 200 + "}")

    assert prepared.document is None
    assert "token" in prepared.errors[0].message


def test_a_bomb_of_nesting_is_refused() -> None:
    """Depth beyond what can be parsed is an error like any other, not a crash."""
    preparer = Preparer(SCHEMA, max_tokens=1_000_000)

    prepared = preparer.prepare("{ a " * 5000 + "{ b }" + "}" * 5000)

    assert prepared.document is None
    assert (prepared.errors[0].extensions or {})["code"] == "GRAPHQL_PARSE_FAILED"
