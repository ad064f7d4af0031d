"""The shape that fits every kind: reads what is wanted from the values that clients give.

One function is generated for each object, so that a selected field costs a look-up and a check of
its class. Names of backends never reach the source: they are constants of its namespace.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

from graphql import GraphQLError

from upstreams.model import ScalarKind
from upstreams.shape import (
    Answer,
    Constant,
    Entries,
    Hole,
    Leaf,
    Many,
    Object,
    Part,
    Read,
    Slot,
    Steps,
    Surprise,
    Varied,
    Wanted,
    below,
)

_Holes: TypeAlias = Sequence[list[Hole]]
_Reader: TypeAlias = Callable[[Any, _Holes], Any]
"""A value that is not null -> what clients see of it."""

_TEXTS = frozenset(
    (
        *(ScalarKind.STRING, ScalarKind.ID, ScalarKind.DATE, ScalarKind.TIME, ScalarKind.DATE_TIME),
        *(ScalarKind.LOCAL_DATE_TIME, ScalarKind.DURATION, ScalarKind.UUID, ScalarKind.URI),
        *(ScalarKind.EMAIL, ScalarKind.BYTES),
    )
)
"""Kinds whose texts are shown as they are."""
_INT = "({0}.__class__ is int and -2147483648 <= {0} <= 2147483647)"
_AS_IT_IS = {
    **dict.fromkeys(_TEXTS, "{0}.__class__ is str"),
    ScalarKind.INT: _INT,
    ScalarKind.BOOLEAN: "{0}.__class__ is bool",
}
"""When a value is what clients see of it, for the kinds where that is soon told."""

_UNFIT = (GraphQLError, TypeError, ValueError, ArithmeticError, LookupError, RecursionError)
"""What writing a value raises that is not as promised."""


class Projection:
    """Reads what is wanted from an answer's value."""

    def __init__(self, wanted: Wanted, inside: Steps = ()) -> None:
        """`inside` leads from the value to what is wanted."""
        compiler = _Compiler()
        self._inside = inside
        self._read = compiler.reader(wanted)
        self._slots = compiler.slots

    def read(self, answer: Answer) -> Read:
        """As `Shape` says."""
        value = below(answer.value(), self._inside)
        if value is None:
            return Read(None)
        holes: tuple[list[Hole], ...] = tuple([] for _ in range(self._slots))
        try:
            return Read(self._read(value, holes), holes)
        except _UNFIT as error:
            raise Surprise(str(error)) from error


class _Compiler:
    """Generates the reader of one tree."""

    def __init__(self) -> None:
        self.slots = 0
        self._names: dict[str, Any] = {"Hole": Hole, "Surprise": Surprise, "below": below}

    def reader(self, wanted: Wanted) -> _Reader:
        """How a value of that kind is read."""
        match wanted:
            case Leaf():
                return lambda value, _holes: wanted.write(value)
            case Many(of, required):
                return _many(self.reader(of), required=required)
            case Entries(of):
                return _entries(self._object(of))
            case Object():
                return self._object(wanted)
            case Varied():
                return _varied(
                    wanted, {name: self._object(o) for name, o in wanted.objects.items()}
                )

    def _object(self, wanted: Object) -> _Reader:
        source = "\n".join(("def read(value, holes):", *map("    {}".format, self._body(wanted))))
        found: dict[str, Any] = {}
        exec(source, self._names, found)  # noqa: S102 - the source has names of our own alone
        reader: _Reader = found["read"]
        return reader

    def _body(self, wanted: Object) -> Iterator[str]:
        if not wanted.boxed:
            yield "if value.__class__ is not dict: raise Surprise('an object was promised')"
            yield "get = value.get"
        shown = [(f"v{place}", one) for place, one in enumerate(wanted.parts)]
        for variable, part in shown:
            yield from self._part(variable, part, boxed=wanted.boxed)
        items = (f"{part.key!r}: {variable}" for variable, part in shown if part.key)
        yield f"made = {{{', '.join(items)}}}"
        for part in wanted.parts:
            if isinstance(part.of, Slot):
                yield self._hole(part, part.of)
        yield "return made"

    def _part(self, variable: str, part: Part, *, boxed: bool) -> Iterator[str]:
        of = part.of
        if isinstance(of, Constant):
            yield f"{variable} = {self._constant(of.value)}"
        elif isinstance(of, Slot):
            yield f"{variable} = None"
        else:
            yield f"{variable} = " + ("value" if boxed else f"get({self._constant(part.name)})")
            yield from self._converted(variable, of, required=part.required)

    def _converted(self, variable: str, of: Wanted, *, required: bool) -> Iterator[str]:
        if isinstance(of, Leaf):
            reader = f"{self._constant(of.write)}({variable})"
        else:
            reader = f"{self._constant(self.reader(of))}({variable}, holes)"
        plain = _AS_IT_IS.get(of.kind) if isinstance(of, Leaf) and of.kind else None
        if plain:
            yield f"if not {plain.format(variable)}:"
            yield f"    if {variable} is not None: {variable} = {reader}"
        else:
            yield f"if {variable} is not None: {variable} = {reader}"
        if required:
            yield f"if {variable} is None: raise Surprise('null came where none may be')"

    def _hole(self, part: Part, slot: Slot) -> str:
        self.slots = max(self.slots, slot.index + 1)
        needs = "".join(f"below(value, {self._constant(steps)})," for steps in slot.needs)
        return f"holes[{slot.index}].append(Hole(made, {part.key!r}, ({needs})))"

    def _constant(self, value: Any) -> str:
        name = f"c{len(self._names)}"
        self._names[name] = value
        return name


def _many(item: _Reader, *, required: bool) -> _Reader:
    def read(value: Any, holes: _Holes) -> list[Any]:
        if not isinstance(value, list | tuple):
            raise Surprise("a list was promised")
        if required and None in value:
            raise Surprise("null came where none may be")
        return [None if one is None else item(one, holes) for one in value]

    return read


def _entries(entry: _Reader) -> _Reader:
    def read(value: Any, holes: _Holes) -> list[Any]:
        if not isinstance(value, dict):
            raise Surprise("a map was promised")
        return [entry({"key": key, "value": one}, holes) for key, one in value.items()]

    return read


def _varied(wanted: Varied, objects: dict[str, _Reader]) -> _Reader:
    resolve = wanted.resolve

    def read(value: Any, holes: _Holes) -> Any:
        return objects[resolve(value)](value, holes)

    return read
