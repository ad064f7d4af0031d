"""Leaves: what clients see of an element's text."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from upstreams.model import ScalarKind
from upstreams.shape import Hole, Leaf, Many, Surprise, Wanted
from upstreams.soap import model
from upstreams.soap.model import Codec
from upstreams.soap.xml.compiled_reader import Nils, Read
from upstreams.soap.xml.document import Element

Holes: TypeAlias = Sequence[list[Hole]]
Reading: TypeAlias = Callable[[Element, Nils, Holes], Any]
"""What clients see of an element; None for nothing. Raises `Surprise` and `Malformed`."""
Lines: TypeAlias = tuple[str, ...]
"""Statements that read an element `k` that is not nil into a variable, `{0}`.

They raise what `WRONG` names for a text that says something unusual.
"""

NULL = "null came where none may be"
WRONG = "(TypeError, ValueError, LookupError)"
"""What reading a text in place raises where the reader has to be asked."""


class Beyond(Exception):  # noqa: N818 - not an error: another reader serves it
    """What is wanted does not follow the layout, or is too rare for a shape."""


def exactly(read: Read, wanted: Wanted) -> Reading:
    """By the reader. Raises `Beyond` for what is no leaf, nor a list of leaves."""
    show = shown(wanted)

    def reading(element: Element, nils: Nils, _holes: Holes) -> Any:
        value = read(element, nils)
        return None if value is None else show(value)

    return reading


def shown(wanted: Wanted) -> Callable[[Any], Any]:
    """How a value of the reader's becomes what clients see. Raises `Beyond` as above."""
    match wanted:
        case Leaf():
            return _leaf(wanted)
        case Many(of, required):
            return _many(shown(of), required=required)
        case _:
            raise Beyond


def _leaf(leaf: Leaf) -> Callable[[Any], Any]:
    write = leaf.write

    def show(value: Any) -> Any:
        try:
            return write(value)
        except Exception as error:
            raise Surprise(str(error)) from error

    return show


def _many(show: Callable[[Any], Any], *, required: bool) -> Callable[[Any], Any]:
    def show_all(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise Surprise("a list was promised")
        if required and None in value:
            raise Surprise(NULL)
        return [None if one is None else show(one) for one in value]

    return show_all


def plainly(leaf: model.Leaf, wanted: Leaf, constant: Callable[[Any], str]) -> Lines:
    """How the text of an element that is not nil is read in place; no lines where it is not."""
    if leaf.listed:
        return ()
    if leaf.enum:
        return () if wanted.names is None else (f"{{0}} = {constant(wanted.names)}[k.text]",)
    return _PLAIN.get((leaf.codec, wanted.kind), ())


def _integer(low: int | None, high: int | None, made: str = "{0}") -> Lines:
    """A whole number within bounds, without Python's own liberty of writing 1_000."""
    within = f" or not {low} <= {{0}} <= {high}" if low is not None else ""
    lines = ("s = k.text", "{0} = int(s)", f"if '_' in s{within}: raise ValueError")
    return lines if made == "{0}" else (*lines, f"{{0}} = {made}")


_WORDS: Lines = ("{0} = ' '.join((k.text or '').split()) or None",)
_PLAIN: Mapping[tuple[Codec, ScalarKind | None], Lines] = {
    (Codec.STRING, ScalarKind.STRING): ("{0} = k.text or ''",),
    (Codec.BOOLEAN, ScalarKind.BOOLEAN): ("{0} = BOOLEANS[k.text]",),
    (Codec.INT, ScalarKind.INT): _integer(-(2**31), 2**31 - 1),
    (Codec.LONG, ScalarKind.LONG): _integer(-(2**63), 2**63 - 1, "str({0})"),
    (Codec.UNSIGNED_LONG, ScalarKind.UNSIGNED_LONG): _integer(0, 2**64 - 1, "str({0})"),
    (Codec.INTEGER, ScalarKind.BIG_INT): _integer(None, None, "str({0})"),
    (Codec.DECIMAL, ScalarKind.DECIMAL): (
        "{0} = k.text",
        "if not is_canonical({0}): raise ValueError",
    ),
    (Codec.DOUBLE, ScalarKind.FLOAT): (
        "s = k.text",
        "{0} = float(s)",
        "if '_' in s or {0} - {0} != 0.0: raise ValueError",
    ),
    (Codec.URI, ScalarKind.URI): _WORDS,
    (Codec.DATE, ScalarKind.DATE): _WORDS,
    (Codec.TIME, ScalarKind.TIME): _WORDS,
    (Codec.DATE_TIME, ScalarKind.LOCAL_DATE_TIME): _WORDS,
    (Codec.DURATION, ScalarKind.DURATION): _WORDS,
}
"""By how it is written and what clients see: texts that are the value, or from which it is soon
made. A text they are wrong about raises."""
