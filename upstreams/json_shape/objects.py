"""The source of what is done with one object: parts given their values, slots noted."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from msgspec import UNSET

from upstreams.json_shape.decoding import missing
from upstreams.json_shape.reading import Named
from upstreams.json_shape.source import Source
from upstreams.json_shape.structs import attributes, encoded
from upstreams.shape import Constant, Object, Slot, Steps


@dataclass(frozen=True, slots=True)
class Found:
    """What an object is made of."""

    named: Mapping[str, Named]
    places: Mapping[str, str]
    """Where what has a name is found: an expression without effects."""
    boxed: bool = False
    """Whether there is one value alone, without a name, which every name means."""

    def of(self, name: str) -> tuple[Named, str]:
        """How what has that name is read, and where it is."""
        name = "" if self.boxed else name
        return self.named[name], self.places[name]

    def needed(self, steps: Steps) -> str:
        """An expression of what stands at a path."""
        name, below = ("", steps) if self.boxed else (steps[0], steps[1:])
        return self.named[name].reading.needed(self.places[name], below)


class Objects:
    """Writes objects into a source."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._unset = source.constant(UNSET)
        self.missing = source.constant(missing)
        """What refuses null, by name."""

    def in_place(
        self, of: Object, found: Found, variable: str, fields: Mapping[str, str]
    ) -> Iterator[str]:
        """The statements that make an object of the struct of that name, which was decoded.

        `fields` are the struct's attributes by name. What slots need is noted first.
        """
        for index, place, needs in _slots(of, found, fields):
            yield f"holes[{index}].append(Hole(({variable}, {place!r}, {needs})))"
        values: dict[str, str] = {}
        yield from self._values(of, found, values)
        hidden = [name for name in found.named if name not in values]
        values |= dict.fromkeys(hidden, self._unset)
        moves = {f"{variable}.{fields[name]}": value for name, value in values.items()}
        changed = {place: value for place, value in moves.items() if place != value}
        if changed:
            # At once: one place may get what another has.
            yield f"{', '.join(changed)} = {', '.join(changed.values())}"

    def made(self, of: Object, found: Found, name: str) -> Iterator[str]:
        """The statements that make an object anew and call it by that name."""
        fields = attributes(one.key for one in of.parts if one.key)
        slots = [(self._source.variable(), *slot) for slot in _slots(of, found, fields)]
        yield from (f"{kept} = {needs}" for kept, _, _, needs in slots)
        values: dict[str, str] = {}
        yield from self._values(of, found, values)
        struct = self._source.constant(encoded(fields))
        yield f"{name} = {struct}({', '.join(values.values())})"
        for kept, index, place, _ in slots:
            yield f"holes[{index}].append(Hole(({name}, {place!r}, {kept})))"

    def _values(self, of: Object, found: Found, values: dict[str, str]) -> Iterator[str]:
        """What is done, part by part, before `values` has what each shows, by its key."""
        mended: set[str] = set()
        for part in of.parts:
            match part.of:
                case Slot() if not part.key:
                    continue
                case Constant(value=None) | Slot():
                    values[part.key] = "None"
                case Constant(value=text):
                    values[part.key] = self._source.constant(text)
                case wanted:
                    named, place = found.of(part.name)
                    if place not in mended:
                        mended.add(place)
                        yield from named.reading.mended(place)
                    value = named.given(wanted, place, self.missing)
                    if "holes" in value:
                        # Holes are in the order of the parts.
                        kept = self._source.variable()
                        yield f"{kept} = {value}"
                        value = kept
                    values[part.key] = value


def _slots(of: Object, found: Found, fields: Mapping[str, str]) -> Iterator[tuple[int, str, str]]:
    """Of each slot its index, its place in a struct and an expression of what it needs."""
    for part in of.parts:
        if isinstance(part.of, Slot):
            needs = "".join(f"{found.needed(steps)}, " for steps in part.of.needs)
            yield part.of.index, fields.get(part.key, ""), f"({needs})"
