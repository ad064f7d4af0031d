"""Scalars: nothing is lost on the way out, nothing wrong gets in."""

import base64
from decimal import Decimal
from typing import Any

import pytest
from graphql import GraphQLError, parse_value
from hypothesis import given
from hypothesis import strategies as st

from schema.scalars import SCALARS, ExactFloat
from upstreams.model import ScalarKind


def shown(kind: ScalarKind, value: Any) -> Any:
    return SCALARS[kind].coerce_output_value(value)


def taken(kind: ScalarKind, value: Any) -> Any:
    return SCALARS[kind].coerce_input_value(value)


def test_every_kind_of_leaf_has_a_scalar_of_its_name() -> None:
    """The table is complete, and the names are those of the model."""
    assert {kind: scalar.name for kind, scalar in SCALARS.items()} == {
        kind: kind.value for kind in ScalarKind
    }


@given(st.integers(min_value=-(2**63), max_value=2**63 - 1))
def test_a_long_survives_the_round_trip(number: int) -> None:
    """Out as text, in as text or number."""
    assert shown(ScalarKind.LONG, number) == str(number)
    assert taken(ScalarKind.LONG, str(number)) == number
    assert taken(ScalarKind.LONG, number) == number


@given(st.decimals(allow_nan=False, allow_infinity=False, places=12))
def test_a_decimal_keeps_every_digit(number: Decimal) -> None:
    """Trailing zeros are digits too."""
    text = shown(ScalarKind.DECIMAL, number)

    assert taken(ScalarKind.DECIMAL, text).as_tuple() == number.as_tuple()


def test_a_number_in_variables_keeps_how_it_was_written() -> None:
    """1.10 in a JSON body is 1.10 for a Decimal and inside JSON, and a float for Float."""
    assert str(taken(ScalarKind.DECIMAL, ExactFloat("1.10"))) == "1.10"
    assert str(taken(ScalarKind.JSON, {"a": [ExactFloat("1.10")]})["a"][0]) == "1.10"
    assert taken(ScalarKind.FLOAT, ExactFloat("1.10")) == 1.1


@pytest.mark.parametrize("text", ["1e999999999", "-1e-999999999", "NaN", "Infinity"])
@pytest.mark.parametrize("kind", [ScalarKind.DECIMAL, ScalarKind.LONG, ScalarKind.BIG_INT])
def test_a_number_that_cannot_be_spelled_out_is_refused(kind: ScalarKind, text: str) -> None:
    """Both ways, and before a billion digits are written."""
    for change in (shown, taken):
        with pytest.raises(GraphQLError, match=kind.value):
            change(kind, Decimal(text))


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), Decimal("NaN"), Decimal("-Infinity"), {"a": [object()]}]
)
def test_what_json_cannot_say_is_refused(value: Any) -> None:
    """A response with NaN in it would not be JSON."""
    with pytest.raises(GraphQLError, match="JSON"):
        shown(ScalarKind.JSON, value)


def test_the_keys_of_json_are_texts() -> None:
    """Whatever a kind uses as keys, JSON has texts."""
    value = {7: "seven", True: {None: "x"}, 1.5: [(b"\x00", Decimal("1.10"))]}

    assert shown(ScalarKind.JSON, value) == {
        "7": "seven",
        "true": {"null": "x"},
        "1.5": [["AA==", Decimal("1.10")]],
    }


def test_json_has_a_deepest_level() -> None:
    """Beyond it a value is refused, both ways, long before recursion ends."""
    fine: Any = {}
    for _ in range(199):
        fine = [fine]

    assert shown(ScalarKind.JSON, fine) == taken(ScalarKind.JSON, fine) == fine
    for change in (shown, taken):
        with pytest.raises(GraphQLError, match="200 levels"):
            change(ScalarKind.JSON, [fine])


@pytest.mark.parametrize("kind", list(ScalarKind))
@pytest.mark.parametrize(
    "value",
    [True, 2**70, 1.5, "", "x", b"x", [1], {"a": 1}, Decimal("NaN"), Decimal("1e999999"), 1e308],
)
def test_whatever_a_backend_gives_is_shown_or_refused(kind: ScalarKind, value: Any) -> None:
    """Never another exception, which would look like a mistake of ours."""
    try:
        given = shown(kind, value)
    except GraphQLError:
        return

    assert isinstance(given, str | int | float | list | dict | Decimal)


@given(st.binary(max_size=200))
def test_bytes_are_base64(content: bytes) -> None:
    """What goes in as base64 is what the backend gets, and back."""
    text = base64.b64encode(content).decode()

    assert taken(ScalarKind.BYTES, text) == content
    assert shown(ScalarKind.BYTES, content) == text


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (ScalarKind.LONG, 2**63),
        (ScalarKind.LONG, True),
        (ScalarKind.LONG, 1.5),
        (ScalarKind.LONG, "1e3"),
        (ScalarKind.UNSIGNED_LONG, -1),
        (ScalarKind.UNSIGNED_LONG, 2**64),
        (ScalarKind.BIG_INT, "ten"),
        (ScalarKind.DECIMAL, "NaN"),
        (ScalarKind.DECIMAL, "1,5"),
        (ScalarKind.DATE, "2024-02-30"),
        (ScalarKind.DATE, "24-02-03"),
        (ScalarKind.DATE_TIME, "2024-02-03T10:00:00"),
        (ScalarKind.LOCAL_DATE_TIME, "2024-02-03"),
        (ScalarKind.TIME, "10"),
        (ScalarKind.DURATION, "5 minutes"),
        (ScalarKind.DURATION, "PT"),
        (ScalarKind.UUID, "not-a-uuid"),
        (ScalarKind.EMAIL, "nobody"),
        (ScalarKind.URI, "http://a b/"),
        (ScalarKind.BYTES, "***"),
        (ScalarKind.VOID, 1),
    ],
)
def test_what_is_wrong_does_not_get_in(kind: ScalarKind, value: Any) -> None:
    """The error names the scalar and the value."""
    with pytest.raises(GraphQLError, match=kind.value):
        taken(kind, value)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (ScalarKind.DATE, "2024-02-29"),
        (ScalarKind.DATE_TIME, "2024-02-03T10:00:00.123456789Z"),
        (ScalarKind.DATE_TIME, "2024-02-03t10:00:00+02:00"),
        (ScalarKind.LOCAL_DATE_TIME, "2024-02-03T10:00:00"),
        (ScalarKind.TIME, "23:59:59.999"),
        (ScalarKind.DURATION, "P1Y2M3DT4H5M6.7S"),
        (ScalarKind.DURATION, "1.5s"),
        (ScalarKind.URI, "/relative?x=1#y"),
    ],
)
def test_dates_and_the_like_pass_as_written(kind: ScalarKind, value: str) -> None:
    """What is right is handed on to the letter, both ways."""
    assert taken(kind, value) == value
    assert shown(kind, value) == value


def test_a_slightly_wrong_date_from_a_backend_is_shown() -> None:
    """Out, a text with a format is a text: null would be worth less."""
    assert shown(ScalarKind.DATE_TIME, "2024-02-03 10:00") == "2024-02-03 10:00"


def test_a_number_where_a_date_was_promised_is_an_error() -> None:
    """A text was promised."""
    with pytest.raises(GraphQLError, match="DateTime"):
        shown(ScalarKind.DATE_TIME, 1700000000)


def test_literals_are_read_as_exactly_as_variables() -> None:
    """A JSON literal keeps its digits, a Long literal its size."""
    json_literal = SCALARS[ScalarKind.JSON].coerce_input_literal
    long_literal = SCALARS[ScalarKind.LONG].coerce_input_literal
    assert json_literal is not None
    assert long_literal is not None

    value = json_literal(parse_value('{a: [1.10, 2, "x", RED, null, true]}'))  # type: ignore[arg-type]  # parsed without variables

    assert value == {"a": [Decimal("1.10"), 2, "x", "RED", None, True]}
    assert long_literal(parse_value("9007199254740993")) == 9007199254740993  # type: ignore[arg-type]  # parsed without variables
