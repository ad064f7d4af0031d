"""What the specification's chapters 2 and 6 show by examples, in our own, on both paths.

Sections are those of the edition of September 2025.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from schema.build import build
from tests.schema.catalogs import (
    INT,
    JSON,
    LONG,
    STRING,
    Answers,
    ask,
    catalog,
    listed,
    mapped,
    named,
    reading,
    required,
    writing,
)
from upstreams.errors import Refused
from upstreams.model import (
    ByTag,
    EnumType,
    EnumValue,
    Field,
    InputType,
    InterfaceType,
    ObjectType,
    Scalar,
    ScalarKind,
    TypeRef,
    UnionType,
)

FLOAT, BOOLEAN, ID = (
    Scalar(kind) for kind in (ScalarKind.FLOAT, ScalarKind.BOOLEAN, ScalarKind.ID)
)
PETS = ByTag("is", (("dog", "Dog"), ("cat", "Cat")))
TYPES = (
    InterfaceType(
        "Pet",
        "Pet",
        fields=(Field("name", required(STRING)), Field("owner", named("Human"))),
        resolution=PETS,
    ),
    ObjectType(
        "Dog",
        "Dog",
        fields=(
            *(Field("name", required(STRING)), Field("owner", named("Human"))),
            *(Field("bark", INT), Field("mood", named("Mood")), Field("friend", named("Pet"))),
        ),
        implements=("Pet",),
    ),
    ObjectType(
        "Cat",
        "Cat",
        fields=(
            *(Field("name", required(STRING)), Field("owner", named("Human"))),
            Field("meow", INT),
        ),
        implements=("Pet",),
    ),
    UnionType("Either", "Either", members=("Dog", "Cat"), resolution=PETS),
    EnumType("Mood", "Mood", values=(EnumValue("CALM", "calm"), EnumValue("WILD", 1))),
    ObjectType(
        "Human",
        "Human",
        fields=(
            *(Field("name", STRING), Field("age", required(INT))),
            *(Field("pets", listed(named("Pet"))), Field("best", required(named("Human")))),
        ),
    ),
    ObjectType("Counter", "Counter", fields=(Field("now", required(INT)),)),
    InputType("Wish", "Wish", fields=(Field("of", required(STRING)), Field("most", INT))),
)
REX: Mapping[str, Any] = {"is": "dog", "name": "Rex", "bark": 3, "mood": "calm"}
TOM: Mapping[str, Any] = {"is": "cat", "name": "Tom", "meow": 5}
ANN: Mapping[str, Any] = {"name": "Ann", "age": 33, "pets": [REX, TOM, None]}


class Case(NamedTuple):
    """An operation, and the response to it."""

    query: str
    data: Any
    errors: tuple[tuple[str | int, ...], ...] = ()
    """The paths of the errors, in any order."""
    variables: dict[str, Any] | None = None


def echoed(asked: Mapping[str, Any]) -> Any:
    """What was asked, as it arrived."""
    return dict(asked)


CATALOG = catalog(
    reading("dog", named("Dog")),
    reading("pet", named("Pet")),
    reading("either", named("Either")),
    reading("human", named("Human")),
    reading("number", INT),
    reading(
        "echo",
        JSON,
        *(Field("n", INT), Field("text", STRING), Field("wish", named("Wish"))),
        *(Field("many", listed(INT)), Field("mood", named("Mood"))),
    ),
    reading("refused", STRING),
    writing("raise", named("Counter"), Field("by", INT)),
    types=TYPES,
)


def counting() -> Answers:
    """The zoo; what is written is counted."""
    total = 0

    def raised(asked: Mapping[str, Any]) -> Any:
        nonlocal total
        if asked.get("by") is None:
            raise Refused("no")
        total += asked["by"]
        return {"now": total}

    def refused(_: Mapping[str, Any]) -> Any:
        raise Refused("no")

    return Answers(
        {
            "dog": lambda _: {**REX, "owner": ANN, "friend": TOM},
            "pet": lambda _: REX,
            "either": lambda _: TOM,
            "human": lambda _: ANN,
            "number": lambda _: 7,
            "echo": echoed,
            "refused": refused,
            "raise": raised,
        }
    )


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
        for cases in (SELECTING, VARYING, WRITING, FAILING)
        for name, case in cases.items()
    ],
)
async def test_examples(case: Case) -> None:
    """What is selected, of what, with which arguments, in which order; and what fails."""
    schema, _ = build({"zoo": CATALOG})

    result = await ask(schema, counting(), case.query, case.variables)

    assert result.data == case.data
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


BAD = "not a number"


class Propagation(NamedTuple):
    """A type of the field `it`, its value, and what comes of them."""

    type: TypeRef
    value: Any
    data: Any
    """Of `holder`."""
    at: tuple[str | int, ...] = ()
    """Where below `holder` the error is; none: there is none."""


PROPAGATING = {
    "[T]: null": Propagation(listed(INT), None, {"it": None}),
    "[T]: null inside": Propagation(listed(INT), [1, None], {"it": [1, None]}),
    "[T]: an error inside": Propagation(listed(INT), [1, BAD, 3], {"it": [1, None, 3]}, ("it", 1)),
    "[T!]: null": Propagation(listed(required(INT)), None, {"it": None}),
    "[T!]: null inside": Propagation(listed(required(INT)), [1, None], {"it": None}, ("it", 1)),
    "[T!]: an error inside": Propagation(listed(required(INT)), [BAD], {"it": None}, ("it", 0)),
    "[T]!: null": Propagation(required(listed(INT)), None, None, ("it",)),
    "[T]!: null inside": Propagation(required(listed(INT)), [None], {"it": [None]}),
    "[T]!: an error inside": Propagation(required(listed(INT)), [BAD], {"it": [None]}, ("it", 0)),
    "[T!]!: null": Propagation(required(listed(required(INT))), None, None, ("it",)),
    "[T!]!: null inside": Propagation(required(listed(required(INT))), [1, None], None, ("it", 1)),
    "[T!]!: an error inside": Propagation(required(listed(required(INT))), [BAD], None, ("it", 0)),
    "[[T!]]: null inside": Propagation(
        listed(listed(required(INT))),
        [[1], [2, None], None],
        {"it": [[1], None, None]},
        ("it", 1, 1),
    ),
    "[[T]!]: null inside": Propagation(
        listed(required(listed(INT))), [[None], None], {"it": None}, ("it", 1)
    ),
    "[T]: no list": Propagation(listed(INT), 3, {"it": None}, ("it",)),
    "T!: null": Propagation(required(INT), None, None, ("it",)),
    "T!: an error": Propagation(required(INT), BAD, None, ("it",)),
    "T: an error": Propagation(INT, BAD, {"it": None}, ("it",)),
    "{T!}: null inside": Propagation(
        mapped(required(INT)), {"a": None}, {"it": None}, ("it", 0, "value")
    ),
}


@pytest.mark.parametrize("case", PROPAGATING.values(), ids=PROPAGATING)
async def test_handling_of_execution_errors(case: Propagation) -> None:
    """6.4.4: null goes up to the nearest place that may be null, and the error keeps its path."""
    holder = ObjectType("Holder", "Holder", fields=(Field("it", case.type),))
    top = ObjectType("Top", "Top", fields=(Field("holder", named("Holder")),))
    schema, _ = build({"x": catalog(reading("top", named("Top")), types=(holder, top))})
    caller = Answers({"top": lambda _: {"holder": {"it": case.value}}})
    shown = "it { key value }" if "{" in str(case.data) and case.at[-1:] == ("value",) else "it"

    result = await ask(schema, caller, f"{{ top {{ holder {{ {shown} }} }} }}")

    assert result.data == {"top": {"holder": case.data}}
    found = [tuple(error.path or ()) for error in result.errors or ()]
    assert found == ([("top", "holder", *case.at)] if case.at else [])


@pytest.mark.parametrize(
    ("depth", "required_from", "shown"),
    [
        (3, 3, {"next": {"next": None}}),
        (3, 2, {"next": None}),
        (3, 1, None),
    ],
)
async def test_null_goes_as_far_as_it_must(depth: int, required_from: int, shown: Any) -> None:
    """6.4.4: past every place that may not be null."""
    fields = {
        level: required(named(f"N{level + 1}"))
        if level >= required_from
        else named(f"N{level + 1}")
        for level in range(1, depth)
    }
    types = tuple(
        ObjectType(f"N{level}", f"N{level}", fields=(Field("next", of),))
        for level, of in fields.items()
    )
    last = ObjectType(f"N{depth}", f"N{depth}", fields=(Field("end", required(INT)),))
    schema, _ = build({"x": catalog(reading("top", named("N1")), types=(*types, last))})
    caller = Answers({"top": lambda _: {"next": {"next": {"end": None}}}})

    result = await ask(schema, caller, "{ top { next { next { end } } } }")

    assert result.data == {"top": shown}


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (ScalarKind.INT, 7, 7),
        (ScalarKind.INT, 7.0, 7),
        (ScalarKind.INT, "7", 7),
        (ScalarKind.INT, True, 1),
        (ScalarKind.INT, 2**31, BAD),
        (ScalarKind.INT, 7.5, BAD),
        (ScalarKind.INT, "", BAD),
        (ScalarKind.FLOAT, 7, 7.0),
        (ScalarKind.FLOAT, 7.5, 7.5),
        (ScalarKind.FLOAT, "7.5", 7.5),
        (ScalarKind.FLOAT, float("inf"), BAD),
        (ScalarKind.FLOAT, "x", BAD),
        (ScalarKind.STRING, "x", "x"),
        (ScalarKind.STRING, 7, "7"),
        (ScalarKind.STRING, True, "true"),
        (ScalarKind.STRING, [1], BAD),
        (ScalarKind.BOOLEAN, False, False),
        (ScalarKind.BOOLEAN, 1, True),
        (ScalarKind.BOOLEAN, "true", BAD),
        (ScalarKind.ID, "x", "x"),
        (ScalarKind.ID, 7, "7"),
        (ScalarKind.ID, True, BAD),
        (ScalarKind.LONG, 2**62, f"{2**62}"),
        (ScalarKind.LONG, 2**63, BAD),
    ],
)
async def test_result_coercion_of_scalars(kind: ScalarKind, value: Any, shown: Any) -> None:
    """3.5: what a scalar can be without losing anything, it is; anything else is an error."""
    holder = ObjectType("Holder", "Holder", fields=(Field("it", Scalar(kind)),))
    schema, _ = build({"x": catalog(reading("holder", named("Holder")), types=(holder,))})

    result = await ask(schema, Answers({"holder": lambda _: {"it": value}}), "{ holder { it } }")

    assert result.data == {"holder": {"it": None if shown is BAD else shown}}
    assert [error.path for error in result.errors or ()] == [["holder", "it"]] * (shown is BAD)


@pytest.mark.parametrize(
    ("value", "shown"), [("calm", "CALM"), (1, "WILD"), ("CALM", BAD), ("1", BAD), (True, BAD)]
)
async def test_result_coercion_of_enums(value: Any, shown: Any) -> None:
    """3.9: the name of the backend's value; another value is an error."""
    schema, _ = build({"zoo": CATALOG})
    caller = Answers({"dog": lambda _: {**REX, "mood": value}})

    result = await ask(schema, caller, "{ dog { mood } }")

    assert result.data == {"dog": {"mood": None if shown is BAD else shown}}
    assert len(result.errors or ()) == (shown is BAD)


@pytest.mark.parametrize(
    ("pets", "shown", "wrong"),
    [
        ([REX, TOM], [{"t": "Dog"}, {"t": "Cat"}], []),
        ([{"is": "cow"}, TOM], [None, {"t": "Cat"}], [0]),
        ([{}, "Rex", TOM], [None, None, {"t": "Cat"}], [0, 1]),
    ],
)
async def test_resolving_abstract_types(pets: list[Any], shown: Any, wrong: list[int]) -> None:
    """6.4.3: a value is of the type that it says; one that says none is an error."""
    schema, _ = build({"zoo": CATALOG})
    caller = Answers({"human": lambda _: {"pets": pets}})

    result = await ask(schema, caller, "{ human { pets { t: __typename } } }")

    assert result.data == {"human": {"pets": shown}}
    paths = [tuple(error.path or ()) for error in result.errors or ()]
    assert paths == [("human", "pets", index) for index in wrong]


async def test_the_same_write_twice() -> None:
    """6.2.2: two fields are two writes, though they say the same."""
    schema, _ = build({"zoo": CATALOG})
    caller = Answers({"raise": lambda _: {"now": 1}})

    result = await ask(
        schema, caller, "mutation { a: raise(by: 1) { now } b: raise(by: 1) { now } }"
    )

    assert result.data == {"a": {"now": 1}, "b": {"now": 1}}
    assert len(caller.calls) == 2


async def test_values_of_lists_and_longs() -> None:
    """3.12: items are completed one by one."""
    schema, _ = build({"x": catalog(reading("all", listed(listed(LONG))))})

    result = await ask(schema, Answers({"all": lambda _: [[1, "2"], [], None]}), "{ all }")

    assert result.data == {"all": [["1", "2"], [], None]}
