"""Requests of several parts: an envelope, and files beside it (SOAP with Attachments).

The message is MIME multipart/related, each file a part named after the message's part it is, as
the Attachments Profile 1.0 (section 3.8) has it. Files go out as they are and are not signed; what
is not in memory is read while it is sent.
"""

import re
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from upstreams.errors import BadInput
from upstreams.kind import Call, File
from upstreams.soap.model import Attached, Binding
from upstreams.transport import Request

_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+", re.ASCII)
_ANYTHING = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class _Part:
    head: bytes
    """From the line that begins it to the empty one."""
    content: File


def packed(request: Request, call: Call) -> Request:
    """The same request with its call's files beside the envelope, where there are any.

    Raises `BadInput` naming the argument that is no file.
    """
    binding: Binding = call.function.binding
    if not binding.attached or not isinstance(request.body, bytes):
        return request
    mark = uuid.uuid4().hex
    headers = {name.lower(): text for name, text in request.headers}
    envelope_type = headers["content-type"]
    root = _head(mark, envelope_type, f"envelope={mark}") + request.body
    parts = [_part(mark, each, call.arguments) for each in binding.attached]
    end = f"\r\n--{mark}--\r\n".encode()
    size = sum(len(part.head) + part.content.size for part in parts)
    headers["content-length"] = str(len(root) + size + len(end))
    headers["content-type"] = (
        f'multipart/related; type="{envelope_type.partition(";")[0]}";'
        f' start="<envelope={mark}@splice>"; boundary="{mark}"'
    )
    return Request(request.method, request.url, tuple(headers.items()), _sent(root, parts, end))


def _head(mark: str, media_type: str, identity: str) -> bytes:
    return (
        f"\r\n--{mark}\r\nContent-Type: {media_type}\r\nContent-Transfer-Encoding: binary\r\n"
        f"Content-ID: <{identity}@splice>\r\n\r\n"
    ).encode()


def _part(mark: str, attached: Attached, arguments: Mapping[str, Any]) -> _Part:
    file = arguments.get(attached.field)
    if not isinstance(file, File):
        raise BadInput(f"{attached.field}: a file is needed")
    said = file.media_type if _MEDIA_TYPE.fullmatch(file.media_type) else attached.media_type
    media_type = said if _MEDIA_TYPE.fullmatch(said) else _ANYTHING
    return _Part(_head(mark, media_type, f"{quote(attached.part, safe='')}={mark}"), file)


async def _sent(root: bytes, parts: Sequence[_Part], end: bytes) -> AsyncIterator[bytes]:
    yield root
    for part in parts:
        yield part.head
        async for piece in part.content.pieces():
            yield piece
    yield end
