"""How a plain request wants to be answered, which most clients say the same way every time."""

from functools import lru_cache
from typing import NamedTuple

from app.graphql.headers import JSON, RESPONSE, Headers, takes_json
from app.graphql.incremental import ACCEPTED, taken_by

_CONTENT = b"application/json"
_PIECES = tuple(one.encode() for one in ACCEPTED)
_USUAL = 256
"""Bytes of headers up to which what they say is remembered."""


class Manner(NamedTuple):
    """How to answer in one piece of JSON."""

    media_type: bytes
    """The newer one only for clients that name it."""
    takes_pieces: bool
    """Whether a client takes the answer in several pieces as well."""


def manner_of(method: str, headers: Headers) -> Manner | None:
    """None unless a request is JSON, or in its URL, and wants its answer in one piece of JSON."""
    content_type, accept = headers.first(b"content-type"), headers.all(b"accept")
    if len(content_type) + len(accept) > _USUAL:
        return _manner(method, content_type, accept)
    return _remembered(method, content_type, accept)


def _manner(method: str, content_type: bytes, accept: bytes) -> Manner | None:
    said = accept.decode("latin-1")
    if any(one in accept for one in _PIECES) and not takes_json(said):
        return None
    if method == "GET":
        # A browser is shown the explorer.
        if b"text/html" in accept:
            return None
    elif method != "POST" or not _is_json(content_type):
        return None
    media_type = RESPONSE if RESPONSE in said else JSON
    return Manner(media_type.encode(), taken_by(said))


_remembered = lru_cache(maxsize=64)(_manner)


def _is_json(content_type: bytes) -> bool:
    media_type, _, parameters = content_type.partition(b";")
    if media_type.strip().lower() != _CONTENT:
        return False
    return not parameters or parameters.strip().lower() == b"charset=utf-8"
