"""Which route a request belongs to: the first whose match fits, in the order they were written.

Paths are compared in one spelling: an escape of a character that needs none is decoded, the hex
digits of others are upper case (RFC 3986 §6.2.2), so `/%61dmin` cannot slip past a route for
`/admin`. An escaped slash stays `%2F` and separates nothing. What is forwarded is spelt as it came.
"""

import re
import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, AnyStr, NamedTuple
from urllib.parse import parse_qsl, quote

from typing_extensions import Doc

from upstreams.kind import Key

MAX_PATH = 8 * 1024
"""The longest path, in bytes, that is matched; a longer one belongs to no route."""

ANY = "*"
"""The value of a header or query condition that asks for presence only."""

_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset(string.ascii_letters + string.digits + "-._~")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

# A semicolon ends a segment too: some servers cut `..;x` to `..` before they resolve it.
_DOT_SEGMENT = re.compile(r"(?:/|\\|%2f|%5c)(?:\.|%2e){1,2}(?=/|\\|;|%2f|%5c|%3b|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What a request must be like; every condition given must hold."""

    path: Annotated[
        str | None,
        Doc(
            "A path by segments: /shop/** is /shop and everything below it, "
            "* stands for exactly one segment."
        ),
    ] = None
    exact: Annotated[str | None, Doc("The one path, with no character special.")] = None
    regex: Annotated[
        str | None,
        Doc("A Python regular expression that the whole path must match, e.g. /v[0-9]+/.*"),
    ] = None
    host: Annotated[
        str | None,
        Doc("The host asked for, without its port; *.example.com is any name below example.com."),
    ] = None
    methods: Annotated[
        tuple[str, ...], Key("method"), Doc("HTTP methods; GET includes HEAD. Default: all.")
    ] = ()
    headers: Annotated[
        Mapping[str, str], Doc("Headers and their exact values; * asks for presence only.")
    ] = field(default_factory=dict)
    query: Annotated[
        Mapping[str, str],
        Doc("Query parameters and their exact values, decoded; * asks for presence only."),
    ] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raises `ValueError` with one sentence per mistake."""
        if problems := tuple(_problems(self)):
            raise ValueError("; ".join(problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """How the path changes on its way to the backend."""

    strip: Annotated[
        str, Doc("Leading segments to take off where they are there: /shop/a becomes /a.")
    ] = ""
    prefix: Annotated[str, Doc("Leading segments to put on, after stripping.")] = ""

    def __post_init__(self) -> None:
        """Raises `ValueError` when a part is not made of whole segments."""
        for name, value in (("strip", self.strip), ("prefix", self.prefix)):
            if value and (not value.startswith("/") or value == "/" or "*" in value):
                raise ValueError(f"{name}: {value!r} is not a path of whole segments, as in /shop")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A match and the upstream it leads to."""

    match: Annotated[Match, Doc("Which requests belong to this route.")] = field(
        default_factory=Match
    )
    to: Annotated[str, Doc("The name of the upstream they are forwarded to.")]
    rewrite: Annotated[Rewrite, Doc("How the path changes on the way.")] = field(
        default_factory=Rewrite
    )

    def target(self, raw_path: str) -> str:
        """The path to ask the backend for: as it came, but for what `rewrite` says."""
        return self.rewrite.prefix.rstrip("/") + _stripped(raw_path, self.rewrite.strip) or "/"


class RouteTable:
    """The routes, compiled once and asked for every request."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = tuple(routes)
        rows = tuple(_row(route) for route in self.routes)
        self.reads_headers = any(row.headers for row in rows)
        """Whether `find` looks at any."""
        self._anywhere = tuple(row for row in rows if row.under is None)
        self._under = {
            segment: tuple(row for row in rows if row.under in (segment, None))
            for segment in {row.under for row in rows if row.under is not None}
        }

    def find(
        self,
        host: str,
        method: str,
        raw_path: str,
        headers: Sequence[tuple[bytes, bytes]],
        query: str,
    ) -> Route | None:
        """The first route that matches, in the order they were written.

        `host` is the `Host` header; names of `headers` are lower case, their values UTF-8; `query`
        is undecoded.
        """
        if len(raw_path) > MAX_PATH:
            return None
        asked = _Asked(host, spelt(raw_path), headers, query)
        for row in self._rows(asked.path):
            if (not row.methods or method in row.methods) and row.fits(asked):
                return row.route
        return None

    def allowed(
        self, host: str, raw_path: str, headers: Sequence[tuple[bytes, bytes]], query: str
    ) -> tuple[str, ...]:
        """The methods with which `find` would have found something, sorted."""
        asked = _Asked(host, spelt(raw_path), headers, query)
        rows = (row for row in self._rows(asked.path) if row.fits(asked))
        return tuple(sorted({method for row in rows for method in row.methods}))

    def _rows(self, path: str) -> "tuple[_Row, ...]":
        """The rows that may fit a path, in order: most are told apart by its first segment."""
        return self._under.get(_first_segment(path), self._anywhere)


def has_dot_segment(raw_path: str) -> bool:
    """Whether a backend might resolve a `.` or `..` in the path and so leave its route.

    Escaped dots and slashes, backslashes and `..;x` count: `/shop/%2e%2e%2Fadmin` has one.
    """
    may = "." in raw_path or "%" in raw_path
    return may and _DOT_SEGMENT.search(raw_path) is not None


def hostname(host: str) -> str:
    """`API.example.com:8443` -> `api.example.com`; an IPv6 address keeps its brackets."""
    name = host.lower()
    if name.startswith("["):
        return name.partition("]")[0] + "]"
    return name.partition(":")[0].removesuffix(".")


def spelt(raw_path: str) -> str:
    """`/%61/b%2fc` -> `/a/b%2Fc`: equal paths spelt equally."""
    return _ESCAPE.sub(_plain, raw_path) if "%" in raw_path else raw_path


def _plain(escape: re.Match[str]) -> str:
    character = chr(int(escape[1], 16))
    return character if character in _UNRESERVED else escape[0].upper()


def _stripped(raw_path: str, strip: str) -> str:
    """The path without the segments of `strip`; as it is where it does not begin with them."""
    if not strip:
        return raw_path
    strip = strip.rstrip("/")
    depth = strip.count("/") + 1
    begin = "/".join(raw_path.split("/", depth)[:depth])
    if begin != strip and spelt(begin) != _written(strip):
        return raw_path
    return raw_path[len(begin) :]


class _Asked(NamedTuple):
    host: str
    path: str
    headers: Sequence[tuple[bytes, bytes]]
    query: str


@dataclass(frozen=True, slots=True)
class _Row:
    route: Route
    under: str | None
    """The first segment of every path that fits; None when there may be several."""
    methods: frozenset[str]
    path: re.Pattern[str] | None
    host: str
    headers: tuple[tuple[bytes, bytes], ...]
    query: tuple[tuple[str, str], ...]

    def fits(self, asked: _Asked) -> bool:
        """Whether all but the method is as the route wants it."""
        return (
            (self.path is None or self.path.fullmatch(asked.path) is not None)
            and (not self.host or _fits_host(self.host, hostname(asked.host)))
            and (not self.headers or _holds(self.headers, asked.headers, ANY.encode()))
            and (not self.query or _holds(self.query, _parameters(asked.query), ANY))
        )


def _row(route: Route) -> _Row:
    match = route.match
    methods = frozenset(match.methods)
    return _Row(
        route,
        _under(match),
        methods | {"HEAD"} if "GET" in methods else methods,
        _pattern(match),
        (match.host or "").lower(),
        tuple((name.lower().encode(), value.encode()) for name, value in match.headers.items()),
        tuple(match.query.items()),
    )


def _pattern(match: Match) -> re.Pattern[str] | None:
    if match.regex is not None:
        return re.compile(match.regex)
    if match.exact is not None:
        return re.compile(re.escape(_written(match.exact)))
    if match.path is not None:
        return re.compile(_by_segments(match.path), re.DOTALL)
    return None


def _under(match: Match) -> str | None:
    path = match.exact if match.exact is not None else match.path
    if path is None or (match.exact is None and "*" in _first_segment(path)):
        return None
    return _written(_first_segment(path))


def _first_segment(path: str) -> str:
    """`/shop/a` -> `shop`."""
    return path.removeprefix("/").partition("/")[0]


def _by_segments(path: str) -> str:
    """`/a/*/b/**` -> `/a/[^/]+/b(?:/.*)?`."""
    stem, below = (path[:-3], "(?:/.*)?") if path.endswith("/**") else (path, "")
    segments = (
        "[^/]+" if segment == "*" else re.escape(_written(segment)) for segment in stem.split("/")
    )
    return "/".join(segments) + below


def _written(path: str) -> str:
    """A path of the configuration, spelt as requests are: `/café` -> `/caf%C3%A9`."""
    return spelt(quote(path, safe=string.punctuation))


def _fits_host(wanted: str, host: str) -> bool:
    return host.endswith(wanted[1:]) if wanted.startswith("*.") else host == wanted


def _parameters(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True)


def _holds(
    conditions: Iterable[tuple[AnyStr, AnyStr]],
    pairs: Sequence[tuple[AnyStr, AnyStr]],
    anything: AnyStr,
) -> bool:
    return all(
        any(name == key and wanted in (anything, value) for key, value in pairs)
        for name, wanted in conditions
    )


def _problems(match: Match) -> Iterator[str]:
    given = [name for name in ("path", "exact", "regex") if getattr(match, name) is not None]
    if len(given) > 1:
        yield f"{' and '.join(given)} exclude each other; keep one"
    yield from _path_problems(match)
    if match.host is not None and not _is_host(match.host):
        yield f"host: {match.host!r} is neither a host name without port nor *.suffix"
    for method in match.methods:
        if not _TOKEN.fullmatch(method) or method != method.upper():
            yield f"method: {method!r} is not an HTTP method in capitals"
    for name in match.headers:
        if not _TOKEN.fullmatch(name):
            yield f"headers: {name!r} is not the name of a header"


def _path_problems(match: Match) -> Iterator[str]:
    for name, path in (("path", match.path), ("exact", match.exact)):
        if path is not None and not path.startswith("/"):
            yield f"{name}: {path!r} does not begin with /"
    if match.path is not None and not _has_whole_stars(match.path):
        yield (f"path: {match.path!r} has a * that is not a whole segment, or a ** before the last")
    if match.regex is not None:
        yield from _regex_problems(match.regex)


def _regex_problems(regex: str) -> Iterator[str]:
    try:
        re.compile(regex)
    except (re.error, OverflowError, RecursionError) as error:
        yield f"regex: {regex!r} is not a regular expression: {error}"


def _has_whole_stars(path: str) -> bool:
    *segments, last = path.split("/")
    return all(segment == "*" or "*" not in segment for segment in segments) and (
        last in ("*", "**") or "*" not in last
    )


def _is_host(host: str) -> bool:
    name = host.removeprefix("*.")
    return bool(name) and not set(name) & set("*/ @") and hostname(name) == name.lower()
