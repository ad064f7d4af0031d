"""Whether two keys may be the same, as far as their types and descriptions can say."""

import re
from collections.abc import Iterator

from schema.suggest.model import Evidence
from schema.suggest.words import Words
from upstreams.model import Field, ListOf, Scalar, ScalarKind, TypeRef, nullable

_TEXTS = frozenset({ScalarKind.STRING, ScalarKind.ID})
_NUMBERS = frozenset(
    {
        *(ScalarKind.INT, ScalarKind.UNSIGNED_INT, ScalarKind.LONG, ScalarKind.UNSIGNED_LONG),
        ScalarKind.BIG_INT,
    }
)
_KEYS = _TEXTS | _NUMBERS | {ScalarKind.UUID}
"""What keys are made of."""
_EXAMPLE = re.compile(r"`examples?: ([^`]{3,})`")
"""As descriptions are given them; what is shorter is like many others."""
_SAYS_KEY = ("id of", "identifier", "key of", " id", "id ")


def is_key(ref: TypeRef) -> bool:
    """Whether values of the type are keys."""
    plain = nullable(ref)
    return isinstance(plain, Scalar) and plain.kind in _KEYS


def item(ref: TypeRef) -> TypeRef:
    """What a list is of, or the type itself; null is not looked at."""
    plain = nullable(ref)
    return nullable(plain.of) if isinstance(plain, ListOf) else plain


def alike(one: TypeRef, other: TypeRef) -> bool:
    """Whether keys of two types, or of lists of them, may be the same."""
    found = {_kind(one), _kind(other)}
    return found <= _NUMBERS or found <= _TEXTS | {ScalarKind.UUID}


def differences(one: TypeRef, other: TypeRef) -> Iterator[Evidence]:
    """What their types say of two keys that are alike."""
    left, right = _kind(one), _kind(other)
    if left is right is ScalarKind.UUID:
        yield Evidence("both are UUIDs", 0.3)
    elif left is not right and not {left, right} <= _TEXTS:
        yield Evidence(f"one is {left.value}, the other {right.value}", -0.1)


def _kind(ref: TypeRef) -> ScalarKind:
    plain = item(ref)
    return plain.kind if isinstance(plain, Scalar) else ScalarKind.JSON


def same_example(one: Field, other: Field) -> bool:
    """Whether two descriptions give the same example."""
    return bool({*_EXAMPLE.findall(one.description)} & {*_EXAMPLE.findall(other.description)})


def speaks_of(description: str, noun: Words) -> bool:
    """Whether a description says that something is the key of that."""
    said = f" {description.lower()} "
    return noun[-1] in said and any(one in said for one in _SAYS_KEY)
