"""What descriptions call the parts of a list that is given page by page, in plain names."""

import re

CURSORS = frozenset(
    [
        *("after", "bookmark", "continuation", "continuationtoken", "cursor", "endcursor"),
        *("marker", "nextcursor", "nextmarker", "nextpagetoken", "nexttoken", "pageafter"),
        *("pagecursor", "pagetoken", "scrollid", "startcursor", "startingafter"),
        *("startingtoken",),
    ]
)
AFTER_ITEM = frozenset(("after", "afterid", "pageafter", "startafter", "startingafter", "sinceid"))
"""Cursors that may be the identity of an item."""
NUMBERS = frozenset(("page", "pageindex", "pageno", "pagenum", "pagenumber"))
OFFSETS = frozenset(("offset", "pageoffset", "skip", "start", "startat", "startindex"))
SIZES = frozenset(
    [
        *("count", "first", "itemsperpage", "limit", "max", "maximumpagesize", "maxitems"),
        *("maxpagesize", "maxresults", "pagelimit", "pagesize", "perpage", "rows", "size"),
        *("take", "top"),
    ]
)
NEXTS = frozenset(
    [
        *("after", "continuation", "continuationtoken", "cursor", "endcursor", "next"),
        *("nextcursor", "nextmarker", "nextpagecursor", "nextpagetoken", "nexttoken"),
        *("scrollid",),
    ]
)
NEXT_URLS = frozenset(("nextlink", "nextpageuri", "nextpageurl", "nexturl", "odatanextlink"))
HOLDERS = frozenset(
    [
        *("cursor", "cursors", "data", "embedded", "links", "meta", "metadata", "next", "page"),
        *("pageinfo", "pages", "paging", "pagination", "response", "responsemetadata"),
        *("result",),
    ]
)
"""Objects in which an answer speaks of its pages, or has its list."""
MORE = frozenset(("hasmore", "hasnext", "hasnextpage", "ismore", "more"))
TOTALS = frozenset(
    ("total", "totalcount", "totalelements", "totalitems", "totalresults", "totalsize")
)
TOTAL_HEADERS = ("x-total-count", "x-total", "total-count")
ASIDE = frozenset(("errors", "links", "messages", "warnings"))
"""Lists in an answer that are not what was asked for."""

_SIGNS = re.compile(r"[^a-z0-9]")

TURNING = CURSORS | AFTER_ITEM | NUMBERS | OFFSETS
"""Parameters that say which page is wanted, by their plain names."""
LINKED = (
    *("after", "cursor", "limit", "offset", "page", "page_token", "per_page", "since"),
    *("page[after]", "page[cursor]", "page[number]", "page[offset]", "page[size]"),
    *("$skip", "$skiptoken", "$skipToken", "$top", "skipToken"),
)
"""Parameters that links to a next page have, declared or not."""


def plain(name: str) -> str:
    """`page[next_Cursor]` -> `pagenextcursor`"""
    return _SIGNS.sub("", name.lower())
