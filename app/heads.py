"""The heads of plain requests, and what was made of the last one over a connection.

Clients mostly say of themselves with every request what they said with the one before, but for
the body's length. So a head that comes again is only compared, and whatever was found out about
it still holds; HTTP/2 has the same in its dynamic table (RFC 7541 §2.3.2). What is recognised here
is a part of RFC 9112 that can be read in one way only. All else is for the server's parser.
"""

import re
from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

MAX_HEAD = 8 * 1024
"""Bytes; larger heads are not remembered, and not read here."""

_TCHAR = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]"
_REQUEST_LINE = re.compile(
    rb"(GET|POST|PUT|PATCH|DELETE|OPTIONS)"
    rb" (/(?!/)[\w\-.~!$&'()*+,;=:@%/]*)(?:\?([\w\-.~!$&'()*+,;=:@%/?]*))? HTTP/1\.1"
)
_FIELD_LINES = re.compile(rb"\r\n(?:%b+:[\t -~\x80-\xff]*\r\n)*\r\n" % _TCHAR)
_LENGTH = re.compile(rb"(\r\ncontent-length:[ \t]*)([0-9]+)\r\n", re.IGNORECASE)
_MOST_DIGITS = 9
_END = b"\r\n\r\n"

_NOT_PLAIN = frozenset({b"expect", b"proxy-connection", b"transfer-encoding", b"upgrade"})
_STAYS = b"keep-alive"

Header = tuple[bytes, bytes]
"""A lower-case name and a value."""


class Head:
    """The field lines of a request, but for the digits of its body's length."""

    __slots__ = ("_after", "_at", "_before", "_pairs", "made")

    def __init__(
        self, before: bytes, after: bytes, pairs: Sequence[Header], at: int | None
    ) -> None:
        """`before` and `after` stand around the digits, whose header belongs in `pairs` at `at`."""
        self._before = before
        self._after = after
        self._pairs = pairs
        self._at = at
        self.made: dict[Hashable, Any] = {}
        """What its readers have made of it, each under a key of its own; never of the length.

        It holds for the connection as well, as a head is remembered by one only.
        """

    @classmethod
    def told(cls, pairs: Sequence[Header]) -> "Head":
        """Of headers that another has read, which no bytes fit."""
        return cls(b"", b"", pairs, None)

    @classmethod
    def of(cls, lines: bytes) -> "Head | None":
        """Of lines that begin after the request line; None where they are not plain."""
        # White space behind a value is told on by some and not by others.
        if not _FIELD_LINES.fullmatch(lines) or b" \r\n" in lines or b"\t\r\n" in lines:
            return None
        split = (line.partition(b":") for line in lines.split(b"\r\n")[1:-2])
        pairs = [(name.lower(), value.lstrip(b" \t")) for name, _, value in split]
        names = [name for name, _ in pairs]
        if not _NOT_PLAIN.isdisjoint(names) or names.count(b"host") != 1:
            return None
        if any(value.lower() != _STAYS for name, value in pairs if name == b"connection"):
            return None
        said = names.count(b"content-length")
        if not said:
            return cls(lines, b"", pairs, None)
        split_at = _LENGTH.search(lines)
        if said > 1 or split_at is None:
            return None
        at = names.index(b"content-length")
        del pairs[at]
        return cls(lines[: split_at.end(1)], lines[split_at.end(2) :], pairs, at)

    def fits(self, data: bytes, begin: int) -> "tuple[int, bytes] | None":
        """Where the head of `data` ends and the digits it has, if its lines are these."""
        before = self._before
        if not data.startswith(before, begin):
            return None
        begin += len(before)
        if self._at is None:
            return begin, b""
        end = data.find(b"\r", begin, begin + _MOST_DIGITS + 1)
        digits = data[begin:end]
        if end < 0 or not digits.isdigit() or not data.startswith(self._after, end):
            return None
        return end + len(self._after), digits

    @property
    def lasting(self) -> Sequence[Header]:
        """The headers that come again with the head: all but a body's length."""
        return self._pairs

    def headers(self, digits: bytes) -> Sequence[Header]:
        """All of them, in their order."""
        at = self._at
        if at is None:
            return self._pairs
        return [*self._pairs[:at], (b"content-length", digits), *self._pairs[at:]]


class Plain(NamedTuple):
    """A request that came in one piece, and nothing with it."""

    method: str
    path: str
    """As it came."""
    query: str
    head: Head
    digits: bytes
    """Of the body's length, where it is said."""
    body: bytes


def plain(data: bytes, last: Head | None) -> Plain | None:
    """The request that some bytes are, all of it; None where they have to be looked at closely.

    `last` is the head of the request before it.
    """
    begin = data.find(b"\r\n", 0, MAX_HEAD)
    line = _REQUEST_LINE.fullmatch(data, 0, begin) if begin > 0 else None
    if line is None:
        return None
    head = last
    fitting = head.fits(data, begin) if head else None
    if fitting is None:
        end = data.find(_END, begin, MAX_HEAD)
        head = Head.of(data[begin : end + len(_END)]) if end > 0 else None
        fitting = head.fits(data, begin) if head else None
    if head is None or fitting is None:
        return None
    end, digits = fitting
    size = len(data) - end
    if end > MAX_HEAD or size != (int(digits) if digits else 0):
        return None
    method, path, query = line.groups()
    return Plain(
        method.decode(),
        path.decode(),
        query.decode() if query else "",
        head,
        digits,
        data[end:] if size else b"",
    )
