"""Wanted trees in few words, and JSON texts read by a shape or by the projection fit for all."""

from decimal import Decimal
from typing import Any, Final

import msgspec

from schema.plan.project import Projection
from schema.scalars import SCALARS
from upstreams.errors import Malformed
from upstreams.json_shape import JsonAnswer, shape
from upstreams.json_shape.shape import JsonShape
from upstreams.model import ScalarKind
from upstreams.shape import Leaf, Object, Part, Shape, Steps, Wanted, fill

_ENCODE = msgspec.json.Encoder(decimal_format="number").encode
_DECODE = msgspec.json.Decoder(float_hook=Decimal).decode
UNREADABLE: Final = (msgspec.DecodeError, ArithmeticError, ValueError, RecursionError)


def leaf(kind: ScalarKind) -> Leaf:
    """A scalar, written as clients see it."""
    return Leaf(kind, SCALARS[kind].coerce_output_value)


TEXT, INT, ID = leaf(ScalarKind.STRING), leaf(ScalarKind.INT), leaf(ScalarKind.ID)


def part(name: str, of: Wanted = TEXT, key: str = "", *, required: bool = False) -> Part:
    """A field under its own name, unless another response key is given."""
    return Part(key or name, name, of, required)


def objects(*parts: Part) -> Object:
    """An object of those parts."""
    return Object("Thing", parts)


def answer(text: bytes) -> JsonAnswer:
    """An answer of that text."""
    return JsonAnswer(text, _value)


def _value(text: bytes) -> Any:
    try:
        return _DECODE(text)
    except UNREADABLE as error:
        raise Malformed("it is not JSON") from error


def made(wanted: Wanted, inside: Steps = ()) -> JsonShape:
    """The shape, which there is."""
    found = shape(wanted, inside)
    assert found is not None
    return found


def general(wanted: Wanted) -> Projection:
    """What reads the same from the value."""
    return Projection(wanted, ())


def shown(by: Shape, text: bytes) -> str:
    """The response that a text becomes, every slot filled with its needs."""
    read = by.read(answer(text))
    for holes in read.holes:
        for number, hole in enumerate(holes):
            if hole.place:
                fill([hole], [number, hole.parts])
    unshown = [[hole.parts for hole in holes if not hole.place] for holes in read.holes]
    return _ENCODE([read.value, [one for one in unshown if one]]).decode()


def response(by: Shape, text: bytes) -> str:
    """The response that a text becomes, its slots left as they are."""
    return encoded(by.read(answer(text)).value)


def encoded(value: Any) -> str:
    """A value as responses have it."""
    return _ENCODE(value).decode()
