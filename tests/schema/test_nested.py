"""Fields of answers that are asked with arguments: their keys, and what is selected by them."""

from typing import Any

import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    OperationDefinitionNode,
    parse,
    print_schema,
    validate,
)

from schema.build import build
from schema.nested import key_of
from schema.selection import Document, selected_of
from upstreams.errors import BadInput
from upstreams.model import (
    Catalog,
    Effect,
    Field,
    Function,
    ListOf,
    MapOf,
    Named,
    ObjectType,
    Required,
    Scalar,
    ScalarKind,
)
from upstreams.steps import Step, read

INT, TEXT = Scalar(ScalarKind.INT), Scalar(ScalarKind.STRING)
USER = ObjectType(
    "User",
    "User",
    fields=(
        Field("name", TEXT),
        Field(
            "posts",
            ListOf(Named("User")),
            arguments=(
                Field("first", Required(INT), default="3"),
                Field("by-date", TEXT, description="Before that."),
                Field("tags", MapOf(TEXT)),
            ),
        ),
    ),
)
CATALOG = Catalog(
    kind="test",
    functions=(Function("user", "user", Effect.READ, Named("User"), None, selective=True),),
    types=(USER,),
    wire=None,
)
SCHEMA, _ = build({"crm": CATALOG})


def fields(text: str) -> tuple[DocumentNode, list[FieldNode]]:
    """A query, and the fields selected of its one root field."""
    document = parse(text)
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    root = operation.selection_set.selections[0]
    assert isinstance(root, FieldNode)
    assert root.selection_set is not None
    return document, [one for one in root.selection_set.selections if isinstance(one, FieldNode)]


def keys(text: str) -> list[str]:
    """The keys of the fields below the root."""
    return [key_of(node.name.value, node) for node in fields(text)[1]]


def steps(text: str, /, **variables: Any) -> list[Step]:
    """The first steps of what is selected of `user`."""
    document, _ = fields(text)
    assert validate(SCHEMA, document) == []
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    root = operation.selection_set.selections[0]
    assert isinstance(root, FieldNode)
    query = SCHEMA.query_type
    assert query is not None
    paths = selected_of(query.fields["user"].type, [root], Document(SCHEMA, {}, "api", variables))
    return [read(path.partition(".")[0]) for path in paths]


def test_clients_see_the_arguments() -> None:
    """With defaults, descriptions, and maps as entries."""
    shown = print_schema(SCHEMA)

    assert "first: Int! = 3" in shown
    assert "Before that." in shown
    assert "by_date: String" in shown
    assert "tags: [StringEntryInput!]" in shown


def test_a_field_without_arguments_is_itself() -> None:
    """Its value stands under its name."""
    assert keys("{ user { posts { name } } }") == ["posts"]


def test_equal_arguments_have_one_key() -> None:
    """However they are written."""
    first, second, third = keys(
        """{ user {
          posts(first: 1, tags: [{key: "a", value: "b"}]) { name }
          posts(tags: [{value: "b" key: "a"}]    first: 1) { name }
          posts(first: 2, tags: [{key: "a", value: "b"}]) { name }
        } }"""
    )

    assert first == second != third


def test_nodes_without_places_have_the_same_keys() -> None:
    """As other tools may make them."""
    text = "{ user { posts(first: 1) { name } } }"
    operation = parse(text, no_location=True).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    root = operation.selection_set.selections[0]
    assert isinstance(root, FieldNode)
    assert root.selection_set is not None
    (node,) = root.selection_set.selections
    assert isinstance(node, FieldNode)

    assert key_of("posts", node) == keys(text)[0]


def test_arguments_are_selected_by_the_backends_names() -> None:
    """And as its values."""
    (step,) = steps(
        '{ user { posts(first: 1, by_date: "x", tags: [{key: "a", value: "b"}]) { name } } }'
    )

    assert step.name == "posts"
    assert step.arguments == {"first": 1, "by-date": "x", "tags": {"a": "b"}}


def test_variables_are_arguments() -> None:
    """Those that are not given are not there."""
    text = "query ($n: Int!, $d: String) { user { posts(first: $n, by_date: $d) { name } } }"

    assert steps(text, n=2)[0].arguments == {"first": 2}
    assert steps(text, n=2)[0].key == steps(text, n=3, d="x")[0].key


def test_defaults_are_the_backends_to_apply() -> None:
    """Where nothing is said, nothing is sent."""
    assert steps("{ user { posts { name } } }") == [Step("posts", "posts")]


@pytest.mark.parametrize(
    "argument", ['tags: [{key: "a", value: "b"}, {key: "a", value: "c"}]', "by_date: $text"]
)
def test_arguments_that_cannot_be_sent(argument: str) -> None:
    """A key that is there twice, or half a character, is refused before anything is asked."""
    declared = "query ($text: String)" if "$text" in argument else "query"

    with pytest.raises(BadInput):
        steps(f"{declared} {{ user {{ posts({argument}) {{ name }} }} }}", text="\ud800")
