"""What is selected, as documents that the API takes."""

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    get_named_type,
    parse,
    validate,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.upstreams.graphql_api.asking import catalog, function
from upstreams import steps
from upstreams.errors import BadInput
from upstreams.graphql_api.call.types import Types
from upstreams.graphql_api.call.writing import Document, document

ZOO = """
type Query {
  pet(id: ID!): Pet
  found: [Found!]!
  keeper(named: Name): Keeper
  count: Int
}
type Subscription { born: Pet! }
scalar Name
interface Pet { id: ID! keeper: Keeper friends(first: Int): [Pet!] }
type Cat implements Pet {
  id: ID! keeper: Keeper friends(first: Int): [Pet!] lives: Int! name: String
}
type Dog implements Pet {
  id: ID! keeper: Keeper friends(first: Int, loud: Boolean): [Pet!]
  name: String! lives: Int tricks(of: Name!, most: Int! = 3): [String!]
}
type Keeper { name: Name pets(of: Kind): [Pet!]! boss: Keeper }
union Found = Cat | Dog | Keeper
enum Kind { CAT DOG }
"""
SCHEMA = build_schema(ZOO)
CATALOG = catalog(ZOO)


def written(name: str, *selection: str, asked: tuple[str, ...] = ()) -> Document:
    """The document of a function."""
    return document(function(CATALOG, name), asked, selection, Types(CATALOG))


def test_arguments_are_variables_of_their_own_types() -> None:
    """In the words of the API, whatever the gateway makes of its scalars."""
    assert written("keeper", "name", asked=("named",)).text == (
        "query keeper($named: Name) { keeper(named: $named) { name } }"
    )


def test_a_leaf_has_nothing_selected() -> None:
    """Nor are arguments mentioned that are not given."""
    assert written("count").text == "query count { count }"


def test_objects_of_which_nothing_is_used_are_there() -> None:
    """Whether there is one is an answer, too."""
    assert written("keeper", "boss").text == "query keeper { keeper { boss { __typename } } }"


def test_what_all_have_is_asked_of_the_interface() -> None:
    """What only some have is asked of those that have it."""
    text = written("pet", "id", "tricks", "lives", "name", asked=("id",)).text

    assert text == (
        "query pet($id: ID!) { pet(id: $id) { __typename id"
        " ... on Cat { lives name } ... on Dog { lives__Dog: lives name__Dog: name } } }"
    )


def test_one_name_of_two_types_gets_two_keys() -> None:
    """The answer's keys are known by what they stand for."""
    assert written("found", "lives", "name").renamed == {
        "lives__Dog": "lives",
        "name__Dog": "name",
        "name__Keeper": "name",
    }


def test_subscriptions_select_of_their_messages() -> None:
    """A message is no list."""
    assert written("born", "id").text == "subscription born { born { __typename id } }"


def test_a_field_with_arguments_has_a_key_of_its_own() -> None:
    """Its arguments are variables beside those of the function."""
    step = steps.written("pets", "pets_1", {"of": "CAT"})

    asked = written("keeper", f"{step}.id", "pets.id")

    assert asked.text == (
        "query keeper($_0: Kind) { keeper { pets_1: pets(of: $_0) { __typename id }"
        " pets { __typename id } } }"
    )
    assert [(one.name, one.value) for one in asked.variables] == [("_0", "CAT")]


def test_a_field_is_asked_of_those_that_take_its_arguments() -> None:
    """Cats have friends, but only a dog's can be loud."""
    step = steps.written("friends", "friends_1", {"loud": True})

    assert "... on Dog { friends_1: friends(loud: $_0)" in written("pet", f"{step}.id").text
    assert "... on Cat" not in written("pet", f"{step}.id").text


def test_without_a_selection_leaves_are_asked_for() -> None:
    """Those that need no arguments."""
    assert written("keeper").text == (
        "query keeper { keeper { name pets { __typename id ... on Cat { lives name }"
        " ... on Dog { lives__Dog: lives name__Dog: name } } boss { name } } }"
    )


def test_what_would_be_too_much_is_refused() -> None:
    """Paths below unions are of every member, so few of them can ask for very much."""
    members = " ".join(f"type T{n} {{ a: U b: Int }}" for n in range(40))
    union = " | ".join(f"T{n}" for n in range(40))
    asked = catalog(f"type Query {{ u: U }} union U = {union} {members}")

    with pytest.raises(BadInput, match="20000 fields"):
        document(function(asked, "u"), (), (".".join([*"aaaaaa", "b"]),), Types(asked))


def paths(of: GraphQLNamedType, schema: GraphQLSchema, levels: int) -> Iterator[tuple[str, ...]]:
    """Every path below a value of the type, its fields with and without arguments."""
    members: Any = [of]
    if isinstance(of, GraphQLInterfaceType | GraphQLUnionType):
        members = [of, *schema.get_possible_types(of)]
    for member in members:
        if isinstance(member, GraphQLUnionType):
            continue
        for name, field in member.fields.items():
            below = get_named_type(field.type)
            has_fields = isinstance(below, GraphQLObjectType | GraphQLInterfaceType)
            tails = [(), *paths(below, schema, levels - 1)] if has_fields and levels else [()]
            said = dict.fromkeys(field.args, "x")
            ways = [name] if "of" not in said or name == "pets" else []
            ways += [steps.written(name, f"{name}_{'_'.join(said)}", said)] if said else []
            yield from ((way, *tail) for way in ways for tail in tails)


ALL = {
    name: sorted({".".join(one) for one in paths(get_named_type(field.type), SCHEMA, 2)})
    for root in (SCHEMA.query_type, SCHEMA.subscription_type)
    for name, field in (root.fields.items() if root else ())
    if name != "count"
}


@given(
    st.sampled_from(sorted(ALL)).flatmap(
        lambda name: st.tuples(st.just(name), st.lists(st.sampled_from(ALL[name]), max_size=12))
    )
)
def test_every_selection_is_a_valid_document(asked: tuple[str, list[str]]) -> None:
    """Whatever is selected of whatever, the API's own validation has nothing against it."""
    name, selection = asked
    needed = ("id",) if name == "pet" else ()

    found = written(name, *selection, asked=needed)

    assert validate(SCHEMA, parse(found.text)) == []
