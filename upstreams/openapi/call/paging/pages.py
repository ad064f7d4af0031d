"""What an answer says of its page and of the next one."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import SplitResult, parse_qs, unquote_plus, urljoin, urlsplit

from upstreams.errors import Malformed
from upstreams.openapi.call.paging.cursors import Place, Query
from upstreams.openapi.model import By, Paging
from upstreams.openapi.styles import encoded
from upstreams.transport import Response

_PORTS = {"http": 80, "https": 443}
_PARAMETERS = 200
_DIGITS = 15
_LINK = re.compile(r'<([^<>]*)>((?:"(?:[^"\\]|\\.)*"|[^",<>])*)')
_REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))', re.IGNORECASE)


class Answered(NamedTuple):
    """One page, as it came."""

    server: str
    """Where the backend is: what every URL of its functions begins with."""
    url: str
    """What was asked for, without what says which page."""
    response: Response
    value: Any


class Page(NamedTuple):
    """What one answer says."""

    items: Sequence[Any]
    following: Place | None
    """Where the next page begins; None after the last."""
    total: int | None
    """How many items there are on all pages, where it says so."""


class Pages:
    """Reads the pages of one function."""

    def __init__(self, paging: Paging) -> None:
        self._paging = paging

    def start(self, size: int | None) -> Place:
        """The first page, with that many items."""
        paging = self._paging
        numbered = paging.by is not By.CURSOR
        return Place(self._query(str(paging.start) if numbered else None, size))

    def resized(self, place: Place, size: int | None) -> Place:
        """The same place, in pages of another size where that is possible."""
        paging, asked = self._paging, self.size(place)
        if paging.by is By.OFFSET:
            return Place(self._query(str(self._position(place) + place.skip), size))
        if size is None or asked is None:
            return place
        if paging.by is By.PAGE:
            index = (self._position(place) - paging.start) * asked + place.skip
            return Place(self._query(str(paging.start + index // size), size), index % size)
        if paging.by is By.CURSOR and place.skip == 0:
            return Place(self._query(dict(place.query).get(paging.position), size))
        return place

    def size(self, place: Place) -> int | None:
        """How many items its page was asked to have."""
        text = dict(place.query).get(self._paging.size, "")
        return int(text) if text.isdecimal() and self._paging.size else None

    def page(self, here: Place, answered: Answered) -> Page:
        """What an answer says, which was asked for at a place. Raises `Malformed`."""
        items = _at(answered.value, self._paging.items)
        if items is None:
            items = []
        if not isinstance(items, list):
            raise Malformed("a list was promised, something else came")
        total = self._total(answered)
        return Page(items, self._following(here, answered, items, total), total)

    def _query(self, position: str | None, size: int | None) -> Query:
        paging = self._paging
        asked = None if size is None else str(size)
        pairs = ((paging.position, position), (paging.size, asked))
        return tuple((name, value) for name, value in pairs if name and value is not None)

    def _position(self, place: Place) -> int:
        return int(dict(place.query)[self._paging.position])

    def _total(self, answered: Answered) -> int | None:
        paging = self._paging
        if paging.total_header:
            found: Any = answered.response.header(paging.total_header)
        else:
            found = _at(answered.value, paging.total) if paging.total else None
        text = str(found) if isinstance(found, str | int) else ""
        return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else None

    def _following(
        self, here: Place, answered: Answered, items: Sequence[Any], total: int | None
    ) -> Place | None:
        paging = self._paging
        if paging.more and _at(answered.value, paging.more) is not True:
            return None
        match paging.by:
            case By.LINK:
                return self._linked(answered)
            case By.CURSOR:
                return self._continued(here, answered, items)
            case _:
                return self._counted(here, answered, items, total)

    def _linked(self, answered: Answered) -> Place | None:
        if self._paging.next:
            url = _text(_at(answered.value, self._paging.next))
        else:
            headers = answered.response.headers
            lines = (value for name, value in headers if name.lower() == "link")
            url = next((one for line in lines for one in _next_links(line)), None)
        return self._taken_over(answered, url) if url else None

    def _continued(self, here: Place, answered: Answered, items: Sequence[Any]) -> Place | None:
        paging = self._paging
        where = _at(items[-1] if items else None, paging.key) if paging.key else None
        cursor = _text(where if paging.key else _at(answered.value, paging.next))
        if not cursor:
            return None
        if cursor.startswith(("http://", "https://")):
            return self._taken_over(answered, cursor)
        return Place(self._query(cursor, self.size(here)))

    def _counted(
        self, here: Place, answered: Answered, items: Sequence[Any], total: int | None
    ) -> Place | None:
        """The next page or offset; none after a page that is empty, not full, or the last."""
        paging, size = self._paging, self.size(here)
        if not items or (size is not None and len(items) < size):
            return None
        if paging.next and _at(answered.value, paging.next) is None:
            return None
        position = self._position(here)
        if paging.by is By.OFFSET:
            seen: int | None = position - paging.start + len(items)
            following = position + len(items)
        else:
            seen = size and (position - paging.start + 1) * size
            following = position + 1
        if total is not None and seen is not None and seen >= total:
            return None
        return Place(self._query(str(following), size))

    def _taken_over(self, answered: Answered, url: str) -> Place:
        """Of a next page's URL, the parameters that say which page it is. Raises `Malformed`.

        The URL itself is never called: whoever answers might send us anywhere with it.
        """
        try:
            here, there = urlsplit(answered.url), urlsplit(urljoin(answered.url, url))
            if not _is_below(there, urlsplit(answered.server)):
                raise Malformed("the next page lies elsewhere; refused")
            before = parse_qs(here.query, keep_blank_values=True)
            found = parse_qs(there.query, keep_blank_values=True, max_num_fields=_PARAMETERS)
        except ValueError as error:
            raise Malformed("the URL of the next page is none") from error
        names = self._paging.links or (self._paging.position, self._paging.size)
        return Place(
            tuple(
                (name, value)
                for name in names
                if name in found and found[name] != before.get(name)
                for value in found[name]
            )
        )


def at_page(url: str, query: Query) -> str:
    """The URL with the parameters that say which page, in place of those of the same names."""
    if not query:
        return url
    bare, _, written = url.partition("?")
    names = {name for name, _ in query}
    kept = [one for one in written.split("&") if one and _name(one) not in names]
    added = [f"{encoded(name)}={encoded(value)}" for name, value in query]
    return f"{bare}?{'&'.join((*kept, *added))}"


def _name(pair: str) -> str:
    return unquote_plus(pair.partition("=")[0])


def _is_below(url: SplitResult, server: SplitResult) -> bool:
    """Whether a URL has the scheme, the host, the port and the base path of the server."""
    base = server.path.rstrip("/")
    same = (_origin(url) == _origin(server)) and ".." not in url.path.split("/")
    return same and (url.path == base or url.path.startswith(f"{base}/"))


def _origin(url: SplitResult) -> tuple[str, str | None, int | None]:
    return url.scheme, url.hostname, url.port or _PORTS.get(url.scheme)


def _next_links(line: str) -> Iterator[str]:
    """The targets of a `Link` header that are the next page (RFC 8288 section 3)."""
    for target, parameters in _LINK.findall(line):
        relation = _REL.search(parameters)
        if relation and "next" in (relation[1] or relation[2] or "").lower().split():
            yield target


def _at(value: Any, path: Sequence[str]) -> Any:
    """What is at a path in a value; None where there is nothing."""
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _text(value: Any) -> str | None:
    """A cursor as text; None where there is none. Raises `Malformed` for what cannot be one."""
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise Malformed("what leads to the next page is no text")
