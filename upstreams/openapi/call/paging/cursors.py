"""Places in a list as texts, which only make sense to the function that gave them.

Nothing in a cursor is believed: it may have been made up. It names query parameters of which every
client could give the values, and no address.
"""

import base64
from typing import NamedTuple, TypeAlias

import msgspec

from upstreams.errors import BadInput
from upstreams.openapi.model import By, Paging

Query: TypeAlias = tuple[tuple[str, str], ...]

_VERSION = 1
_LONGEST = 8 * 1024
"""How long a cursor may be, in characters."""
_DIGITS = 12
_FARTHEST = 10**6


class Place(NamedTuple):
    """Where in a list to go on."""

    query: Query
    """What says which page."""
    skip: int = 0
    """How many of its items come before."""


class Cursors:
    """The cursors of one function."""

    def __init__(self, name: str, paging: Paging) -> None:
        self._name = name
        self._paging = paging
        self._known = {*paging.links, *filter(None, (paging.position, paging.size))}

    def text(self, place: Place) -> str:
        """A place as a client is given it."""
        written = msgspec.json.encode((_VERSION, self._name, place.query, place.skip))
        return base64.urlsafe_b64encode(written).rstrip(b"=").decode()

    def place(self, cursor: str) -> Place:
        """The place that a client gave back. Raises `BadInput` when it is none of ours."""
        try:
            version, name, query, skip = self._read(cursor)
        except (ValueError, RecursionError) as error:
            raise BadInput("`after` is no cursor") from error
        if (version, name) != (_VERSION, self._name) or not self._is_ours(query, skip):
            raise BadInput("`after` is no cursor of this field")
        return Place(query, skip)

    def _read(self, cursor: str) -> tuple[int, str, Query, int]:
        """Raises `ValueError`, of which what msgspec and base64 raise are kinds."""
        if len(cursor) > _LONGEST:
            raise ValueError("too long")
        padded = cursor + "=" * (-len(cursor) % 4)
        written = base64.b64decode(padded, altchars=b"-_", validate=True)
        return msgspec.json.decode(written, type=tuple[int, str, Query, int])

    def _is_ours(self, query: Query, skip: int) -> bool:
        names = [name for name, _ in query]
        if not 0 <= skip <= _FARTHEST or not self._known.issuperset(names):
            return False
        if self._paging.by is By.LINK:
            return True
        given = dict(query)
        numbered = self._paging.by in (By.PAGE, By.OFFSET)
        return (
            len(given) == len(query)
            and (not numbered or _is_number(given.get(self._paging.position, "")))
            and self._is_size(given.get(self._paging.size))
        )

    def _is_size(self, text: str | None) -> bool:
        most = max(self._paging.most or 0, self._paging.usual or 0)
        return text is None or (_is_number(text) and 1 <= int(text) <= most)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _DIGITS
