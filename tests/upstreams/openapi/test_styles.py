"""Values as text, by the tables of the specification."""

import json
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


def path(template: str, values: styles.Values) -> str:
    """The path that a template leads to with those values."""
    arguments = {one.argument: value for one, value in values}
    return styles.Path(template, [one for one, _ in values]).of(arguments)


Row = tuple[Style, bool, Any, str]

QUERIES: list[Row] = [
    (Style.FORM, False, "", "color="),
    (Style.FORM, False, "blue", "color=blue"),
    (Style.FORM, False, COLOURS, "color=blue,black,brown"),
    (Style.FORM, False, PARTS, "color=R,100,G,200,B,150"),
    (Style.FORM, True, "", "color="),
    (Style.FORM, True, "blue", "color=blue"),
    (Style.FORM, True, COLOURS, "color=blue&color=black&color=brown"),
    (Style.FORM, True, PARTS, "R=100&G=200&B=150"),
    (Style.SPACE, False, "blue", "color=blue"),
    (Style.SPACE, False, COLOURS, "color=blue%20black%20brown"),
    (Style.SPACE, False, PARTS, "color=R%20100%20G%20200%20B%20150"),
    (Style.SPACE, True, COLOURS, "color=blue&color=black&color=brown"),
    (Style.PIPE, False, "blue", "color=blue"),
    (Style.PIPE, False, COLOURS, "color=blue%7Cblack%7Cbrown"),
    (Style.PIPE, False, PARTS, "color=R%7C100%7CG%7C200%7CB%7C150"),
    (Style.PIPE, True, COLOURS, "color=blue&color=black&color=brown"),
    (Style.TAB, False, "blue", "color=blue"),
    (Style.TAB, False, COLOURS, "color=blue%09black%09brown"),
    (Style.DEEP, True, "blue", "color=blue"),
    (Style.DEEP, True, PARTS, "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"),
    (Style.DEEP, True, {"a": {"b": [1]}}, "color%5Ba%5D%5Bb%5D%5B0%5D=1"),
    (Style.JSON, False, "blue", "color=%22blue%22"),
    (Style.JSON, False, {"a": 1.5}, "color=%7B%22a%22%3A1.5%7D"),
]
PATHS: list[Row] = [
    (Style.MATRIX, False, "", "/;color"),
    (Style.MATRIX, False, "blue", "/;color=blue"),
    (Style.MATRIX, False, COLOURS, "/;color=blue,black,brown"),
    (Style.MATRIX, False, PARTS, "/;color=R,100,G,200,B,150"),
    (Style.MATRIX, True, "", "/;color"),
    (Style.MATRIX, True, "blue", "/;color=blue"),
    (Style.MATRIX, True, COLOURS, "/;color=blue;color=black;color=brown"),
    (Style.MATRIX, True, PARTS, "/;R=100;G=200;B=150"),
    (Style.MATRIX, True, ["", "b"], "/;color;color=b"),
    (Style.LABEL, False, "blue", "/.blue"),
    (Style.LABEL, False, COLOURS, "/.blue,black,brown"),
    (Style.LABEL, False, PARTS, "/.R,100,G,200,B,150"),
    (Style.LABEL, True, "blue", "/.blue"),
    (Style.LABEL, True, COLOURS, "/.blue.black.brown"),
    (Style.LABEL, True, PARTS, "/.R=100.G=200.B=150"),
    (Style.SIMPLE, False, "blue", "/blue"),
    (Style.SIMPLE, False, COLOURS, "/blue,black,brown"),
    (Style.SIMPLE, False, PARTS, "/R,100,G,200,B,150"),
    (Style.SIMPLE, True, "blue", "/blue"),
    (Style.SIMPLE, True, COLOURS, "/blue,black,brown"),
    (Style.SIMPLE, True, PARTS, "/R=100,G=200,B=150"),
    (Style.SPACE, False, COLOURS, "/blue%20black%20brown"),
    (Style.TAB, False, COLOURS, "/blue%09black%09brown"),
    (Style.PIPE, False, COLOURS, "/blue%7Cblack%7Cbrown"),
    (Style.JSON, False, PARTS, "/%7B%22R%22%3A100%2C%22G%22%3A200%2C%22B%22%3A150%7D"),
]
HEADERS: list[Row] = [
    (Style.SIMPLE, False, "", ""),
    (Style.SIMPLE, False, "blue", "blue"),
    (Style.SIMPLE, False, COLOURS, "blue,black,brown"),
    (Style.SIMPLE, False, PARTS, "R,100,G,200,B,150"),
    (Style.SIMPLE, True, COLOURS, "blue,black,brown"),
    (Style.SIMPLE, True, PARTS, "R=100,G=200,B=150"),
    (Style.SPACE, False, COLOURS, "blue black brown"),
    (Style.TAB, False, COLOURS, "blue\tblack\tbrown"),
    (Style.PIPE, False, COLOURS, "blue|black|brown"),
    (Style.JSON, False, {"a": "é"}, '{"a":"é"}'),
]
COOKIES: list[Row] = [
    (Style.FORM, False, "", "color="),
    (Style.FORM, False, "blue", "color=blue"),
    (Style.FORM, False, COLOURS, "color=blue,black,brown"),
    (Style.FORM, False, PARTS, "color=R,100,G,200,B,150"),
    (Style.FORM, True, "blue", "color=blue"),
    (Style.FORM, True, COLOURS, "color=blue; color=black; color=brown"),
    (Style.FORM, True, PARTS, "R=100; G=200; B=150"),
    (Style.JSON, False, ["a"], "color=%5B%22a%22%5D"),
]


@pytest.mark.parametrize(("style", "explode", "value", "written"), QUERIES)
def test_queries(style: Style, explode: bool, value: Any, written: str) -> None:  # noqa: FBT001 - a column
    """Each style writes text, lists and objects as the table of the specification shows."""
    assert styles.query([(parameter(style, explode=explode), value)]) == written


@pytest.mark.parametrize(("style", "explode", "value", "written"), PATHS)
def test_paths(style: Style, explode: bool, value: Any, written: str) -> None:  # noqa: FBT001 - a column
    """Each style writes into a path as the table of the specification shows."""
    where = parameter(style, explode=explode, where=Where.PATH)

    assert path("/{color}", [(where, value)]) == written


@pytest.mark.parametrize(("style", "explode", "value", "written"), HEADERS)
def test_headers(style: Style, explode: bool, value: Any, written: str) -> None:  # noqa: FBT001 - a column
    """Each style writes a header as the table shows, with nothing percent-encoded."""
    where = parameter(style, explode=explode, where=Where.HEADER)

    assert styles.header(where, value) == written


@pytest.mark.parametrize(("style", "explode", "value", "written"), COOKIES)
def test_cookies(style: Style, explode: bool, value: Any, written: str) -> None:  # noqa: FBT001 - a column
    """Cookies are written as queries are, with what separates cookies between them."""
    where = parameter(style, explode=explode, where=Where.COOKIE)

    assert styles.cookies([(where, value)]) == written


@pytest.mark.parametrize("style", [Style.FORM, Style.SPACE, Style.PIPE, Style.TAB, Style.DEEP])
@pytest.mark.parametrize("explode", [False, True])
@pytest.mark.parametrize("value", [None, [], {}, [None], {"R": None}])
def test_nothing_is_not_sent(style: Style, explode: bool, value: Any) -> None:  # noqa: FBT001 - a column
    """Null, and lists and objects of nothing else, leave no trace in a query."""
    assert styles.query([(parameter(style, explode=explode), value)]) == ""


@pytest.mark.parametrize(
    ("style", "value"), [(Style.SPACE, "a b"), (Style.PIPE, "a|b"), (Style.TAB, "a\tb")]
)
def test_a_value_that_holds_its_delimiter(style: Style, value: str) -> None:
    """What would be read as two values is refused."""
    with pytest.raises(BadInput, match="separates its values"):
        styles.query([(parameter(style, explode=False), [value])])


ROWS = [[1, 2], [3]]
NESTED = [
    (Style.FORM, False, (Style.PIPE,), "1%7C2,3", "1|2,3"),
    (Style.FORM, False, (Style.SPACE,), "1%202,3", "1 2,3"),
    (Style.FORM, False, (Style.TAB,), "1%092,3", "1\t2,3"),
    (Style.PIPE, False, (Style.FORM,), "1,2%7C3", "1,2|3"),
    (Style.SPACE, False, (Style.FORM,), "1,2%203", "1,2 3"),
    (Style.TAB, False, (Style.PIPE,), "1%7C2%093", "1|2\t3"),
]
"""Style, explode, the styles within, and `[[1, 2], [3]]` in a URL and in a header."""


@pytest.mark.parametrize(("style", "explode", "inner", "url", "plain"), NESTED)
def test_lists_in_lists(
    style: Style,
    explode: bool,  # noqa: FBT001 - a column
    inner: tuple[Style, ...],
    url: str,
    plain: str,
) -> None:
    """In Swagger 2.0 a list within a list has a delimiter of its own, wherever it is written."""
    given = {
        where: parameter(style, explode=explode, where=where, inner=inner)
        for where in (Where.QUERY, Where.PATH, Where.HEADER, Where.FORM)
    }

    assert styles.query([(given[Where.QUERY], ROWS)]) == f"color={url}"
    assert path("/{color}", [(given[Where.PATH], ROWS)]) == f"/{url}"
    assert styles.header(given[Where.HEADER], ROWS) == plain
    assert styles.form(styles.pairs(given[Where.FORM], ROWS)) == f"color={url}".encode()


def test_lists_that_stand_alone() -> None:
    """Under `multi` each list is a value of its own, what is within it delimited."""
    multi = parameter(Style.FORM, explode=True, inner=(Style.PIPE,))

    assert styles.query([(multi, [["a", "b"], [], None, ["c"]])]) == ("color=a%7Cb&color=&color=c")


def test_lists_in_lists_in_lists() -> None:
    """However deep, each level has its own."""
    deep = parameter(Style.PIPE, explode=False, inner=(Style.SPACE, Style.FORM))

    assert styles.query([(deep, [[[1, 2], [3]], [[4]]])]) == "color=1,2%203%7C4"


@pytest.mark.parametrize(
    ("style", "inner", "value"),
    [
        (Style.FORM, Style.FORM, [[1, 2], [3]]),
        (Style.PIPE, Style.PIPE, [["a", "b"]]),
        (Style.PIPE, Style.FORM, [["a|b"]]),
        (Style.FORM, Style.PIPE, [["a|b"]]),
    ],
)
def test_lists_that_could_not_be_told_apart(style: Style, inner: Style, value: Any) -> None:
    """What would be read as other lists is refused, in a URL as in a header."""
    given = parameter(style, explode=False, inner=(inner,))

    with pytest.raises(BadInput, match="separates its values"):
        styles.query([(given, value)])
    with pytest.raises(BadInput, match="separates its values"):
        styles.header(given, value)


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

    assert path("/x/{color}/y", [(where, value)]) == written


@pytest.mark.parametrize("value", [".", "..", "", None, [], "\ud800"])
def test_values_that_would_lead_elsewhere(value: Any) -> None:
    """Nothing, dots and broken text are refused: they would name another path."""
    where = parameter(Style.SIMPLE, explode=False, where=Where.PATH)

    with pytest.raises(BadInput):
        path("/x/{color}/y", [(where, value)])


def test_dots_put_together() -> None:
    """Two dots from two arguments are still a step up, and refused."""
    one, two = (Parameter(name, Where.PATH, name, Style.SIMPLE) for name in "ab")

    with pytest.raises(BadInput):
        path("/x/{a}{b}", [(one, "."), (two, ".")])


def test_a_template_with_odd_characters() -> None:
    """What a template says itself is encoded where it must be; a fragment is no part of it."""
    assert path("/a b/ü?Action=X#frag", []) == "/a%20b/%C3%BC?Action=X"


def test_reserved_characters_may_stay() -> None:
    """`allowReserved` keeps what cannot end the parameter, and encodes what could."""
    reserved = parameter(Style.FORM, explode=False, reserved=True)

    assert styles.query([(reserved, "a/b?c:d&e=f#g+h")]) == "color=a/b?c:d%26e%3Df%23g%2Bh"
    assert styles.query([(reserved, "50%, a%2Fb")]) == "color=50%25,%20a%2Fb"


@pytest.mark.parametrize("value", ["a\r\nx: 1", "a\nb", "\x00"])
def test_a_header_stays_one_header(value: str) -> None:
    """A line break in a header's value is refused."""
    with pytest.raises(BadInput):
        styles.header(parameter(Style.SIMPLE, explode=False, where=Where.HEADER), value)


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


TEXTS = st.text(min_size=1)
LISTS = st.lists(TEXTS, min_size=1)
OBJECTS = st.dictionaries(TEXTS, st.text(), min_size=1)


def paired(parts: list[str]) -> dict[str, str]:
    return {unquote(key): unquote(one) for key, one in zip(parts[::2], parts[1::2], strict=True)}


def assigned(parts: list[str]) -> dict[str, str]:
    split = [part.partition("=") for part in parts]
    return {unquote(key): unquote(one) for key, _, one in split}


def listed(parts: list[str]) -> list[str]:
    return [unquote(part) for part in parts]


def without(separator: str) -> Any:
    """Lists whose texts do not hold what this style cannot encode."""
    return st.lists(TEXTS.filter(lambda text: separator not in text), min_size=1)


def query(style: Style, *, explode: bool, value: Any) -> str:
    return styles.query([(parameter(style, explode=explode), value)])


def segment(style: Style, *, explode: bool, value: Any) -> str:
    where = parameter(style, explode=explode, where=Where.PATH)
    return path("/x-{color}", [(where, value)]).removeprefix("/x-")


@given(LISTS, OBJECTS)
def test_a_form_can_be_read_back(values: list[str], members: dict[str, str]) -> None:
    """What a query says in form style is what went in, exploded or not."""
    plain = query(Style.FORM, explode=False, value=values).removeprefix("color=")
    pairs = query(Style.FORM, explode=False, value=members).removeprefix("color=")
    many = query(Style.FORM, explode=True, value=values).split("&")
    split = query(Style.FORM, explode=True, value=members).split("&")

    assert listed(plain.split(",")) == values
    assert paired(pairs.split(",")) == members
    assert listed([one.removeprefix("color=") for one in many]) == values
    assert assigned(split) == members


@pytest.mark.parametrize(
    ("style", "separator", "raw"),
    [(Style.SPACE, "%20", " "), (Style.PIPE, "%7C", "|"), (Style.TAB, "%09", "\t")],
)
@given(data=st.data())
def test_a_delimited_list_can_be_read_back(
    style: Style, separator: str, raw: str, data: st.DataObject
) -> None:
    """What a query says with another delimiter than a comma is what went in."""
    values = data.draw(without(raw))

    written = query(style, explode=False, value=values).removeprefix("color=")

    assert listed(written.split(separator)) == values


@given(
    st.permutations([(Style.FORM, ","), (Style.SPACE, "%20"), (Style.PIPE, "%7C")]),
    st.lists(st.lists(st.text("abc/&=%", min_size=1), min_size=1), min_size=1),
    st.sampled_from([False, True]),
)
def test_lists_in_lists_can_be_read_back(
    both: list[tuple[Style, str]],
    values: list[list[str]],
    explode: bool,  # noqa: FBT001 - drawn
) -> None:
    """What a query says of lists in lists is what went in."""
    (style, between), (inner, within), _ = both
    given = parameter(style, explode=explode, inner=(inner,))

    written = styles.query([(given, values)])

    split = written.split("&") if explode else written.split(between)
    rows = [one.removeprefix("color=") for one in split]
    assert [listed(row.split(within)) for row in rows] == values


@given(OBJECTS)
def test_a_deep_object_can_be_read_back(members: dict[str, str]) -> None:
    """What a query says in deep object style is what went in."""
    split = query(Style.DEEP, explode=True, value=members).split("&")

    inner = [one.removeprefix("color%5B").replace("%5D=", "=", 1) for one in split]
    keys = [one.rpartition("=")[0] for one in inner]
    assert assigned(inner) == members
    assert all("[" not in key and "=" not in key for key in keys)


@given(LISTS, OBJECTS)
def test_a_simple_segment_can_be_read_back(values: list[str], members: dict[str, str]) -> None:
    """What a path says in simple style is what went in, exploded or not."""
    plain = segment(Style.SIMPLE, explode=False, value=values)
    pairs = segment(Style.SIMPLE, explode=False, value=members)
    split = segment(Style.SIMPLE, explode=True, value=members)

    assert listed(plain.split(",")) == values
    assert paired(pairs.split(",")) == members
    assert assigned(split.split(",")) == members


@given(without("."))
def test_a_label_can_be_read_back(values: list[str]) -> None:
    """What a path says in label style is what went in, exploded or not."""
    plain = segment(Style.LABEL, explode=False, value=values)
    split = segment(Style.LABEL, explode=True, value=values)

    assert listed(plain.removeprefix(".").split(",")) == values
    assert listed(split.removeprefix(".").split(".")) == values


@given(LISTS, OBJECTS)
def test_a_matrix_can_be_read_back(values: list[str], members: dict[str, str]) -> None:
    """What a path says in matrix style is what went in, exploded or not."""
    plain = segment(Style.MATRIX, explode=False, value=values).removeprefix(";color=")
    many = segment(Style.MATRIX, explode=True, value=values).split(";")[1:]
    split = segment(Style.MATRIX, explode=True, value=members).split(";")[1:]

    assert listed(plain.split(",")) == values
    assert listed([one.removeprefix("color=") for one in many]) == values
    assert assigned(split) == members


@given(OBJECTS)
def test_a_cookie_can_be_read_back(members: dict[str, str]) -> None:
    """What a cookie says is what went in, whatever would end one."""
    where = parameter(Style.FORM, explode=True, where=Where.COOKIE)

    assert assigned(styles.cookies([(where, members)]).split("; ")) == members


@given(st.recursive(st.text() | st.integers() | st.booleans(), lambda inner: st.lists(inner)))
def test_json_can_be_read_back(value: Any) -> None:
    """What a parameter says as JSON text is what went in."""
    written = query(Style.JSON, explode=False, value=value).removeprefix("color=")

    assert json.loads(unquote(written)) == value
