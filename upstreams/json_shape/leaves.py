"""What JSON leaves are decoded as, and how what was decoded is written."""

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Annotated, Any, Literal, NamedTuple

from msgspec import Meta

from upstreams.model import ScalarKind
from upstreams.shape import Leaf


class Typed(NamedTuple):
    """The one type that a leaf has in answers that keep their promise."""

    type: Any
    form: str = ""
    """An expression of what is written, of the value `{0}` and what it is asked, `{1}`.

    Empty: the value itself.
    """
    asked: Callable[[Leaf], Any] = attrgetter("write")


_SAFE_DIGITS = 19
"""So many digits may be more than 2**63 - 1; fewer are not."""
_TEXTS = (
    *(ScalarKind.STRING, ScalarKind.DATE, ScalarKind.TIME, ScalarKind.DATE_TIME),
    *(ScalarKind.LOCAL_DATE_TIME, ScalarKind.DURATION, ScalarKind.UUID, ScalarKind.URI),
    *(ScalarKind.EMAIL, ScalarKind.BYTES),
)


def _integer(bounds: str) -> Typed:
    form = f"str({{0}}) if {{0}}.__class__ is int{bounds} else {{1}}({{0}})"
    return Typed(int | str, form, _numeral)


def _numeral(leaf: Leaf) -> Callable[[Any], Any]:
    """As the scalar, but for texts that are soon seen to be integers as the scalar writes them."""
    write = leaf.write

    def written(value: Any) -> Any:
        is_numeral = value.__class__ is str and value.isdecimal() and value.isascii()
        is_plain = is_numeral and len(value) < _SAFE_DIGITS and value[0] != "0"
        return value if is_plain else write(value)

    return written


_TYPED: Mapping[ScalarKind, Typed] = {
    **dict.fromkeys(_TEXTS, Typed(str)),
    ScalarKind.INT: Typed(Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]),
    ScalarKind.UNSIGNED_INT: Typed(Annotated[int, Meta(ge=0, le=2**32 - 1)]),
    # GraphQL refuses integers that a float would round.
    ScalarKind.FLOAT: Typed(
        int | float,
        "{0} if {0}.__class__ is float else float({0})"
        f" if {-(2**53)} <= {{0}} <= {2**53} else {{1}}({{0}})",
    ),
    ScalarKind.BOOLEAN: Typed(bool),
    ScalarKind.ID: Typed(int | str, "{0} if {0}.__class__ is str else str({0})"),
    ScalarKind.LONG: _integer(f" and {-(2**63)} <= {{0}} < {2**63}"),
    ScalarKind.UNSIGNED_LONG: _integer(f" and 0 <= {{0}} < {2**64}"),
    ScalarKind.BIG_INT: _integer(""),
}


def typed(leaf: Leaf) -> Typed | None:
    """How a leaf is decoded that is as promised; None where only its scalar can tell."""
    if leaf.kind is not None:
        return _TYPED.get(leaf.kind)
    if not leaf.names:
        return None
    if all(name == value for value, name in leaf.names.items()):
        return Typed(Literal[tuple(leaf.names)])
    return Typed(str, "{1}[{0}]", attrgetter("names"))
