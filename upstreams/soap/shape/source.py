"""The source of a function that reads the elements of one type.

An element's children are first taken in the order of its type, in which nearly all stand: each is
compared with the one name that may come next, and plain texts are read in place. From the first on
that has another name, is nil or says something unusual, each is looked up by its name and read by
the reader, unforeseen ones as it does, so that the last of several counts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from upstreams.soap.shape.leaves import NULL, WRONG, Lines

Name: TypeAlias = str
"""What a function, a constant or a variable is called in the source."""


@dataclass(frozen=True, slots=True)
class Use:
    """What becomes of an element, for one of the things it is wanted for."""

    variable: Name
    reading: Name
    """The function that reads such an element, whatever is in it."""
    plain: Lines = ()
    """How it is read in place."""
    once: bool = False
    """Whether it must not be read twice, because the holes in it would stay."""


@dataclass(frozen=True, slots=True)
class Child:
    """The elements of one member."""

    uses: tuple[Use, ...]
    """None where they are not wanted."""
    repeated: bool
    name: Name = ""
    """The constant that they are called in the order of their type; empty where they have none."""


@dataclass(frozen=True, slots=True)
class Function:
    """Reads an element: its children, what stands beside them, and what is made of both."""

    kids: str
    """What gives the children in a new list."""
    children: Sequence[Child]
    """In the order of their type."""
    numbers: Name
    """The number of a child in `children` by its name, -1 for one that is not wanted."""
    claim: Name
    """The same for a name that is not among them."""
    beside: Mapping[Name, str]
    """By variable, expressions."""
    required: Iterable[Name]
    """Variables that must not be null."""
    full: Iterable[Name]
    """Variables of lists in which nothing may be null."""
    made: str
    """The object, as an expression."""
    holes: Sequence[str]
    """Statements that note the holes in `made`."""

    def lines(self) -> Iterator[str]:
        """Its body."""
        wanted = [child for child in self.children if child.uses]
        for child in wanted:
            for use in child.uses:
                yield f"{use.variable} = {'[]' if child.repeated else None}"
        if wanted:
            yield from self._read()
        for variable, expression in self.beside.items():
            yield f"{variable} = {expression}"
        yield from self._checked()
        if self.holes:
            yield f"made = {self.made}"
            yield from self.holes
        yield f"return {'made' if self.holes else self.made}"

    def _read(self) -> Iterator[str]:
        yield f"kids = {self.kids}"
        yield "kids.append(END)"
        yield "k = kids[0]"
        yield "i = 0"
        if any(child.name for child in self.children):
            yield "try:"
            for child in self.children:
                if child.name:
                    yield from _inner(_in_order(child))
            yield f"except {WRONG}: pass"
        yield "if k is not END:"
        yield from _inner(self._in_any_order())

    def _in_any_order(self) -> Iterator[str]:
        yield "for k in kids[i:-1]:"
        yield f"    n = {self.numbers}.get(k.tag)"
        yield f"    if n is None: n = {self.claim}(k.tag)"
        yield "    if n < 0: continue"
        for number, child in enumerate(self.children):
            if child.uses:
                yield f"    if n == {number}:"
                for use in child.uses:
                    yield from _inner(_inner(_anyway(use, repeated=child.repeated)))

    def _checked(self) -> Iterator[str]:
        missing = [f"{variable} is None" for variable in self.required]
        missing += [f"None in {variable}" for variable in self.full]
        if missing:
            yield f"if {' or '.join(missing)}: raise Surprise({NULL!r})"


def _in_order(child: Child) -> Iterator[str]:
    """Children that stand where their type has them; nothing is kept of one that raises."""
    plain = any(use.plain for use in child.uses)
    usual = " and not (nils and k.get(NIL) in TRUE)" if plain else ""
    yield f"{'while' if child.repeated else 'if'} k.tag == {child.name}{usual}:"
    for number, use in enumerate(child.uses):
        target = f"x{number}" if child.repeated else use.variable
        if use.once and not child.repeated:
            yield f"    {_once(use)}"
        lines = use.plain or (f"{{0}} = {use.reading}(k, nils, holes)",)
        yield from (f"    {line.format(target)}" for line in lines)
    if child.repeated:
        yield from (f"    {use.variable}.append(x{n})" for n, use in enumerate(child.uses))
    yield "    k = kids[i := i + 1]"


def _anyway(use: Use, *, repeated: bool) -> Iterator[str]:
    """A child, wherever it stands."""
    if repeated:
        yield f"{use.variable}.append({use.reading}(k, nils, holes))"
        return
    if use.once:
        yield _once(use)
    yield f"{use.variable} = {use.reading}(k, nils, holes)"


def _once(use: Use) -> str:
    return f"if {use.variable} is not None: raise Surprise('an element came twice')"


def _inner(lines: Iterable[str]) -> Iterator[str]:
    return (f"    {line}" for line in lines)
