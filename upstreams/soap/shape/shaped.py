"""A shape: the reader of one function's answers, compiled once for an operation."""

from typing import cast

from upstreams.errors import Malformed
from upstreams.shape import (
    Answer,
    Constant,
    Hole,
    Many,
    Object,
    Part,
    Read,
    Slot,
    Steps,
    Surprise,
    Varied,
    Wanted,
)
from upstreams.soap.model import Message
from upstreams.soap.shape.answered import Answered
from upstreams.soap.shape.compiler import Compiler
from upstreams.soap.shape.leaves import Beyond, Reading
from upstreams.soap.xml import Values

_INNER = "inner"
"""The key of an object around what is wanted: of the message, of a step towards it."""


def shape_of(
    values: Values, message: Message | None, wanted: Wanted, inside: Steps
) -> "Shaped | None":
    """A reader of what is wanted of a message; None where it is too rare to have one.

    `inside` leads from the function's value to what is wanted of it.
    """
    # What is encoded may refer to what stands elsewhere.
    if message is None or message.content is None or message.encoding:
        return None
    steps = (message.alone, *inside) if message.alone else inside
    around = wanted
    for step in reversed(steps):
        around = Object("", (Part(_INNER, step, around, required=False),))
    try:
        reading = Compiler(values).compiled(message.content, around)
    except Beyond:
        return None
    return Shaped(reading, message, len(steps), _slots(wanted))


class Shaped:
    """Reads what is wanted of the Body of an envelope."""

    def __init__(self, reading: Reading, message: Message, around: int, slots: int) -> None:
        """`around`: how many objects there are around what is wanted."""
        self._reading = reading
        self._message = message
        self._around = around
        self._slots = slots

    def read(self, answer: Answer) -> Read:
        """As `upstreams.shape.Shape` says, of an answer of this kind."""
        answered = cast(Answered, answer)
        body = answered.body
        if body is None:
            return Read(None)
        inside = next(iter(body), None) if self._message.element else body
        if inside is None:
            return Read(None)
        holes: tuple[list[Hole], ...] = tuple([] for _ in range(self._slots))
        try:
            value = self._reading(inside, answered.nils, holes)
        except (Malformed, RecursionError) as error:
            raise Surprise(str(error)) from error
        for _ in range(self._around):
            value = None if value is None else value[_INNER]
        return Read(value, holes)


def _slots(wanted: Wanted | Constant | Slot) -> int:
    """How many slots there are."""
    match wanted:
        case Slot(index):
            return index + 1
        case Many(of):
            return _slots(of)
        case Object(parts=parts):
            return max((_slots(part.of) for part in parts), default=0)
        case Varied(objects=objects):
            return max(map(_slots, objects.values()), default=0)
        case _:
            return 0
