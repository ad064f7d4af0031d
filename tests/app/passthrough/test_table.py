"""Which route a request belongs to, and which matches a configuration may write."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.passthrough.table import (
    MAX_PATH,
    Match,
    Rewrite,
    Route,
    RouteTable,
    has_dot_segment,
    spelt,
)


def matches(
    match: Match,
    path: str = "/",
    *,
    host: str = "example.com",
    method: str = "GET",
    headers: tuple[tuple[bytes, bytes], ...] = (),
    query: str = "",
) -> bool:
    """Whether a request belongs to the only route of a table."""
    table = RouteTable([Route(match=match, to="u")])
    return table.find(host, method, path, headers, query) is not None


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("/shop/**", "/shop", True),
        ("/shop/**", "/shop/", True),
        ("/shop/**", "/shop/a/b", True),
        ("/shop/**", "/shopping", False),
        ("/shop/**", "/sh%6fp/a", True),
        ("/shop/**", "/shop%2Fa", False),
        ("/shop/**", "//shop/a", False),
        ("/shop/*", "/shop/a", True),
        ("/shop/*", "/shop/a%2Fb", True),
        ("/shop/*", "/shop", False),
        ("/shop/*", "/shop/", False),
        ("/shop/*", "/shop/a/b", False),
        ("/*/orders/**", "/7/orders/1", True),
        ("/*/orders/**", "/7/8/orders", False),
        ("/**", "/", True),
        ("/**", "/a/b", True),
        ("/", "/", True),
        ("/", "/a", False),
        ("/a", "/a", True),
        ("/a", "/a/", False),
        ("/a.b", "/axb", False),
        ("/café/**", "/caf%c3%a9/x", True),
    ],
)
def test_a_path_is_matched_by_segments(pattern: str, path: str, expected: bool) -> None:  # noqa: FBT001 - a column of the table
    """`**` is everything below, `*` is one segment, the rest is itself in any spelling."""
    assert matches(Match(path=pattern), path) is expected


def test_an_exact_path_has_no_special_characters() -> None:
    """A star in `exact` is a star."""
    assert matches(Match(exact="/a/*"), "/a/*")
    assert not matches(Match(exact="/a/*"), "/a/b")


def test_a_regex_matches_the_whole_path() -> None:
    """What a regular expression leaves over keeps it from matching."""
    assert matches(Match(regex=r"/v\d+/.*"), "/v12/a%2Fb")
    assert not matches(Match(regex=r"^/v\d+/"), "/v12/a")


@pytest.mark.parametrize(
    ("wanted", "host", "expected"),
    [
        ("api.example.com", "API.example.com:8443", True),
        ("api.example.com", "api.example.com.", True),
        ("api.example.com", "example.com", False),
        ("*.example.com", "a.b.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "badexample.com", False),
        ("[::1]", "[::1]:80", True),
    ],
)
def test_a_host_is_matched_without_its_port(wanted: str, host: str, expected: bool) -> None:  # noqa: FBT001 - a column of the table
    """Letter case and port do not matter; a star is one label or more."""
    assert matches(Match(host=wanted), host=host) is expected


def test_get_includes_head() -> None:
    """A route for GET answers HEAD too, and nothing else."""
    match = Match(methods=("GET",))

    assert matches(match, method="HEAD")
    assert not matches(match, method="POST")


def test_headers_are_matched_by_value_or_presence() -> None:
    """Every header asked for is there, with its value or any."""
    match = Match(headers={"X-Canary": "1", "x-user": "*"})

    assert matches(match, headers=((b"x-canary", b"0"), (b"x-canary", b"1"), (b"x-user", b"")))
    assert not matches(match, headers=((b"x-canary", b"1"),))
    assert not matches(match, headers=((b"x-canary", b"2"), (b"x-user", b"7")))


def test_query_parameters_are_matched_decoded() -> None:
    """Every parameter asked for is there, once or among others of its name."""
    match = Match(query={"v": "a b", "debug": "*"})

    assert matches(match, query="v=1&v=a%20b&debug")
    assert not matches(match, query="v=a+b")
    assert not matches(match, query="v=ab&debug=1")


def test_the_first_match_wins() -> None:
    """Routes are tried in the order in which they were written."""
    first = Route(match=Match(path="/a/**"), to="first")
    table = RouteTable([first, Route(to="second"), Route(match=Match(path="/b"), to="third")])

    assert table.find("", "GET", "/a/x", (), "") is first
    assert table.find("", "GET", "/b", (), "") is table.routes[1]


def test_allowed_are_the_methods_that_would_have_matched() -> None:
    """The methods of every route that fits but for its method, sorted."""
    table = RouteTable(
        [
            Route(match=Match(path="/a", methods=("PUT",)), to="u"),
            Route(match=Match(path="/**", methods=("GET",)), to="u"),
            Route(match=Match(path="/b", methods=("DELETE",)), to="u"),
        ]
    )

    assert table.allowed("", "/a", (), "") == ("GET", "HEAD", "PUT")


def test_an_overlong_path_belongs_to_no_route() -> None:
    """The work a path can make is bounded."""
    assert matches(Match(path="/**"), "/" + "a" * (MAX_PATH - 1))
    assert not matches(Match(path="/**"), "/" + "a" * MAX_PATH)


@pytest.mark.parametrize(
    ("rewrite", "path", "expected"),
    [
        (Rewrite(), "/shop//a%2f", "/shop//a%2f"),
        (Rewrite(strip="/shop"), "/shop", "/"),
        (Rewrite(strip="/shop"), "/shop/", "/"),
        (Rewrite(strip="/shop/"), "/shop/a", "/a"),
        (Rewrite(strip="/shop"), "/shop//a", "//a"),
        (Rewrite(strip="/shop"), "/%73hop/%61", "/%61"),
        (Rewrite(strip="/shop"), "/shopping", "/shopping"),
        (Rewrite(strip="/shop"), "/other/shop", "/other/shop"),
        (Rewrite(strip="/shop/v1"), "/shop/v1/a", "/a"),
        (Rewrite(strip="/shop/v1"), "/shop", "/shop"),
        (Rewrite(strip="/shop", prefix="/v2/"), "/shop/a", "/v2/a"),
        (Rewrite(strip="/shop", prefix="/v2"), "/shop", "/v2"),
        (Rewrite(prefix="/v2"), "/a", "/v2/a"),
    ],
)
def test_a_rewrite_changes_whole_segments(rewrite: Rewrite, path: str, expected: str) -> None:
    """Segments are taken off and put on; what stays keeps its spelling."""
    assert Route(to="u", rewrite=rewrite).target(path) == expected


@pytest.mark.parametrize(
    ("mistake", "sentence"),
    [
        ({"path": "/a", "regex": "/a"}, "path and regex exclude each other"),
        ({"path": "a/**"}, "path: 'a/[*][*]' does not begin with /"),
        ({"exact": ""}, "exact: '' does not begin with /"),
        ({"path": "/a/**/b"}, "before the last"),
        ({"path": "/v*"}, "not a whole segment"),
        ({"regex": "/("}, "regex: '/[(]' is not a regular expression: missing [)]"),
        ({"host": "example.com:80"}, "host: 'example.com:80' is neither"),
        ({"host": "*"}, "host: '[*]' is neither"),
        ({"methods": ("get",)}, "method: 'get' is not an HTTP method in capitals"),
        ({"headers": {"x y": "1"}}, "headers: 'x y' is not the name of a header"),
    ],
)
def test_a_mistaken_match_is_explained(mistake: dict[str, Any], sentence: str) -> None:
    """A match that cannot work is refused where it is written."""
    with pytest.raises(ValueError, match=sentence):
        Match(**mistake)


@pytest.mark.parametrize("part", [{"strip": "shop"}, {"prefix": "/"}, {"strip": "/shop/**"}])
def test_a_mistaken_rewrite_is_explained(part: dict[str, str]) -> None:
    """A rewrite is made of whole segments."""
    with pytest.raises(ValueError, match="is not a path of whole segments"):
        Rewrite(**part)


@pytest.mark.parametrize("path", ["/...", "/.a", "/a..", "/a/..b/%2e%2e%2e", "/..a/.well-known"])
def test_dots_within_a_segment_are_no_dot_segment(path: str) -> None:
    """Only a segment that is nothing but one or two dots leads elsewhere."""
    assert not has_dot_segment(path)


PATHS = st.lists(
    st.sampled_from(["/", "a", "b", "%61", "%2F", "%2f", "..", "%", "*", "é", "\n"]), max_size=8
).map("".join)
PATTERNS = st.sampled_from(["/a/**", "/a/*", "/*/b", "/**", "/b", "/a%2Fb", "/é/**"])
MATCHES = st.one_of(
    st.builds(Match, path=PATTERNS, methods=st.sampled_from([(), ("GET",), ("POST", "PUT")])),
    st.builds(Match, exact=PATTERNS),
    st.builds(Match, regex=st.sampled_from(["/a.*", ".*b", "/[ab]/?"])),
    st.builds(Match, host=st.sampled_from(["a.test", "*.test"])),
    st.builds(Match, query=st.just({"a": "1"}), headers=st.just({"a": "*"})),
)
TABLES = st.lists(st.builds(Route, match=MATCHES, to=st.just("u")), max_size=6)


@given(
    TABLES,
    st.one_of(st.sampled_from(["a.test", "B.TEST:1", "", "["]), st.text()),
    st.sampled_from(["GET", "HEAD", "POST", "BREW"]),
    st.one_of(PATHS, st.text()),
    st.sampled_from(["", "a=1", "a=1&a", "%%%=&&"]),
)
def test_find_is_the_first_route_that_matches_alone(
    routes: list[Route], host: str, method: str, path: str, query: str
) -> None:
    """Whatever is asked, nothing raises, and no route hides one before it."""
    headers = ((b"a", b"x"),)

    found = RouteTable(routes).find(host, method, path, headers, query)

    alone = (
        route for route in routes if RouteTable([route]).find(host, method, path, headers, query)
    )
    assert found is next(alone, None)


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/%61%2f%7E", "/a%2F~"), ("/%2561", "/%2561"), ("/%zz/%", "/%zz/%"), ("/%c3%A9", "/%C3%A9")],
)
def test_a_path_has_one_spelling(path: str, expected: str) -> None:
    """Needless escapes are decoded once, needed ones are upper case, broken ones stay."""
    assert spelt(path) == expected
