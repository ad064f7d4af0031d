"""How a function is paged through, as far as its description lets one see."""

from collections.abc import Callable, Mapping

import msgspec

from upstreams.json_schema import Documents, Unresolved
from upstreams.model import Named, ScalarKind, innermost
from upstreams.openapi.model import By, Paging
from upstreams.openapi.translate.paging.seen import Asked, Seen, at
from upstreams.openapi.translate.paging.words import (
    AFTER_ITEM,
    CURSORS,
    LINKED,
    MORE,
    NEXT_URLS,
    NEXTS,
    NUMBERS,
    OFFSETS,
    SIZES,
    TOTAL_HEADERS,
    TOTALS,
    plain,
)

_TEXTS = frozenset((ScalarKind.STRING, ScalarKind.ID, ScalarKind.UUID, ScalarKind.URI))
_WHOLE = frozenset((ScalarKind.INT, ScalarKind.LONG, ScalarKind.BIG_INT, ScalarKind.FLOAT))


def recognised(documents: Documents, one: Seen, by: By = By.AUTO) -> Paging | None:
    """How a function is paged through, in one way or in any; None when it does not show."""
    ways = _WAYS.values() if by is By.AUTO else (_WAYS[by],)
    found = next(filter(None, (way(one) for way in ways)), None)
    return found and completed(documents, one, found)


def completed(documents: Documents, one: Seen, paging: Paging) -> Paging:
    """The same with what the description says of its sizes and its numbers."""
    size = next((it for it in one.query if it.parameter.name == paging.size), None)
    position = next((it for it in one.query if it.parameter.name == paging.position), None)
    usual, most = _sizes(documents, size) if size else (None, None)
    start = 0 if paging.by is By.OFFSET else 1
    told = paging.total or paging.total_header
    total = paging.total if told else one.listing.where(TOTALS, _WHOLE)
    headers = () if told or total else (name for name in TOTAL_HEADERS if name in one.headers)
    return msgspec.structs.replace(
        paging,
        total=total,
        total_header=paging.total_header or next(iter(headers), ""),
        start=_first(documents, position, start) if position else start,
        usual=usual,
        most=most,
    )


def _sizes(documents: Documents, size: Asked) -> tuple[int | None, int | None]:
    """How many items a page has where nothing is said, and how many may be asked for."""
    usual = _whole(size.field.default)
    maximum = _limit(documents, size, "maximum")
    known = [one for one in (usual, maximum) if one and one > 0]
    return usual or None, max(known, default=None)


def _first(documents: Documents, position: Asked, usual: int) -> int:
    default = _whole(position.field.default)
    found = _limit(documents, position, "minimum") if default is None else default
    return found if found in (0, 1) else usual


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 10 else None


def _limit(documents: Documents, asked: Asked, keyword: str) -> int | None:
    """What the schema of a parameter says to a keyword."""
    place = at(documents, asked.field.source)
    try:
        schema = documents.resolve(place.child("schema")) if "schema" in place.members else place
    except Unresolved:
        return None
    value = schema.members.get(keyword)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _size(one: Seen) -> str:
    found = one.asked(SIZES, _WHOLE)
    return found.parameter.name if found else ""


def _by_link(one: Seen) -> Paging | None:
    url = (
        one.listing.where(frozenset(("next",)), frozenset((ScalarKind.URI,)))
        or one.listing.where(NEXT_URLS, _TEXTS)
        or one.listing.where(frozenset(("linksnext",)), _TEXTS, last=2)
        or one.listing.where(frozenset(("linksnexthref",)), _TEXTS, last=3)
    )
    if not url and "link" not in one.headers:
        return None
    declared = (asked.parameter.name for asked in one.query)
    # Asked for a first page, some backends tell of the next that do not without.
    number = one.asked(NUMBERS, _WHOLE)
    return Paging(
        By.LINK,
        number.parameter.name if number else "",
        size=_size(one),
        items=one.listing.items,
        next=url,
        links=tuple(dict.fromkeys((*declared, *LINKED))),
    )


def _by_cursor(one: Seen) -> Paging | None:
    following = one.listing.where(NEXTS, _TEXTS)
    names = CURSORS | {plain(following[-1])} if following else CURSORS
    position = one.asked(names, _TEXTS)
    if position is None:
        return _by_item(one)
    if not following:
        return _by_item(one)
    return Paging(
        By.CURSOR,
        position.parameter.name,
        _size(one),
        one.listing.items,
        next=following,
        more=one.listing.where(MORE, frozenset((ScalarKind.BOOLEAN,))),
    )


def _by_item(one: Seen) -> Paging | None:
    """By the identity of the last item, where the answer says whether there is more."""
    position = one.asked(AFTER_ITEM, _TEXTS)
    more = one.listing.where(MORE, frozenset((ScalarKind.BOOLEAN,)))
    item = innermost(one.listing.item)
    kind = one.types.get(item.key) if isinstance(item, Named) else None
    names = {field.name for field in getattr(kind, "fields", ())}
    if position is None or not more or "id" not in names:
        return None
    return Paging(
        By.CURSOR,
        position.parameter.name,
        _size(one),
        one.listing.items,
        key=("id",),
        more=more,
    )


def _by_page(one: Seen) -> Paging | None:
    position = one.asked(NUMBERS, _WHOLE)
    if position is None:
        return None
    return Paging(By.PAGE, position.parameter.name, _size(one), one.listing.items)


def _by_offset(one: Seen) -> Paging | None:
    position, size = one.asked(OFFSETS, _WHOLE), _size(one)
    if position is None or not size:
        return None
    return Paging(By.OFFSET, position.parameter.name, size, one.listing.items)


_WAYS: Mapping[By, Callable[[Seen], Paging | None]] = {
    By.LINK: _by_link,
    By.CURSOR: _by_cursor,
    By.PAGE: _by_page,
    By.OFFSET: _by_offset,
}
