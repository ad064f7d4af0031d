"""How one value is read: what it is decoded as, and the source of what is done with it then."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from upstreams.json_shape.source import indented
from upstreams.shape import Steps, Wanted


class Mend(NamedTuple):
    """The statements that turn what was decoded into what is encoded."""

    variable: str
    """What they call the value, which is not null."""
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """How one value is read."""

    decoded: Any
    """The type it is decoded as, null aside. Of `Raw` even null is a text, and `form` knows it."""
    required: bool
    form: str = ""
    """An expression of what is encoded, of the place `{0}`; empty for what was decoded."""
    mend: Mend | None = None
    reach: Callable[[str, Steps], str] | None = None
    """An expression of what stands at a path below a place, as clients of upstreams have it.

    None where that is not known after decoding.
    """

    @property
    def type(self) -> Any:
        """What it is decoded as, null included."""
        whole = self.decoded in (Any, msgspec.Raw)
        return self.decoded if self.required or whole else self.decoded | None

    @property
    def is_checked(self) -> bool:
        """Whether decoding, or `form`, refuses null where none may be."""
        return self.decoded is not Any

    def given(self, place: str, missing: str) -> str:
        """An expression of what is encoded, of what stands at a place."""
        form = self.form.format(place) or place
        if self.required:
            return form if self.is_checked else f"{missing}() if {place} is None else {form}"
        return f"None if {place} is None else {form}" if self.form else place

    def mended(self, place: str) -> Iterator[str]:
        """What is done with what stands at a place before it is given."""
        if self.mend is None:
            return
        yield f"{self.mend.variable} = {place}"
        if self.required:
            yield from self.mend.lines
        else:
            yield f"if {self.mend.variable} is not None:"
            yield from indented(self.mend.lines)

    def needed(self, place: str, steps: Steps) -> str:
        """An expression of what a slot needs, of what stands at a place."""
        assert self.reach is not None  # noqa: S101 - read so that it is known
        return f"None if {place} is None else {self.reach(place, steps)}"


@dataclass(frozen=True, slots=True)
class Named:
    """How what stands under one name is read, for all that want it."""

    reading: Reading
    apart: tuple[tuple[Wanted, Reading], ...] = ()
    """How each wants it, where they do not agree."""

    def given(self, of: Wanted, place: str, missing: str) -> str:
        """As `Reading.given`, for one of those that want it."""
        own = next((reading for wanted, reading in self.apart if wanted == of), self.reading)
        return own.given(place, missing)
