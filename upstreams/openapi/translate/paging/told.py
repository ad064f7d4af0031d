"""What the settings say of functions that give pages, on top of what is recognised."""

from collections.abc import Iterator, Mapping

import msgspec

from upstreams.errors import DiscoveryError
from upstreams.json_schema import Documents
from upstreams.model import Function
from upstreams.openapi.model import Binding, By, Pages, Paging
from upstreams.openapi.translate.operations import covered, unknown
from upstreams.openapi.translate.paging.recognise import completed, recognised
from upstreams.openapi.translate.paging.seen import Path, Seen, TypesByKey, leading, seen

_HEADER = "header:"
_NO_LIST = "it is no GET whose JSON answer has one list; `items` may say where it is"


class _Unpaged(Exception):  # noqa: N818 - a reason, collected by whoever asked
    """A function cannot be paged through as it is told."""


class Told:
    """The settings' say on every function, and what is wrong with it."""

    def __init__(self, documents: Documents, types: TypesByKey, pages: Mapping[str, Pages]) -> None:
        self._documents = documents
        self._types = types
        self._pages = pages
        self._met: set[str] = set()
        self._paged: set[str] = set()
        self._known: list[str] = []
        self._problems: dict[str, str] = {}

    def paging(
        self, function: Function[Binding], one: Seen | None, shown: Paging | None
    ) -> tuple[Seen, Paging] | None:
        """How a function is to be paged through, and what it is seen to be; None: not at all."""
        if not self._pages:
            return None
        self._known.append(function.name)
        glob = next((one for one in self._pages if covered(function, (one,))), None)
        if glob is None:
            return None
        self._met.add(glob)
        try:
            found = self._told(self._pages[glob], function, one, shown)
        except _Unpaged as reason:
            if glob in (function.name, function.label):
                self._problems[glob] = str(reason)
            return None
        self._paged.add(glob)
        return found

    def check(self) -> None:
        """Raises `DiscoveryError` with everything that is wrong in the settings."""
        problems = {**self._problems, **dict(self._idle())}
        if problems:
            said = "; ".join(f"{glob}: {problem}" for glob, problem in problems.items())
            raise DiscoveryError(said, at="pages")

    def _idle(self) -> Iterator[tuple[str, str]]:
        for glob in self._pages:
            if glob not in self._met:
                yield glob, unknown(glob, self._known)
            elif glob not in self._paged and glob not in self._problems:
                yield glob, "none of its functions gives pages"

    def _told(
        self, pages: Pages, function: Function[Binding], one: Seen | None, shown: Paging | None
    ) -> tuple[Seen, Paging]:
        if pages.items:
            one = seen(self._documents, function, self._types, _path(pages.items))
            shown = recognised(self._documents, one) if one else None
        if one is None:
            raise _Unpaged(_NO_LIST)
        base = shown if pages.by is By.AUTO else recognised(self._documents, one, pages.by)
        if base is None and pages.by is By.AUTO:
            raise _Unpaged("it does not show how it is paged through; `by` may say how")
        base = base or Paging(pages.by, items=one.listing.items)
        found = completed(self._documents, one, _over(base, pages, one))
        _refuse_incomplete(found, one)
        if pages.page_size and not found.size:
            raise _Unpaged("`size` is to name the query parameter that `pageSize` is given in")
        return one, _sized(found, pages)


def _path(text: str) -> Path:
    """`data.orders` -> `("data", "orders")`"""
    return tuple(text.split("."))


def _over(base: Paging, pages: Pages, one: Seen) -> Paging:
    """What is recognised, with what is told in its place."""
    given: dict[str, object] = {"items": one.listing.items}
    given |= {
        name: value
        for name in ("position", "size", "max_pages", "max_items")
        if (value := getattr(pages, name)) is not None
    }
    given |= {
        name: _path(value)
        for name in ("next", "key", "more", "total")
        if (value := getattr(pages, name)) is not None
    }
    if pages.total is not None and pages.total.startswith(_HEADER):
        given |= {"total": (), "total_header": pages.total.removeprefix(_HEADER).strip().lower()}
    if base.by is By.LINK:
        known = (*(asked.parameter.name for asked in one.query), pages.position or "")
        given["links"] = tuple(filter(None, dict.fromkeys((*base.links, *known))))
        given["position"] = base.position
    return msgspec.structs.replace(base, **given)


def _sized(paging: Paging, pages: Pages) -> Paging:
    size, start = pages.page_size, pages.start
    return msgspec.structs.replace(
        paging,
        usual=paging.usual if size is None else size,
        most=paging.most if size is None else size,
        start=paging.start if start is None else start,
    )


def _refuse_incomplete(paging: Paging, one: Seen) -> None:
    asked = {it.parameter.name for it in one.query}
    for name, value in (("position", paging.position), ("size", paging.size)):
        if value and value not in asked:
            raise _Unpaged(f"it has no query parameter {value!r} for `{name}`")
    for name in ("next", "more", "total"):
        path: Path = getattr(paging, name)
        if path and leading(path, one.listing.answer, one.types) is None:
            raise _Unpaged(f"its answer has no field {'.'.join(path)!r} for `{name}`")
    if paging.by is not By.LINK and not paging.position:
        raise _Unpaged("`position` is to name the query parameter that says where to go on")
    if paging.by is By.CURSOR and not (paging.next or paging.key):
        raise _Unpaged("`next` or `key` is to say where the next cursor is")
