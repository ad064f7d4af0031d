"""Answers of several parts: an envelope, and attachments that it includes or refers to.

Read are MIME multipart/related messages as SOAP with Attachments and MTOM have them. Their content
is put into the envelope where this says so, as base64; only its total is bounded, as the parts are
no larger than the answer, but may be meant many times.
"""

import base64
import binascii
import quopri
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message as Header
from typing import Any
from urllib.parse import unquote

from upstreams.errors import Malformed
from upstreams.soap.xml import Element

_INCLUDE = "{http://www.w3.org/2004/08/xop/include}Include"
_CID = "cid:"
_MOST_PARTS = 1000
_LARGEST_HEAD = 16 * 1024
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(r"\r?\n[ \t]+")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart message."""

    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """Its Content-ID without brackets; empty when it has none."""
        return self.headers.get("content-id", "").strip().strip("<>")

    @property
    def description(self) -> dict[str, Any]:
        """What clients are shown of it: what it is called, its type and its size."""
        disposition = Header()
        disposition["content-disposition"] = self.headers.get("content-disposition", "")
        told = {
            "id": self.id,
            "name": disposition.get_filename() or "",
            "type": self.headers.get("content-type", "").partition(";")[0].strip().lower(),
        }
        return {name: text for name, text in told.items() if text} | {"size": len(self.body)}


@dataclass(frozen=True, slots=True)
class Package:
    """A message of several parts."""

    root: Part
    """The one with the envelope."""
    others: tuple[Part, ...]


def unpacked(body: bytes, content_type: str) -> Package:
    """The parts of a message (RFC 2387, RFC 2046 §5.1). Raises `Malformed`."""
    header = Header()
    header["content-type"] = content_type
    boundary = header.get_param("boundary")
    if not isinstance(boundary, str) or not boundary:
        raise Malformed("the answer has several parts, but does not say what separates them")
    parts = [_part(piece) for piece in _pieces(body, boundary.encode("latin-1", "replace"))]
    if not parts:
        raise Malformed("the answer has no parts")
    start = str(header.get_param("start") or "").strip().strip("<>")
    root = next((part for part in parts if start and part.id == start), parts[0])
    return Package(root, tuple(part for part in parts if part is not root))


def _pieces(body: bytes, boundary: bytes) -> Iterator[bytes]:
    """What stands between the lines that separate parts, up to the last."""
    line = re.compile(rb"(?:^|\r?\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?:\r?\n|$)")
    begin: int | None = None
    for number, found in enumerate(line.finditer(body)):
        if begin is not None:
            yield body[begin : found.start()]
        if number >= _MOST_PARTS:
            raise Malformed(f"the answer has more than {_MOST_PARTS} parts")
        if found[1]:
            return
        begin = found.end()
    raise Malformed("the last part of the answer does not end")


def _part(piece: bytes) -> Part:
    blank = _BLANK_LINE.search(piece, 0, _LARGEST_HEAD)
    bare = piece.startswith((b"\r\n", b"\n"))
    if blank is None and not bare:
        raise Malformed("a part of the answer has no end of its headers")
    head, body = (b"", piece.lstrip(b"\r\n")) if bare or blank is None else _split(piece, blank)
    lines = (line.partition(":") for line in _FOLD.sub(" ", head.decode("latin-1")).splitlines())
    headers = {
        name.strip().lower(): text.strip()
        for name, _, text in lines
        if _TOKEN.fullmatch(name.strip())
    }
    return Part(headers, _decoded(body, headers.get("content-transfer-encoding", "").lower()))


def _split(piece: bytes, blank: re.Match[bytes]) -> tuple[bytes, bytes]:
    return piece[: blank.start()], piece[blank.end() :]


def _decoded(body: bytes, encoding: str) -> bytes:
    """Raises `Malformed` for base64 that is none."""
    if encoding == "quoted-printable":
        return quopri.decodestring(body)
    if encoding != "base64":
        return body
    try:
        return base64.b64decode(body)
    except binascii.Error as error:
        raise Malformed("a part of the answer is not base64") from error


def include(root: Element, parts: Sequence[Part], most: int) -> list[Part]:
    """Put the content of parts where the envelope means it; the parts it nowhere means.

    An element means a part that has an `xop:Include`, an `href`, or the text `cid:…`. A text is
    left where there is no such part. Raises `Malformed` where an `xop:Include` means none, and
    where the contents are more than `most` bytes together.
    """
    by_id = {part.id: part for part in parts if part.id}
    meant: set[str] = set()
    total = 0
    for element in list(root.iter("*")):
        target, identity = _meaning(element)
        part = by_id.get(identity)
        if target is None or part is None:
            if element.tag == _INCLUDE:
                raise Malformed("the answer includes a part that is not in it")
            continue
        total += len(part.body)
        if total > most:
            raise Malformed(f"the answer includes more than {most} bytes of its parts")
        meant.add(identity)
        target[:] = []
        target.text = base64.b64encode(part.body).decode("ascii")
    return [part for part in parts if part.id not in meant]


def _meaning(element: Element) -> tuple[Element | None, str]:
    """The element whose content a part is, and the part's Content-ID."""
    if element.tag == _INCLUDE:
        return element.getparent(), _identity(element.get("href", ""))
    href = element.get("href", "")
    if href.startswith(_CID):
        del element.attrib["href"]
        return element, _identity(href)
    text = (element.text or "").strip()
    if not len(element) and text.startswith(_CID):
        return element, _identity(text)
    return None, ""


def _identity(url: str) -> str:
    """The Content-ID a URL means (RFC 2392)."""
    return unquote(url.strip().removeprefix(_CID))
