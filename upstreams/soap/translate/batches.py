"""Pure: which operations answer for many keys at once.

Such an operation reads, takes one repeated key, alone or as all there is of an element around it
(`ArrayOfString`), and gives one list of objects, each with the key that it answers.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from msgspec.structs import replace

from upstreams.model import (
    Batch,
    Effect,
    Field,
    Function,
    InputType,
    ListOf,
    Named,
    ObjectType,
    Required,
    Scalar,
    ScalarKind,
    TypeDef,
    TypeRef,
    nullable,
)
from upstreams.soap.model import Binding

_KEYS = frozenset(
    {
        *(ScalarKind.STRING, ScalarKind.ID, ScalarKind.UUID, ScalarKind.URI),
        *(ScalarKind.INT, ScalarKind.LONG, ScalarKind.UNSIGNED_INT, ScalarKind.UNSIGNED_LONG),
        ScalarKind.BIG_INT,
    }
)
_Types: TypeAlias = Mapping[str, TypeDef]
_Steps: TypeAlias = tuple[str, ...]


def batched(
    functions: Iterable[Function[Binding]], types: Sequence[TypeDef]
) -> Iterator[Function[Binding]]:
    """The functions, with a batch where they answer for many keys."""
    by_key = {one.key: one for one in types}
    for function in functions:
        batch = _batch(function, by_key)
        yield replace(function, batch=batch) if batch else function


def _batch(function: Function[Binding], types: _Types) -> Batch | None:
    """How an operation answers for many keys; None where it does not, or not surely so."""
    if function.effect is not Effect.READ or len(function.arguments) != 1:
        return None
    whole = function.arguments[0]
    found, listed = _keys(whole, types), _items(function.returns, types)
    if found is None or listed is None:
        return None
    (steps, kind), (items, item) = found, listed
    key = _key(steps[0], kind, item)
    return Batch((whole.name, *steps), key, items) if key else None


def _keys(message: Field, types: _Types) -> tuple[_Steps, ScalarKind] | None:
    """The repeated key that a message has; None where something else may choose as well.

    An object beside it that may be left out is about the caller, not about what is wanted.
    """
    definition = _definition(message.type, types)
    if not isinstance(definition, InputType):
        return None
    found = [keys for one in definition.fields if (keys := _repeated(one, types))]
    others = [one for one in definition.fields if _repeated(one, types) is None]
    if len(found) != 1 or not all(_is_about_callers(one, types) for one in others):
        return None
    return found[0]


def _is_about_callers(field: Field, types: _Types) -> bool:
    definition = _definition(field.type, types)
    return isinstance(definition, InputType) and not isinstance(field.type, Required)


def _repeated(field: Field, types: _Types) -> tuple[_Steps, ScalarKind] | None:
    """The steps to the keys that a field has, and what they are."""
    plain = nullable(field.type)
    if isinstance(plain, ListOf):
        of = nullable(plain.of)
        return ((field.name,), of.kind) if isinstance(of, Scalar) and of.kind in _KEYS else None
    around = _definition(field.type, types)
    if not isinstance(around, InputType) or len(around.fields) != 1:
        return None
    inside = around.fields[0]
    if not isinstance(nullable(inside.type), ListOf):
        return None
    below = _repeated(inside, types)
    return below and ((field.name, *below[0]), below[1])


def _items(answer: TypeRef, types: _Types) -> tuple[_Steps, ObjectType] | None:
    """The one list of objects in an answer, and what they are."""
    plain = nullable(answer)
    if isinstance(plain, ListOf):
        item = _definition(plain.of, types)
        return ((), item) if isinstance(item, ObjectType) else None
    whole = _definition(plain, types)
    if not isinstance(whole, ObjectType):
        return None
    lists = [one for one in whole.fields if isinstance(nullable(one.type), ListOf)]
    found = _items(lists[0].type, types) if len(lists) == 1 else None
    return found and ((lists[0].name,), found[1])


def _key(keys: str, kind: ScalarKind, item: ObjectType) -> str:
    """The field of an item that says which key it answers: of TitleIds, a Title's TitleId or Id."""
    singular = _plain(keys).removesuffix("s")
    if singular == _plain(keys):
        return ""
    names = (singular, singular.removeprefix(_plain(item.label)))
    same = {_plain(one.name): one.name for one in item.fields if nullable(one.type) == Scalar(kind)}
    return next((same[name] for name in names if name in same), "")


def _plain(name: str) -> str:
    return re.sub(r"[^0-9a-z]", "", name.lower())


def _definition(ref: TypeRef, types: _Types) -> TypeDef | None:
    plain = nullable(ref)
    return types.get(plain.key) if isinstance(plain, Named) else None
