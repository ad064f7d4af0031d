"""SDL that is no extension, told with its place before any upstream is known."""

import pytest

from schema.extend.model import ExtensionError
from schema.extend.parse import parsed

CALL = '@call(function: "a.b")'


def problems(*texts: str) -> list[str]:
    """What is wrong with the files."""
    with pytest.raises(ExtensionError) as caught:
        parsed((f"{index}.graphql", text) for index, text in enumerate(texts))
    return [str(one) for one in caught.value.problems]


@pytest.mark.parametrize(
    ("sdl", "problem"),
    [
        ("extend type A {", "1:16: not SDL: Expected Name, found <EOF>."),
        ("extend type A { a: B @call(args: {x: $x}) }", "1:38: not SDL: Unexpected variable"),
        ("type A { a: B }", "1:1: only extensions of types are known here"),
        ("extend type A implements B { a: B }", "1:26: an extension cannot implement"),
        (f"extend type A @b {{ a: B {CALL} }}", "1:15: there is no directive @b here"),
        (f"extend type Query {{ a: B {CALL} }}", "1:13: Query has no value to pass on"),
        ("extend type A { a: B }", "1:17: nothing is said of a: a new field needs a @call"),
        (
            "extend type A { a: B @cal }",
            "1:22: there is no directive @cal here; did you mean @call",
        ),
        (f"extend type A {{ a: B {CALL} {CALL} }}", "1:45: one @call makes a field, not two"),
        ("extend type A { a: B @call }", '1:22: @call needs a function: "upstream.function"'),
        ("extend type A { a: B @call(func: 1) }", "1:28: @call takes no 'func'; did you mean fun"),
        (f"extend type A {{ a: B! {CALL} }}", "1:20: a join may fail, and so may be null"),
        (f"extend type A {{ __a: B {CALL} }}", "1:17: __a: names with two underscores first"),
        (f"extend type A {{ a(b: C @d): B {CALL} }}", "1:24: arguments have no directives here"),
        ('extend type A { a: B @call(function: "a.b", args: 1) }', "1:51: args: an object"),
        ('extend type A { a: B @call(function: "a.b", match: 1) }', "1:52: the name of a field"),
        ('extend type A { a: B @call(function: "a.b", match: "") }', "1:52: the name of a field"),
        ('extend type A { a: B @call(function: "a.b", batchSize: 0) }', "1:56: batchSize: a whole"),
    ],
)
def test_what_is_no_extension(sdl: str, problem: str) -> None:
    """The file, the line and the column, and what to write instead."""
    (found,) = problems(sdl)

    assert found.startswith(f"0.graphql:{problem}")


def test_every_problem_of_every_file_is_told() -> None:
    """One mistake hides no other, in its file or the next."""
    found = problems("extend type A { a: B c: D }", "scalar E", f"extend type A {{ b: B! {CALL} }}")

    places = [one.split(": ")[0] for one in found]
    assert places == ["0.graphql:1:17", "0.graphql:1:22", "1.graphql:1:1", "2.graphql:1:20"]


def test_a_file_without_end_is_refused() -> None:
    """A hundred thousand tokens are more than anybody writes."""
    (found,) = problems("extend type A { " + f"a: B {CALL} " * 20_000 + "}")

    assert "tokens" in found
