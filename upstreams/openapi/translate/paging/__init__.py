"""Functions that give a list page by page, and those of them that are shown as connections.

Read in this order: `words` (what descriptions call it), `seen` (what a function shows of its
pages), `recognise` (how it is paged through), `lengths` (how long its lists may be), `told` (what
the settings say of it), `connections` (the functions and types that clients see).
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from upstreams.json_schema import Documents
from upstreams.model import (
    Expression,
    FromAnswer,
    FromArguments,
    Function,
    Link,
    Named,
    Remark,
    Text,
    TypeDef,
    nullable,
)
from upstreams.openapi.model import Binding, By, Pages, Paging
from upstreams.openapi.translate.paging.connections import Connections
from upstreams.openapi.translate.paging.lengths import lengths
from upstreams.openapi.translate.paging.recognise import recognised
from upstreams.openapi.translate.paging.seen import seen
from upstreams.openapi.translate.paging.told import Told

__all__ = ["Linked", "Turned", "linked", "turned"]

_PLAIN = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
"""What YAML reads as a text without quotes."""


class Turned(NamedTuple):
    """What becomes of functions that give pages."""

    functions: tuple[Function[Binding], ...]
    types: tuple[TypeDef, ...]
    """With those of the connections."""
    offers: tuple[Remark, ...]
    """Functions that could be connections, and how."""


def turned(
    documents: Documents,
    functions: Iterable[Function[Binding]],
    types: Sequence[TypeDef],
    pages: Mapping[str, Pages],
) -> Turned:
    """The functions, those as connections that the settings name.

    Raises `DiscoveryError` where the settings name what is no such function.
    """
    known = {one.key: one for one in types}
    told, connections = Told(documents, known, pages), Connections(known)
    found: list[Function[Binding]] = []
    offers: list[Remark] = []
    for function in functions:
        one = seen(documents, function, known)
        shown = recognised(documents, one) if one else None
        chosen = told.paging(function, one, shown)
        paging = chosen[1] if chosen else shown
        long = tuple(lengths(documents, function, one, paging, known))
        function = msgspec.structs.replace(function, lists=long) if long else function
        found.append(connections.paged(function, *chosen) if chosen else function)
        if shown and not chosen:
            offers.append(Remark(function.name, _offer(function.name, shown)))
    told.check()
    return Turned(tuple(found), (*types, *connections.types()), tuple(offers))


class Linked(NamedTuple):
    """What becomes of links where some functions are connections."""

    links: tuple[Link, ...]
    left_out: tuple[Remark, ...]


def linked(
    before: Iterable[Function[Binding]], after: Sequence[Function[Binding]], links: Iterable[Link]
) -> Linked:
    """The links without what they say to arguments that connections have no longer.

    `before` are the functions as they were, `after` those with connections.
    """
    functions = {one.name: one for one in after}
    answers = {one.name: nullable(one.returns) for one in before}
    kept: list[Link] = []
    left_out: list[Remark] = []
    for link in links:
        origin = functions[link.origin]
        torn = _is_torn(link, origin)
        if torn or (origin.binding.paging and answers[origin.name] == Named(link.on)):
            left_out.append(_left_out(link, torn=torn))
        if not torn:  # the same object may be shown elsewhere
            kept.append(_bound(link, {one.name for one in functions[link.function].arguments}))
    return Linked(tuple(kept), tuple(left_out))


def _left_out(link: Link, *, torn: bool) -> Remark:
    only = f"of the answer of {link.origin} only the list is shown"
    several = f"it looks at one answer of {link.origin}, whose list comes in several"
    return Remark(link.source, f"the link {link.name} is left out: {several if torn else only}")


def _is_torn(link: Link, origin: Function[Binding]) -> bool:
    """Whether a link of the items of a connection looks at what every page has its own of."""
    known = {one.name for one in origin.arguments}
    looks = any(_of_a_page(bound.value, known) for bound in link.arguments)
    return looks and origin.binding.paging is not None


def _of_a_page(expression: Expression, known: Collection[str]) -> bool:
    """Whether the expression looks at what differs from page to page beside the items."""
    match expression:
        case Text(parts):
            return any(_of_a_page(part, known) for part in parts)
        case FromArguments(path):
            return path[0] not in known
        case _:
            return isinstance(expression, FromAnswer)


def _bound(link: Link, known: Collection[str]) -> Link:
    kept = tuple(one for one in link.arguments if one.argument[0] in known)
    return link if kept == link.arguments else msgspec.structs.replace(link, arguments=kept)


def _offer(name: str, paging: Paging) -> str:
    key = name if _PLAIN.fullmatch(name) else f'"{name}"'
    return f"looks paged by {_by(paging)}; `pages: {{{key}: {{by: auto}}}}` makes it a connection"


def _by(paging: Paging) -> str:
    match paging.by:
        case By.LINK if paging.next:
            return f"the URL in `{'.'.join(paging.next)}`"
        case By.LINK:
            return "its `Link` header"
        case By.CURSOR if paging.key:
            return f"`{paging.position}` and the last item's `{'.'.join(paging.key)}`"
        case By.CURSOR:
            return f"`{paging.position}` and `{'.'.join(paging.next)}`"
        case _:
            return f"`{paging.position}`"
