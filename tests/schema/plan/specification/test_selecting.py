"""Selections: merged, aliased, in fragments, left out; and where each comes in the answer."""

from typing import Any

import pytest

from schema.build import build
from tests.schema.catalogs import (
    ask,
)
from tests.schema.plan.specification.zoo import CATALOG, Case, counting

SELECTING = {
    "2.4 operations: the shorthand is a query": Case("{ number }", {"number": 7}),
    "2.5 selection sets: nested, in the order of the document": Case(
        "{ dog { owner { age name } bark name } }",
        {"dog": {"owner": {"age": 33, "name": "Ann"}, "bark": 3, "name": "Rex"}},
    ),
    "2.8 aliases: the same field twice with other arguments": Case(
        "{ few: echo(n: 1) many: echo(n: 100) }", {"few": {"n": 1}, "many": {"n": 100}}
    ),
    "2.8 aliases: names change places": Case(
        "{ dog { name: bark bark: name } }", {"dog": {"name": 3, "bark": "Rex"}}
    ),
    "2.9 fragments: of fragments": Case(
        """{ dog { ...all } }
        fragment all on Dog { ...loud owner { ...who } }
        fragment loud on Dog { bark }
        fragment who on Human { name }""",
        {"dog": {"bark": 3, "owner": {"name": "Ann"}}},
    ),
    "2.9.1 type conditions: of the object's own type alone": Case(
        "{ pet { name ...d ...c } } fragment d on Dog { bark } fragment c on Cat { meow }",
        {"pet": {"name": "Rex", "bark": 3}},
    ),
    "2.9.2 inline fragments: with a type": Case(
        "{ human { pets { ... on Dog { bark } ... on Cat { meow } } } }",
        {"human": {"pets": [{"bark": 3}, {"meow": 5}, None]}},
    ),
    "2.9.2 inline fragments: without one, for a directive": Case(
        "query ($yes: Boolean = false) { dog { name ... @include(if: $yes) { bark mood } } }",
        {"dog": {"name": "Rex"}},
    ),
    "2.9.2 inline fragments: of an interface inside a union": Case(
        "{ either { ... on Pet { name } ... on Cat { meow } } }",
        {"either": {"name": "Tom", "meow": 5}},
    ),
    "3.13.1 skip": Case(
        "{ number @skip(if: true) dog { name @skip(if: false) } }", {"dog": {"name": "Rex"}}
    ),
    "3.13.2 include": Case(
        "{ number @include(if: true) dog @include(if: false) { name } }", {"number": 7}
    ),
    "3.13.2 a field is there if it is included and not skipped": Case(
        """query ($no: Boolean!, $yes: Boolean!) { dog {
            a: name @skip(if: $no) @include(if: $no)
            b: name @skip(if: $no) @include(if: $yes)
            c: name @skip(if: $yes) @include(if: $no)
            d: name @skip(if: $yes) @include(if: $yes)
        } }""",
        {"dog": {"b": "Rex"}},
        variables={"no": False, "yes": True},
    ),
    "3.13 a fragment spread that is skipped may be spread again": Case(
        "{ dog { ...f @skip(if: true) name ...f } } fragment f on Dog { bark }",
        {"dog": {"name": "Rex", "bark": 3}},
    ),
    "3.13 null says neither to skip nor to include": Case(
        "query ($yes: Boolean = true) { dog { name bark @include(if: $yes) } }",
        {"dog": None},
        (("dog",),),
        {"yes": None},
    ),
    "2.5 nothing at all may be left": Case("{ dog { name @skip(if: true) } }", {"dog": {}}),
    "4.1 __typename, by any name": Case(
        "{ __typename t: __typename pet { __typename } either { is: __typename } }",
        {
            "__typename": "Query",
            "t": "Query",
            "pet": {"__typename": "Dog"},
            "either": {"is": "Cat"},
        },
    ),
    "6.3.2 collecting: the first mention gives the place": Case(
        "{ dog { name owner { name } bark owner { age } name } }",
        {"dog": {"name": "Rex", "owner": {"name": "Ann", "age": 33}, "bark": 3}},
    ),
    "6.3.2 collecting: fragments where they stand": Case(
        "{ dog { ...f bark ... on Pet { name } } } fragment f on Dog { mood name }",
        {"dog": {"mood": "CALM", "name": "Rex", "bark": 3}},
    ),
    "6.3.2 collecting: a fragment counts once": Case(
        "{ dog { ...f ... { ...f } bark ...f } } fragment f on Dog { name }",
        {"dog": {"name": "Rex", "bark": 3}},
    ),
    "6.3.2 collecting: roots merge too": Case(
        "{ dog { name } number dog { bark } ...q } fragment q on Query { dog { mood } }",
        {"dog": {"name": "Rex", "bark": 3, "mood": "CALM"}, "number": 7},
    ),
    "6.3.2 collecting: below an interface and its type": Case(
        "{ pet { owner { name } ... on Dog { owner { age } } } }", {"pet": {"owner": None}}
    ),
}


@pytest.mark.parametrize("case", SELECTING.values(), ids=SELECTING)
async def test_examples(case: Case) -> None:
    """What is selected is there, in the order of the selections."""
    schema, _ = build({"zoo": CATALOG})

    result = await ask(schema, counting(), case.query, case.variables)

    assert _order(result.data) == _order(case.data)
    assert sorted(tuple(error.path or ()) for error in result.errors or ()) == sorted(case.errors)


def _order(value: Any) -> Any:
    """The keys as they follow each other."""
    match value:
        case dict():
            return [(key, _order(one)) for key, one in value.items()]
        case list():
            return [_order(one) for one in value]
        case _:
            return value
