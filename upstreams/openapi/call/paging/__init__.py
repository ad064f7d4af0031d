"""Lists that a backend gives page by page, as one connection.

Read in this order: `cursors` (a place in a list as text), `pages` (what a page says of the next).
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import Any, TypeAlias

from upstreams.errors import BadInput, Malformed
from upstreams.openapi.call.paging.cursors import Cursors, Place, Query
from upstreams.openapi.call.paging.pages import Answered, Page, Pages, at_page
from upstreams.openapi.model import Paging

__all__ = ["Answered", "Ask", "Connection", "Query", "at_page"]

Ask: TypeAlias = Callable[[Query], Awaitable[Answered]]
"""Gets the page that query parameters name. Raises `CallError`."""

_CIRCLE = (
    "its pages lead in a circle, or on by parameters that the description does not declare:"
    " `position` under `pages` may name one"
)


class Connection:
    """A function's list as clients ask for it: so many items, from here on."""

    def __init__(self, name: str, paging: Paging, limit: int) -> None:
        """`name` is the function's; all pages together may have `limit` bytes."""
        self._paging = paging
        self._limit = limit
        self._cursors = Cursors(name, paging)
        self._pages = Pages(paging)

    async def value(self, arguments: Mapping[str, Any], ask: Ask) -> dict[str, Any]:
        """The items that are wanted, from as many pages as it takes, one after the other.

        Raises `BadInput` for more than is allowed and for what is no cursor, `Malformed` where the
        pages do not lead on, and whatever asking for one of them raises.
        """
        wanted = self._wanted(arguments.get("first"))
        start = self._start(arguments.get("after"), wanted)
        edges: list[dict[str, Any]] = []
        total: int | None = None
        async for here, page in self._walk(start, ask):
            room = (self._paging.max_items if wanted is None else wanted) - len(edges)
            edges += self._edges(here, page, room)
            total = page.total if total is None else total
            more = page.following is not None or len(page.items) - here.skip > room
            if wanted is None or len(edges) == wanted or not more:
                end = page.following and self._cursors.text(page.following)
                return _connection(edges, end if more else None, total, more=more)
        raise BadInput(
            f"`first` takes more than {self._paging.max_pages} pages of the backend: ask for at"
            f" most {len(edges)}, then go on with `after`"
        )

    def _wanted(self, first: int | None) -> int | None:
        if first is not None and not 0 <= first <= self._paging.max_items:
            raise BadInput(f"`first` is between 0 and {self._paging.max_items}")
        return first

    def _start(self, after: str | None, wanted: int | None) -> Place:
        size = _size(self._paging, wanted)
        start = self._pages.start(size)
        if after is not None:
            start = self._pages.resized(self._cursors.place(after), size)
        asked = self._pages.size(start)
        if asked and wanted and wanted + start.skip > asked * self._paging.max_pages:
            most = asked * self._paging.max_pages - start.skip
            raise BadInput(f"`first` may be {most} here: {self._paging.max_pages} pages of {asked}")
        return start

    async def _walk(self, here: Place, ask: Ask) -> AsyncIterator[tuple[Place, Page]]:
        """The pages from a place on, as many as are allowed."""
        met: set[Query] = set()
        size = 0
        for _ in range(self._paging.max_pages):
            met.add(here.query)
            answered = await ask(here.query)
            size += len(answered.response.body)
            if size > self._limit:
                raise Malformed(f"the pages have more than the limit of {self._limit} bytes")
            page = self._pages.page(here, answered)
            if page.following is not None and page.following.query in met:
                raise Malformed(_CIRCLE)
            yield here, page
            if page.following is None:
                return
            here = page.following

    def _edges(self, here: Place, page: Page, room: int) -> Iterator[dict[str, Any]]:
        last = len(page.items) - 1
        for index, item in enumerate(page.items[here.skip : here.skip + room], start=here.skip):
            after = Place(here.query, index + 1)
            if index == last and page.following is not None:
                after = page.following
            yield {"cursor": self._cursors.text(after), "node": item}


def _size(paging: Paging, wanted: int | None) -> int | None:
    """How many items to ask of one page; None: what the backend thinks right."""
    if not paging.size or wanted is None or paging.most is None:
        return paging.usual if paging.size else None
    return max(1, min(wanted, paging.most))


def _connection(
    edges: list[dict[str, Any]], following: str | None, total: int | None, *, more: bool
) -> dict[str, Any]:
    end = edges[-1]["cursor"] if edges else following
    return {
        "nodes": [one["node"] for one in edges],
        "edges": edges,
        "pageInfo": {"hasNextPage": more, "endCursor": end},
        "totalCount": total,
    }
