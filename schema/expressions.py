"""What a link passes on: expressions over an object and the call that gave it.

A value comes out as one function's answer and goes in as another's argument, so it is put in the
form that the argument has (see the table in `upstreams.kind`).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

import msgspec
from graphql import GraphQLError

from schema.request import Asked, Path
from schema.scalars import SCALARS
from schema.values import kind_of
from upstreams.model import (
    Constant,
    EnumType,
    Expression,
    FromAnswer,
    FromArguments,
    FromParent,
    ListOf,
    MapOf,
    Named,
    Required,
    Scalar,
    ScalarKind,
    Text,
    TypeDef,
    TypeRef,
)

Types: TypeAlias = Mapping[str, TypeDef]
"""The types of one catalog, by key."""

Look: TypeAlias = Callable[[Path], Any]


_LEAST_INT, _MOST_INT = -(2**31), 2**31 - 1


class Missing:
    """What an expression gives where there is nothing; null counts as nothing."""


MISSING: Final = Missing()


def about_call(expression: Expression) -> bool:
    """Whether the expression looks at the call that gave the object, beside the object."""
    match expression:
        case FromArguments() | FromAnswer():
            return True
        case Text(parts):
            return any(map(about_call, parts))
        case FromParent() | Constant():
            return False


def parents(expression: Expression) -> Iterator[Path]:
    """The paths below the object that the expression looks at."""
    match expression:
        case FromParent(path):
            yield path
        case Text(parts):
            for part in parts:
                yield from parents(part)
        case FromArguments() | FromAnswer() | Constant():
            return


def evaluate(expression: Expression, look: Look, asked: Asked | None) -> Any:
    """The expression's value, or `MISSING`; `asked` is None where the call is not known.

    `look` gives what the object has at a path.
    """
    match expression:
        case Constant(text):
            return _something(msgspec.json.decode(text))
        case FromParent(path):
            return look(path)
        case FromArguments(path):
            return below(asked.arguments, path) if asked else MISSING
        case FromAnswer(what):
            return _beside(asked, what) if asked else MISSING
        case Text(parts):
            values = [evaluate(part, look, asked) for part in parts]
            return MISSING if MISSING in values else "".join(map(spelled, values))


def below(value: Any, path: Path) -> Any:
    """What stands at a path below the value, or `MISSING`."""
    for step in path:
        match value, step:
            case Mapping(), str():
                value = value.get(step)
            case list(), int() if step < len(value):
                value = value[step]
            case _:
                return MISSING
    return _something(value)


def fitted(value: Any, ref: TypeRef, types: Types) -> Any:
    """The value as an argument of that type takes it. Raises `GraphQLError` where it cannot."""
    if isinstance(ref, Required):
        ref = ref.of
    if isinstance(ref, Scalar) and _is_ready(value, ref.kind):
        return value
    match ref:
        case _ if value is None:
            return None
        case Required(of):
            return fitted(value, of, types)
        case ListOf(of):
            several = value if isinstance(value, list | tuple) else [value]
            return [fitted(one, of, types) for one in several]
        case MapOf(of):
            return {key: fitted(one, of, types) for key, one in _object(value).items()}
        case Scalar(kind):
            scalar = SCALARS[kind]
            return scalar.coerce_input_value(scalar.coerce_output_value(value))
        case Named(key):
            return _fitted_named(value, types[key])


def _is_ready(value: Any, kind: ScalarKind) -> bool:
    """Whether a value goes in as it came out, which is soon told of most keys."""
    if value.__class__ is int:
        return kind is ScalarKind.INT and _LEAST_INT <= value <= _MOST_INT
    return value.__class__ is str and (kind is ScalarKind.STRING or kind is ScalarKind.ID)


def _fitted_named(value: Any, definition: TypeDef) -> Any:
    if not isinstance(definition, EnumType):
        return _object(value)
    if all(one.value != value for one in definition.values):
        raise GraphQLError(f"{value!r:.60} is none of {definition.label}'s values")
    return value


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise GraphQLError(f"an object is wanted, {kind_of(value)} came")
    return value


def _beside(asked: Asked, what: str) -> Any:
    aside = asked.aside
    if what.startswith("header."):
        return _something(aside.headers.get(what.removeprefix("header.").lower()))
    return _something({"url": aside.url, "method": aside.method, "status": aside.status}.get(what))


def _something(value: Any) -> Any:
    return MISSING if value is None else value


def spelled(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        raise GraphQLError(f"a text or number is wanted, {kind_of(value)} came")
    return str(value)
