"""Whether a value of one type may be passed where another is wanted.

What cannot fit is refused when the configuration is read; what may not fit in a single case (a text
that is to be a UUID, a long that is to be an int) is an error at its path when it does not.
"""

from collections.abc import Callable

from schema.extend.world import Typed, World
from upstreams.model import (
    EnumType,
    InputType,
    ListOf,
    MapOf,
    Named,
    Scalar,
    ScalarKind,
    TypeDef,
    TypeRef,
    nullable,
)

_INTEGERS = frozenset(
    {
        *(ScalarKind.INT, ScalarKind.UNSIGNED_INT, ScalarKind.LONG, ScalarKind.UNSIGNED_LONG),
        ScalarKind.BIG_INT,
    }
)
_TEXTS = frozenset(
    {
        *(ScalarKind.STRING, ScalarKind.ID, ScalarKind.UUID, ScalarKind.URI, ScalarKind.EMAIL),
        *(ScalarKind.DATE, ScalarKind.TIME, ScalarKind.DATE_TIME, ScalarKind.LOCAL_DATE_TIME),
        ScalarKind.DURATION,
    }
)
_PLAIN = frozenset({ScalarKind.STRING, ScalarKind.ID})
_FROM = {
    ScalarKind.STRING: _TEXTS | _INTEGERS,
    ScalarKind.ID: _TEXTS | _INTEGERS,
    ScalarKind.FLOAT: frozenset({ScalarKind.INT, ScalarKind.UNSIGNED_INT, ScalarKind.DECIMAL}),
    ScalarKind.DECIMAL: _INTEGERS | {ScalarKind.FLOAT},
    ScalarKind.LOCAL_DATE_TIME: frozenset({ScalarKind.DATE_TIME}) | _PLAIN,
    **{kind: _INTEGERS | {ScalarKind.ID, ScalarKind.DECIMAL} for kind in _INTEGERS},
    **dict.fromkeys(_TEXTS - _PLAIN - {ScalarKind.LOCAL_DATE_TIME}, _PLAIN),
}
"""From which other scalars each may be made."""
_CLOSED = (Scalar(ScalarKind.VOID), Scalar(ScalarKind.UPLOAD))
"""Of which nothing else is made, and which are made of nothing else."""


def fits(world: World, found: Typed, wanted: Typed) -> bool:
    """Whether the one may be passed as the other; null is not looked at."""
    source, target = nullable(found.ref), nullable(wanted.ref)
    match source, target:
        case _, Scalar(ScalarKind.JSON):
            return source not in _CLOSED
        case Scalar(ScalarKind.JSON), _:
            return target not in _CLOSED
        case (ListOf(one), ListOf(other)) | (MapOf(one), MapOf(other)):
            return fits(world, Typed(found.upstream, one), Typed(wanted.upstream, other))
        case _, ListOf(other):
            return fits(world, found, Typed(wanted.upstream, other))
        case Scalar(one), Scalar(other):
            return one is other or one in _FROM.get(other, ())
        case (Named(), _) | (_, Named()):
            return _fits_named(world, found, wanted)
        case _:
            return False


def reads(found: TypeRef, wanted: TypeRef) -> bool:
    """Whether the one may be the other's text: "7" a number's, and a decimal number that of any."""
    match nullable(found), nullable(wanted):
        case Scalar(one), Scalar(other):
            numbers = _INTEGERS | {ScalarKind.DECIMAL}
            return {one, other} <= _PLAIN | numbers and not _PLAIN.isdisjoint({one, other})
        case _:
            return False


def _fits_named(world: World, found: Typed, wanted: Typed) -> bool:
    source, target = world.definition(found), world.definition(wanted)
    if source is not None and source == target:
        return isinstance(source, EnumType | InputType)
    match source, target:
        case EnumType(), EnumType():
            return {one.value for one in source.values} <= {one.value for one in target.values}
        case EnumType(), None:
            return _all(source, lambda value: isinstance(value, str)) and _takes_text(wanted)
        case None, EnumType():
            return _takes_text(found) and _all(target, lambda value: isinstance(value, str))
        case _:
            return False


def _all(definition: EnumType, is_so: Callable[[object], bool]) -> bool:
    return all(is_so(one.value) for one in definition.values)


def _takes_text(typed: Typed) -> bool:
    ref = nullable(typed.ref)
    return isinstance(ref, Scalar) and ref.kind in _PLAIN


def is_key(world: World, typed: Typed) -> bool:
    """Whether values of the type tell one thing from another: a leaf that is told apart as such."""
    ref = nullable(typed.ref)
    if isinstance(ref, Scalar):
        return ref not in _CLOSED and ref.kind not in (ScalarKind.JSON, ScalarKind.BYTES)
    definition: TypeDef | None = world.definition(typed)
    return isinstance(definition, EnumType)
