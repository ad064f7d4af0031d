"""What clients can tell of two schemas, and how serious it is."""

import pytest
from graphql import build_schema
from graphql.utilities import find_schema_changes
from graphql.utilities.find_schema_changes import BreakingChangeType, DangerousChangeType
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.diff.model import Change, Severity
from schema.diff.schemas import compared

BREAKING, DANGEROUS, SAFE = Severity

REST = " input In { a: Int } enum E { A B } type T { a: Int } type U { a: Int } "


def changes(old: str, new: str) -> list[Change]:
    """The differences of two SDL texts."""
    return sorted(compared(build_schema(old), build_schema(new)), key=lambda one: one.at)


CASES = {
    "a field is gone": ("{ a: Int b: Int }", "{ a: Int }", "Query.b", BREAKING, "Int", ""),
    "a field is new": ("{ a: Int }", "{ a: Int b: T }", "Query.b", SAFE, "", "T"),
    "may be null now": ("{ a: Int! }", "{ a: Int }", "Query.a", BREAKING, "Int!", "Int"),
    "is never null now": ("{ a: [Int] }", "{ a: [Int!]! }", "Query.a", SAFE, "[Int]", "[Int!]!"),
    "is a list now": ("{ a: Int }", "{ a: [Int] }", "Query.a", BREAKING, "Int", "[Int]"),
    "an argument is gone": ("{ a(b: Int): Int }", "{ a: Int }", "Query.a(b:)", BREAKING, "Int", ""),
    "an argument may be given": (
        "{ a: Int }", "{ a(b: Int): Int }", "Query.a(b:)", DANGEROUS, "", "Int",
    ),
    "an argument must be given": (
        "{ a: Int }", "{ a(b: Int!): Int }", "Query.a(b:)", BREAKING, "", "Int!",
    ),
    "a required argument with a default": (
        "{ a: Int }", "{ a(b: Int! = 1): Int }", "Query.a(b:)", DANGEROUS, "", "Int!",
    ),
    "an argument takes no null": (
        "{ a(b: Int): Int }", "{ a(b: Int!): Int }", "Query.a(b:)", BREAKING, "Int", "Int!",
    ),
    "an argument takes null": (
        "{ a(b: Int!): Int }", "{ a(b: Int): Int }", "Query.a(b:)", SAFE, "Int!", "Int",
    ),
    "a default is another": (
        "{ a(b: Int = 1): Int }", "{ a(b: Int = 2): Int }", "Query.a(b:)", DANGEROUS, "1", "2",
    ),
    "a default is new": (
        "{ a(b: Int): Int }", "{ a(b: Int = 2): Int }", "Query.a(b:)", SAFE, "", "2",
    ),
    "deprecated": (
        "{ a: Int }", '{ a: Int @deprecated(reason: "old") }', "Query.a", SAFE, "", "old",
    ),
    "described": ("{ a: Int }", '{ "told" a: Int }', "Query.a", SAFE, "", ""),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_fields_and_arguments(case: str) -> None:
    """Each with its place, what it means, what was and what is."""
    old, new, *told = CASES[case]

    (change,) = changes(f"type Query {old}{REST}", f"type Query {new}{REST}")

    assert [change.at, change.severity, change.was, change.now] == told


TYPES = {
    "a value is gone": ("enum E { A B }", "enum E { A }", "E.B", BREAKING),
    "a value is new": ("enum E { A }", "enum E { A B }", "E.B", DANGEROUS),
    "a type is gone": ("type A { a: Int }", "", "A", BREAKING),
    "a type is new": ("", "type A { a: Int }", "A", SAFE),
    "a scalar is gone": ("scalar A", "", "A", SAFE),
    "another kind": ("type A { a: Int }", "input A { a: Int }", "A", BREAKING),
    "an input field may be given": (
        "input A { a: Int }",
        "input A { a: Int b: Int }",
        "A.b",
        DANGEROUS,
    ),
    "an input field must be given": (
        "input A { a: Int }",
        "input A { a: Int b: Int! }",
        "A.b",
        BREAKING,
    ),
    "an input field is gone": ("input A { a: Int b: Int }", "input A { a: Int }", "A.b", BREAKING),
    "only one field may be given": (
        "input A { a: Int }",
        "input A @oneOf { a: Int }",
        "A",
        BREAKING,
    ),
    "a member is gone": ("union A = T | U", "union A = T", "A", BREAKING),
    "a member is new": ("union A = T", "union A = T | U", "A", DANGEROUS),
    "an interface is gone": (
        "interface I { a: Int } type A implements I { a: Int }",
        "interface I { a: Int } type A { a: Int }",
        "A",
        BREAKING,
    ),
    "a directive is gone": ("directive @d on FIELD", "", "@d", BREAKING),
    "a directive elsewhere": (
        "directive @d on FIELD | QUERY",
        "directive @d on FIELD",
        "@d",
        BREAKING,
    ),
    "a directive must say more": (
        "directive @d on FIELD",
        "directive @d(a: Int!) on FIELD",
        "@d(a:)",
        BREAKING,
    ),
}
HEAD = "type Query { a: Int } type T { a: Int } type U { a: Int } "


@pytest.mark.parametrize("case", TYPES)
def test_types_and_directives(case: str) -> None:
    """One change, and no other."""
    old, new, *told = TYPES[case]

    (change,) = changes(HEAD + old, HEAD + new)

    assert [change.at, change.severity] == told


_NAMES = st.sampled_from(["a", "b", "c"])
_REFS = st.sampled_from(["Int", "Int!", "[Int]", "[Int!]", "T", "T!", "E", "String"])
_TAKEN = st.sampled_from(["Int", "Int!", "[In]", "In", "E!", "E = A", "Int! = 1", "Int = 2"])


def _block(entries: dict[str, str]) -> str:
    return "".join(f" {name}: {ref}" for name, ref in entries.items())


def _arguments(entries: dict[str, str]) -> str:
    return f"({_block(entries)})" if entries else ""


_FIELD = st.tuples(st.dictionaries(_NAMES, _TAKEN, max_size=2).map(_arguments), _REFS)
_FIELDS = st.dictionaries(_NAMES, _FIELD, min_size=1).map(
    lambda fields: "".join(f" {name}{taken}: {ref}" for name, (taken, ref) in fields.items())
)
_INPUTS = st.dictionaries(_NAMES, st.sampled_from(["Int", "Int!", "[E]", "Int = 3"]), min_size=1)
_VALUES = st.sets(st.sampled_from(["B", "C", "D"])).map(lambda some: " ".join(["A", *sorted(some)]))
_MEMBERS = st.sampled_from(["T", "U", "T | U"])
_SCHEMAS = st.builds(
    "type Query {{{0} z(e: E, i: In): Any s: String }} type T {{{1} }} type U {{ u: Int }}"
    " input In {{{2} }} enum E {{ {3} }} union Any = {4}".format,
    _FIELDS, _FIELDS, _INPUTS.map(_block), _VALUES, _MEMBERS,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(_SCHEMAS, _SCHEMAS)
def test_graphql_core_judges_the_same(old: str, new: str) -> None:
    """As many changes that break, and as many that are dangerous, whatever the schemas."""
    told = find_schema_changes(build_schema(old), build_schema(new))

    found = changes(old, new)

    for severity, theirs in ((BREAKING, BreakingChangeType), (DANGEROUS, DangerousChangeType)):
        ours = [one for one in found if one.severity is severity]
        assert len(ours) == sum(isinstance(one.type, theirs) for one in told)


@settings(deadline=None)
@given(_SCHEMAS)
def test_nothing_differs_from_itself(text: str) -> None:
    """Not even a default."""
    assert changes(text, text) == []
