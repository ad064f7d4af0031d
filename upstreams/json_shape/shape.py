"""The shape of a JSON answer: decoded into what is wanted alone, mended, and that is the response.

What a description promises of a leaf and its backend does not keep is noticed: after a few such
answers the leaf is decoded as whatever it is, and its scalar says whether that is one of its own.
"""

from collections import Counter
from typing import Any

from upstreams.json_shape.answers import JsonAnswer, check_encoding
from upstreams.json_shape.compiler import Compiler
from upstreams.json_shape.decoding import decoding
from upstreams.json_shape.structs import UnfitError, within
from upstreams.json_shape.wants import slots
from upstreams.shape import Answer, Hole, Read, Steps, Surprise, Wanted

PATIENCE = 3
"""How many answers may surprise at a leaf before it is decoded as whatever it is."""


class JsonShape:
    """A reader of the JSON answers of one function."""

    def __init__(self, wanted: Wanted, inside: Steps) -> None:
        """`inside` as of `Shapes.shape`. Raises `UnfitError`."""
        self._wanted = wanted
        self._inside = inside
        self._slots = slots(wanted)
        self._lenient: set[str] = set()
        self.surprises: Counter[str] = Counter()
        """How many answers were not as promised, by the place: `.items[].price`."""
        self._compile()

    def read(self, answer: Answer) -> Read:
        """As `Shape` says."""
        if not isinstance(answer, JsonAnswer):
            raise Surprise("the answer is no JSON text")
        body = answer.body
        try:
            check_encoding(body)
            value = self._decode(body)
            return Read(value) if self._is_plain else self._completed(value)
        except Surprise as surprise:
            self._note(surprise.at)
            raise

    def _completed(self, value: Any) -> Read:
        """What was decoded, once it is mended and its holes are known."""
        for _ in self._inside:
            if value is None:
                break
            value = value.f0
        holes: tuple[list[Hole], ...] = tuple([[] for _ in range(self._slots)])
        if self._mend is None or value is None:
            return Read(value, holes)
        try:
            return Read(self._mend(value, holes), holes)
        except Surprise:
            raise
        except Exception as error:  # a scalar may refuse what it is asked in any way
            raise Surprise(str(error)) from error

    def _note(self, place: str) -> None:
        self.surprises[place] += 1
        if self.surprises[place] >= PATIENCE and place in self._strict:
            self._lenient.add(place)
            self._compile()

    def _compile(self) -> None:
        compiler = Compiler(self._lenient)
        place = "".join(f".{step}" for step in self._inside)
        of, self._mend = compiler.compiled(self._wanted, place)
        self._strict = compiler.strict
        self._is_plain = self._mend is None and not self._inside and not self._slots
        self._decode = decoding(within(of, self._inside))


def shape(wanted: Wanted, inside: Steps) -> JsonShape | None:
    """A reader of JSON answers; None where what is wanted has no shape of this kind."""
    try:
        return JsonShape(wanted, inside)
    except UnfitError:
        return None
