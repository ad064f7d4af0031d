"""Variables and their defaults, writes in series, and errors with their paths."""

import pytest

from schema.build import build
from tests.schema.catalogs import (
    Answers,
    ask,
)
from tests.schema.plan.specification.zoo import CATALOG, Case, counting

VARYING = {
    "2.11 variables: as they are": Case(
        "query ($n: Int, $w: WishInput) { echo(n: $n, wish: $w) }",
        {"echo": {"n": 3, "wish": {"of": "tea", "most": 2}}},
        variables={"n": 3, "w": {"of": "tea", "most": 2}},
    ),
    "2.11 variables: inside what is written": Case(
        'query ($n: Int!) { echo(many: [1, $n], wish: {of: "tea", most: $n}) }',
        {"echo": {"wish": {"of": "tea", "most": 3}, "many": [1, 3]}},
        variables={"n": 3},
    ),
    "6.1.2 coercing variables: one that is not given is not there": Case(
        'query ($n: Int, $t: String) { echo(n: $n, text: $t, wish: {of: "tea", most: $n}) }',
        {"echo": {"text": None, "wish": {"of": "tea"}}},
        variables={"t": None},
    ),
    "6.1.2 coercing variables: a default stands in": Case(
        'query ($n: Int = 7, $t: String = "x") { echo(n: $n, text: $t) }',
        {"echo": {"n": 7, "text": None}},
        variables={"t": None},
    ),
    "6.1.2 coercing variables: one is a list of one": Case(
        "query ($m: [Int]) { echo(many: $m) }", {"echo": {"many": [4]}}, variables={"m": 4}
    ),
    "6.1.2 coercing variables: an enum by its name": Case(
        "query ($m: Mood) { a: echo(mood: $m) b: echo(mood: CALM) }",
        {"a": {"mood": 1}, "b": {"mood": "calm"}},
        variables={"m": "WILD"},
    ),
    "6.1.2 coercing variables: directives see defaults": Case(
        "query ($a: Boolean! = true, $b: Boolean = false) {"
        " number @include(if: $a) dog @include(if: $b) { name } }",
        {"number": 7},
    ),
    "6.1.2 coercing variables: one that is missing ends it": Case(
        "query ($n: Int!) { echo(n: $n) }", None, ((),)
    ),
    "6.1.2 coercing variables: one that is wrong ends it": Case(
        "query ($n: Int) { echo(n: $n) }", None, ((),), {"n": "three"}
    ),
    "6.1.2 coercing variables: an input without what it must have": Case(
        "query ($w: WishInput) { echo(wish: $w) }", None, ((),), {"w": {"most": 2}}
    ),
    "6.4.1 coercing arguments: null that is written is null": Case(
        '{ echo(n: null, text: "") }', {"echo": {"n": None, "text": ""}}
    ),
}

WRITING = {
    "6.2.2 mutations: one after the other": Case(
        "mutation { a: raise(by: 1) { now } b: raise(by: 2) { now } c: raise(by: 3) { now } }",
        {"a": {"now": 1}, "b": {"now": 3}, "c": {"now": 6}},
    ),
    "6.2.2 mutations: after one that failed": Case(
        "mutation { a: raise(by: 1) { now } b: raise { now } c: raise(by: 3) { now } }",
        {"a": {"now": 1}, "b": None, "c": {"now": 4}},
        (("b",),),
    ),
    "6.3.2 mutations: a field that merges is done once": Case(
        "mutation { raise(by: 1) { now } raise(by: 1) { again: now } }",
        {"raise": {"now": 1, "again": 1}},
    ),
}

FAILING = {
    "6.4.4 errors: the field is null, the others are there": Case(
        "{ number refused dog { name } }",
        {"number": 7, "refused": None, "dog": {"name": "Rex"}},
        (("refused",),),
    ),
    "7.1.6 errors: the path is of response keys": Case("{ no: refused }", {"no": None}, (("no",),)),
    "7.1.6 errors: each alias has its own": Case(
        "{ a: refused b: refused }", {"a": None, "b": None}, (("a",), ("b",))
    ),
    "6.4.4 errors: null where none may be takes the parent": Case(
        "{ dog { name owner { who: name best { name } } } }",
        {"dog": {"name": "Rex", "owner": None}},
        (("dog", "owner", "best"),),
    ),
    "6.4.4 errors: what is not selected harms nobody": Case(
        "{ human { name } }", {"human": {"name": "Ann"}}
    ),
}


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=name)
        for cases in (VARYING, WRITING, FAILING)
        for name, case in cases.items()
    ],
)
async def test_examples(case: Case) -> None:
    """What comes of it, and at which paths something failed."""
    schema, _ = build({"zoo": CATALOG})

    result = await ask(schema, counting(), case.query, case.variables)

    assert result.data == case.data
    assert sorted(tuple(error.path or ()) for error in result.errors or ()) == sorted(case.errors)


async def test_the_same_write_twice() -> None:
    """6.2.2: two fields are two writes, though they say the same."""
    schema, _ = build({"zoo": CATALOG})
    caller = Answers({"raise": lambda _: {"now": 1}})

    result = await ask(
        schema, caller, "mutation { a: raise(by: 1) { now } b: raise(by: 1) { now } }"
    )

    assert result.data == {"a": {"now": 1}, "b": {"now": 1}}
    assert len(caller.calls) == 2
