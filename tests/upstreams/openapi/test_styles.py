"""Values as text, by the tables of the specification."""

from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upstreams.errors import BadInput
from upstreams.openapi import styles
from upstreams.openapi.model import Parameter, Style, Where

COLOURS = ["blue", "black", "brown"]
PARTS = {"R": 100, "G": 200, "B": 150}


def parameter(style: Style, *, explode: bool, where: Where = Where.QUERY, **more: Any) -> Parameter:
    return Parameter("color", where, "color", style, explode, **more)


@pytest.mark.parametrize(
    ("style", "explode", "value", "written"),
    [
        (Style.FORM, False, "blue", "color=blue"),
        (Style.FORM, False, "", "color="),
        (Style.FORM, False, COLOURS, "color=blue,black,brown"),
        (Style.FORM, False, PARTS, "color=R,100,G,200,B,150"),
        (Style.FORM, True, COLOURS, "color=blue&color=black&color=brown"),
        (Style.FORM, True, PARTS, "R=100&G=200&B=150"),
        (Style.SPACE, False, COLOURS, "color=blue%20black%20brown"),
        (Style.SPACE, False, PARTS, "color=R%20100%20G%20200%20B%20150"),
        (Style.PIPE, False, COLOURS, "color=blue%7Cblack%7Cbrown"),
        (Style.PIPE, False, PARTS, "color=R%7C100%7CG%7C200%7CB%7C150"),
        (Style.PIPE, True, COLOURS, "color=blue&color=black&color=brown"),
        (Style.TAB, False, COLOURS, "color=blue%09black%09brown"),
        (Style.DEEP, True, PARTS, "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"),
        (Style.DEEP, True, {"a": {"b": [1]}}, "color%5Ba%5D%5Bb%5D%5B0%5D=1"),
        (Style.JSON, False, {"a": 1.5}, "color=%7B%22a%22%3A1.5%7D"),
        (Style.FORM, True, [], ""),
        (Style.FORM, True, None, ""),
    ],
)
def test_queries(style: Style, explode: bool, value: Any, written: str) -> None:  # noqa: FBT001 - a column
    """Each style writes text, lists and objects as the table of the specification shows."""
    assert styles.query([(parameter(style, explode=explode), value)]) == written


@pytest.mark.parametrize(
    ("style", "explode", "value", "written"),
    [
        (Style.SIMPLE, False, "blue", "/blue"),
        (Style.SIMPLE, False, COLOURS, "/blue,black,brown"),
        (Style.SIMPLE, False, PARTS, "/R,100,G,200,B,150"),
        (Style.SIMPLE, True, PARTS, "/R=100,G=200,B=150"),
        (Style.LABEL, False, "blue", "/.blue"),
        (Style.LABEL, False, COLOURS, "/.blue,black,brown"),
        (Style.LABEL, True, COLOURS, "/.blue.black.brown"),
        (Style.LABEL, True, PARTS, "/.R=100.G=200.B=150"),
        (Style.MATRIX, False, "blue", "/;color=blue"),
        (Style.MATRIX, False, COLOURS, "/;color=blue,black,brown"),
        (Style.MATRIX, True, COLOURS, "/;color=blue;color=black;color=brown"),
        (Style.MATRIX, True, PARTS, "/;R=100;G=200;B=150"),
    ],
)
def test_paths(style: Style, explode: bool, value: Any, written: str) -> None:  # noqa: FBT001 - a column
    """Each style writes into a path as the table of the specification shows."""
    where = parameter(style, explode=explode, where=Where.PATH)

    assert styles.path("/{color}", [(where, value)]) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("a/b", "/x/a%2Fb/y"),
        ("a b?c#d&e", "/x/a%20b%3Fc%23d%26e/y"),
        ("ö", "/x/%C3%B6/y"),
        ("%2e", "/x/%252e/y"),
        ("...", "/x/.../y"),
        (Decimal("1.10"), "/x/1.10/y"),
        (True, "/x/true/y"),
        (0, "/x/0/y"),
    ],
)
def test_a_path_stays_the_path(value: Any, written: str) -> None:
    """Whatever a value holds, it stays one segment."""
    where = parameter(Style.SIMPLE, explode=False, where=Where.PATH)

    assert styles.path("/x/{color}/y", [(where, value)]) == written


@pytest.mark.parametrize("value", [".", "..", "", None, [], "\ud800"])
def test_values_that_would_lead_elsewhere(value: Any) -> None:
    """Nothing, dots and broken text are refused: they would name another path."""
    where = parameter(Style.SIMPLE, explode=False, where=Where.PATH)

    with pytest.raises(BadInput):
        styles.path("/x/{color}/y", [(where, value)])


def test_dots_put_together() -> None:
    """Two dots from two arguments are still a step up, and refused."""
    one, two = (Parameter(name, Where.PATH, name, Style.SIMPLE) for name in "ab")

    with pytest.raises(BadInput):
        styles.path("/x/{a}{b}", [(one, "."), (two, ".")])


def test_a_template_with_odd_characters() -> None:
    """What a template says itself is encoded where it must be; a fragment is no part of it."""
    assert styles.path("/a b/ü?Action=X#frag", []) == "/a%20b/%C3%BC?Action=X"


def test_reserved_characters_may_stay() -> None:
    """`allowReserved` keeps what cannot end the parameter, and encodes what could."""
    reserved = parameter(Style.FORM, explode=False, reserved=True)

    assert styles.query([(reserved, "a/b?c:d&e=f#g+h")]) == "color=a/b?c:d%26e%3Df%23g%2Bh"


@pytest.mark.parametrize("value", ["a\r\nx: 1", "a\nb", "\x00"])
def test_a_header_stays_one_header(value: str) -> None:
    """A line break in a header's value is refused."""
    with pytest.raises(BadInput):
        styles.header(parameter(Style.SIMPLE, explode=False, where=Where.HEADER), value)


def test_headers_and_cookies() -> None:
    """Headers are written plainly, cookies percent-encoded."""
    header = parameter(Style.SIMPLE, explode=False, where=Where.HEADER)
    cookie = parameter(Style.FORM, explode=False, where=Where.COOKIE)

    assert styles.header(header, COLOURS) == "blue,black,brown"
    assert styles.cookies([(cookie, "a b;c")]) == "color=a%20b%3Bc"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Decimal("0.00"), "0.00"),
        (Decimal("1E+2"), "100"),
        (Decimal("1E+999999"), "1E+999999"),
        (2**70, str(2**70)),
        (1.5, "1.5"),
        (b"\x00", "AA=="),
    ],
)
def test_numbers_keep_their_digits(value: Any, written: str) -> None:
    """Numbers are written with every digit, and never with more than a reader could take."""
    assert styles.text(value) == written


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN"), object()])
def test_what_has_no_text(value: Any) -> None:
    """What no backend could read is refused."""
    with pytest.raises(BadInput):
        styles.text(value)


@given(st.lists(st.text(min_size=1), min_size=1))
def test_a_list_can_be_read_back(values: list[str]) -> None:
    """Whatever the texts, an encoded list has as many parts as it had values."""
    written = styles.query([(parameter(Style.FORM, explode=False), values)])

    assert [unquote(one) for one in written.removeprefix("color=").split(",")] == values
