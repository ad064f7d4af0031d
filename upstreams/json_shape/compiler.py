"""From what is wanted to the types it is decoded as, and the code that mends what was decoded.

An object becomes a struct whose fields, in order, are its response: what is decoded is encoded as
it is. Where the response differs from the answer the struct is mended: values change places, what
only a slot needed is unset. Objects that do not stand in an answer as such (an entry of a map, a
box, one of several types) are made anew of what was decoded. Where two want the same value in
different ways, or only the whole value tells what it is, its text is kept and decoded again.
"""

import operator
from collections.abc import Callable, Collection, Mapping
from functools import reduce
from types import GenericAlias
from typing import Any

from msgspec import Raw

from upstreams.json_shape.decoding import decoding, whole
from upstreams.json_shape.leaves import typed
from upstreams.json_shape.objects import Found, Objects
from upstreams.json_shape.reading import Mend, Named, Reading
from upstreams.json_shape.source import Source, depth, indented
from upstreams.json_shape.structs import UnfitError, attributes, decoded, is_plain
from upstreams.json_shape.wants import Want, by_name, needed, objects, want
from upstreams.model import ScalarKind
from upstreams.shape import Entries, Leaf, Many, Object, Steps, Varied, Wanted, below

_DEEPEST = 8
"""How deep the blocks of one function are nested; Python has a limit."""
_MOST_TYPES = 8
"""How many types are told apart: what reads each takes time to make."""
_KEY, _VALUE = "key", "value"


class Compiler:
    """Compiles one tree."""

    def __init__(self, lenient: Collection[str] = ()) -> None:
        """`lenient`: the places of leaves that are decoded as whatever they are."""
        self.strict: set[str] = set()
        """The places of leaves that are decoded as what was promised alone."""
        self._lenient = lenient
        self._source = Source()
        self._objects = Objects(self._source)
        self._below = self._source.constant(below)
        self._whole = self._source.constant(whole)

    def compiled(self, wanted: Wanted, at: str) -> tuple[Any, Callable[[Any, Any], Any] | None]:
        """The type it is decoded as at a place, and what is done with that, if anything.

        Raises `UnfitError`.
        """
        if any(not steps for one in objects(wanted) for steps in needed(one.parts)):
            raise UnfitError("a slot needs a whole object, of which parts alone are decoded")
        if isinstance(one := _item(wanted), Varied) and not _told_apart(one):
            raise UnfitError("all of it would be decoded twice")
        reading = self._reading(wanted, at, required=False)
        if reading.mend is None and not reading.form:
            return reading.type, None
        return reading.type, self._source.made(self._function(reading))

    def _function(self, reading: Reading, *before: str) -> str:
        lines = (*before, *reading.mended("value"))
        return self._source.function(lines, reading.given("value", self._objects.missing))

    def _reading(self, wanted: Wanted, at: str, *, required: bool) -> Reading:
        match wanted:
            case Leaf():
                return self._leaf(wanted, at, required=required)
            case Many():
                return self._many(wanted, at, required=required)
            case Entries(of=entry):
                return self._entries(entry, at, required=required)
            case Object(boxed=True):
                return self._boxed(wanted, at, required=required)
            case Object():
                return self._object(wanted, at, required=required)
            case Varied():
                if known := _told_apart(wanted):
                    return self._tagged(known, wanted.tag, at, required=required)
                return self._looked_at(wanted, at, required=required)

    def _leaf(self, leaf: Leaf, at: str, *, required: bool, as_it_is: bool = False) -> Reading:
        """`as_it_is`: what is decoded must be what clients of upstreams have."""
        how = None if as_it_is or at in self._lenient else typed(leaf)
        if how is None:
            form = f"{self._source.constant(leaf.write)}({{0}})"
            return Reading(Any, required, form, reach=self._walk)
        self.strict.add(at)
        asked = self._source.constant(how.asked(leaf)) if how.form else ""
        return Reading(how.type, required, how.form.replace("{1}", asked), reach=self._walk)

    def _walk(self, place: str, steps: Steps) -> str:
        return f"{self._below}({place}, {self._source.constant(steps)})" if steps else place

    def _many(self, wanted: Many, at: str, *, required: bool) -> Reading:
        item = self._reading(wanted.of, f"{at}[]", required=wanted.required)
        one = self._source.variable()
        if item.form:
            given = f"[{item.given(one, self._objects.missing)} for {one} in value]"
            form = self._called(self._source.function((), given))
            return Reading(GenericAlias(list, item.type), required, form)
        lines = tuple(item.mended(one))
        if not lines:
            return Reading(GenericAlias(list, item.type), required)
        variable = self._source.variable()
        mend = Mend(variable, (f"for {one} in {variable}:", *indented(lines)))
        return Reading(GenericAlias(list, item.type), required, mend=self._shallow(mend))

    def _shallow(self, mend: Mend) -> Mend:
        """The same, in a function of its own where it has too many levels."""
        if depth(mend.lines) < _DEEPEST:
            return mend
        lines = (f"{mend.variable} = value", *mend.lines)
        call = self._called(self._source.function(lines, "None"))
        return Mend(mend.variable, (call.format(mend.variable),))

    def _called(self, function: str) -> str:
        return f"{function}({{0}}, holes)"

    def _entries(self, entry: Object, at: str, *, required: bool) -> Reading:
        wants = by_name(entry.parts, needed(entry.parts))
        if wants.keys() - {_KEY, _VALUE}:
            raise UnfitError("an entry has a key and a value alone")
        named = self._under(wants, f"{at}[]")
        key, value, made = (self._source.variable() for _ in range(3))
        found = Found(named, {_KEY: key, _VALUE: value})
        lines = (
            "made = []",
            f"for {key}, {value} in value.items():",
            *indented(self._objects.made(entry, found, made)),
            *indented((f"made.append({made})",)),
        )
        held = named[_VALUE].reading.type if _VALUE in named else Raw
        form = self._called(self._source.function(lines, "made"))
        return Reading(GenericAlias(dict, (str, held)), required, form)

    def _boxed(self, of: Object, at: str, *, required: bool) -> Reading:
        named = self._named(want([one for one in of.parts if one.name], needed(of.parts)), at)
        found = Found({"": named}, {"": "value"}, boxed=True)
        made = self._source.variable()
        lines = self._objects.made(of, found, made)
        kept = named.reading.decoded
        null = self._null(required=required)
        absent = (f"if {self._whole}(value) is None: return {null}",) if kept is Raw else ()
        form = self._called(self._source.function((*absent, *lines), made))
        return Reading(kept, required, form)

    def _object(
        self, of: Object, at: str, *, required: bool, needs: tuple[Steps, ...] = ()
    ) -> Reading:
        """An object that is encoded as it is decoded; `needs` are those of what is around it."""
        named = self._under(by_name(of.parts, (*needs, *needed(of.parts))), at)
        fields = attributes(dict.fromkeys((*(one.key for one in of.parts if one.key), *named)))
        variable = self._source.variable()
        found = Found(named, _places(variable, fields))
        lines = tuple(self._objects.in_place(of, found, variable, fields))
        mend = self._shallow(Mend(variable, lines)) if lines else None
        struct = decoded(fields, named)

        def reach(place: str, steps: Steps) -> str:
            return Found(named, _places(place, fields)).needed(steps)

        return Reading(struct, required, mend=mend, reach=reach)

    def _tagged(
        self, known: Mapping[str, Object], field: str, at: str, *, required: bool
    ) -> Reading:
        """One of several objects that are told apart by a tag while they are decoded."""
        ways: dict[Any, Any] = {}
        structs = [self._member(one, field, tag, at, ways) for tag, one in known.items()]
        way = f"{self._source.constant(ways)}[value.__class__](value, holes)"
        form = self._called(self._source.function((), way))
        return Reading(reduce(operator.or_, structs), required, form)

    def _member(self, of: Object, field: str, tag: str, at: str, ways: dict[Any, Any]) -> Any:
        """The struct of one of several; it enters what is done with it."""
        wants = dict(by_name(of.parts, needed(of.parts)))
        told = self._tag(wants.pop(field, Want()))
        named = self._under(wants, at)
        fields = attributes(named)
        made = self._source.variable()
        places = {field: self._source.constant(tag), **_places("value", fields)}
        lines = self._objects.made(of, Found({field: told, **named}, places), made)
        struct = decoded(fields, named, {"tag_field": field, "tag": tag})
        self._source.enter(ways, struct, self._source.function(lines, made))
        return struct

    def _tag(self, one: Want) -> Named:
        """How the tag is read, which is known by then."""
        apart = ((of, Reading(str, required=True, form=self._told(of))) for of in one.of)
        return Named(Reading(str, required=True, reach=self._walk), tuple(apart))

    def _told(self, of: Wanted) -> str:
        assert isinstance(of, Leaf)  # noqa: S101 - else it would not be told by it
        if of.kind is ScalarKind.STRING:
            return ""
        return f"{self._source.constant(of.write)}({{0}})"

    def _looked_at(self, wanted: Varied, at: str, *, required: bool) -> Reading:
        """One of several objects, which only the whole value tells."""
        if len(wanted.objects) > _MOST_TYPES:
            raise UnfitError("too many types")
        ways: dict[Any, Any] = {}
        for name, one in wanted.objects.items():
            self._source.enter(ways, name, self._decoding(one, at, required=required))
        found = self._source.variable()
        resolve = self._source.constant(wanted.resolve)
        null = self._null(required=required)
        lines = (f"{found} = {self._whole}(value)", f"if {found} is None: return {null}")
        way = f"{self._source.constant(ways)}[{resolve}({found})](value, holes)"
        return Reading(Raw, required, self._called(self._source.function(lines, way)))

    def _null(self, *, required: bool) -> str:
        """What null in a text becomes."""
        return f"{self._objects.missing}()" if required else "None"

    def _under(self, names: Mapping[str, Want], at: str) -> dict[str, Named]:
        return {name: self._named(one, f"{at}.{name}") for name, one in names.items()}

    def _named(self, one: Want, at: str) -> Named:
        """How what stands under one name is read."""
        if not one.of:
            return Named(Reading(Any, required=False, reach=self._walk))
        reading = self._alone(one, at) if len(one.of) == 1 else None
        if reading is not None:
            return Named(reading)
        apart = ((of, self._apart(of, at, required=one.required)) for of in one.of)
        return Named(Reading(Raw, one.required, reach=self._walk_whole), tuple(apart))

    def _alone(self, one: Want, at: str) -> Reading | None:
        """How it is read, wanted in one way; None where slots need more than is decoded then."""
        match one.of[0]:
            case Leaf(kind=kind) as leaf:
                # A Float is decoded as 1.0 where clients of upstreams have 1.
                inexact = any(one.needs) or (bool(one.needs) and kind is ScalarKind.FLOAT)
                return self._leaf(leaf, at, required=one.required, as_it_is=inexact)
            case Object(boxed=False) as of if all(one.needs):
                return self._object(of, at, required=one.required, needs=one.needs)
            case of:
                return None if one.needs else self._reading(of, at, required=one.required)

    def _apart(self, of: Wanted, at: str, *, required: bool) -> Reading:
        function = self._decoding(of, at, required=required)
        return Reading(Raw, required, self._called(function))

    def _decoding(self, of: Wanted, at: str, *, required: bool) -> str:
        """A function that decodes and reads a text."""
        reading = self._reading(of, at, required=required)
        decode = self._source.constant(decoding(reading.type, at))
        return self._function(reading, f"value = {decode}(value)")

    def _walk_whole(self, place: str, steps: Steps) -> str:
        return f"{self._below}({self._whole}({place}), {self._source.constant(steps)})"


def _places(variable: str, fields: Mapping[str, str]) -> dict[str, str]:
    return {name: f"{variable}.{attribute}" for name, attribute in fields.items()}


def _item(wanted: Wanted) -> Wanted:
    """What a list of lists of something is a list of."""
    return _item(wanted.of) if isinstance(wanted, Many) else wanted


def _told_apart(wanted: Varied) -> Mapping[str, Object]:
    """The objects by what the tag says; none where they are not told apart while decoding.

    A struct's tag cannot be one of its fields, so that nothing but the tag itself may be wanted.
    """
    tags = {tag: wanted.objects.get(name) for tag, name in (wanted.tags or {}).items()}
    known = {tag: one for tag, one in tags.items() if one is not None}
    parts = [part for one in known.values() for part in one.parts if part.name == wanted.tag]
    is_possible = (
        # A single struct is taken for the one meant, though the tag is not there.
        1 < len(known) <= _MOST_TYPES
        and all(map(is_plain, (wanted.tag, *tags)))
        and not any(one.boxed for one in known.values())
        and all(isinstance(part.of, Leaf) for part in parts)
    )
    return known if is_possible else {}
