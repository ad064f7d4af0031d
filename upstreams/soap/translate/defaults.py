"""What is taken for a value that is not given, as JSON."""

import json
import re

from upstreams.soap.model import Codec, Leaf, Member, Place


def default(member: Member) -> str | None:
    """What is taken for an absent value, as JSON text; None where nothing is."""
    told = member.place is Place.ATTRIBUTE or member.required
    if member.default is None or not told or not isinstance(member.content, Leaf):
        return None
    match member.content:
        case Leaf(listed=True):
            return None
        case Leaf(codec=Codec.BOOLEAN):
            return "true" if member.default.strip() in ("true", "1") else "false"
        case Leaf(codec=codec) if codec in _NUMBERS:
            return _number(member.default)
        case _:
            return json.dumps(member.default)


_NUMBERS = (
    *(Codec.INT, Codec.LONG, Codec.UNSIGNED_LONG, Codec.INTEGER),
    *(Codec.DECIMAL, Codec.DOUBLE),
)


_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
"""A number as both XSD and JSON write it."""


def _number(text: str) -> str | None:
    return text.strip() if _NUMBER.fullmatch(text.strip()) else None
