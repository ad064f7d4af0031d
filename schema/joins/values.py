"""What joins pass on: values made of an object, of the client's request, or of nothing at all."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from graphql import GraphQLError

from schema.expressions import MISSING, Types, fitted, spelled
from schema.failures import BAD_INPUT
from schema.join import Given, Parts
from upstreams.model import Required, TypeRef


@dataclass(frozen=True, slots=True)
class Literal:
    """Always the same, in the function's form."""

    value: Any


@dataclass(frozen=True, slots=True)
class Part:
    """What the object has at one of the paths that the join needs (`$parent`)."""

    place: int
    """Which of `Join.needs`."""
    type: TypeRef


@dataclass(frozen=True, slots=True)
class KeyPart:
    """One part of a key that is asked for with many others (`$parents`)."""

    place: int


@dataclass(frozen=True, slots=True)
class Said:
    """An argument of the field (`$args`)."""

    name: str
    type: TypeRef | None
    """None where the argument is in the function's form already."""


@dataclass(frozen=True, slots=True)
class Header:
    """A header of the client's request (`$headers`)."""

    name: str
    type: TypeRef


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim of the client's token (`$claims`)."""

    name: str
    type: TypeRef


@dataclass(frozen=True, slots=True)
class Written:
    """Several values as one text."""

    parts: tuple["Value", ...]
    type: TypeRef


@dataclass(frozen=True, slots=True)
class Several:
    """A list."""

    items: tuple["Value", ...]


@dataclass(frozen=True, slots=True)
class EachKey:
    """A list with an item for every key that is asked for."""

    item: "Value"


@dataclass(frozen=True, slots=True)
class Members:
    """An object; what is missing is left out."""

    values: Mapping[str, "Value"]


Value: TypeAlias = (
    Literal | Part | KeyPart | Said | Header | Claim | Written | Several | EachKey | Members
)


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to make values of."""

    given: Given
    types: Types
    """Those of the function's upstream."""
    parts: Parts = ()
    """Of the object, or of one key."""
    keys: Sequence[Parts] = ()


def headers(value: Value) -> Iterator[str]:
    """The names of the client's headers that it is made of."""
    match value:
        case Header(name):
            yield name
        case Written(parts) | Several(parts):
            for part in parts:
                yield from headers(part)
        case EachKey(item):
            yield from headers(item)
        case Members(values):
            for one in values.values():
                yield from headers(one)
        case _:
            pass


def made(value: Value, known: Known) -> Any:
    """The value, or `MISSING`. Raises `GraphQLError` where one does not fit or must be sent."""
    match value:
        case Literal(constant):
            return constant
        case Part(place, type):
            return fitted(known.parts[place], type, known.types)
        case KeyPart(place):
            return known.parts[place]
        case Several(items):
            return list(_made(items, known))
        case EachKey(KeyPart(place)):
            return [key[place] for key in known.keys]
        case EachKey(item):
            return [made(item, replace(known, parts=key)) for key in known.keys]
        case Members(values):
            return dict(_members(values, known))
        case _:
            return _sent(value, known)


def _made(values: Sequence[Value], known: Known) -> Iterator[Any]:
    for one in values:
        if (found := made(one, known)) is not MISSING:
            yield found


def _members(values: Mapping[str, Value], known: Known) -> Iterator[tuple[str, Any]]:
    for name, one in values.items():
        if (found := made(one, known)) is not MISSING:
            yield name, found


def _sent(value: Said | Header | Claim | Written, known: Known) -> Any:
    """What depends on the client's request."""
    found, what = _found(value, known)
    if found is not MISSING:
        return found if value.type is None else fitted(found, value.type, known.types)
    if isinstance(value.type, Required):
        raise GraphQLError(f"{what} must be given", extensions={"code": BAD_INPUT})
    return MISSING


def _found(value: Said | Header | Claim | Written, known: Known) -> tuple[Any, str]:
    """The value before it is fitted, and what it is called."""
    match value:
        case Said(name):
            return known.given.arguments.get(name, MISSING), f"the argument {name}"
        case Header(name):
            return known.given.request.headers.get(name, MISSING), f"the header {name}"
        case Claim(name):
            return MISSING, f"the claim {name}"
        case Written(parts):
            texts = list(_made(parts, known))
            whole = len(texts) == len(parts)
            return "".join(map(spelled, texts)) if whole else MISSING, "what a text is made of"
