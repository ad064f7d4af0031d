"""Decoding of JSON into what a shape is made of, and what is amiss where it does not fit."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from upstreams.shape import Surprise

_PLACE = re.compile(r"(.*?)(?: - at `(?:key in )?\$(.*)`)?", re.DOTALL)
_INDEX = re.compile(r"\[(?:\d+|\.\.\.)\]")
_UNREADABLE = (msgspec.DecodeError, ArithmeticError, ValueError, RecursionError)


def decoding(of: Any, at: str = "") -> Callable[[Any], Any]:
    """What decodes texts of that type, found at that place. It raises `Surprise`."""
    decode = msgspec.json.Decoder(of, float_hook=Decimal).decode

    def decoded(text: Any) -> Any:
        try:
            return decode(text)
        except _UNREADABLE as error:
            raise _surprise(str(error), at) from error

    return decoded


def _surprise(told: str, at: str) -> Surprise:
    """`Expected `str`, got `int` - at `$[3].title`` -> that it was, at `[].title`"""
    found = _PLACE.fullmatch(told)
    reason, place = found.groups("") if found else (told, "")
    return Surprise(reason, at + _INDEX.sub("[]", place))


def missing() -> Any:
    """Raises `Surprise`."""
    raise Surprise("null came where none may be")


_whole = decoding(Any)


def whole(text: msgspec.Raw | None) -> Any:
    """All that a text says; None for null and for nothing. Raises `Surprise`."""
    return None if text is None else _whole(text)
