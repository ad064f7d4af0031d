"""The heads of plain requests, and what was made of the last one over a connection.

Clients mostly say of themselves with every request what they said with the one before, but for
the body's length. So a head that comes again is only compared, and whatever was found out about
it still holds; HTTP/2 has the same in its dynamic table (RFC 7541 §2.3.2). What is recognised here
is a part of RFC 9112 that can be read in one way only. All else is for the server's parser.
"""

import re
from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple, TypeAlias

MAX_HEAD = 8 * 1024
"""Bytes; larger heads are not remembered, and not read here."""

_REQUEST_LINE = re.compile(
    rb"(GET|POST|PUT|PATCH|DELETE|OPTIONS)"
    rb" (/(?!/)[\w\-.~!$&'()*+,;=:@%/]*)(?:\?([\w\-.~!$&'()*+,;=:@%/?]*))? HTTP/1\.1"
)
_TCHAR = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]"
# White space behind a value is told on by some and not by others.
_FIELD_LINES = re.compile(rb"\r\n(?:%b+:[\t -~\x80-\xff]*(?<![ \t])\r\n)*\r\n" % _TCHAR)
_FRAMING = re.compile(
    rb"\r\n(connection|content-length|expect|host|proxy-connection|transfer-encoding|upgrade)"
    rb":[ \t]*([^\r]*)",
    re.IGNORECASE,
)
_LENGTH = re.compile(rb"(\r\ncontent-length:[ \t]*)([0-9]+)\r\n", re.IGNORECASE)
_MOST_DIGITS = 9
_LINE_END = b"\r\n"
_END = b"\r\n\r\n"

_HOST, _CONNECTION, _CONTENT_LENGTH = b"host", b"connection", b"content-length"
_PLAIN = frozenset({_HOST, _CONNECTION, _CONTENT_LENGTH})
_STAYS = b"keep-alive"

Header = tuple[bytes, bytes]
"""A lower-case name and a value."""

_Fitting: TypeAlias = tuple[int, bytes]
"""Where a head ends, and the digits of the body's length."""


class _Line(NamedTuple):
    """A request line."""

    text: bytes
    """With what ends it."""
    method: str
    path: str
    query: str


class Head:
    """The field lines of a request, but for the digits of its body's length."""

    __slots__ = ("_after", "_before", "_pairs", "host", "kept", "line", "lines", "made")

    def __init__(
        self, lines: bytes, before: bytes, after: bytes, pairs: "_Pairs | None" = None
    ) -> None:
        """`before` and `after` stand around the digits."""
        self._before = before
        self._after = after
        self._pairs = pairs
        self.lines = lines
        """As they came, each begun by CRLF, and the empty one; all but that of the length."""
        self.line: _Line | None = None
        """What was before it when it came last."""
        self.host: str | None = None
        """The one it names, if it was read here and is ASCII; its values are then, too."""
        self.made: dict[Hashable, Any] = {}
        """What its readers have made of it, each under a key of its own; never of the length."""
        self.kept: dict[Hashable, Any] = {}
        """The same, where it holds for whatever comes over the connection."""

    @classmethod
    def told(cls, headers: Sequence[Header]) -> "Head":
        """Of headers that another has read, which no bytes fit."""
        return cls(b"", b"", b"", _Pairs(headers, None))

    @classmethod
    def of(cls, lines: bytes) -> "Head | None":
        """Of lines that begin after the request line; None where they are not plain."""
        if not _FIELD_LINES.fullmatch(lines):
            return None
        framing = _FRAMING.findall(lines)
        said = {name.lower(): value for name, value in framing}
        if len(said) != len(framing) or not said.keys() <= _PLAIN or _HOST not in said:
            return None
        if said.get(_CONNECTION, _STAYS).lower() != _STAYS:
            return None
        before, after, others = lines, b"", lines
        if _CONTENT_LENGTH in said:
            split = _LENGTH.search(lines)
            if split is None:
                return None
            before, after = lines[: split.end(1)], lines[split.end(2) :]
            others = lines[: split.start()] + after
        head = cls(others, before, after)
        if lines.isascii():
            head.host = said[_HOST].decode()
        return head

    @property
    def says_length(self) -> bool:
        """Whether it says the body's length."""
        return bool(self._after)

    def fits(self, data: bytes, begin: int) -> "_Fitting | None":
        """Where the head of `data` ends and the digits it has, if its lines are these."""
        before = self._before
        if not data.startswith(before, begin):
            return None
        begin += len(before)
        if not self._after:
            return begin, b""
        end = data.find(b"\r", begin, begin + _MOST_DIGITS + 1)
        digits = data[begin:end]
        if end < 0 or not digits.isdigit() or not data.startswith(self._after, end):
            return None
        return end + len(self._after), digits

    @property
    def lasting(self) -> Sequence[Header]:
        """The headers that come again with the head: all but a body's length."""
        return self._read().lasting

    def headers(self, digits: bytes) -> Sequence[Header]:
        """All of them, in their order."""
        lasting, at = self._read()
        return lasting if at is None else [*lasting[:at], (_CONTENT_LENGTH, digits), *lasting[at:]]

    def _read(self) -> "_Pairs":
        # Not everybody asks.
        if self._pairs is None:
            self._pairs = _pairs(self._before + self._after)
        return self._pairs


class _Pairs(NamedTuple):
    """Headers one by one."""

    lasting: Sequence[Header]
    at: int | None
    """Before which of them the length of the body is said, if it is."""


def _pairs(lines: bytes) -> _Pairs:
    split = (line.partition(b":") for line in lines.split(b"\r\n")[1:-2])
    pairs = [(name.lower(), value.lstrip(b" \t")) for name, _, value in split]
    names = [name for name, _ in pairs]
    if _CONTENT_LENGTH not in names:
        return _Pairs(pairs, None)
    at = names.index(_CONTENT_LENGTH)
    return _Pairs([*pairs[:at], *pairs[at + 1 :]], at)


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
    line = last.line if last else None
    if line is None or not data.startswith(line.text):
        line = _line(data)
        if line is None:
            return None
    begin = len(line.text) - len(_LINE_END)
    head, fitting = last, last.fits(data, begin) if last else None
    if fitting is None:
        head = _head(data, begin, last)
        fitting = head.fits(data, begin) if head else None
    if head is None or fitting is None:
        return None
    head.line = line
    end, digits = fitting
    size = len(data) - end
    if end > MAX_HEAD or size != (int(digits) if digits else 0):
        return None
    _, method, path, query = line
    return Plain(method, path, query, head, digits, data[end:] if size else b"")


def _line(data: bytes) -> _Line | None:
    """The request line, if it is plain."""
    end = data.find(_LINE_END, 0, MAX_HEAD)
    found = _REQUEST_LINE.fullmatch(data, 0, end) if end > 0 else None
    if found is None:
        return None
    method, path, query = found.groups()
    text = data[: end + len(_LINE_END)]
    return _Line(text, method.decode(), path.decode(), query.decode() if query else "")


def _head(data: bytes, begin: int, last: Head | None) -> Head | None:
    """The head that begins there, if it is plain."""
    end = data.find(_END, begin, MAX_HEAD)
    head = Head.of(data[begin : end + len(_END)]) if end > 0 else None
    if head and last:
        head.kept = last.kept
    return head
