"""Which of several types a value is: by its tag, or by its shape.

A value that is no object is boxed: it belongs to the first type that stands for such a value.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from graphql import GraphQLError

from upstreams.model import ListOf, MapOf, Named, Required, Scalar, ScalarKind, TypeRef

Resolver = Callable[..., str]
"""What graphql-core calls a type resolver: the name of a value's type."""

_FRACTIONS = frozenset((ScalarKind.FLOAT, ScalarKind.DECIMAL))
_INTEGERS = frozenset(
    (
        *(ScalarKind.INT, ScalarKind.UNSIGNED_INT, ScalarKind.LONG, ScalarKind.UNSIGNED_LONG),
        ScalarKind.BIG_INT,
    )
)


@dataclass(frozen=True, slots=True)
class ByTagField:
    """The type a field of the value names."""

    field: str
    """By the backend's name."""
    names: Mapping[str, str]
    """Of the types, by what the field says."""

    def __call__(self, value: Any, _info: Any, _type: Any) -> str:
        """The type's name. Raises `GraphQLError` where it names no known one."""
        tag = value.get(self.field) if isinstance(value, dict) else None
        name = self.names.get(tag) if isinstance(tag, str) else None
        if name is None:
            raise GraphQLError(
                f"the value's {self.field!r} is {tag!r:.60}, which names no known type"
            )
        return name


def by_shape(
    shapes: Sequence[tuple[str, tuple[str, ...]]], boxes: Sequence[tuple[str, TypeRef]]
) -> Resolver:
    """The first type whose fields the value has; else the first box that it fits."""

    def resolve(value: Any, _info: Any, _type: Any) -> str:
        found = _shape(value, shapes) if isinstance(value, dict) else None
        found = found or next((name for name, ref in boxes if fits(value, ref)), None)
        if found is None:
            raise GraphQLError("the value has the shape of no known type")
        return found

    return resolve


def fits(value: object, ref: TypeRef) -> bool:
    """Whether a value may be of a box's type."""
    match ref:
        case Required(of):
            return fits(value, of)
        case ListOf(of):
            return isinstance(value, list) and all(one is None or fits(one, of) for one in value)
        case MapOf(of):
            return isinstance(value, dict) and all(
                one is None or fits(one, of) for one in value.values()
            )
        case Scalar(kind):
            return _fits_scalar(value, kind)
        case Named():
            return isinstance(value, str | int | float | dict)


def _shape(value: Mapping[str, Any], shapes: Sequence[tuple[str, tuple[str, ...]]]) -> str | None:
    return next((name for name, fields in shapes if all(one in value for one in fields)), None)


def _fits_scalar(value: object, kind: ScalarKind) -> bool:
    if kind is ScalarKind.JSON:
        return True
    if isinstance(value, bool):
        return kind is ScalarKind.BOOLEAN
    if kind in _FRACTIONS:
        return isinstance(value, int | float | Decimal)
    if kind in _INTEGERS:
        return isinstance(value, int) or _is_whole(value)
    return isinstance(value, str) and kind is not ScalarKind.BOOLEAN


def _is_whole(value: object) -> bool:
    """Whether a number that could have a fraction has none."""
    # Not by way of `int`, which spells 1e999999999 out.
    if isinstance(value, Decimal):
        return value.is_finite() and value == value.to_integral_value()
    return isinstance(value, float) and value.is_integer()
