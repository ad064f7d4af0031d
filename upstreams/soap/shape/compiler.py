"""The functions of a shape: what its tree wants, by the layouts of a catalog.

Names of backends never reach the generated source: they are constants of its namespace.
"""

import re
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from upstreams.shape import (
    Constant,
    Hole,
    Leaf,
    Many,
    Object,
    Part,
    Slot,
    Steps,
    Surprise,
    Varied,
    Wanted,
)
from upstreams.soap import model
from upstreams.soap.model import TYPE_KEY, Content, Member, Nested, Place
from upstreams.soap.shape.leaves import Beyond, Holes, Lines, Reading, exactly, plainly
from upstreams.soap.shape.source import Child, Function, Name, Use
from upstreams.soap.xml import Element, Values
from upstreams.soap.xml.arranged import Arranged, ArrangedFamily
from upstreams.soap.xml.compiled_reader import Nils
from upstreams.soap.xml.document import NIL, TRUE
from upstreams.soap.xml.read import type_of

_CANONICAL = re.compile(r"-?(0|[1-9][0-9]{0,999})(\.[0-9]{1,999})?")
"""Decimals that are written as they are read."""
_MOST_IN_ORDER = 40
"""How many members a type may have for its children to be expected in their order."""


class _End:
    """What follows the last child."""

    tag = None


class _Kinds(dict[str, Reading]):
    """How the types of a family are read, by key."""

    def __missing__(self, key: str) -> Reading:
        raise Surprise(f"{key!r:.60} names no type that is known")


class Compiler:
    """Generates the readers of one tree."""

    def __init__(self, values: Values) -> None:
        self.values = values
        self._lines: list[str] = []
        self._kinds: list[tuple[_Kinds, str, Name]] = []
        self._names: dict[Name, Any] = {
            "BOOLEANS": {"true": True, "1": True, "false": False, "0": False},
            "END": _End,
            "Hole": Hole,
            "NIL": NIL,
            "Surprise": Surprise,
            "TRUE": TRUE,
            "is_canonical": _CANONICAL.fullmatch,
        }

    def compiled(self, content: Content, wanted: Wanted) -> Reading:
        """How elements of that content are read. Raises `Beyond`."""
        name = self.content(content, wanted)
        exec("\n".join(self._lines), self._names)  # noqa: S102 - the source has names of our own alone
        for kinds, key, reading in self._kinds:
            kinds[key] = self._names[reading]
        made: Reading = self._names[name]
        return made

    def constant(self, value: Any) -> Name:
        """What a value is called in the source."""
        name = f"c{len(self._names)}"
        self._names[name] = value
        return name

    def content(self, content: Content, wanted: Wanted) -> Name:
        """The function that reads elements of that content. Raises `Beyond`."""
        match content, wanted:
            case model.Leaf(), _:
                return self.constant(exactly(self.values.ready.content(content), wanted))
            case Nested(key), Object():
                return self.object(self.values.layouts[key], wanted)
            case model.Varied(key), Varied():
                return self._varied(self.values.families[key], wanted)
            case _:
                raise Beyond

    def object(self, layout: Arranged, wanted: Object, *, around: bool = True) -> Name:
        """The function that reads elements of that layout; or, not `around`, one that is in it."""
        body = _Object(self, layout, wanted, around=around).function().lines()
        name = self.constant(None)
        self._lines.append(f"def {name}(element, nils, holes):")
        if around:
            self._lines.append("    if nils and element.get(NIL) in TRUE: return None")
        self._lines += (f"    {line}" for line in body)
        return name

    def _varied(self, family: ArrangedFamily, wanted: Varied) -> Name:
        if wanted.tag != TYPE_KEY or wanted.tags is None:
            raise Beyond
        kinds = _Kinds()
        for key, type_name in wanted.tags.items():
            layout, of = self.values.layouts.get(key), wanted.objects.get(type_name)
            if layout is not None and of is not None:
                self._kinds.append((kinds, key, self.object(layout, of)))

        def read(element: Element, nils: Nils, holes: Holes) -> Any:
            if nils and element.get(NIL) in TRUE:
                return None
            return kinds[type_of(element, family)](element, nils, holes)

        return self.constant(read)


class _Object:
    """One object that is wanted of elements of one layout."""

    def __init__(
        self, compiler: Compiler, layout: Arranged, wanted: Object, *, around: bool
    ) -> None:
        if wanted.boxed:
            raise Beyond
        self._compiler = compiler
        self._layout = layout
        self._around = around
        self._members = {one.field: one for one in (*layout.beside, *layout.inside)}
        self._uses: dict[str, list[Use]] = {}
        self._beside: dict[Name, str] = {}
        self._required: list[Name] = []
        self._full: list[Name] = []
        self._count = count()
        self._items: list[str] = []
        self._holes: list[str] = []
        for part in wanted.parts:
            self._add(part)

    def function(self) -> Function:
        """The function that reads it."""
        inside = self._layout.inside
        ordered = len(inside) <= _MOST_IN_ORDER
        children = [self._child(member, ordered=ordered) for member in inside]
        numbers = {
            member.name: number if children[number].uses else -1
            for number, member in enumerate(inside)
            if self._is_plain(member)
        }
        return Function(
            "element[:]" if self._around else "[element]",
            children,
            self._compiler.constant(numbers),
            self._compiler.constant(self._claim(children)),
            self._beside,
            self._required,
            self._full,
            f"{{{', '.join(self._items)}}}",
            self._holes,
        )

    def _is_plain(self, member: Member) -> bool:
        """Whether an element of its name is certainly its own."""
        return member.place is Place.ELEMENT and self._layout.claiming(member.name) is member

    def _child(self, member: Member, *, ordered: bool) -> Child:
        name = self._compiler.constant(member.name) if ordered and self._is_plain(member) else ""
        return Child(tuple(self._uses.get(member.field, ())), member.repeated, name)

    def _claim(self, children: Sequence[Child]) -> Callable[[str], int]:
        layout, around = self._layout, self._around

        def claim(tag: str) -> int:
            member = layout.claiming(tag)
            if member is None and not around:
                raise Surprise("no substitute has that name", tag)
            number = -1 if member is None else layout.inside.index(member)
            return number if number >= 0 and children[number].uses else -1

        return claim

    def _add(self, part: Part) -> None:
        match part.of:
            case Constant(value):
                self._show(part, self._compiler.constant(value))
            case Slot(index, needs):
                self._show(part, "None")
                parts = "".join(f"{self._need(steps)}, " for steps in needs)
                self._holes.append(f"holes[{index}].append(Hole(made, {part.key!r}, ({parts})))")
            case _:
                variable = self._variable()
                self._show(part, variable)
                self._read(variable, self._member(part.name), part.of)
                if part.required:
                    self._required.append(variable)

    def _show(self, part: Part, expression: str) -> None:
        if part.key:
            self._items.append(f"{part.key!r}: {expression}")

    def _variable(self) -> Name:
        return f"v{next(self._count)}"

    def _member(self, field: str) -> Member:
        if field not in self._members:
            raise Beyond
        return self._members[field]

    def _read(self, variable: Name, member: Member, wanted: Wanted) -> None:
        """Have a variable hold what is wanted of a member."""
        compiler = self._compiler
        if member in self._layout.beside:
            read = compiler.values.ready.beside(member, self._layout)
            self._stand(variable, exactly(lambda element, _nils: read(element), wanted))
            return
        of = wanted
        if member.repeated:
            if not isinstance(wanted, Many) or not self._around:
                raise Beyond
            of = wanted.of
            if wanted.required:
                self._full.append(variable)
        use = Use(variable, self._reading(member, of), self._plain(member, of), _has_slots(of))
        self._uses.setdefault(member.field, []).append(use)

    def _stand(self, variable: Name, read: Reading) -> None:
        self._beside[variable] = f"{self._compiler.constant(read)}(element, nils, holes)"

    def _reading(self, member: Member, wanted: Wanted) -> Name:
        values, compiler = self._compiler.values, self._compiler
        if member.place is Place.SUBSTITUTE and isinstance(member.content, Nested):
            if not isinstance(wanted, Object):
                raise Beyond
            return compiler.object(values.layouts[member.content.key], wanted, around=False)
        if member.place is Place.ELEMENT and member.default is None:
            return compiler.content(member.content, wanted)
        return compiler.constant(exactly(values.ready.child(member), wanted))

    def _plain(self, member: Member, wanted: Wanted) -> Lines:
        content = member.content
        if not self._is_plain(member) or member.default is not None:
            return ()
        if not isinstance(content, model.Leaf) or not isinstance(wanted, Leaf):
            return ()
        return plainly(content, wanted, self._compiler.constant)

    def _need(self, steps: Steps) -> Name:
        """The variable of what stands at a path, as the reader gives it."""
        first, rest = steps[0], steps[1:]
        if first not in self._members and first != TYPE_KEY:
            return "None"
        member = self._member(first)
        variable = self._variable()
        ready = self._compiler.values.ready
        if member in self._layout.beside:
            read = ready.beside(member, self._layout)
            self._stand(variable, lambda element, _nils, _holes: _found(read(element), rest))
            return variable
        if member.repeated and (rest or not self._around):
            raise Beyond
        child = ready.child(member, frozenset((".".join(rest),)) if rest else frozenset())
        reading = self._compiler.constant(
            lambda element, nils, _holes: _found(child(element, nils), rest)
        )
        self._uses.setdefault(first, []).append(Use(variable, reading))
        return variable


def _found(value: Any, steps: Steps) -> Any:
    """What stands at a path below a value; None for nothing. Raises `Surprise`."""
    for step in steps:
        if value is None:
            return None
        if not isinstance(value, dict):
            raise Surprise("an object was promised", step)
        value = value.get(step)
    return value


def _has_slots(wanted: Wanted | Constant | Slot) -> bool:
    match wanted:
        case Slot():
            return True
        case Many(of):
            return _has_slots(of)
        case Object(parts=parts):
            return any(_has_slots(part.of) for part in parts)
        case Varied(objects=objects):
            return any(map(_has_slots, objects.values()))
        case _:
            return False
