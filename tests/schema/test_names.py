"""Names: valid, stable, and the same for everybody."""

import pytest
from graphql import GraphQLError
from graphql.type import assert_name
from hypothesis import given
from hypothesis import strategies as st

from schema.names import Names, camel, enum_value, graphql_name, is_name, pascal, qualified


@given(st.text(max_size=300))
def test_every_text_becomes_a_valid_name(text: str) -> None:
    """Whatever a backend calls things, GraphQL accepts the name, and it is not reserved."""
    for name in (graphql_name(text), camel(text), pascal(text), enum_value(text)):
        assert assert_name(name) == name
        assert not name.startswith("__")


@given(st.text(max_size=40))
def test_a_name_that_was_made_stays(text: str) -> None:
    """Naming twice is naming once."""
    assert graphql_name(graphql_name(text)) == graphql_name(text)


@given(st.from_regex(r"[A-Za-z][_0-9A-Za-z]{0,20}", fullmatch=True))
def test_a_valid_name_is_kept(text: str) -> None:
    """A field keeps the backend's name where GraphQL allows it."""
    assert graphql_name(text) == text


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("order-id", "order_id"),
        ("2fa", "_2fa"),
        ("__typename", "_typename"),
        ("größe", "grosse"),
        ("日本", "u65e5u672c"),
        ("<=", "LESS_THAN_SIGN_EQUALS_SIGN"),
        ("", "empty"),
    ],
)
def test_names_graphql_refuses_get_the_nearest_one(text: str, name: str) -> None:
    """What is not allowed is replaced so that a person still recognises it."""
    assert graphql_name(text) == name


@pytest.mark.parametrize(
    ("label", "field", "type_name"),
    [
        ("list_pets", "listPets", "ListPets"),
        ("ListPets", "listPets", "ListPets"),
        ("GET_DATA", "getData", "GetData"),
        ("getURL", "getURL", "GetURL"),
        ("HTTPError", "httpError", "HTTPError"),
        ("get-my.agent", "getMyAgent", "GetMyAgent"),
        ("io.k8s.api.core.v1.Pod", "ioK8sApiCoreV1Pod", "IoK8sApiCoreV1Pod"),
        ("getUsersByIdPosts", "getUsersByIdPosts", "GetUsersByIdPosts"),
    ],
)
def test_root_fields_are_camel_case_and_types_pascal_case(
    label: str, field: str, type_name: str
) -> None:
    """Separators vanish, capitals inside a word are the backend's own."""
    assert camel(label) == field
    assert pascal(label) == type_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("AVAILABLE", "AVAILABLE"),
        ("in-stock", "in_stock"),
        ("true", "TRUE"),
        ("null", "NULL"),
        ("+1", "PLUS_1"),
        ("-1", "MINUS_1"),
        ("1.0", "_1_0"),
        ("*", "ASTERISK"),
    ],
)
def test_enum_values_are_kept_where_they_can_be(text: str, name: str) -> None:
    """+1 and -1 stay two values, and no value is called true, false or null."""
    assert enum_value(text) == name


def test_who_asks_first_keeps_the_name() -> None:
    """A later one takes its next candidate, and a name once taken is not given again."""
    names = Names(["Query"])

    given_names = [
        names.give(["Address", "CrmAddress"], "crm"),
        names.give(["Address", "BankAddress"], "bank"),
        names.give(["Query", "ShopQuery"], "shop"),
    ]

    assert given_names == ["Address", "BankAddress", "ShopQuery"]


def test_a_name_of_last_resort_depends_on_what_is_named_alone() -> None:
    """Where every candidate is taken the mark is a digest, never a number that shifts."""
    first, second = Names(["a"]), Names(["a", "b"])

    assert first.give(["a"], "shop x") == second.give(["a"], "shop x")
    assert is_name(first.give(["a"], "shop y"))


def test_a_name_of_last_resort_is_never_taken_already() -> None:
    """A backend may call something by the very name the digest would give."""
    marked = Names(["a"]).give(["a"], "shop x")

    assert Names(["a", marked]).give(["a"], "shop x") not in ("a", marked)


def test_qualification_goes_from_the_inside_out() -> None:
    """First the scope in the description, then the upstream."""
    assert list(qualified("Address", ("crm", "acme"), "bank")) == [
        "Address",
        "crm Address",
        "acme crm Address",
        "bank Address",
        "bank acme crm Address",
    ]


def test_graphql_itself_refuses_what_we_replace() -> None:
    """The replacements are needed: graphql-core refuses the texts themselves."""
    with pytest.raises(GraphQLError):
        assert_name("order-id")
