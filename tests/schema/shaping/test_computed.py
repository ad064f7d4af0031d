"""Fields that are worked out of what their object has."""

from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from graphql import parse, print_type
from hypothesis import given
from hypothesis import strategies as st

from schema.build import Extensions, build, extended_of
from schema.extend.parse import parsed as read
from schema.plan.plans import Plans
from schema.shaping.formula import DEEPEST, FormulaError, parsed, worked_out
from tests.schema.catalogs import INT, LONG, STRING, Answers, ask, catalog, listed, named, reading
from upstreams.model import Field, ObjectType, Scalar, ScalarKind

LINE = ObjectType(
    "Line",
    "Line",
    fields=(
        Field("sku", STRING),
        Field("unit-price", Scalar(ScalarKind.DECIMAL)),
        Field("count", INT),
        Field("weight", LONG),
        Field("maker", named("Maker")),
        Field("tags", listed(STRING)),
    ),
)
MAKER = ObjectType("Maker", "Maker", fields=(Field("city", STRING),))
SHOP = catalog(reading("line", named("Line")), types=(LINE, MAKER))
BOLT: dict[str, Any] = {
    "sku": "b-1",
    "unit-price": Decimal("1.10"),
    "count": 3,
    "weight": "7",
    "maker": {"city": "Ulm"},
}


def made(field: str) -> Any:
    """The schema with one more field."""
    written = read([("x", f"extend type Line {{ {field} }}")])
    return build({"shop": SHOP}, extensions=Extensions(written))[0]


async def value(kind: str, formula: str, line: Any) -> Any:
    """What the field gives."""
    schema = made(f'a: {kind} @computed(value: "{formula}")')
    assert extended_of(schema).problems == ()
    return await ask(schema, Answers({"line": lambda _: line}), "{ line { a } }")


@pytest.mark.parametrize(
    ("kind", "formula", "wanted"),
    [
        ("String", "{$parent.sku} from {$parent.maker.city}", "b-1 from Ulm"),
        ("String", "{$parent.count * 2} pieces", "6 pieces"),
        ("String", "$parent.maker.city", "Ulm"),
        ("Decimal", "$parent.unit_price * $parent.count", "3.30"),
        ("Float", "$parent.count / 2", 1.5),
        ("Int", "-($parent.count - 1) * 2 + 10", 6),
        ("Long", "$parent.weight + $parent.count", "10"),
        ("Decimal", "$parent.weight + 0.5", "7.5"),
    ],
)
async def test_a_field_is_worked_out(kind: str, formula: str, wanted: Any) -> None:
    """Of what the backend gave, selected or not."""
    result = await value(kind, formula, BOLT)

    assert result.errors is None
    assert result.data == {"line": {"a": wanted}}


@pytest.mark.parametrize("formula", ["{$parent.sku}!", "{$parent.count + 1}"])
async def test_what_looks_at_null_is_null(formula: str) -> None:
    """There is nothing to work out."""
    result = await value("String", formula, {})

    assert (result.errors, result.data) == (None, {"line": {"a": None}})


@pytest.mark.parametrize(
    ("kind", "formula", "line", "problem"),
    [
        ("Float", "1 / $parent.count", {"count": 0}, "division by zero"),
        ("Int", "$parent.count * 2", {"count": True}, "'True' is no number to count with"),
        ("Int", "$parent.count * 2", {"count": "NaN"}, "'NaN' is no number to count with"),
        ("Int", "$parent.count * 2", {"count": "two"}, "'two' is no number"),
        ("BigInt", "$parent.weight * 2", {"weight": "9" * 40}, "the numbers are too large"),
        ("BigInt", "$parent.weight * 2", {"weight": "1e999999"}, "the numbers are too large"),
        ("Int", "$parent.count + 1", {"count": "9" * 101}, "is no number to count with"),
    ],
)
async def test_what_cannot_be_worked_out(kind: str, formula: str, line: Any, problem: str) -> None:
    """An error at its place; the rest arrives."""
    result = await value(kind, formula, line)

    assert result.data == {"line": {"a": None}}
    assert problem in result.errors[0].message


async def test_plans_work_fields_out() -> None:
    """Of each object of a list, in joins as elsewhere, and each as often as it is asked for."""
    sdl = """
    extend type Line {
      a: Int @computed(value: "$parent.count + 1")
      next: [Line] @call(function: "shop.lines", args: { above: "$parent.count" })
    }"""
    lines = reading("lines", listed(named("Line")), Field("above", INT))
    shop = catalog(lines, types=(LINE, MAKER))
    schema, _ = build({"shop": shop}, extensions=Extensions(read([("x", sdl)])))
    answers = Answers(
        {"lines": lambda said: [{"count": said.get("above", 0) + one} for one in (1, 2)]}
    )
    text = "{ lines { a b: a next { a } } }"

    result = await ask(schema, answers, text)
    plan, _ = Plans(schema, parse(text)).operation(None).plan({})

    assert result.data == {
        "lines": [
            {"a": 2, "b": 2, "next": [{"a": 3}, {"a": 4}]},
            {"a": 3, "b": 3, "next": [{"a": 4}, {"a": 5}]},
        ]
    }
    assert len(plan.roots) == 1


def test_what_is_said_of_it_is_shown() -> None:
    """As of any field."""
    schema = made('"Both." a: String @computed(value: "{$parent.sku}") @deprecated(reason: "b")')

    assert '"""Both."""\n  a: String @deprecated(reason: "b")' in print_type(
        schema.type_map["Line"]
    )


@pytest.mark.parametrize(
    ("field", "problem"),
    [
        (
            'a: Int @computed(value: "$parent.cont + 1")',
            "Line has no field 'cont'; did you mean co",
        ),
        ('a: Int @computed(value: "$parent.sku + 1")', "$parent.sku is no number"),
        ('a: Int @computed(value: "$parent.count / 2")', "the value is one of Decimal, Float, not"),
        ('a: Int @computed(value: "{$parent.count}")', "the value is one of ID, String, not Int"),
        ('a: Int @computed(value: "$parent.sku")', "the value is String, not Int"),
        ('a: String @computed(value: "{$parent.maker}")', "$parent.maker, Maker, is no leaf"),
        ('a: String @computed(value: "{$parent.tags}")', "$parent.tags, [String], is no leaf"),
        ('a: Int! @computed(value: "1")', "what it looks at may be null: leave out the last `!`"),
        ('sku: Int @computed(value: "1")', "Line has a field sku already"),
        ('a: Int @computed(value: "1") a: Int @computed(value: "2")', "Line has a field a already"),
        ('a: Int @computed(value: "import os")', "value: 'import os' is none of $parent.…"),
        ('a: Int @computed(value: "1 +")', "value: something is missing at its end"),
        ('a: Int @computed(value: "1 2")', "value: '2' is one too many"),
        ('a: Int @computed(value: "* 2")', "value: '*' stands where a value is wanted"),
        ('a: Int @computed(value: "(1")', "value: a ( without its )"),
        ('a: String @computed(value: "{$parent.sku")', "value: a { without its }"),
        (f'a: Int @computed(value: "{"1+" * 600}1")', "value: longer than 1000 characters"),
        (f'a: Int @computed(value: "{"(" * (DEEPEST + 1)}1")', "value: nested too deeply"),
    ],
)
def test_a_field_that_cannot_be_worked_out(field: str, problem: str) -> None:
    """One sentence, before anything is asked."""
    (found,) = extended_of(made(field)).problems

    assert found.message.startswith(problem)
    assert found.at.startswith("x:1:")


@given(st.text(alphabet="$parent.ab 0123456789+-*/(){}", max_size=60))
def test_any_text_is_a_formula_or_is_refused(text: str) -> None:
    """Nothing else ever happens."""
    with suppress(FormulaError):
        worked_out(parsed(text), lambda _: 2)
